"""
Every source at two URLs: below ``sync/`` by a view that is a function, below ``async/`` by a coroutine function.

What tells how this process is doing is the other site's.
"""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Iterator

import fsspec
import obstore.store
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from downloadable import (
    Content,
    DownloadResponse,
    FsspecSource,
    GeneratedContent,
    HttpSource,
    LocalSource,
    MemorySource,
    ModelSource,
    Nginx,
    ObstoreSource,
    Resource,
    Source,
    StorageSource,
    download_view,
)
from downloadable.adapters.memory import AsyncGeneratedContent
from tests.models import Document
from tests.servers.everything.settings import FILES, IN_S3, ORIGIN
from tests.servers.site.generated import GENERATED
from tests.servers.site.urls import collect, state

__all__ = ["urlpatterns"]

PIECE = 10_000
SMALL, MEDIUM, LARGE = "small.bin", "medium.bin", "large.bin"
AT_HAND = {name: (FILES / name).read_bytes() for name in (SMALL, MEDIUM)}
ARCHIVE = FILES / "files.zip"

for name, data in AT_HAND.items():
    fsspec.filesystem("memory").pipe_file(f"/files/{name}", data)
if not ARCHIVE.exists():
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (SMALL, MEDIUM, LARGE):
            archive.write(FILES / name, name)


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


async def apieces(data: bytes) -> AsyncIterator[bytes]:
    for piece in pieces(data):
        yield piece


class Made:
    """What a program makes of the bytes that it has, while they are sent."""

    def open(self, key: str) -> Content:
        return GeneratedContent(pieces(AT_HAND[key]), Resource(name=key, size=len(AT_HAND[key])))


class MadeOnALoop:
    """The same on an event loop, and without a length."""

    def open(self, key: str) -> Content:
        return AsyncGeneratedContent(apieces(AT_HAND[key]), Resource(name=key))


class Odd:
    """Generators that never end, lie or fail; a key is the name of one."""

    def open(self, key: str) -> Content:
        return GENERATED[key](key)


LOCAL = LocalSource(FILES)
S3 = obstore.store.S3Store(
    IN_S3["bucket_name"],
    endpoint=IN_S3["endpoint_url"],
    region=IN_S3["region_name"],
    access_key_id=IN_S3["access_key"],
    secret_access_key=IN_S3["secret_key"],
    client_options={"allow_http": True},
)
S3FS = FsspecSource(
    f"s3://{IN_S3['bucket_name']}",
    key=IN_S3["access_key"],
    secret=IN_S3["secret_key"],
    endpoint_url=IN_S3["endpoint_url"],
    client_kwargs={"region_name": IN_S3["region_name"]},
    config_kwargs={"signature_version": IN_S3["signature_version"]},
)
SOURCES: dict[str, Source[str]] = {
    "local": LOCAL,
    "memory": MemorySource(AT_HAND),
    "made": Made(),
    "amade": MadeOnALoop(),
    "odd": Odd(),
    "row": ModelSource(Document, "file", lookup="slug", size_field="length"),
    "storage": StorageSource(),
    "opened": StorageSource("opened"),
    "s3": StorageSource("s3"),
    "s3fs": S3FS,
    "obstore": ObstoreSource(S3),
    "fsspec": FsspecSource("memory://files"),
    "zip": FsspecSource(f"zip://::file://{ARCHIVE}"),
    "http": HttpSource(f"{ORIGIN}/", timeout=(5, 0.5)),
}


async def key_of(request: HttpRequest, path: str) -> str:
    return path


def views_of(kind: str, source: Source[str]) -> list[URLPattern]:
    return [
        path(f"sync/{kind}/<path:path>", download_view(source)),
        path(f"async/{kind}/<path:path>", download_view(source, key=key_of)),
    ]


def by_hand(request: HttpRequest, path: str) -> HttpResponseBase:
    """Build a response that knows no request."""
    if path not in AT_HAND:
        raise Http404
    return DownloadResponse(LOCAL.open(path))


async def aby_hand(request: HttpRequest, path: str) -> HttpResponseBase:
    return by_hand(request, path)


DELEGATES = [Nginx({FILES: "/protected/"})]

urlpatterns = [
    *(view for kind, source in SOURCES.items() for view in views_of(kind, source)),
    path("sync/delegated/<path:path>", download_view(LOCAL, delegates=DELEGATES)),
    path("async/delegated/<path:path>", download_view(LOCAL, key=key_of, delegates=DELEGATES)),
    path("sync/by-hand/<path:path>", by_hand),
    path("async/by-hand/<path:path>", aby_hand),
    path("state", state),
    path("collect", collect),
]
