"""Going on where whoever holds the bytes broke off, or not at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from threading import Event

from attrs import field, frozen
from attrs.validators import ge

from downloadable.domain import ContentError, ContentTimeout, ContentTruncated, ContentUnavailable

__all__ = ["NEVER", "Resuming", "Resumption", "not_negative"]

logger = logging.getLogger("downloadable")

BROKEN = (ContentTruncated, ContentUnavailable)
"""What may be over at the next attempt. That a content has changed, or makes no sense, will not be."""

LONGEST_WAIT = 5.0


@frozen(kw_only=True)
class Resumption:
    """
    How much is done to go on with a body whose origin has broken off.

    Args:
        attempts: Most further requests for one answer; 0 gives up at once.

        seconds: Most time to wait for the origin while it is broken, over all attempts of one answer: from asking for
            the piece that did not come to the piece that does. What the client takes its time for is not counted.

        wait: Seconds before another attempt if the one before brought nothing; doubled each time, 5 at most. The first
            attempt after bytes have come is made at once. An origin that asks for more time than 5 seconds is given up.

    Raises:
        ValueError: If one of them is negative.
    """

    attempts: int = field(default=5, validator=ge(0))
    seconds: float = field(default=60.0, validator=ge(0))
    wait: float = field(default=0.1, validator=ge(0))


NEVER = Resumption(attempts=0)


class Resuming:
    """
    Reads one answer's bytes, anew after each break; counts what that has cost.

    Args:
        limits: When to give up.

        what: What is read, for the log.
    """

    def __init__(self, limits: Resumption, what: str) -> None:
        self.resumed = 0
        self._limits = limits
        self._what = what
        self._lost = 0.0
        self._given_up = Event()

    def close(self) -> None:
        """Wait for nothing any more."""
        self._given_up.set()

    def read(self, start: int, read_from: Callable[[int], Iterator[bytes]]) -> Iterator[bytes]:
        """
        Yield what *read_from* yields from *start* on; after a break, what it yields from where that was.

        Args:
            start: Position of the first byte.

            read_from: Reads from a position to the end, of one and the same content each time; raises
                ``ContentTruncated`` if it ends too early. Yields nothing now and then if it takes time to get there.

        Raises:
            ContentError: What *read_from* raises, if it is no break, or the limits are reached.
        """
        position, vain = start, 0
        while True:
            chunks, asked = read_from(position), time.monotonic()
            try:
                for chunk in chunks:
                    took = time.monotonic() - asked
                    if not chunk:
                        if vain and self._lost + took > self._limits.seconds:
                            raise ContentTimeout(f"{self._what!r} is not back at byte {position} in time.")
                        yield chunk
                        continue
                    if vain:
                        self._lost += took
                        vain = 0
                    position += len(chunk)
                    yield chunk
                    asked = time.monotonic()
                return
            except BROKEN as error:
                self._lost += time.monotonic() - asked
                self._hold(error, position, vain)
                vain += 1

    def _hold(self, error: ContentError, position: int, vain: int) -> None:
        """Wait before the next attempt, or raise *error* if there is to be none."""
        pause = 0.0 if vain == 0 else min(self._limits.wait * 2 ** (vain - 1), LONGEST_WAIT)
        pause = max(pause, getattr(error, "retry_after", None) or 0.0)
        # Who asks for a long wait is not waited for: the client can ask again, too, and a thread would be kept.
        too_long = pause > LONGEST_WAIT or self._lost + pause > self._limits.seconds
        if self.resumed >= self._limits.attempts or too_long:
            raise error
        if self._given_up.wait(pause):
            raise error
        self._lost += pause
        self.resumed += 1
        logger.warning("%r broke off at byte %d, going on from there: %s", self._what, position, error)


def not_negative(**limits: float | None) -> None:
    """
    Refuse limits that cannot be meant.

    Raises:
        ValueError: If one is negative.
    """
    for name, limit in limits.items():
        if limit is not None and limit < 0:
            raise ValueError(f"{name!r} must be >= 0, or None for no limit: {limit}")
