"""An origin that breaks off, and what is read by further requests."""

from __future__ import annotations

from downloadable.adapters.http import HttpSource
from downloadable.domain import PLAIN_GET
from tests.adapters.http_pages import LARGE
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
