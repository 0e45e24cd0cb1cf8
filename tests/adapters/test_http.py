from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
import requests

from downloadable.adapters.http import HttpContent, HttpSource
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    Plan,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import Content, RemoteUrl
from downloadable.ports.contract import SourceContract, open_descriptors
from tests.adapters.origin import Handler, Origin, Page, serving

DAY = "Thu, 29 Feb 2024 12:00:00 GMT"
LATER = "Thu, 29 Feb 2024 13:00:00 GMT"
NOTES = b"0123456789" * 100
LARGE = bytes(range(256)) * 4096
IMPATIENT = (5.0, 0.1)


@pytest.fixture
def origin() -> Iterator[Origin]:
    """Run an origin with a small page and a large one."""
    notes = Page(body=NOTES, etag='"v1"', modified=DAY, fields={"Set-Cookie": "who=somebody", "X-Own": "1"})
    with serving({"/notes.txt": notes, "/large.bin": Page(body=LARGE, etag='"big"')}) as origin:
        yield origin


@pytest.fixture
def source(origin: Origin) -> Iterator[HttpSource]:
    """Make a source of what is at the origin."""
    source = HttpSource(origin.url, trusted_origins=[origin.url])
    yield source
    source.close()


def download(content: Content, method: str = "GET", **fields: str) -> tuple[Plan, bytes]:
    """Go through the life of a content as a view does, without a framework."""
    asked = DownloadRequest.from_headers(
        method, {name.replace("_", "-"): text for name, text in fields.items()}
    )
    policy, body = ServingPolicy(), b""
    try:
        plan = decide(content.describe(policy.hint(asked)), policy, asked)
        if plan.body:
            content.acquire()
        for segment in plan.body:
            body += (
                segment if isinstance(segment, bytes) else b"".join(content.read(segment.start, segment.stop))
            )
        return plan, body
    finally:
        content.close()


class HttpContract(SourceContract):
    """The contract over a real origin; what it holds is changed by *page*."""

    page: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def served(self) -> Iterator[None]:
        with serving() as self.origin:
            yield
            self.http_source.close()

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> HttpSource:
        for name, data in files.items():
            self.origin.pages[f"/files/{quote(name)}"] = Page(body=data, **self.page)
        self.http_source = HttpSource(f"{self.origin.url}/files", trusted_origins=[self.origin.url])
        return self.http_source

    def use_once(self, source: Any) -> None:
        super().use_once(source)
        # The other end of each connection is in this process, too, and learns of its end a moment later.
        self.origin.wait_for_open(0)


class TestHttpSource(HttpContract):
    page: ClassVar[Mapping[str, Any]] = {"etag": '"v1"', "modified": DAY}


class TestHttpSourceOfUrls(HttpContract):
    page: ClassVar[Mapping[str, Any]] = {"etag": 'W/"v1"', "modified": DAY}

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> HttpSource:
        super().make_source(files, tmp_path)
        self.http_source = HttpSource(trusted_origins=[self.origin.url])
        return self.http_source

    def key_of(self, name: str) -> str:
        return f"{self.origin.url}/files/{quote(name)}"


class TestHttpSourceThatKnowsLittle(HttpContract):
    """Neither lengths nor ranges nor validators."""

    page: ClassVar[Mapping[str, Any]] = {"chunked": True, "ranges": False, "conditions": False}


