"""A Django project whose files are in a store that browsers reach, too."""

import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.presigned.urls"
USE_TZ = True
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]

IN_S3 = {
    "bucket_name": "files",
    "endpoint_url": os.environ["STORE_URL"],
    "region_name": "eu-west-1",
    "signature_version": "s3v4",
    "access_key": os.environ["STORE_KEY"],
    "secret_key": os.environ["STORE_SECRET"],
}
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": IN_S3},
    "public": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**IN_S3, "querystring_auth": False}},
}
