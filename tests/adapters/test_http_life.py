from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from downloadable.adapters.django_files import as_content
from downloadable.adapters.http import HttpContent, HttpSource
from downloadable.adapters.wrappers import HTTPFile
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    DownloadRequest,
)
from downloadable.ports.contract import open_descriptors
from tests.adapters.http_pages import IMPATIENT, LARGE, LATER, NOTES, download
from tests.adapters.origin import Handler, Origin, Page, serving


class TestChanges:
    """An open answer is a snapshot; whatever is asked for after it has to be of the same content."""

    def test_the_answer_that_described_is_a_snapshot(self, origin: Origin, http_source: HttpSource) -> None:
        """What was described is what is sent, although the origin has something else by now."""
        content = http_source.open("notes.txt")
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
        self, origin: Origin, http_source: HttpSource, change: dict[str, Any]
    ) -> None:
        """Parts of two different contents are never put together."""
        content = http_source.open("notes.txt")
        content.describe(DownloadRequest.from_headers("GET", {"Range": "bytes=5-9,100-104"}))
        assert b"".join(content.read(5, 10)) == b"56789"
        for name, value in change.items():
            setattr(origin.pages["/notes.txt"], name, value)
        with pytest.raises(ContentChanged):
            b"".join(content.read(100, 105))
        content.close()

    def test_a_change_before_acquire_is_noticed(self, origin: Origin, http_source: HttpSource) -> None:
        """Where no answer was kept, the bytes are asked for while there is still a status."""
        content = http_source.open("notes.txt")
        content.describe(DownloadRequest(method="HEAD"))
        origin.pages["/notes.txt"].etag = '"v2"'
        with pytest.raises(ContentChanged):
            content.acquire()
        content.close()

    def test_what_vanished_before_acquire_is_noticed(self, origin: Origin, http_source: HttpSource) -> None:
        """The same for what is gone."""
        content = http_source.open("notes.txt")
        content.describe(DownloadRequest(method="HEAD"))
        del origin.pages["/notes.txt"]
        with pytest.raises(ContentNotFound):
            content.acquire()
        content.close()

    def test_describe_sees_a_change(self, origin: Origin, http_source: HttpSource) -> None:
        """Each look asks the origin, and what is read is what it said last."""
        content = http_source.open("notes.txt")
        content.describe(PLAIN_GET)
        origin.pages["/notes.txt"] = Page(body=b"other", etag='"v2"')
        assert content.describe(PLAIN_GET).size == 5
        content.acquire()
        assert b"".join(content.read(0, 5)) == b"other"
        content.close()

    def test_what_was_not_described_is_acquired_whole(self, http_source: HttpSource) -> None:
        """Without a look before, acquiring takes one."""
        content = http_source.open("notes.txt")
        content.acquire()
        assert b"".join(content.read(0, None)) == NOTES
        content.close()


