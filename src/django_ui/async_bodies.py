"""Carrying out a plan on an event loop, which nothing here keeps waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Self

from asgiref.sync import sync_to_async

from downloadable.django_ui.bodies import Body, Left
from downloadable.django_ui.bridge import bridged
from downloadable.django_ui.connections import agive_back_connections
from downloadable.django_ui.pace import Pace
from downloadable.domain import ByteRange, ContentError, Segment
from downloadable.domain.plan import length_of
from downloadable.ports import AsyncContent, Content
from downloadable.ports.own_loop import CANCELLED_ITSELF

__all__ = ["AsyncBody", "SmallBody"]

TURN = 0.001
"""Seconds after which the other tasks of an event loop get their turn."""

MOST = 256 * 1024
"""Most bytes to read at a time on a loop."""

MISSED = 256 * 1024
"""Bytes to read in a thread once some are not at hand; the system may have read on by then."""


class AsyncBody:
    """
    The segments of a plan as chunks of bytes; closes the content when it ends, however it ends.

    What a content has at hand is read on the loop, and what it reads asynchronously is awaited there. All else is read
    in a thread, by a synchronous :class:`Body` where a content never has anything at hand. Never more than one hop's
    bytes are held, and nothing is read before the server asks for it.
    """

    def __init__(self, content: Content, segments: Sequence[Segment]) -> None:
        self._held = held = Held(content, segments)
        # What is read knows nothing of this: it goes, and closes the content, as soon as nobody wants it any more.
        self._chunks = (
            natively(content, segments) if isinstance(content, AsyncContent) else at_hand_or_bridged(held)
        )

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
        self._held.leave_to_body(self._held.segments).begin(length)

    async def aclose(self) -> None:
        """Close the content, on this loop or in the thread that reads; may be called twice."""
        try:
            await self._chunks.aclose()
        finally:
            await self._held.aclose()

    def close(self) -> None:
        """Close what needs no event loop."""
        self._held.close()

    def __del__(self) -> None:
        self.close()


class Held:
    """A content that is to be closed, and the body that reads it in a thread, if it has come to that."""

    def __init__(self, content: Content, segments: Sequence[Segment]) -> None:
        self.content, self.segments = content, segments
        self.body: Body | None = None
        self.at_hand = False
        """Whether some of it was, and no thread reads it now: then closing does not wait, either."""

    def leave_to_body(self, segments: Sequence[Segment]) -> Body:
        """Have what is left of the plan read in a thread, all of it."""
        self.body = Body(self.content, segments)
        return self.body

    async def aclose(self) -> None:
        if self.body is not None:
            if not self.body.closed:
                await sync_to_async(self.body.close)()
        elif isinstance(self.content, AsyncContent):
            await self.content.aclose()
        elif self.at_hand:
            self.content.close()
        else:
            await sync_to_async(self.content.close)()

    def close(self) -> None:
        (self.body or self.content).close()


async def natively(content: AsyncContent, segments: Sequence[Segment]) -> AsyncGenerator[bytes]:
    """Carry out a plan by what reads asynchronously."""
    if not content.keeps_database:
        await agive_back_connections(length_of(segments))
    turns = Turns()
    for segment in segments:
        if isinstance(segment, bytes):
            yield segment
        else:
            left = Left(segment.length)
            chunks = content.aread(segment.start, segment.stop)
            try:
                async for chunk in chunks:
                    yield left.counted(chunk)
                    await turns.given()
            finally:
                if isinstance(chunks, AsyncGenerator):
                    await chunks.aclose()
            left.check()


async def at_hand_or_bridged(held: Held) -> AsyncGenerator[bytes]:
    """Carry out a plan by what is at hand, and by a thread where nothing ever is."""
    if held.body is None:
        async with aclosing(at_hand(held)) as chunks:
            async for chunk in chunks:
                yield chunk
    if held.body is not None:
        async with aclosing(bridged(held.body, held.body.give_up)) as chunks:
            async for chunk in chunks:
                yield chunk


async def at_hand(held: Held) -> AsyncGenerator[bytes]:
    """Read on this loop, in a thread what is not at hand; leave it to a body where nothing ever is."""
    content, turns, pace = held.content, Turns(), Pace(MOST)
    for number, segment in enumerate(held.segments):
        if isinstance(segment, bytes):
            yield segment
            continue
        left, position, stop = Left(segment.length), segment.start, segment.stop
        while stop is None or position < stop:
            end = position + pace.size
            chunk = content.read_nowait(position, end if stop is None else min(stop, end))
            if chunk is None:
                held.leave_to_body((ByteRange(position, stop), *held.segments[number + 1 :]))
                return
            if not held.at_hand:
                held.at_hand = True
                if not content.keeps_database:
                    await agive_back_connections(length_of(held.segments))
            if chunk:
                position += len(chunk)
                yield left.counted(chunk)
                pace.took(len(chunk), await turns.given())
                continue
            before, end = position, position + MISSED
            # Of an unknown length, all: nobody knows whether it goes on to any other position.
            waited_for = bridged(
                content.read(position, None if stop is None else min(stop, end)), content.give_up
            )
            held.at_hand = False
            async with aclosing(waited_for):
                async for chunk in waited_for:
                    position += len(chunk)
                    yield left.counted(chunk)
            held.at_hand = True
            if stop is None or position == before:
                break
        left.check()


class Turns:
    """
    Gives the other tasks of a loop their turn.

    An iterator that never waits would keep the loop for itself. A server that drops what it is given for a client who
    has left does not wait either, and would never notice it.
    """

    def __init__(self) -> None:
        self._rested = self._gave = time.monotonic()

    async def given(self) -> float:
        """Let the others go on, if they have waited for :data:`TURN`; return the seconds since the last time."""
        now, gave = time.monotonic(), self._gave
        if now - self._rested > TURN:
            await asyncio.sleep(0)
            self._gave = self._rested = time.monotonic()
        else:
            self._gave = now
        return now - gave


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
