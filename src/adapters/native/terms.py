"""What the stores behind storages say, in our words."""

from __future__ import annotations

from collections.abc import Mapping

from downloadable.adapters.remote.answers import retry_after
from downloadable.domain import (
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
)

__all__ = ["LeftToStorage", "refusal", "stated_type"]

MEANINGS: dict[int, type[ContentError]] = {
    401: ContentForbidden,
    403: ContentForbidden,
    404: ContentNotFound,
    408: ContentTimeout,
    410: ContentNotFound,
    412: ContentChanged,
    416: ContentChanged,
    504: ContentTimeout,
}

NO_NAME = ("InvalidResourceName", "InvalidURI", "InvalidUri", "KeyTooLongError", "XMinioInvalidObjectName")
"""What stores call it that no file of theirs can have such a name."""

NO_STORE = ("ContainerNotFound", "NoSuchBucket")
"""What stores call it that there is nowhere to look: no answer about a file, but a mistake in the settings."""

UNTOLD = ("application/octet-stream", "binary/octet-stream")
"""What stores and storages call what nobody gave a type."""


def stated_type(content_type: str | None) -> str | None:
    """Return the type that somebody gave a file; without one, the name tells more."""
    return None if content_type in UNTOLD else content_type or None


class LeftToStorage(ContentError):
    """
    Only the storage itself can make this file's content of what is in the store, such as by decompressing it.

    Raised by the ``describe`` of a content that :func:`~downloadable.adapters.native.reads_with` has brought; the
    storage is asked to open the file then.
    """


def refusal(
    status: int | None,
    what: str,
    error: Exception,
    *,
    code: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> ContentError:
    """
    Translate an error about *what*; the caller raises it ``from`` *error*.

    Args:
        status: Of the store's answer; ``None`` if there was none.

        what: A name, for the log.

        error: What the store's library raised.

        code: The store's own name of the error, if it has one.

        fields: Of the store's answer.
    """
    meaning = MEANINGS.get(status or 0, ContentUnavailable)
    if code in NO_NAME:
        meaning = ContentNotFound
    if code in NO_STORE:
        meaning = ContentUnavailable
    said = f"The store does not hand out {what!r}: {error}."
    if issubclass(meaning, ContentUnavailable):
        return meaning(said, retry_after=retry_after(fields or {}))
    return meaning(said)
