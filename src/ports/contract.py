"""
The suite that every source inherits, ours or yours; needs pytest.

Say how to make a source, and pytest runs the rest::

    class TestMySource(SourceContract):
        def make_source(self, files, tmp_path):
            return MySource(files)

A source whose files can be changed behind its back inherits :class:`ChangingSourceContract` and says how that is done.
"""

from __future__ import annotations

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    ContentTruncated,
    Resource,
)
from downloadable.ports.content import AsyncContent, Content
from downloadable.ports.source import Source

__all__ = ["ChangingSourceContract", "SourceContract"]

LARGE = bytes(range(256)) * 4096  # 1 MiB, more than any chunk
FILES: Mapping[str, bytes] = {
    "hello.txt": b"Hello, world!\n",
    "empty.bin": b"",
    "large.bin": LARGE,
    "naïve file 100%.txt": b"accents, a space and a percent sign",
}
SLICES = [(0, None), (0, 1), (3, 8), (13, 14), (0, 14), (5, None), (7, 7)]


class SourceContract(ABC):
    """What holds for every source of named files."""

    @abstractmethod
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Source[Any]:
        """Return a source that holds *files*; *tmp_path* is a directory to put them into."""

    def key_of(self, name: str) -> Any:
        """Return the key under which the source knows the file *name*."""
        return name

    @pytest.fixture
    def source(self, tmp_path: Path) -> Source[Any]:
        return self.make_source(FILES, tmp_path)

    @contextmanager
    def opened(self, source: Source[Any], name: str) -> Iterator[tuple[Content, Resource]]:
        """Open, describe and acquire the file *name*; close it at the end."""
        content = source.open(self.key_of(name))
        try:
            resource = content.describe(PLAIN_GET)
            content.acquire()
            yield content, resource
        finally:
            content.close()

    @pytest.mark.parametrize("name", sorted(FILES))
    def test_describe_says_what_read_yields(self, source: Source[Any], name: str) -> None:
        """The size described is the number of bytes read, and the name is the file's."""
        with self.opened(source, name) as (content, resource):
            assert resource.name == name
            assert resource.size in {None, len(FILES[name])}
            assert b"".join(content.read(0, resource.size)) == FILES[name]

    @pytest.mark.parametrize("name", sorted(FILES))
    def test_known_agrees_with_describe(self, source: Source[Any], name: str) -> None:
        """What is known without a look is what the look says."""
        content = source.open(self.key_of(name))
        try:
            known, described = content.known(), content.describe(PLAIN_GET)
        finally:
            content.close()
        empty = Resource()
        for field in attrs.fields(Resource):
            early = getattr(known, field.name)
            assert early == getattr(empty, field.name) or early == getattr(described, field.name), field.name

    def test_describe_looks_anew(self, source: Source[Any]) -> None:
        """Two looks at the same content say the same."""
        content = source.open(self.key_of("hello.txt"))
        try:
            assert content.describe(PLAIN_GET) == content.describe(PLAIN_GET)
        finally:
            content.close()

    @pytest.mark.parametrize(("start", "stop"), SLICES)
    def test_read_yields_exactly_the_slice(self, source: Source[Any], start: int, stop: int | None) -> None:
        """Reading from start to stop gives those bytes and no others; from 0 if the content cannot seek."""
        with self.opened(source, "hello.txt") as (content, resource):
            start = start if resource.seekable else 0
            assert b"".join(content.read(start, stop)) == FILES["hello.txt"][start:stop]

    def test_a_slice_across_chunks_is_exact(self, source: Source[Any]) -> None:
        """A range in the middle of a large file is read to the byte."""
        with self.opened(source, "large.bin") as (content, resource):
            start = 300_001 if resource.seekable else 0
            assert b"".join(content.read(start, 900_003)) == LARGE[start:900_003]

    @pytest.mark.parametrize("name", sorted(FILES))
    def test_chunks_are_bytes_and_never_empty(self, source: Source[Any], name: str) -> None:
        """Each chunk is a bytes object with something in it."""
        with self.opened(source, name) as (content, _):
            assert all(type(chunk) is bytes and chunk for chunk in content.read(0, None))

    def test_reading_twice_gives_the_same(self, source: Source[Any]) -> None:
        """What can seek can be read again, and from behind."""
        with self.opened(source, "large.bin") as (content, resource):
            if resource.seekable:
                assert b"".join(content.read(500_000, 500_010)) == LARGE[500_000:500_010]
                assert b"".join(content.read(0, 10)) == LARGE[:10]
            assert b"".join(content.read(0, len(LARGE))) == LARGE

    def test_a_missing_key_is_not_found_before_the_first_byte(self, source: Source[Any]) -> None:
        """Opening something that is not there succeeds, describing it does not."""
        content = source.open(self.key_of("absent.txt"))
        try:
            with pytest.raises(ContentNotFound):
                content.describe(PLAIN_GET)
        finally:
            content.close()

    def test_more_than_there_is_is_truncated(self, source: Source[Any]) -> None:
        """Asking for more bytes than exist yields the existing ones and then raises."""
        with self.opened(source, "hello.txt") as (content, _):
            got: list[bytes] = []
            with pytest.raises(ContentTruncated):
                got.extend(content.read(0, 1000))
            assert b"".join(got) == FILES["hello.txt"]

    def test_close_is_harmless_at_any_time(self, source: Source[Any]) -> None:
        """Closing works unopened, half-read, twice, and from another thread."""
        source.open(self.key_of("large.bin")).close()
        with self.opened(source, "large.bin") as (content, _):
            chunks = content.read(0, len(LARGE))
            next(chunks)
            closer = threading.Thread(target=content.close)
            closer.start()
            closer.join()
            content.close()
            # A read that was under way either ends with an error or with the bytes it had; never with others.
            got: list[bytes] = []
            with suppress(ContentError, OSError, ValueError):
                got.extend(chunks)
            assert LARGE.find(b"".join(got)) >= 0

    def test_what_reopens_begins_anew(self, source: Source[Any]) -> None:
        """A content that says so can be described, acquired and read again once it was closed."""
        with self.opened(source, "large.bin") as (content, resource):
            next(iter(content.read(0, None)))
            if content.reopens:
                content.close()
                assert content.describe(PLAIN_GET).size == resource.size
                content.acquire()
                assert b"".join(content.read(0, None)) == LARGE

    def test_nothing_stays_open(self, source: Source[Any]) -> None:
        """Contents that were described, read and closed leave no descriptor behind."""
        self.use_once(source)
        before = open_descriptors()
        for _ in range(5):
            self.use_once(source)
        assert open_descriptors() <= before

    def use_once(self, source: Source[Any]) -> None:
        source.open(self.key_of("hello.txt")).close()
        with self.opened(source, "hello.txt"):
            pass
        with self.opened(source, "large.bin") as (content, _):
            next(iter(content.read(0, None)))

    def test_aread_equals_read(self, source: Source[Any]) -> None:
        """A content with an event loop of its own gives the same bytes on another."""

        async def drained(content: AsyncContent, stop: int | None) -> bytes:
            try:
                return b"".join([chunk async for chunk in content.aread(0, stop)])
            finally:
                await content.aclose()

        with self.opened(source, "large.bin") as (content, resource):
            if isinstance(content, AsyncContent):
                assert asyncio.run(drained(content, resource.size)) == LARGE
            else:
                assert b"".join(content.read(0, resource.size)) == LARGE

    @pytest.mark.parametrize(("start", "stop"), [(0, len(LARGE)), (300_001, 900_003), (0, None)])
    def test_read_nowait_gives_what_read_gives(
        self, source: Source[Any], start: int, stop: int | None
    ) -> None:
        """What can be had without waiting is part of what is asked for, and has no end but that of the content."""
        with self.opened(source, "large.bin") as (content, _):
            got = b""
            while chunk := content.read_nowait(start + len(got), stop):
                assert type(chunk) is bytes
                got += chunk
                assert LARGE[start:stop].startswith(got)
            if chunk is not None:
                rest = content.read(start + len(got), stop)
                assert got + b"".join(rest) == LARGE[start:stop]

    def test_a_descriptor_has_exactly_the_content(self, source: Source[Any]) -> None:
        """A server that sends from the descriptor sends the same bytes; there is none after closing."""
        with self.opened(source, "large.bin") as (content, _):
            descriptor = content.fileno()
            if descriptor is not None:
                assert os.fstat(descriptor).st_size == len(LARGE)
                assert os.pread(descriptor, len(LARGE), 0) == LARGE
        assert content.fileno() is None


