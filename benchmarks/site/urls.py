"""The downloads of all libraries, below the name of each; and what asks the store, or another server."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from benchmarks.site.settings import FILES, KEY, ORIGIN, SECRET
from downloadable import (
    FsspecSource,
    GeneratedContent,
    HttpSource,
    LocalSource,
    Nginx,
    ObstoreSource,
    PresignedRedirect,
    Resource,
    StorageSource,
    adownload,
    download,
    download_view,
)
from downloadable.adapters.django_files import StoredContent
from downloadable.ports import Content

__all__ = ["urlpatterns"]

BLOCK = bytes(64 * 1024)
CHANGED = datetime(2025, 7, 1, 10, tzinfo=UTC)
BASE = f"{ORIGIN}/files/"


def blocks(name: str) -> Iterator[bytes]:
    """Make what the file of this name has."""
    for _ in range(os.stat(f"{FILES}/{name}").st_size // len(BLOCK)):  # noqa: PTH116
        yield BLOCK


async def ablocks(name: str) -> AsyncIterator[bytes]:
    for block in blocks(name):
        yield block


def generated(name: str) -> Content:
    return GeneratedContent(blocks(name), Resource(name=name))


@cache
def by_fsspec() -> FsspecSource:
    return FsspecSource("s3://files", key=KEY, secret=SECRET, endpoint_url=ORIGIN)


@cache
def by_obstore() -> ObstoreSource:
    from obstore.store import S3Store

    store = S3Store(
        "files",
        endpoint=ORIGIN,
        access_key_id=KEY,
        secret_access_key=SECRET,
        client_options={"allow_http": True},
    )
    return ObstoreSource(store)


SOURCES: dict[str, Any] = {
    "file": LocalSource(FILES).open,
    "proxied": HttpSource(BASE, trusted_origins=[ORIGIN]).open,
    "object": StorageSource().open,
    "fsspec": lambda key: by_fsspec().open(key),
    "obstore": lambda key: by_obstore().open(key),
    "generated": generated,
}


def ours(request: HttpRequest, kind: str, path: str) -> HttpResponseBase:
    return download(request, SOURCES[kind](path))


async def ours_async(request: HttpRequest, kind: str, path: str) -> HttpResponseBase:
    return await adownload(request, SOURCES[kind](path))


def known_to_a_row(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve an object of which a row would know all there is to know."""
    size = os.stat(f"{FILES}/{path}").st_size  # noqa: PTH116
    return download(
        request,
        StoredContent(default_storage, path, Resource(name=path, size=size, last_modified=CHANGED)),
    )


def by_file_response(request: HttpRequest, kind: str, path: str) -> HttpResponseBase:
    if kind == "object":
        return FileResponse(default_storage.open(path), as_attachment=True)
    return FileResponse(open(f"{FILES}/{path}", "rb"), as_attachment=True)  # noqa: PTH123


def by_downloadview(request: HttpRequest, kind: str, path: str) -> HttpResponseBase:
    import django_downloadview

    if kind == "proxied":
        view = django_downloadview.HTTPDownloadView.as_view(url=f"{BASE}{path}")
    elif kind == "object":
        view = django_downloadview.StorageDownloadView.as_view(storage=default_storage, path=path)
    else:
        # Its paths from a URL are relative to where the process happens to be.
        view = django_downloadview.PathDownloadView.as_view(path=f"{FILES}/{path}", path_url_kwarg="")
    response: HttpResponseBase = view(request)
    return response


def by_sendfile(request: HttpRequest, path: str) -> HttpResponseBase:
    from django_sendfile import sendfile

    response: HttpResponseBase = sendfile(request, f"{FILES}/{path}", attachment=True)
    return response


@cache
def session() -> Any:
    import requests

    return requests.Session()


def by_requests(request: HttpRequest, path: str) -> HttpResponseBase:
    """Proxy as most would write it."""
    asked = {
        name: request.headers[name] for name in ("Range", "If-Modified-Since") if name in request.headers
    }
    answer = session().get(f"{BASE}{path}", stream=True, headers=asked, timeout=30)
    if answer.status_code == 304:
        return HttpResponse(status=304)
    response = StreamingHttpResponse(answer.iter_content(64 * 1024), status=answer.status_code)
    for name in ("Content-Length", "Content-Range"):
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def by_boto3(request: HttpRequest, path: str) -> HttpResponseBase:
    """Stream an object as those would write it who know the client of its store."""
    storage: Any = default_storage
    answer = storage.connection.meta.client.get_object(Bucket=storage.bucket_name, Key=path)
    response = StreamingHttpResponse(answer["Body"].iter_chunks(256 * 1024))
    response.headers["Content-Length"] = str(answer["ContentLength"])
    return response


def plain(request: HttpRequest, path: str) -> HttpResponseBase:
    return StreamingHttpResponse(blocks(path))


async def plain_async(request: HttpRequest, path: str) -> HttpResponseBase:
    return StreamingHttpResponse(ablocks(path))


async def tiny(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(b"tiny", headers={"Content-Length": "4"})


def state(request: HttpRequest) -> JsonResponse:
    response = JsonResponse({"pid": os.getpid()})
    response.headers["Content-Length"] = str(len(response.content))  # as Django's CommonMiddleware does
    return response


handed_over: Any = download_view(
    HttpSource(BASE, trusted_origins=[ORIGIN]), delegates=[Nginx({BASE: "/remote/"})]
)
redirected: Any = download_view(StorageSource(), delegates=[PresignedRedirect()])

urlpatterns = [
    path("state", state),
    path("tiny", tiny),
    path("downloadable/handed-over/<path:path>", handed_over),
    path("downloadable/redirected/<path:path>", redirected),
    path("downloadable/row/<path:path>", known_to_a_row),
    path("downloadable/<str:kind>/<path:path>", ours),
    path("async/<str:kind>/<path:path>", ours_async),
    path("FileResponse/<str:kind>/<path:path>", by_file_response),
    path("downloadview/<str:kind>/<path:path>", by_downloadview),
    path("sendfile2/file/<path:path>", by_sendfile),
    path("requests/<path:path>", by_requests),
    path("boto3/<path:path>", by_boto3),
    path("plain/<path:path>", plain),
    path("plain-async/<path:path>", plain_async),
]
