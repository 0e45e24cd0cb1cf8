"""The demo as an ASGI application."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
# For what is static, see wsgi.py.
application = ASGIStaticFilesHandler(get_asgi_application())
