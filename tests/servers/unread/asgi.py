"""The site for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

from downloadable.django_ui.asgi import PathSend

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.servers.unread.settings"
application = PathSend(get_asgi_application())
