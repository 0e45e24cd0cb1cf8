"""The table behind the middleware that most sites have, and the rows where that middleware has its own mind."""

from __future__ import annotations

from typing import Any

from tests.conformance.rows import Row

__all__ = ["MIDDLEWARE", "agrees"]

MIDDLEWARE: dict[str, Any] = {
    "MIDDLEWARE": [
        "django.middleware.gzip.GZipMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
}
"""Settings, in the order that Django's documentation recommends."""

OF_ITS_OWN_MIND: dict[str, int] = {
    # GZipMiddleware looks for the word gzip alone, not for its weight of 0.
    "measured-gzip-refused": 200,
    # ConditionalGetMiddleware compares a date that nobody knows, which 13.1.4 forbids,
    "if-unmodified-since-of-undated": 412,
    "modified-says-the-site-no-date-to-compare": 412,
    # splits a tag at its comma,
    "if-match-tag-with-comma": 412,
    # and takes a broken If-None-Match for none.
    "broken-if-none-match-over-if-modified-since": 304,
}
"""Rows that Django's middleware answers anew, from the fields of our answer, and the status it gives."""


def agrees(row: Row) -> bool:
    """Tell whether the middleware leaves the answer to this row alone."""
    return row.id not in OF_ITS_OWN_MIND
