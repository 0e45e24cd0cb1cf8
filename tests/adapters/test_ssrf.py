"""No URL, and no redirect to one, makes this machine connect to what is inside; each is refused in good order."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from hypothesis import example, given, strategies as st
from urllib3.util import parse_url

from downloadable.adapters.django_files import as_content
from downloadable.adapters.http import HttpSource
from downloadable.adapters.http.origins import origin_of
from downloadable.adapters.wrappers import HTTPFile
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.views import HTTPDownloadView
from downloadable.domain import ContentForbidden, ContentInvalid, ContentNotFound
from tests.adapters.http_pages import download
from tests.adapters.network import Network, network_of
from tests.adapters.origin import Handler, Origin, Page, serving
from tests.adapters.ssrf_payloads import NAMES, PAYLOADS

EVERY_PAYLOAD = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())


@pytest.fixture
def network() -> Iterator[Network]:
    """Resolve names of payloads as an attacker would have it."""
    with network_of() as network:
        network.names |= {name: [addresses] for name, addresses in NAMES.items()}
        yield network


@pytest.fixture
def trap() -> Iterator[int]:
    """Listen on loopback; nobody may come."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def by_view(view: Any) -> None:
    """Ask a view as Django does."""
    view(RequestFactory().get("/"))


class Own(HTTPDownloadView):
    """A view that sends requests itself."""

    def get_request_factory(self) -> Any:
        return requests.get


SESSION = requests.Session()

WAYS: dict[str, tuple[type[Exception], Callable[[str], Any]]] = {
    "source": (ContentForbidden, lambda url: download(HttpSource().open(url))),
    "given session": (ContentForbidden, lambda url: download(HttpSource(session=SESSION).open(url), "HEAD")),
    "file": (ContentForbidden, lambda url: download(as_content(HTTPFile(url=url)))),
    "file that is read": (ContentForbidden, lambda url: HTTPFile(url=url).read()),
    "request factory": (ContentForbidden, lambda url: download(as_content(HTTPFile(requests.get, url)))),
    "factory": (PermissionDenied, lambda url: by_view(download_view(HttpSource(), key=lambda _: url))),
    "class": (PermissionDenied, lambda url: by_view(HTTPDownloadView.as_view(url=url))),
    "class with a request factory": (PermissionDenied, lambda url: by_view(Own.as_view(url=url))),
}


def test_there_are_many_payloads() -> None:
    """A table that shrinks is noticed."""
    assert len(set(PAYLOADS.values())) >= 200


@EVERY_PAYLOAD
def test_nothing_internal_is_called(network: Network, trap: int, payload: str) -> None:
    """By whatever way, it is refused, with an error that becomes a 403, and nobody is connected to."""
    url = payload.replace("{port}", str(trap))
    for way, (error, call) in WAYS.items():
        with pytest.raises(error):
            call(url)
        assert network.connected == [], way


def redirecting(to: str) -> Page:
    """Make a page that leads elsewhere, byte by byte as it was written."""
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
    return Page(script=lambda handler: handler.raw(head + to.encode() + b"\r\n\r\n"))


@pytest.fixture(scope="module")
def leading() -> Iterator[Origin]:
    """Run an origin that is trusted, and leads inside."""
    with serving() as origin:
        yield origin


@EVERY_PAYLOAD
def test_no_redirect_leads_inside(network: Network, trap: int, leading: Origin, payload: str) -> None:
    """What a trusted origin redirects to is held against the same rules; only that origin is ever connected to."""
    leading.pages["/away"] = redirecting(payload.replace("{port}", str(trap)))
    url, trusting = f"{leading.url}/away", [leading.url]
    for content in (
        as_content(HTTPFile(url=url, trusted_origins=trusting)),
        as_content(HTTPFile(requests.get, url, trusted_origins=trusting)),
    ):
        # What is no URL of its own is a path of the origin, which has no such page.
        with pytest.raises((ContentForbidden, ContentInvalid, ContentNotFound)):
            download(content)
    assert {f"http://{host}:{port}" for host, port in network.connected} == {leading.url}


@pytest.mark.parametrize("payload", ["http://127.0.0.1:{port}/", "http://localtest.example:{port}/"])
def test_a_factory_that_follows_redirects_hands_out_nothing(network: Network, payload: str) -> None:
    """It has connected, which cannot be prevented from outside; what it brings back is not used."""
    with serving({"/": Page(body=b"secret")}) as inside, serving() as origin:
        port = inside.url.rpartition(":")[2]
        origin.pages["/away"] = redirecting(payload.replace("{port}", port))

        def follow(url: str, **_: Any) -> requests.Response:
            return requests.get(url, stream=True)

        with pytest.raises(ContentForbidden):
            HTTPFile(follow, f"{origin.url}/away", trusted_origins=[origin.url]).read()
        inside.wait_for_open(0)


