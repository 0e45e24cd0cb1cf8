"""Who wants to know what was sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from downloadable.domain.byte_ranges import ByteRange
from downloadable.domain.plan import Plan, length_of
from downloadable.domain.request import PLAIN_GET, DownloadRequest
from downloadable.domain.resource import Resource
from downloadable.ports.content import Content

__all__ = ["Ledger", "Observer", "Outcome", "Served"]

logger = logging.getLogger("downloadable")

Outcome: TypeAlias = Literal["completed", "aborted", "failed", "handed over"]
"""
The server has taken all that was planned; it stopped before, as when the client left; reading failed half-way; somebody
else sends the body, and what becomes of it is not known here.
"""

PROBE = 2
"""Bytes that clients ask for to see what they deal with: before Safari plays anything, it sends ``bytes=0-1``."""

ENDLESS = 10**20
"""Stands for a size that nobody knows: more than a Range field can spell."""


@frozen(kw_only=True)
class Served:
    """
    What became of one answer.

    Args:
        resource: What was described.

        plan: What was answered.

        bytes_sent: Bytes of the body that the server has taken, the framing of several ranges among them. What has
            reached the client, only the client knows.

        seconds: Time from the decision to the end of the body.

        outcome: How it ended. An answer without a body is completed at once.

        asked: What the client asked; a plain GET for a response that was built by hand and has met no request.

        delegate: Name of the class of who was handed it over, such as ``"Nginx"``; ``None`` if nobody was.

        resumed: How often whoever holds the bytes broke off, and reading went on where it had stopped.

        request: The request as the framework has it, Django's ``HttpRequest``, for who asked; ``None`` for a response
            that was built by hand and has met none.
    """

    resource: Resource
    plan: Plan
    bytes_sent: int
    seconds: float
    outcome: Outcome
    asked: DownloadRequest = PLAIN_GET
    delegate: str | None = None
    resumed: int = 0
    # Its text has the whole URL, which may be signed.
    request: Any = field(default=None, repr=False)

    @property
    def ranges(self) -> tuple[ByteRange, ...]:
        """
        Which bytes of the content the server has taken, in the order they were sent.

        Several answers together have sent all of it if :func:`~downloadable.domain.coalesced` makes one range of
        theirs, from 0 to the size.
        """
        return tuple(taken(self.plan, self.bytes_sent))

    @property
    def counts_as_download(self) -> bool:
        """
        Whether this answer counts as one download, of a client that may fetch the content in many parts.

        The answer that sends the first byte does, to any method but HEAD, however it ended: players and download
        managers ask for that byte once, and for the others as they like. So does an empty content once it is sent. A
        range of one or two bytes, with which clients only look, does not, unless the content is no longer.

        What was handed over counts by what was asked, unless this side has decided what is sent: all of it, or a range
        with the first byte. If conditions are left to the sender, it does not: the client has a copy, and mostly keeps
        it.
        """
        if self.asked.method == "HEAD":
            return False
        planned = [part for part in self.plan.body if isinstance(part, ByteRange)]
        if planned == [ByteRange(0, 0)]:
            return self.outcome in ("completed", "handed over")
        if self.outcome == "handed over":
            return any(map(self._begins, planned or asked_for(self.asked, self.resource.size)))
        return any(map(self._begins, planned)) and any(part.start == 0 for part in self.ranges)

    def _begins(self, part: ByteRange) -> bool:
        """Tell whether *part* is where a download begins, and more than a look."""
        length = part.length
        return part.start == 0 and (length is None or length > PROBE or length == self.resource.size)


def taken(plan: Plan, count: int) -> Iterator[ByteRange]:
    """Yield what the first *count* bytes of a body are of the content."""
    for segment in plan.body:
        if count <= 0:
            return
        if isinstance(segment, bytes):
            count -= len(segment)
        else:
            length = count if segment.length is None else min(count, segment.length)
            yield ByteRange(segment.start, segment.start + length)
            count -= length


def asked_for(asked: DownloadRequest, size: int | None) -> Sequence[ByteRange]:
    """Return what somebody else will most likely send of a content."""
    if asked.if_none_match is not None or asked.if_modified_since is not None:
        return ()
    if asked.ranges is None:
        return (ByteRange(0, None),)
    parts = [spec.within(ENDLESS if size is None else size) for spec in asked.ranges]
    return [part for part in parts if part is not None]


Observer: TypeAlias = Callable[[Served], None]
"""
Called once for each answer that was decided, in the thread that ends it, or Django's one for the request where an event
loop does, so that it may query; errors that became a status are not among them. It finds the context variables as they
were when the answer was decided. What it raises is logged and goes no further.
"""


class Ledger:
    """
    Keeps count for one answer, and tells every observer once.

    Args:
        resource, plan, asked, request: As :class:`Served` has them.

        observers: Who is told.

        content: What the body is read from, if it is.

    Attributes:
        bytes_sent: Bytes of the body that the server has taken until now; set by whoever sends it.

        reported: Whether the answer has ended.
    """

    def __init__(
        self,
        resource: Resource,
        plan: Plan,
        observers: Sequence[Observer],
        content: Content | None = None,
        *,
        asked: DownloadRequest = PLAIN_GET,
        request: object = None,
    ) -> None:
        self.bytes_sent = 0
        self.reported = False
        self._resource, self._plan, self._observers, self._content = resource, plan, observers, content
        self._asked, self._request = asked, request
        self._length = length_of(plan.body)
        # Where the body ends, what the context has for logs and traces is gone, or of another request.
        self._context = copy_context()
        self._started = time.monotonic()

    def end(self) -> None:
        """Report the end of the body: all that was planned has been taken, or somebody has given up."""
        self.report("completed" if self.bytes_sent == self._length else "aborted")

    def drop(self) -> None:
        """Report nothing any more: another answer goes out instead, and has a ledger of its own."""
        self.reported = True

    def report(self, outcome: Outcome, delegate: str | None = None) -> None:
        """Say how the answer ended; what comes after the first time counts for nothing."""
        if self.reported:
            return
        self.reported = True
        self._context.run(
            self.tell,
            Served(
                resource=self._resource,
                plan=self._plan,
                bytes_sent=self.bytes_sent,
                seconds=time.monotonic() - self._started,
                outcome=outcome,
                asked=self._asked,
                delegate=delegate,
                resumed=0 if self._content is None else self._content.resumed,
                request=self._request,
            ),
        )

    def tell(self, served: Served) -> None:
        """Call every observer, whatever another of them does."""
        for observer in self._observers:
            try:
                observer(served)
            except Exception:
                # The client has the bytes: an error in bookkeeping must not turn into one of the answer.
                logger.exception("The observer %r failed on %r.", observer, served.resource.name)
