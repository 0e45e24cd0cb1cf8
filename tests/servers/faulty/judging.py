"""Whether what a client got is right, or to be seen to be broken: by what the origin sent, not by what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from tests.servers.faulty.plans import Answer, Plan, Version
from tests.servers.faulty.ways import Got

__all__ = ["assert_honest"]

ERRORS = frozenset({403, 404, 502, 503, 504})
CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")
PART = re.compile(rb"\r\nContent-Range: (bytes [0-9]+-[0-9]+/[0-9]+)\r\n\r\n")


@frozen
class Truth:
    """What may be taken for the content, and what it goes by."""

    body: bytes
    etag: str | None
    modified: str | None
    encoding: str | None


def assert_honest(plan: Plan, asked: Mapping[str, str], got: Got) -> None:
    """Assert that a client of *plan* has got bytes of one content only, and sees it if some of them are missing."""
    if got.status in ERRORS:
        assert got.whole
        return
    truths = list(truths_of(plan))
    if got.status == 416:
        assert "Range" in asked
        assert got.fields["content-range"] in {f"bytes */{len(truth.body)}" for truth in truths}
        return
    assert got.status in (200, 206)
    assert any(is_of(truth, asked, got) for truth in truths), "These bytes are of no content."


def truths_of(plan: Plan) -> Iterator[Truth]:
    """Yield what each answer promises."""
    for answer in (*plan.answers, Answer(version=plan.then)):
        version = plan.versions[answer.version]
        said = {"ETag": version.etag, "Last-Modified": version.modified, **dict(answer.fields)}
        for body in bodies_of(answer, version):
            yield Truth(body, said["ETag"], said["Last-Modified"], version.encoding)


def bodies_of(answer: Answer, version: Version) -> Iterator[bytes]:
    body = version.body()
    yield body
    if answer.announced < 0:
        yield body[: answer.announced]
    # "[...] a response message without a declared message body length [...] is considered complete regardless of the
    # number of message body octets received, provided that the header section was received intact."  (RFC 9112, 8)
    ends_by_closing = answer.framing == "close" or ("Content-Length", None) in answer.fields
    if ends_by_closing and answer.cut is not None and (answer.cut.how, answer.cut.of) == ("close", "body"):
        yield body[: answer.cut.at]


def is_of(truth: Truth, asked: Mapping[str, str], got: Got) -> bool:
    """Tell whether all that came is of this content, and all of it came if it ended well."""
    # A validator that goes with the wrong bytes spoils what the client asks for next.
    if got.fields.get("etag") not in (None, truth.etag) or got.fields.get("last-modified") not in (
        None,
        truth.modified,
    ):
        return False
    if got.fields.get("content-encoding") != truth.encoding:
        return False
    if got.status == 200:
        return is_slice(got, truth.body)
    assert "Range" in asked
    # The client puts the part to what it has.
    if asked.get("If-Range", got.fields.get("etag")) not in (
        got.fields.get("etag"),
        got.fields.get("last-modified"),
    ):
        return False
    if (told := got.fields.get("content-range")) is not None:
        return is_slice(got, told_slice(told, truth))
    return all_parts_are_of(truth, got)


def is_slice(got: Got, wanted: bytes | None) -> bool:
    if wanted is None or not wanted.startswith(got.body):
        return False
    return got.body == wanted or not got.whole


def told_slice(content_range: str, truth: Truth) -> bytes | None:
    """Return the bytes that Content-Range speaks of, if it can speak of this content."""
    found = CONTENT_RANGE.fullmatch(content_range)
    assert found is not None, content_range
    first, last, size = map(int, found.groups())
    return truth.body[first : last + 1] if size == len(truth.body) and first <= last < size else None


def all_parts_are_of(truth: Truth, got: Got) -> bool:
    """Tell whether each part of a multipart body, of which the last may be broken off, is what it says."""
    assert got.fields["content-type"].startswith("multipart/byteranges; boundary="), got.fields
    place, parts = 0, 0
    while found := PART.search(got.body, place):
        wanted = told_slice(found[1].decode(), truth)
        if wanted is None or not wanted.startswith(got.body[found.end() : found.end() + len(wanted)]):
            return False
        place, parts = found.end() + len(wanted), parts + 1
    if not got.whole:
        return True
    return parts > 1 and got.body.endswith(b"--\r\n") and place < len(got.body)
