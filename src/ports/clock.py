"""The present, as a parameter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

__all__ = ["Clock", "system_clock"]

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Return the present as the system tells it."""
    return datetime.now(UTC)
