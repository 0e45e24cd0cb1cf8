"""Something that happens exactly between two system calls of somebody else."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import get_ident
from typing import Any

import pytest

__all__ = ["Interleaving"]

CALLS = ("open", "stat", "lstat", "fstat", "readlink", "pread", "close")


class Interleaving:
    """
    The system calls about files that this thread makes, each of which something can be done before.

    Args:
        patch: Lets the calls go at its end.

    Attributes:
        made: How many there were since :meth:`begin`.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self._due: dict[int, Callable[[], object]] = {}
        self._here: int | None = None
        for name in CALLS:
            patch.setattr(os, name, self._counted(getattr(os, name)))

    def begin(self, due: dict[int, Callable[[], object]]) -> None:
        """Count from here on, and do what is *due* before the call of that number."""
        self.made, self._due, self._here = 0, due, get_ident()

    def end(self) -> None:
        """Leave the calls alone."""
        self._here = None

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            if get_ident() == self._here:
                self._here = None  # what is done in between does not count
                self._due.get(self.made, int)()
                self.made += 1
                self._here = get_ident()
            return call(*arguments, **options)

        return counting
