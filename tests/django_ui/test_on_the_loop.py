"""An async view that waits for nothing needs no thread; nothing that waits is done on its event loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemoryContent
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.serving import adownload, download
from downloadable.django_ui.signals import download_finished
from downloadable.domain import ContentUnavailable
from downloadable.ports import Content, Served
from tests.disks import dropped_from_memory, is_on_a_disk
from tests.django_ui.doors import ASKED
from tests.django_ui.handlers import aasgi
from tests.django_ui.recording import LARGE
from tests.django_ui.senders import Sender

SMALL = b"small" * 1000


async def hopped(view: Any, method: str = "GET", **fields: str) -> tuple[HttpResponseBase, bool]:
    """Return what *view* answers, and whether it had a thread made for it."""
    before = threading.active_count()
    async with ThreadSensitiveContext():
        response = await view(AsyncRequestFactory().generic(method, "/", headers=fields))
        return response, threading.active_count() > before


async def sent(response: Any) -> bytes:
    """Take all of the answer, and close it."""
    chunks = b"".join([chunk async for chunk in response])
    response.close()
    return chunks


def view_of(thing: Any) -> Any:
    """Return an async view that serves *thing*."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, thing)

    return view


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small file, which is in memory."""
    path = tmp_path / "small.txt"
    path.write_bytes(SMALL)
    return path


@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
async def test_memory_needs_no_thread(method: str, fields: dict[str, str], status: int) -> None:
    """Bytes that are there are served where the view runs, whatever is asked of them."""
    content = MemoryContent.named("data.bin", SMALL)
    response, threads = await hopped(view_of(content), method, **fields)
    assert not threads
    expected = await aasgi(view_of(MemoryContent.named("data.bin", SMALL)), method=method, fields=fields)
    assert response.status_code == expected.status
    if response.streaming:
        assert len(await sent(response)) == len(expected.body)


@pytest.mark.parametrize("source", [LocalSource, lambda root: StorageSource(FileSystemStorage(root))])
async def test_a_file_in_memory_needs_no_thread(path: Path, source: Any) -> None:
    """A file that the system has in memory is looked at, opened and read where the view runs."""
    response, threads = await hopped(view_of(source(path.parent).open(path.name)))
    assert threads is not is_on_a_disk(path)
    assert await sent(response) == SMALL


@pytest.fixture
def large(path: Path) -> Path:
    """A large one."""
    path.write_bytes(LARGE)
    return path


async def test_a_large_file_in_memory_needs_no_thread(large: Path) -> None:
    """It is opened where the view runs; until the first byte nobody has waited for it."""
    response, threads = await hopped(view_of(LocalSource(large.parent).open(large.name)))
    assert threads is not is_on_a_disk(large)
    assert await sent(response) == LARGE


@pytest.mark.parametrize("thing", [b"bytes", "absent.txt"])
async def test_other_things_are_looked_at_in_a_thread(thing: Any, path: Path) -> None:
    """What a content is yet to be made of may take any time."""
    response, threads = await hopped(view_of(path if thing == "absent.txt" else thing))
    assert threads
    assert await sent(response) == (SMALL if thing == "absent.txt" else thing)


@pytest.mark.parametrize("key", ["absent.txt", "../outside.txt", "a\0b", "\ud800"])
async def test_what_is_missing_is_not_found(path: Path, key: str) -> None:
    """A key under which there is nothing is a 404, wherever it is looked for."""
    for source in (LocalSource(path.parent), StorageSource(FileSystemStorage(path.parent))):
        with pytest.raises(Http404):
            await adownload(AsyncRequestFactory().get("/"), source.open(key))


async def test_a_directory_is_not_found(path: Path) -> None:
    """That something is known does not make it a file."""
    (path.parent / "directory").mkdir()
    with pytest.raises(Http404):
        await adownload(AsyncRequestFactory().get("/"), LocalSource(path.parent).open("directory"))


# What waits


class Watched(MemoryContent):
    """A content that is looked at without waiting, but has its bytes on a disk; knows who reads them."""

    def __init__(self, data: bytes = SMALL) -> None:
        super().__init__(data)
        self.read_in: list[int] = []

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return b""

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.read_in.append(threading.get_ident())
        yield from super().read(start, stop)


class Halfway(Watched):
    """One whose first bytes are in memory, and no others."""

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return SMALL[start : min(3, len(SMALL) if stop is None else stop)]


class Never(Watched):
    """One of which nothing ever is."""

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return None


@pytest.mark.parametrize("kind", [Watched, Halfway, Never])
@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=0-1,4-9"}], ids=str)
async def test_small_bytes_that_are_cold_are_read_in_a_thread(
    kind: type[Watched], asked: dict[str, str]
) -> None:
    """However few bytes an answer has: what is on a disk is not waited for on the loop."""
    content = kind()
    response, threads = await hopped(view_of(content), **asked)
    assert not threads
    assert content.read_in == []
    body = await sent(response)
    assert threading.get_ident() not in content.read_in
    assert content.read_in
    expected = await aasgi(view_of(MemoryContent(SMALL)), fields=asked)
    assert len(body) == len(expected.body)
    assert SMALL[4:10] in body


async def test_a_small_file_that_is_cold_is_sent_whole(path: Path) -> None:
    """The same for a real one."""
    content = LocalSource(path.parent).open(dropped_from_memory(path).name)
    response, threads = await hopped(view_of(content))
    assert threads is not is_on_a_disk(path)
    assert await sent(response) == SMALL


async def test_an_error_of_the_disk_still_has_a_status() -> None:
    """What fails before the answer has begun is an answer of its own, on the loop too, and closes."""

    class Failing(Watched):
        closed = False

        def read_nowait(self, start: int, stop: int | None) -> bytes | None:
            raise ContentUnavailable("The disk is gone.")

        def close(self) -> None:
            self.closed = True

    content = Failing()
    response, _ = await hopped(view_of(content))
    assert response.status_code == 503
    assert content.closed


class Asked(MemoryContent):
    """A content that knows where it was described."""

    described_in = 0

    def describe(self, asked: Any) -> Any:
        self.described_in = threading.get_ident()
        return super().describe(asked)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_listeners_take_a_thread(method: str) -> None:
    """Receivers may query, which they could not do on the loop, so that all of it happens in their thread."""
    heard: list[int] = []

    def receive(served: Served, **_: Any) -> None:
        heard.append(threading.get_ident())

    download_finished.connect(receive)
    try:
        content = Asked(SMALL)
        answer = await aasgi(view_of(content), method=method)
    finally:
        assert download_finished.disconnect(receive)
    assert answer.status == 200
    assert content.described_in != threading.get_ident()
    assert len(heard) == 1
    assert threading.get_ident() not in heard


async def test_announced_delegates_take_a_thread() -> None:
    """A delegate may look at files, and sign, which takes its time."""
    content = Asked(SMALL)
    view = delegated_to(Sender())(view_of(content))
    _, threads = await hopped(view)
    assert threads


async def test_nobody_takes_part_in_a_download_that_waits_for_nothing() -> None:
    """Without anybody to hear of it, describing happens on the loop."""
    content = Asked(SMALL)
    answer = await aasgi(view_of(content))
    assert answer.body == SMALL
    assert content.described_in == threading.get_ident()


async def test_a_content_says_that_it_waits() -> None:
    """By default, contents are looked at in a thread."""

    class Plain(Asked):
        at_hand = Content.at_hand

    content = Plain(SMALL)
    assert (await aasgi(view_of(content))).body == SMALL
    assert content.described_in != threading.get_ident()


@pytest.mark.parametrize("size", [len(SMALL), len(LARGE)])
async def test_a_class_that_closes_in_its_own_way_does_so_once_and_in_a_thread(
    tmp_path: Path, size: int
) -> None:
    """A file that queries when it is closed could not do so on the loop; nor does it expect to be closed again."""
    closed_in: list[int] = []

    class Releasing(File):  # type: ignore[type-arg]  # Django's has no type arguments
        def close(self) -> None:
            closed_in.append(threading.get_ident())
            super().close()

    path = tmp_path / "data.bin"
    path.write_bytes(LARGE[:size])
    answer = await aasgi(lambda request: download(request, Releasing(path.open("rb"))))
    assert answer.body == LARGE[:size]
    assert len(closed_in) == 1
    assert closed_in[0] != threading.get_ident()
