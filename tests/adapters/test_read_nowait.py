"""What contents give without waiting, beyond what their contract says."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.db.models import FileField
from django.db.models.fields.files import FieldFile

from downloadable.adapters.django_files import as_content
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.file_objects import FileContent
from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.adapters.memory import GeneratedContent, MemoryContent
from downloadable.adapters.opened_files import file_content
from downloadable.adapters.page_cache import AT_ONCE
from downloadable.domain import PLAIN_GET, ContentNotFound, ContentUnavailable
from downloadable.ports import Content, Missing
from tests.disks import dropped_from_memory, is_on_a_disk
from tests.models import Document

DATA = os.urandom(1024 * 1024)  # four times what is read at once


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose bytes are in memory."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def acquired(content: Content) -> Content:
    """Go as far as to reading."""
    content.describe(PLAIN_GET)
    content.acquire()
    return content


@pytest.fixture
def local(path: Path) -> Iterator[Content]:
    """A local file, ready to be read."""
    content = acquired(LocalContent(path))
    yield content
    content.close()


@pytest.fixture
def opened(path: Path) -> Iterator[Content]:
    """A file object, ready to be read."""
    content = acquired(FileContent(path.open("rb")))
    yield content
    content.close()


@pytest.mark.parametrize("kind", ["local", "opened"])
def test_a_file_in_memory_is_read_without_waiting(
    path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """As much comes as is read at once, from where it is asked for."""
    content: Content = request.getfixturevalue(kind)
    expected = DATA[7 : 7 + AT_ONCE] if is_on_a_disk(path) else None
    assert content.read_nowait(7, None) in (expected, DATA[7 : 7 + AT_ONCE])
    assert content.read_nowait(7, 9) in (expected and expected[:2], DATA[7:9])


@pytest.mark.parametrize("kind", ["local", "opened"])
def test_nobody_waits_for_a_thread_that_reads(kind: str, request: pytest.FixtureRequest) -> None:
    """While another thread uses the file, nothing is at hand; after that, all is as before."""
    content: Any = request.getfixturevalue(kind)
    before = content.read_nowait(0, 4)
    busy, done = threading.Event(), threading.Event()

    def use() -> None:
        with content._lock:
            busy.set()
            done.wait()

    user = threading.Thread(target=use)
    user.start()
    busy.wait()
    try:
        assert content.read_nowait(0, 4) == b""
    finally:
        done.set()
        user.join()
    assert content.read_nowait(0, 4) == before


def test_nothing_is_at_hand_before_it_is_acquired(path: Path) -> None:
    """What is not open yet is left to ``read``, which says so."""
    assert LocalContent(path).read_nowait(0, 4) == b""
    with path.open("rb") as file:
        assert FileContent(file).read_nowait(0, 4) is None


@pytest.mark.parametrize("kind", ["local", "opened"])
def test_nothing_is_at_hand_after_closing(kind: str, request: pytest.FixtureRequest) -> None:
    """A descriptor that is another file's by now is not read."""
    content: Content = request.getfixturevalue(kind)
    content.close()
    assert content.fileno() is None
    assert content.read_nowait(0, 4) == b""


def test_a_file_that_only_its_owner_closed_is_not_at_hand(path: Path) -> None:
    """A program that closes its own file too early gets the error of ``read``, and no bytes of another one."""
    file = path.open("rb")
    content = acquired(FileContent(file))
    file.close()
    assert content.fileno() is None
    assert content.read_nowait(0, 4) == b""
    with pytest.raises(ValueError, match="closed file"):
        list(content.read(0, 4))


@pytest.mark.parametrize("kind", ["local", "opened"])
def test_an_error_of_the_disk_is_one_of_the_content(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says when reading fails is translated as everywhere."""
    content: Content = request.getfixturevalue(kind)

    def failing(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("downloadable.adapters.page_cache.NOWAIT", 0)
    monkeypatch.setattr(os, "preadv", failing)
    with pytest.raises(ContentUnavailable):
        content.read_nowait(0, 4)


def test_what_is_written_before_the_look_is_at_hand(tmp_path: Path) -> None:
    """What was in a buffer when the file was described is part of it."""
    path = tmp_path / "new"
    with path.open("w+b") as file:
        file.write(b"just written")
        content = acquired(FileContent(file))
        got = content.read_nowait(0, None)
        assert got == b"just written" or not is_on_a_disk(path)
        assert b"".join(content.read(0, None)) == b"just written"


@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_file_that_cannot_be_read_is_not_at_hand(tmp_path: Path, buffering: int) -> None:
    """A file that is open for writing alone stays the mistake that ``read`` says it is, and nobody sends it."""
    with (tmp_path / "new").open("wb", buffering=buffering) as file:
        content = acquired(FileContent(file))
        assert content.fileno() is None
        assert content.read_nowait(0, 4) is None
        with pytest.raises(io.UnsupportedOperation):
            list(content.read(0, None))


@pytest.mark.parametrize(
    "opener",
    [
        pytest.param(lambda path: gzip.open(path, "rb"), id="decompressed"),
        pytest.param(lambda path: io.BufferedReader(io.BytesIO(path.read_bytes())), id="buffer of memory"),
    ],
)
def test_what_is_no_file_on_the_disk_is_never_at_hand(path: Path, opener: Callable[[Path], Any]) -> None:
    """The bytes of what is below would be other ones."""
    path.write_bytes(gzip.compress(b"data"))
    content = acquired(FileContent(opener(path)))
    assert content.read_nowait(0, 4) is None
    assert content.fileno() is None
    content.close()


@pytest.mark.parametrize("taken", [0, 10, 5000])
def test_a_buffer_that_was_read_from_repeats_nothing(path: Path, taken: int) -> None:
    """Whoever sends without copying moves the descriptor, of which the file object's buffer knows nothing."""
    file = path.open("rb")
    file.read(taken)
    content = acquired(FileContent(file))
    descriptor = content.fileno()
    assert descriptor is not None
    os.lseek(descriptor, 0, os.SEEK_SET)
    assert b"".join(content.read(0, len(DATA))) == DATA
    content.close()


def test_bytes_are_at_hand() -> None:
    """Of what is in memory, any slice is there."""
    content = MemoryContent(DATA)
    assert content.read_nowait(0, None) == DATA[:AT_ONCE]
    assert content.read_nowait(5, 9) == DATA[5:9]
    assert content.read_nowait(len(DATA) - 2, len(DATA) + 2) == DATA[-2:]
    assert content.read_nowait(len(DATA), None) == b""


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(bytearray, True, id="bytearray"),
        pytest.param(memoryview, True, id="view of bytes"),
        pytest.param(lambda data: memoryview(bytearray(data))[:], True, id="view of a view"),
        pytest.param(lambda data: memoryview(mapped(data)), False, id="view of a mapped file"),
    ],
)
def test_a_view_is_at_hand_if_its_bytes_are_in_memory(make: Callable[[bytes], Any], expected: bool) -> None:
    """A file that is mapped into memory may have to be read from its disk."""
    content = MemoryContent(make(DATA))
    assert content.at_hand() is expected
    assert content.read_nowait(5, 9) == (DATA[5:9] if expected else None)
    assert b"".join(content.read(5, 9)) == DATA[5:9]


