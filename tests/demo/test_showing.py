"""What the page of a document shows of it, and what it leads to."""

from __future__ import annotations

from typing import Any

import pytest

from demo.models import Place
from tests.demo.conftest import Site
from tests.demo.people import client_of, document_of

pytestmark = pytest.mark.django_db

SHOWN = [
    ("sunset.png", "image", "inline"),
    ("leaflet.pdf", "pdf", "inline"),
    ("tone.wav", "audio", "inline"),
    ("film.webm", "video", "inline"),
    ("notes.txt", "", "inline"),
    ("page.html", "", "attachment"),
    ("page.xhtml", "", "attachment"),
    ("drawing.svg", "", "attachment"),
    ("feed.xml", "", "attachment"),
    ("script.js", "", "attachment"),
    ("unknown", "", "attachment"),
]


@pytest.mark.parametrize(("filename", "preview", "disposition"), SHOWN)
def test_only_what_is_safe_is_shown(filename: str, preview: str, disposition: str, site: Site) -> None:
    """A page shows what cannot run scripts; whatever can is saved, also by who asks for the view itself."""
    document = document_of("ada", b"<script>alert(1)</script>", filename)
    client = client_of("ada")
    assert document.preview == preview
    page = client.get(f"/documents/{document.pk}/").content.decode()
    assert ("data-preview" in page) == bool(preview)
    response = client.get(f"/documents/{document.pk}/view")
    assert response.headers["Content-Disposition"].startswith(f"{disposition};")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if disposition == "inline":
        policy = dict(response.items())["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "default-src 'self'" not in policy, "What is for pages is not for downloads."


def test_page_says_why_nothing_is_shown(site: Site) -> None:
    """What could run scripts has a sentence in place of its preview; bytes of no known type could not."""
    told = {}
    for filename, _, _ in SHOWN:
        document = document_of("ada", filename=filename)
        told[filename] = "could run scripts" in client_of("ada").get(f"/documents/{document.pk}/").text
    assert {filename for filename, is_told in told.items() if is_told} == {
        "page.html",
        "page.xhtml",
        "drawing.svg",
        "feed.xml",
        "script.js",
    }


def test_page_of_a_report_asks_how_long_it_should_be(site: Site) -> None:
    """The page of a generated document leads to the report with as many rows as one likes."""
    document = document_of("ada", filename="loans.csv", place=Place.REPORT, year=2025)
    page = client_of("ada").get(f"/documents/{document.pk}/").text
    assert 'action="/reports/2025.csv"' in page
    assert 'name="rows" value="1000"' in page


def test_frame_of_a_preview_is_for_this_site(site: Site) -> None:
    """What the page shows in a frame may be in one of this site, and in no other; all else is in none."""
    document = document_of("ada", b"%PDF-1.7", "leaflet.pdf")
    client = client_of("ada")
    assert client.get(f"/documents/{document.pk}/view").headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/documents/{document.pk}/").headers["X-Frame-Options"] == "DENY"


def test_page_gives_scripts_what_they_need(site: Site) -> None:
    """The link to a download has its name, its size and its hash."""
    document = document_of("ada", b"Ten bytes.", 'a "name".txt')
    page = client_of("ada").get(f"/documents/{document.pk}/").content.decode()
    assert 'data-name="a &quot;name&quot;.txt" data-size="10"' in page
    assert f'data-sha256="{document.sha256}"' in page


def test_report_has_the_rows_that_were_asked_for(site: Site) -> None:
    """A report is streamed as CSV, with a line for its columns and as many rows as were asked for."""
    client = client_of("ada")
    response: Any = client.get("/reports/2025.csv?rows=3")
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv"
    lines = response.getvalue().decode().split("\r\n")
    assert lines[0] == "date,reader,document,bytes"
    assert len(lines) == 5
    assert client.get("/reports/2025.csv").getvalue().count(b"\r\n") == 1001
    assert client.get("/reports/2025.csv?rows=0").getvalue() == b"date,reader,document,bytes\r\n"


@pytest.mark.parametrize("rows", ["-1", "x", "1000001"])
def test_impossible_report_is_told(rows: str, site: Site) -> None:
    """A number of rows that cannot be meant is a bad request."""
    assert client_of("ada").get(f"/reports/2025.csv?rows={rows}").status_code == 400


@pytest.mark.parametrize("year", ["0", "25", "10000", "0999"])
def test_year_that_is_none_is_not_found(year: str, site: Site) -> None:
    """There is no report of a year that a calendar does not know."""
    assert client_of("ada").get(f"/reports/{year}.csv").status_code == 404
