"""The URLs of the conformance table: ``/row/ID`` answers a row from a sync view, ``/arow/ID`` from an async one."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable.django_ui.serving import adownload, download
from downloadable.domain import DownloadRequest, Resource, ServingPolicy
from downloadable.ports import Content
from tests.conformance.rows import Row
from tests.conformance.samples import SAMPLES
from tests.conformance.table import BY_ID

__all__ = ["urlpatterns"]

PIECE = 700
"""Bytes that a sample yields at a time: fewer than most have."""


class SampleContent(Content):
    """A sample, with exactly the facts of a row."""

    def __init__(self, data: bytes, resource: Resource) -> None:
        self.data = data
        self.resource = resource

    def describe(self, asked: DownloadRequest) -> Resource:
        return self.resource

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else stop
        for position in range(start, end, PIECE):
            yield self.data[position : min(position + PIECE, end)]


def row_of(request: HttpRequest, id: str) -> Row:
    # Reading the session is what makes SessionMiddleware add Vary.
    session = getattr(request, "session", None)
    if session is not None:
        session.get("reader")
    try:
        return BY_ID[id]
    except KeyError:
        raise Http404(f"No row is called {id!r}.") from None


def content_of(row: Row) -> Content:
    sample = SAMPLES[row.of]
    return SampleContent(sample.data, row.resource(sample))


def answer(request: HttpRequest, id: str) -> HttpResponseBase:
    """Answer the row called *id*."""
    row = row_of(request, id)
    return download(request, content_of(row), ServingPolicy(**row.policy))


async def aanswer(request: HttpRequest, id: str) -> HttpResponseBase:
    """Answer the row called *id* from the event loop."""
    row = row_of(request, id)
    return await adownload(request, content_of(row), ServingPolicy(**row.policy))


urlpatterns = [path("row/<str:id>", answer), path("arow/<str:id>", aanswer)]
