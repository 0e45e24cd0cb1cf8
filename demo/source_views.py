"""Views of sources that have a body of their own; the others are one line each, in ``source_urls.py``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import aget_object_or_404, get_object_or_404, render

from demo.catalogue import CATALOGUE
from demo.models import Leaflet
from demo.page import row_of
from demo.samples import IMAGE
from downloadable import (
    Content,
    MemoryContent,
    ObjectDownloadView,
    VirtualDownloadView,
    adownload,
    download,
)


def sources(request: HttpRequest) -> HttpResponse:
    sections = [
        {"title": title, "rows": [row_of(one, request.build_absolute_uri) for one in downloads]}
        for title, downloads in CATALOGUE.items()
    ]
    return render(request, "demo/sources.html", {"sections": sections})


def leaflet(request: HttpRequest, pk: int) -> HttpResponseBase:
    leaflet = get_object_or_404(Leaflet, pk=pk)
    return download(request, leaflet.file, basename=leaflet.title)


async def leaflet_async(request: HttpRequest, pk: int) -> HttpResponseBase:
    leaflet = await aget_object_or_404(Leaflet, pk=pk)
    return await adownload(request, leaflet.file, basename=leaflet.title)


def image(request: HttpRequest) -> HttpResponseBase:
    return download(request, Path(settings.MEDIA_ROOT, IMAGE))


def memory(request: HttpRequest) -> HttpResponseBase:
    return download(request, bytes(range(256)), basename="every-byte.bin")


def text(request: HttpRequest) -> HttpResponseBase:
    return download(request, "Blåbærsyltetøy på brødskive.\n" * 10, basename="frokost.txt")


def table(request: HttpRequest) -> HttpResponseBase:
    def lines() -> Iterator[str]:
        yield "number,square\r\n"
        for number in range(1, 100_001):
            yield f"{number},{number**2}\r\n"

    return download(request, lines(), basename="squares.csv")


async def ticks(request: HttpRequest) -> HttpResponseBase:
    async def lines() -> AsyncIterator[str]:
        for tick in range(1, 6):
            yield f"tick {tick}\n"
            await asyncio.sleep(0.1)

    return await adownload(request, lines(), basename="ticks.txt")


class Greetings:
    """A source: what it is asked for is what it greets."""

    def open(self, key: str) -> Content:
        return MemoryContent.named("hello.txt", f"Hello {key}!\n".encode() * 10)


class LeafletView(ObjectDownloadView):
    """The file of a row, under the row's title."""

    model = Leaflet
    basename_field = "title"
    mime_type_field = "media_type"
    size_field = "size"
    modification_time_field = "modified"


class PoemView(VirtualDownloadView):
    """A file that is made for each request."""

    basename = "poem.txt"

    def get_file(self) -> StringIO:
        return StringIO("A file that is nowhere\nis served from here.\n" * 10)


def has_token(request: HttpRequest, path: str) -> bool:
    return request.headers.get("Authorization") == "Bearer sesame"
