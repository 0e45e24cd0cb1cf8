"""An event loop for a content that is read where none runs, as under WSGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from threading import Lock
from typing import TypeAlias

from downloadable.domain.errors import ContentError

__all__ = ["OwnLoop"]

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
                item = loop.run_until_complete(taken(pump, box))
            if item is None:
                return
            yield item

    def close(self, aclose: Callable[[], Awaitable[None]]) -> None:
        """Close the iterators, then await *aclose*, then close the loop."""
        with self._lock:
            self._closed = True
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
        raise ContentError("The iterator was cancelled from within.")
    pump.result()
    return None


async def stopped(pumps: list[asyncio.Task[None]]) -> None:
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
