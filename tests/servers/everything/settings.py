"""
A Django project with a download from every kind of source.

``SITE_FILES`` in the environment says where its files and its database are; ``SITE_ORIGIN`` and ``STORE_URL`` what
other servers it has, ``STORE_KEY`` and ``STORE_SECRET`` what lets it into the store.
"""

import os
from pathlib import Path

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.everything.urls"
USE_TZ = True
MIDDLEWARE: list[str] = []
INSTALLED_APPS = ["downloadable.django_ui", "django.contrib.contenttypes", "tests"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FILES = Path(os.environ["SITE_FILES"])
ORIGIN = os.environ["SITE_ORIGIN"]
MEDIA_ROOT = FILES
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILES / "rows.sqlite3", "CONN_MAX_AGE": 0}
}
IN_S3 = {
    "bucket_name": "files",
    "endpoint_url": os.environ["STORE_URL"],
    "region_name": "eu-west-1",
    "signature_version": "s3v4",
    "access_key": os.environ["STORE_KEY"],
    "secret_key": os.environ["STORE_SECRET"],
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "opened": {"BACKEND": "tests.servers.everything.storages.OpenedStorage"},
    "s3": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": IN_S3},
}
DOWNLOADABLE = {"TRUSTED_ORIGINS": [ORIGIN]}
