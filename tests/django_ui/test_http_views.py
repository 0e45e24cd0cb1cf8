from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import override_settings

from downloadable.django_ui.views import HTTPDownloadView
from tests.adapters.origin import Handler, Origin, Page, serving
from tests.django_ui.doors import got
from tests.django_ui.handlers import EVERY_HANDLER, Ask, started

DAY = "Thu, 29 Feb 2024 12:00:00 GMT"
NOTES = b"0123456789" * 100
LARGE = bytes(range(256)) * 4096


@pytest.fixture
def origin() -> Iterator[Origin]:
    """Run an origin that the settings trust."""
    typed: dict[str, str | None] = {"Content-Type": "text/x-notes; charset=latin-1"}
    pages = {
        "/notes.txt": Page(body=NOTES, etag='"v1"', modified=DAY, fields=typed),
        "/large.bin": Page(body=LARGE, etag='"big"', fields={"Content-Type": "application/x-large"}),
        "/a%20b%C4%8D.txt": Page(body=NOTES),
        "/bare": Page(body=NOTES, chunked=True, ranges=False, fields={"Content-Type": None}),
        "/failing": Page(status=500, body=b"a stack trace of the origin"),
        "/busy": Page(status=503, body=b"busy", fields={"Retry-After": "30"}),
        "/forbidden": Page(status=403, body=b"go away"),
        "/empty": Page(body=b""),
        "/gzipped": Page(body=gzip.compress(NOTES), fields={"Content-Encoding": "gzip"}),
    }
    with serving(pages) as origin, override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [origin.url]}):
        yield origin


def view_of(origin: Origin, path: str = "/notes.txt", **given: Any) -> Any:
    """Return a view of a page."""
    return HTTPDownloadView.as_view(url=f"{origin.url}{path}", **given)


def body(response: Any) -> bytes:
    """Return all of a body."""
    return b"".join(response)


@EVERY_HANDLER
def test_what_a_url_leads_to_is_downloaded(ask: Ask, origin: Origin) -> None:
    """The bytes, the type, the length and the validators are the origin's; the name is the URL's."""
    answer = ask(view_of(origin))
    assert (answer.status, answer.body) == (200, NOTES)
    assert answer.field("Content-Type") == "text/x-notes; charset=latin-1"
    assert answer.field("Content-Length") == str(len(NOTES))
    assert answer.field("Content-Disposition") == 'attachment; filename="notes.txt"'
    assert (answer.field("ETag"), answer.field("Last-Modified")) == ('"v1"', DAY)


ONE_REQUEST: list[Any] = [
    pytest.param("GET", {}, 200, "GET", id="full"),
    pytest.param("GET", {"Range": "bytes=10-19"}, 206, "GET", id="range"),
    pytest.param("GET", {"If-None-Match": '"v1"'}, 304, "GET", id="tag"),
    pytest.param("GET", {"If-Modified-Since": DAY}, 304, "GET", id="date"),
    pytest.param("HEAD", {}, 200, "HEAD", id="HEAD"),
]


@EVERY_HANDLER
@pytest.mark.parametrize(("method", "fields", "status", "seen"), ONE_REQUEST)
def test_an_origin_sees_one_request(
    ask: Ask, origin: Origin, method: str, fields: dict[str, str], status: int, seen: str
) -> None:
    """Whatever the client asks costs one request, and HEAD costs no body."""
    answer = ask(view_of(origin), method=method, fields=fields)
    assert answer.status == status
    if status == 206:
        assert answer.body == NOTES[10:20]
    (request,) = origin.seen
    assert request.method == seen
    for name, value in fields.items():
        assert request.fields[name.lower()] == value


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/absent", 404, id="404"),
        pytest.param("/forbidden", 403, id="403"),
        pytest.param("/failing", 503, id="500"),
        pytest.param("/busy", 503, id="503"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@EVERY_HANDLER
def test_an_error_of_the_origin_is_never_a_file(
    ask: Ask, origin: Origin, method: str, path: str, status: int
) -> None:
    """A page of an error is not passed off as the file."""
    answer = ask(view_of(origin, path), method=method)
    assert answer.status == status
    assert answer.field("Content-Disposition") is None
    assert answer.field("Retry-After") == ("30" if path == "/busy" else None)
    for words in (b"stack trace", b"no such page", b"go away"):
        assert words not in answer.body


def test_a_hook_answers_for_a_missing_page(origin: Origin) -> None:
    """What is not at the origin is a missing file as any other."""
    with pytest.raises(Http404):
        got(view_of(origin, "/absent"))


@EVERY_HANDLER
def test_an_origin_that_says_nothing_is_served(ask: Ask, origin: Origin) -> None:
    """Without a length and a type there is an answer without a length, and a careful type."""
    answer = ask(view_of(origin, "/bare"))
    assert (answer.status, answer.body) == (200, NOTES)
    assert answer.field("Content-Length") is None
    assert answer.field("Content-Type") == "application/octet-stream"


def test_an_empty_page_is_an_empty_file(origin: Origin) -> None:
    """A page without a byte is one."""
    response = got(view_of(origin, "/empty"))
    assert (response.headers["Content-Length"], body(response)) == ("0", b"")


def test_a_coding_of_the_origin_is_announced_or_undone(origin: Origin) -> None:
    """What is announced fits what is sent, also if the origin compresses."""
    response = got(view_of(origin, "/gzipped"))
    sent = body(response)
    if response.headers.get("Content-Encoding") == "gzip":
        sent = gzip.decompress(sent)
    else:
        assert response.headers.get("Content-Length") in {str(len(sent)), None}
    assert sent == NOTES


def test_the_name_in_a_url_is_decoded(origin: Origin) -> None:
    """A name is what the URL means, not how it is spelt there."""
    response = got(view_of(origin, "/a%20b%C4%8D.txt"))
    assert response.basename == "a bč.txt"
    assert body(response) == NOTES


NAMED = 'attachment; filename="n.txt"'


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"basename": "n.txt"}, "Content-Disposition", NAMED),
        (
            {"attachment": False, "mimetype": "text/plain"},
            "Content-Disposition",
            'inline; filename="notes.txt"',
        ),
        ({"mimetype": "application/x-own"}, "Content-Type", "application/x-own"),
        ({"encoding": "br"}, "Content-Encoding", "br"),
    ],
)
def test_attributes_of_the_view_go_before_the_origin(
    origin: Origin, given: dict[str, Any], name: str, value: str
) -> None:
    """What the view says counts, whatever the origin says."""
    assert got(view_of(origin, **given)).headers[name] == value


