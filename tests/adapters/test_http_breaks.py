"""An origin that breaks off, and what is read by further requests."""

from __future__ import annotations

import pytest
import requests

from downloadable.adapters.http import HttpSource
from downloadable.adapters.remote import Resumption
from downloadable.domain import PLAIN_GET, ContentInvalid, ContentTruncated
from tests.adapters.http_pages import LARGE, download
from tests.adapters.origin import Handler, Origin, Page

TAG = '"big"'
STARTS = (0, 200_000, 400_000)


def test_a_part_ends_where_it_says(origin: Origin, http_source: HttpSource) -> None:
    """Where the length was not known before, a part that ends with its connection is held against what it says."""

    def broken_off(handler: Handler) -> None:
        start = STARTS[len(origin.seen) - 1]
        stop = start + 200_000 if start < STARTS[-1] else len(LARGE)
        assert handler.headers["Range"] == (f"bytes={start}-" if start else None)
        head = f"HTTP/1.1 {206 if start else 200} OK\r\nETag: {TAG}\r\nAccept-Ranges: bytes\r\n"
        if start:
            head += f"Content-Range: bytes {start}-{len(LARGE) - 1}/{len(LARGE)}\r\n\r\n"
        else:
            head += f"Transfer-Encoding: chunked\r\n\r\n{len(LARGE):x}\r\n"
        handler.raw(head.encode() + LARGE[start:stop])

    origin.pages["/large.bin"] = Page(script=broken_off)
    content = http_source.open("large.bin")
    assert content.describe(PLAIN_GET).size is None
    assert b"".join(content.read(0, None)) == LARGE
    assert (content.resumed, len(origin.seen)) == (2, 3)
    content.close()


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"Content-Length: 10\r\n\r\n0123456789", id="length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", id="chunks"),
        pytest.param(b"\r\n0123456789", id="end of the connection"),
    ],
)
def test_a_whole_that_ends_before_its_break_is_no_end(origin: Origin, rest: bytes) -> None:
    """Where the length was not known before, it is more than has come already, whatever the same tag says."""

    def broken_off(handler: Handler) -> None:
        head = f"HTTP/1.1 200 OK\r\nETag: {TAG}\r\n".encode()
        if len(origin.seen) == 1:
            rest_of_first = b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + LARGE[:1000]
            return handler.raw(head + b"Accept-Ranges: bytes\r\n" + rest_of_first)
        return handler.raw(head + rest)

    origin.pages["/large.bin"] = Page(script=broken_off)
    source = HttpSource(origin.url, trusted_origins=[origin.url], resumption=Resumption(attempts=1))
    with pytest.raises(ContentTruncated, match="ended at byte 10 instead of 1000"):
        download(source.open("large.bin"))
    source.close()


@pytest.mark.parametrize("given", [False, True])
def test_a_chunk_is_not_less_than_nothing(origin: Origin, given: bool) -> None:
    """The framing of chunks never passes for the content."""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n-1\r\nsecond\r\n0\r\n\r\n"
    origin.pages["/odd"] = Page(script=lambda handler: handler.raw(answer))
    session = requests.Session() if given else None
    source = HttpSource(origin.url, trusted_origins=[origin.url], session=session)
    with pytest.raises(ContentInvalid):
        download(source.open("odd"))
    source.close()
    if session is not None:
        session.close()
