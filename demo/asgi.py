"""The demo as an ASGI application."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from demo.watching import watched_asgi
from downloadable.django_ui.asgi import PathSend

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
# granian sends whole local files by itself. For what is static, see wsgi.py; for what is watched, the inspector.
application = watched_asgi(PathSend(ASGIStaticFilesHandler(get_asgi_application())))
