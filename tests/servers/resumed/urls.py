"""The same files from each source, and by each server in front."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.module_loading import import_string

from downloadable import (
    FsspecSource,
    HttpSource,
    LocalSource,
    Source,
    StorageSource,
    adownload,
    download,
    download_view,
)
from downloadable.ports import Delegate
from tests.servers.resumed.models import Report
from tests.servers.resumed.settings import BUCKET, DELEGATES, FILES, KEY, REGION, SECRET, STORE

__all__ = ["urlpatterns"]

SOURCES: dict[str, Source[str]] = {
    "local": LocalSource(FILES),
    "opening": StorageSource("opening"),
    "s3": StorageSource("s3"),
    "fsspec": FsspecSource(f"file://{FILES}"),
    "s3fs": FsspecSource(
        f"s3://{BUCKET}",
        key=KEY,
        secret=SECRET,
        endpoint_url=STORE,
        client_kwargs={"region_name": REGION},
        config_kwargs={"signature_version": "s3v4"},
    ),
}


def field(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve the file of a model."""
    return download(request, Report(file=path).file)


async def awaited(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file from a coroutine."""
    return await adownload(request, SOURCES["local"].open(path))


def origin(request: HttpRequest, port: int, path: str) -> HttpResponseBase:
    """Serve what another server of this machine has."""
    url = f"http://127.0.0.1:{port}"
    return download(request, HttpSource(f"{url}/", trusted_origins=[url]).open(path))


def delegate_to(server: str) -> Delegate:
    told = DELEGATES[server]
    delegate: Delegate = import_string(told["BACKEND"])(roots={FILES: told["ROOT"]})
    return delegate


urlpatterns = [
    *(path(f"{name}/<path:path>", download_view(source)) for name, source in SOURCES.items()),
    *(
        path(f"by-{server}/<path:path>", download_view(SOURCES["local"], delegates=[delegate_to(server)]))
        for server in DELEGATES
    ),
    path("field/<path:path>", field),
    path("awaited/<path:path>", awaited),
    path("origin/<int:port>/<path:path>", origin),
]
