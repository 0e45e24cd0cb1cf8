from __future__ import annotations

import gzip
import socket
from collections.abc import Callable

import pytest

from downloadable.adapters.http import HttpSource
from downloadable.domain import (
    PLAIN_GET,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
)
from tests.adapters.http_pages import IMPATIENT, LARGE, NOTES, download
from tests.adapters.origin import Handler, Origin, Page

NOT_PASSED_ON: dict[str, str | None] = {
    "Connection": "keep-alive, X-Hop",
    "X-Hop": "1",
    "Keep-Alive": "timeout=5",
    "Proxy-Connection": "keep-alive",
    "Proxy-Authenticate": "Basic",
    "Proxy-Authentication-Info": "a=b",
    "Authentication-Info": "a=b",
    "WWW-Authenticate": "Basic",
    "TE": "trailers",
    "Trailer": "X-Late",
    "Upgrade": "h2c",
    "Set-Cookie": "who=somebody",
    "Set-Cookie2": "who=somebody",
    "Server": "secret/1.0",
    "X-Powered-By": "secret",
    "Via": "1.1 inside",
    "Age": "100",
    "Alt-Svc": 'h3=":443"',
    "Location": "http://inside.example/",
    "Refresh": "0; url=http://inside.example/",
    "Link": "<http://inside.example/>; rel=preload",
    "Clear-Site-Data": '"*"',
    "Strict-Transport-Security": "max-age=1",
    "Access-Control-Allow-Origin": "*",
    "X-Accel-Expires": "60",
    "X-Own": "1",
}
"""What an origin may say to whoever asks it, which is this server."""


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
        self, origin: Origin, http_source: HttpSource, method: str, status: int, error: type[ContentError]
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

    def test_retry_after_is_known(self, origin: Origin, http_source: HttpSource) -> None:
        """An origin that says when to come back is quoted."""
        origin.pages["/busy"] = Page(status=503, fields={"Retry-After": "17"})
        with pytest.raises(ContentUnavailable) as caught:
            download(http_source.open("busy"))
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
        self, origin: Origin, http_source: HttpSource, answer: bytes, error: type[ContentError]
    ) -> None:
        """What is no answer, or none to what was asked, is told from an origin that is down."""
        origin.pages["/odd"] = Page(script=lambda handler: handler.raw(answer))
        with pytest.raises(error) as caught:
            download(http_source.open("odd"))
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

    def test_a_body_that_is_too_long_is_cut(self, origin: Origin, http_source: HttpSource) -> None:
        """What comes after the announced end belongs to nothing, not even to the next answer."""
        surplus = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        origin.pages["/long"] = Page(script=lambda handler: handler.raw(surplus, end=False))
        assert download(http_source.open("long"))[1] == b"good"
        assert download(http_source.open("notes.txt"))[1] == NOTES

    def test_a_range_that_is_too_long_is_cut(self, origin: Origin, http_source: HttpSource) -> None:
        """A part in chunks ends where Content-Range says, whatever comes."""
        answer = b"HTTP/1.1 206 OK\r\nContent-Range: bytes 5-9/1000\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer += b"a\r\n56789evil!\r\n0\r\n\r\n"
        origin.pages["/long"] = Page(script=lambda handler: handler.raw(answer))
        assert download(http_source.open("long"), Range="bytes=5-9")[1] == b"56789"


