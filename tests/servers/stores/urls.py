"""The same objects by each library, and as django-storages has them."""

from __future__ import annotations

import os
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import http_date, parse_http_date
from obstore.store import S3Store

from downloadable import FsspecSource, HttpSource, ObstoreSource, StorageSource, download_view
from tests.servers.stores.settings import STORE

__all__ = ["BY", "urlpatterns"]

FILESYSTEM = FsspecSource(
    "s3://files",
    key="AKIDEXAMPLE",
    secret="wJalrXUtnFEMI",
    endpoint_url=STORE,
    client_kwargs={"region_name": "eu-west-1"},
)
OBJECTS = ObstoreSource(
    S3Store(
        "files",
        endpoint=STORE,
        region="eu-west-1",
        access_key_id="AKIDEXAMPLE",
        secret_access_key="wJalrXUtnFEMI",
        client_options={"allow_http": True},
    )
)
ORIGIN = HttpSource(f"{STORE}/files", trusted_origins=[STORE])


def by_hand(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a storage's own file object, as the documentation of Django would have it, with a range and a 304."""
    since = request.headers.get("If-Modified-Since")
    modified = int(default_storage.get_modified_time(path).timestamp())
    if since is not None and modified <= parse_http_date(since):
        return HttpResponse(status=304)
    file = default_storage.open(path)
    asked = request.headers.get("Range")
    response: HttpResponseBase
    if asked is None:
        response = FileResponse(file)
    else:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        file.seek(int(first))
        response = HttpResponse(file.read(int(last) + 1 - int(first)), status=206)
    response.headers["Last-Modified"] = http_date(modified)
    return response


def state(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"pid": os.getpid()})


BY: dict[str, Any] = {
    "storage": download_view(StorageSource()),
    "fsspec": download_view(FILESYSTEM),
    "obstore": download_view(OBJECTS),
    "http": download_view(ORIGIN),
    "django-storages": by_hand,
}

urlpatterns = [
    path("state", state),
    *(path(f"{name}/<path:path>", view) for name, view in BY.items()),
]
