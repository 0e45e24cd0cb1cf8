"""Content that is in memory, or made while it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from threading import Lock
from typing import Any, Self

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE, closes_at_once, hold_size
from downloadable.adapters.page_cache import AT_ONCE
from downloadable.domain import (
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    EntityTag,
    Resource,
)
from downloadable.ports import AsyncContent, Content, Missing

__all__ = ["AsyncGeneratedContent", "GeneratedContent", "MemoryContent", "MemorySource"]

HASHED = 64 * 1024
"""Up to so many bytes, hashing costs less than sending what the client already has."""

END = object()


class MemoryContent(Content):
    """
    Bytes that are at hand.

    Up to 64 KiB get a strong entity tag from their SHA-256, so that even a "hello world" can be answered with 304.

    Args:
        data: The bytes; not copied, so not to be changed while they are served.

        resource: What is known beside the size. If it has a *size*, exactly so many bytes must be there.

        owner: What the bytes were taken out of, if anything: closed with the content.
    """

    def __init__(
        self,
        data: bytes | bytearray | memoryview,
        resource: Resource | None = None,
        *,
        owner: Any = None,
    ) -> None:
        self._data = memoryview(data).cast("B")
        # What else has a buffer may be a map of a file, whose bytes come from a disk.
        self._in_memory = isinstance(self._data.obj, bytes | bytearray)
        self._owner = owner
        self._announced = None if resource is None else resource.size
        self._resource = evolve(Resource() if resource is None else resource, size=len(self._data))

    @classmethod
    def named(cls, name: str, data: bytes | bytearray | memoryview, **facts: Any) -> Self:
        """Make a content called *name*; *facts* are further fields of a ``Resource``."""
        return cls(data, Resource(name=name, **facts))

    @property
    def reopens(self) -> bool:  # type: ignore[override]  # the port has a plain attribute for the many that never do
        """Whether nothing is let go of by closing."""
        return self._owner is None

    def at_hand(self) -> bool:
        return self._in_memory and self._owner is None

    def known(self) -> Resource:
        return self._resource

    def describe(self, asked: DownloadRequest) -> Resource:
        hold_size(self._announced, self._resource)
        if self._resource.entity_tag is None and len(self._data) <= HASHED:
            digest = hashlib.sha256(self._data).hexdigest()
            self._resource = evolve(self._resource, entity_tag=EntityTag(digest[:32]))
        return self._resource

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        size = len(self._data)
        end = size if stop is None else min(stop, size)
        for position in range(start, end, CHUNK_SIZE):
            yield bytes(self._data[position : min(position + CHUNK_SIZE, end)])
        if stop is not None and stop > size:
            raise ContentTruncated(f"There are {size} bytes of {self._resource.name!r}, not {stop}.")

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        if not self._in_memory or not (self._owner is None or closes_at_once(self._owner)):
            return None
        end = start + AT_ONCE
        return bytes(self._data[start : end if stop is None else min(stop, end)])

    def close(self) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.close()


class MemorySource:
    """
    Files in a mapping, such as for tests; a key is a name, with directories if you like.

    Args:
        files: The bytes under each key; looked up anew for each content.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def open(self, key: str) -> Content:
        data = self._files.get(key)
        if data is None:
            return Missing(ContentNotFound(f"No content under {key!r}."))
        return MemoryContent.named(key.rpartition("/")[2], data)


