"""What the rows of a model know about their files."""

from __future__ import annotations

import base64
import logging
import re
from datetime import datetime
from typing import Any, TypeVar

from attrs import frozen
from django.db.models import Model

from downloadable.adapters.wrapped_files import aware
from downloadable.domain import EntityTag, Resource, guess_media_type
from downloadable.domain.media_types import OCTET_STREAM

__all__ = ["RowFields", "attribute", "facts_of_row"]

HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})+")
SHORTEST = 8
"""Bytes; what is shorter than a 64-bit hash does not tell versions apart."""
URL_SAFE = str.maketrans("-_", "+/")
LENGTHS = {"sha-256": 32, "sha-512": 64}

T = TypeVar("T")

logger = logging.getLogger("downloadable")


@frozen(kw_only=True)
class RowFields:
    """
    Which attributes of a row know what about its file: fields, annotations or properties, each by its plain name.

    What is not named, or is ``None`` or empty in a row, is asked of the storage as far as it is needed. With a size and
    either a date or a digest, the storage is asked for nothing but the bytes: for a 304 and for HEAD, nothing at all.

    A row that says what cannot be, such as a negative size, is not believed in that, and the log says so.

    Args:
        name_field: File name at the client.

        size_field: Length in bytes.

        content_type_field: Media type, such as ``"text/csv"``.

        encoding_field: Content coding that the bytes are in, such as ``"gzip"``.

        charset_field: Charset of a text.

        modified_field: When the bytes last changed; a ``datetime``.

        digest_field: A hash of the bytes, in hexadecimal or base64 digits or raw: makes a strong entity tag.

        digest_algorithm: What kind of hash, such as ``"sha-256"`` (RFC 9530); if said, clients are told the digest.

    Raises:
        TypeError: If there is an algorithm for no digest.
    """

    name_field: str | None = None
    size_field: str | None = None
    content_type_field: str | None = None
    encoding_field: str | None = None
    charset_field: str | None = None
    modified_field: str | None = None
    digest_field: str | None = None
    digest_algorithm: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.digest_algorithm is not None and self.digest_field is None:
            raise TypeError(
                "digest_algorithm says what kind of hash is in the digest_field, but none is named."
            )

    def facts_of(self, row: Model, stored_name: str = "") -> Resource:
        """Return what *row* knows; *stored_name* is its file's, from which the type is guessed if nothing says it."""
        name = self.value(row, "name_field", str) or ""
        content_type = self.value(row, "content_type_field", str) or guessed(name, stored_name)
        digest = self.digest(row)
        return Resource(
            name=name,
            size=self.size(row),
            content_type=content_type,
            charset=self.value(row, "charset_field", str),
            content_encoding=self.value(row, "encoding_field", str),
            last_modified=aware(self.value(row, "modified_field", datetime)),
            entity_tag=None if digest is None else EntityTag(digest.hex()),
            digests=((self.digest_algorithm, digest),) if digest and self.digest_algorithm else (),
        )

    def value(self, row: Model, option: str, kind: type[T]) -> T | None:
        """
        Return what *row* has where *option* points; ``None`` for nothing, or for an empty text.

        Raises:
            AttributeError: If it has no such attribute.

            TypeError: If that is not of the *kind*.
        """
        field = getattr(self, option)
        value = None if field is None else attribute(row, field, option)
        if value is None or value == "":
            return None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TypeError(
                f"{type(row).__name__}.{field}, the {option}, must be {kind.__name__}, not {type(value).__name__}."
            )
        return value

    def size(self, row: Model) -> int | None:
        """Return the length in bytes."""
        size = self.value(row, "size_field", int)
        if size is not None and size < 0:
            disbelieve(row, f"{self.size_field}, the size_field, holds no size: {size}")
            return None
        return size

    def digest(self, row: Model) -> bytes | None:
        """
        Return the hash as raw bytes.

        Raises:
            TypeError: If it is neither text nor bytes.
        """
        value = None if self.digest_field is None else attribute(row, self.digest_field, "digest_field")
        if value is None or value in ("", b""):
            return None
        if not isinstance(value, str | bytes | bytearray | memoryview):
            raise TypeError(
                f"{type(row).__name__}.{self.digest_field}, the digest_field, must be text or bytes, "
                f"not {type(value).__name__}."
            )
        digest = raw(value)
        if len(digest) < SHORTEST or len(digest) != LENGTHS.get(self.digest_algorithm or "", len(digest)):
            kind = self.digest_algorithm or "hash"
            disbelieve(row, f"{self.digest_field}, the digest_field, holds no {kind}: {value!r}")
            return None
        return digest


def facts_of_row(row: Model, stored_name: str = "", /, **fields: str | None) -> Resource:
    """
    Return what *row* knows about its file.

    Args:
        row: The row.

        stored_name: Its file's name in the storage, from which the type is guessed if nothing says it.

        **fields: As for :class:`RowFields`.
    """
    return RowFields(**fields).facts_of(row, stored_name)


def disbelieve(row: Model, reason: str) -> None:
    logger.warning("%s(pk=%r).%s; it is taken as not known.", type(row).__name__, row.pk, reason)


def attribute(row: Model, name: str, option: str) -> Any:
    """
    Return what *row* has under *name*, which is the value of *option*.

    Raises:
        AttributeError: If it has no such attribute.
    """
    try:
        return getattr(row, name)
    except AttributeError as error:
        raise AttributeError(f"{type(row).__name__} has no {name!r}, which is named as {option}.") from error


def guessed(name: str, stored_name: str) -> str | None:
    """Guess the type from the name at the client, or from the stored one where that says nothing."""
    for candidate in (name, stored_name):
        media_type = guess_media_type(candidate)
        if media_type != OCTET_STREAM:
            return media_type
    return None


def raw(digest: str | bytes | bytearray | memoryview) -> bytes:
    """Return the bytes that hexadecimal or base64 digits spell; nothing if they spell none."""
    if not isinstance(digest, str):
        return bytes(digest)
    if HEXADECIMAL.fullmatch(digest):
        return bytes.fromhex(digest)
    digits = digest.rstrip("=").translate(URL_SAFE)
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        return b""
