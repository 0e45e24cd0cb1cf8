"""
A Django project that has one directory of files in every way that it could, and those of a store.

``RESUMED_FILES`` in the environment says where the files are, ``RESUMED_STORE``, ``RESUMED_KEY`` and ``RESUMED_SECRET``
where the store is and who may ask it.
"""

import os
from pathlib import Path

FILES = Path(os.environ["RESUMED_FILES"])
STORE = os.environ["RESUMED_STORE"]
BUCKET, REGION = "files", "eu-west-1"
KEY, SECRET = os.environ["RESUMED_KEY"], os.environ["RESUMED_SECRET"]

DELEGATES = {
    "nginx": {"BACKEND": "downloadable.adapters.delegates.Nginx", "ROOT": "/protected/"},
    "apache": {"BACKEND": "downloadable.adapters.delegates.Apache", "ROOT": str(FILES)},
    "lighttpd": {"BACKEND": "downloadable.adapters.delegates.Lighttpd", "ROOT": str(FILES)},
    "caddy": {"BACKEND": "downloadable.adapters.delegates.Caddy", "ROOT": "/protected/"},
}
# Announced by no middleware, but by the view for each server; each configuration is printed from these.
DOWNLOADABLE = {
    "DELEGATES": [
        {"BACKEND": told["BACKEND"], "OPTIONS": {"roots": {FILES: told["ROOT"]}}}
        for told in DELEGATES.values()
    ]
}
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES},
    },
    "opening": {"BACKEND": "tests.servers.resumed.opening.OpeningStorage", "OPTIONS": {"location": FILES}},
    "s3": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": STORE,
            "region_name": REGION,
            "signature_version": "s3v4",
            "access_key": KEY,
            "secret_key": SECRET,
        },
    },
}

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.resumed.urls"
USE_TZ = True
INSTALLED_APPS = ["downloadable.django_ui", "tests.servers.resumed"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE: list[str] = []
