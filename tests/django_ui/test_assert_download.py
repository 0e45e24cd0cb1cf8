"""What ``assert_download`` lets pass, and each way in which it fails."""

from __future__ import annotations

import gzip
import re
from itertools import repeat
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseNotFound,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable import EntityTag, assert_download, download
from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.domain import Plan

TEXT = "tea;3\ncrème;4\nsugar;1\n"
CONTENT = TEXT.encode()
BINARY = bytes(range(256))
TAG = "e0a8"  # of no content here


def answer(
    thing: Any = CONTENT, *, method: str = "GET", policy: Any = None, **fields: str
) -> HttpResponseBase:
    """Return the answer of a view that serves *thing*."""
    request = RequestFactory().generic(
        method, "/", headers={name.replace("_", "-"): value for name, value in fields.items()}
    )
    return download(request, thing, **{"basename": "prices.csv", **(policy or {})})


def made(body: Any = CONTENT, status: int = 200, kind: Any = HttpResponse, **fields: str) -> HttpResponseBase:
    """Return a response as somebody else may have made it."""
    headers = {"Content-Disposition": 'attachment; filename="prices.csv"', "Content-Type": "text/csv"}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    response: HttpResponseBase = kind(body, status=status, headers={k: v for k, v in headers.items() if v})
    return response


def parts(*pieces: tuple[str, bytes], boundary: str = "b", end: bytes = b"\r\n--b--\r\n") -> Any:
    """Return several ranges as somebody may have framed them; each with its Content-Range."""
    framed = [
        f"--{boundary}\r\nContent-Type: text/csv\r\nContent-Range: bytes {span}\r\n\r\n".encode() + data
        for span, data in pieces
    ]
    return made(b"\r\n".join(framed) + end, 206, Content_Type=f"multipart/byteranges; boundary={boundary}")


def redirect(url: str, *, ours: bool = True) -> HttpResponseBase:
    """Return a redirection: of a delegate, or of anybody."""
    return ProxiedDownloadResponse(Plan(302, (("Location", url),))) if ours else HttpResponseRedirect(url)