def mapped(data: bytes) -> mmap.mmap:
    """Map a file with these bytes."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def test_what_is_made_while_it_is_sent_is_never_at_hand() -> None:
    """A generator may take its time."""
    content = acquired(GeneratedContent(iter([b"a"])))
    assert not content.at_hand()
    assert content.read_nowait(0, None) is None
    assert b"".join(content.read(0, None)) == b"a"


class ReleasingFile(File):  # type: ignore[type-arg]  # Django's has no type arguments
    """A file of a class that does more when it is closed, such as to query a database."""

    def close(self) -> None:
        super().close()


class ReleasingFieldFile(FieldFile):
    """The same of a model's field."""

    def close(self) -> None:
        super().close()


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [pytest.param(File, True, id="plain"), pytest.param(ReleasingFile, False, id="more than a file")],
)
def test_what_does_more_than_to_close_a_file_is_never_at_hand(
    path: Path, wrapper: Any, expected: bool
) -> None:
    """An event loop closes what it has read without a thread: that must wait for nothing, either."""
    for opened in (path.open("rb"), path.open("rb", buffering=0), io.BytesIO(DATA)):
        content = acquired(as_content(wrapper(opened)))
        at_hand = isinstance(opened, io.BytesIO) or is_on_a_disk(path)
        assert content.read_nowait(0, 4) == (DATA[:4] if expected and at_hand else None)
        assert b"".join(content.read(0, 4)) == DATA[:4]
        content.close()
        opened.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(FieldFile, True, id="plain"),
        pytest.param(ReleasingFieldFile, False, id="more than a file"),
    ],
)
def test_a_field_that_does_more_when_it_is_closed_is_never_at_hand(
    path: Path, kind: type[FieldFile], expected: bool
) -> None:
    """The same holds of the file of a model's field, which is looked at on a loop, too."""
    field = FileField(storage=FileSystemStorage(path.parent))
    content = as_content(kind(Document(), field, path.name))
    there = expected and is_on_a_disk(path)
    assert content.at_hand() is there
    assert acquired(content).read_nowait(0, 4) == (DATA[:4] if there else None)
    assert b"".join(content.read(0, 4)) == DATA[:4]
    content.close()


# Looking and opening


def test_a_known_file_is_at_hand(path: Path) -> None:
    """A file that the system knows is looked at and opened on an event loop, below a root as well as by its path."""
    there = is_on_a_disk(path)
    assert LocalContent(path).at_hand() is there
    assert LocalSource(path.parent).open(path.name).at_hand() is there
    assert StorageSource(FileSystemStorage(path.parent)).open(path.name).at_hand() is there


def test_looking_at_a_file_says_nothing_of_its_bytes(path: Path) -> None:
    """That a file can be opened at once does not mean that it can be read at once."""
    content = LocalContent(dropped_from_memory(path))
    assert content.at_hand() is is_on_a_disk(path)


@pytest.mark.parametrize("name", ["absent", "\ud800"])
def test_a_missing_file_is_not_at_hand(tmp_path: Path, name: str) -> None:
    """What is not there is looked for in a thread."""
    for content in (
        LocalContent(tmp_path / name),
        LocalSource(tmp_path).open(name),
        StorageSource(FileSystemStorage(tmp_path)).open(name),
    ):
        assert not content.at_hand()
        with pytest.raises(ContentNotFound):
            content.describe(PLAIN_GET)


class Owner:
    """Something to close, which may take its time."""

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("content", "at_hand"),
    [
        pytest.param(MemoryContent(b"a"), True, id="bytes"),
        pytest.param(as_content(io.BytesIO(b"a")), True, id="a buffer in memory"),
        pytest.param(MemoryContent(b"a", owner=Owner()), False, id="bytes of something to close"),
        pytest.param(Missing(ContentNotFound("absent")), False, id="nothing"),
        pytest.param(StorageSource(InMemoryStorage()).open("a"), False, id="a storage that is no directory"),
        pytest.param(file_content(io.BufferedReader(io.BytesIO())), False, id="a file object"),
    ],
)
def test_what_may_wait_is_not_at_hand(content: Content, at_hand: bool) -> None:
    """Only what certainly waits for nothing is looked at on an event loop."""
    assert content.at_hand() is at_hand