def test_a_view_may_make_the_url(origin: Origin) -> None:
    """A hook says where the file is."""

    class Hooked(HTTPDownloadView):
        def get_url(self) -> str:
            return f"{origin.url}/{self.kwargs['name']}.txt"

    assert body(got(Hooked.as_view(), name="notes")) == NOTES


def test_keywords_go_along(origin: Origin) -> None:
    """What is said about requests is true of each of them, and goes beside what is asked."""

    class Hooked(HTTPDownloadView):
        def get_request_kwargs(self) -> Mapping[str, Any]:
            return {**self.request_kwargs, "params": {"page": "1"}}

    origin.pages["/notes.txt?page=1"] = origin.pages["/notes.txt"]
    view = Hooked.as_view(url=f"{origin.url}/notes.txt", request_kwargs={"headers": {"X-Key": "sesame"}})
    part = got(view, fields={"Range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, NOTES[10:20])
    (request,) = origin.seen
    assert (request.path, request.fields["x-key"]) == ("/notes.txt?page=1", "sesame")


def test_a_factory_of_the_views_own_sends(origin: Origin) -> None:
    """A view may send requests itself, by a session, say."""
    with requests.Session() as session:
        session.headers["X-Session"] = "ours"

        class Hooked(HTTPDownloadView):
            def get_request_factory(self) -> Any:
                return session.get

        assert body(got(Hooked.as_view(url=f"{origin.url}/notes.txt"))) == NOTES
    (request,) = origin.seen
    assert request.fields["x-session"] == "ours"


class Own(HTTPDownloadView):
    """A view with a factory of its own."""

    def get_request_factory(self) -> Any:
        return requests.get


@pytest.mark.parametrize("view", [HTTPDownloadView, Own])
def test_what_is_internal_must_be_trusted(origin: Origin, view: type[HTTPDownloadView]) -> None:
    """A host that is not public is not asked unless the settings say so, with a factory of one's own either."""
    with override_settings(DOWNLOADABLE={}), pytest.raises(PermissionDenied):
        got(view.as_view(url=f"{origin.url}/notes.txt"))
    assert origin.seen == []


def test_a_view_may_allow_origins_of_its_own(origin: Origin) -> None:
    """What one view may call, another one may not."""
    with override_settings(DOWNLOADABLE={}):
        assert body(got(view_of(origin, allowed_origins=[origin.url]))) == NOTES
        with pytest.raises(PermissionDenied):
            got(view_of(origin, allowed_origins=["http://127.0.0.1:1"]))


@EVERY_HANDLER
def test_a_view_may_limit_what_it_takes(ask: Ask, origin: Origin) -> None:
    """A file that is too long is a bad answer of the origin, and so is one that takes too long to begin."""
    assert ask(view_of(origin, "/large.bin", max_size=1000)).status == 502
    assert ask(view_of(origin, "/notes.txt", max_size=1000)).status == 200
    assert ask(view_of(origin, "/notes.txt", answer_timeout=0)).status == 504


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/a.txt", "gopher://example.com/"])
def test_only_http_is_spoken(url: str) -> None:
    """Another scheme is no way to a file."""
    response: Any = None
    with pytest.raises((Http404, PermissionDenied, ValueError)):
        response = got(HTTPDownloadView.as_view(url=url))
    assert response is None


def test_an_origin_that_is_down_is_unavailable() -> None:
    """Nobody there is a 503."""
    with serving() as origin:
        url = origin.url
    with override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [url]}):
        assert got(HTTPDownloadView.as_view(url=f"{url}/notes.txt")).status_code == 503


def endless(page: Handler) -> None:
    """Send a page until nobody takes it any more."""
    page.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while True:
        page.raw(bytes(65_536))


def test_a_client_that_leaves_frees_the_connection(origin: Origin) -> None:
    """What is left of a page is not waited for."""
    origin.pages["/endless"] = Page(script=endless)
    with started(view_of(origin, "/endless")) as answer:
        assert next(iter(answer.body))
    origin.wait_for_open(0)
