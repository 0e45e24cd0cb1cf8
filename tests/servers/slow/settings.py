"""A Django project with the same file behind several views; ``SITE_FILES`` says where it is."""

import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.slow.urls"
USE_TZ = True
MIDDLEWARE: list[str] = []
MEDIA_ROOT = os.environ["SITE_FILES"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "opened": {"BACKEND": "tests.servers.everything.storages.OpenedStorage"},
}