class TestOddOrigins:
    def test_an_unasked_coding_is_passed_on_as_it_is(self, origin: Origin, http_source: HttpSource) -> None:
        """Length, ranges and bytes are all those of the coded content, and the coding is named."""
        coded = gzip.compress(NOTES, mtime=0)
        origin.pages["/notes.txt"] = Page(body=coded, fields={"Content-Encoding": "gzip"})
        plan, body = download(http_source.open("notes.txt"))
        assert body == coded
        assert (plan.header("Content-Encoding"), plan.header("Content-Length")) == ("gzip", str(len(coded)))

    @pytest.mark.parametrize(
        ("method", "fields", "status"),
        [
            ("GET", {}, 200),
            ("HEAD", {}, 200),
            ("GET", {"Range": "bytes=5-9"}, 206),
            ("GET", {"Range": "bytes=5-9,20-29"}, 206),
            ("GET", {"Range": "bytes=5000-"}, 416),
            ("GET", {"If_None_Match": '"v1"'}, 304),
            ("GET", {"If_Match": '"v2"'}, 412),
        ],
    )
    def test_only_what_describes_the_content_is_passed_on(
        self, origin: Origin, http_source: HttpSource, method: str, fields: dict[str, str], status: int
    ) -> None:
        """Cookies, what is for one connection (RFC 9110, 7.6.1), and the origin's own fields stay behind."""
        origin.pages["/notes.txt"].fields |= NOT_PASSED_ON
        plan, _ = download(http_source.open("notes.txt"), method, **fields)
        names = {name.lower() for name, _ in plan.headers}
        assert plan.status == status
        assert status == 416 or {"etag", "last-modified"} <= names
        assert names.isdisjoint(name.lower() for name in NOT_PASSED_ON)

    def test_cookies_are_not_kept(self, origin: Origin, http_source: HttpSource) -> None:
        """What an origin tells one client to remember is not sent for another."""
        for _ in range(2):
            download(http_source.open("notes.txt"))
        assert [seen.fields.get("cookie") for seen in origin.seen] == [None, None]

    def test_an_origin_that_ignores_ranges_serves_the_whole(
        self, origin: Origin, http_source: HttpSource
    ) -> None:
        """Where ranges are neither announced nor served, the client gets everything, in one request."""
        origin.pages["/notes.txt"].ranges = False
        plan, body = download(http_source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, body, len(origin.seen)) == (200, NOTES, 1)
        assert plan.header("Accept-Ranges") == "none"

    @pytest.mark.parametrize("asked", ["bytes=1000000-1000009", "bytes=-10", "bytes=5-9,100-104"])
    def test_ranges_announced_but_ignored_cost_no_second_request(
        self, origin: Origin, http_source: HttpSource, asked: str
    ) -> None:
        """What an origin sends in place of a range is passed on, not thrown away and asked for again."""
        announced: dict[str, str | None] = {"Accept-Ranges": "bytes"}
        origin.pages["/large.bin"] = Page(body=LARGE, etag='"v1"', ranges=False, fields=announced)
        plan, body = download(http_source.open("large.bin"), Range=asked)
        assert (plan.status, body == LARGE, len(origin.seen)) == (200, True, 1)

    def test_ranges_ignored_later_are_cut_out(self, origin: Origin, http_source: HttpSource) -> None:
        """An origin that stops to serve ranges is read from the start, as long as it is the same content."""
        content = http_source.open("large.bin")
        content.describe(DownloadRequest(method="HEAD"))
        origin.pages["/large.bin"].ranges = False
        assert b"".join(content.read(1_000_000, 1_000_010)) == LARGE[1_000_000:1_000_010]
        content.close()

    @pytest.mark.parametrize("if_range", ['"made-up"', "Mon, 01 Jan 2001 00:00:00 GMT"])
    @pytest.mark.parametrize("asked", ["bytes=5-9", "bytes=5-9,100-104", "bytes=5000-"])
    def test_an_origin_that_ignores_if_range_confirms_nothing(
        self, origin: Origin, http_source: HttpSource, if_range: str, asked: str
    ) -> None:
        """The client gets everything, and no validator that only it knows of."""

        def ranges_only(handler: Handler) -> None:
            del handler.headers["If-Range"]
            handler.answer(Page(body=NOTES))

        origin.pages["/notes.txt"] = Page(script=ranges_only)
        plan, body = download(http_source.open("notes.txt"), Range=asked, If_Range=if_range)
        assert (plan.status, body) == (200, NOTES)
        assert (plan.header("ETag"), plan.header("Last-Modified")) == (None, None)

    @pytest.mark.parametrize(
        "content_range",
        ["bytes 0-4/1000", "bytes 5-9/*", "bytes 5-999999/1000", "5-9", "", None],
    )
    def test_a_wrong_range_is_not_believed(
        self, origin: Origin, http_source: HttpSource, content_range: str | None
    ) -> None:
        """Other bytes than those asked for are thrown away; the client gets the whole."""
        origin.pages["/notes.txt"].fields["Content-Range"] = content_range
        plan, body = download(http_source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, body) == (200, NOTES)
        assert ["range" in seen.fields for seen in origin.seen] == [True, False]

    def test_several_parts_for_one_range_are_not_believed(
        self, origin: Origin, http_source: HttpSource
    ) -> None:
        """A multipart answer to a single range is not taken for its bytes."""

        def multipart(handler: Handler) -> None:
            if "Range" not in handler.headers:
                return handler.say(200, NOTES)
            return handler.say(206, b"--b--", {"Content-Type": "multipart/byteranges; boundary=b"})

        origin.pages["/notes.txt"] = Page(script=multipart)
        plan, body = download(http_source.open("notes.txt"), Range="bytes=5-9")
        assert (plan.status, plan.header("Content-Type"), body) == (200, "text/plain", NOTES)

    def test_the_first_of_a_set_may_be_missing(self, origin: Origin, http_source: HttpSource) -> None:
        """A 416 for the first range says nothing of the second."""
        plan, body = download(http_source.open("notes.txt"), Range="bytes=5000-,5-9")
        assert (plan.status, plan.header("ETag"), body) == (206, '"v1"', b"56789")

    def test_a_416_without_a_size_is_asked_again(self, origin: Origin, http_source: HttpSource) -> None:
        """Whether a range exists is then found out from the whole."""
        origin.pages["/notes.txt"].script = lambda handler: (
            handler.say(416, b"no")
            if "Range" in handler.headers
            else handler.say(200, NOTES, {"Accept-Ranges": "bytes"})
        )
        plan, _ = download(http_source.open("notes.txt"), Range="bytes=1000-")
        assert (plan.status, plan.header("Content-Range")) == (416, "bytes */1000")


def test_a_slow_origin_is_passed_on_at_once(origin: Origin, http_source: HttpSource) -> None:
    """What has arrived is handed out, although much more is announced."""

    def slow(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nfirst")
        handler.stall()

    origin.pages["/slow"] = Page(script=slow)
    content = http_source.open("slow")
    resource = content.describe(PLAIN_GET)
    assert next(iter(content.read(0, resource.size))) == b"first"
    content.close()
