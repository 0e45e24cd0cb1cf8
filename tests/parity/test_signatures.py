"""Signed URLs, by their old names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.signing import TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from downloadable import signed_url, temporary_media_root
from downloadable.django_ui.downloadview import ObjectDownloadView, StorageDownloadView
from downloadable.django_ui.downloadview.decorators import signature_required
from downloadable.django_ui.downloadview.storage import SignedFileSystemStorage, SignedURLMixin
from tests.models import Document

STORAGE = SignedFileSystemStorage(base_url="/lent/")


def anything(request: HttpRequest) -> HttpResponse:
    """Answer with something that is no file."""
    return HttpResponse(b"anything")


class Urls:
    """Views that are for those with a link."""

    urlpatterns = (
        path("lent/<path:path>", signature_required(StorageDownloadView.as_view(storage=STORAGE))),
        path(
            "document/<slug:slug>/",
            signature_required(ObjectDownloadView.as_view(model=Document)),
            name="document",
        ),
        path("anything/", signature_required(anything), name="anything"),
    )


@pytest.fixture
def client() -> Iterator[Client]:
    """Ask a site of signed links, with a media root of its own."""
    with temporary_media_root(), override_settings(ROOT_URLCONF=Urls):
        yield Client()


@pytest.mark.parametrize(
    "name", ["tale.txt", "a tale.txt", "a+b.txt", "hé.txt", "日本.txt", "100%.txt", "a?b#c&d=e.txt"]
)
def test_links_hold_for_any_name(client: Client, name: str) -> None:
    """Spaces, accents, plus signs and what else a name may have survive signing."""
    STORAGE.save(name, ContentFile("Once"))
    url = STORAGE.url(name)
    assert url.startswith("/lent/")
    assert "?X-Signature=" in url
    answer: Any = client.get(url)
    assert answer.getvalue() == b"Once"
    assert client.get(url.partition("?")[0]).status_code == 403
    assert client.get(f"{url}x").status_code == 403


@pytest.mark.django_db
def test_links_to_views_hold(client: Client) -> None:
    """A link is signed for the path of the view that checks it, whichever storage has the file."""
    row = Document(slug="tale")
    row.file.save("tale.txt", ContentFile("Once"))
    answer: Any = client.get(signed_url("document", slug="tale"))
    assert answer.getvalue() == b"Once"
    assert client.get("/document/tale/").status_code == 403


def test_only_our_links_hold(client: Client) -> None:
    """What was signed for something else, or has become another query, is not a link."""
    other = TimestampSigner().sign("/anything/").rpartition("/anything/")[2]
    assert client.get("/anything/", {"X-Signature": TimestampSigner().sign("/anything/")}).status_code == 403
    assert client.get("/anything/", {"X-Signature": other}).status_code == 403
    url = signed_url("/anything/?page=2")
    assert client.get(url).content == b"anything"
    assert client.get(url.replace("page=2", "page=3")).status_code == 403


class QueryStorage(FileSystemStorage):
    """A storage whose URLs name a version."""

    def url(self, name: str | None) -> str:
        return f"{super().url(name)}?v=1"


class SignedQueryStorage(SignedURLMixin, QueryStorage):
    """The same, signed."""


def test_urls_with_a_query_are_signed_with_it(client: Client) -> None:
    """A signature is added to what is there, and holds for all of it."""
    STORAGE.save("tale.txt", ContentFile("Once"))
    url = SignedQueryStorage(base_url="/lent/").url("tale.txt")
    assert "/lent/tale.txt?v=1&X-Signature=" in url
    answer: Any = client.get(url)
    assert answer.getvalue() == b"Once"
    assert client.get(url.replace("v=1", "v=2")).status_code == 403


def test_links_expire_as_the_setting_says(client: Client) -> None:
    """DOWNLOADVIEW_URL_EXPIRATION is read when a link is made, unless storage or call say otherwise."""
    STORAGE.save("tale.txt", ContentFile("Once"))
    with override_settings(DOWNLOADVIEW_URL_EXPIRATION=-1):
        expired = client.get(STORAGE.url("tale.txt"))
        assert (expired.status_code, expired.content) == (403, b"This link has expired.\n")
        assert client.get(STORAGE.url("tale.txt", expires_in=60)).status_code == 200
        own = SignedFileSystemStorage(base_url="/lent/", expires_in=60)
        assert client.get(own.url("tale.txt")).status_code == 200
    with override_settings(DOWNLOADVIEW_URL_EXPIRATION=3600):
        assert client.get(STORAGE.url("tale.txt")).status_code == 200
    assert client.get(STORAGE.url("tale.txt")).status_code == 200
    assert Path(STORAGE.path("tale.txt")).is_file()
