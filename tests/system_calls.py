"""System calls about files, counted."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from threading import get_ident
from typing import Any

import pytest

__all__ = ["counted_calls"]

NAMES = ("stat", "lstat", "fstat", "open", "close", "pread", "preadv", "readlink", "scandir")


def counted_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    Keep the names of the system calls that this thread makes from here on.

    Others, such as servers of earlier tests that come to their end, and what the collector still has to finish do not
    count.
    """
    made: list[str] = []
    here = get_ident()
    gc.collect()

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            if get_ident() == here:
                made.append(name)
            return call(*arguments, **options)

        return counting

    for name in NAMES:
        monkeypatch.setattr(os, name, counted(name, getattr(os, name)))
    return made