TRUE: list[Any] = [
    pytest.param(answer, {}, id="nothing but a download"),
    pytest.param(answer, {"content": CONTENT}, id="bytes"),
    pytest.param(answer, {"content": bytearray(CONTENT)}, id="bytearray"),
    pytest.param(answer, {"content": memoryview(CONTENT)}, id="memoryview"),
    pytest.param(answer, {"content": TEXT}, id="text"),
    pytest.param(lambda: answer(b""), {"content": b"", "size": 0}, id="empty"),
    pytest.param(lambda: answer(bytes(300_000)), {"content": bytes(300_000)}, id="large"),
    pytest.param(lambda: answer(iter([TEXT])), {"content": TEXT, "entity_tag": False}, id="generated"),
    pytest.param(made, {"content": TEXT, "basename": "prices.csv"}, id="somebody else's"),
    pytest.param(
        lambda: made(iter([CONTENT]), kind=StreamingHttpResponse),
        {"content": TEXT},
        id="somebody else's stream",
    ),
    pytest.param(
        lambda: FileResponse(ContentFile(CONTENT, name="č.bin"), as_attachment=True),
        {"content": CONTENT, "basename": "č.bin", "attachment": True, "size": len(CONTENT)},
        id="Django's",
    ),
    pytest.param(
        lambda: answer(policy={"basename": "č.csv"}), {"basename": "č.csv"}, id="basename beyond ASCII"
    ),
    pytest.param(answer, {"content_type": "text/csv"}, id="media type"),
    pytest.param(
        lambda: answer(policy={"charset": "utf-8"}), {"content_type": "text/csv"}, id="without parameters"
    ),
    pytest.param(
        lambda: answer(policy={"charset": "utf-8"}),
        {"content_type": 'Text/CSV;charset="UTF-8"'},
        id="parameters spelled otherwise",
    ),
    pytest.param(answer, {"attachment": True}, id="attachment"),
    pytest.param(
        lambda: answer(policy={"attachment": False, "basename": "a.txt"}), {"attachment": False}, id="inline"
    ),
    pytest.param(answer, {"size": len(CONTENT)}, id="size"),
    pytest.param(answer, {"entity_tag": True}, id="any tag"),
    pytest.param(lambda: made(ETag='"e0a8"'), {"entity_tag": TAG}, id="tag without quotes"),
    pytest.param(lambda: made(ETag='"e0a8"'), {"entity_tag": '"e0a8"'}, id="tag"),
    pytest.param(lambda: made(ETag='W/"e0a8"'), {"entity_tag": 'W/"e0a8"'}, id="weak tag"),
    pytest.param(lambda: made(ETag='"e0a8"'), {"entity_tag": EntityTag(TAG)}, id="tag object"),
    pytest.param(lambda: answer(range="bytes=2-6"), {"range": (2, 7), "content": TEXT}, id="one range"),
    pytest.param(lambda: answer(range="bytes=2-6"), {"status": 206, "size": len(CONTENT)}, id="any range"),
    pytest.param(
        lambda: answer(BINARY * 4, range="bytes=2-6,10-20"),
        {"range": [(2, 7), (10, 21)], "content": BINARY * 4, "size": 1024, "content_type": "text/csv"},
        id="several ranges",
    ),
    pytest.param(
        lambda: answer(BINARY * 4, range="bytes=2-6,10-20", method="HEAD"),
        {"status": 200},
        id="no range of HEAD",
    ),
    pytest.param(lambda: parts(("0-1/23", b"te"), ("4-4/23", b"3")), {"status": 206}, id="parts unseen"),
    pytest.param(
        lambda: parts(("0-1/23", b"te"), ("4-4/*", b"3"), end=b"\r\n--b--"),
        {"range": [(0, 2), (4, 5)], "content": TEXT},
        id="parts of somebody else",
    ),
    pytest.param(lambda: answer(if_none_match="*"), {"status": 304, "entity_tag": True}, id="not modified"),
    pytest.param(lambda: answer(if_match='"no"'), {"status": 412}, id="precondition failed"),
    pytest.param(
        lambda: answer(range="bytes=99-"), {"status": 416, "size": len(CONTENT)}, id="not satisfiable"
    ),
    pytest.param(
        lambda: answer(method="HEAD"),
        {"size": len(CONTENT), "basename": "prices.csv", "entity_tag": True},
        id="HEAD",
    ),
    pytest.param(answer, {"handed_over_to": False}, id="not handed over"),
    pytest.param(lambda: redirect("https://s3/a?sig=1"), {"handed_over_to": True}, id="store"),
    pytest.param(
        lambda: redirect("https://s3/a?sig=1"), {"handed_over_to": "https://s3/a"}, id="store's URL"
    ),
    pytest.param(
        lambda: redirect("https://s3/a?sig=1", ours=False),
        {"handed_over_to": "https://s3/a?sig=1", "status": 302},
        id="whole URL of somebody else",
    ),
]


@pytest.mark.parametrize(("response_of", "expected"), TRUE)
def test_what_is_true_passes(response_of: Any, expected: dict[str, Any]) -> None:
    """Each assertion passes where it holds."""
    assert_download(response_of(), **expected)


def endless() -> Any:
    """Return a response whose body has no end."""
    return made(repeat(b"tea;3\n"), kind=StreamingHttpResponse)


def spent(response: Any) -> HttpResponseBase:
    """Return a response that somebody has read."""
    assert b"".join(response.streaming_content)
    return response  # type: ignore[no-any-return]


