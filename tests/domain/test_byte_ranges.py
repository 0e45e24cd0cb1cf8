from __future__ import annotations

import pytest

from downloadable.domain import ByteRange, RangeSpec, parse_ranges, select_ranges
from downloadable.domain.byte_ranges import FromTo, Suffix


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("bytes=0-499", (FromTo(0, 499),), id="both ends"),
        pytest.param("bytes=500-", (FromTo(500),), id="open"),
        pytest.param("bytes=-500", (Suffix(500),), id="suffix"),
        pytest.param("bytes=-0", (Suffix(0),), id="empty suffix"),
        pytest.param("bytes=0-0", (FromTo(0, 0),), id="one byte"),
        pytest.param("bytes=0-1,-1", (FromTo(0, 1), Suffix(1)), id="set"),
        pytest.param("bytes= 0-1 ,\t-1 ", (FromTo(0, 1), Suffix(1)), id="space in a set"),
        pytest.param(" bytes=0-1 ", (FromTo(0, 1),), id="space around"),
        pytest.param("BYTES=0-1", (FromTo(0, 1),), id="unit in capitals"),
        pytest.param("bytes=,0-1,,", (FromTo(0, 1),), id="empty elements"),
        pytest.param(f"bytes=0-{'9' * 19}", (FromTo(0, 10**19 - 1),), id="nineteen digits"),
        pytest.param(f"bytes=0-{'9' * 20}", None, id="twenty digits"),
        pytest.param(f"bytes={'9' * 20}-", None, id="first of twenty digits"),
        pytest.param(f"bytes=-{'9' * 20}", None, id="suffix of twenty digits"),
        pytest.param(f"bytes={'9' * 5000}-", None, id="5,000 digits"),
        pytest.param(f"bytes=-{'9' * 5000}", None, id="suffix of 5,000 digits"),
        pytest.param("items=0-1", None, id="other unit"),
        pytest.param("bytes", None, id="unit alone"),
        pytest.param("bytes=", None, id="empty set"),
        pytest.param("bytes=,", None, id="comma"),
        pytest.param("bytes =0-1", None, id="space in the unit"),
        pytest.param("bytes=1-0", None, id="reversed"),
        pytest.param("bytes=0-1,5-4", None, id="one reversed"),
        pytest.param("bytes=0-1,x", None, id="one malformed"),
        pytest.param("bytes=-", None, id="hyphen"),
        pytest.param("bytes=1", None, id="number"),
        pytest.param("bytes=\u0661-\u0662", None, id="digits of another script"),
        pytest.param("bytes=0-1\n", None, id="line break"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_parse_ranges(field: str, expected: tuple[RangeSpec, ...] | None) -> None:
    """A Range field is read as RFC 9110, section 14.1, spells it; any other is ignored."""
    assert parse_ranges(field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("bytes=0-0", (ByteRange(0, 1),), id="one byte"),
        pytest.param("bytes=9-9", (ByteRange(9, 10),), id="last byte"),
        pytest.param("bytes=2-", (ByteRange(2, 10),), id="open"),
        pytest.param("bytes=-4", (ByteRange(6, 10),), id="suffix"),
        pytest.param("bytes=-1000", (ByteRange(0, 10),), id="suffix longer than the content"),
        pytest.param("bytes=5-1000", (ByteRange(5, 10),), id="past the end"),
        pytest.param("bytes=-0", (), id="empty suffix"),
        pytest.param("bytes=10-", (), id="starts at the end"),
        pytest.param("bytes=10-10,11-", (), id="nothing that exists"),
        pytest.param("bytes=0-1,50-60", (ByteRange(0, 2),), id="drops what does not exist"),
        pytest.param("bytes=0-1,4-5", (ByteRange(0, 2), ByteRange(4, 6)), id="two"),
        pytest.param("bytes=4-5,0-1", (ByteRange(4, 6), ByteRange(0, 2)), id="two in the order asked"),
        pytest.param("bytes=0-4,3-6", (ByteRange(0, 7),), id="overlapping"),
        pytest.param("bytes=0-4,5-6", (ByteRange(0, 7),), id="touching"),
        pytest.param("bytes=5-6,0-4", (ByteRange(0, 7),), id="touching backwards"),
        pytest.param("bytes=0-5,1-2", (ByteRange(0, 6),), id="one within another"),
        pytest.param("bytes=1-2,0-5", (ByteRange(0, 6),), id="one around another"),
        pytest.param("bytes=0-0,2-2,1-1", (ByteRange(0, 3),), id="joined by the third"),
        pytest.param(
            "bytes=8-8,0-0,9-9", (ByteRange(8, 10), ByteRange(0, 1)), id="a group at its first place"
        ),
        pytest.param(
            "bytes=9-9,0-0,8-8", (ByteRange(8, 10), ByteRange(0, 1)), id="a group of its last first"
        ),
        pytest.param("bytes=0-4,5-9", (ByteRange(0, 10),), id="as many bytes as there are"),
        pytest.param("bytes=0-5,5-9", None, id="more bytes than there are"),
        pytest.param("bytes=0-,0-", None, id="all of it twice"),
        pytest.param(
            "bytes=0-0,2-2,4-4,6-6",
            (ByteRange(0, 1), ByteRange(2, 3), ByteRange(4, 5), ByteRange(6, 7)),
            id="as many as allowed",
        ),
        pytest.param("bytes=0-0,2-2,4-4,6-6,8-8", None, id="more than allowed"),
        pytest.param("bytes=0-0,50-,51-,52-,53-", None, id="more than allowed, although not there"),
    ],
)
def test_select_ranges(field: str, expected: tuple[ByteRange, ...] | None) -> None:
    """Ranges follow RFC 9110, sections 14.1.2 and 14.2, on ten bytes, four ranges at most."""
    specs = parse_ranges(field)
    assert specs is not None
    assert select_ranges(specs, size=10, limit=4) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("bytes=0-", (), id="open"),
        pytest.param("bytes=0-0", (), id="first byte"),
        pytest.param("bytes=-0", (), id="empty suffix"),
        pytest.param("bytes=-1", None, id="suffix"),
        pytest.param("bytes=0-,-1", None, id="suffix in a set"),
    ],
)
def test_select_ranges_of_nothing(field: str, expected: tuple[ByteRange, ...] | None) -> None:
    """A suffix of an empty content is satisfiable, but no Content-Range can say so: it is ignored."""
    specs = parse_ranges(field)
    assert specs is not None
    assert select_ranges(specs, size=0, limit=4) == expected


@pytest.mark.parametrize(
    ("byte_range", "length", "content_range"),
    [
        pytest.param(ByteRange(0, 1), 1, "bytes 0-0/1234", id="first byte"),
        pytest.param(ByteRange(0, 500), 500, "bytes 0-499/1234", id="first 500 bytes"),
        pytest.param(ByteRange(734, 1234), 500, "bytes 734-1233/1234", id="last 500 bytes"),
    ],
)
def test_half_open_inside_closed_outside(byte_range: ByteRange, length: int, content_range: str) -> None:
    """An interval is half-open here and closed in Content-Range (RFC 9110, 14.4)."""
    assert byte_range.length == length
    assert byte_range.content_range(1234) == content_range


def test_no_end_no_length() -> None:
    """Where the end is not known, neither is the length."""
    assert ByteRange(0, None).length is None


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(FromTo(0, 499), "0-499", id="both ends"),
        pytest.param(FromTo(500), "500-", id="open"),
        pytest.param(Suffix(500), "-500", id="suffix"),
    ],
)
def test_spec_spells_itself(spec: RangeSpec, expected: str) -> None:
    """What was parsed can be asked of somebody else."""
    assert str(spec) == expected
    assert parse_ranges(f"bytes={spec}") == (spec,)
