from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

import pytest

from downloadable.domain import ContentError, DownloadRequest, Resource
from downloadable.ports import AsyncContent

said: ContextVar[str] = ContextVar("said", default="nothing")


class Told(AsyncContent):
    """A content that yields what the iterator of its class does, and writes down how it ends."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def describe(self, asked: DownloadRequest) -> Resource:
        return Resource()

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        said.set("something")
        try:
            yield b"one "
            yield said.get().encode()
        finally:
            self.ended.append("aread")

    async def aclose(self) -> None:
        self.ended.append("aclose")


class Impatient(Told):
    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        async with asyncio.timeout(0.05):
            yield b"one "
            await asyncio.sleep(60)
            yield b"two"


class SelfCancelling(Told):
    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        yield b"one "
        raise asyncio.CancelledError


def test_a_context_spans_all_chunks() -> None:
    """What an iterator sets before one chunk is there after it, as on a server's loop."""
    content = Told()
    assert b"".join(content.read(0, None)) == b"one something"
    content.close()
    assert content.ended == ["aread", "aclose"]


def test_what_was_read_from_ends_before_what_it_reads() -> None:
    """An iterator that is given up half-way still has what it uses while it cleans up."""
    content = Told()
    assert next(content.read(0, None)) == b"one "
    content.close()
    assert content.ended == ["aread", "aclose"]


def test_a_timeout_spans_all_chunks() -> None:
    """A limit that an iterator sets itself holds, however its chunks are taken."""
    content = Impatient()
    chunks = content.read(0, None)
    assert next(chunks) == b"one "
    with pytest.raises(TimeoutError):
        next(chunks)
    content.close()


def test_an_iterator_that_cancels_itself_is_an_error() -> None:
    """Nobody waits for a chunk that never comes."""
    content = SelfCancelling()
    chunks = content.read(0, None)
    assert next(chunks) == b"one "
    with pytest.raises(ContentError, match="cancelled itself"):
        next(chunks)
    content.close()


class SelfClosing(Told):
    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        try:
            yield b"one "
            self.close()
            yield b"two "
            yield b"three"
        finally:
            self.ended.append("aread")


def test_an_iterator_that_closes_its_content_ends() -> None:
    """Closing may come from within, too: it waits for the chunk that is being made, and not for itself."""
    content = SelfClosing()
    taken: list[bytes] = []
    chunks = chunks_until_the_error(content.read(0, None))
    taking = threading.Thread(target=lambda: taken.extend(chunks), daemon=True)
    taking.start()
    taking.join(20)
    assert taken == [b"one "]
    content.close()
    assert content.ended == ["aread", "aclose"]


def chunks_until_the_error(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what comes before the content says that it is closed."""
    with pytest.raises(ContentError, match="closed while it was read"):
        yield from chunks


class Unwilling(Told):
    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        try:
            yield b"one "
            yield b"two "
            yield b"three"
            await asyncio.sleep(60)
        finally:
            raise ContentError("It does not want to end.")


@pytest.mark.parametrize("chunks_taken", [1, 2, 3])
def test_an_iterator_that_ends_badly_still_ends(chunks_taken: int) -> None:
    """However far it had read ahead, whoever closes it does not wait for what nobody takes."""
    content = Unwilling()
    chunks = content.read(0, None)
    for _ in range(chunks_taken):
        next(chunks)
    closing = threading.Thread(target=content.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    assert content.ended == ["aclose"]
