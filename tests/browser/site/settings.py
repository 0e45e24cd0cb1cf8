"""A careless project: users upload what they like, and it is shown."""

import os
from pathlib import Path

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.browser.site.urls"
USE_TZ = True
MIDDLEWARE = ["tests.browser.site.urls.policed"]
FILES = Path(os.environ.get("SITE_FILES", "/nonexistent"))
