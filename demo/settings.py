"""
Settings of the demo.

The environment says what differs from one run to the next:

``DEMO_VAR``
    Where files and database are; by default in ``demo/var``.

``DATABASE_URL``
    Another database, such as ``postgres://ada:secret@localhost/library``, for which its driver must be installed:
    psycopg for PostgreSQL, mysqlclient for MySQL and MariaDB, oracledb for Oracle. The database itself must exist.

``DEMO_ORIGIN``
    Which server remote documents are fetched from; ``run.py`` sets it to a second port of its own.

``DEMO_BUCKET_URL``
    An S3 bucket, see ``buckets.py``; without it, nothing is kept in one.

``DEMO_FRONT``
    Who sends the files in Django's place: nginx, apache, lighttpd or caddy; without it, nobody does.

``DEMO_URL``
    Where visitors reach this site, and where the inspector asks; ``run.py`` says where it listens.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url

from demo.buckets import bucket_storage

VAR = Path(os.environ.get("DEMO_VAR", Path(__file__).parent / "var"))
ORIGIN = os.environ.get("DEMO_ORIGIN", "http://127.0.0.1:8001")
BUCKET_URL = os.environ.get("DEMO_BUCKET_URL", "")
FRONT = os.environ.get("DEMO_FRONT", "")
ADDRESS = os.environ.get("DEMO_URL", "http://127.0.0.1:8000")

# The page of sources gives what is in MEDIA_ROOT to everybody, so the library has a directory of its own.
MEDIA_ROOT = VAR / "media"
DOCUMENTS_ROOT = VAR / "documents"

STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Without a base_url, these files have no URL but those of the views.
        "OPTIONS": {"location": DOCUMENTS_ROOT, "base_url": None},
    },
}
if BUCKET_URL:
    STORAGES["bucket"] = bucket_storage(BUCKET_URL)

BACKENDS = "downloadable.adapters.delegates"
ROOTS: dict[str | Path, str] = {MEDIA_ROOT: "/protected/", DOCUMENTS_ROOT: "/protected-documents/"}
DELEGATES = {
    "": [],
    "nginx": [
        {"BACKEND": f"{BACKENDS}.Nginx", "OPTIONS": {"roots": {**ROOTS, f"{ORIGIN}/": "/origin/"}}},
    ],
    "apache": [{"BACKEND": f"{BACKENDS}.Apache", "OPTIONS": {"roots": list(ROOTS)}}],
    "lighttpd": [{"BACKEND": f"{BACKENDS}.Lighttpd", "OPTIONS": {"roots": list(ROOTS)}}],
    "caddy": [{"BACKEND": f"{BACKENDS}.Caddy", "OPTIONS": {"roots": ROOTS}}],
}

DOWNLOADABLE = {
    # What the configuration of each, from manage.py downloadable_proxy, is made of; and the store that has a bucket.
    "DELEGATES": [*DELEGATES[FRONT], {"BACKEND": f"{BACKENDS}.PresignedRedirect"}],
    # For the inspector.
    "OBSERVERS": ["demo.watching.record"],
    # The origin is an internal host: nobody but this project may say that it can be called.
    "TRUSTED_ORIGINS": [ORIGIN],
}

SECRET_KEY = "this is no secret: never take it for a site of your own"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
STATIC_URL = "/static/"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "demo.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "downloadable.DownloadMiddleware",
]
INSTALLED_APPS = [
    "demo",
    "downloadable.django_ui",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
if FRONT:
    # Who asks, and by which scheme, is for the server in front to say: nobody reaches Django past it.
    MIDDLEWARE.insert(0, "demo.forwarded.from_the_front")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Not among the templates of the application, whose pages any project that has it would show in its place.
        "DIRS": [Path(__file__).parent / "error_pages"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR / "library.sqlite3",
    # Who writes waits for others from the beginning, where it cannot fail for having read before.
    "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}
DATABASES = {"default": dj_database_url.config() if "DATABASE_URL" in os.environ else SQLITE}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # All processes that serve share what the inspector notes.
    "inspections": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR / "inspections",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "documents"
LOGOUT_REDIRECT_URL = "index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

MAX_UPLOAD_MIB = 256
# For each request: no form has more, and files are taken before anybody has looked who sends them.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["demo.uploads.HashingUploadHandler"]

# Without DEBUG, Django shows nothing of what goes wrong.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "download": {
            "style": "{",
            "format": (
                "{asctime} download method={method} view={view} status={status_code} outcome={outcome!r} "
                "bytes_sent={bytes_sent} size={size} ranges={ranges} seconds={seconds:.3f} by={delegate!r} "
                "file={file_name!r}"
            ),
        }
    },
    # What the page of sources asks its own views, and what the origin is asked, is no download of anybody's.
    "filters": {
        "asked": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.view not in ("", "plain"),
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "level": "WARNING"},
        "downloads": {"class": "logging.StreamHandler", "formatter": "download", "filters": ["asked"]},
    },
    "root": {"handlers": ["console"]},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "downloadable.served": {"handlers": ["downloads"], "level": "INFO", "propagate": False},
    },
}
