"""Heads of answers that break off, of which http.client tells nothing."""

from __future__ import annotations

import pytest
import requests

from downloadable.adapters.http import HttpSource
from downloadable.domain import ContentInvalid, ContentTruncated
from tests.adapters.http_pages import download
from tests.adapters.origin import Origin, Page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param(False, ContentTruncated, id="own session"),
        pytest.param(True, ContentInvalid, id="given session"),
    ],
)
def test_a_head_that_breaks_off_is_an_error(
    origin: Origin, method: str, given: bool, error: type[Exception]
) -> None:
    """What is missing of it could be the length."""
    origin.pages["/short"] = Page(script=lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\nContent-Len"))
    session = requests.Session() if given else None
    source = HttpSource(origin.url, trusted_origins=[origin.url], session=session)
    with pytest.raises(error):
        download(source.open("short"), method)
    source.close()
    if session is not None:
        session.close()


ODD_LINES = {
    "no field": b"Odd line",
    "space before the colon": b"X-Odd : a",
    "control character in a name": b"X\0: a",
    "name outside of ASCII": b"X-\xff: a",
    "folded at once": b" X-Odd: a",
}
REST = {
    "length": b"Content-Length: 100\r\n\r\nabc",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("line", ODD_LINES.values(), ids=ODD_LINES.keys())
@pytest.mark.parametrize("rest", REST.values(), ids=REST.keys())
@pytest.mark.parametrize("given", [False, True], ids=["own session", "given session"])
def test_fields_that_get_lost_are_an_error(origin: Origin, line: bytes, rest: bytes, given: bool) -> None:
    """Behind a line that is no field, http.client reads none: a short body, or its framing, would be the content."""
    origin.pages["/odd"] = Page(
        script=lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\n" + line + b"\r\n" + rest)
    )
    session = requests.Session() if given else None
    source = HttpSource(origin.url, trusted_origins=[origin.url], session=session)
    with pytest.raises(ContentInvalid, match="cannot be read"):
        download(source.open("odd"))
    origin.wait_for_open(0)
    source.close()


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "message/partial", "multipart/mixed", "multipart/mixed; boundary=a"]
)
def test_mails_are_files_like_others(origin: Origin, http_source: HttpSource, kind: str) -> None:
    """What the parser of http.client thinks of a mail without a body is no matter of the fields."""
    origin.pages["/a.eml"] = Page(body=b"Subject: a\r\n\r\nb", fields={"Content-Type": kind})
    assert download(http_source.open("a.eml"))[1] == b"Subject: a\r\n\r\nb"


def test_nothing_is_no_empty_file(origin: Origin, http_source: HttpSource) -> None:
    """An origin that breaks off before its first byte says of an empty file how long it is, or nobody knows."""
    origin.pages["/empty"] = Page(script=lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\n\r\n"))
    with pytest.raises(ContentTruncated):
        download(http_source.open("empty"))
    origin.pages["/empty"] = Page(chunked=True)
    assert download(http_source.open("empty"))[1] == b""
