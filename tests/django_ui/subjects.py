"""Things to download, of which one can tell whether they are closed."""

from __future__ import annotations

import inspect
import os
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.serving import adownload, download
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent


def descriptors_of(path: Path) -> int:
    """Count the descriptors of this process that are open on the file at *path*."""
    found, wanted = 0, path.stat()
    for descriptor in Path("/dev/fd").iterdir():
        # The one of this very directory is gone already.
        with suppress(OSError):
            found += os.path.samestat(os.fstat(int(descriptor.name)), wanted)
    return found


class Subject:
    """Something to download, of which one can tell whether it is closed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def make(self) -> Any:
        """Return a thing to pass to ``download()``; called once."""
        raise NotImplementedError

    def closed(self) -> bool:
        """Tell whether it is closed."""
        raise NotImplementedError


class Recorded(Subject):
    """A content that says itself what was asked of it."""

    make_content: type[RecordingContent] = RecordingContent

    def make(self) -> RecordingContent:
        self.content = self.make_content()
        return self.content

    def closed(self) -> bool:
        return self.content.closed


class RecordedOnALoop(Recorded):
    """The same for one that is read on an event loop."""

    make_content = AsyncRecordingContent


class Local(Subject):
    """A path, whose descriptor nobody closes but the content."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.path = directory / "large.bin"
        self.path.write_bytes(LARGE)

    def make(self) -> Any:
        return self.path

    def closed(self) -> bool:
        return descriptors_of(self.path) == 0


class Opened(Local):
    """A file that the view has opened."""

    def make(self) -> Any:
        self.file = self.path.open("rb")
        return self.file

    def closed(self) -> bool:
        return self.file.closed and super().closed()


class Generated(Subject):
    """A generator, which has something to clean up."""

    def make(self) -> Generator[bytes]:
        self.generator = (LARGE[start : start + 65_536] for start in range(0, len(LARGE), 65_536))
        return self.generator

    def closed(self) -> bool:
        return inspect.getgeneratorstate(self.generator) == inspect.GEN_CLOSED


def sync_view(subject: Subject) -> Any:
    """Return a view that serves *subject*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, subject.make())

    return view


def async_view(subject: Subject) -> Any:
    """Return an async view that does the same."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, subject.make())

    return view


EVERY_VIEW = pytest.mark.parametrize(
    "view_of", [pytest.param(sync_view, id="sync view"), pytest.param(async_view, id="async view")]
)
