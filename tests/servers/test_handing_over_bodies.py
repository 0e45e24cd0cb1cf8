"""Large and empty files, old clients and many at once, through every server in front."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conformance.expectations import Answer
from tests.servers.asking import Client
from tests.servers.awkward_files import BIG, INSIDE
from tests.servers.names import MODIFIED, NAMES
from tests.servers.pairs import Pair
from tests.servers.processes import until
from tests.servers.reading import handed_over

AT_ONCE = 20
BIG_URL = "/local/kinds/big.bin"


@pytest.fixture(scope="module")
def digest(public: object, pair: Pair) -> str:
    """The hash of the large file, as it is on the disk."""
    return hashlib.sha256((pair.media / "kinds/big.bin").read_bytes()).hexdigest()


def fetched(port: int, url: str) -> Answer:
    """Ask on a connection of its own."""
    with Client(port) as client:
        return client.ask(url)


def test_a_large_file_arrives_whole(pair: Pair, digest: str) -> None:
    """Five mebibytes arrive byte for byte, and none of them came from Python."""
    before = len(pair.lines())
    answer = fetched(pair.front.port, BIG_URL)
    assert answer.status == 200
    assert answer.field("Content-Length") == str(BIG)
    assert hashlib.sha256(answer.body).hexdigest() == digest
    assert pair.lines()[before:] == [f"handed over;{pair.name.capitalize()};0"]


def test_a_large_file_arrives_in_pieces(pair: Pair, digest: str) -> None:
    """A client that asks piece by piece, and checks that it is still the same file, puts it together."""
    size = BIG // 5 + 1
    body = b""
    with Client(pair.front.port) as client:
        tag = client.ask(BIG_URL, method="HEAD").field("ETag")
        assert tag is not None
        while len(body) < BIG:
            answer = client.ask(
                BIG_URL, {"Range": f"bytes={len(body)}-{len(body) + size - 1}", "If-Range": tag}
            )
            assert answer.status == 206
            body += answer.body
    assert hashlib.sha256(body).hexdigest() == digest


def test_many_at_once(pair: Pair, digest: str) -> None:
    """Twenty clients at the same time get the large file and small ones, each its own."""
    before = len(pair.lines())
    some = [name for name in NAMES if name.url.startswith("/local/")][:AT_ONCE]
    urls = [BIG_URL if number % 2 else name.url for number, name in enumerate(some)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(fetched, [pair.front.port] * AT_ONCE, urls))
    for number, (name, answer) in enumerate(zip(some, answers, strict=True)):
        assert answer.status == 200
        if number % 2:
            assert hashlib.sha256(answer.body).hexdigest() == digest
        else:
            assert answer.body == name.content
    lines = until(lambda: pair.lines()[before:], lambda lines: len(lines) >= AT_ONCE)
    assert len(lines) == AT_ONCE


@pytest.mark.parametrize(
    ("method", "fields", "status", "otherwise"),
    [
        pytest.param("GET", {}, 200, {}, id="GET"),
        pytest.param("HEAD", {}, 200, {}, id="HEAD"),
        # None of its bytes can be had (RFC 9110, 14.1.2), but a server may ignore Range (14.2), and three do. Caddy
        # answers a suffix with a part of no bytes, which no Content-Range can spell.
        pytest.param("GET", {"Range": "bytes=0-"}, 200, {"caddy": 416}, id="range"),
        pytest.param("GET", {"Range": "bytes=-5"}, 200, {"caddy": 206}, id="suffix"),
        pytest.param("GET", {"If-None-Match": "*"}, 304, {}, id="any"),
    ],
)
def test_an_empty_file(
    pair: Pair, method: str, fields: dict[str, str], status: int, otherwise: dict[str, int]
) -> None:
    """A file without a byte is a file: there, empty, and of a length that is told."""
    with Client(pair.front.port) as client:
        answer = client.ask("/local/kinds/empty.txt", fields, method=method)
    assert answer.status == otherwise.get(pair.name, status)
    assert handed_over(answer) == []
    assert answer.body == b"" or answer.status == 416
    if answer.status == 200 and not (
        pair.name == "apache" and method == "HEAD"
    ):  # where Apache takes 0 for unknown
        assert answer.field("Content-Length") == "0"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_clients(pair: Pair, version: str) -> None:
    """A client of HTTP/1.0 gets a file that is handed over and one that is not."""
    with Client(pair.front.port) as client:
        answer = client.ask("/local/kinds/inside.txt", version=version)
        assert (answer.status, answer.body, answer.field("Content-Length")) == (200, INSIDE, str(len(INSIDE)))
        answer = client.ask("/bytes", version=version)
        assert (answer.status, answer.body) == (200, bytes(range(256)))


def test_queries_are_nobodys_business(pair: Pair) -> None:
    """What follows the question mark of a URL is for Django, and changes nothing about the file."""
    for query in ("?", "?a=b", "?path=/etc/passwd&x=%2e%2e%2f", "?a=b?c=d", "?/../../secret.txt"):
        assert fetched(pair.front.port, f"/local/kinds/inside.txt{query}").body == INSIDE, query


def test_connections_are_kept(pair: Pair) -> None:
    """After a file, a part, a HEAD and a 304 the connection is in step: the next answer is that of the next request."""
    with Client(pair.front.port) as client:
        for _ in range(10):
            assert client.ask("/local/kinds/inside.txt", method="HEAD").status == 200
            assert client.ask("/local/kinds/inside.txt").body == INSIDE
            assert client.ask("/local/kinds/inside.txt", {"If-None-Match": "*"}).status == 304
            assert client.ask("/local/kinds/inside.txt", {"Range": "bytes=2-5"}).body == INSIDE[2:6]
            assert client.ask("/local/kinds/big.bin", method="HEAD").field("Content-Length") == str(BIG)
            assert client.ask("/private/kinds/inside.txt").status == 403


def test_a_view_that_answers_post(pair: Pair) -> None:
    """A view that answers POST with a file has it sent by the server in front, too, which gets it by its name."""
    before = len(pair.lines())
    with Client(pair.front.port) as client:
        for _ in range(2):
            answer = client.ask(
                "/changed/200/kinds/inside.txt", {"Content-Length": "3"}, method="POST", body=b"a=b"
            )
            assert (answer.status, answer.body) == (200, INSIDE)
    assert pair.lines()[before:] == [f"handed over;{pair.name.capitalize()};0"] * 2


OLD, NEW = b"The old file.\n", b"The new file.\n"


def replaced(path: Path, content: bytes, modified_nanoseconds: int) -> None:
    """Put a new file in the place of another, at once."""
    new = path.with_name(f"new {path.name}")
    new.write_bytes(content)
    os.utime(new, ns=(modified_nanoseconds, modified_nanoseconds))
    new.replace(path)


@pytest.mark.parametrize(
    ("nanoseconds", "noticed_by"),
    [
        pytest.param(10_000_000_000, {"nginx", "apache", "lighttpd", "caddy"}, id="seconds later"),
        # nginx and Caddy make their tags of the size and of whole seconds, as RFC 9110, 8.8.1 warns of.
        pytest.param(1, {"apache", "lighttpd"}, id="as long, in the same second"),
    ],
)
def test_a_file_that_has_changed(pair: Pair, nanoseconds: int, noticed_by: set[str]) -> None:
    """A client that holds an old file is told so, and never gets a part of the new one for it."""
    path = pair.media / f"kinds/changing {pair.name} {pair.django.kind.name} {nanoseconds}.txt"
    url = f"/local/kinds/{quote(path.name)}"
    moment = MODIFIED * 1_000_000_000
    replaced(path, OLD, moment)
    with Client(pair.front.port) as client:
        tag = client.ask(url).field("ETag")
        assert tag is not None
        replaced(path, NEW, moment + nanoseconds)
        answers = [
            client.ask(url, {"If-None-Match": tag}),
            client.ask(url, {"If-Match": tag}),
            client.ask(url, {"If-Range": tag, "Range": "bytes=4-"}),
        ]
    if pair.name in noticed_by:
        assert [answer.status for answer in answers] == [200, 412, 200]
        assert (answers[0].body, answers[2].body) == (NEW, NEW)
    else:
        assert [answer.status for answer in answers] == [304, 200, 206]
