"""In what a response differs from what was expected, one sentence each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from attrs import frozen

from downloadable.django_ui.asserting.delivered import (
    Part,
    body_of,
    ended,
    fields_of,
    parts_of,
    span_of,
    was_head,
)
from downloadable.django_ui.asserting.differing import how_they_differ
from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.domain import Disposition, EntityTag

__all__ = ["STATUSES", "Expected", "differences"]

Differences: TypeAlias = Iterator[str]
Fields: TypeAlias = Mapping[str, str]

STATUSES = (200, 206, 302, 304, 412, 416)
SENDERS = ("x-accel-redirect", "x-sendfile")
UNSATISFIED = re.compile(r"bytes \*/(\d+)", re.ASCII)
BOUNDARY = re.compile(r'multipart/byteranges *;.*boundary="?([^";]+)"?', re.IGNORECASE)

SLACK = 64 * 1024
"""How far to read beyond what is expected: a body need not have an end."""

EXCERPT = 200
"""Characters to show of a page that is no download."""


@frozen(kw_only=True)
class Expected:
    """What ``assert_download`` was told, each in one form; ``None`` and ``()`` are not looked at."""

    content: bytes | None
    basename: str | None
    content_type: str | None
    attachment: bool | None
    status: int | None
    size: int | None
    entity_tag: str | bool | None
    ranges: tuple[tuple[int, int], ...]
    handed_over_to: str | bool | None


def differences(response: Any, expected: Expected) -> Differences:
    """Yield everything that differs."""
    fields, status = fields_of(response), response.status_code
    wanted = status_for(fields, expected)
    if status != wanted:
        yield f"status: {phrase(status)}, not {phrase(wanted)}{excerpt(response, fields)}"
        if status not in (200, 206):
            return
    if expected.entity_tag is not None:
        yield from of_tag(fields, expected.entity_tag)
    if status in (200, 206):
        yield from of_disposition(fields, expected)
    target = target_of(fields, status)
    yield from of_sender(response, target, expected.handed_over_to)
    boundary = BOUNDARY.match(fields.get("content-type", "")) if status == 206 else None
    if boundary is not None:
        yield from of_several_parts(response, fields, expected, boundary[1])
        return
    if status == 302:
        yield from of_redirection(expected)
    else:
        yield from of_type(fields.get("content-type"), expected)
    if status == 206:
        yield from of_one_part(response, fields, expected)
    elif status == 200 and target is None:
        yield from of_the_whole(response, fields, expected)
    else:
        yield from of_no_body(response, fields, expected, target)


def status_for(fields: Fields, expected: Expected) -> int:
    if expected.status is not None:
        return expected.status
    if expected.ranges:
        return 206
    return 302 if expected.handed_over_to and "location" in fields and sender_of(fields) is None else 200


def sender_of(fields: Fields) -> str | None:
    return next((fields[name] for name in SENDERS if name in fields), None)


def target_of(fields: Fields, status: int) -> str | None:
    """Return what somebody else is told to send; ``None`` if nobody is told anything."""
    return fields.get("location") if status == 302 else sender_of(fields)


def phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def excerpt(response: Any, fields: Fields) -> str:
    """Return what a page says that came instead, as far as it helps."""
    if "location" in fields:
        return f"; it leads to {fields['location']!r}"
    if response.streaming or response.status_code in (200, 206) or not response.content:
        return ""
    text = " ".join(response.content[: 4 * EXCERPT].decode(errors="replace").split())
    return f"; it says {text[:EXCERPT]!r}"


def of_tag(fields: Fields, expected: str | bool) -> Differences:
    sent = fields.get("etag")
    if sent is not None and EntityTag.parse(sent) is None:
        yield f"entity_tag: {sent!r} is no entity tag"
    elif isinstance(expected, bool):
        if expected is (sent is None):
            yield (
                "entity_tag: there is no ETag" if expected else f"entity_tag: {sent!r}, but none was expected"
            )
    elif sent != expected:
        yield f"entity_tag: {sent!r}, not {expected!r}"


def of_disposition(fields: Fields, expected: Expected) -> Differences:
    stated = fields.get("content-disposition")
    disposition = Disposition.parse(stated or "")
    if disposition is None:
        yield f"Content-Disposition: {stated!r}, so that this is not the answer of a download"
        return
    if expected.basename is not None and disposition.filename != expected.basename:
        yield f"basename: {disposition.filename!r}, not {expected.basename!r}; sent as {stated!r}"
    wanted = "attachment" if expected.attachment else "inline"
    if expected.attachment is not None and disposition.kind != wanted:
        yield f"attachment: the file is sent as {disposition.kind!r}, not as {wanted!r}"


def of_redirection(expected: Expected) -> Differences:
    """Yield what was expected of a file that only whoever sends it can describe."""
    for name in ("basename", "content_type", "attachment"):
        wanted = getattr(expected, name)
        if wanted is not None:
            yield f"{name}: a redirection does not tell it, and {wanted!r} was expected"


def of_sender(response: Any, target: str | None, wanted: str | bool | None) -> Differences:
    redirected = response.status_code == 302
    if wanted and target is None:
        somebody = "to somebody" if wanted is True else f"to {wanted!r}"
        yield f"handed_over_to: nobody; Django sends the file, and was expected to hand it over {somebody}"
    elif wanted is True and redirected and not isinstance(response, ProxiedDownloadResponse):
        yield f"handed_over_to: any redirection could lead to {target!r}; say where this one is to lead"
    elif wanted is False and target is not None:
        yield f"handed_over_to: {target!r}, but Django was expected to send the file"
    elif isinstance(wanted, str) and target is not None:
        compared = target.partition("?")[0] if redirected and "?" not in wanted else target
        if compared != wanted:
            yield f"handed_over_to: {target!r}, not {wanted!r}"


def of_type(sent: str | None, expected: Expected) -> Differences:
    wanted = expected.content_type
    if wanted is None:
        return
    essence, parameters = read_type(sent or "")
    wanted_essence, wanted_parameters = read_type(wanted)
    if essence != wanted_essence or (";" in wanted and parameters != wanted_parameters):
        yield f"content_type: {sent!r}, not {wanted!r}"


def read_type(value: str) -> tuple[str, dict[str, str]]:
    """Return a media type and its parameters, as they are compared (RFC 9110, 8.3.1)."""
    essence, *parameters = value.split(";")
    named = [one.partition("=") for one in parameters]
    return essence.strip().lower(), {
        name.strip().lower(): text.strip().strip('"').lower() for name, _, text in named
    }


def of_size(told: str | int | None, expected: Expected) -> Differences:
    if expected.size is not None and str(told) != str(expected.size):
        yield f"size: the client is told {'none' if told is None else told}, not {expected.size}"


def of_ranges(sent: Sequence[tuple[int, int]], expected: Expected) -> Differences:
    if expected.ranges and list(expected.ranges) != list(sent):
        yield f"range: {listed(sent)}, not {listed(expected.ranges)}"


def listed(ranges: Sequence[tuple[int, int]]) -> str:
    return ", ".join(map(str, ranges)) or "none"


def of_the_whole(response: Any, fields: Fields, expected: Expected) -> Differences:
    """Compare an answer with all of the content."""
    yield from of_size(fields.get("content-length"), expected)
    if expected.content is None:
        return
    if was_head(response):
        yield "content: this answers HEAD, so that it has none; compare its size"
        return
    body = taken(response, len(expected.content))
    yield from of_length(body, len(expected.content), fields, response)
    coding = fields.get("content-encoding")
    yield from of_bytes("content" if coding is None else f"content in {coding}", body, expected.content)


def of_one_part(response: Any, fields: Fields, expected: Expected) -> Differences:
    """Compare an answer with one range of the content."""
    span = span_of(fields.get("content-range"))
    if span is None:
        yield f"Content-Range: {fields.get('content-range')!r}, which does not tell which bytes these are"
        return
    start, stop, total = span
    yield from of_ranges([(start, stop)], expected)
    yield from of_size(total, expected)
    if fields.get("content-length", str(stop - start)) != str(stop - start):
        yield f"Content-Length: {fields['content-length']}, but these are {stop - start} bytes of a range"
    if expected.content is None:
        return
    if was_head(response):
        yield "content: this answers HEAD, so that it has none; compare its range and size"
        return
    body = taken(response, stop - start)
    yield from of_slice(Part(start=start, stop=stop, total=total, data=body), expected.content)


def of_several_parts(response: Any, fields: Fields, expected: Expected, boundary: str) -> Differences:
    """Compare an answer with several ranges of the content."""
    if "content-range" in fields:
        yield f"Content-Range: {fields['content-range']!r}, although each part has its own"
    if (
        expected.content is None
        and expected.content_type is None
        and expected.size is None
        and not expected.ranges
    ):
        return
    if was_head(response):
        yield "content: this answers HEAD, so that it has none; no parts can be compared"
        return
    announced = fields.get("content-length", "")
    length = int(announced) if announced.isdecimal() else len(expected.content or b"")
    body = taken(response, length)
    yield from of_length(body, length, fields, response)
    try:
        parts = parts_of(body, boundary)
    except ValueError as error:
        yield f"content: {len(body)} bytes that are no multipart/byteranges: {error}"
        return
    yield from of_ranges([(part.start, part.stop) for part in parts], expected)
    for part in parts:
        where = f"in the part from byte {part.start}"
        yield from (f"{one}, {where}" for one in of_type(part.content_type, expected))
        yield from (f"{one}, {where}" for one in of_size(part.total, expected))
        if expected.content is not None:
            yield from of_slice(part, expected.content)


def of_no_body(response: Any, fields: Fields, expected: Expected, target: str | None) -> Differences:
    """Compare an answer that has no body: somebody else sends it, or there is nothing to send."""
    unsatisfied = (
        UNSATISFIED.fullmatch(fields.get("content-range", "")) if response.status_code == 416 else None
    )
    yield from of_size(fields.get("content-length") if unsatisfied is None else unsatisfied[1], expected)
    if expected.content is not None:
        yield f"content: there is none, for {target!r} is sent by somebody else"
    if body := taken(response, 0):
        yield f"body: {counted(body, SLACK)} bytes, where there must be none"


def of_slice(part: Part, content: bytes) -> Differences:
    """Compare a range with what it is said to be a range of."""
    if part.total is not None and part.total != len(content):
        yield f"Content-Range: of {part.total} bytes; the content was expected to have {len(content)}"
    elif part.stop > len(content):
        yield f"Content-Range: up to byte {part.stop}; the content was expected to have {len(content)}"
    name = f"content from byte {part.start} to {part.stop}"
    yield from of_bytes(name, part.data, content[part.start : part.stop], start=part.start)


def of_bytes(name: str, sent: bytes, expected: bytes, *, start: int = 0) -> Differences:
    if sent != expected:
        head, *lines = how_they_differ(sent, expected, start=start)
        length = counted(sent, len(expected) + SLACK)
        first = f"{name}: {length} bytes, {len(expected)} expected; {head}"
        yield "\n    ".join([first, *lines])


def of_length(body: bytes, length: int, fields: Fields, response: Any) -> Differences:
    """Hold the body against what was announced, which clients wait for; not if it was broken off."""
    announced = fields.get("content-length")
    if announced is not None and announced != str(len(body)) and len(body) < length + SLACK:
        hint = "; was it read before?" if response.streaming and not body else ""
        yield f"Content-Length: {announced}, but the body has {len(body)} bytes{hint}"


def taken(response: Any, length: int) -> bytes:
    """Read the body of about so many bytes, and close the response."""
    try:
        return body_of(response, length + SLACK)
    finally:
        ended(response)


def counted(body: bytes, limit: int) -> str:
    return f"more than {limit - 1}" if len(body) >= limit else str(len(body))
