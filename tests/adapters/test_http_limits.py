"""How long an origin may take to answer, and how much it may send."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from downloadable.adapters.django_files import as_content
from downloadable.adapters.http import HttpContent, HttpSource
from downloadable.adapters.http.guard import refuse_internal_peer
from downloadable.adapters.wrappers import HTTPFile
from downloadable.domain import PLAIN_GET, ContentForbidden, ContentInvalid, ContentTimeout
from downloadable.ports import Content
from tests.adapters.http_pages import LARGE, NOTES, download
from tests.adapters.origin import Handler, Origin, Page

PATIENT = (5.0, 5.0)

OWN: dict[str, Callable[..., Content]] = {
    "source": lambda url, **given: HttpSource(**given).open(url),
    "content": HttpContent,
    "file": lambda url, **given: as_content(HTTPFile(url=url, **given)),
}

EVERY_OWN = pytest.mark.parametrize("open_by", OWN.values(), ids=OWN.keys())


def dripping(handler: Handler) -> None:
    """Send a head that never ends, each byte in time."""
    handler.raw(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.origin.let_go.wait(0.02):
        handler.raw(b"a")


def dripping_status(handler: Handler) -> None:
    """Send a status line that never ends."""
    while not handler.server.origin.let_go.wait(0.02):
        handler.raw(b"H")


@EVERY_OWN
@pytest.mark.parametrize("script", [dripping, dripping_status, Handler.stall])
def test_an_answer_has_to_begin_in_time(
    origin: Origin, open_by: Callable[..., Content], script: Callable[[Handler], None]
) -> None:
    """However patiently each byte of it is waited for; the connection is closed."""
    origin.pages["/slow"] = Page(script=script)
    content = open_by(f"{origin.url}/slow", trusted_origins=[origin.url], timeout=PATIENT, answer_timeout=0.2)
    began = time.monotonic()
    with pytest.raises(ContentTimeout):
        download(content)
    assert time.monotonic() - began < 3
    origin.let_go.set()
    origin.wait_for_open(0)


def test_redirects_count_together(origin: Origin) -> None:
    """Each of them answers in time, all of them do not."""

    def slow(handler: Handler) -> None:
        handler.server.origin.let_go.wait(0.15)
        handler.say(302, b"", {"Location": "/slow"})

    origin.pages["/slow"] = Page(script=slow)
    source = HttpSource(origin.url, trusted_origins=[origin.url], answer_timeout=0.25)
    with pytest.raises(ContentTimeout):
        download(source.open("slow"))
    assert 1 <= len(origin.seen) <= 5
    source.close()


def test_a_body_may_take_longer(origin: Origin) -> None:
    """Once the head is there, each piece of the body is waited for as long as one piece may take."""

    def late(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        handler.server.origin.let_go.wait(1.2)
        handler.raw(b"there")

    origin.pages["/late"] = Page(script=late)
    source = HttpSource(origin.url, trusted_origins=[origin.url], timeout=PATIENT, answer_timeout=1)
    assert download(source.open("late"))[1] == b"there"
    source.close()


@EVERY_OWN
@pytest.mark.parametrize(
    ("begun", "each"),
    [
        pytest.param(b"5;", b"a", id="before a chunk"),
        pytest.param(b"0\r\n", b"X-More: a\r\n", id="behind the last chunk"),
    ],
)
def test_a_piece_of_a_body_has_to_come_in_time(
    origin: Origin, open_by: Callable[..., Content], begun: bytes, each: bytes
) -> None:
    """What is no byte of the content does not count for one, however much there comes of it."""

    def framing(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthere\r\n" + begun)
        while not handler.server.origin.let_go.wait(0.02):
            handler.raw(each)

    origin.pages["/framing"] = Page(script=framing)
    content = open_by(f"{origin.url}/framing", trusted_origins=[origin.url], timeout=(5.0, 0.2))
    began = time.monotonic()
    with pytest.raises(ContentTimeout):
        download(content)
    assert time.monotonic() - began < 3
    origin.let_go.set()
    origin.wait_for_open(0)


@pytest.mark.parametrize("timeout", [PATIENT, 5, None])
def test_there_may_be_no_limit(origin: Origin, timeout: Any) -> None:
    """Neither in all nor for each piece, and one number for both of these."""
    url = f"{origin.url}/notes.txt"
    file = HTTPFile(url=url, trusted_origins=[origin.url], timeout=timeout, answer_timeout=None)
    assert file.read() == NOTES
    file.close()


def test_a_given_session_that_was_late_is_refused(origin: Origin) -> None:
    """It cannot be stopped from outside, but what it brings is late."""

    def late(handler: Handler) -> None:
        handler.server.origin.let_go.wait(0.2)
        handler.say(200, NOTES)

    origin.pages["/late"] = Page(script=late)
    with requests.Session() as session:
        source = HttpSource(origin.url, session=session, trusted_origins=[origin.url], answer_timeout=0.1)
        with pytest.raises(ContentTimeout):
            download(source.open("late"))
    origin.wait_for_open(0)


@EVERY_OWN
def test_no_time_is_no_request(origin: Origin, open_by: Callable[..., Content]) -> None:
    """What is late before it begins is not sent."""
    content = open_by(f"{origin.url}/notes.txt", trusted_origins=[origin.url], answer_timeout=0)
    with pytest.raises(ContentTimeout):
        download(content)
    assert origin.seen == []


@EVERY_OWN
def test_what_is_too_long_is_refused(origin: Origin, open_by: Callable[..., Content]) -> None:
    """By the length that is announced, before a byte of it is taken; what just fits is served."""
    trusting: Any = {"trusted_origins": [origin.url]}
    fits = open_by(f"{origin.url}/notes.txt", max_size=len(NOTES), **trusting)
    assert download(fits)[1] == NOTES
    for fields in ({}, {"Range": "bytes=0-0"}):
        content = open_by(f"{origin.url}/large.bin", max_size=len(LARGE) - 1, **trusting)
        with pytest.raises(ContentInvalid, match="more than"):
            download(content, **fields)
    origin.wait_for_open(1)


@EVERY_OWN
def test_what_turns_out_to_be_too_long_is_cut(origin: Origin, open_by: Callable[..., Content]) -> None:
    """Where no length is announced, bytes are counted; the connection is dropped before one too many is passed on."""
    origin.pages["/chunks"] = Page(body=LARGE, chunked=True)
    content = open_by(f"{origin.url}/chunks", max_size=100_000, trusted_origins=[origin.url])
    resource, got = content.describe(PLAIN_GET), list[bytes]()
    assert resource.size is None
    with pytest.raises(ContentInvalid, match="more than"):
        got.extend(content.read(0, None))
    content.close()
    assert len(b"".join(got)) <= 100_000
    origin.wait_for_open(0)


@EVERY_OWN
@pytest.mark.parametrize("limit", ["answer_timeout", "max_size", "max_seconds"])
def test_limits_are_not_negative(open_by: Callable[..., Content], limit: str) -> None:
    """A limit that cannot be meant is refused before anything is asked for."""
    given: dict[str, Any] = {limit: -1}
    with pytest.raises(ValueError, match=f"'{limit}' must be >= 0"):
        open_by("http://files.example/a", **given)


def passing_over(handler: Handler) -> None:
    """Send the whole content in place of its rest, byte by byte."""
    handler.raw(b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n')
    while not handler.server.origin.let_go.wait(0.02):
        handler.raw(b"a")


def resting(handler: Handler) -> None:
    """Take time to answer."""
    handler.server.origin.let_go.wait(0.4)
    handler.raw(
        b'HTTP/1.1 206 OK\r\nETag: "a"\r\nContent-Range: bytes 999-999/1000\r\nContent-Length: 1\r\n\r\na'
    )


@pytest.mark.parametrize("again", [passing_over, resting])
def test_time_in_all_is_that_of_further_requests_too(
    origin: Origin, again: Callable[[Handler], None]
) -> None:
    """Whatever an origin needs it for after it has broken off: to answer, or to send what has been read already."""

    def breaking(handler: Handler) -> None:
        if len(origin.seen) > 1:
            return again(handler)
        head = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nAccept-Ranges: bytes\r\nContent-Length: 1000\r\n\r\n'
        return handler.raw(head + b"a" * 999)

    origin.pages["/breaking"] = Page(script=breaking)
    source = HttpSource(origin.url, trusted_origins=[origin.url], timeout=PATIENT, max_seconds=0.3)
    began = time.monotonic()
    with pytest.raises(ContentTimeout, match="in all"):
        download(source.open("breaking"))
    assert time.monotonic() - began < 3
    origin.let_go.set()
    source.close()


def test_the_peer_of_an_own_kind_of_socket_is_this_machine() -> None:
    """What comes over a socket that has no address is from inside."""
    near, far = socket.socketpair()
    response: Any = SimpleNamespace(raw=near)
    with near, far, pytest.raises(ContentForbidden, match="this machine"):
        refuse_internal_peer("http://files.example/a", response)
