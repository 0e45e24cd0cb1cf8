"""Where checksums of what was read once are kept."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Checksums"]


class Checksums(Protocol):
    """
    A memory for CRC-32 checksums, which may forget.

    A key is text of 64 characters that stands for bytes that do not change: where they are, and their validators.
    """

    def get(self, key: str) -> int | None:
        """Return the checksum under *key*; ``None`` if it is not known, or no longer."""

    def put(self, key: str, crc32: int) -> None:
        """Keep a checksum. Never fails: whoever cannot keep it forgets it."""
