"""Checksums of what was read once, kept in a cache of Django."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.cache import caches

__all__ = ["CachedChecksums"]

logger = logging.getLogger("downloadable")


class CachedChecksums:
    """
    Checksums in one of the project's ``CACHES``, so that all its processes know what one of them has read.

    A cache that is out of reach knows nothing: the archive is made all the same, and the log says why it took longer.

    Args:
        alias: Which of ``CACHES``.

        lifetime: How long each is kept; ``None`` for as long as the cache likes.

        prefix: What the keys begin with.
    """

    def __init__(
        self,
        alias: str = "default",
        *,
        lifetime: timedelta | None = timedelta(days=30),
        prefix: str = "downloadable.crc32.",
    ) -> None:
        self._alias, self._prefix = alias, prefix
        self._seconds = None if lifetime is None else lifetime.total_seconds()

    def get(self, key: str) -> int | None:
        try:
            found = caches[self._alias].get(self._prefix + key)
        except Exception:
            # Each kind of cache has errors of its own, and all of them mean the same here.
            logger.warning("The cache %r cannot be asked for checksums.", self._alias, exc_info=True)
            return None
        return found if isinstance(found, int) and 0 <= found < 1 << 32 else None

    def put(self, key: str, crc32: int) -> None:
        try:
            caches[self._alias].set(self._prefix + key, crc32, self._seconds)
        except Exception:
            logger.warning("The cache %r cannot keep checksums.", self._alias, exc_info=True)
