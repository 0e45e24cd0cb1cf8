"""A Django project for all libraries; ``BENCH_FILES`` says where the files are, ``BENCH_ORIGIN`` who has them, too."""

import os

SECRET_KEY = "only for measuring"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.site.urls"
USE_TZ = True

FILES = os.environ["BENCH_FILES"]
ORIGIN = os.environ.get("BENCH_ORIGIN", "http://127.0.0.1:9")  # where nobody listens

MIDDLEWARE = [name for name in [os.environ.get("BENCH_MIDDLEWARE")] if name]
# What each package is told of where the files are, as its documentation says.
STATIC_URL, STATIC_ROOT = "/WhiteNoise/", FILES
SENDFILE_BACKEND, SENDFILE_ROOT = "django_sendfile.backends.simple", FILES

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI"
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "files",
            "endpoint_url": ORIGIN,
            "region_name": "eu-west-1",
            "signature_version": "s3v4",
            "access_key": KEY,
            "secret_key": SECRET,
        },
    },
}
