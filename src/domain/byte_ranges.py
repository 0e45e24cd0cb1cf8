"""Byte ranges: what a Range field asks for, and what of it exists (RFC 9110, 14.1.2 and 14.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from attrs import frozen

__all__ = ["ByteRange", "RangeSpec", "parse_ranges", "select_ranges"]

# Nineteen digits reach past any file; int() itself refuses some thousands of them with an error.
INT_RANGE = re.compile(r"([0-9]{1,19})-([0-9]{1,19})?")
SUFFIX_RANGE = re.compile(r"-([0-9]{1,19})")


@frozen
class ByteRange:
    """
    A half-open interval of bytes; closed ones live only in the text of header fields.

    Args:
        start: First byte, counted from 0.

        stop: The byte after the last; ``None`` is the end, wherever that is.
    """

    start: int
    stop: int | None

    @property
    def length(self) -> int | None:
        """Bytes in the interval; ``None`` if its end is not known."""
        return None if self.stop is None else self.stop - self.start

    def content_range(self, size: int) -> str:
        """Spell the interval for a Content-Range field (RFC 9110, 14.4)."""
        assert self.stop is not None
        return f"bytes {self.start}-{self.stop - 1}/{size}"


@frozen
class FromTo:
    """``first-last``, or ``first-`` when *last* is ``None``; both count from 0, *last* is included."""

    first: int
    last: int | None = None

    def within(self, size: int) -> ByteRange | None:
        """Say what of this exists in *size* bytes; ``None`` if nothing."""
        if self.first >= size:
            return None
        return ByteRange(self.first, size if self.last is None else min(self.last + 1, size))

    def __str__(self) -> str:
        return f"{self.first}-" if self.last is None else f"{self.first}-{self.last}"


@frozen
class Suffix:
    """``-length``: the last *length* bytes."""

    length: int

    def within(self, size: int) -> ByteRange | None:
        """Say what of this exists in *size* bytes; ``None`` if nothing."""
        # "If the selected representation is shorter than the specified suffix-length, the entire representation is
        # used."  (RFC 9110, 14.1.2)
        return ByteRange(max(size - self.length, 0), size) if self.length else None

    def __str__(self) -> str:
        return f"-{self.length}"


RangeSpec: TypeAlias = FromTo | Suffix


def parse_ranges(field: str) -> tuple[RangeSpec, ...] | None:
    """
    Read a Range field, such as ``"bytes=0-499, -500"``.

    Returns:
        The specs in the order asked, not yet held against a size; ``None`` if the field is to be ignored.
    """
    unit, equals, range_set = field.strip(" \t").partition("=")
    # "An origin server MUST ignore a Range header field that contains a range unit it does not understand."
    # (RFC 9110, 14.2)  "All range unit names are case-insensitive [...]"  (14.1)
    if not equals or unit.lower() != "bytes":
        return None
    specs = []
    for element in range_set.split(","):
        text = element.strip(" \t")
        if not text:
            continue
        spec = parse_spec(text)
        # "A server that supports range requests MAY ignore or reject a Range header field that contains an invalid
        # ranges-specifier [...]"  (RFC 9110, 14.2)  We ignore it: a whole answer is right for everybody.
        if spec is None:
            return None
        specs.append(spec)
    return tuple(specs) or None


def parse_spec(text: str) -> RangeSpec | None:
    if found := SUFFIX_RANGE.fullmatch(text):
        return Suffix(int(found[1]))
    found = INT_RANGE.fullmatch(text)
    if found is None:
        return None
    spec = FromTo(int(found[1]), None if found[2] is None else int(found[2]))
    # "An int-range is invalid if the last-pos value is present and less than first-pos."  (RFC 9110, 14.1.1)
    return None if spec.last is not None and spec.last < spec.first else spec


def select_ranges(specs: Iterable[RangeSpec], size: int, limit: int) -> tuple[ByteRange, ...] | None:
    """
    Hold the ranges asked for against a representation, so that no answer is larger than the whole.

    Args:
        specs: What :func:`parse_ranges` read.

        size: Complete length of the representation, in bytes.

        limit: Most ranges to serve; a longer set is ignored (RFC 9110, 17.15).

    Returns:
        ``None`` to ignore the field, ``()`` if nothing asked for exists, else the satisfiable ranges in the order
        asked, each within ``0 <= start < stop <= size``, none overlapping or touching another.
    """
    specs = tuple(specs)
    if len(specs) > limit:
        return None
    # There is no byte to select, and no way to write such a Content-Range: the whole, empty, is the better answer.
    if size == 0 and any(isinstance(spec, Suffix) and spec.length for spec in specs):
        return None
    found = [there for spec in specs if (there := spec.within(size)) is not None]
    if len(found) < 2:
        return tuple(found)
    # "A server that supports range requests MAY ignore or reject a Range header field that contains [...] a
    # ranges-specifier with more than two overlapping ranges, or a set of many small ranges that are not listed in
    # ascending order, since these are indications of either a broken client or a deliberate denial-of-service attack
    # (Section 17.15)."  (RFC 9110, 14.2)
    if sum(there.length or 0 for there in found) > size:
        return None
    return coalesced(found)


def coalesced(ranges: Iterable[ByteRange]) -> tuple[ByteRange, ...]:
    """Join ranges that overlap or touch, each group at the place of the first of it that was asked for."""
    joined: list[tuple[int, int, int]] = []  # (place asked, start, stop)
    for start, stop, place in sorted((one.start, one.stop or 0, place) for place, one in enumerate(ranges)):
        if joined and start <= joined[-1][2]:
            first, begin, end = joined[-1]
            joined[-1] = (min(first, place), begin, max(end, stop))
        else:
            joined.append((place, start, stop))
    return tuple(ByteRange(start, stop) for _, start, stop in sorted(joined))
