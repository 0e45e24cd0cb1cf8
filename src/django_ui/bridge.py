"""From a synchronous iterator to an event loop: read in a thread, sent as it comes, never as one list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextvars import copy_context
from functools import partial
from threading import Lock

from asgiref.sync import sync_to_async

__all__ = ["GATHERED", "bridged"]

GATHERED = 256 * 1024
"""Bytes to fetch in one hop to a thread, which costs as much as copying some tens of kilobytes."""

PATIENCE = 0.01
"""Seconds that a chunk waits for others to be sent with it."""


def nothing_to_give_up() -> None:
    """What is read comes by itself."""


async def bridged(
    chunks: Iterator[bytes], give_up: Callable[[], object] = nothing_to_give_up
) -> AsyncGenerator[bytes]:
    """
    Pull a synchronous iterator in Django's thread for this request, where its database connections are.

    At most :data:`GATHERED` bytes and one chunk are held; the next hop begins when they have been taken.

    Args:
        chunks: Left open, but no longer in use when this is closed; whoever made it closes it.

        give_up: Called when this is closed while a thread still waits for a chunk; does not wait itself.
    """
    loop = asyncio.get_running_loop()
    hop, context = Hop(chunks, loop), copy_context()
    while not hop.ended:
        filling = loop.create_task(sync_to_async(partial(context.run, hop.fill))())
        filling.add_done_callback(hop.over)  # also if no thread could be had
        try:
            while not filling.done():
                await hop.something()
                if not filling.done():
                    await asyncio.wait({filling}, timeout=PATIENCE)
                if part := hop.taken():
                    yield part
        finally:
            # Nobody else may use the iterator while a thread still does.
            hop.stopped = True
            if not filling.done():
                give_up()
                await asyncio.wait({filling})
        await filling
        hop.stopped = False
        if part := hop.taken():
            yield part
    if hop.error is not None:
        raise hop.error


class Hop:
    """What a thread has taken from an iterator, and a loop has not yet sent."""

    def __init__(self, chunks: Iterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self.ended = self.stopped = False
        self.error: Exception | None = None
        self._chunks, self._loop = chunks, loop
        self._parts: list[bytes] = []
        self._lock = Lock()
        self._arrived = asyncio.Event()

    def fill(self) -> None:
        """Take chunks until they are enough for one hop, or there are no more; runs in a thread."""
        size, started = 0, time.monotonic()
        try:
            for chunk in self._chunks:
                with self._lock:
                    self._parts.append(chunk)
                    first = len(self._parts) == 1
                size += len(chunk)
                # A slow iterator gives the thread back after each chunk: others wait for it, such as an ORM.
                if size >= GATHERED or self.stopped or time.monotonic() - started > PATIENCE:
                    return
                if first:
                    self._loop.call_soon_threadsafe(self._arrived.set)
            self.ended = True
        except Exception as error:  # noqa: BLE001  (raised on the loop, once what came before it has left)
            self.ended, self.error = True, error
        finally:
            self._loop.call_soon_threadsafe(self._arrived.set)

    def over(self, filling: asyncio.Task[None]) -> None:
        """Let nobody wait for a hop that has ended, however it did."""
        self._arrived.set()

    async def something(self) -> None:
        """Wait for a chunk, or for the end of the hop."""
        await self._arrived.wait()
        self._arrived.clear()

    def taken(self) -> bytes:
        """Return what is there, and hold it no longer."""
        with self._lock:
            parts, self._parts = self._parts, []
        return b"".join(parts)
