"""Framing of several ranges in one body (RFC 9110, 14.6; RFC 2046, 5.1)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from downloadable.domain.byte_ranges import ByteRange
from downloadable.domain.plan import Segment

__all__ = ["framed", "random_boundary"]


def random_boundary() -> str:
    """Return a delimiter that nobody can have put into the content: 128 random bits."""
    return secrets.token_hex(16)


def framed(ranges: Sequence[ByteRange], size: int, content_type: str, boundary: str) -> tuple[Segment, ...]:
    """
    Put each range behind its own header fields.

    Args:
        ranges: Satisfiable ranges, in the order to send them.

        size: Complete length of the representation, in bytes.

        content_type: Media type of the representation, repeated in each part (RFC 9110, 15.3.7.2).

        boundary: Delimiter; must not occur in the content.
    """
    segments: list[Segment] = []
    lead = f"--{boundary}"
    for part in ranges:
        fields = f"Content-Type: {content_type}\r\nContent-Range: {part.content_range(size)}"
        segments += (f"{lead}\r\n{fields}\r\n\r\n".encode("latin-1"), part)
        lead = f"\r\n--{boundary}"
    segments.append(f"\r\n--{boundary}--\r\n".encode("latin-1"))
    return tuple(segments)