FALSE: list[Any] = [
    pytest.param(lambda: HttpResponse("a page"), {}, "Content-Disposition: None", id="page"),
    pytest.param(
        lambda: made(Content_Disposition="; ;"), {}, "Content-Disposition: '; ;'", id="broken disposition"
    ),
    pytest.param(
        lambda: HttpResponseNotFound("<p>No\nsuch page"),
        {},
        "404 Not Found, not 200 OK; it says '<p>No such",
        id="404",
    ),
    pytest.param(lambda: HttpResponse(status=299), {}, "status: 299, not 200 OK$", id="odd status"),
    pytest.param(
        lambda: redirect("/login/", ours=False),
        {},
        "302 Found, not 200 OK; it leads to '/login/'",
        id="login",
    ),
    pytest.param(
        lambda: StreamingHttpResponse([b"no"], status=500),
        {},
        "500 Internal Server Error, not 200 OK$",
        id="500",
    ),
    pytest.param(
        lambda: answer(range="bytes=2-6"),
        {"content": TEXT},
        "206 Partial Content, not 200 OK",
        id="unasked part",
    ),
    pytest.param(answer, {"range": (0, 1)}, "200 OK, not 206 Partial Content", id="no part"),
    pytest.param(answer, {"status": 304}, "200 OK, not 304 Not Modified", id="modified"),
    pytest.param(
        answer,
        {"basename": "č.csv"},
        "'prices.csv', not 'č.csv'; sent as 'attachment; file",
        id="basename",
    ),
    pytest.param(answer, {"content_type": "text/plain"}, "'text/csv', not 'text/plain'", id="type"),
    pytest.param(answer, {"content_type": "text"}, "'text/csv', not 'text'", id="half a type"),
    pytest.param(
        answer,
        {"content_type": "text/csv; charset=utf-8"},
        "not 'text/csv; ch",
        id="missing parameter",
    ),
    pytest.param(
        lambda: made(Content_Type="text/csv; charset=latin-1"),
        {"content_type": "text/csv; charset=utf-8"},
        "charset=latin-1', not",
        id="other parameter",
    ),
    pytest.param(answer, {"attachment": False}, "'attachment', not as 'inline'", id="attachment"),
    pytest.param(
        lambda: answer(policy={"attachment": False, "basename": "a.txt"}),
        {"attachment": True},
        "'inline', not as 'attachment'",
        id="inline",
    ),
    pytest.param(answer, {"size": 3}, "size: the client is told 23, not 3", id="size"),
    pytest.param(lambda: answer(iter([TEXT])), {"size": 3}, "told none, not 3", id="no size"),
    pytest.param(
        lambda: answer(range="bytes=2-6"), {"range": (2, 7), "size": 5}, "told 23, not 5", id="size of a part"
    ),
    pytest.param(
        lambda: answer(range="bytes=99-"), {"status": 416, "size": 5}, "told 23, not 5", id="size beside 416"
    ),
    pytest.param(
        lambda: answer(if_none_match="*"), {"status": 304, "size": 23}, "told none, not 23", id="size of 304"
    ),
    pytest.param(answer, {"entity_tag": TAG}, "not '\"e0a8\"'", id="tag"),
    pytest.param(made, {"entity_tag": TAG}, "None, not '\"e0a8\"'", id="missing tag"),
    pytest.param(lambda: made(ETag='W/"e0a8"'), {"entity_tag": TAG}, "'W/\"e0a8\"', not", id="weak tag"),
    pytest.param(made, {"entity_tag": True}, "there is no ETag", id="no tag"),
    pytest.param(lambda: made(ETag='"a"'), {"entity_tag": False}, "'\"a\"', but none", id="any tag"),
    pytest.param(lambda: made(ETag="e0a8"), {"entity_tag": True}, "'e0a8' is no entity tag", id="broken tag"),
    pytest.param(
        answer,
        {"content": TEXT.replace("è", "é")},
        "23 bytes, 23 expected; .* byte 9, line 2",
        id="text",
    ),
    pytest.param(answer, {"content": TEXT[:-1]}, "23 bytes, 22 expected; .* byte 22", id="one more"),
    pytest.param(answer, {"content": TEXT + "x"}, "23 bytes, 24 expected; .* byte 23", id="one less"),
    pytest.param(answer, {"content": b""}, "23 bytes, 0 expected; .* byte 0", id="not empty"),
    pytest.param(lambda: answer(b""), {"content": b"x"}, "0 bytes, 1 expected; .* byte 0", id="empty"),
    pytest.param(endless, {"content": b"tea;3\n"}, "more than 65541 bytes, 6 expected", id="endless"),
    pytest.param(
        lambda: made(gzip.compress(CONTENT), Content_Encoding="gzip"),
        {"content": TEXT},
        "content in gzip: ",
        id="encoded",
    ),
    pytest.param(
        lambda: made(Content_Length="30"),
        {"content": TEXT},
        "30, but the body has 23 bytes$",
        id="too short a body",
    ),
    pytest.param(
        lambda: spent(answer()),
        {"content": TEXT},
        "23, but the body has 0 bytes; was it read before",
        id="spent",
    ),
    pytest.param(
        lambda: answer(method="HEAD"), {"content": TEXT}, "content: this answers HEAD", id="content of HEAD"
    ),
    pytest.param(
        lambda: answer(range="bytes=2-6"),
        {"range": (2, 8)},
        r"range: \(2, 7\), not \(2, 8\)",
        id="other range",
    ),
    pytest.param(
        lambda: answer(range="bytes=2-6"),
        {"range": [(2, 7), (8, 9)]},
        r"not \(2, 7\), \(8, 9\)",
        id="fewer ranges",
    ),
    pytest.param(
        lambda: made(b"a;3", 206, Content_Range="bytes 2-4/23"),
        {"status": 206, "content": TEXT.replace("3", "4")},
        "content from byte 2 to 5: 3 bytes, 3 expected; the first difference is at byte 4 ",
        id="part",
    ),
    pytest.param(
        lambda: made(b"te", 206, Content_Range="bytes 2-3/23"),
        {"range": (2, 4), "content": TEXT},
        "the first difference is at byte 2 ",
        id="part from elsewhere",
    ),
    pytest.param(
        lambda: made(b"te", 206, Content_Range="bytes 0-2/23"),
        {"range": (0, 3), "content": TEXT},
        "2 bytes, 3 exp",
        id="short part",
    ),
    pytest.param(
        lambda: made(b"tea", 206, Content_Range="bytes 0-1/23"),
        {"range": (0, 2), "content": TEXT},
        "3 bytes, 2 exp",
        id="long part",
    ),
    pytest.param(
        lambda: made(b"te", 206, Content_Range="bytes 0-1/9"),
        {"range": (0, 2), "content": TEXT},
        "of 9 bytes; .* have 23",
        id="part of less",
    ),
    pytest.param(
        lambda: made(b"te", 206, Content_Range="bytes 0-1/23", Content_Length="3"),
        {"range": (0, 2)},
        "Content-Length: 3, but these are 2 bytes",
        id="length of another part",
    ),
    pytest.param(
        lambda: made(CONTENT, 206, Content_Range="bytes 0-29/*"),
        {"status": 206, "content": TEXT},
        "up to byte 30; the content was expected to have 23",
        id="part beyond the end",
    ),
    *(
        pytest.param(
            lambda span=span: made(b"te", 206, Content_Range=span),
            {"status": 206},
            "which does not tell",
            id=f"{span!r}",
        )
        for span in ("", "bytes */23", "bytes 2-1/23", "bytes 0-23/23", "items 0-1/23", "bytes 0-1")
    ),
    pytest.param(
        lambda: answer(BINARY * 4, range="bytes=2-6,10-20"),
        {"range": [(10, 21), (2, 7)]},
        r"range: \(2, 7\), \(10, 21\), not \(10, 21\), \(2, 7\)",
        id="ranges in another order",
    ),
    pytest.param(
        lambda: answer(BINARY * 4, range="bytes=2-6,10-20"),
        {"status": 206, "content": BINARY * 5},
        "of 1024 bytes",
        id="ranges of less",
    ),
    pytest.param(
        lambda: answer(BINARY * 4, range="bytes=2-6,10-20"),
        {"status": 206, "size": 3},
        "told 1024, not 3, in the part from byte 10",
        id="size in parts",
    ),
    pytest.param(
        lambda: parts(("0-1/23", b"te"), ("4-4/23", b"4")),
        {"status": 206, "content": TEXT},
        "content from byte 4 to 5",
        id="wrong part",
    ),
    pytest.param(
        lambda: parts(("0-1/23", b"te")),
        {"status": 206, "content_type": "a/b"},
        "'text/csv', not 'a/b', in the part",
        id="type in parts",
    ),
    pytest.param(
        lambda: made(
            parts(("0-1/23", b"te")).getvalue(),
            206,
            Content_Type="multipart/byteranges; boundary=b",
            Content_Range="bytes 0-1/23",
        ),
        {"status": 206},
        "although each part has its own",
        id="range beside parts",
    ),
    pytest.param(
        lambda: made(
            parts(("0-1/23", b"te")).getvalue(),
            206,
            Content_Type="multipart/byteranges; boundary=b",
            Content_Length="90",
        ),
        {"range": [(0, 2)]},
        "Content-Length: 90, but the body has 71 bytes",
        id="length of other parts",
    ),
    pytest.param(
        lambda: parts(("0-1/23", b"te"), boundary="c"),
        {"range": [(0, 2)]},
        "no multipart/byteranges: at byte 64 there is b'--b', not b'--c'",
        id="boundary",
    ),
    pytest.param(
        lambda: parts(("0-1/23", b"te"), end=b""),
        {"range": [(0, 2)]},
        "no multipart/byteranges: at byte",
        id="no end",
    ),
    pytest.param(
        lambda: parts(("0-1/23", b"te"), end=b"\r\n--b--\r\nmore"),
        {"range": [(0, 2)]},
        "after the last delimiter, there are 6",
        id="epilogue",
    ),
    pytest.param(
        lambda: parts(("0-4/23", b"te")),
        {"range": [(0, 5)]},
        "no multipart/byteranges: at byte",
        id="too short a part",
    ),
    pytest.param(
        lambda: parts(("4-0/23", b"te")),
        {"range": [(0, 2)]},
        "the part at byte 5 has the Content-Range 'bytes 4-0/23'",
        id="broken part",
    ),
    pytest.param(
        lambda: made(
            b"--b\r\nContent-Range: bytes 0-1/2", 206, Content_Type="multipart/byteranges; boundary=b"
        ),
        {"range": [(0, 2)]},
        "the fields at byte 5 do not end",
        id="fields without end",
    ),
    pytest.param(
        answer,
        {"handed_over_to": True},
        "expected to hand it over to somebody",
        id="streamed",
    ),
    pytest.param(
        answer,
        {"handed_over_to": "/p/a"},
        "expected to hand it over to '/p/a'",
        id="streamed, not sent",
    ),
    pytest.param(
        lambda: made(b"", X_Accel_Redirect="/p/a"),
        {"handed_over_to": "/p/b"},
        "'/p/a', not '/p/b'",
        id="other target",
    ),
    pytest.param(
        lambda: made(b"", X_Accel_Redirect="/p/a?b"),
        {"handed_over_to": "/p/a"},
        "'/p/a[?]b', not '/p/a'",
        id="query of a file",
    ),
    pytest.param(
        lambda: made(b"", X_Sendfile="/p/a"),
        {"handed_over_to": False},
        "'/p/a', but Django was expected",
        id="handed over",
    ),
    pytest.param(
        lambda: made(b"", X_Sendfile="/p/a"),
        {"content": TEXT},
        "there is none, for '/p/a' is sent",
        id="content of another",
    ),
    pytest.param(
        lambda: made(b"x", X_Sendfile="/p/a"),
        {"handed_over_to": True},
        "body: 1 bytes, where there must be none",
        id="body, too",
    ),
    pytest.param(
        lambda: made(b"", X_Sendfile="/p/a"),
        {"handed_over_to": True, "size": 23},
        "told none, not 23",
        id="size of another",
    ),
    pytest.param(
        lambda: made(b"", 403, X_Sendfile="/p/a"),
        {"handed_over_to": "/p/a"},
        "403 Forbidden, not 200 OK",
        id="forbidden",
    ),
    pytest.param(
        lambda: redirect("/login/", ours=False),
        {"handed_over_to": True},
        "any redirection could lead to '/login/'",
        id="login again",
    ),
    pytest.param(
        lambda: redirect("https://s3/b?c"),
        {"handed_over_to": "https://s3/a"},
        "'https://s3/b[?]c', not",
        id="other object",
    ),
    pytest.param(
        lambda: redirect("https://s3/a?c"),
        {"handed_over_to": "https://s3/a?d"},
        r"a\?c', not .*a\?d'",
        id="other query",
    ),
    *(
        pytest.param(
            lambda: redirect("https://s3/a"),
            {"handed_over_to": "https://s3/a", name: wanted},
            f"^  {name}: a redirection does not tell it, and {wanted!r} was expected",
            id=f"{name} of a redirection",
        )
        for name, wanted in (("basename", "a"), ("content_type", "text/csv"), ("attachment", True))
    ),
    pytest.param(
        lambda: made(b"x", 412), {"status": 412}, "body: 1 bytes, where there must be none", id="body of 412"
    ),
    pytest.param(
        lambda: made(endless().streaming_content, 412, StreamingHttpResponse),
        {"status": 412},
        "body: more than 65535 bytes",
        id="endless body of 412",
    ),
]


@pytest.mark.parametrize(("response_of", "expected", "message"), FALSE)
def test_what_is_false_fails(response_of: Any, expected: dict[str, Any], message: str) -> None:
    """Each assertion fails where it does not hold, and says what there is and what was expected."""
    with pytest.raises(AssertionError, match=re.compile(message, re.MULTILINE)):
        assert_download(response_of(), **expected)
