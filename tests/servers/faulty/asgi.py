"""The site for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

from tests.servers.faulty.site import watch_connections

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.servers.faulty.settings"
watch_connections()
application = get_asgi_application()
