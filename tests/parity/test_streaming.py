"""Streaming, and files of other servers."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.test import override_settings
from urllib3 import HTTPResponse

from downloadable.django_ui.downloadview import (
    DownloadResponse,
    HTTPDownloadView,
    HTTPFile,
    PathDownloadView,
    TextIteratorIO,
    VirtualFile,
)
from tests.adapters.origin import Origin, Page, serving
from tests.django_ui.doors import body, got

LINES = b"1;2;3;4\n" * 250_000
NOISE = bytes(range(256)) * 8_000


@contextmanager
def trusted(pages: dict[str, Page]) -> Iterator[Origin]:
    """Run an origin that the site trusts."""
    with serving(pages) as origin, override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [origin.url]}):
        yield origin


def lines() -> Iterator[str]:
    """Make two megabytes while they are sent."""
    for _ in range(25_000):
        yield "1;2;3;4\n" * 10


MADE: list[Any] = [
    pytest.param(lambda path: DownloadResponse(path.open("rb")), id="opened by hand"),
    pytest.param(
        lambda path: DownloadResponse(VirtualFile(TextIteratorIO(lines()), name="a")), id="made on the way"
    ),
    pytest.param(lambda path: got(PathDownloadView.as_view(path=str(path))), id="view"),
]


@pytest.mark.parametrize("make", MADE)
async def test_nothing_is_collected_under_asgi(make: Any, tmp_path: Path) -> None:
    """However a response was made, an event loop gets it in pieces, and without a warning."""
    path = tmp_path / "a.csv"
    path.write_bytes(LINES)
    response = make(path)
    pieces = [len(piece) async for piece in response]
    assert sum(pieces) == len(LINES)
    assert 4 <= len(pieces) <= 5_000
    response.close()


def test_a_download_is_a_file_response(tmp_path: Path) -> None:
    """Middlewares that look for Django's file responses find one, and it is sent in blocks."""
    path = tmp_path / "a.bin"
    path.write_bytes(NOISE)
    response = got(PathDownloadView.as_view(path=str(path)))
    assert isinstance(response, FileResponse)
    streamed: Any = response.streaming_content
    assert max(len(piece) for piece in streamed) >= 65_536
    response.close()


def test_another_servers_file_comes_in_large_pieces() -> None:
    """A megabyte of another server is not passed on byte by byte, nor at once."""
    with trusted({"/noise": Page(body=NOISE)}) as origin:
        pieces = [len(piece) for piece in got(HTTPDownloadView.as_view(url=f"{origin.url}/noise"))]
        assert sum(pieces) == len(NOISE)
        assert 4 <= len(pieces) <= 250
        with HTTPFile(url=f"{origin.url}/noise") as file:
            assert len(file.read(65_536)) == 65_536


def test_requests_have_a_timeout() -> None:
    """Whoever sends a request is told how long to wait, unless the view says so itself."""
    seen: list[Any] = []

    def fetch(url: str, **options: Any) -> requests.Response:
        seen.append((options["timeout"], options["stream"]))
        raise requests.ConnectTimeout("It takes too long.")

    class View(HTTPDownloadView):
        url = "https://far.example/a.txt"

        def get_request_factory(self) -> Any:
            return fetch

    for view in (View.as_view(), View.as_view(request_kwargs={"timeout": 3})):
        assert got(view).status_code == 504
    assert seen[0][0] is not None
    assert seen[0][1] is True
    assert seen[1] == (3, True)


def test_an_origin_need_not_say_everything() -> None:
    """Neither a missing length nor a missing type is an error."""
    pages = {"/tale.txt": Page(body=b"Once", chunked=True, fields={"Content-Type": None})}
    with trusted(pages) as origin:
        response = got(HTTPDownloadView.as_view(url=f"{origin.url}/tale.txt"))
        assert (body(response), response.headers["Content-Type"]) == (b"Once", "text/plain")
        file = HTTPFile(url=f"{origin.url}/tale.txt")
        assert file.content_type is None
        with pytest.raises(AttributeError):
            _ = file.size
        file.close()


def test_a_length_is_that_of_what_is_sent() -> None:
    """What an origin sends compressed all the same is sent in full, or announced as what it is."""
    coded = gzip.compress(b"Once upon a time, " * 600)
    with trusted({"/tale.txt": Page(body=coded, fields={"Content-Encoding": "gzip"})}) as origin:
        response = got(HTTPDownloadView.as_view(url=f"{origin.url}/tale.txt"))
        sent = body(response)
        assert response.headers.get("Content-Length", str(len(sent))) == str(len(sent))
        coding = response.headers.get("Content-Encoding")
        assert (gzip.decompress(sent) if coding == "gzip" else sent) == b"Once upon a time, " * 600


def test_a_connection_is_closed_with_the_response() -> None:
    """A client that leaves does not leave a connection behind."""
    made: list[requests.Response] = []

    def fetch(url: str, **options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.url = url
        response.raw = HTTPResponse(io.BytesIO(NOISE), preload_content=False)
        response.headers["Content-Type"] = "application/octet-stream"
        made.append(response)
        return response

    class View(HTTPDownloadView):
        url = "https://far.example/a.bin"

        def get_request_factory(self) -> Any:
            return fetch

    response = got(View.as_view())
    assert next(iter(response.streaming_content))
    response.close()
    assert [one.raw.closed for one in made] == [True]


def test_internal_hosts_are_not_asked() -> None:
    """Neither a view nor a redirection reaches a host that is internal and not trusted."""
    with serving({"/secret": Page(body=b"nobody's business")}) as inside:
        with pytest.raises(PermissionDenied):
            got(HTTPDownloadView.as_view(url=f"{inside.url}/secret"))
        away = Page(status=302, fields={"Location": f"{inside.url}/secret"})
        with trusted({"/away": away}) as origin, pytest.raises(PermissionDenied):
            got(HTTPDownloadView.as_view(url=f"{origin.url}/away"))
        assert inside.seen == []


def test_an_error_page_is_no_file() -> None:
    """What an origin does not have is not found, in a HEAD as well, which asks for no body."""
    with trusted({}) as origin:
        for method in ("GET", "HEAD"):
            with pytest.raises(Http404):
                got(HTTPDownloadView.as_view(url=f"{origin.url}/absent"), method)
        assert [seen.method for seen in origin.seen] == ["GET", "HEAD"]