class TestRedirects:
    def test_within_the_origin_they_are_followed(self, origin: Origin, http_source: HttpSource) -> None:
        """Range and conditions go along; the name stays that of the key."""
        origin.pages["/old.txt"] = Page(status=301, fields={"Location": "/notes.txt"})
        plan, body = download(http_source.open("old.txt"), Range="bytes=5-9")
        assert (plan.status, body) == (206, b"56789")
        assert plan.header("Content-Disposition") == 'attachment; filename="old.txt"'
        assert [seen.fields.get("range") for seen in origin.seen] == ["bytes=5-9"] * 2
        assert origin.connections == 1

    @pytest.mark.parametrize("location", ["/f%C3%A9.txt", "/f\u00e9.txt", "/f\u00c3\u00a9.txt"])
    def test_they_are_read_as_utf_8(self, origin: Origin, http_source: HttpSource, location: str) -> None:
        """Or as Latin-1, if they cannot be; in either case as browsers would."""
        origin.pages["/f%C3%A9.txt"] = Page(body=NOTES)
        origin.pages["/old.txt"] = Page(status=301, fields={"Location": location})
        assert download(http_source.open("old.txt"))[1] == NOTES

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_to_another_origin_they_are_refused(
        self, origin: Origin, http_source: HttpSource, status: int
    ) -> None:
        """The other origin is not asked, and the error says how to allow it."""
        with serving({"/secret": Page(body=b"secret")}) as other:
            origin.pages["/away"] = Page(status=status, fields={"Location": f"{other.url}/secret"})
            with pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"):
                download(http_source.open("away"))
            assert other.seen == []

    def test_to_a_trusted_origin_they_are_followed_without_credentials(self, origin: Origin) -> None:
        """What the session says to one origin is not said to the other, nor to the first when it comes back there."""
        with serving() as other, requests.Session() as session:
            session.auth = ("user", "hunter2")
            session.headers["X-Api-Key"] = "hunter2"
            session.cookies.set("session", "hunter2")
            session.params = {"token": "hunter2"}
            origin.pages["/away?token=hunter2"] = Page(status=302, fields={"Location": f"{other.url}/public"})
            other.pages["/public"] = Page(status=302, fields={"Location": f"{origin.url}/notes.txt"})
            source = HttpSource(origin.url, session=session, trusted_origins=[origin.url, other.url])
            assert download(source.open("away"), Range="bytes=5-9")[1] == b"56789"
            secrets = {"authorization", "cookie", "x-api-key"}
            assert secrets <= origin.seen[0].fields.keys()
            for seen in (*other.seen, *origin.seen[1:]):
                assert secrets.isdisjoint(seen.fields)
                assert "hunter2" not in seen.path
                assert seen.fields["range"] == "bytes=5-9"

    def test_to_a_trusted_origin_they_take_the_same_way(self, origin: Origin) -> None:
        """The proxy of the session, or of the keywords, is asked for what is at another origin, too."""
        origin.pages["http://a.example/away"] = Page(
            status=302, fields={"Location": "http://b.example/public"}
        )
        origin.pages["http://b.example/public"] = Page(body=b"public")
        trusting, proxies = ["http://a.example", "http://b.example"], {"http": origin.url}
        with requests.Session() as session:
            session.proxies.update(proxies)
            source = HttpSource("http://a.example", session=session, trusted_origins=trusting)
            file = HTTPFile(url="http://a.example/away", proxies=proxies, trusted_origins=trusting)
            for content in (source.open("away"), as_content(file)):
                assert download(content)[1] == b"public"

    def test_in_a_circle_they_make_no_sense(self, origin: Origin, http_source: HttpSource) -> None:
        """After five of them it is enough."""
        origin.pages["/round"] = Page(status=302, fields={"Location": "/round"})
        with pytest.raises(ContentInvalid):
            download(http_source.open("round"))
        assert len(origin.seen) == 6

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "//user:hunter2@127.0.0.1/"])
    @pytest.mark.parametrize("given", [None, requests.Session()], ids=["own session", "given session"])
    def test_to_nowhere_they_make_no_sense(
        self, origin: Origin, given: requests.Session | None, location: str
    ) -> None:
        """A redirect to what cannot be called is an answer without sense, and shows no secrets."""
        origin.pages["/away"] = Page(status=302, fields={"Location": location})
        source = HttpSource(origin.url, session=given, trusted_origins=[origin.url])
        with pytest.raises(ContentInvalid) as caught:
            download(source.open("away"))
        source.close()
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("given", [None, requests.Session()], ids=["own session", "given session"])
    def test_their_bodies_are_not_read(self, origin: Origin, given: requests.Session | None) -> None:
        """Only where a redirect leads counts, not the endless body that comes with it."""
        head = b"HTTP/1.1 302 Found\r\nLocation: /notes.txt\r\n\r\n"

        def endless(handler: Handler) -> None:
            handler.raw(head)
            handler.raw(LARGE)
            handler.stall()

        origin.pages["/endless"] = Page(script=endless)
        source = HttpSource(origin.url, session=given, trusted_origins=[origin.url], timeout=IMPATIENT)
        assert download(source.open("endless"))[1] == NOTES
        source.close()


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

    @pytest.mark.parametrize("several", [False, True])
    def test_the_hooks_of_a_given_session_are_called(self, origin: Origin, several: bool) -> None:
        """One or a list of them, with each answer as it came, redirects included."""
        called = []

        def hook(response: requests.Response, **_: Any) -> None:
            called.append((response.status_code, response.headers.get("Location")))

        origin.pages["/old.txt"] = Page(status=301, fields={"Location": "/notes.txt"})
        with requests.Session() as session:
            session.hooks["response"] = [hook] if several else hook
            source = HttpSource(origin.url, session=session, trusted_origins=[origin.url])
            assert download(source.open("old.txt"))[1] == NOTES
        assert called == [(301, "/notes.txt"), (200, None)]

    def test_an_own_session_is_closed_with_the_source(self, origin: Origin, http_source: HttpSource) -> None:
        """The connections of its pool go away; a later use makes a new one."""
        download(http_source.open("notes.txt"))
        http_source.close()
        http_source.close()
        origin.wait_for_open(0)
        assert download(http_source.open("notes.txt"))[1] == NOTES

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
        content = HttpContent(url, send=send, timeout=(3.0, 7.0), trusted_origins=[origin.url])
        assert download(content, "HEAD")[0].header("Content-Length") == "1000"
        options = {"stream": True, "allow_redirects": False, "timeout": (3.0, 7.0)}
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
    def test_leaving_in_the_middle_leaks_nothing(self, origin: Origin, http_source: HttpSource) -> None:
        """Fifty downloads that end after the first piece leave neither a connection nor a descriptor."""

        def leave() -> None:
            content = http_source.open("large.bin")
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
        self, origin: Origin, http_source: HttpSource, fields: dict[str, str]
    ) -> None:
        """A content that was described and closed gives its connection back."""
        content = http_source.open("large.bin")
        content.describe(DownloadRequest.from_headers("GET", fields))
        content.close()
        content.close()
        origin.wait_for_open(0)

    def test_closing_while_it_is_asked_for_leaks_nothing(
        self, origin: Origin, http_source: HttpSource
    ) -> None:
        """An answer that arrives after the end is dropped, and whoever waited for it hears of it."""

        def late(handler: Handler) -> None:
            origin.let_go.wait(10)
            handler.say(200, LARGE)

        origin.pages["/late"] = Page(script=late)
        content = http_source.open("late")
        with ThreadPoolExecutor(1) as threads:
            described = threads.submit(content.describe, PLAIN_GET)
            origin.wait_for_requests(1)
            content.close()
            origin.let_go.set()
            with pytest.raises(ContentError, match="closed"):
                described.result()
        origin.wait_for_open(0)

    def test_what_is_closed_is_not_read(self, http_source: HttpSource) -> None:
        """Neither the read under way nor a new one goes on after the end."""
        content = http_source.open("large.bin")
        content.describe(PLAIN_GET)
        chunks = iter(content.read(0, None))
        next(chunks)
        threading.Thread(target=content.close).start()
        with pytest.raises(ContentError, match="closed"):
            b"".join(chunks)
        with pytest.raises(ContentError, match="closed"):
            b"".join(content.read(0, 1))

    def test_what_was_not_described_is_not_read(self, http_source: HttpSource) -> None:
        """Bytes that nobody knows anything about are not handed out."""
        with pytest.raises(ContentError, match="not described"):
            b"".join(http_source.open("notes.txt").read(0, 1))
