"""Who wants to know what was sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from attrs import frozen

from downloadable.domain.plan import Plan, length_of
from downloadable.domain.resource import Resource
from downloadable.ports.content import Content

__all__ = ["Ledger", "Observer", "Outcome", "Served"]

logger = logging.getLogger("downloadable")

Outcome: TypeAlias = Literal["completed", "aborted", "failed", "handed over"]
"""
The server has taken all that was planned; it stopped before, as when the client left; reading failed half-way; somebody
else sends the body, and what becomes of it is not known here.
"""


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

        delegate: Name of the class of who was handed it over, such as ``"Nginx"``; ``None`` if nobody was.

        resumed: How often whoever holds the bytes broke off, and reading went on where it had stopped.
    """

    resource: Resource
    plan: Plan
    bytes_sent: int
    seconds: float
    outcome: Outcome
    delegate: str | None = None
    resumed: int = 0


Observer: TypeAlias = Callable[[Served], None]
"""
Called once for each answer that was decided, in the thread that ends it, or Django's one for the request where an event
loop does, so that it may query; errors that became a status are not among them. What it raises is logged and goes no
further.
"""


class Ledger:
    """Keeps count for one answer, and tells every observer once; *content* is what the body is read from, if it is."""

    def __init__(
        self,
        resource: Resource,
        plan: Plan,
        observers: Sequence[Observer],
        content: Content | None = None,
    ) -> None:
        self.bytes_sent = 0
        self._content = content
        self._resource, self._plan, self._observers = resource, plan, observers
        self._length = length_of(plan.body)
        self.reported = False
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
        served = Served(
            resource=self._resource,
            plan=self._plan,
            bytes_sent=self.bytes_sent,
            seconds=time.monotonic() - self._started,
            outcome=outcome,
            delegate=delegate,
            resumed=0 if self._content is None else self._content.resumed,
        )
        for observer in self._observers:
            try:
                observer(served)
            except Exception:
                # The client has the bytes: an error in bookkeeping must not turn into one of the answer.
                logger.exception("The observer %r failed on %r.", observer, served.resource.name)