class TestOneRoundTrip:
    """The origin sees exactly one request for what a client asks for once."""

    @pytest.mark.parametrize(
        ("method", "fields", "status", "body", "sent"),
        [
            pytest.param("GET", {}, 200, NOTES, {}, id="full"),
            pytest.param("HEAD", {}, 200, b"", {}, id="HEAD"),
            pytest.param("HEAD", {"Range": "bytes=0-4"}, 200, b"", {}, id="HEAD with Range"),
            pytest.param("GET", {"Range": "bytes=5-9"}, 206, b"56789", {"range": "bytes=5-9"}, id="range"),
            pytest.param("GET", {"Range": "bytes=-5"}, 206, b"56789", {"range": "bytes=-5"}, id="suffix"),
            pytest.param(
                "GET", {"Range": "bytes=998-"}, 206, b"89", {"range": "bytes=998-"}, id="open range"
            ),
            pytest.param("GET", {"Range": "bytes=1000-"}, 416, b"", {"range": "bytes=1000-"}, id="not there"),
            pytest.param(
                "GET", {"If_None_Match": '"v1"'}, 304, b"", {"if-none-match": '"v1"'}, id="304 by tag"
            ),
            pytest.param(
                "HEAD", {"If_None_Match": '"v1"'}, 304, b"", {"if-none-match": '"v1"'}, id="HEAD 304"
            ),
            pytest.param(
                "GET", {"If_None_Match": '"v2"'}, 200, NOTES, {"if-none-match": '"v2"'}, id="other tag"
            ),
            pytest.param(
                "GET", {"If_Modified_Since": LATER}, 304, b"", {"if-modified-since": LATER}, id="304 by date"
            ),
            pytest.param(
                "GET",
                {"Range": "bytes=5-9", "If_Range": '"v1"'},
                206,
                b"56789",
                {"range": "bytes=5-9", "if-range": '"v1"'},
                id="If-Range by tag",
            ),
            pytest.param(
                "GET",
                {"Range": "bytes=5-9", "If_Range": DAY},
                206,
                b"56789",
                {"range": "bytes=5-9", "if-range": DAY},
                id="If-Range by date",
            ),
            pytest.param(
                "GET",
                {"Range": "bytes=5-9", "If_Range": '"v0"'},
                200,
                NOTES,
                {"range": "bytes=5-9", "if-range": '"v0"'},
                id="stale If-Range",
            ),
            pytest.param(
                "GET", {"Range": "bytes=5-9", "If_Range": 'W/"v1"'}, 200, NOTES, {}, id="weak If-Range"
            ),
            pytest.param("GET", {"If_Match": '"v1"'}, 200, NOTES, {}, id="If-Match"),
            pytest.param("GET", {"If_Match": '"v2"'}, 412, b"", {}, id="412 by tag"),
            pytest.param(
                "GET", {"If_Unmodified_Since": "Thu, 01 Jan 2015 00:00:00 GMT"}, 412, b"", {}, id="412"
            ),
            pytest.param(
                "GET",
                {"If_Match": '"v1"', "Range": "bytes=0-0"},
                206,
                b"0",
                {"range": "bytes=0-0"},
                id="both",
            ),
        ],
    )
    def test_one_request_is_enough(
        self,
        origin: Origin,
        source: HttpSource,
        method: str,
        fields: dict[str, str],
        status: int,
        body: bytes,
        sent: dict[str, str],
    ) -> None:
        """Full, ranged, conditional and HEAD requests each cost one request, with just these fields."""
        plan, got = download(source.open("notes.txt"), method, **fields)
        assert (plan.status, got) == (status, body)
        (seen,) = origin.seen
        assert seen.method == method
        unconditional = {"host", "user-agent", "accept", "connection"}
        assert {name: seen.fields[name] for name in seen.fields.keys() - unconditional} == {
            "accept-encoding": "identity",
            **sent,
        }

    def test_a_set_of_ranges_costs_one_request_for_each(self, origin: Origin, source: HttpSource) -> None:
        """The first range comes with the description, each further one on condition that nothing changed."""
        plan, body = download(source.open("notes.txt"), Range="bytes=5-9,100-104,998-")
        assert plan.status == 206
        assert all(part in body for part in (b"56789\r\n", b"01234\r\n", b"89\r\n"))
        assert [seen.fields["range"] for seen in origin.seen] == [
            "bytes=5-9",
            "bytes=100-104",
            "bytes=998-999",
        ]
        assert [seen.fields.get("if-match") for seen in origin.seen] == [None, '"v1"', '"v1"']

    @pytest.mark.parametrize("repeats", [True, False])
    def test_nothing_is_asked_before_describe(
        self, origin: Origin, source: HttpSource, repeats: bool
    ) -> None:
        """What is known and where it is costs no request."""
        content = source.open("notes.txt")
        assert content.known() == Resource(name="notes.txt")
        assert content.locations() == (RemoteUrl(f"{origin.url}/notes.txt"),)
        content.close()
        assert origin.seen == []

    @pytest.mark.parametrize(
        "fields", [{"If_None_Match": '"v1"'}, {"If_Modified_Since": DAY}], ids=["tag", "date"]
    )
    def test_a_silent_304_costs_no_more(
        self, origin: Origin, source: HttpSource, fields: dict[str, str]
    ) -> None:
        """A 304 that repeats no validator speaks of the one that was sent."""
        origin.pages["/notes.txt"].repeats = False
        plan, _ = download(source.open("notes.txt"), **fields)
        assert plan.status == 304
        assert plan.header("ETag" if "If_None_Match" in fields else "Last-Modified") in {'"v1"', DAY}
        assert len(origin.seen) == 1

    def test_a_304_that_says_too_little_is_asked_again(self, origin: Origin, source: HttpSource) -> None:
        """If it does not say which of several tags it means, everything is asked for and compared here."""
        origin.pages["/notes.txt"].repeats = False
        plan, _ = download(source.open("notes.txt"), If_None_Match='"v0", "v1"')
        assert (plan.status, plan.header("ETag")) == (304, '"v1"')
        assert ["if-none-match" in seen.fields for seen in origin.seen] == [True, False]

    def test_connections_are_used_again(self, origin: Origin, source: HttpSource) -> None:
        """Whatever the answer is, if it is small or was read to its end, its connection serves the next request."""
        origin.pages["/empty"] = Page()
        for method, key, fields in [
            ("GET", "notes.txt", {}),
            ("HEAD", "notes.txt", {}),
            ("GET", "notes.txt", {"If_None_Match": '"v1"'}),
            ("GET", "notes.txt", {"Range": "bytes=5-9,100-104"}),
            ("GET", "notes.txt", {"Range": "bytes=5000-"}),
            ("GET", "empty", {}),
            ("GET", "notes.txt", {}),
        ]:
            download(source.open(key), method, **fields)
        for _ in range(3):
            with pytest.raises(ContentNotFound):
                download(source.open("absent"))
        assert origin.connections == 1

    def test_many_threads_share_a_source(self, origin: Origin, source: HttpSource) -> None:
        """Sixteen downloads at a time come out right, over no more connections than there are threads."""
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: download(source.open("large.bin"))[1] == LARGE, range(48)))
        assert all(answers)
        assert origin.connections <= 16


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "path"),
        [
            ("a/b.txt", "/base/a/b.txt"),
            ("naïve 100%.txt", "/base/na%C3%AFve%20100%25.txt"),
            ("a?b#c;d=e&f", "/base/a%3Fb%23c%3Bd%3De%26f"),
            ("%2e%2e/secret", "/base/%252e%252e/secret"),
            ("http:example", "/base/http%3Aexample"),
            ("new\r\nline", "/base/new%0D%0Aline"),
            ("...", "/base/..."),
        ],
    )
    def test_a_key_is_a_path_below_the_base(self, origin: Origin, key: str, path: str) -> None:
        """Whatever a key holds becomes part of the path, and of nothing else."""
        origin.pages[path] = Page(body=b"found")
        source = HttpSource(f"{origin.url}/base/", trusted_origins=[origin.url])
        assert download(source.open(key))[1] == b"found"
        source.close()

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/",
            "/etc",
            "..",
            "../secret",
            "a/../../secret",
            "a/./b",
            "a//b",
            "a/",
            "..\\secret",
            "a\\..\\..\\secret",
            "\0",
            "a\0b",
            "http://example.com/",
            "//example.com/",
            "\ud800",
        ],
    )
    def test_a_key_cannot_leave_the_base(self, origin: Origin, source: HttpSource, key: str) -> None:
        """What would lead elsewhere is not found, without a request."""
        with pytest.raises(ContentNotFound):
            download(source.open(key))
        assert origin.seen == []

    @pytest.mark.parametrize(
        "base", ["", "/srv/files", "ftp://a/", "http://u:p@a/", "http://a/?b=", "http://a/#b"]
    )
    def test_a_base_is_a_plain_url(self, base: str) -> None:
        """A base that keys cannot be put behind is a mistake of the program."""
        with pytest.raises(ValueError, match=r"URL|credentials|path"):
            HttpSource(base)

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("http://example.com/dir/a%20b.txt?x=/y.txt#/z", "a b.txt"),
            ("http://example.com/%C3%A9.pdf", "é.pdf"),
            ("http://example.com/a%2Fb.txt", "b.txt"),
            ("http://example.com/dir/", ""),
            ("http://example.com", ""),
            ("http://[broken/a.txt", "a.txt"),
            ("", ""),
        ],
    )
    def test_the_name_is_the_last_segment(self, url: str, name: str) -> None:
        """It is decoded, and has no directories."""
        assert HttpContent(url).known() == Resource(name=name)

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "http://127.0.0.1:1/", "http://user:hunter2@example.com/a"]
    )
    def test_what_may_not_be_called_is_forbidden(self, url: str) -> None:
        """Other schemes, internal hosts and credentials are refused before any request, each without its secrets."""
        with pytest.raises(ContentForbidden) as caught:
            download(HttpSource().open(url))
        assert "hunter2" not in str(caught.value)


