"""What obstore is asked, what it tells and raises, and where it may be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from attrs import evolve

from downloadable.adapters.stores import facts_of_info, undone_by_clients
from downloadable.domain import (
    ANY,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
    DownloadRequest,
    Resource,
)
from downloadable.domain.byte_ranges import FromTo

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult

__all__ = ["facts_of_object", "hold_process", "obstore_errors", "options_for"]


def hold_process() -> None:
    """
    Refuse to read in a process whose parent has read before it was forked, which would wait forever.

    Raises:
        RuntimeError: If that is so.
    """
    if process() != os.getpid():
        raise RuntimeError(
            "obstore was used before this process was forked, and its threads have not come along; "
            "read nothing from a store before servers such as gunicorn --preload fork."
        )


@cache
def process() -> int:
    """Return the process that was the first to read; what it has found goes along to those that it forks."""
    return os.getpid()


def options_for(asked: DownloadRequest) -> GetOptions:
    """
    Spell what a store may answer in our place: conditions that end in 304, and one range.

    If-Range is left out: whether it holds is seen by what is then told of the object.
    """
    options: GetOptions = {}
    if asked.method == "HEAD":
        options["head"] = True
    elif asked.method != "GET":
        return options
    tags = asked.if_none_match
    if tags is ANY:
        options["if_none_match"] = "*"
    elif tags:
        options["if_none_match"] = ", ".join(map(str, tags))
    elif tags is None and asked.if_modified_since is not None:
        options["if_modified_since"] = asked.if_modified_since
    if asked.ranges is not None and asked.method == "GET":
        wanted = asked.ranges[0]
        if not isinstance(wanted, FromTo):
            options["range"] = {"suffix": wanted.length}
        elif wanted.last is None:
            options["range"] = {"offset": wanted.first}
        else:
            options["range"] = (wanted.first, wanted.last + 1)
    return options


def facts_of_object(name: str, result: GetResult) -> Resource:
    """Read what an answer tells of the object."""
    meta, attributes = result.meta, result.attributes
    facts = facts_of_info(
        name,
        {
            "size": meta["size"],
            "ETag": meta["e_tag"],
            "LastModified": meta["last_modified"],
            "ContentType": attributes.get("Content-Type"),
        },
    )
    return evolve(facts, content_encoding=undone_by_clients(attributes.get("Content-Encoding"), name))


@contextmanager
def obstore_errors(path: str) -> Iterator[None]:
    """Raise as a ``ContentError`` what obstore raises about *path*."""
    from obstore import exceptions

    try:
        yield
    # Of a path that it cannot take, it says just "ValueError".
    except (FileNotFoundError, NotADirectoryError, ValueError, exceptions.InvalidPathError) as error:
        if isinstance(error, ContentError):
            raise
        raise ContentNotFound(f"No object under {path!r}.") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        raise ContentForbidden(f"We may not read {path!r}.") from error
    except exceptions.PreconditionError as error:
        raise ContentChanged(f"{path!r} is no longer what was described.") from error
    except exceptions.BaseError as error:
        said, _, details = str(error).partition("\n")
        # It has no class for this, and tells it only to who debugs.
        kind = ContentTimeout if "kind: Timeout" in details else ContentUnavailable
        raise kind(f"Reading {path!r} failed: {said}") from error
