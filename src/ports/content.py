"""The central port: one thing to download."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator

from downloadable.domain.errors import ContentError
from downloadable.domain.request import DownloadRequest
from downloadable.domain.resource import Resource
from downloadable.ports.locations import Location
from downloadable.ports.own_loop import OwnLoop

__all__ = ["AsyncContent", "Content", "Missing"]


class Content(ABC):
    """
    One thing to download; whoever opened it closes it.

    Its life is in this order, each step only if it is needed: ``known`` and ``locations`` (no I/O), ``describe`` (one
    look), ``acquire`` (get hold of the bytes), ``read`` (as often as there are ranges), ``close``.

    Errors are :class:`~downloadable.domain.ContentError`, with the foreign error as their cause.

    Attributes:
        resumed: How often reading had to go on by another request, because whoever holds the bytes broke off.

        keeps_database: Whether reading may need what the thread's database connections hold, such as a cursor. Without,
            they may be given back before a long answer.

        reopens: Whether all may begin anew, with ``describe``, after ``close``. An archive holds at most one of its
            members open for which this is so, and all others until its end.
    """

    resumed: int = 0
    keeps_database: bool = False
    reopens: bool = False

    def at_hand(self) -> bool:
        """
        Tell whether ``describe``, ``acquire`` and ``close`` would wait for nothing right now: no disk, no other thread.

        Then an event loop calls them itself, which spares it a thread. Costs microseconds.
        """
        return False

    def known(self) -> Resource:
        """Say what no look is needed for: a name, and whatever a row has. Costs no I/O."""
        return Resource()

    def locations(self) -> tuple[Location, ...]:
        """Say where somebody else could find the very bytes, most specific first. Costs no I/O."""
        return ()

    def fileno(self) -> int | None:
        """
        Return the descriptor of a regular file that holds exactly the content, once acquired; ``None`` without one.

        It stays this content's own: whoever uses it never closes it.
        """
        return None

    @abstractmethod
    def describe(self, asked: DownloadRequest) -> Resource:
        """
        Say what is known of the complete content, by the cheapest look there is. Each call looks anew.

        Args:
            asked: What the client asked: a hint for what may be sent along to an origin, never an order.

        Raises:
            ContentError: If there is nothing to download, or no telling.
        """

    def acquire(self) -> None:  # noqa: B027  (most contents have nothing to acquire)
        """
        Get what ``read`` needs, while an error can still become a status; at most once after each ``describe``.

        Raises:
            ContentChanged: If it is no longer what was described.

            ContentError: If it cannot be had.
        """

    @abstractmethod
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        """
        Yield the bytes from *start* up to, not including, *stop*; ``None`` reads to the end.

        Chunks are never empty.

        Raises:
            ContentTruncated: If there are fewer bytes than were described.

            ContentError: If reading fails half-way.
        """

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        """
        Return some of the bytes that ``read`` would yield, if they are at hand: so an event loop needs no thread.

        A content that ever returns anything but ``None`` waits for nothing in its ``close``, either, and can be read at
        any position.

        Args:
            start: Position of the first byte.

            stop: Position after the last that is wanted; there may be fewer. ``None`` wants what is there.

        Returns:
            ``b""`` if nothing is at hand now, nor at the end of the content: ``read`` tells the two apart. ``None`` if
            nothing ever will be, and ``read`` alone is to be used from here on.

        Raises:
            ContentError: If reading fails.
        """
        return None

    def give_up(self) -> None:  # noqa: B027  (most contents wait for nothing)
        """
        Wait no longer for whoever holds the bytes to come back: nobody wants what is being read.

        May be called at any time, from another thread or an event loop: it never waits. ``close`` comes after it.
        """

    def close(self) -> None:  # noqa: B027  (many contents have nothing to release)
        """Release what was acquired; may be called twice, at any time, from another thread."""


class AsyncContent(Content):
    """A content whose bytes come from an event loop; under WSGI it is read on a loop of its own."""

    _own_loop: OwnLoop | None = None

    @abstractmethod
    def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        """Yield the bytes as :meth:`read` does. Nothing before the first step may bind to an event loop."""

    async def aclose(self) -> None:
        """Release what ``aread`` acquired, on the loop that reads; may be called twice."""

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        if self._own_loop is None:
            self._own_loop = OwnLoop()
        return self._own_loop.pulled(self.aread(start, stop))

    def close(self) -> None:
        """Release the loop of :meth:`read`; where ``aread`` was used, whoever used it awaits :meth:`aclose`."""
        loop, self._own_loop = self._own_loop, None
        if loop is not None:
            loop.close(self.aclose)


class Missing(Content):
    """
    What a source hands out when there is nothing under a key: its ``describe`` raises.

    So every error of a content surfaces in one place, where it becomes a status.
    """

    def __init__(self, error: ContentError) -> None:
        self.error = error

    def describe(self, asked: DownloadRequest) -> Resource:
        raise self._afresh()

    def acquire(self) -> None:
        raise self._afresh()

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        raise self._afresh()

    def _afresh(self) -> ContentError:
        # A source may hand out one such content for good: with each request, the traceback would get longer.
        return self.error.with_traceback(None)
