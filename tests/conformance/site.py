"""
The URLs of the conformance table, one for each row and each door to the package.

``/row/ID`` is a view made from a source and ``/arow/ID`` its asynchronous twin; ``/download/ID`` and ``/adownload/ID``
are functions that call ``download()`` and ``adownload()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentNotFound, DownloadRequest, Resource, ServingPolicy
from downloadable.ports import Content
from tests.conformance.rows import Row
from tests.conformance.samples import SAMPLES
from tests.conformance.table import BY_ID

__all__ = ["urlpatterns"]

PIECE = 700
"""Bytes that a sample yields at a time: fewer than most have."""


class SampleContent(Content):
    """The sample that a row is about, with exactly the facts of that row."""

    def __init__(self, row: Row) -> None:
        sample = SAMPLES[row.of]
        self.row = row
        self.data = sample.data
        self.resource = row.resource(sample)

    def describe(self, asked: DownloadRequest) -> Resource:
        return self.resource

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else stop
        for position in range(start, end, PIECE):
            yield self.data[position : min(position + PIECE, end)]


class Rows:
    """The source of all samples; a key is the id of a row."""

    def open(self, key: str) -> SampleContent:
        if key not in BY_ID:
            raise ContentNotFound(f"No row is called {key!r}.")
        return SampleContent(BY_ID[key])


def policy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    # Reading the session is what makes SessionMiddleware add Vary.
    session = getattr(request, "session", None)
    if session is not None:
        session.get("reader")
    assert isinstance(content, SampleContent)
    return ServingPolicy(**content.row.policy)


async def apolicy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    return policy_of(request, content)


def answer(request: HttpRequest, path: str) -> HttpResponseBase:
    content = Rows().open(path)
    return download(request, content, policy_of(request, content))


async def aanswer(request: HttpRequest, path: str) -> HttpResponseBase:
    content = Rows().open(path)
    return await adownload(request, content, policy_of(request, content))


urlpatterns = [
    path("row/<str:path>", download_view(Rows(), policy=policy_of)),
    path("arow/<str:path>", download_view(Rows(), policy=apolicy_of)),
    path("download/<str:path>", answer),
    path("adownload/<str:path>", aanswer),
]
