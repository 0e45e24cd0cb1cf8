from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve
from requests.structures import CaseInsensitiveDict

from downloadable.adapters.http.failures import error_of
from downloadable.adapters.remote.answers import Answer, body_of, further_fields, sent_along, understood
from downloadable.domain import (
    ByteRange,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
    DownloadRequest,
    EntityTag,
    Resource,
)

DAY = datetime(2024, 2, 29, 12, tzinfo=UTC)
SPELT_DAY = "Thu, 29 Feb 2024 12:00:00 GMT"
LATER = "Thu, 29 Feb 2024 13:00:00 GMT"
V1, WEAK = EntityTag("v1"), EntityTag("v1", weak=True)


def asking(method: str = "GET", **fields: str) -> DownloadRequest:
    """Parse a request; ``If_Range`` stands for If-Range."""
    return DownloadRequest.from_headers(
        method, {name.replace("_", "-"): text for name, text in fields.items()}
    )


def told(status: int, asked: DownloadRequest, **fields: str) -> Answer | None:
    """Say what an answer with these fields tells."""
    spelt = CaseInsensitiveDict({name.replace("_", "-"): text for name, text in fields.items()})
    return understood("a.txt", status, spelt, asked)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        pytest.param(asking(), {}, id="nothing"),
        pytest.param(asking(If_None_Match='"a" , W/"b"'), {"If-None-Match": '"a", W/"b"'}, id="tags"),
        pytest.param(asking(If_None_Match="*"), {"If-None-Match": "*"}, id="any tag"),
        pytest.param(
            asking(If_None_Match='"a', If_Modified_Since=SPELT_DAY), {}, id="a broken tag beats a date, too"
        ),
        pytest.param(
            asking(If_Modified_Since="Thursday, 29-Feb-24 12:00:00 GMT"),
            {"If-Modified-Since": SPELT_DAY},
            id="date",
        ),
        pytest.param(
            asking(If_None_Match='"a"', If_Modified_Since=SPELT_DAY),
            {"If-None-Match": '"a"'},
            id="tag beats date",
        ),
        pytest.param(
            asking(If_Match='"a"', If_Unmodified_Since=SPELT_DAY), {}, id="no condition that ends in 412"
        ),
        pytest.param(asking(Range="Bytes= 0-4 ,"), {"Range": "bytes=0-4"}, id="range, re-written"),
        pytest.param(asking(Range="bytes=-5"), {"Range": "bytes=-5"}, id="suffix"),
        pytest.param(asking(Range="bytes=5-"), {"Range": "bytes=5-"}, id="open range"),
        pytest.param(asking(Range="bytes=7-8,0-1"), {"Range": "bytes=7-8"}, id="first of a set"),
        pytest.param(asking(Range="bytes=x"), {}, id="broken range"),
        pytest.param(asking("HEAD", Range="bytes=0-4"), {}, id="no range with HEAD"),
        pytest.param(asking("HEAD", If_None_Match='"a"'), {"If-None-Match": '"a"'}, id="condition with HEAD"),
        pytest.param(asking("POST", Range="bytes=0-4", If_None_Match='"a"'), {}, id="nothing with POST"),
        pytest.param(
            asking(Range="bytes=0-4", If_Range='"v1"'),
            {"Range": "bytes=0-4", "If-Range": '"v1"'},
            id="If-Range, tag",
        ),
        pytest.param(
            asking(Range="bytes=0-4", If_Range=SPELT_DAY),
            {"Range": "bytes=0-4", "If-Range": SPELT_DAY},
            id="If-Range, date",
        ),
        pytest.param(asking(Range="bytes=0-4", If_Range='W/"v1"'), {}, id="weak If-Range never matches"),
        pytest.param(asking(Range="bytes=0-4", If_Range="v1"), {}, id="broken If-Range never matches"),
        pytest.param(asking(If_Range='"v1"'), {}, id="If-Range without Range"),
    ],
)
def test_what_is_sent_along(asked: DownloadRequest, sent: dict[str, str]) -> None:
    """Conditions that end in 304 and the first range go along, spelt from what was understood."""
    assert sent_along(asked) == sent


