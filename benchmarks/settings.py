"""The smallest Django project there is: what it costs is Django's, and the same for all."""

from tempfile import TemporaryDirectory

SECRET_KEY = "only for measuring"
ALLOWED_HOSTS = ["*"]
MIDDLEWARE: list[str] = []
USE_TZ = True

FOLDER = TemporaryDirectory(prefix="downloadable-bench-")
ROOT = FOLDER.name

# What each package needs to have its files sent by nginx, as its documentation says.
DOWNLOADABLE = {
    "DELEGATES": [
        {
            "BACKEND": "downloadable.adapters.delegates.Nginx",
            "OPTIONS": {"roots": {ROOT: "/protected/"}},
        }
    ]
}
DOWNLOADVIEW_BACKEND = "django_downloadview.nginx.XAccelRedirectMiddleware"
DOWNLOADVIEW_RULES = [{"source_dir": ROOT, "destination_url": "/protected/"}]
SENDFILE_BACKEND = "django_sendfile.backends.nginx"
SENDFILE_ROOT = ROOT
SENDFILE_URL = "/protected"

# What WhiteNoise answers itself.
STATIC_URL, STATIC_ROOT = "/files/", ROOT
