"""Each way to a file has a URL, and so has each thing that puts other bytes in the place of the file's."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import models
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.gzip import gzip_page

from downloadable import DownloadResponse, GeneratedContent, Resource, adownload, download
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource

__all__ = ["urlpatterns"]

FILES = Path(os.environ["SITE_FILES"])
LOCAL = LocalSource(FILES)
STORED = StorageSource(default_storage)
RELEASED = threading.Event()
WAITING: list[asyncio.Future[bool]] = []

if os.environ.get("SITE_ZERO_COPY") == "off":
    DownloadResponse.zero_copy = False


class Document(models.Model):
    file = models.FileField()

    class Meta:
        app_label = "unread"

    def __str__(self) -> str:
        return str(self.file)


def local(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(request, LOCAL.open(name))


async def alocal(request: HttpRequest, name: str) -> HttpResponseBase:
    return await adownload(request, LOCAL.open(name))


def stored(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(request, STORED.open(name))


def field(request: HttpRequest, name: str) -> HttpResponseBase:
    return download(request, Document(file=name).file)


def opened(request: HttpRequest, name: str) -> HttpResponseBase:
    return DownloadResponse((FILES / name).open("rb"))


def mapped(request: HttpRequest, name: str) -> HttpResponseBase:
    """Change every byte, as a middleware may that counts, encrypts or watermarks."""
    response = local(request, name)
    if isinstance(response, DownloadResponse):
        stream = response.streaming_content
        response.streaming_content = (
            aswapped(stream) if isinstance(stream, AsyncIterator) else map(bytes.swapcase, stream)
        )
    return response


async def aswapped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield chunk.swapcase()


def made(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send what a generator yields, which is nowhere before it is asked for."""
    path = FILES / name
    chunks = iter(partial(path.open("rb").read, 64 * 1024), b"")
    return download(request, GeneratedContent(chunks, Resource(name=name, size=path.stat().st_size)))


async def occupy(request: HttpRequest) -> JsonResponse:
    """Have every thread of the loop's own pool wait, and as many jobs more."""
    loop = asyncio.get_running_loop()
    WAITING.extend(loop.run_in_executor(None, RELEASED.wait) for _ in range(100))
    return JsonResponse({})


async def release(request: HttpRequest) -> JsonResponse:
    """Let them go on; say how many have waited until now."""
    still = sum(not job.done() for job in WAITING)
    RELEASED.set()
    await asyncio.gather(*WAITING)
    RELEASED.clear()
    WAITING.clear()
    return JsonResponse({"waited": still})


def state(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"pid": os.getpid(), "thread": threading.get_native_id()})


VIEWS: dict[str, Callable[..., Any]] = {
    "local": local,
    "alocal": alocal,
    "stored": stored,
    "field": field,
    "opened": opened,
    "zipped": gzip_page(local),
    "mapped": mapped,
    "made": made,
}

urlpatterns = [
    *(path(f"{kind}/<path:name>", view) for kind, view in VIEWS.items()),
    path("state", state),
    path("occupy", occupy),
    path("release", release),
]
