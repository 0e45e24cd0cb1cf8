"""What is tried on all that is read from a header field, or ends in one: a function of any bytes, and its rules."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from downloadable.domain import (
    ANY,
    ByteRange,
    Disposition,
    DownloadRequest,
    EntityTag,
    Plan,
    PolicyError,
    Resource,
    ServingPolicy,
    clean_name,
    decide,
    format_http_date,
    guess_media_type,
    parse_http_date,
    parse_ranges,
    parse_tags,
    select_ranges,
)
from downloadable.domain.disposition import sendable_name
from downloadable.domain.media_types import essence, is_content_coding, is_media_type, with_charset
from downloadable.domain.multipart import framed
from downloadable.domain.plan import length_of

__all__ = ["FIELD_TARGETS", "field_text", "fields_of", "name_text"]

NOW = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
MODIFIED = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)
BOUNDARY = "0123456789abcdef0123456789abcdef"
SIZES = (0, 1, 10, 1024, 10**19)
RESOURCES = [
    Resource(name="notes.txt", size=1024, last_modified=MODIFIED, entity_tag=EntityTag("v1")),
    Resource(name="a.bin", size=0, entity_tag=EntityTag("v1", weak=True)),
    Resource(name="b", size=None, last_modified=MODIFIED, seekable=False),
]
SERVED = (200, 206, 304, 412, 416)


def field_text(data: bytes) -> str:
    """Return a field value as servers hand it on: bytes as latin-1."""
    return data.decode("latin-1")


def name_text(data: bytes) -> str:
    """Return a name as Python reads it from a disk: any text, and lone surrogates for what is none."""
    return data.decode("utf-8", "surrogateescape")


def fields_of(data: bytes) -> dict[str, str]:
    """Read a line for each field, as on the wire; what is no field is left out."""
    lines = [line.partition(":") for line in field_text(data).split("\n")]
    return {name.strip(): value.strip(" \t\r") for name, colon, value in lines if colon}


def ranges(data: bytes) -> None:
    """Ranges that were understood can be spelled again; what is selected of them exists, and is no more than all."""
    specs = parse_ranges(field_text(data))
    if specs is None:
        return
    assert specs
    assert parse_ranges("bytes=" + ",".join(map(str, specs))) == specs
    for size in SIZES:
        selected = select_ranges(specs, size, 16)
        if selected is None:
            continue
        assert len(selected) <= 16
        placed = sorted((one.start, one.stop or 0) for one in selected)
        assert all(0 <= start < stop <= size for start, stop in placed)
        assert all(before[1] < after[0] for before, after in pairwise(placed))


def entity_tags(data: bytes) -> None:
    """Tags that were found stand in the text, and mean the same when they are spelled again."""
    text = field_text(data)
    tags = parse_tags(text)
    if tags is ANY:
        assert text.strip(" \t") == "*"
        return
    assert sum(len(str(tag)) for tag in tags) <= len(text)
    assert parse_tags(", ".join(map(str, tags))) == tags
    one = EntityTag.parse(text)
    assert one is None or tags == (one,)


def http_dates(data: bytes) -> None:
    """A date that was understood is a whole second in UTC, and means the same when it is spelled again."""
    moment = parse_http_date(field_text(data), now=NOW)
    if moment is not None:
        assert (moment.tzinfo, moment.microsecond) == (UTC, 0)
        assert parse_http_date(format_http_date(moment)) == moment


def requests(data: bytes) -> None:
    """Whatever the fields of a request are, there is an answer, and it announces what it sends."""
    fields = fields_of(data)
    for method in ("GET", "HEAD", "POST"):
        asked = DownloadRequest.from_headers(method, fields)
        for resource in RESOURCES:
            check(decide(resource, ServingPolicy(), asked, now=NOW, new_boundary=lambda: BOUNDARY))


def check(plan: Plan) -> None:
    assert plan.status in SERVED
    length = plan.header("Content-Length")
    if plan.body and length is not None:
        assert int(length) == length_of(plan.body)
    for name, value in plan.headers:
        assert name.isascii()
        assert value.isascii()
        assert value.isprintable()


def dispositions(data: bytes) -> None:
    """A disposition that was understood is the same when it is spelled again."""
    found = Disposition.parse(field_text(data))
    if found is not None:
        assert Disposition.parse(str(found)) == found


def names(data: bytes) -> None:
    """Whatever a name is, what is made of it is a name and stays as it is; its field is short, plain ASCII."""
    name = name_text(data)
    for made in (clean_name(name), sendable_name(name)):
        assert made not in ("", ".", "..")
        assert not {"/", "\\", "\0", "\r", "\n"} & set(made)
        assert len(made.encode()) <= 255
    assert clean_name(clean_name(name)) == clean_name(name)
    assert sendable_name(sendable_name(name)) == sendable_name(name)
    disposition = Disposition("attachment", clean_name(name))
    spelled = str(disposition)
    assert spelled.isascii()
    assert spelled.isprintable()
    assert len(spelled) < 1100
    assert Disposition.parse(spelled) == disposition
    assert is_media_type(guess_media_type(name))


def media_types(data: bytes) -> None:
    """What passes for a media type or a coding can be sent, with a charset, too."""
    text = name_text(data)
    if is_media_type(text):
        assert is_media_type(with_charset(text, "utf-8"))
        kind, slash, subtype = essence(text).partition("/")
        assert slash
        assert kind
        assert subtype
        assert not {"\r", "\n", "\0"} & set(text)
    if is_content_coding(text):
        assert text.isascii()
        assert text.replace("\t", " ").isprintable()


def multipart(data: bytes) -> None:
    """The parts of a body can be told apart, and each is what its fields say."""
    specs = parse_ranges(field_text(data)) or ()
    content = bytes(range(256)) * 4
    selected = select_ranges(specs, len(content), 16)
    if not selected or len(selected) < 2:
        return
    body = b"".join(
        content[part.start : part.stop] if isinstance(part, ByteRange) else part
        for part in framed(selected, len(content), "text/plain", BOUNDARY)
    )
    before, *parts, after = body.split(f"--{BOUNDARY}".encode())
    assert (before, after) == (b"", b"--\r\n")
    for part, wanted in zip(parts, selected, strict=True):
        head, _, rest = part.partition(b"\r\n\r\n")
        assert f"Content-Range: {wanted.content_range(len(content))}".encode() in head
        assert rest == content[wanted.start : wanted.stop] + b"\r\n"


def policies(data: bytes) -> None:
    """A policy refuses a field with its own error; what it takes can be sent."""
    name, _, value = name_text(data).partition("=")
    try:
        policy = ServingPolicy().evolve(**{name: value})
    except PolicyError:
        return
    for resource in RESOURCES:
        check(decide(resource, policy, DownloadRequest(), now=NOW, new_boundary=lambda: BOUNDARY))


FIELD_TARGETS = (
    ranges, entity_tags, http_dates, requests, dispositions, names, media_types, multipart, policies,
)  # fmt: skip
