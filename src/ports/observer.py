"""Who wants to know what was sent."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from attrs import frozen

from downloadable.domain.byte_ranges import ByteRange
from downloadable.domain.plan import Plan, length_of
from downloadable.domain.request import DownloadRequest
from downloadable.domain.resource import Resource
from downloadable.ports.content import AsyncContent, Content
from downloadable.ports.locations import Location

__all__ = ["Observer", "Outcome", "Served", "notify", "observed"]

logger = logging.getLogger("downloadable")

Outcome: TypeAlias = Literal["completed", "aborted", "failed"]
"""All that was planned has left; the client or server stopped before; reading failed half-way, or ended too early."""


@frozen(kw_only=True)
class Served:
    """
    What became of one answer.

    Args:
        resource: What was described.

        plan: What was answered.

        bytes_sent: Bytes of the content that went to the server; the framing of several ranges does not count.

        seconds: Time from the decision to the end of the body.

        outcome: How it ended. An answer without a body is completed at once.
    """

    resource: Resource
    plan: Plan
    bytes_sent: int
    seconds: float
    outcome: Outcome


Observer: TypeAlias = Callable[[Served], None]
"""Called once for each answer, in the thread or task that ends it; what it raises is logged and goes no further."""


def notify(observers: Sequence[Observer], served: Served) -> None:
    """Tell every observer, whatever the others do."""
    for observer in observers:
        try:
            observer(served)
        except Exception:
            # The bytes are gone and the client has them: an error in bookkeeping must not turn into one of the answer.
            logger.exception("The observer %r failed on %r.", observer, served.resource.name)


class Ledger:
    """Keeps count for one answer, and reports once."""

    def __init__(self, resource: Resource, plan: Plan, observers: Sequence[Observer]) -> None:
        self.resource, self.plan, self.observers = resource, plan, observers
        self.bytes_sent = 0
        ranges = [segment for segment in plan.body if isinstance(segment, ByteRange)]
        self.ranges_left, self.announced = len(ranges), length_of(ranges)
        self.reported = False
        self.started = time.monotonic()

    def end(self) -> None:
        """Report at the end of the body, whether that is where it was meant to end or not."""
        if self.announced is None:
            self.report("aborted" if self.ranges_left else "completed")
        elif self.bytes_sent < self.announced:
            # A content that ended too early without a word; whoever sends it has noticed.
            self.report("aborted" if self.ranges_left else "failed")
        else:
            # Not asked for more than it had to give; a surplus is never sent.
            self.bytes_sent = self.announced
            self.report("completed")

    def report(self, outcome: Outcome) -> None:
        if self.reported:
            return
        self.reported = True
        served = Served(
            resource=self.resource,
            plan=self.plan,
            bytes_sent=self.bytes_sent,
            seconds=time.monotonic() - self.started,
            outcome=outcome,
        )
        notify(self.observers, served)


class ObservedContent(Content):
    """Counts what leaves ``read`` of another content, and reports when it ends or is closed."""

    def __init__(self, content: Content, ledger: Ledger) -> None:
        self.content, self.ledger = content, ledger

    def known(self) -> Resource:
        return self.content.known()

    def locations(self) -> tuple[Location, ...]:
        return self.content.locations()

    def describe(self, asked: DownloadRequest) -> Resource:
        return self.content.describe(asked)

    def acquire(self) -> None:
        self.content.acquire()

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        ledger = self.ledger
        try:
            for chunk in self.content.read(start, stop):
                ledger.bytes_sent += len(chunk)
                yield chunk
        except Exception:
            ledger.report("failed")
            raise
        ledger.ranges_left -= 1

    def close(self) -> None:
        try:
            self.content.close()
        finally:
            self.ledger.end()


class ObservedAsyncContent(ObservedContent, AsyncContent):
    """The same for a content that is read on an event loop."""

    content: AsyncContent

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        ledger = self.ledger
        try:
            async for chunk in self.content.aread(start, stop):
                ledger.bytes_sent += len(chunk)
                yield chunk
        except Exception:
            ledger.report("failed")
            raise
        ledger.ranges_left -= 1

    async def aclose(self) -> None:
        try:
            await self.content.aclose()
        finally:
            self.ledger.end()


def observed(content: Content, resource: Resource, plan: Plan, observers: Sequence[Observer]) -> Content:
    """Return *content* such that *observers* hear what becomes of *plan*."""
    ledger = Ledger(resource, plan, observers)
    if isinstance(content, AsyncContent):
        return ObservedAsyncContent(content, ledger)
    return ObservedContent(content, ledger)
