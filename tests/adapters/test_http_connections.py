from __future__ import annotations

import subprocess
import sys
import time

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from downloadable.adapters.http import HttpSource
from downloadable.domain import ContentInvalid, ContentNotFound, ContentTimeout, ContentUnavailable
from tests.adapters.http_pages import NOTES, download
from tests.adapters.origin import Handler, Origin, Page

STRAY = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray"


@pytest.mark.parametrize(
    ("head", "method", "fields"),
    [
        pytest.param("103 Early Hints\r\nLink: </a>; rel=preload", "GET", {}, id="before the answer"),
        pytest.param("101 Switching Protocols\r\nUpgrade: a", "GET", {}, id="another protocol"),
        pytest.param(f"200 OK\r\nContent-Length: {len(STRAY)}", "HEAD", {}, id="HEAD with a body"),
        pytest.param("200 OK\r\nTransfer-Encoding: chunked", "HEAD", {}, id="HEAD with chunks"),
        pytest.param('200 OK\r\nETag: "v1"', "HEAD", {}, id="HEAD like a GET without a length"),
        pytest.param("204 No Content", "GET", {}, id="no content, but some"),
        pytest.param(
            f"304 Not Modified\r\nContent-Length: {len(STRAY)}",
            "GET",
            {"If_None_Match": '"v1"'},
            id="304 with a body",
        ),
        pytest.param("304 Not Modified", "GET", {}, id="304 that nobody asked for"),
    ],
)
def test_what_comes_late_is_not_the_next_answer(
    origin: Origin, http_source: HttpSource, head: str, method: str, fields: dict[str, str]
) -> None:
    """Where more may come than http.client expects, the connection is not used again."""

    def late(handler: Handler) -> None:
        handler.raw(f"HTTP/1.1 {head}\r\n\r\n".encode(), end=False)
        handler.stall()
        handler.raw(STRAY)

    origin.pages["/late"] = Page(script=late)
    try:
        download(http_source.open("late"), method, **fields)
    except ContentInvalid:
        assert method == "GET"
    assert download(http_source.open("notes.txt"))[1] == NOTES
    assert origin.connections == 2


def test_the_rest_of_an_error_page_is_not_waited_for(origin: Origin, http_source: HttpSource) -> None:
    """It would cost more time than a new connection, and there may be no end to it."""
    ended = []

    def drip(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nno", end=False)
        handler.stall()
        ended.append(True)

    origin.pages["/drip"] = Page(script=drip)
    with pytest.raises(ContentNotFound):
        download(http_source.open("drip"))
    assert ended == []


def test_a_connection_that_was_closed_meanwhile_is_made_anew(origin: Origin, http_source: HttpSource) -> None:
    """An origin that ends an idle connection just as it is used again does not end a download."""
    used: set[Handler] = set()

    def once(handler: Handler) -> None:
        if handler in used:
            return handler.raw(b"")
        used.add(handler)
        return handler.say(200, NOTES)

    origin.pages["/once"] = Page(script=once)
    for method in ("GET", "GET", "GET", "HEAD"):
        assert download(http_source.open("once"), method)[0].status == 200
    assert origin.connections == 4


def test_a_request_is_repeated_once(origin: Origin, http_source: HttpSource) -> None:
    """An origin that ends each connection without an answer is not asked for ever."""
    origin.pages["/mute"] = Page(script=lambda handler: handler.raw(b""))
    with pytest.raises(ContentUnavailable):
        download(http_source.open("mute"))
    assert len(origin.seen) == 2


def test_an_error_page_that_is_late_is_not_waited_for(origin: Origin, http_source: HttpSource) -> None:
    """The status is known, and nobody wants the body."""

    def late(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n", end=False)
        handler.stall()

    origin.pages["/late"] = Page(script=late)
    started = time.monotonic()
    with pytest.raises(ContentNotFound):
        download(http_source.open("late"))
    assert time.monotonic() - started < 5  # a read may take twenty seconds


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(Page(status=503), ContentUnavailable, id="down"),
        pytest.param(Page(script=lambda handler: handler.stall()), ContentTimeout, id="slow"),
    ],
)
def test_a_session_may_retry_by_itself(origin: Origin, page: Page, expected: type[Exception]) -> None:
    """What it has given up on means the same as if it had not tried again."""
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503], backoff_factor=0)))
        source = HttpSource(origin.url, session=session, trusted_origins=[origin.url], timeout=(1.0, 0.2))
        origin.pages["/page"] = page
        with pytest.raises(ContentUnavailable) as caught:
            download(source.open("page"))
        assert type(caught.value) is expected


FORKING = """
import os, signal, sys
from downloadable.adapters.http import HttpContent, HttpSource
from downloadable.domain import PLAIN_GET

url = sys.argv[1]
source = HttpSource(trusted_origins=[url])

def use():
    for content in (source.open(f"{url}/notes.txt"), HttpContent(f"{url}/notes.txt", trusted_origins=[url])):
        size = content.describe(PLAIN_GET).size
        data = b"".join(content.read(0, size))
        content.close()
        if len(data) != 1000:
            return False
    return True

assert use()
child = os.fork()
if not child:
    signal.alarm(20)
    os._exit(0 if use() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert use()
"""


def test_no_two_processes_use_one_connection(origin: Origin) -> None:
    """A worker that was forked from a program with open connections makes its own: else it reads others' answers."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, origin.url]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    assert origin.connections == 4  # one of each session, in each process
