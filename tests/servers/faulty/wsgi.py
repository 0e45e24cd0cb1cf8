"""The site for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from tests.servers.faulty.site import watch_connections

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.servers.faulty.settings"
watch_connections()
application = get_wsgi_application()
