"""The demo's settings, with the mistake that ``CHECKED_MISTAKE`` names, and a ledger."""

import os
from typing import Any

from demo.settings import *  # noqa: F403
from demo.settings import DELEGATES, DOWNLOADABLE as DOWNLOADABLE_OF_THE_DEMO, FRONT, MIDDLEWARE, VAR

BACKENDS = "downloadable.adapters.delegates"
OPTIONS: dict[str, Any] = DELEGATES[FRONT][0].get("OPTIONS", {})  # type: ignore[assignment]  # mixed values
DOWNLOADABLE = {**DOWNLOADABLE_OF_THE_DEMO, "OBSERVERS": ["tests.servers.behind.ledger.record"]}

match os.environ.get("CHECKED_MISTAKE", ""):
    case "":
        pass
    case "no middleware":
        MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("downloadable.")]
    case "no page":
        ROOT_URLCONF = "tests.urls"
    case "another key":
        SECRET_KEY = "another"
    case "another host":
        ALLOWED_HOSTS = ["www.example.com"]
    case "only over TLS":
        SECURE_SSL_REDIRECT = True
    case "closed files":
        FILE_UPLOAD_PERMISSIONS = 0o200
    case "public files":
        MEDIA_URL = "/media/"
    case "another root":
        OPTIONS["roots"] = (
            {VAR / "elsewhere": "/protected/"} if FRONT in ("nginx", "caddy") else [VAR / "elsewhere"]
        )
    case "another spelling":
        OPTIONS["spelling"] = "encoded"
    case "a store":
        in_s3 = {
            "bucket_name": "files",
            "endpoint_url": os.environ["CHECKED_STORE"],
            "region_name": "eu-west-1",
            "signature_version": "s3v4",
            "access_key": os.environ["CHECKED_KEY"],
            "secret_key": os.environ["CHECKED_SECRET"],
        }
        STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": in_s3}}
        DOWNLOADABLE["DELEGATES"] = [
            {
                "BACKEND": f"{BACKENDS}.Nginx",
                "OPTIONS": {"roots": {os.environ["CHECKED_STORE"]: "/origin/"}},
            }
            if os.environ["CHECKED_BY"] == "nginx"
            else {"BACKEND": f"{BACKENDS}.PresignedRedirect", "OPTIONS": {"expires_in": 60}}
        ]
    case other:
        raise ValueError(f"Nobody makes the mistake {other!r}.")