class TestErrorsOfTheOrigin:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (404, ContentNotFound),
            (403, ContentForbidden),
            (503, ContentUnavailable),
            (504, ContentTimeout),
            (400, ContentInvalid),
            (204, ContentInvalid),
            (302, ContentInvalid),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_an_error_is_never_content(
        self, origin: Origin, source: HttpSource, method: str, status: int, error: type[ContentError]
    ) -> None:
        """Its status becomes an error, whose text shows no query."""
        origin.pages["/signed?key=hunter2"] = Page(body=b"" if status == 204 else b"sorry", status=status)
        with pytest.raises(error) as caught:
            download(
                HttpSource(trusted_origins=[origin.url]).open(f"{origin.url}/signed?key=hunter2"), method
            )
        assert type(caught.value) is error
        assert f"{origin.url}/signed" in str(caught.value)
        assert "hunter2" not in str(caught.value)

    def test_retry_after_is_known(self, origin: Origin, source: HttpSource) -> None:
        """An origin that says when to come back is quoted."""
        origin.pages["/busy"] = Page(status=503, fields={"Retry-After": "17"})
        with pytest.raises(ContentUnavailable) as caught:
            download(source.open("busy"))
        assert caught.value.retry_after == 17

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            pytest.param(b"", ContentUnavailable, id="nothing"),
            pytest.param(b"SSH-2.0-OpenSSH\r\n", ContentInvalid, id="another protocol"),
            pytest.param(b"HTTP/1.1 abc\r\n\r\n", ContentInvalid, id="no status"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", ContentInvalid, id="no length"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                ContentInvalid,
                id="two lengths",
            ),
            pytest.param(
                b"HTTP/1.1 206 OK\r\nContent-Range: bytes 0-1/9\r\n\r\nab", ContentInvalid, id="not asked"
            ),
            pytest.param(b"HTTP/1.1 304 Not Modified\r\n\r\n", ContentInvalid, id="no condition"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", ContentInvalid, id="too long"
            ),
        ],
    )
    def test_nonsense_is_an_error(
        self, origin: Origin, source: HttpSource, answer: bytes, error: type[ContentError]
    ) -> None:
        """What is no answer, or none to what was asked, is told from an origin that is down."""
        origin.pages["/odd"] = Page(script=lambda handler: handler.raw(answer))
        with pytest.raises(error) as caught:
            download(source.open("odd"))
        assert type(caught.value) is error

    def test_an_origin_that_is_down_is_unavailable(self) -> None:
        """A refused connection is an error that may go away."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ContentUnavailable):
            download(HttpSource(trusted_origins=[url]).open(f"{url}/a"))

    def test_an_origin_without_tls_is_unavailable(self, origin: Origin) -> None:
        """TLS is never given up for a plain connection."""
        url = origin.url.replace("http:", "https:")
        source = HttpSource(trusted_origins=[url])
        with pytest.raises(ContentUnavailable):
            download(source.open(f"{url}/notes.txt"))
        source.close()
        assert origin.seen == []

    def test_an_origin_that_does_not_answer_times_out(self, origin: Origin) -> None:
        """Waiting for the status has an end."""
        origin.pages["/slow"] = Page(script=Handler.stall)
        source = HttpSource(origin.url, trusted_origins=[origin.url], timeout=IMPATIENT)
        with pytest.raises(ContentTimeout):
            download(source.open("slow"))
        source.close()

    @pytest.mark.parametrize(
        ("rest", "error"),
        [
            pytest.param(Handler.stall, ContentTimeout, id="stops"),
            pytest.param(lambda handler: handler.raw(b""), ContentTruncated, id="closes"),
        ],
    )
    @pytest.mark.parametrize(
        "head", ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
    )
    def test_a_body_that_breaks_off_is_an_error(
        self, origin: Origin, head: str, rest: Callable[[Handler], None], error: type[ContentError]
    ) -> None:
        """What has arrived is passed on, and then it is told that more was to come."""

        def break_off(handler: Handler) -> None:
            handler.raw(f"HTTP/1.1 200 OK\r\n{head}".encode())
            rest(handler)

        origin.pages["/short"] = Page(script=break_off)
        source = HttpSource(origin.url, trusted_origins=[origin.url], timeout=IMPATIENT)
        content = source.open("short")
        resource, got = content.describe(PLAIN_GET), list[bytes]()
        with pytest.raises(error) as caught:
            got.extend(content.read(0, resource.size))
        assert type(caught.value) is error
        assert b"".join(got) == b"abc"
        origin.let_go.set()
        content.close()
        source.close()
        origin.wait_for_open(0)

    def test_a_body_that_is_too_long_is_cut(self, origin: Origin, source: HttpSource) -> None:
        """What comes after the announced end belongs to nothing, not even to the next answer."""
        surplus = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        origin.pages["/long"] = Page(script=lambda handler: handler.raw(surplus, end=False))
        assert download(source.open("long"))[1] == b"good"
        assert download(source.open("notes.txt"))[1] == NOTES

    def test_a_range_that_is_too_long_is_cut(self, origin: Origin, source: HttpSource) -> None:
        """A part in chunks ends where Content-Range says, whatever comes."""
        answer = b"HTTP/1.1 206 OK\r\nContent-Range: bytes 5-9/1000\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer += b"a\r\n56789evil!\r\n0\r\n\r\n"
        origin.pages["/long"] = Page(script=lambda handler: handler.raw(answer))
        assert download(source.open("long"), Range="bytes=5-9")[1] == b"56789"


class TestOddOrigins:
    def test_an_unasked_coding_is_passed_on_as_it_is(self, origin: Origin, source: HttpSource) -> None:
        """Length, ranges and bytes are all those of the coded content, and the coding is named."""
        coded = gzip.compress(NOTES, mtime=0)
        origin.pages["/notes.txt"] = Page(body=coded, fields={"Content-Encoding": "gzip"})
        plan, body = download(source.open("notes.txt"))
        assert body == coded
        assert (plan.header("Content-Encoding"), plan.header("Content-Length")) == ("gzip", str(len(coded)))

    def test_only_what_describes_the_content_is_passed_on(self, origin: Origin, source: HttpSource) -> None:
        """Cookies, connection options and the origin's own fields stay behind."""
        origin.pages["/notes.txt"].fields |= {"Connection": "X-Hop", "X-Hop": "1", "Server": "secret/1.0"}
        plan, _ = download(source.open("notes.txt"))
        names = {name.lower() for name, _ in plan.headers}
        assert {"content-type", "etag", "last-modified"} <= names
        assert names.isdisjoint({"set-cookie", "connection", "x-hop", "x-own", "server"})

    def test_cookies_are_not_kept(self, origin: Origin, source: HttpSource) -> None:
        """What an origin tells one client to remember is not sent for another."""
        for _ in range(2):
            download(source.open("notes.txt"))
        assert [seen.fields.get("cookie") for seen in origin.seen] == [None, None]

    def test_an_origin_that_ignores_ranges_serves_the_whole(self, origin: Origin, source: HttpSource) -> None:
        """Where ranges are neither announced nor served, the client gets everything, in one request."""
        origin.pages["/notes.txt"].ranges = False
        plan, body = download(source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, body, len(origin.seen)) == (200, NOTES, 1)
        assert plan.header("Accept-Ranges") == "none"

    def test_ranges_announced_but_ignored_are_cut_out(self, origin: Origin, source: HttpSource) -> None:
        """An origin that breaks its word is read from the start, as long as it is the same content."""
        origin.pages["/large.bin"] = Page(
            body=LARGE, etag='"v1"', ranges=False, fields={"Accept-Ranges": "bytes"}
        )
        plan, body = download(source.open("large.bin"), Range="bytes=1000000-1000009")
        assert (plan.status, body, len(origin.seen)) == (206, LARGE[1_000_000:1_000_010], 2)

    @pytest.mark.parametrize(
        "content_range",
        ["bytes 0-4/1000", "bytes 5-9/*", "bytes 5-999999/1000", "5-9", "", None],
    )
    def test_a_wrong_range_is_not_believed(
        self, origin: Origin, source: HttpSource, content_range: str | None
    ) -> None:
        """Other bytes than those asked for are thrown away; the client gets the whole."""
        origin.pages["/notes.txt"].fields["Content-Range"] = content_range
        plan, body = download(source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, body) == (200, NOTES)
        assert ["range" in seen.fields for seen in origin.seen] == [True, False]

    def test_several_parts_for_one_range_are_not_believed(self, origin: Origin, source: HttpSource) -> None:
        """A multipart answer to a single range is not taken for its bytes."""

        def multipart(handler: Handler) -> None:
            if "Range" not in handler.headers:
                return handler.say(200, NOTES)
            return handler.say(206, b"--b--", {"Content-Type": "multipart/byteranges; boundary=b"})

        origin.pages["/notes.txt"] = Page(script=multipart)
        plan, body = download(source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, plan.header("Content-Type"), body) == (200, "text/plain", NOTES)

    def test_the_first_of_a_set_may_be_missing(self, origin: Origin, source: HttpSource) -> None:
        """A 416 for the first range says nothing of the second."""
        plan, body = download(source.open("notes.txt"), Range="bytes=5000-,5-9")
        assert (plan.status, plan.header("ETag"), body) == (206, '"v1"', b"56789")

    def test_a_416_without_a_size_is_asked_again(self, origin: Origin, source: HttpSource) -> None:
        """Whether a range exists is then found out from the whole."""
        origin.pages["/notes.txt"].script = lambda handler: (
            handler.say(416, b"no")
            if "Range" in handler.headers
            else handler.say(200, NOTES, {"Accept-Ranges": "bytes"})
        )
        plan, _ = download(source.open("notes.txt"), Range="bytes=1000-")
        assert (plan.status, plan.header("Content-Range")) == (416, "bytes */1000")


