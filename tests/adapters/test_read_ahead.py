"""Blocks of a store: how they are cut, and when they are fetched."""

from __future__ import annotations

import os
import threading
from itertools import pairwise

import pytest

from downloadable.adapters import read_ahead as module
from downloadable.adapters.read_ahead import BLOCK_SIZE, FIRST_BLOCK_SIZE, blocks_of, read_ahead

MIB = 1024 * 1024


@pytest.mark.parametrize("start", [0, 1, 5 * MIB])
@pytest.mark.parametrize(
    "length",
    [
        0,
        1,
        FIRST_BLOCK_SIZE - 1,
        FIRST_BLOCK_SIZE,
        FIRST_BLOCK_SIZE + 1,
        BLOCK_SIZE,
        256 * MIB,
        256 * MIB + 7,
    ],
)
def test_blocks_are_all_of_it_and_nothing_else(start: int, length: int) -> None:
    """Blocks follow each other from start to stop; none is much larger than one should be, or empty."""
    blocks = list(blocks_of(start, start + length))
    assert sum(stop - begun for begun, stop in blocks) == length
    assert all(first[1] == second[0] for first, second in pairwise(blocks))
    assert all(0 < stop - begun <= BLOCK_SIZE + FIRST_BLOCK_SIZE for begun, stop in blocks)
    assert not blocks or (blocks[0][0], blocks[-1][1]) == (start, start + length)


def test_the_first_block_is_small() -> None:
    """The client waits for the first bytes, not for a whole block."""
    assert next(blocks_of(0, 256 * MIB)) == (0, FIRST_BLOCK_SIZE)


def test_the_next_block_is_fetched_while_the_present_one_is_used() -> None:
    """Before anybody asks for the second block, it is there; the third is not begun."""
    fetched: list[int] = []
    second = threading.Event()

    def fetch(start: int, stop: int) -> bytes:
        fetched.append(start)
        if start == 1:
            second.set()
        return bytes([start])

    chunks = read_ahead(iter([(0, 1), (1, 2), (2, 3)]), fetch)
    assert next(chunks) == b"\x00"
    assert second.wait(10)
    assert fetched == [0, 1]
    assert list(chunks) == [b"\x01", b"\x02"]


def test_with_no_thread_to_be_had_the_reader_fetches_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full pool delays nobody."""
    go_on = threading.Event()
    monkeypatch.setattr(module, "MOST_THREADS", 1)
    module.pool.cache_clear()
    try:
        module.pool(os.getpid()).submit(go_on.wait)
        threads: set[str] = set()

        def fetch(start: int, stop: int) -> bytes:
            threads.add(threading.current_thread().name)
            return bytes([start])

        assert b"".join(read_ahead(iter([(0, 1), (1, 2), (2, 3)]), fetch)) == bytes(range(3))
        assert threads == {threading.current_thread().name}
    finally:
        go_on.set()
        module.pool.cache_clear()


def test_an_error_ahead_is_raised_when_its_turn_comes() -> None:
    """What was fetched before the error is yielded first."""

    def fetch(start: int, stop: int) -> bytes:
        if start == 1:
            raise OSError("gone")
        return bytes([start])

    chunks = read_ahead(iter([(0, 1), (1, 2), (2, 3)]), fetch)
    assert next(chunks) == b"\x00"
    with pytest.raises(OSError, match="gone"):
        next(chunks)


def test_who_stops_early_leaves_at_most_one_fetch() -> None:
    """After closing, no further block is begun."""
    fetched: list[int] = []

    def fetch(start: int, stop: int) -> bytes:
        fetched.append(start)
        return bytes([start])

    chunks = read_ahead(iter([(number, number + 1) for number in range(9)]), fetch)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    module.pool(os.getpid()).submit(int).result()
    assert len(fetched) <= 2
