"""An event loop for a content that is read where none runs, as under WSGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from threading import Lock, get_ident
from typing import TypeAlias

from downloadable.domain.errors import ContentError

__all__ = ["CANCELLED_ITSELF", "OwnLoop"]

CANCELLED_ITSELF = "Nobody has given it up: the iterator has cancelled itself, or awaited what was cancelled."

Box: TypeAlias = "asyncio.Queue[bytes]"
"""Holds the next chunk."""


class OwnLoop:
    """
    Turns only while somebody waits for the next chunk.

    Each iterator lives in one task from its first step to its last, as it would under ASGI: timeouts, task groups and
    context variables span its chunks.
    """

    def __init__(self) -> None:
        # A Runner because its end is thorough: tasks, generators and threads that the loop still has.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._lock = Lock()
        self._closed = False
        self._pumps: list[asyncio.Task[None]] = []
        self._turned_by: int | None = None
        self._aclose: Callable[[], Awaitable[None]] | None = None

    def pulled(self, chunks: AsyncIterator[bytes]) -> Iterator[bytes]:
        """Yield what *chunks* yields, in the thread that asks for it."""
        box: Box = asyncio.Queue(maxsize=1)
        pump: asyncio.Task[None] | None = None
        while True:
            # Closing waits for the chunk in flight: a loop cannot be turned by two threads.
            with self._lock:
                if self._closed:
                    raise ContentError("The content was closed while it was read.")
                loop = self._runner.get_loop()
                if pump is None:
                    pump = loop.create_task(pumped(chunks, box))
                    self._pumps.append(pump)
                self._turned_by = get_ident()
                try:
                    item = loop.run_until_complete(taken(pump, box))
                finally:
                    self._turned_by = None
                    if self._aclose is not None:
                        self._end(self._aclose)
            if item is None:
                return
            yield item

    def close(self, aclose: Callable[[], Awaitable[None]]) -> None:
        """Close the iterators, then await *aclose*, then close the loop."""
        if self._turned_by == get_ident():
            # By what runs on this very loop, which cannot end before it has stopped turning.
            self._aclose = aclose
            return
        with self._lock:
            self._end(aclose)

    def _end(self, aclose: Callable[[], Awaitable[None]]) -> None:
        self._closed, self._aclose = True, None
        try:
            self._runner.get_loop().run_until_complete(stopped(self._pumps))
            self._runner.get_loop().run_until_complete(aclose())
        finally:
            self._runner.close()


async def pumped(chunks: AsyncIterator[bytes], box: Box) -> None:
    try:
        async for chunk in chunks:
            await box.put(chunk)
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


async def taken(pump: asyncio.Task[None], box: Box) -> bytes | None:
    """Return the next chunk, or ``None`` at the end; what the iterator has raised is raised here."""
    getting = asyncio.ensure_future(box.get())
    await asyncio.wait({getting, pump}, return_when=asyncio.FIRST_COMPLETED)
    if not getting.done():
        await asyncio.sleep(0)  # what was put last is handed over in the next turn
    if getting.done():
        return getting.result()
    getting.cancel()
    if pump.cancelled():
        raise ContentError(CANCELLED_ITSELF)
    pump.result()
    return None


async def stopped(pumps: list[asyncio.Task[None]]) -> None:
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