class TestChanges:
    """An open answer is a snapshot; whatever is asked for after it has to be of the same content."""

    def test_the_answer_that_described_is_a_snapshot(self, origin: Origin, source: HttpSource) -> None:
        """What was described is what is sent, although the origin has something else by now."""
        content = source.open("notes.txt")
        resource = content.describe(PLAIN_GET)
        origin.pages["/notes.txt"] = Page(body=b"other", etag='"v2"')
        content.acquire()
        assert b"".join(content.read(0, resource.size)) == NOTES
        content.close()

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"etag": '"v2"'}, id="other tag"),
            pytest.param({"etag": '"v2"', "conditions": False}, id="other tag, condition ignored"),
            pytest.param(
                {"etag": '"v2"', "conditions": False, "ranges": False}, id="other tag, range ignored"
            ),
            pytest.param({"body": NOTES[:500]}, id="shorter"),
            pytest.param({"body": NOTES[:50], "conditions": False}, id="shorter than the range"),
            pytest.param({"modified": LATER}, id="later"),
        ],
    )
    def test_a_change_between_ranges_is_noticed(
        self, origin: Origin, source: HttpSource, change: dict[str, Any]
    ) -> None:
        """Parts of two different contents are never put together."""
        content = source.open("notes.txt")
        content.describe(DownloadRequest.from_headers("GET", {"Range": "bytes=5-9,100-104"}))
        assert b"".join(content.read(5, 10)) == b"56789"
        for name, value in change.items():
            setattr(origin.pages["/notes.txt"], name, value)
        with pytest.raises(ContentChanged):
            b"".join(content.read(100, 105))
        content.close()

    def test_a_change_before_acquire_is_noticed(self, origin: Origin, source: HttpSource) -> None:
        """Where no answer was kept, the bytes are asked for while there is still a status."""
        content = source.open("notes.txt")
        content.describe(DownloadRequest(method="HEAD"))
        origin.pages["/notes.txt"].etag = '"v2"'
        with pytest.raises(ContentChanged):
            content.acquire()
        content.close()

    def test_what_vanished_before_acquire_is_noticed(self, origin: Origin, source: HttpSource) -> None:
        """The same for what is gone."""
        content = source.open("notes.txt")
        content.describe(DownloadRequest(method="HEAD"))
        del origin.pages["/notes.txt"]
        with pytest.raises(ContentNotFound):
            content.acquire()
        content.close()

    def test_describe_sees_a_change(self, origin: Origin, source: HttpSource) -> None:
        """Each look asks the origin, and what is read is what it said last."""
        content = source.open("notes.txt")
        content.describe(PLAIN_GET)
        origin.pages["/notes.txt"] = Page(body=b"other", etag='"v2"')
        assert content.describe(PLAIN_GET).size == 5
        content.acquire()
        assert b"".join(content.read(0, 5)) == b"other"
        content.close()

    def test_what_was_not_described_is_acquired_whole(self, source: HttpSource) -> None:
        """Without a look before, acquiring takes one."""
        content = source.open("notes.txt")
        content.acquire()
        assert b"".join(content.read(0, None)) == NOTES
        content.close()


