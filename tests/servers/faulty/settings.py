"""
A Django project whose files are at an origin that may fail.

``SITE_ORIGIN`` in the environment says where it is.
"""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.servers.faulty.urls"
USE_TZ = True
MIDDLEWARE: list[str] = []
DOWNLOADABLE = {"OBSERVERS": ["tests.servers.faulty.site.observe"]}
