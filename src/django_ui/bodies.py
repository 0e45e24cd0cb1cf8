"""Carrying out a plan: one loop, told once for each colour."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from threading import Lock
from typing import Self

from asgiref.sync import sync_to_async

from downloadable.django_ui.bridge import bridged
from downloadable.django_ui.connections import agive_back_connections, give_back_connections
from downloadable.domain import ContentError, ContentInvalid, ContentTruncated, Segment
from downloadable.domain.plan import length_of
from downloadable.ports import AsyncContent, Content
from downloadable.ports.own_loop import CANCELLED_ITSELF

__all__ = ["AsyncBody", "Body", "SmallBody", "carried_out"]

TURN = 0.001
"""Seconds after which the other tasks of an event loop get their turn."""


class Body:
    """
    The segments of a plan as chunks of bytes; closes the content when it ends, however it ends.

    An object and not a generator: one that never started would not close anything.
    """

    def __init__(self, content: Content, segments: Sequence[Segment]) -> None:
        self._content: Content | None = content
        self._chunks = streamed(content, segments)
        self._begun = b""
        self._lock = Lock()
        self.closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            if self._begun:
                begun, self._begun = self._begun, b""
                return begun
            try:
                return next(self._chunks)
            except BaseException:
                self._release()
                raise

    def begin(self, length: int) -> None:
        """Read so many bytes, and nothing after them, for the first chunk: what fails here can still be answered."""
        chunks: list[bytes] = []
        while length > 0:
            chunks.append(next(self))
            length -= len(chunks[-1])
        self._begun = b"".join(chunks)

    def give_up(self) -> None:
        """Let the content wait no longer for what nobody wants any more; may be called while it is read."""
        content = self._content
        if content is not None:
            content.give_up()

    def close(self) -> None:
        """Close the content, once a chunk that is being read in another thread is there; may be called twice."""
        if self._lock.locked():
            self.give_up()
        with self._lock:
            self._release()

    def let_go(self) -> None:
        """Leave the content to another body; of this one, which nobody has begun to read, nothing is sent."""
        self._content = None
        self.close()

    def _release(self) -> None:
        self._begun = b""
        try:
            self._chunks.close()
        finally:
            if self._content is not None:
                self._content.close()
            self.closed = True

    # Some responses are dropped without being closed, by Django or by a middleware that puts its own in their place.
    def __del__(self) -> None:
        self.close()


def streamed(content: Content, segments: Sequence[Segment]) -> Generator[bytes]:
    """Carry out a plan whose answer goes out while it is read: from its first chunk on, it needs no database."""
    if not content.keeps_database:
        give_back_connections(length_of(segments))
    yield from carried_out(content, segments)


def carried_out(content: Content, segments: Iterable[Segment]) -> Generator[bytes]:
    """Yield the *segments* of a plan, read from *content* as far as they are not bytes already."""
    for segment in segments:
        if isinstance(segment, bytes):
            yield segment
        else:
            left = Left(segment.length)
            for chunk in content.read(segment.start, segment.stop):
                yield left.counted(chunk)
            left.check()


class Left:
    """
    Holds what a content yields against the length that was announced.

    A chunk that keeps to it is sent at once, the last one, too: whether more follows may show late, or never, and the
    client must not wait for what it does not get.
    """

    def __init__(self, length: int | None) -> None:
        self._length = length

    def counted(self, chunk: bytes) -> bytes:
        """
        Count *chunk*, and return it to be sent.

        Raises:
            ContentInvalid: If it is longer than what is left. None of it is sent: with fewer bytes, another version
                would pass for the one that was announced.
        """
        if self._length is not None:
            self._length -= len(chunk)
            if self._length < 0:
                raise ContentInvalid(f"The content goes on {-self._length} bytes after the announced length.")
        return chunk

    def check(self) -> None:
        """
        Make sure that all has come.

        Raises:
            ContentTruncated: If there should be more: the client sees that the body is short.
        """
        if self._length:
            raise ContentTruncated(f"The content ended {self._length} bytes before the announced length.")


class AsyncBody:
    """
    The same on an event loop: natively where the content can, else a synchronous :class:`Body` read in a thread.

    Never more than one hop's bytes are held, and nothing is read before the server asks for it.
    """

    def __init__(self, content: Content, segments: Sequence[Segment]) -> None:
        self._body: Body | None = None
        self._content = content
        self._chunks: AsyncGenerator[bytes]
        if isinstance(content, AsyncContent):
            self._chunks = acarried_out(content, segments)
        else:
            self._body = Body(content, segments)
            self._chunks = bridged(self._body, self._body.give_up)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except asyncio.CancelledError as error:
            await self.aclose()
            task = asyncio.current_task()
            # What nobody has asked for is not the client's leaving, which servers pass over in silence.
            if task is not None and not task.cancelling():
                raise ContentError(CANCELLED_ITSELF) from error
            raise
        except BaseException:
            await self.aclose()
            raise

    def begin(self, length: int) -> None:
        """Read so many bytes of a synchronous content, as :meth:`Body.begin` does; in a thread."""
        if self._body is not None:
            self._body.begin(length)

    async def aclose(self) -> None:
        """Close the content, on this loop or in the thread that reads; may be called twice."""
        try:
            await self._chunks.aclose()
        finally:
            if self._body is not None:
                if not self._body.closed:
                    await sync_to_async(self._body.close)()
            elif isinstance(self._content, AsyncContent):
                await self._content.aclose()

    def close(self) -> None:
        """Close what needs no event loop."""
        (self._body or self._content).close()

    def __del__(self) -> None:
        self.close()


async def acarried_out(content: AsyncContent, segments: Sequence[Segment]) -> AsyncGenerator[bytes]:
    if not content.keeps_database:
        await agive_back_connections(length_of(segments))
    rested = time.monotonic()
    for segment in segments:
        if isinstance(segment, bytes):
            yield segment
        else:
            left = Left(segment.length)
            chunks = content.aread(segment.start, segment.stop)
            try:
                async for chunk in chunks:
                    yield left.counted(chunk)
                    # An iterator that never waits would keep the loop for itself. A server that drops what it is given
                    # for a client who has left does not wait either, and would never notice it.
                    if time.monotonic() - rested > TURN:
                        await asyncio.sleep(0)
                        rested = time.monotonic()
            finally:
                if isinstance(chunks, AsyncGenerator):
                    await chunks.aclose()
            left.check()


class SmallBody:
    """A body that has been read already, for an event loop."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration
