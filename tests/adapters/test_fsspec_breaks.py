"""Stores behind fsspec that break off, change, or are slow in the middle of a file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from downloadable.adapters.filesystem_files import FsspecContent
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.read_ahead import FIRST_BLOCK_SIZE
from downloadable.adapters.remote import NEVER, Resumption
from downloadable.domain import PLAIN_GET, ContentChanged, ContentTruncated, ContentUnavailable

LONG_AGO = datetime.now(UTC) - timedelta(days=1)
A_MOMENT_AGO = datetime.now(UTC) + timedelta(hours=1)
"""Still so when it is looked at, however long all tests take until then."""

DATA = bytes(range(251)) * (9 * FIRST_BLOCK_SIZE // 251 + 7)
"""Three blocks and a bit."""

AT_ONCE = Resumption(wait=0.0)


class Store(AbstractFileSystem):  # type: ignore[misc]  # fsspec is untyped
    """A store with one object that serves all threads; *before* is called with the number of each request for bytes."""

    protocol = "store"
    cachable = False
    async_impl = True

    def __init__(self, **told: Any) -> None:
        super().__init__()
        self.data = DATA
        self.told = {"ETag": '"v1"', **told}
        self.asked: list[str] = []
        self.before: Callable[[int], object] = lambda number: None
        self.lock = threading.Lock()

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        with self.lock:
            self.asked.append("look")
        return {"name": path, "type": "file", "size": len(self.data), **self.told}

    def _open(self, path: str, mode: str = "rb", **options: Any) -> AbstractBufferedFile:
        return StoreFile(self, path, mode, **options)

    def replace(self) -> None:
        """Put another object of the same length in the place of this one."""
        self.data = self.data[::-1]
        self.told["ETag"] = '"v2"'

    @property
    def ranges(self) -> list[str]:
        return [asked for asked in self.asked if asked != "look"]


class StoreFile(AbstractBufferedFile):  # type: ignore[misc]
    def _fetch_range(self, start: int, end: int) -> bytes:
        store = self.fs
        with store.lock:
            store.asked.append(f"{start}-{end}")
            number = len(store.ranges)
        store.before(number)
        data: bytes = store.data[start:end]
        return data


def opened(store: Store, limits: Resumption = AT_ONCE) -> FsspecContent:
    """Describe and acquire the object."""
    content = FsspecSource(store, resumption=limits).open("a.bin")
    assert isinstance(content, FsspecContent)
    content.describe(PLAIN_GET)
    content.acquire()
    return content


def failing_at(*numbers: int) -> Callable[[int], None]:
    """Break the connection at these requests."""

    def fail(number: int) -> None:
        if number in numbers:
            raise OSError("The connection was reset.")

    return fail


def test_a_break_is_gone_on_from() -> None:
    """After a block that did not come, the file is opened anew, and read on from that byte; observers can tell."""
    store = Store()
    store.before = failing_at(2, 4)
    content = opened(store)
    assert b"".join(content.read(5, None)) == DATA[5:]
    assert content.resumed == 2
    content.close()


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"ETag": None, "LastModified": LONG_AGO}, id="a date of long ago"),
        pytest.param({"ETag": '"v1"', "LastModified": datetime.now(UTC)}, id="a tag"),
    ],
)
def test_what_can_be_told_apart_is_gone_on_with(told: dict[str, Any]) -> None:
    """A strong tag tells versions apart, and so does a date if it is not of just now."""
    store = Store(**told)
    store.before = failing_at(1)
    assert b"".join(opened(store).read(0, None)) == DATA


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"ETag": None}, id="nothing"),
        pytest.param({"ETag": 'W/"v1"'}, id="a weak tag"),
        pytest.param({"ETag": None, "LastModified": A_MOMENT_AGO}, id="a date of just now"),
    ],
)
def test_what_cannot_be_told_apart_is_broken_off(told: dict[str, Any]) -> None:
    """Two versions of a file must never be put together."""
    store = Store(**told)
    store.before = failing_at(2)
    content = opened(store)
    with pytest.raises(ContentUnavailable):
        b"".join(content.read(0, None))
    assert content.resumed == 0


def test_a_file_that_changed_in_a_break_is_broken_off() -> None:
    """Opening anew shows that the bytes still to come would be another file's."""
    store = Store()

    def break_and_replace(number: int) -> None:
        if number == 2:
            store.replace()
            raise OSError("The connection was reset.")

    store.before = break_and_replace
    content = opened(store)
    with pytest.raises(ContentChanged):
        b"".join(content.read(0, None))


def test_a_file_that_changed_while_it_was_read_is_never_sent_whole() -> None:
    """Where the store does not pin what was opened, a look before the last block tells."""
    store = Store()
    store.before = lambda number: store.replace() if number == 2 else None
    got: list[bytes] = []
    with pytest.raises(ContentChanged):
        got.extend(opened(store).read(0, None))
    assert len(b"".join(got)) < len(DATA)


def test_what_is_read_in_one_request_needs_no_further_look() -> None:
    """One answer of a store is of one version."""
    store = Store()
    content = opened(store)
    store.asked.clear()
    assert b"".join(content.read(100, 200)) == DATA[100:200]
    assert store.asked == ["100-200"]


def test_a_store_that_stays_away_is_given_up() -> None:
    """After so many attempts the answer is cut, visibly."""
    store = Store()
    store.before = lambda number: failing_at(number)(number)
    content = opened(store, Resumption(attempts=3, wait=0.0))
    with pytest.raises(ContentUnavailable):
        b"".join(content.read(0, None))
    assert len(store.ranges) == 4


def test_who_has_given_up_asks_for_no_more() -> None:
    """When nobody wants the rest, a break is the end."""
    store = Store()
    store.before = failing_at(1)
    content = opened(store)
    content.give_up()
    with pytest.raises(ContentUnavailable):
        b"".join(content.read(0, None))
    assert (content.resumed, len(store.ranges)) == (0, 1)


def test_resuming_can_be_switched_off() -> None:
    """Without attempts, a break is the end."""
    store = Store()
    store.before = failing_at(1)
    with pytest.raises(ContentUnavailable):
        b"".join(opened(store, NEVER).read(0, None))


def test_an_answer_that_is_too_short_is_no_break() -> None:
    """A store that sends less than was asked for, and says nothing, is not believed in what it sent."""
    store = Store()
    content = opened(store)
    store.data = DATA[: FIRST_BLOCK_SIZE + 100]
    with pytest.raises(ContentTruncated):
        b"".join(content.read(0, None))
    assert content.resumed == 0


def test_the_next_block_comes_while_the_present_one_is_sent() -> None:
    """When the client has taken the first block, the second is there or on its way; not more."""
    store = Store()
    second = threading.Event()
    store.before = lambda number: second.set() if number == 2 else None
    chunks = opened(store).read(0, None)
    next(chunks)
    assert second.wait(10)
    assert len(store.ranges) == 2


def test_many_readers_share_few_threads() -> None:
    """However many read at once, there are never more threads than the pool has, and everybody gets all."""
    store = Store()
    before = threading.active_count()
    readers: list[Iterator[bytes]] = [opened(store).read(0, None) for _ in range(64)]
    sizes = [0] * len(readers)
    for _ in range(4):
        for number, reader in enumerate(readers):
            sizes[number] += len(next(reader, b""))
    assert set(sizes) == {len(DATA)}
    assert threading.active_count() - before <= 32
