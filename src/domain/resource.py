"""What is known about one thing to download: the selected representation and its metadata (RFC 9110, 3.2 and 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import field, frozen

from downloadable.domain.entity_tags import EntityTag

__all__ = ["Resource"]

ALGORITHM = re.compile(r"[a-z*][a-z0-9_\-.*]*")


def whole_seconds(moment: datetime | None) -> datetime | None:
    """Drop what Last-Modified cannot say (RFC 9110, 8.8.2): fractions, and what is out of the calendar in UTC."""
    if moment is None or moment.tzinfo is None:
        return moment
    if moment.microsecond:
        moment = moment.replace(microsecond=0)
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def frozen_digests(
    digests: Iterable[tuple[str, bytes | bytearray | memoryview]],
) -> tuple[tuple[str, bytes], ...]:
    """Keep what nobody can change, so that a resource has a hash."""
    return tuple((algorithm, bytes(digest)) for algorithm, digest in digests) if digests else ()


@frozen(kw_only=True, cache_hash=True)
class Resource:
    """
    A snapshot of the facts about the complete content; what is not known is left out.

    Args:
        name: File name without directories, as its owner spells it; empty if it has none.

        size: Complete length in bytes; ``None`` if it is not known before reading.

        content_type: Media type, with parameters if any; ``None`` to have it guessed from the name, or from the
            policy's basename where the name says nothing. What is not a media type is sent as
            ``application/octet-stream``.

        charset: Charset of a text, added to ``text/*`` types that name none; of a text without a type and a name, it
            makes ``text/plain``. Of anything else, it says nothing.

        content_encoding: Codings that the bytes are in, such as ``"gzip"`` (RFC 9110, 8.4); ``None`` for none.

        last_modified: Aware time of the last change; fractions of a second are dropped.

        entity_tag: Strong only if equal tags promise equal bytes.

        digests: Pairs of an algorithm of RFC 9530 and the raw digest, such as ``("sha-256", b"...")``, as far as they
            are known without reading.

        seekable: Whether reading can start in the middle.

    Raises:
        ValueError: If *last_modified* is naive, *size* negative, or an algorithm of *digests* not a key of RFC 8941.
    """

    name: str = ""
    size: int | None = None
    content_type: str | None = None
    charset: str | None = None
    content_encoding: str | None = None
    last_modified: datetime | None = field(default=None, converter=whole_seconds)
    entity_tag: EntityTag | None = None
    digests: tuple[tuple[str, bytes], ...] = field(default=(), converter=frozen_digests)
    seekable: bool = True

    def __attrs_post_init__(self) -> None:
        if self.last_modified is not None and self.last_modified.tzinfo is None:
            raise ValueError(f"last_modified must be aware, but {self.last_modified!r} names no time zone.")
        if self.size is not None and self.size < 0:
            raise ValueError(f"A size counts bytes and cannot be {self.size!r}.")
        for algorithm, _ in self.digests:
            if ALGORITHM.fullmatch(algorithm) is None:
                raise ValueError(f"{algorithm!r} does not name a digest algorithm such as 'sha-256'.")
