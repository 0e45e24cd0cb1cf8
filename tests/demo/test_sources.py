"""The page of sources and its downloads, through Django's test client."""

from __future__ import annotations

import re
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from downloadable.domain import Disposition
from tests.demo.conftest import Site
from tests.demo.expected import ALLOWED, EXPECTED, REFUSED, TOKEN, Expected
from tests.demo.page import CurlLines, Page

CONDITIONS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}

each_download = pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.url)


@pytest.fixture
def client(site: Site, db: None) -> Client:
    """A client of the demo, whose database has its row."""
    from demo.samples import make_leaflet

    make_leaflet()
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture
def page(client: Client) -> Page:
    """The page that lists the downloads."""
    return Page(client.get("/sources/").content.decode())


@each_download
def test_download_answers_in_full(expected: Expected, client: Client, media_root: Path) -> None:
    """Each download has its name, its type and its bytes."""
    assert_answers(client.get(expected.url), expected, media_root)


def test_token_lets_in(client: Client, media_root: Path) -> None:
    """A client with the token gets what others are refused."""
    assert_answers(client.get(ALLOWED.url, headers=TOKEN), ALLOWED, media_root)


def assert_answers(response: Any, expected: Expected, media_root: Path) -> None:
    """Hold a whole answer against what is expected."""
    body = expected.body(media_root)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == expected.media_type
    assert Disposition.parse(response.headers["Content-Disposition"]) == Disposition(
        expected.disposition, expected.name
    )
    assert response.headers["Accept-Ranges"] == ("bytes" if expected.seekable else "none")
    if expected.seekable:
        assert response.headers["Content-Length"] == str(len(body))
    received = response.getvalue()
    assert len(received) == len(body)
    assert received == body, "The bytes differ."


@each_download
def test_download_answers_a_range(expected: Expected, client: Client, media_root: Path) -> None:
    """A range is a part of the whole; what is made while it is sent has no parts."""
    response: Any = client.get(expected.url, headers={"Range": "bytes=10-99"})
    body = expected.body(media_root)
    assert response.status_code == (206 if expected.seekable else 200)
    assert response.getvalue() == (body[10:100] if expected.seekable else body)


@each_download
def test_download_answers_a_condition(expected: Expected, client: Client) -> None:
    """What has a validator is not sent again to whoever has it."""
    headers = client.head(expected.url).headers
    assert [name for name in CONDITIONS if name in headers][:1] == expected.validators
    for name in expected.validators:
        assert client.get(expected.url, headers={CONDITIONS[name]: headers[name]}).status_code == 304


@pytest.mark.parametrize(("url", "status"), REFUSED)
def test_refused_download(url: str, status: int, client: Client) -> None:
    """What may not be had, or is not there, is refused."""
    assert client.get(url).status_code == status


def test_model_source_spares_a_look(client: Client) -> None:
    """With the facts of the row, a 304 does not need the file."""
    from demo.models import Leaflet

    response = client.head("/model/1")
    leaflet = Leaflet.objects.get(pk=1)
    leaflet.file.delete(save=False)
    assert response.headers["ETag"] == f'"{leaflet.sha256}"'
    again = client.get("/model/1", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_page_lists_each_download(page: Page) -> None:
    """The page links to each download that is expected here, and to no other."""
    links = {link for link in page.links if not link.startswith("#")}
    assert links == {expected.url for expected in EXPECTED} | {url for url, _ in REFUSED}


def test_page_lists_each_url_pattern(client: Client) -> None:
    """No view of the demo is forgotten on its page."""
    from demo.catalogue import CATALOGUE
    from demo.source_urls import urlpatterns

    listed = {download.view for downloads in CATALOGUE.values() for download in downloads}
    # The last is for the demo itself, which fetches some of its downloads from there.
    assert listed | {"sources", "plain"} == {view.name for view in urlpatterns}


def test_curl_lines_say_what_is_answered(page: Page, client: Client) -> None:
    """Each curl line of the page gets the status that stands beside it."""
    answered = {}
    for lines in page.curl_lines:
        with closing(client.get(lines.path, headers=fields_of(lines))) as response:
            answered[lines] = response.status_code
    assert answered == {lines: lines.status for lines in page.curl_lines}


def fields_of(lines: CurlLines) -> dict[str, str]:
    """The header fields that curl sends for the options of the last command."""
    words = lines.commands[-1]
    fields = dict(value.split(": ", 1) for option, value in pairwise(words) if option == "-H")
    if "-r" in words:
        fields["Range"] = f"bytes={words[words.index('-r') + 1]}"
    if "-C" in words:
        fields["Range"] = f"bytes={1024 * 1024}-"
    return fields


def test_curl_lines_show_each_kind_of_request(page: Page) -> None:
    """The large file is fetched in every way there is: whole, on a condition, in parts, resumed."""
    options = [
        " ".join(lines.commands[-1][1:-1])
        for lines in page.curl_lines
        if lines.url == "http://127.0.0.1/local/random.bin"
    ]
    assert len(options) == 5
    for option in ("-OJ", "If-None-Match", "-r 0-99 ", "-r 0-99,5000-5099", "-C -"):
        assert any(option in given for given in options)


def test_page_has_one_tree_of_headings(page: Page) -> None:
    """No level is left out, and no label or link within the page leads nowhere."""
    elements = page.elements
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = {fields["id"] for _, fields in elements if "id" in fields} - {"main"}
    named = {fields["aria-labelledby"] for _, fields in elements if "aria-labelledby" in fields}
    assert named | {link.removeprefix("#") for link in page.links if link.startswith("#")} == ids
