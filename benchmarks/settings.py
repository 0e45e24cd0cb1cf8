"""The smallest Django project there is: what it costs is Django's, and the same for all."""

SECRET_KEY = "only for measuring"
ALLOWED_HOSTS = ["*"]
MIDDLEWARE: list[str] = []
USE_TZ = True
