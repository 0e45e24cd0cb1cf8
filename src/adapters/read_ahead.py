"""Blocks of a store, the next one fetched while the present one is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

__all__ = ["BLOCK_SIZE", "FIRST_BLOCK_SIZE", "blocks_of", "read_ahead"]

BLOCK_SIZE = 4 * 1024 * 1024
"""Bytes that one request asks a store for: each costs its latency once, and two are all that a reader holds."""

FIRST_BLOCK_SIZE = 1024 * 1024
"""Bytes of the first one, which the client waits for."""

MOST_THREADS = 32


def blocks_of(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut the bytes from *start* to *stop* into blocks: pairs of where one starts and stops."""
    size = FIRST_BLOCK_SIZE
    while start < stop:
        # A rest that is nearly nothing is not worth a request.
        end = stop if stop - start <= size + FIRST_BLOCK_SIZE // 2 else start + size
        yield start, end
        start, size = end, BLOCK_SIZE


def read_ahead(blocks: Iterator[tuple[int, int]], fetch: Callable[[int, int], bytes]) -> Iterator[bytes]:
    """
    Yield what *fetch* returns for each of the *blocks*, in their order.

    Args:
        blocks: Where each starts and stops.

        fetch: Called in this thread or in another, never twice at once; what it raises is raised here.
    """
    block = next(blocks, None)
    ahead: Future[bytes] | None = None
    try:
        while block is not None:
            # What the pool has not begun yet is fetched here: however many read, nobody waits for another.
            chunk = fetch(*block) if ahead is None or ahead.cancel() else ahead.result()
            block = next(blocks, None)
            ahead = None if block is None else pool(os.getpid()).submit(fetch, *block)
            yield chunk
    finally:
        if ahead is not None:
            ahead.cancel()


@cache
def pool(process: int) -> ThreadPoolExecutor:
    """Return the threads of *process*; those that were made before a fork are not there any more."""
    return ThreadPoolExecutor(max_workers=MOST_THREADS, thread_name_prefix="downloadable-ahead")
