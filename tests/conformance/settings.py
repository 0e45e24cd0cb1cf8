"""A Django project that serves the samples of the conformance table, one URL for each row."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.conformance.site"
USE_TZ = True
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
MIDDLEWARE: list[str] = []
