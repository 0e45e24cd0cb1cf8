"""An origin that breaks off, and what is read by further requests."""

from __future__ import annotations

import pytest
import requests

from downloadable.adapters.http import HttpSource
from downloadable.domain import PLAIN_GET, ContentInvalid
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
