"""What a program says of calling other servers, known without loading what calls them."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ANSWER_TIMEOUT", "Everywhere", "trust_also"]

ANSWER_TIMEOUT = 60.0
"""Seconds until an answer must have begun, in all, unless a source says otherwise."""


class Everywhere:
    """What the program as a whole trusts, beside what a single source does."""

    origins: Callable[[], frozenset[str]] = staticmethod(frozenset)


def trust_also(origins: Callable[[], frozenset[str]]) -> None:
    """
    Trust what *origins* returns in every source: where a program's settings come in.

    Args:
        origins: Returns them as :func:`~downloadable.adapters.http.origins.trusted` does.
    """
    Everywhere.origins = staticmethod(origins)
