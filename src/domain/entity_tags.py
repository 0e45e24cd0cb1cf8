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
# An element of a list with its comma: a tag, or whatever else is there, which may be nothing.
ELEMENT = re.compile(
    r'[ \t]*(?:(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|\Z)|(?:"[^"]*"|[^,"]|")*?(?:,|\Z))',
    re.DOTALL,
)


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


def parse_tags(field: str) -> tuple[EntityTag, ...] | AnyTag:
    """
    Read the value of If-Match or If-None-Match (RFC 9110, 13.1.1 and 13.1.2).

    Returns:
        :data:`ANY` for ``*``, else the tags of the list. What is no tag can match nothing and is passed over, which
        may leave none: a field that is there and matches nothing is not the same as no field.
    """
    text = field.strip(" \t")
    if text == "*":
        return ANY
    if found := ENTITY_TAG.fullmatch(text):
        return (EntityTag(found[2], weak=found[1] is not None),)  # one tag, as nearly every client sends
    tags = []
    position = 0
    while position < len(text):
        found = ELEMENT.match(text, position)
        assert found is not None  # the last alternative takes anything
        position = found.end()
        if found["opaque"] is not None:
            tags.append(EntityTag(found["opaque"], weak=found["weak"] is not None))
    return tuple(tags)
