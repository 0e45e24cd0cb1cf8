"""nginx fetches from another server what Django names by its URL, and shows nothing of that server but the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.adapters.origin import Origin, Page, serving
from tests.servers.fronted.adorned import ADORNMENTS
from tests.servers.fronts import NGINX
from tests.servers.processes import ASGI, GTHREAD, Kind
from tests.servers.test_proxy_configurations import Pair, pair

BODY = b"0123456789" * 20_000
TAG = '"of the origin"'
DATE = "Tue, 15 Nov 2022 12:45:26 GMT"
OF_DJANGO = {
    "Content-Type": "text/plain",
    "Content-Disposition": 'attachment; filename="of origin.txt"',
    "Cache-Control": "private, no-cache",
}
TALKATIVE = {
    "Content-Type": "text/html",
    "Content-Disposition": "inline",
    "Cache-Control": "public, max-age=3600",
    "Expires": "Tue, 15 Nov 2050 12:45:26 GMT",
    "Set-Cookie": "of-origin=1",
    "Content-Security-Policy": "none",
    "Vary": "Origin",
    "X-Accel-Redirect": "/protected/a%20b.txt",
    "X-Accel-Limit-Rate": "1",
    "X-Frame-Options": "ALLOWALL",
    "x-amz-request-id": "TX0001",
    "x-amz-id-2": "abc",
    "Access-Control-Allow-Origin": "*",
}


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    """Where nginx fetches from."""
    with serving() as origin:
        yield origin


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def both(request: pytest.FixtureRequest, origin: Origin) -> Iterator[Pair]:
    """Nginx in front of each kind of Django's server, with an origin."""
    kind: Kind = request.param
    with pair(NGINX, kind, origin=origin.url) as both:
        yield both


@contextmanager
def page(origin: Origin, path: str = "/a.txt", **fields: str) -> Iterator[None]:
    """The origin has this page only, and has been asked for nothing."""
    origin.pages = {path: Page(body=BODY, etag=TAG, modified=DATE, fields=dict(fields))}
    origin.seen.clear()
    yield


AWKWARD = [
    "/a+b.txt",
    "/a%2Bb.txt",
    "/a%20b.txt",
    "/100%25.txt",
    "/a%2525.txt",
    "/a%3Fb.txt",
    "/a%23b.txt",
    "/a%22b%27c.txt",
    "/a'b.txt",
    "/a%2541.txt",
    "/%E6%9D%B1.txt",
    "/a;b=c,d.txt",
    "/a(b)[c]!@$&*.txt",
    "/a%0Ab.txt",
    "/a%2Fb.txt",
    "/a'b/c%2Fd/e%2Ff.txt",
    "/a.txt?X-Amz-Signature=ab%2Bc%2Fd+e&response-content-disposition=attachment%3B%20filename%3D%22a%22",
    "/a.txt?",
    "/a.txt?b=?c",
]


@pytest.mark.parametrize("target", AWKWARD)
def test_asks_for_the_url_byte_for_byte(both: Pair, origin: Origin, target: str) -> None:
    """A signed link holds only if path and query arrive as they were signed."""
    with page(origin, target), both.front.answer(f"/of-origin?{target}") as answer:
        body = answer.read()
    assert (answer.status, body) == (200, BODY)
    assert [(seen.method, seen.path) for seen in origin.seen] == [("GET", target)]


def test_django_asks_for_nothing(both: Pair, origin: Origin) -> None:
    """Django only says where the file is."""
    with page(origin), both.django.answer("/of-origin?/a.txt") as answer:
        assert answer.headers["X-Accel-Redirect"] == "/origin/a.txt"
        assert answer.read() == b""
    assert origin.seen == []


def test_describes_the_file_in_djangos_words(both: Pair, origin: Origin) -> None:
    """The client gets Django's fields, and of the origin only what the bytes need."""
    with page(origin, **TALKATIVE), both.front.answer("/of-origin?/a.txt") as answer:
        assert answer.read() == BODY
    fields = {name.lower(): answer.headers.get_all(name) for name in answer.headers}
    for name, value in {
        **OF_DJANGO,
        **ADORNMENTS,
        "ETag": TAG,
        "Last-Modified": DATE,
        "Accept-Ranges": "bytes",
    }.items():
        assert fields.pop(name.lower()) == [value]
    assert fields.pop("set-cookie") == ["first=1; Path=/", "second=2; Path=/"]
    assert fields.pop("x-frame-options") == ["DENY"]
    assert set(fields) == {
        "connection",
        "content-length",
        "cross-origin-opener-policy",
        "date",
        "referrer-policy",
        "server",
        "x-content-type-options",
    }


