"""What file systems and object stores call things: facts of a file, errors."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from downloadable.adapters.compressed_files import is_damage
from downloadable.adapters.file_objects import content_error
from downloadable.domain import (
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentUnavailable,
    EntityTag,
    Resource,
    parse_http_date,
)

__all__ = [
    "MISTAKES",
    "facts_of_info",
    "is_of_the_name",
    "is_url",
    "store_error",
    "store_errors",
    "undone_by_clients",
]

TYPES = ("ContentType", "content_type", "contentType", "mimetype")
TAGS = ("ETag", "etag")
UNDONE = frozenset({"br", "deflate", "gzip", "zstd"})
"""Content codings that browsers undo."""

# No "created": what is changed in place keeps that.
TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated")

MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    NotImplementedError,
    TypeError,
)
"""What is no answer of a store but a mistake in a program, and stays what it is."""


def facts_of_info(name: str, info: Mapping[str, Any]) -> Resource:
    """
    Read what fsspec tells of a file; each store spells it in its own words.

    The entity tag is the store's own, strong if the store says so; else a weak one from size and time of change.
    """
    size = size_of(info.get("size"))
    modified = moment_of(first_of(info, TIMES))
    content_type = first_of(info, TYPES) or getattr(info.get("content_settings"), "content_type", None)
    content_type = content_type if isinstance(content_type, str) else None
    tag = tag_of(first_of(info, TAGS))
    if tag is None and modified is not None and size is not None:
        tag = EntityTag(f"{size:x}-{int(modified.timestamp() * 1_000_000):x}", weak=True)
    return Resource(
        name=name,
        size=size,
        # The former is what S3 says of an object that nobody gave a type.
        content_type=None if content_type == "binary/octet-stream" else content_type,
        last_modified=modified,
        entity_tag=tag,
        # An http origin that tells no length, or that it knows no ranges, is read from its start.
        seekable=size is not None and info.get("partial", True),
    )


def first_of(info: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((info[key] for key in keys if info.get(key)), None)


def size_of(told: object) -> int | None:
    """Read a length in bytes; what cannot be one tells nothing."""
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def tag_of(told: object) -> EntityTag | None:
    """Read an entity tag, which some stores give without its quotes."""
    if not isinstance(told, str):
        return None
    return EntityTag.parse(told) or EntityTag.parse(f'"{told}"')


def moment_of(told: object) -> datetime | None:
    """Read a time of change: a datetime, seconds since the epoch, or text; what names no time zone tells nothing."""
    try:
        if isinstance(told, int | float):
            return datetime.fromtimestamp(told, UTC)
        if isinstance(told, str):
            told = parse_http_date(told) or datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        return None
    return told if isinstance(told, datetime) and told.tzinfo is not None else None


def is_of_the_name(coding: str, name: str) -> bool:
    """
    Tell whether a Content-Encoding is what the name already says, as storages set it.

    What is called ``a.tar.gz`` was stored as it is, and nobody wants it decompressed under that name.
    """
    return mimetypes.guess_type(name)[1] == coding


def undone_by_clients(coding: str | None, name: str) -> str | None:
    """
    Return the *coding* of an object if a browser should undo it.

    It should not of what is called ``a.tar.gz``, and cannot of what is no coding: some stores keep ``aws-chunked``.
    """
    known = coding is not None and coding.strip().lower() in UNDONE
    return coding if known and not is_of_the_name(str(coding), name) else None


def is_url(path: str) -> bool:
    """Tell whether a path of a file system is a URL, which is so for http alone."""
    return path.startswith(("http://", "https://"))


@contextmanager
def store_errors(path: str, *mistakes: type[Exception]) -> Iterator[None]:
    """Raise as a ``ContentError`` what a store's library raises about *path*, but for mistakes, and *mistakes*."""
    kept: tuple[type[Exception], ...] = (ContentError, *MISTAKES, *mistakes)
    try:
        yield
    except kept:
        raise
    except Exception as error:
        raise store_error(error, path) from error


def store_error(error: Exception, path: str) -> ContentError:
    """Translate an error about *path*; the libraries of stores, which nobody imports here, have their own classes."""
    if is_url(path) and isinstance(error, FileNotFoundError) and isinstance(error.__cause__, Exception):
        # fsspec says "not found" of whatever went wrong with an origin.
        error = error.__cause__
    if isinstance(error, OSError) or is_damage(error):
        return content_error(error, path)
    if is_url(path) and isinstance(error, ValueError):
        # An origin that ignores Range, for one.
        return ContentInvalid(f"The answer about {path!r} makes no sense: {error}.")
    status = getattr(error, "status", None)
    if status in (401, 403):
        return ContentForbidden(f"We may not read {path!r}: {error}.")
    if status in (404, 410):
        return ContentNotFound(f"No content under {path!r}.")
    return ContentUnavailable(f"Reading {path!r} failed: {error!r}.")
