"""A Django project with one directory of files."""

import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.unread.urls"
USE_TZ = True
MEDIA_ROOT = os.environ["SITE_FILES"]
MIDDLEWARE = ["downloadable.django_ui.middleware.DownloadMiddleware"]
