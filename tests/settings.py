"""The smallest Django project that the tests run in."""

from pathlib import Path

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
    "rest_framework.authtoken",
    "demo",
    "tests",
]

# What only the demo asks for, where type checkers look for it.
ADDRESS = BUCKET_URL = ORIGIN = ""
DOCUMENTS_ROOT = Path()
MAX_UPLOAD_MIB = 0

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
