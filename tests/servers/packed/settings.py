"""A Django project with a directory of files, and nothing to keep checksums in but each process."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.packed.urls"
USE_TZ = True
MIDDLEWARE: list[str] = []