def test_a_whole_answer_tells_everything() -> None:
    """Size, type, coding, validators and ranges are taken from a 200 as they are."""
    answer = told(
        200,
        asking(),
        Content_Length="10",
        Content_Type="text/csv; charset=utf-16",
        Content_Encoding="gzip",
        ETag='W/"v1"',
        Last_Modified=SPELT_DAY,
        Accept_Ranges="bytes",
        Set_Cookie="a=b",
        Connection="X-Hop",
        X_Hop="1",
    )
    resource = Resource(
        name="a.txt",
        size=10,
        content_type="text/csv; charset=utf-16",
        content_encoding="gzip",
        last_modified=DAY,
        entity_tag=WEAK,
        seekable=True,
    )
    assert answer == Answer(resource, ByteRange(0, 10))


def test_a_bare_answer_tells_nothing() -> None:
    """What is not said, or cannot be read, is not known."""
    answer = told(200, asking(), ETag="v1", Last_Modified="yesterday", Accept_Ranges="none")
    assert answer == Answer(Resource(name="a.txt", seekable=False), ByteRange(0, None))


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"Content_Length": "0"}, 0),
        ({"Content_Length": "10, 10"}, 10),
        ({"Content_Length": "10", "Transfer_Encoding": "chunked"}, None),
        ({"Transfer_Encoding": "Chunked"}, None),
        ({}, None),
    ],
)
def test_the_size_is_the_length_that_frames_the_answer(fields: dict[str, str], size: int | None) -> None:
    """Content-Length counts, said once or repeated, unless the answer comes in chunks (RFC 9112, 6.3)."""
    answer = told(200, asking(), **fields)
    assert answer is not None
    assert answer.resource.size == size


@pytest.mark.parametrize("text", ["", "-1", "+1", "1_0", "1.0", "0x10", "10, 11", "٣", "1" * 5000, "ten"])
def test_a_length_that_is_none_makes_no_sense(text: str) -> None:
    """Nobody can tell where such an answer ends (RFC 9112, 6.3)."""
    with pytest.raises(ContentInvalid):
        told(200, asking(), Content_Length=text)


@pytest.mark.parametrize(
    "text", ["gzip, chunked", "chunked, chunked", "chunked ", "gzip", "identity", "x", ""]
)
def test_another_framing_than_chunks_makes_no_sense(text: str) -> None:
    """http.client takes nothing else apart: the framing would be served as if it were the content."""
    coding = {"Transfer-Encoding": text}
    part = CaseInsensitiveDict({**SAME, "Content-Range": "bytes 2-4/10", **coding})
    with pytest.raises(ContentInvalid):
        understood("a.txt", 200, CaseInsensitiveDict(coding), asking())
    with pytest.raises(ContentInvalid):
        understood("a.txt", 206, part, asking(Range="bytes=2-4"))
    for status in (200, 206):
        with pytest.raises(ContentInvalid):
            body_of(status, part, DESCRIBED, ByteRange(2, 5))


