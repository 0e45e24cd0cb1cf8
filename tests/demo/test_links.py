"""Links that expire: who makes them, who may follow them, and what the others are told."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from demo.models import Document, Place
from demo.reports import loans
from downloadable import DjangoUrlSigner, signed_url
from tests.demo.conftest import Site
from tests.demo.people import client_of, document_of

pytestmark = pytest.mark.django_db

TEN = b"Ten bytes."


def link_to(document: Document, lifetime: object = 60, owner: str = "ada") -> Any:
    """Answer what the page answers to somebody who makes a link."""
    return client_of(owner).post(f"/documents/{document.pk}/link", {"lifetime": lifetime})


def path_of(response: Any) -> str:
    """Return the link that the page shows, without its host."""
    found = re.search(
        r'id="shared-link"[^>]* href="([^"]+)"|href="([^"]+)"[^>]* id="shared-link"', response.text
    )
    assert found is not None
    url = urlsplit(found[1] or found[2])
    assert url.netloc == "127.0.0.1"
    return f"{url.path}?{url.query}"


@pytest.mark.parametrize(
    ("place", "body"),
    [
        (Place.DISK, TEN),
        (Place.BUCKET, TEN),
        (Place.REMOTE, None),
        (Place.REPORT, "".join(loans(2025)).encode()),
    ],
)
def test_link_opens_without_an_account(place: Place, body: bytes | None, visitor: Client, site: Site) -> None:
    """Whoever has a link gets the file, wherever that is kept."""
    document = document_of("ada", TEN, "ten.txt", place=place, remote_name="tone.wav", year=2025)
    response: Any = visitor.get(path_of(link_to(document)))
    assert response.status_code == 200
    expected = (site.media_root / "tone.wav").read_bytes() if body is None else body
    assert response.getvalue() == expected
    assert response.headers["Content-Disposition"] == 'attachment; filename="ten.txt"'


def test_link_resumes(visitor: Client) -> None:
    """A part is had by the same link."""
    response: Any = visitor.get(path_of(link_to(document_of("ada", TEN))), headers={"Range": "bytes=4-"})
    assert (response.status_code, response.getvalue()) == (206, TEN[4:])


def test_expired_link_is_refused_in_words(visitor: Client) -> None:
    """A link whose time is over is a 403, with a page that says so."""
    document = document_of("ada")
    link = DjangoUrlSigner("share a document").sign(reverse("shared", args=[document.pk]), expires_in=-1)
    response = visitor.get(link)
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "This link has expired." in response.text
    assert "<h1>" in response.text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda link, pk: link.partition("?")[0], id="without a signature"),
        pytest.param(lambda link, pk: link[:-1] + ("A" if link[-1] != "A" else "B"), id="another signature"),
        pytest.param(lambda link, pk: link.replace(f"/{pk}/", f"/{pk + 1}/"), id="another document"),
        pytest.param(lambda link, pk: f"{link}&more=1", id="another parameter"),
        pytest.param(lambda link, pk: signed_url("shared", pk), id="another purpose"),
    ],
)
def test_link_that_is_not_ours_is_refused(change: Any, visitor: Client) -> None:
    """What was not signed for this document is a 403, whether there is such a document or not."""
    document = document_of("ada")
    response = visitor.get(change(path_of(link_to(document)), document.pk))
    assert response.status_code == 403
    assert "This link is not valid." in response.text


def test_link_to_a_deleted_document_leads_nowhere(visitor: Client) -> None:
    """Deleting a document ends its links."""
    document = document_of("ada")
    link = path_of(link_to(document))
    document.delete()
    assert visitor.get(link).status_code == 404


@pytest.mark.parametrize("lifetime", ["", "0", "-5", "x", "604801"])
def test_impossible_lifetime_is_told(lifetime: str) -> None:
    """A link holds for a second at least and for a week at most; anything else is told at the field."""
    response = link_to(document_of("ada"), lifetime)
    assert response.context["link_form"].errors.keys() == {"lifetime"}
    assert "shared-link" not in response.text
    assert 'id="id_lifetime_error"' in response.text


def test_link_is_for_nothing_but_the_file(visitor: Client) -> None:
    """A signature opens no page of the library."""
    document = document_of("ada")
    query = path_of(link_to(document)).partition("?")[2]
    for way in ("", "file", "view"):
        assert visitor.get(f"/documents/{document.pk}/{way}?{query}").status_code == 302