def never_asked(handler: Handler) -> None:
    """Fail the test: nobody may ask for this page."""
    raise AssertionError(handler.path)


@pytest.mark.parametrize("hops", [1, 5])
def test_every_hop_is_held_against_the_rules(network: Network, hops: int) -> None:
    """However long it goes on within what is trusted, the step that leads inside is refused."""
    with serving({"/secret": Page(script=never_asked)}) as inside, serving() as origin:
        for hop in range(hops - 1):
            origin.pages[f"/{hop}"] = Page(status=307, fields={"Location": f"/{hop + 1}"})
        origin.pages[f"/{hops - 1}"] = Page(status=307, fields={"Location": f"{inside.url}/secret"})
        with pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"):
            download(HttpSource(trusted_origins=[origin.url]).open(f"{origin.url}/0"))
        assert len(origin.seen) == hops


def test_a_refusal_says_which_line_to_add(network: Network, origin: Origin) -> None:
    """The line that it names is all that it takes, and nothing of an address reaches the client."""
    port = origin.url.rpartition(":")[2]
    url = f"http://localtest.example:{port}"
    with pytest.raises(ContentForbidden) as caught:
        download(HttpSource().open(f"{url}/notes.txt"))
    assert f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{url}"]}}' in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    view = download_view(HttpSource(), key=lambda _: f"{url}/notes.txt")
    with pytest.raises(PermissionDenied) as denied:
        by_view(view)
    assert "127.0.0.1" not in str(denied.value)
    assert download(HttpSource(trusted_origins=[url]).open(f"{url}/notes.txt"))[0].status == 200


MARKS = [
    "/",
    "//",
    "\\",
    "@",
    ":",
    "?",
    "#",
    "%",
    "%2e",
    "%00",
    "%40",
    ";",
    ",",
    "&",
    "=",
    "[",
    "]",
    ".",
    "..",
    "-",
    "_",
]
HOSTS = [
    "127.0.0.1",
    "2130706433",
    "0x7f",
    "localhost",
    "example.com",
    "a",
    "v1.",
    "::1",
    "fe80::1",
    "%25lo",
    "xn--a",
]
ODD = [
    " ",
    "\t",
    "\r\n",
    "\0",
    "\x7f",
    "１",
    "。",
    "①",
    "ſ",
    "ß",
    "\u200b",
    "\u00ad",
    "／",
    "0",
    "80",
    "65536",
    "http://",
]


@given(
    st.lists(st.sampled_from(MARKS + HOSTS + ODD), max_size=8).map("".join),
    st.sampled_from(["http://", "https://", ""]),
)
@example("v1.127.0.0.1]", "http://[")
def test_everybody_reads_the_same_host(rest: str, scheme: str) -> None:
    """What we hold against the rules is what requests and urllib3 would call, or they would call nothing."""
    try:
        origin = origin_of(scheme + rest)
    except ValueError:
        return
    try:
        prepared = requests.Request("GET", scheme + rest).prepare().url
    except (requests.RequestException, UnicodeError):
        return
    assert prepared is not None
    called = parse_url(prepared)
    assert origin_of(prepared) == origin
    assert origin_of(f"{called.scheme}://{called.netloc}") == origin


@pytest.mark.parametrize("led", ["at once", "by an origin that is trusted"])
def test_trust_is_for_the_program_not_for_who_redirects(network: Network, led: str) -> None:
    """A public origin cannot choose what is asked of an internal one that is trusted, unless it is trusted itself."""
    with serving({"/private": Page(body=b"secret")}) as inside, serving() as public:
        public.pages["/away"] = redirecting(f"{inside.url}/private")
        network.names["cdn.example"] = [["93.184.215.14"]]
        network.routes["93.184.215.14"] = int(public.url.rpartition(":")[2])
        url = f"http://cdn.example:{public.url.rpartition(':')[2]}/away"
        if led == "at once":
            with pytest.raises(
                ContentForbidden, match=r"'http://cdn\.example:[0-9]+/away' redirects to 'http://127"
            ):
                HTTPFile(url=url, trusted_origins=[inside.url]).read()
        else:
            trusting = [inside.url, url.removesuffix("/away")]
            assert HTTPFile(url=url, trusted_origins=trusting).read() == b"secret"
