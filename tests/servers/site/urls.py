"""
Every download at two URLs: below ``sync/`` from a function, below ``async/`` from a coroutine function.

Below ``by-hand/`` are responses that were built by hand, of a site that has no ``DownloadMiddleware``.
"""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import DownloadResponse, adownload, download
from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemoryContent
from downloadable.ports import Content
from tests.servers.site.generated import GENERATED, TALLY, let_go

__all__ = ["urlpatterns"]

FILES = LocalSource(os.environ["SITE_FILES"])


def content_of(kind: str, name: str) -> Content:
    if kind == "local":
        return FILES.open(name)
    if kind == "memory":
        return MemoryContent.named(name, Path(os.environ["SITE_FILES"], name).read_bytes())
    return GENERATED[kind](name)


def answer(request: HttpRequest, kind: str, name: str) -> HttpResponseBase:
    return download(request, content_of(kind, name))


async def aanswer(request: HttpRequest, kind: str, name: str) -> HttpResponseBase:
    return await adownload(request, content_of(kind, name))


def by_hand(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer with a response that knows no request."""
    return DownloadResponse(FILES.open(name))


def state(request: HttpRequest) -> HttpResponseBase:
    """Say what this process knows of itself."""
    # An event loop keeps some threads, in which Django makes the pages of errors.
    kept = sum(thread.name.startswith(("asyncio_", "uvloop_")) for thread in threading.enumerate())
    tally = {"open": TALLY.open, "begun": TALLY.begun, "chunks": TALLY.chunks}
    return JsonResponse({"pid": os.getpid(), "threads_kept": kept, **tally})


def collect(request: HttpRequest) -> HttpResponseBase:
    """Let go of what only waits for the garbage collector, such as the threads that asgiref lends async views."""
    gc.collect()
    return HttpResponse()


def go(request: HttpRequest, name: str) -> HttpResponseBase:
    let_go(name)
    return HttpResponse()


urlpatterns = [
    path("sync/<str:kind>/<path:name>", answer),
    path("async/<str:kind>/<path:name>", aanswer),
    path("by-hand/<path:name>", by_hand),
    path("state", state),
    path("collect", collect),
    path("go/<str:name>", go),
]
