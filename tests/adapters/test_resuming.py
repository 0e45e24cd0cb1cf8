"""Going on where an origin broke off: from which byte, how often, for how long, and when not."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from threading import Timer

import pytest

from downloadable.adapters.remote.resuming import NEVER, Resuming, Resumption
from downloadable.domain import (
    ContentChanged,
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
)

DATA = bytes(range(100))
AT_ONCE = Resumption(wait=0.0)


class Breaking:
    """Reads DATA ten bytes at a time; each attempt ends as its turn says: an error after so many bytes."""

    def __init__(self, *turns: tuple[int, ContentError]) -> None:
        self.turns = list(turns)
        self.begun: list[int] = []

    def __call__(self, position: int) -> Iterator[bytes]:
        self.begun.append(position)
        most, error = self.turns.pop(0) if self.turns else (len(DATA), None)
        for start in range(position, min(position + most, len(DATA)), 10):
            yield DATA[start : min(start + 10, position + most)]
        if error is not None:
            raise error


def read(reader: Callable[[int], Iterator[bytes]], limits: Resumption = AT_ONCE) -> tuple[bytes, Resuming]:
    """Read all there is."""
    resuming = Resuming(limits, "data")
    return b"".join(resuming.read(0, reader)), resuming


@pytest.mark.parametrize("error", [ContentTruncated("a"), ContentUnavailable("b"), ContentTimeout("c")])
def test_what_breaks_off_is_read_on(error: ContentError) -> None:
    """After a break, reading goes on at the byte that did not come."""
    reader = Breaking((25, error), (0, error), (31, error))
    whole, resuming = read(reader)
    assert (whole, reader.begun, resuming.resumed) == (DATA, [0, 25, 25, 56], 3)


@pytest.mark.parametrize("error", [ContentChanged("a"), ContentNotFound("b"), ContentInvalid("c")])
def test_what_will_not_be_better_is_not_asked_for_again(error: ContentError) -> None:
    """That a content is another, is gone, or makes no sense, is no break."""
    reader = Breaking((25, error))
    with pytest.raises(type(error)):
        read(reader)
    assert reader.begun == [0]


def test_attempts_are_counted_for_one_answer_in_all() -> None:
    """Bytes that come in between do not begin the count anew, nor does another range."""
    reader = Breaking(*[(10, ContentTruncated("again"))] * 3)
    resuming = Resuming(Resumption(attempts=4, wait=0.0), "data")
    assert b"".join(resuming.read(0, reader)) == DATA
    reader = Breaking(*[(10, ContentTruncated("again"))] * 3)
    with pytest.raises(ContentTruncated):
        b"".join(resuming.read(0, reader))
    assert (resuming.resumed, reader.begun) == (4, [0, 10])


def test_without_attempts_a_break_is_the_end() -> None:
    """Resuming can be switched off."""
    with pytest.raises(ContentTruncated):
        read(Breaking((25, ContentTruncated("broken"))), NEVER)


def test_time_without_the_origin_is_limited() -> None:
    """A wait that would go past the limit is not begun."""
    reader = Breaking(*[(0, ContentUnavailable("down"))] * 9)
    with pytest.raises(ContentUnavailable):
        read(reader, Resumption(attempts=9, seconds=0.05, wait=0.02))
    assert 2 <= len(reader.begun) <= 4


def test_time_to_get_back_is_limited() -> None:
    """Whoever sends again what has come already, and never gets to what has not, is given up."""

    def passing_over(position: int) -> Iterator[bytes]:
        if position:
            yield from itertools.repeat(b"")
        yield DATA[:10]
        raise ContentTruncated("broken")

    with pytest.raises(ContentTimeout, match="not back at byte 10"):
        read(passing_over, Resumption(seconds=0.05))


@pytest.mark.parametrize("seconds", [6, 3600])
def test_who_asks_for_a_long_wait_is_given_up(seconds: int) -> None:
    """Retry-After is kept to, where it is not for longer than a thread can be spared."""
    reader = Breaking((10, ContentUnavailable("down", retry_after=seconds)))
    with pytest.raises(ContentUnavailable):
        read(reader)
    assert reader.begun == [0]


def test_closing_ends_the_wait() -> None:
    """Nobody waits for an origin whose bytes nobody wants any more."""
    reader = Breaking(*[(0, ContentUnavailable("down"))] * 3)
    resuming = Resuming(Resumption(seconds=600.0, wait=300.0), "data")
    timer = Timer(0.01, resuming.close)
    timer.start()
    with pytest.raises(ContentUnavailable):
        b"".join(resuming.read(0, reader))
    timer.join()
    assert reader.begun == [0, 0]


def test_what_was_closed_is_not_asked_for_again() -> None:
    """Not even at once."""
    reader = Breaking((25, ContentTruncated("broken")))
    resuming = Resuming(AT_ONCE, "data")
    resuming.close()
    with pytest.raises(ContentTruncated):
        b"".join(resuming.read(0, reader))
    assert reader.begun == [0]


def test_each_break_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The log says what broke off, where, and why."""
    with caplog.at_level(logging.WARNING, "downloadable"):
        read(Breaking((25, ContentTruncated("The cable is out."))))
    assert caplog.messages == ["'data' broke off at byte 25, going on from there: The cable is out."]


@pytest.mark.parametrize("limits", [{"attempts": -1}, {"seconds": -0.1}, {"wait": -1}])
def test_limits_are_not_negative(limits: dict[str, float]) -> None:
    """A limit that cannot be meant is refused."""
    with pytest.raises(ValueError, match="must be >= 0"):
        Resumption(**limits)  # type: ignore[arg-type]
