"""One file by the barest view there is, and by the ways that this library sends it; beside them, a tiny view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import LocalSource, StorageSource, adownload, download, download_view
from tests.servers.site.urls import collect, state

__all__ = ["urlpatterns"]

CHUNK = 64 * 1024
LOCAL = LocalSource(settings.MEDIA_ROOT)


async def bare(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send the file in chunks, and care for nothing."""
    file = Path(settings.MEDIA_ROOT, name)
    size = file.stat().st_size  # noqa: ASYNC240

    async def chunks() -> AsyncIterator[bytes]:
        with file.open("rb", buffering=0) as opened:  # noqa: ASYNC230  (the barest there is)
            while chunk := opened.read(CHUNK):
                yield chunk
                # For a client who has left, a server waits for nothing: without this, nobody would ever notice.
                await asyncio.sleep(0)

    return StreamingHttpResponse(chunks(), headers={"Content-Length": str(size)})


def function(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(request, LOCAL.open(name))


async def coroutine(request: HttpRequest, name: str) -> HttpResponseBase:
    return await adownload(request, LOCAL.open(name))


def stored(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(request, default_storage.open(name))


async def tiny(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(b"tiny", headers={"Content-Length": "4"})


urlpatterns = [
    path("bare/<path:name>", bare),
    path("download/<path:name>", function),
    path("adownload/<path:name>", coroutine),
    path("source/<path:path>", download_view(LOCAL)),
    path("storage/<path:name>", stored),
    path("opened/<path:path>", download_view(StorageSource("opened"))),
    path("tiny", tiny),
    path("state", state),
    path("collect", collect),
]
