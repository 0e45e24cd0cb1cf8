"""A small library: who may read a book is up to Django, who sends it is up to the server in front."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "library.urls"
USE_TZ = True

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_downloadview", "library"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django_downloadview.SmartDownloadMiddleware",
    "library.middleware.ShelfmarkMiddleware",
]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = str(BASE_DIR / "media")
MEDIA_URL = "/media/"
MANUALS = BASE_DIR / "manuals"

DOWNLOADVIEW_BACKEND = "django_downloadview.nginx.XAccelRedirectMiddleware"
DOWNLOADVIEW_RULES = [
    {"source_url": "/media/nginx/", "destination_url": "/protected/books/"},
    {
        "source_url": "/media/apache/",
        "destination_dir": "/srv/apache/",
        "backend": "django_downloadview.apache.XSendfileMiddleware",
    },
    {
        "source_url": "/media/lighttpd/",
        "destination_dir": "/srv/lighttpd/",
        "backend": "django_downloadview.lighttpd.XSendfileMiddleware",
    },
    {"source_dir": str(MANUALS), "destination_url": "/protected/manuals"},
]
DOWNLOADVIEW_MIDDLEWARES = []
DOWNLOADVIEW_URL_EXPIRATION = 3600