@pytest.mark.parametrize(
    ("spelt", "content_range", "body"),
    [
        pytest.param("bytes=2-4", "bytes 2-4/10", ByteRange(2, 5), id="exact"),
        pytest.param("bytes=2-400", "BYTES 2-9/10", ByteRange(2, 10), id="clipped"),
        pytest.param("bytes=-3", "bytes 7-9/10", ByteRange(7, 10), id="suffix"),
        pytest.param("bytes=2-4", "bytes 2-3/10", None, id="less than asked"),
        pytest.param("bytes=2-4", "bytes 2-5/10", None, id="more than asked"),
        pytest.param("bytes=2-4", "bytes 0-9/10", None, id="from the start"),
        pytest.param("bytes=2-4", "bytes 2-4/*", None, id="of unknown size"),
        pytest.param("bytes=2-4", "bytes 2-4/4", None, id="behind the end"),
        pytest.param("bytes=2-4", "bytes 4-2/10", None, id="backwards"),
        pytest.param("bytes=2-4", "bytes */10", None, id="none"),
        pytest.param("bytes=2-4", "items 2-4/10", None, id="other unit"),
        pytest.param("bytes=2-4", f"bytes 2-4/{'9' * 5000}", None, id="too many digits"),
        pytest.param("bytes=2-4", "", None, id="missing"),
    ],
)
def test_a_partial_answer_is_held_against_what_was_asked(
    spelt: str, content_range: str, body: ByteRange | None
) -> None:
    """A 206 tells the complete size, if it is of exactly the range that was asked for."""
    answer = told(206, asking(Range=spelt), Content_Range=content_range, ETag='"v1"', Content_Type="text/x")
    assert answer == (
        Answer(Resource(name="a.txt", size=10, content_type="text/x", entity_tag=V1), body, pinned=True)
        if body
        else None
    )


def test_a_partial_answer_of_another_length_is_not_trusted() -> None:
    """Content-Range and Content-Length have to agree."""
    assert told(206, asking(Range="bytes=2-4"), Content_Range="bytes 2-4/10", Content_Length="4") is None


@pytest.mark.parametrize(
    ("if_range", "fields", "believed"),
    [
        pytest.param('"v1"', {"ETag": '"v1"'}, True, id="tag"),
        pytest.param('"v1"', {}, False, id="no tag"),
        pytest.param('"v1"', {"ETag": '"v2"'}, False, id="other tag"),
        pytest.param('"v1"', {"ETag": 'W/"v1"'}, False, id="weak tag"),
        pytest.param('"v1"', {"Last_Modified": SPELT_DAY}, False, id="date for a tag"),
        pytest.param(SPELT_DAY, {"Last_Modified": SPELT_DAY}, True, id="date"),
        pytest.param(SPELT_DAY, {}, False, id="no date"),
        pytest.param(SPELT_DAY, {"Last_Modified": LATER}, False, id="other date"),
        pytest.param(SPELT_DAY, {"ETag": '"v1"'}, False, id="tag for a date"),
    ],
)
@pytest.mark.parametrize("status", [206, 416])
def test_an_answer_to_if_range_names_its_validator(
    status: int, if_range: str, fields: dict[str, str], believed: bool
) -> None:
    """An origin that ignores If-Range must not make a client put parts of two contents together."""
    spelt, content_range = ("bytes=0-0", "bytes 0-0/10") if status == 206 else ("bytes=99-", "bytes */10")
    answer = told(status, asking(Range=spelt, If_Range=if_range), Content_Range=content_range, **fields)
    assert (answer is not None) is believed


@pytest.mark.parametrize(
    ("fields", "seekable"),
    [
        pytest.param({"Range": "bytes=2-4"}, False, id="range ignored"),
        pytest.param({"Range": "bytes=2-4", "If_Range": '"v0"'}, True, id="stale If-Range"),
        pytest.param({"Range": "bytes=x"}, True, id="range not sent"),
        pytest.param({}, True, id="no range"),
    ],
)
def test_an_origin_that_ignores_a_range_is_not_asked_for_it_again(
    fields: dict[str, str], seekable: bool
) -> None:
    """Whatever it announces: the answer with everything is taken as it is."""
    answer = told(200, asking(**fields), Accept_Ranges="bytes", Content_Length="10")
    assert answer == Answer(Resource(name="a.txt", size=10, seekable=seekable), ByteRange(0, 10))


