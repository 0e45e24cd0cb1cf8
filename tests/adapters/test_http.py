from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    ContentForbidden,
    ContentNotFound,
    Resource,
)
from downloadable.ports import RemoteUrl
from downloadable.ports.contract import SourceContract
from tests.adapters.http_pages import DAY, LARGE, LATER, NOTES, download
from tests.adapters.origin import Origin, Page, serving


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
        http_source: HttpSource,
        method: str,
        fields: dict[str, str],
        status: int,
        body: bytes,
        sent: dict[str, str],
    ) -> None:
        """Full, ranged, conditional and HEAD requests each cost one request, with just these fields."""
        plan, got = download(http_source.open("notes.txt"), method, **fields)
        assert (plan.status, got) == (status, body)
        (seen,) = origin.seen
        assert seen.method == method
        unconditional = {"host", "user-agent", "accept", "connection"}
        assert {name: seen.fields[name] for name in seen.fields.keys() - unconditional} == {
            "accept-encoding": "identity",
            **sent,
        }

    def test_a_set_of_ranges_costs_one_request_for_each(
        self, origin: Origin, http_source: HttpSource
    ) -> None:
        """The first range comes with the description, each further one on condition that nothing changed."""
        plan, body = download(http_source.open("notes.txt"), Range="bytes=5-9,100-104,998-")
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
        self, origin: Origin, http_source: HttpSource, repeats: bool
    ) -> None:
        """What is known and where it is costs no request."""
        content = http_source.open("notes.txt")
        assert content.known() == Resource(name="notes.txt")
        assert content.locations() == (RemoteUrl(f"{origin.url}/notes.txt"),)
        content.close()
        assert origin.seen == []

    def test_what_takes_a_session_is_left_to_nobody_else(self, origin: Origin) -> None:
        """Whoever asks without the credentials of a session may get something else."""
        with requests.Session() as session:
            source = HttpSource(origin.url, session=session, trusted_origins=[origin.url])
            assert source.open("notes.txt").locations() == ()

    @pytest.mark.parametrize(
        "fields", [{"If_None_Match": '"v1"'}, {"If_Modified_Since": DAY}], ids=["tag", "date"]
    )
    def test_a_silent_304_costs_no_more(
        self, origin: Origin, http_source: HttpSource, fields: dict[str, str]
    ) -> None:
        """A 304 that repeats no validator speaks of the one that was sent."""
        origin.pages["/notes.txt"].repeats = False
        plan, _ = download(http_source.open("notes.txt"), **fields)
        assert plan.status == 304
        assert plan.header("ETag" if "If_None_Match" in fields else "Last-Modified") in {'"v1"', DAY}
        assert len(origin.seen) == 1

    def test_a_304_that_says_too_little_is_asked_again(self, origin: Origin, http_source: HttpSource) -> None:
        """If it does not say which of several tags it means, everything is asked for and compared here."""
        origin.pages["/notes.txt"].repeats = False
        plan, _ = download(http_source.open("notes.txt"), If_None_Match='"v0", "v1"')
        assert (plan.status, plan.header("ETag")) == (304, '"v1"')
        assert ["if-none-match" in seen.fields for seen in origin.seen] == [True, False]

    def test_connections_are_used_again(self, origin: Origin, http_source: HttpSource) -> None:
        """Whatever the answer is, if it is small or was read to its end, its connection serves the next request."""
        origin.pages["/empty"] = Page()
        for key, fields in [
            ("notes.txt", {}),
            ("notes.txt", {"If_None_Match": '"v1"'}),
            ("notes.txt", {"Range": "bytes=5-9,100-104"}),
            ("notes.txt", {"Range": "bytes=5000-"}),
            ("empty", {}),
            ("notes.txt", {}),
        ]:
            download(http_source.open(key), **fields)
        for _ in range(3):
            with pytest.raises(ContentNotFound):
                download(http_source.open("absent"))
        assert origin.connections == 1

    def test_many_threads_share_a_source(self, origin: Origin, http_source: HttpSource) -> None:
        """Sixteen downloads at a time come out right, over no more connections than there are threads."""
        with ThreadPoolExecutor(16) as threads:
            answers = list(
                threads.map(lambda _: download(http_source.open("large.bin"))[1] == LARGE, range(48))
            )
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
    def test_a_key_cannot_leave_the_base(self, origin: Origin, http_source: HttpSource, key: str) -> None:
        """What would lead elsewhere is not found, without a request."""
        with pytest.raises(ContentNotFound):
            download(http_source.open(key))
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


def test_a_range_of_a_described_whole_is_asked_for(origin: Origin, http_source: HttpSource) -> None:
    """Reading from the middle never reads and throws away what comes before, where the origin can seek."""
    content = http_source.open("large.bin")
    content.describe(PLAIN_GET)
    wanted = ByteRange(1_000_000, 1_000_010)
    assert b"".join(content.read(wanted.start, wanted.stop)) == LARGE[wanted.start : wanted.stop]
    assert [seen.fields.get("range") for seen in origin.seen] == [None, "bytes=1000000-1000009"]
    content.close()
