"""How much a client is given at a time."""

from __future__ import annotations

__all__ = ["LEAST", "Pace"]

LEAST = 64 * 1024
"""Bytes that every client is given: what Django passes to a server in one message."""

PROMPTLY = 0.01
"""Seconds within which a client takes what could have been more: 64 KiB in them are 50 Mbit/s."""

BEFORE = 16
"""How many times as much it has taken before: what buffers on the way take promptly says nothing yet of the client."""


class Pace:
    """
    Few bytes for a client that takes its time, of whom there may be thousands; more for one that keeps up.

    Args:
        most: Bytes.
    """

    def __init__(self, most: int) -> None:
        self.size = LEAST
        """Bytes to give next."""
        self._most, self._promptly = most, 0

    def took(self, size: int, seconds: float) -> None:
        """Note how long the client took for so many bytes; what it takes promptly is as much as it is given at most."""
        if seconds < PROMPTLY:
            self._promptly += size
        else:
            self._promptly = min(self._promptly, int(BEFORE * size * PROMPTLY / seconds))
        self.size = max(LEAST, min(self._most, self._promptly // BEFORE))
