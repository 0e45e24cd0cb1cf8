"""Entity tags and their two comparisons (RFC 9110, 8.8.3)."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, Literal, TypeAlias

from attrs import frozen

__all__ = ["ANY", "AnyTag", "EntityTag", "parse_tags"]

# etagc = %x21 / %x23-7E / obs-text
ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
OPAQUE = re.compile(r"[\x21\x23-\x7e\x80-\xff]*")
SEPARATOR = re.compile(r"[ \t]*(?:,[ \t]*)+")


class Wildcard(Enum):
    """The type of :data:`ANY`."""

    ANY = "*"


AnyTag: TypeAlias = Literal[Wildcard.ANY]
ANY: Final = Wildcard.ANY
"""The field value ``*``: whatever the present representation is (RFC 9110, 13.1.1)."""


@frozen
class EntityTag:
    """
    An opaque validator of one representation.

    Args:
        opaque: The text between the quotes: visible characters of latin-1 without ``"``.

        weak: Whether equal tags promise equal meaning only, not equal bytes.

    Raises:
        ValueError: If *opaque* cannot stand in a header field.
    """

    opaque: str
    weak: bool = False

    def __attrs_post_init__(self) -> None:
        if OPAQUE.fullmatch(self.opaque) is None:
            raise ValueError(f"An entity tag cannot hold {self.opaque!r}; hash or quote it first.")

    def matches_strongly(self, other: EntityTag) -> bool:
        """Tell whether both are strong and equal (RFC 9110, 8.8.3.2)."""
        return not self.weak and not other.weak and self.opaque == other.opaque

    def matches_weakly(self, other: EntityTag) -> bool:
        """Tell whether both are equal, weak or not (RFC 9110, 8.8.3.2)."""
        return self.opaque == other.opaque

    @classmethod
    def parse(cls, text: str) -> EntityTag | None:
        """Read one entity tag; ``None`` if *text* is not exactly one."""
        found = ENTITY_TAG.fullmatch(text.strip(" \t"))
        return None if found is None else cls(found[2], weak=found[1] is not None)

    def __str__(self) -> str:
        return f'W/"{self.opaque}"' if self.weak else f'"{self.opaque}"'


def parse_tags(field: str) -> tuple[EntityTag, ...] | AnyTag | None:
    """
    Read the value of If-Match or If-None-Match (RFC 9110, 13.1.1 and 13.1.2).

    Returns:
        :data:`ANY` for ``*``, the tags of a list, ``None`` if the value is neither and the field is to be ignored.
    """
    text = field.strip(" \t")
    if text == "*":
        return ANY
    tags = []
    # "A recipient MUST parse and ignore a reasonable number of empty list elements."  (RFC 9110, 5.6.1.2)
    position = leading.end() if (leading := SEPARATOR.match(text)) else 0
    while position < len(text):
        found = ENTITY_TAG.match(text, position)
        if found is None:
            return None
        tags.append(EntityTag(found[2], weak=found[1] is not None))
        position = found.end()
        if position < len(text):
            comma = SEPARATOR.match(text, position)
            if comma is None:
                return None
            position = comma.end()
    return tuple(tags) or None