def test_origin_hears_nothing_of_the_client(both: Pair, origin: Origin) -> None:
    """No cookie, no password, no address: only what ranges and conditions need."""
    private = {
        "Cookie": "sessionid=secret",
        "Authorization": "Bearer secret",
        "Referer": "http://127.0.0.1/secret",
        "User-Agent": "secret",
        "X-Custom": "secret",
        "X-Forwarded-For": "192.0.2.1",
        "Accept-Encoding": "gzip",
    }
    with page(origin), both.front.answer("/of-origin?/a.txt", **private) as answer:
        assert answer.read() == BODY
    (seen,) = origin.seen
    assert seen.fields == {"host": origin.url.removeprefix("http://"), "accept-encoding": "identity"}


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        pytest.param({"Range": "bytes=5-9"}, 206, BODY[5:10], id="range"),
        pytest.param({"Range": "bytes=-3"}, 206, BODY[-3:], id="suffix"),
        pytest.param({"Range": "bytes=0-0,5-9"}, 200, BODY, id="several ranges"),
        pytest.param({"Range": "bytes=5-9", "If-Range": TAG}, 206, BODY[5:10], id="fresh If-Range"),
        pytest.param({"Range": "bytes=5-9", "If-Range": '"stale"'}, 200, BODY, id="stale If-Range"),
        pytest.param({"If-None-Match": TAG}, 304, b"", id="not modified"),
        pytest.param({"If-None-Match": '"stale"'}, 200, BODY, id="modified"),
        pytest.param({"If-Modified-Since": DATE}, 304, b"", id="not modified since"),
        pytest.param({"If-Match": TAG}, 200, BODY, id="match"),
    ],
)
def test_conditions_and_ranges_are_the_origins(
    both: Pair, origin: Origin, asked: dict[str, str], status: int, body: bytes
) -> None:
    """What a client asks about the validators it got from the origin, the origin answers."""
    with page(origin), both.front.answer("/of-origin?/a.txt", **asked) as answer:
        assert (answer.status, answer.read()) == (status, body)
    assert answer.headers.get_all("ETag") == [TAG]
    if status != 304:
        assert answer.headers.get_all("Content-Type") == ["text/plain"]
    if status == 206:
        start = BODY.index(body) if asked["Range"] != "bytes=-3" else len(BODY) - 3
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(BODY)}"


def test_range_that_does_not_exist(both: Pair, origin: Origin) -> None:
    """The client hears how long the file is."""
    with page(origin), both.front.answer("/of-origin?/a.txt", Range="bytes=999999-") as answer:
        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(BODY)}"


def test_head(both: Pair, origin: Origin) -> None:
    """A link is signed for GET, so that is what is asked even then."""
    with page(origin), both.front.answer("/of-origin?/a.txt", method="HEAD") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Length"] == str(len(BODY))
        assert answer.headers["ETag"] == TAG
        assert answer.read() == b""
    assert [seen.method for seen in origin.seen] == ["GET"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (301, 502),
        (302, 502),
        (307, 502),
        (400, 502),
        (401, 403),
        (403, 403),
        (404, 404),
        (405, 502),
        (410, 404),
        (412, 412),
        (429, 503),
        (500, 503),
        (502, 502),
        (503, 503),
        (504, 504),
    ],
)
def test_failures_are_not_the_origins_to_tell(both: Pair, origin: Origin, said: int, status: int) -> None:
    """An error of the origin is a status, never its page, and never where it would have sent the client."""
    secret = b"<Error><Bucket>secret</Bucket></Error>"
    origin.pages = {
        "/a.txt": Page(
            body=secret,
            status=said,
            fields={"Location": "http://secret.example/", "Content-Type": "text/xml"},
        )
    }
    with both.front.answer("/of-origin?/a.txt") as answer:
        assert answer.status == status
        assert b"secret" not in answer.read()
        assert answer.headers["Content-Type"] == "text/html"
        assert "Location" not in answer.headers


def test_the_client_hears_when_to_come_back(both: Pair, origin: Origin) -> None:
    """An origin that has too much to do says for how long."""
    origin.pages = {"/a.txt": Page(status=503, body=b"later", fields={"Retry-After": "7"})}
    with both.front.answer("/of-origin?/a.txt") as answer:
        assert answer.status == 503
        assert answer.headers.get_all("Retry-After") == ["7"]


def test_inside_is_not_reachable(both: Pair, origin: Origin) -> None:
    """Nobody but Django sends nginx to the origin."""
    with page(origin):
        for url in ("/origin/a.txt", "/within/a.txt"):
            with both.front.answer(url, **{"X-Accel-Redirect": url}) as answer:
                assert answer.status == 404
    assert origin.seen == []
