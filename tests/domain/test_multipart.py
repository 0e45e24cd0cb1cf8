from __future__ import annotations

from downloadable.domain import ByteRange
from downloadable.domain.multipart import framed, random_boundary

FIRST = b"""\
--THIS_STRING_SEPARATES\r
Content-Type: application/pdf\r
Content-Range: bytes 500-999/8000\r
\r
"""
SECOND = b"""\r
--THIS_STRING_SEPARATES\r
Content-Type: application/pdf\r
Content-Range: bytes 7000-7999/8000\r
\r
"""


def test_framed() -> None:
    """Each part has its type and its place, as in the example of RFC 9110, section 14.6."""
    ranges = (ByteRange(500, 1000), ByteRange(7000, 8000))
    segments = framed(ranges, 8000, "application/pdf", "THIS_STRING_SEPARATES")
    assert segments == (FIRST, ranges[0], SECOND, ranges[1], b"\r\n--THIS_STRING_SEPARATES--\r\n")


def test_boundaries_cannot_be_guessed() -> None:
    """A boundary has 128 random bits, spelt with what needs no quotes (RFC 2046, 5.1.1)."""
    drawn = {random_boundary() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(len(boundary) == 32 and set(boundary) <= set("0123456789abcdef") for boundary in drawn)