class GeneratedContent(Content):
    """
    Bytes that are made while they are sent: the chunks of an iterable, once.

    Args:
        chunks: Yields ``bytes``, or ``str`` that is sent in *encoding*. Its ``close``, if it has one, is called.

        resource: What is known beforehand. If it has a *size*, exactly so many bytes must come.

        encoding: Charset of the chunks that are text.
    """

    keeps_database = True  # the iterable is the program's, and may go on with a cursor

    def __init__(
        self, chunks: Iterable[Any], resource: Resource | None = None, *, encoding: str = "utf-8"
    ) -> None:
        self._chunks = chunks
        self._iterator: Iterator[Any] | None = None
        self._resource = evolve(Resource() if resource is None else resource, seekable=False)
        self._encoding = encoding
        self._lock = Lock()

    def known(self) -> Resource:
        return self._resource

    def describe(self, asked: DownloadRequest) -> Resource:
        return self._resource

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        if self._iterator is not None:
            raise ContentError(f"{self._resource.name!r} is made while it is sent, and was sent already.")
        self._iterator = iter(self._chunks)
        window = Window(start, stop, self._resource)
        while not window.done:
            with self._lock:
                chunk = next(self._iterator, END)
            if chunk is END:
                break
            if piece := window.cut(encoded(chunk, self._encoding)):
                yield piece
        window.check()

    def close(self) -> None:
        with self._lock:
            closers = own("close", self._chunks, self._iterator)
            self._iterator = self._chunks = iter(())
            # The iterator first; its error does not spare the other.
            with ExitStack() as stack:
                for close in closers:
                    stack.callback(close)


class AsyncGeneratedContent(AsyncContent):
    """
    The same for an asynchronous iterable; under WSGI it runs on an event loop of its own.

    The ``aclose`` of the iterable and of its iterator, if they have one, are awaited on the loop that reads. An answer
    without a body reads nothing and awaits nothing, so that an iterable had better acquire what it needs in its first
    step.
    """

    keeps_database = True

    def __init__(
        self, chunks: AsyncIterable[Any], resource: Resource | None = None, *, encoding: str = "utf-8"
    ) -> None:
        self._chunks = chunks
        self._iterator: AsyncIterator[Any] | None = None
        self._resource = evolve(Resource() if resource is None else resource, seekable=False)
        self._encoding = encoding

    def known(self) -> Resource:
        return self._resource

    def describe(self, asked: DownloadRequest) -> Resource:
        return self._resource

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        if self._iterator is not None:
            raise ContentError(f"{self._resource.name!r} is made while it is sent, and was sent already.")
        self._iterator = aiter(self._chunks)
        window = Window(start, stop, self._resource)
        while not window.done:
            try:
                chunk = await anext(self._iterator)
            except StopAsyncIteration:
                break
            if piece := window.cut(encoded(chunk, self._encoding)):
                yield piece
        window.check()

    async def aclose(self) -> None:
        closers = own("aclose", self._chunks, self._iterator)
        self._iterator = self._chunks = nothing()
        async with AsyncExitStack() as stack:
            for aclose in closers:
                stack.push_async_callback(aclose)


def own(method: str, *parts: object) -> list[Callable[[], Any]]:
    """Return the *method* of those *parts* that have one; of what is the same part twice, once."""
    different = {id(part): part for part in parts}
    return [getattr(part, method) for part in different.values() if hasattr(part, method)]


async def nothing() -> AsyncIterator[bytes]:
    return
    yield


class Window:
    """Cuts what is asked for out of chunks that come from the beginning."""

    def __init__(self, start: int, stop: int | None, resource: Resource) -> None:
        self.start, self.stop, self.resource = start, stop, resource
        self.position = 0

    @property
    def done(self) -> bool:
        if self.stop is None or self.position < self.stop:
            return False
        # At the announced end, one step more lets a generator run to its own, and shows whether it is one.
        return self.position > self.stop or self.stop != self.resource.size

    def cut(self, chunk: bytes) -> bytes:
        begin = self.position
        self.position += len(chunk)
        size = self.resource.size
        # None of it is sent: with fewer bytes, it would pass for what was announced.
        if size is not None and self.position > size:
            raise ContentInvalid(
                f"{self.resource.name!r} goes on after the {size} bytes that were announced."
            )
        if begin >= self.start and (self.stop is None or self.position <= self.stop):
            return chunk
        return chunk[max(self.start - begin, 0) : None if self.stop is None else self.stop - begin]

    def check(self) -> None:
        if self.stop is not None and self.position < self.stop:
            early = self.stop - self.position
            raise ContentTruncated(f"{self.resource.name!r} ended {early} bytes too early.")


def encoded(chunk: object, encoding: str) -> bytes:
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, str):
        return chunk.encode(encoding)
    if isinstance(chunk, bytearray | memoryview):
        return bytes(chunk)
    raise TypeError(f"A generated chunk must be bytes or str, not {type(chunk).__qualname__}.")