class TestRedirects:
    def test_within_the_origin_they_are_followed(self, origin: Origin, source: HttpSource) -> None:
        """Range and conditions go along; the name stays that of the key."""
        origin.pages["/old.txt"] = Page(status=301, fields={"Location": "/notes.txt"})
        plan, body = download(source.open("old.txt"), Range="bytes=5-9")
        assert (plan.status, body) == (206, b"56789")
        assert plan.header("Content-Disposition") == 'attachment; filename="old.txt"'
        assert [seen.fields.get("range") for seen in origin.seen] == ["bytes=5-9"] * 2
        assert origin.connections == 1

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_to_another_origin_they_are_refused(
        self, origin: Origin, source: HttpSource, status: int
    ) -> None:
        """The other origin is not asked, and the error says how to allow it."""
        with serving({"/secret": Page(body=b"secret")}) as other:
            origin.pages["/away"] = Page(status=status, fields={"Location": f"{other.url}/secret"})
            with pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"):
                download(source.open("away"))
            assert other.seen == []

    def test_to_a_trusted_origin_they_are_followed_without_credentials(self, origin: Origin) -> None:
        """What the session says to one origin is not said to the other."""
        with serving({"/public": Page(body=b"public")}) as other, requests.Session() as session:
            session.auth = ("user", "hunter2")
            session.headers["Cookie"] = "session=hunter2"
            origin.pages["/away"] = Page(status=302, fields={"Location": f"{other.url}/public"})
            source = HttpSource(origin.url, session=session, trusted_origins=[origin.url, other.url])
            assert download(source.open("away"))[1] == b"public"
            assert {"authorization", "cookie"} <= origin.seen[0].fields.keys()
            assert {"authorization", "cookie"}.isdisjoint(other.seen[0].fields)

    def test_in_a_circle_they_make_no_sense(self, origin: Origin, source: HttpSource) -> None:
        """After five of them it is enough."""
        origin.pages["/round"] = Page(status=302, fields={"Location": "/round"})
        with pytest.raises(ContentInvalid):
            download(source.open("round"))
        assert len(origin.seen) == 6

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "//user:hunter2@127.0.0.1/"])
    def test_to_nowhere_they_make_no_sense(self, origin: Origin, source: HttpSource, location: str) -> None:
        """A redirect to what cannot be called is an answer without sense, and shows no secrets."""
        origin.pages["/away"] = Page(status=302, fields={"Location": location})
        with pytest.raises(ContentInvalid) as caught:
            download(source.open("away"))
        assert "hunter2" not in str(caught.value)

    def test_their_bodies_are_not_read(self, origin: Origin, source: HttpSource) -> None:
        """Only where a redirect leads counts, not the endless body that comes with it."""
        head = b"HTTP/1.1 302 Found\r\nLocation: /notes.txt\r\n\r\n"

        def endless(handler: Handler) -> None:
            handler.raw(head)
            while True:
                handler.raw(LARGE)

        origin.pages["/endless"] = Page(script=endless)
        assert download(source.open("endless"))[1] == NOTES


