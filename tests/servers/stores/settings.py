"""A Django project whose files are in the store at ``STORE_URL``."""

import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.stores.urls"
USE_TZ = True
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []

STORE = os.environ["STORE_URL"]
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "files",
            "endpoint_url": STORE,
            "region_name": "eu-west-1",
            "access_key": "AKIDEXAMPLE",
            "secret_key": "wJalrXUtnFEMI",
        },
    },
}
