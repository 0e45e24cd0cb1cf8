"""A Django project that hands over files of a directory which is not there under the name that it knows."""

import os

from tests.settings import INSTALLED_APPS as INSTALLED_APPS_OF_TESTS

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.unseen.urls"
USE_TZ = True
INSTALLED_APPS = [*INSTALLED_APPS_OF_TESTS, "downloadable.django_ui"]
MIDDLEWARE = ["downloadable.DownloadMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA = "/nowhere/media"
BACKENDS = {"nginx": "Nginx", "apache": "Apache", "lighttpd": "Lighttpd", "caddy": "Caddy"}
FRONT = os.environ["UNSEEN_FRONT"]
# What takes a URI learns where that is from its own configuration; what takes a path is told the real one.
TARGET = "/unseen/" if FRONT in ("nginx", "caddy") else os.environ["UNSEEN_MEDIA"]

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA},
    }
}
DOWNLOADABLE = {
    "DELEGATES": [
        {
            "BACKEND": f"downloadable.adapters.delegates.{BACKENDS[FRONT]}",
            "OPTIONS": {"roots": {MEDIA: TARGET}, "unseen": [MEDIA]},
        }
    ],
}