class TestSessions:
    def test_a_given_session_is_used_and_left_open(self, origin: Origin) -> None:
        """Its headers arrive, and closing the source does not close it."""
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer abc"
            source = HttpSource(origin.url, session=session, trusted_origins=[origin.url])
            download(source.open("notes.txt"))
            source.close()
            download(source.open("notes.txt"))
            assert [seen.fields["authorization"] for seen in origin.seen] == ["Bearer abc"] * 2
            assert origin.connections == 1

    def test_an_own_session_is_closed_with_the_source(self, origin: Origin, source: HttpSource) -> None:
        """The connections of its pool go away; a later use makes a new one."""
        download(source.open("notes.txt"))
        source.close()
        source.close()
        origin.wait_for_open(0)
        assert download(source.open("notes.txt"))[1] == NOTES

    def test_contents_can_do_without_a_source(self, origin: Origin) -> None:
        """A content made from a URL alone is asked for through a session that all of them share."""
        for _ in range(2):
            content = HttpContent(f"{origin.url}/notes.txt", trusted_origins=[origin.url])
            assert download(content)[1] == NOTES
        assert origin.connections == 1

    def test_a_sender_is_told_everything(self, origin: Origin) -> None:
        """Whatever sends the request gets method, URL, fields and time-outs, and is asked not to follow."""
        calls = []

        def send(method: str, url: str, **options: Any) -> requests.Response:
            calls.append((method, url, options))
            return requests.get(url, **options)

        url = f"{origin.url}/notes.txt"
        content = HttpContent(url, send=send, timeout=IMPATIENT, trusted_origins=[origin.url])
        assert download(content, "HEAD")[0].header("Content-Length") == "1000"
        options = {"stream": True, "allow_redirects": False, "timeout": IMPATIENT}
        assert calls == [("HEAD", url, {**options, "headers": {"Accept-Encoding": "identity"}})]
        origin.wait_for_open(0)

    def test_a_sender_does_not_lose_the_guard(self, origin: Origin) -> None:
        """It is not called with what may not be called, and what it followed elsewhere is not handed out."""
        with pytest.raises(ContentForbidden):
            download(HttpContent("http://127.0.0.1/", send=requests.request))
        with serving({"/secret": Page(body=b"secret")}) as other:
            origin.pages["/away"] = Page(status=302, fields={"Location": f"{other.url}/secret"})
            content = HttpContent(
                f"{origin.url}/away",
                send=lambda method, url, **options: requests.request(method, url, stream=True),
                trusted_origins=[origin.url],
            )
            with pytest.raises(ContentForbidden):
                download(content)
            other.wait_for_open(0)

    def test_requests_is_imported_when_first_used(self) -> None:
        """Importing the adapter, making a source and opening a content load no HTTP client."""
        program = """
import sys
from downloadable.adapters.http import HttpContent, HttpSource
HttpSource("https://example.com").open("a").close()
HttpContent("https://example.com/a").known()
assert {"requests", "urllib3"}.isdisjoint(sys.modules)
"""
        subprocess.run([sys.executable, "-c", program], check=True)


