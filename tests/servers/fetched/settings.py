"""
A Django project whose files nginx fetches from a store, by links that Django signs.

``STORE_URL``, ``STORE_KEY`` and ``STORE_SECRET`` in the environment say where the store is and who may sign;
``SITE_BUFFERING``, if it is there, whether nginx may read ahead.
"""

import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.fetched.urls"
USE_TZ = True
INSTALLED_APPS = ["downloadable.django_ui"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "downloadable.django_ui.middleware.DownloadMiddleware",
]

STORE = os.environ["STORE_URL"]
BUCKET = "files"
BUFFERING = {"yes": True, "no": False}.get(os.environ.get("SITE_BUFFERING", ""))
DOWNLOADABLE = {
    "DELEGATES": [
        {
            "BACKEND": "downloadable.adapters.delegates.Nginx",
            "OPTIONS": {
                "roots": {f"{STORE}/{BUCKET}/": "/store/", "elsewhere": "/from-elsewhere/"},
                "expires_in": 90,
                "buffering": BUFFERING,
            },
        }
    ],
}

IN_S3 = {
    "bucket_name": BUCKET,
    "endpoint_url": STORE,
    "region_name": "eu-west-1",
    "signature_version": "s3v4",
    "access_key": os.environ["STORE_KEY"],
    "secret_key": os.environ["STORE_SECRET"],
}
STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": IN_S3},
    "nested": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**IN_S3, "location": "media/été"}},
    "mistaken": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**IN_S3, "secret_key": "mistaken"}},
    "elsewhere": {"BACKEND": "tests.servers.fetched.elsewhere.ElsewhereStorage"},
}
