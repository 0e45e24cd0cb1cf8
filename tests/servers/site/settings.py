"""A Django project with nothing but downloads."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.site.urls"
USE_TZ = True
MIDDLEWARE: list[str] = []