class TestClosing:
    def test_leaving_in_the_middle_leaks_nothing(self, origin: Origin, source: HttpSource) -> None:
        """Fifty downloads that end after the first piece leave neither a connection nor a descriptor."""

        def leave() -> None:
            content = source.open("large.bin")
            content.describe(PLAIN_GET)
            assert next(iter(content.read(0, None)))
            content.close()
            origin.wait_for_open(0)

        leave()
        before = open_descriptors()
        for _ in range(50):
            leave()
        assert open_descriptors() <= before

    @pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}, {"If-Match": '"other"'}])
    def test_what_is_never_read_leaks_nothing(
        self, origin: Origin, source: HttpSource, fields: dict[str, str]
    ) -> None:
        """A content that was described and closed gives its connection back."""
        content = source.open("large.bin")
        content.describe(DownloadRequest.from_headers("GET", fields))
        content.close()
        content.close()
        origin.wait_for_open(0)

    def test_closing_while_it_is_asked_for_leaks_nothing(self, origin: Origin, source: HttpSource) -> None:
        """An answer that arrives after the end is dropped, and whoever waited for it hears of it."""

        def late(handler: Handler) -> None:
            origin.let_go.wait(10)
            handler.say(200, LARGE)

        origin.pages["/late"] = Page(script=late)
        content = source.open("late")
        with ThreadPoolExecutor(1) as threads:
            described = threads.submit(content.describe, PLAIN_GET)
            origin.wait_for_requests(1)
            content.close()
            origin.let_go.set()
            with pytest.raises(ContentError, match="closed"):
                described.result()
        origin.wait_for_open(0)

    def test_what_is_closed_is_not_read(self, source: HttpSource) -> None:
        """Neither the read under way nor a new one goes on after the end."""
        content = source.open("large.bin")
        content.describe(PLAIN_GET)
        chunks = iter(content.read(0, None))
        next(chunks)
        threading.Thread(target=content.close).start()
        with pytest.raises(ContentError, match="closed"):
            b"".join(chunks)
        with pytest.raises(ContentError, match="closed"):
            b"".join(content.read(0, 1))

    def test_what_was_not_described_is_not_read(self, source: HttpSource) -> None:
        """Bytes that nobody knows anything about are not handed out."""
        with pytest.raises(ContentError, match="not described"):
            b"".join(source.open("notes.txt").read(0, 1))


def test_a_slow_origin_is_passed_on_at_once(origin: Origin, source: HttpSource) -> None:
    """What has arrived is handed out, although much more is announced."""

    def slow(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nfirst")
        handler.stall()

    origin.pages["/slow"] = Page(script=slow)
    content = source.open("slow")
    resource = content.describe(PLAIN_GET)
    assert next(iter(content.read(0, resource.size))) == b"first"
    content.close()


def test_a_range_of_a_described_whole_is_asked_for(origin: Origin, source: HttpSource) -> None:
    """Reading from the middle never reads and throws away what comes before, where the origin can seek."""
    content = source.open("large.bin")
    content.describe(PLAIN_GET)
    wanted = ByteRange(1_000_000, 1_000_010)
    assert b"".join(content.read(wanted.start, wanted.stop)) == LARGE[wanted.start : wanted.stop]
    assert [seen.fields.get("range") for seen in origin.seen] == [None, "bytes=1000000-1000009"]
    content.close()