class ChangingSourceContract(SourceContract):
    """What holds, beyond that, where a file can change between two steps of a download."""

    @abstractmethod
    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        """Put *data* in the place of the file *name*, as another program would."""

    @abstractmethod
    def remove(self, source: Source[Any], name: str) -> None:
        """Take the file *name* away, as another program would."""

    def test_what_changed_before_acquire_is_noticed(self, source: Source[Any]) -> None:
        """Content that is not the described one any more is never handed out."""
        content = source.open(self.key_of("hello.txt"))
        try:
            content.describe(PLAIN_GET)
            self.replace(source, "hello.txt", b"Something else, and longer.\n")
            with pytest.raises(ContentChanged):
                self.acquire_and_read(content, len(FILES["hello.txt"]))
        finally:
            content.close()

    def test_what_vanished_before_acquire_is_noticed(self, source: Source[Any]) -> None:
        """A file that is gone by the time it is opened is an error before the first byte."""
        content = source.open(self.key_of("hello.txt"))
        try:
            content.describe(PLAIN_GET)
            self.remove(source, "hello.txt")
            with pytest.raises((ContentChanged, ContentNotFound)):
                self.acquire_and_read(content, len(FILES["hello.txt"]))
        finally:
            content.close()

    def test_describe_sees_a_change(self, source: Source[Any]) -> None:
        """After a change, a new look tells the new size."""
        content = source.open(self.key_of("hello.txt"))
        try:
            content.describe(PLAIN_GET)
            self.replace(source, "hello.txt", b"Something else, and longer.\n")
            resource = content.describe(PLAIN_GET)
            content.acquire()
            assert b"".join(content.read(0, resource.size)) == b"Something else, and longer.\n"
        finally:
            content.close()

    def acquire_and_read(self, content: Content, size: int) -> bytes:
        """Go on after ``describe``; an adapter that can tell only at the first byte overrides nothing."""
        content.acquire()
        return b"".join(content.read(0, size))


def open_descriptors() -> int:
    """Count the descriptors of this process."""
    return len(list(Path("/dev/fd").iterdir()))
