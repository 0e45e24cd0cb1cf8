"""What it means that an origin has no answer about the content: its status, or the error of a library, as ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException, IncompleteRead

from downloadable.adapters.remote.answers import retry_after
from downloadable.domain import (
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
)

__all__ = ["causes_of", "error_of", "foreign_errors", "translated"]


def error_of(
    status: int, fields: Mapping[str, str], what: str, *, now: datetime | None = None
) -> ContentError:
    """Translate a status that is no answer about *what*; the body is an error page, not the content."""
    said = f"{what!r} answered {status}."
    if status in (404, 410):
        return ContentNotFound(said)
    if status in (401, 403):
        return ContentForbidden(said)
    if status == 504:
        return ContentTimeout(said, retry_after=retry_after(fields, now))
    if status in (408, 429) or status >= 500:
        return ContentUnavailable(said, retry_after=retry_after(fields, now))
    return ContentInvalid(said)


def foreign_errors() -> tuple[type[Exception], ...]:
    """Return what requests and urllib3 raise."""
    import requests
    import urllib3

    return (requests.RequestException, urllib3.exceptions.HTTPError)


def causes_of(error: Exception) -> list[Exception]:
    """Unwrap *error*, down to what http.client or the socket said."""
    causes = [error]
    while (cause := cause_of(causes[-1])) is not None:
        causes.append(cause)
    return causes


def cause_of(error: Exception) -> Exception | None:
    # Where a session retries by itself, urllib3 keeps what it gave up on apart.
    candidates = (getattr(error, "reason", None), error.args[-1] if error.args else None)
    return next((cause for cause in candidates if isinstance(cause, Exception)), None)


def translated(error: Exception, what: str) -> ContentError:
    """Translate an error of requests or of what is below it; the caller raises it ``from`` the original."""
    import requests
    import urllib3

    causes = causes_of(error)
    root = causes[-1]
    timeouts = requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
    # urllib3 takes a connection that was refused for one that timed out.
    refused = urllib3.exceptions.NewConnectionError
    if any(isinstance(cause, timeouts) and not isinstance(cause, refused) for cause in causes):
        return ContentTimeout(f"{what!r} did not answer in time.")
    if isinstance(error, requests.exceptions.RetryError):
        return ContentUnavailable(f"{what!r} was asked in vain, again and again.")
    if any(isinstance(cause, IncompleteRead) for cause in causes):
        return ContentTruncated(f"{what!r} ended too early.")
    # A connection that is closed instead of answering is among them, too.
    garbled = isinstance(root, HTTPException) and not isinstance(root, ConnectionError)
    if garbled or not isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return ContentInvalid(f"{what!r} cannot be asked, or gives no HTTP answer: {type(root).__name__}.")
    return ContentUnavailable(f"{what!r} cannot be reached: {type(root).__name__}.")
