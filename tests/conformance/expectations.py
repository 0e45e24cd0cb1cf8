"""What a row of the table asks of an answer, however it was made: spelt by hand here, never by the code under test."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from attrs import evolve, frozen

from tests.conformance.rows import THE_PRESENT, Part, Row
from tests.conformance.samples import SAMPLES

__all__ = ["BOUNDARY", "OF_SERVERS", "Answer", "assert_answers", "boundary_of"]

BOUNDARY = "0123456789abcdef0123456789abcdef"
"""Delimiter of multipart bodies where one can be given; as long as those that are drawn."""

OF_SERVERS = frozenset({"connection", "date", "keep-alive", "server", "transfer-encoding", "vary"})
"""Fields that servers and middleware add on their way; a row says nothing of them."""

SENT_WITH_REFUSALS = frozenset({"ETag", "Last-Modified", "Cache-Control"})
MULTIPART = re.compile(r"multipart/byteranges; boundary=([0-9a-f]{32})")


@frozen
class Answer:
    """
    What came back.

    Args:
        status: Status code.

        fields: Header fields, as they came.

        body: All of the body.
    """

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def field(self, name: str) -> str | None:
        """Return the one value of the field *name*, in any case."""
        values = [value for field, value in self.fields if field.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


def assert_answers(
    answer: Answer,
    row: Row,
    *,
    between: tuple[datetime, datetime],
    besides: Collection[str] = frozenset(),
    boundary: str | None = None,
    compressed: bool = False,
) -> None:
    """
    Assert that *answer* is what *row* asks for: status, every header field, every byte.

    Args:
        answer: What came back.

        row: What was asked.

        between: Before and after the answer was made, aware.

        besides: Names in lower case of fields that may be there as well.

        boundary: Delimiter of a multipart body; ``None`` if it is to be read from Content-Type.

        compressed: Whether something on the way compresses what it can, as GZipMiddleware does.
    """
    assert answer.status == row.status, f"{row.section}: {answer}"
    names = [name.lower() for name, _ in answer.fields]
    assert len(names) == len(set(names)), f"a field came twice: {names}"
    expected = expected_answer(row, boundary or boundary_of(answer) or BOUNDARY)
    if compressed and compressible(row, expected):
        expected, answer = compressed_answer(expected), evolve(answer, body=gzip.decompress(answer.body))
    if row.of_view:
        besides = {*besides, "content-type", "content-length"}
    got, wanted = comparable(answer, besides), comparable(expected, besides)
    if wanted.get("last-modified") == THE_PRESENT and got.get("last-modified") in spelt_seconds(*between):
        got["last-modified"] = THE_PRESENT
    assert got == wanted, row.section
    # Last: a wrong length is told by its number first, and by what was sent only then.
    assert answer.body == expected.body, row.section


def comparable(answer: Answer, besides: Collection[str]) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.fields if name.lower() not in besides}


def compressible(row: Row, expected: Answer) -> bool:
    """Tell whether GZipMiddleware compresses this: all of a content, sent in no coding yet, and not to HEAD."""
    return row.method == "GET" and expected.status == 200 and expected.field("Content-Encoding") is None


def compressed_answer(expected: Answer) -> Answer:
    """
    Say what compression on the way does to the fields: all that holds for the uncompressed bytes alone goes.

    The length and ranges of the compressed bytes are not known beforehand, a digest would be another, and a tag is no
    longer strong (RFC 9110, 8.8.3.3).
    """
    gone = {"Content-Length", "Accept-Ranges", "Repr-Digest"}
    fields = {name: value for name, value in expected.fields if name not in gone}
    fields["Content-Encoding"] = "gzip"
    if fields.get("ETag", "").startswith('"'):
        fields["ETag"] = f"W/{fields['ETag']}"
    return evolve(expected, fields=tuple(fields.items()))


def boundary_of(answer: Answer) -> str | None:
    """Read the delimiter of a multipart answer; ``None`` if it is not one."""
    found = MULTIPART.fullmatch(answer.field("Content-Type") or "")
    return None if found is None else found[1]


def spelt_seconds(first: datetime, last: datetime) -> set[str]:
    """Spell every second from *first* to *last*, both included."""
    seconds = range(int(first.timestamp()), int(last.timestamp()) + 1)
    return {format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True) for second in seconds}


def expected_answer(row: Row, boundary: str) -> Answer:
    """Work out what the status does to the fields of a plain GET (RFC 9110, 15.3.7, 15.4.5, 15.5.13, 15.5.17)."""
    data = SAMPLES[row.of].data
    fields: dict[str, str] = dict(SAMPLES[row.of].fields)
    for name, value in row.fields.items():
        fields.pop(name, None)
        if value is not None:
            fields[name] = value
    if row.status in (304, 412, 416):
        kept = SENT_WITH_REFUSALS | ({"Content-Security-Policy"} if row.status == 304 else set())
        fields = {name: value for name, value in fields.items() if name in kept}
    body = b""
    match row.status:
        case 200 if row.method != "HEAD":
            body = data
        case 206 if len(row.parts) == 1:
            ((start, stop),) = row.parts
            body = data[start:stop]
            fields |= {
                "Content-Length": str(stop - start),
                "Content-Range": content_range(row.parts[0], len(data)),
            }
        case 206:
            body = multipart(data, row.parts, fields["Content-Type"], boundary)
            fields |= {
                "Content-Type": f"multipart/byteranges; boundary={boundary}",
                "Content-Length": str(len(body)),
            }
        case 405:
            fields = {"Allow": "GET, HEAD, OPTIONS"}
        case 412:
            fields |= {"Content-Length": "0"}
        case 416:
            fields |= {
                "Content-Length": "0",
                "Accept-Ranges": "bytes",
                "Content-Range": f"bytes */{len(data)}",
            }
    return Answer(row.status, tuple(fields.items()), body)


def content_range(part: Part, size: int) -> str:
    start, stop = part
    return f"bytes {start}-{stop - 1}/{size}"


def multipart(data: bytes, parts: Iterable[Part], media_type: str, boundary: str) -> bytes:
    """Frame *parts* of *data* as RFC 2046, 5.1 and RFC 9110, 14.6 say, without preamble or epilogue."""
    lines: list[bytes] = []
    for start, stop in parts:
        lines += (
            f"--{boundary}".encode(),
            f"Content-Type: {media_type}".encode(),
            f"Content-Range: {content_range((start, stop), len(data))}".encode(),
            b"",
            data[start:stop],
        )
    lines += (f"--{boundary}--".encode(), b"")
    return b"\r\n".join(lines)