@pytest.mark.parametrize(
    ("asked", "fields", "known"),
    [
        pytest.param(
            asking(If_None_Match='"v1"'), {"ETag": 'W/"v1"'}, {"entity_tag": WEAK}, id="tag repeated"
        ),
        pytest.param(asking(If_None_Match='"v1"'), {}, {"entity_tag": V1}, id="tag not repeated"),
        pytest.param(
            asking(If_None_Match='"a", "v1"'),
            {"ETag": '"v1"'},
            {"entity_tag": V1},
            id="one of several repeated",
        ),
        pytest.param(asking(If_None_Match='"a", "v1"'), {}, None, id="one of several not repeated"),
        pytest.param(
            asking(If_None_Match='"v1"'), {"ETag": '"v2"'}, None, id="a tag that was not asked about"
        ),
        pytest.param(asking(If_None_Match="*"), {}, {}, id="any"),
        pytest.param(
            asking(If_None_Match='"v1"'),
            {"Last-Modified": SPELT_DAY},
            {"entity_tag": V1, "last_modified": DAY},
            id="date told beside the tag",
        ),
        pytest.param(asking(If_Modified_Since=SPELT_DAY), {}, {"last_modified": DAY}, id="date not repeated"),
        pytest.param(
            asking(If_Modified_Since=LATER), {"Last-Modified": SPELT_DAY}, {"last_modified": DAY}, id="date"
        ),
        pytest.param(
            asking(If_Modified_Since=SPELT_DAY), {"Last-Modified": LATER}, None, id="changed all the same"
        ),
        pytest.param(
            asking(If_None_Match='"v1"', If_Match='"v2"'), {}, None, id="a condition that fails before it"
        ),
    ],
)
def test_not_modified_is_believed_if_it_can_be_followed(
    asked: DownloadRequest, fields: dict[str, str], known: dict[str, object] | None
) -> None:
    """A 304 stands if the validators it names, or the only ones asked about, lead to 304 here, too."""
    told_of = CaseInsensitiveDict({**fields, "Content-Type": "text/x", "Content-Length": "3"})
    answer = understood("a.txt", 304, told_of, asked)
    if known is None:
        assert answer is None
    else:
        assert answer == Answer(Resource(name="a.txt", **known))  # type: ignore[arg-type]  # a table of mixed fields


@pytest.mark.parametrize(
    ("spelt", "content_range", "believed"),
    [
        pytest.param("bytes=10-", "bytes */10", True, id="behind the end"),
        pytest.param("bytes=-0", "bytes */10", True, id="empty suffix"),
        pytest.param("bytes=10-,20-30", "bytes */10", True, id="all of a set"),
        pytest.param("bytes=10-,0-1", "bytes */10", False, id="first of a set"),
        pytest.param("bytes=9-", "bytes */10", False, id="that is there"),
        pytest.param("bytes=-5", "bytes */0", False, id="suffix of nothing"),
        pytest.param("bytes=10-", "", False, id="size not told"),
        pytest.param("bytes=10-", "bytes 0-9/10", False, id="not a 416's"),
    ],
)
def test_not_satisfiable_is_believed_if_it_can_be_followed(
    spelt: str, content_range: str, believed: bool
) -> None:
    """A 416 stands if the size that it tells leads to 416 here, too; its type is that of an error page."""
    answer = told(
        416, asking(Range=spelt), Content_Range=content_range, Content_Type="text/html", Content_Length="99"
    )
    assert answer == (Answer(Resource(name="a.txt", size=10)) if believed else None)


