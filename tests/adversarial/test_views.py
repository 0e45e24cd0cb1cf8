from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import re_path

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemorySource
from downloadable.adapters.orm import ModelSource
from downloadable.django_ui import (
    PathDownloadView,
    StorageDownloadView,
    adownload,
    download,
    download_view,
)
from tests.adversarial.disk import INSIDE, SECRET, Disk
from tests.adversarial.payloads import PAYLOADS
from tests.django_ui.handlers import environ_of, kept_connections, scope_of
from tests.models import Document


class Urls:
    """A site with a view for every way to name a file of the root."""

    def __init__(self, disk: Disk) -> None:
        local = LocalSource(disk.root)

        def by_hand(request: HttpRequest, path: str) -> HttpResponseBase:
            return download(request, local.open(path))

        async def by_hand_later(request: HttpRequest, path: str) -> HttpResponseBase:
            return await adownload(request, local.open(path))

        class Joining(PathDownloadView):
            """A view that puts the path behind a directory, as projects do that have no root."""

            def get_path(self) -> str:
                return f"{disk.root}/{super().get_path()}"

        self.views: dict[str, Any] = {
            "local": download_view(local),
            "storage": download_view(StorageSource(FileSystemStorage(disk.root))),
            "fsspec": download_view(FsspecSource(f"file://{disk.root}")),
            "memory": download_view(MemorySource({"file.txt": INSIDE})),
            "row": download_view(ModelSource(Document, "file", lookup="slug")),
            "by-hand": by_hand,
            "by-hand-later": by_hand_later,
            "path-view": PathDownloadView.as_view(root=disk.root),
            "joining": Joining.as_view(),
            "storage-view": StorageDownloadView.as_view(storage=FileSystemStorage(disk.root)),
        }
        # Unlike <path:path>, it takes line breaks, too.
        self.urlpatterns = [
            re_path(rf"^{name}/(?P<path>(?s:.*))$", view) for name, view in self.views.items()
        ]


READING_PATHS = ["local", "path-view", "joining"]
OTHERS = ["storage", "fsspec", "memory", "row", "by-hand", "by-hand-later", "storage-view"]
"""Views that hand the path to a source, which is tried by itself elsewhere."""


@pytest.fixture(scope="module")
def site(disk: Disk) -> Iterator[None]:
    """Be that site, for as long as nobody else needs another."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(ROOT_URLCONF=Urls(disk), MIDDLEWARE=[]))
        stack.enter_context(kept_connections())
        yield


def wsgi(target: str) -> tuple[int, bytes]:
    """Ask as a WSGI server does that decodes the path, whatever it is, and hands it on in latin-1."""
    started: list[int] = []

    def start_response(status: str, fields: Any, exc_info: Any = None) -> Callable[[bytes], object]:
        started.append(int(status[:3]))
        return bytearray().extend

    environ = environ_of("", "GET", {}) | {"PATH_INFO": unquote_to_bytes(target).decode("latin-1")}
    body = WSGIHandler()(environ, start_response)
    try:
        return started[0], b"".join(body)
    finally:
        body.close()


async def asgi(target: str) -> tuple[int, bytes]:
    """Ask as an ASGI server does that decodes the path to text, with a mark for what is none."""
    sent: list[Any] = []
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        return await asyncio.get_running_loop().create_future()  # the client stays

    async def send(message: Any) -> None:
        sent.append(message)

    await ASGIHandler()(scope_of(unquote(target), "GET", {}), receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.django_db]


@pytest.mark.parametrize("name", [*READING_PATHS, *OTHERS])
def test_there_is_something_to_find(name: str) -> None:
    """Every view finds what is inside; of rows, there is none."""
    status, body = wsgi(f"/{name}/file.txt")
    assert (status, INSIDE in body) == ((404, False) if name == "row" else (200, True))


@pytest.mark.parametrize("family", PAYLOADS)
def test_no_payload_is_answered_over_wsgi(disk: Disk, family: str) -> None:
    """Whatever is asked for, the answer is a refusal; a view without a root may spell a file inside in other ways."""
    for payload, further in zip(PAYLOADS[family], cycle(OTHERS), strict=False):
        for name in (*READING_PATHS, further):
            status, body = wsgi(f"/{name}/{disk.target(payload)}")
            assert status in (403, 404) or (name == "joining" and body == INSIDE), (name, payload.name)
            assert SECRET not in body


@pytest.mark.parametrize("family", PAYLOADS)
async def test_no_payload_is_answered_over_asgi(disk: Disk, family: str) -> None:
    """The same holds where the server decodes paths to text."""
    for payload, name in zip(
        PAYLOADS[family], cycle(("local", "storage-view", "by-hand-later")), strict=False
    ):
        status, body = await asgi(f"/{name}/{disk.target(payload)}")
        assert status in (403, 404), (name, payload.name)
        assert SECRET not in body
