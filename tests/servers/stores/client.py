"""Starts the store as a process of its own, and asks it what it was asked."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

__all__ = ["Counts", "QuickStore", "quick_store"]

ROOT = Path(__file__).parents[3]


@frozen
class Counts:
    """
    What a store was asked for.

    Args:
        calls: Method and range of each request.

        sent: Bytes of bodies.
    """

    calls: tuple[str, ...]
    sent: int


@frozen
class QuickStore:
    """A store that runs."""

    url: str

    def counts(self) -> Counts:
        """Return what it was asked for since this was last called."""
        told = json.loads(self._told("counts"))
        return Counts(tuple(told["calls"]), told["sent"])

    def hold(self, after: int) -> None:
        """Hold back what comes after so many bytes of each answer."""
        self._told(f"hold?{after}")

    def go(self) -> None:
        """Let go what was held back."""
        self._told("go")

    def _told(self, what: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/-/{what}", timeout=30) as answer:
            told: bytes = answer.read()
            return told


@contextmanager
def quick_store(file: Path) -> Iterator[QuickStore]:
    """Run a store whose objects are all this file, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.stores.quick", str(file)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield QuickStore(process.stdout.readline().decode().strip())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
