"""
The URLs of the conformance table once more, for contents that are files on the disk.

``/local/ID`` is a view made from a source, and ``/alocal/ID`` its asynchronous twin.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.http import HttpRequest
from django.urls import path

from downloadable.adapters.local import LocalContent
from downloadable.django_ui import choosing
from downloadable.django_ui.factory import download_view
from downloadable.domain import ContentNotFound, DownloadRequest, Resource, ServingPolicy
from downloadable.ports import Content
from tests.conformance.samples import SAMPLES
from tests.conformance.site import urlpatterns as in_memory
from tests.conformance.table import BY_ID

__all__ = ["urlpatterns"]

# The samples are small, and what is small leaves in one piece, which the table's own site shows.
choosing.SMALL = -1  # type: ignore[attr-defined]  # not its own

FILES = Path(os.environ["SITE_FILES"])
for name, sample in SAMPLES.items():
    (FILES / name).write_bytes(sample.data)


class FileContent(LocalContent):
    """The sample that a row is about, as a file with exactly the facts of that row."""

    def __init__(self, key: str) -> None:
        self.row = BY_ID[key]
        super().__init__(FILES / self.row.of)

    def describe(self, asked: DownloadRequest) -> Resource:
        super().describe(asked)
        return self.row.resource(SAMPLES[self.row.of])


class Files:
    """The source of all samples; a key is the id of a row."""

    def open(self, key: str) -> FileContent:
        if key not in BY_ID:
            raise ContentNotFound(f"No row is called {key!r}.")
        return FileContent(key)


def policy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    assert isinstance(content, FileContent)
    return ServingPolicy(**content.row.policy)


async def apolicy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    return policy_of(request, content)


urlpatterns = [
    *in_memory,
    path("local/<str:path>", download_view(Files(), policy=policy_of)),
    path("alocal/<str:path>", download_view(Files(), policy=apolicy_of)),
]
