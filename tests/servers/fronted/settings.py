"""
A Django project whose files are sent by a server in front.

``SITE_FRONT`` in the environment says by which, ``SITE_FILES`` where they are, ``SITE_ORIGIN`` what other server some
come from.
"""

import os
from pathlib import Path

from tests.servers.fronted.places import places

FRONT = os.environ["SITE_FRONT"]
PLACES = places(Path(os.environ["SITE_FILES"]), FRONT)
ORIGIN = os.environ.get("SITE_ORIGIN", "http://127.0.0.1:9")

ROOTS: dict[str, dict[str | Path, str]] = {
    "nginx": {
        PLACES.first: "/protected/",
        PLACES.second: '/pro tec;ted "{#}" é/',
        "reports": "/reports/",
        f"{ORIGIN}/a'b/c%2Fd/": "/within/",
        f"{ORIGIN}/": "/origin/",
    },
    "apache": {
        PLACES.first: str(PLACES.first),
        PLACES.second: str(PLACES.second),
        "reports": str(PLACES.stored),
    },
    "lighttpd": {
        PLACES.first: str(PLACES.first),
        PLACES.second: str(PLACES.second),
        "reports": str(PLACES.stored),
    },
    "caddy": {PLACES.first: "/protected/", PLACES.second: '/pro tec;ted "#"/', "reports": "/reports/"},
}

DOWNLOADABLE = {
    "DELEGATES": [
        {
            "BACKEND": f"downloadable.adapters.delegates.{FRONT.capitalize()}",
            "OPTIONS": {"roots": ROOTS[FRONT]},
        }
    ],
    "TRUSTED_ORIGINS": [ORIGIN],
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "reports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PLACES.stored},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = PLACES.static
STATIC_URL = "/static/"
MEDIA_ROOT = PLACES.first

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.fronted.urls"
USE_TZ = True
INSTALLED_APPS = ["downloadable.django_ui"]
MIDDLEWARE = [
    "tests.servers.fronted.adorned.adorned",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "downloadable.django_ui.middleware.DownloadMiddleware",
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
