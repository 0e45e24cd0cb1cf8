"""What any storage opens, and what happens if that breaks off."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentUnavailable,
    Resource,
)
from tests.storages import MOMENT, CountingStorage, OneWay

DATA = bytes(range(251)) * 4000


class Breaking(io.BytesIO):
    """Breaks off where it is told to."""

    def __init__(self, data: bytes, breaks_at: int) -> None:
        super().__init__(data)
        self.breaks_at = breaks_at

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self.breaks_at:
            raise ConnectionResetError("The line is dead.")
        return super().read(size)


class BreakingStorage(CountingStorage):
    """Breaks off so many times; does something when it is asked to open a file again."""

    def __init__(self, files: Mapping[str, bytes] | None = None, *, times: int = 1) -> None:
        super().__init__(files)
        self.times = times
        self.when_opened_again: Callable[[], object] = dict

    def opened(self, data: bytes) -> Any:
        self.times -= 1
        if self.calls["open"] > 1:
            self.when_opened_again()
        return Breaking(data, 500_000 if self.times >= 0 else len(data) + 1)


def read(content: StoredContent) -> bytes:
    """Take a content through its life."""
    try:
        resource = content.describe(PLAIN_GET)
        content.acquire()
        return b"".join(content.read(0, resource.size))
    finally:
        content.close()


@pytest.mark.parametrize("times", [1, 2])
def test_a_file_that_breaks_off_is_opened_again(times: int) -> None:
    """It is read on from where it broke, if the storage says the same of it as before."""
    storage = BreakingStorage({"a.bin": DATA}, times=times)
    content = StoredContent(storage, "a.bin")
    assert read(content) == DATA
    assert content.resumed == times
    assert storage.calls["open"] == 1 + times


def test_a_file_that_always_breaks_is_given_up() -> None:
    """A storage may fetch all of it each time, so that is not tried often."""
    storage = BreakingStorage({"a.bin": DATA}, times=100)
    with pytest.raises(ContentUnavailable):
        read(StoredContent(storage, "a.bin"))
    assert storage.calls["open"] == 3


def test_who_has_given_up_opens_nothing_again() -> None:
    """When nobody wants the rest, a break is the end."""
    storage = BreakingStorage({"a.bin": DATA}, times=1)
    content = StoredContent(storage, "a.bin")
    content.describe(PLAIN_GET)
    content.acquire()
    content.give_up()
    with pytest.raises(ContentUnavailable):
        list(content.read(0, None))
    assert storage.calls["open"] == 1


def longer(storage: BreakingStorage) -> None:
    """Put a file of another size in its place."""
    storage.files["a.bin"] = DATA + b"more"


def later(storage: BreakingStorage) -> None:
    """Put a file of the same size in its place."""
    storage.files["a.bin"] = DATA[::-1]
    storage.modified = MOMENT + timedelta(seconds=1)


@pytest.mark.parametrize("change", [longer, later])
def test_a_file_that_has_changed_is_not_read_on(change: Callable[[BreakingStorage], None]) -> None:
    """Of another size or of another time, it is another file."""
    storage = BreakingStorage({"a.bin": DATA})
    storage.when_opened_again = lambda: change(storage)
    with pytest.raises(ContentChanged):
        read(StoredContent(storage, "a.bin"))


def test_a_file_that_changed_just_now_is_not_read_on() -> None:
    """Within the second of a change there could be another, which the time would not tell."""
    storage = BreakingStorage({"a.bin": DATA})
    storage.modified = datetime.now(UTC)
    with pytest.raises(ContentUnavailable):
        read(StoredContent(storage, "a.bin"))
    assert storage.calls["open"] == 1


def test_a_file_that_a_row_describes_is_not_read_on() -> None:
    """Nobody has asked the storage what it was when the download began."""
    storage = BreakingStorage({"a.bin": DATA})
    row = Resource(name="a.bin", size=len(DATA), last_modified=MOMENT)
    with pytest.raises(ContentUnavailable):
        read(StoredContent(storage, "a.bin", row))


def test_what_cannot_seek_is_not_read_on() -> None:
    """What comes in order would have to come again from its start."""

    class OneWayBreaking(OneWay):
        def readinto(self, buffer: Any, /) -> int:
            raise ConnectionResetError("The line is dead.")

    class OneWayStorage(CountingStorage):
        def opened(self, data: bytes) -> Any:
            return OneWayBreaking(data)

    storage = OneWayStorage({"a.bin": DATA})
    with pytest.raises(ContentUnavailable):
        read(StoredContent(storage, "a.bin"))
    assert storage.calls["open"] == 1


def test_what_is_closed_meanwhile_is_not_opened_for_good() -> None:
    """A file that is opened again for somebody who has gone is closed again."""
    storage = BreakingStorage({"a.bin": DATA})
    content = StoredContent(storage, "a.bin")
    storage.when_opened_again = content.close
    with pytest.raises(ContentError):
        read(content)


def test_what_is_not_open_is_not_read() -> None:
    """Reading comes after acquiring."""
    content = StoredContent(CountingStorage({"a.bin": DATA}), "a.bin")
    content.describe(PLAIN_GET)
    with pytest.raises(ContentError, match="acquire"):
        next(content.read(0, 1))
