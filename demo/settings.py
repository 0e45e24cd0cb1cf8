"""
Settings of the demo.

``DEMO_VAR`` in the environment says where samples and database are, ``DEMO_ORIGIN`` which server some downloads are
fetched from: ``run.py`` sets it to a second port of its own. ``DEMO_FRONT`` says who sends the files in Django's place:
nginx, apache, lighttpd or caddy; without it, nobody does.
"""

import os
from pathlib import Path

VAR = Path(os.environ.get("DEMO_VAR", Path(__file__).parent / "var"))
ORIGIN = os.environ.get("DEMO_ORIGIN", "http://127.0.0.1:8001")
FRONT = os.environ.get("DEMO_FRONT", "")
MEDIA_ROOT = VAR / "media"

BACKENDS = "downloadable.adapters.delegates"
DELEGATES = {
    "": [],
    "nginx": [
        {
            "BACKEND": f"{BACKENDS}.Nginx",
            "OPTIONS": {"roots": {MEDIA_ROOT: "/protected/", f"{ORIGIN}/": "/origin/"}},
        }
    ],
    "apache": [{"BACKEND": f"{BACKENDS}.Apache", "OPTIONS": {"roots": [MEDIA_ROOT]}}],
    "lighttpd": [{"BACKEND": f"{BACKENDS}.Lighttpd", "OPTIONS": {"roots": [MEDIA_ROOT]}}],
    "caddy": [{"BACKEND": f"{BACKENDS}.Caddy", "OPTIONS": {"roots": {MEDIA_ROOT: "/protected/"}}}],
}

DOWNLOADABLE = {
    # What the configuration of each, from manage.py downloadable_proxy, is made of.
    "DELEGATES": DELEGATES[FRONT],
    # The origin is an internal host: nobody but this project may say that it can be called.
    "TRUSTED_ORIGINS": [ORIGIN],
}

SECRET_KEY = "this is no secret: never take it for a site of your own"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "downloadable.django_ui.middleware.DownloadMiddleware",
]
INSTALLED_APPS = ["demo", "downloadable.django_ui"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

# Without DEBUG, Django shows nothing of what goes wrong.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "WARNING"}},
    "root": {"handlers": ["console"]},
    "loggers": {"django.request": {"level": "ERROR"}},
}
