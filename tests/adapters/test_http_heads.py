"""Heads of answers that break off, of which http.client tells nothing."""

from __future__ import annotations

import pytest
import requests

from downloadable.adapters.http import HttpSource
from downloadable.domain import ContentTruncated
from tests.adapters.http_pages import download
from tests.adapters.origin import Origin, Page


# Nobody can tell that of an answer to HEAD by a given session.
@pytest.mark.parametrize(("method", "given"), [("GET", False), ("HEAD", False), ("GET", True)])
def test_a_head_that_breaks_off_is_an_error(origin: Origin, method: str, given: bool) -> None:
    """What is missing of it could be the length."""
    origin.pages["/short"] = Page(script=lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\nContent-Len"))
    session = requests.Session() if given else None
    source = HttpSource(origin.url, trusted_origins=[origin.url], session=session)
    with pytest.raises(ContentTruncated):
        download(source.open("short"), method)
    source.close()
    if session is not None:
        session.close()


def test_nothing_is_no_empty_file(origin: Origin, http_source: HttpSource) -> None:
    """An origin that breaks off before its first byte says of an empty file how long it is, or nobody knows."""
    origin.pages["/empty"] = Page(script=lambda handler: handler.raw(b"HTTP/1.1 200 OK\r\n\r\n"))
    with pytest.raises(ContentTruncated):
        download(http_source.open("empty"))
    origin.pages["/empty"] = Page(chunked=True)
    assert download(http_source.open("empty"))[1] == b""
