"""Bodies that tell a ledger what the server takes of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Self

from asgiref.sync import sync_to_async

from downloadable.django_ui.async_bodies import AsyncBody, SmallBody
from downloadable.django_ui.bodies import Body
from downloadable.django_ui.bridge import bridged
from downloadable.ports.observer import Ledger

__all__ = ["ObservedAsyncBody", "ObservedBody"]


class ObservedBody:
    """A body that tells a ledger what the server takes of it."""

    def __init__(self, body: Iterable[bytes], ledger: Ledger) -> None:
        self._body, self._chunks, self._ledger = body, iter(body), ledger

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._ledger.report("completed")
            raise
        except Exception:
            self._ledger.report("failed")
            raise
        self._ledger.bytes_sent += len(chunk)
        return chunk

    def on_a_loop(self) -> ObservedAsyncBody:
        """Return the same for an event loop, where what a thread has read ahead counts once the server takes it."""
        return ObservedAsyncBody(bridged(self._chunks), self._ledger)

    def let_go(self) -> None:
        """Leave content and observers to another body."""
        self._ledger.drop()
        if isinstance(self._body, Body):
            self._body.let_go()

    def close(self) -> None:
        """Close the body; if it has not ended by now, it never will."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._ledger.end()

    def __del__(self) -> None:
        self.close()


class ObservedAsyncBody:
    """The same on an event loop; observers, who may query, are told in Django's thread for the request."""

    def __init__(self, body: AsyncBody | SmallBody | AsyncGenerator[bytes], ledger: Ledger) -> None:
        self._body, self._ledger = body, ledger

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._body)
        except StopAsyncIteration:
            await sync_to_async(self._ledger.report)("completed")
            raise
        except Exception:
            await sync_to_async(self._ledger.report)("failed")
            raise
        self._ledger.bytes_sent += len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the body, on this loop; if it has not ended by now, it never will."""
        try:
            if not isinstance(self._body, SmallBody):
                await self._body.aclose()
        finally:
            if not self._ledger.reported:
                await sync_to_async(self._ledger.end)()

    def close(self) -> None:
        """Close what needs no event loop."""
        try:
            if isinstance(self._body, AsyncBody):
                self._body.close()
        finally:
            self._ledger.end()

    def __del__(self) -> None:
        self.close()
