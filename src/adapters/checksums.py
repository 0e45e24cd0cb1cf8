"""Checksums of what was read once, kept in this process."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

__all__ = ["MemoryChecksums"]


class MemoryChecksums:
    """
    Checksums in memory; of those used longest ago, the first to be forgotten.

    Args:
        limit: Most checksums to keep, at about 200 bytes each.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> int | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: str, crc32: int) -> None:
        with self._lock:
            self._known[key] = crc32
            self._known.move_to_end(key)
            if len(self._known) > self._limit:
                self._known.popitem(last=False)
