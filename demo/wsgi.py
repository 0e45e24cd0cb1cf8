"""The demo as a WSGI application."""

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

from demo.watching import watched_wsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
# It finds styles and scripts where they are written, with nothing to collect or to install, under WSGI and ASGI alike,
# and is for development, as the demo is. A site of your own has the server in front send them.
# What is watched is for the inspector.
application = watched_wsgi(StaticFilesHandler(get_wsgi_application()))