@pytest.mark.parametrize("field", ["X_Accel_Redirect", "x_sendfile"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_for_a_server_in_front_makes_no_sense(field: str, method: str) -> None:
    """An application that was asked past its own server sends no body; that is not an empty file."""
    with pytest.raises(ContentInvalid, match="left its body"):
        told(200, asking(method), **{field: "/protected/a.txt"})


@pytest.mark.parametrize("status", [206, 304, 412, 416])
def test_an_answer_to_what_was_not_asked_makes_no_sense(status: int) -> None:
    """Without a condition there is no 304, without a range no 206 and no 416, and 412 never."""
    with pytest.raises(ContentInvalid):
        told(status, asking(If_Match='"v1"'), Content_Range="bytes 0-0/1")


@pytest.mark.parametrize(
    ("described", "wanted", "fields"),
    [
        pytest.param(
            Resource(size=9, entity_tag=V1, last_modified=DAY),
            ByteRange(2, 4),
            {"If-Match": '"v1"', "Range": "bytes=2-3"},
            id="strong tag",
        ),
        pytest.param(
            Resource(size=9, entity_tag=WEAK, last_modified=DAY),
            ByteRange(2, 9),
            {"If-Unmodified-Since": SPELT_DAY, "Range": "bytes=2-8"},
            id="weak tag",
        ),
        pytest.param(Resource(size=9), ByteRange(0, 1), {"Range": "bytes=0-0"}, id="no validator"),
        pytest.param(Resource(size=9, entity_tag=V1), ByteRange(0, 9), {"If-Match": '"v1"'}, id="all"),
        pytest.param(Resource(), ByteRange(3, None), {"Range": "bytes=3-"}, id="unknown end"),
        pytest.param(Resource(size=9, seekable=False), ByteRange(3, 5), {}, id="not seekable"),
    ],
)
def test_more_is_asked_for_on_condition(
    described: Resource, wanted: ByteRange, fields: dict[str, str]
) -> None:
    """A further request asks for bytes of exactly what was described, by the strongest validator there is."""
    assert further_fields(described, wanted) == fields


DESCRIBED = Resource(name="a.txt", size=10, entity_tag=V1, last_modified=DAY)
SAME = {"ETag": '"v1"', "Last-Modified": SPELT_DAY}


@pytest.mark.parametrize(
    ("status", "fields", "body"),
    [
        pytest.param(206, {**SAME, "Content-Range": "bytes 2-4/10"}, ByteRange(2, 5), id="the range"),
        pytest.param(200, {**SAME, "Content-Length": "10"}, ByteRange(0, 10), id="all, the range ignored"),
        pytest.param(200, SAME, ByteRange(0, None), id="all, of unknown length"),
        pytest.param(412, SAME, ContentChanged, id="condition failed"),
        pytest.param(416, {"Content-Range": "bytes */1"}, ContentChanged, id="shorter than the range"),
        pytest.param(206, {**SAME, "Content-Range": "bytes 2-4/11"}, ContentChanged, id="other size"),
        pytest.param(200, {**SAME, "Content-Length": "11"}, ContentChanged, id="all, other size"),
        pytest.param(
            206, {**SAME, "ETag": '"v2"', "Content-Range": "bytes 2-4/10"}, ContentChanged, id="other tag"
        ),
        pytest.param(
            200, {"Last-Modified": SPELT_DAY, "Content-Length": "10"}, ContentChanged, id="no tag any more"
        ),
        pytest.param(
            206, {**SAME, "Last-Modified": LATER, "Content-Range": "bytes 2-4/10"}, ContentChanged, id="date"
        ),
        pytest.param(206, {**SAME, "Content-Range": "bytes 3-5/10"}, ContentInvalid, id="another range"),
        pytest.param(206, SAME, ContentInvalid, id="no Content-Range"),
        pytest.param(
            206,
            {**SAME, "Content-Range": "bytes 2-4/10", "Content-Length": "4"},
            ContentInvalid,
            id="two lengths of the range",
        ),
        pytest.param(304, SAME, ContentInvalid, id="not asked"),
        pytest.param(200, {**SAME, "Content-Encoding": "gzip"}, ContentChanged, id="compressed"),
        pytest.param(
            206,
            {
                **SAME,
                "Content-Range": "bytes 2-4/10",
                "Content-Type": "multipart/byteranges; boundary=b",
            },
            ContentInvalid,
            id="several parts",
        ),
    ],
)
def test_more_is_only_taken_of_the_same_content(
    status: int, fields: dict[str, str], body: ByteRange | type[ContentError]
) -> None:
    """Size and validators have to be those described; what is the range or all is told apart."""
    if isinstance(body, ByteRange):
        assert body_of(status, CaseInsensitiveDict(fields), DESCRIBED, ByteRange(2, 5)) == body
    else:
        with pytest.raises(body):
            body_of(status, CaseInsensitiveDict(fields), DESCRIBED, ByteRange(2, 5))


def test_a_coding_is_the_same_in_any_case() -> None:
    """How a coding is spelt says nothing of the content."""
    described = evolve(DESCRIBED, content_encoding="gzip")
    fields = CaseInsensitiveDict({**SAME, "Content-Encoding": "GZIP"})
    assert body_of(200, fields, described, ByteRange(0, 10)) == ByteRange(0, None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, ContentNotFound),
        (410, ContentNotFound),
        (401, ContentForbidden),
        (403, ContentForbidden),
        (408, ContentUnavailable),
        (429, ContentUnavailable),
        (500, ContentUnavailable),
        (502, ContentUnavailable),
        (503, ContentUnavailable),
        (504, ContentTimeout),
        (599, ContentUnavailable),
        (204, ContentInvalid),
        (203, ContentInvalid),
        (300, ContentInvalid),
        (302, ContentInvalid),
        (400, ContentInvalid),
        (405, ContentInvalid),
        (418, ContentInvalid),
    ],
)
def test_each_status_is_one_error(status: int, error: type[ContentError]) -> None:
    """Not found, not allowed, down, too slow, or nonsense."""
    assert type(error_of(status, {}, "http://a/b")) is error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("999999999", 86_400),
        ("1" * 5000, None),
        ("-1", None),
        ("soon", None),
        (LATER, 3600),
        ("Thu, 29 Feb 2024 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503, 504])
def test_retry_after_is_passed_on(status: int, text: str | None, seconds: int | None) -> None:
    """Seconds or a date become seconds, a day at most (RFC 9110, 10.2.3)."""
    fields = CaseInsensitiveDict({} if text is None else {"Retry-After": text})
    error = error_of(status, fields, "http://a/b", now=DAY)
    assert isinstance(error, ContentUnavailable)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("fields", "pinned"),
    [
        pytest.param({"ETag": '"v1"'}, True, id="strong tag"),
        pytest.param({"ETag": 'W/"v1"'}, False, id="weak tag"),
        pytest.param({}, False, id="nothing"),
        pytest.param({"Last-Modified": "Tue, 01 Jul 2025 10:00:00 GMT"}, False, id="date, at no known time"),
        pytest.param(
            {"Last-Modified": "Tue, 01 Jul 2025 10:00:00 GMT", "Date": "Tue, 01 Jul 2025 10:00:59 GMT"},
            False,
            id="date of just now",
        ),
        pytest.param(
            {"Last-Modified": "Tue, 01 Jul 2025 10:00:00 GMT", "Date": "Tue, 01 Jul 2025 10:01:00 GMT"},
            True,
            id="date of long ago",
        ),
        pytest.param(
            {
                "ETag": 'W/"v1"',
                "Last-Modified": "Tue, 01 Jul 2025 10:00:00 GMT",
                "Date": "Tue, 01 Jul 2025 10:01:00 GMT",
            },
            False,
            id="a weak tag says that bytes may differ, whatever the date",
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 206])
def test_a_strong_validator_pins_the_content(status: int, fields: dict[str, str], pinned: bool) -> None:
    """Only with a strong validator can bytes be asked for that must go together (RFC 9110, 8.8.1, 8.8.2.2)."""
    asked = asking(Range="bytes=2-4") if status == 206 else asking()
    spelt = {name.replace("-", "_"): text for name, text in fields.items()}
    answer = told(status, asked, **spelt, **({"Content_Range": "bytes 2-4/10"} if status == 206 else {}))
    assert answer is not None
    assert answer.pinned is pinned
