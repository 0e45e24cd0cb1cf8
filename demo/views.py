"""The views that have a body of their own; the others are one line each, in ``urls.py``."""

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
from demo.models import Document
from demo.page import row_of
from demo.samples import IMAGE
from downloadable import adownload, download
from downloadable.adapters.memory import MemoryContent
from downloadable.django_ui.views import ObjectDownloadView, VirtualDownloadView
from downloadable.ports import Content


def index(request: HttpRequest) -> HttpResponse:
    sections = [
        {"title": title, "rows": [row_of(one, request.build_absolute_uri) for one in downloads]}
        for title, downloads in CATALOGUE.items()
    ]
    return render(request, "demo/index.html", {"sections": sections})


def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = get_object_or_404(Document, pk=pk)
    return download(request, document.file, basename=document.title)


async def document_async(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = await aget_object_or_404(Document, pk=pk)
    return await adownload(request, document.file, basename=document.title)


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


class DocumentView(ObjectDownloadView):
    """The file of a row, under the row's title."""

    model = Document
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
