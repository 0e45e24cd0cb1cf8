"""From a synchronous iterator to an event loop: read in a thread, sent as it comes, never as one list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextvars import copy_context
from functools import partial
from threading import Lock

from asgiref.sync import sync_to_async

from downloadable.django_ui.pace import Pace

__all__ = ["MOST", "bridged"]

MOST = 1024 * 1024
"""Most bytes to fetch in one hop to a thread, which costs as much as copying some tens of kilobytes."""

WORTH_A_STEP = 16 * 1024
"""Bytes that copying them, to send them together with others, would cost more than sending them by themselves."""

PATIENCE = 0.01
"""Seconds that a chunk waits for others to be sent with it."""


def nothing_to_give_up() -> None:
    """What is read comes by itself."""


async def bridged(
    chunks: Iterator[bytes], give_up: Callable[[], object] = nothing_to_give_up
) -> AsyncGenerator[bytes]:
    """
    Pull a synchronous iterator in Django's thread for this request, where its database connections are.

    At most the bytes of one hop and one chunk are held; the next hop begins when they have been taken.

    Args:
        chunks: Left open, but no longer in use when this is closed; whoever made it closes it.

        give_up: Called when this is closed while a thread still waits for a chunk; does not wait itself.
    """
    loop = asyncio.get_running_loop()
    hop, pace, context = Hop(chunks, loop), Pace(MOST), copy_context()
    while not hop.ended:
        hop.enough = pace.size
        given, seconds = 0, 0.0
        filling = loop.create_task(sync_to_async(partial(context.run, hop.fill))())
        filling.add_done_callback(hop.over)  # also if no thread could be had
        try:
            while not filling.done():
                await asyncio.wait({filling}, timeout=PATIENCE)
                if not filling.done():
                    await hop.something()
                began = time.monotonic()
                for part in hop.taken():
                    given += len(part)
                    yield part
                seconds += time.monotonic() - began
        finally:
            # Nobody else may use the iterator while a thread still does.
            hop.stopped = True
            if not filling.done():
                give_up()
                await asyncio.wait({filling})
        await filling
        hop.stopped = False
        began = time.monotonic()
        for part in hop.taken():
            given += len(part)
            yield part
        seconds += time.monotonic() - began
        pace.took(given, seconds)
    if hop.error is not None:
        raise hop.error


class Hop:
    """What a thread has taken from an iterator, and a loop has not yet sent."""

    def __init__(self, chunks: Iterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self.ended = self.stopped = False
        self.enough = 0
        self.error: Exception | None = None
        self._chunks, self._loop = chunks, loop
        self._parts: list[bytes] = []
        self._lock = Lock()
        self._waited_for: asyncio.Event | None = None

    def fill(self) -> None:
        """Take chunks until they are enough for one hop, or there are no more; runs in a thread."""
        size, started = 0, time.monotonic()
        try:
            for chunk in self._chunks:
                with self._lock:
                    self._parts.append(chunk)
                    if self._waited_for is not None:
                        self._loop.call_soon_threadsafe(self._waited_for.set)
                size += len(chunk)
                # A slow iterator gives the thread back after each chunk: others wait for it, such as an ORM.
                if size >= self.enough or self.stopped or time.monotonic() - started > PATIENCE:
                    return
            self.ended = True
        except Exception as error:  # noqa: BLE001  (raised on the loop, once what came before it has left)
            self.ended, self.error = True, error

    def over(self, filling: asyncio.Task[None]) -> None:
        """Let nobody wait for a hop that has ended, however it did."""
        if self._waited_for is not None:
            self._waited_for.set()

    async def something(self) -> None:
        """Wait for a chunk, or for the end of the hop."""
        with self._lock:
            if self._parts:
                return
            self._waited_for = waited_for = asyncio.Event()
        try:
            await waited_for.wait()
        finally:
            self._waited_for = None

    def taken(self) -> list[bytes]:
        """Return what is there, small parts as one, and hold it no longer."""
        with self._lock:
            parts, self._parts = self._parts, []
        if len(parts) > 1 and sum(map(len, parts)) < len(parts) * WORTH_A_STEP:
            return [b"".join(parts)]
        return parts
