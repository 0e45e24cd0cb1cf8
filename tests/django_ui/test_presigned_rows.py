"""Rows whose files are in a store, handed over to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable import ModelSource, ObjectDownloadView, download, download_view
from downloadable.adapters.delegates import PresignedRedirect
from downloadable.django_ui.decorators import delegated_to
from tests.models import Document
from tests.object_store import ObjectStore, object_store
from tests.storages import MOMENT

pytestmark = pytest.mark.django_db

Answer = Callable[[HttpRequest, Document], HttpResponseBase]
REDIRECT = PresignedRedirect(60)


@pytest.fixture(scope="module")
def running() -> Iterator[ObjectStore]:
    """Run a store for all tests of this module."""
    with object_store() as running:
        yield running


@pytest.fixture
def row(running: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Document:
    """Make a row that knows its file, which is in the store."""
    running.put("scan4711.bin", b"0123456789", ContentType="text/html")
    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", running.storage())
    return Document.objects.create(
        slug="july", title="July.pdf", remote_file="scan4711.bin", length=10, changed=MOMENT
    )


def by_source(request: HttpRequest, row: Document) -> HttpResponseBase:
    """Ask a view of the factory."""
    rows = ModelSource(
        Document, "remote_file", name_field="title", size_field="length", modified_field="changed"
    )
    view: Any = download_view(rows, key=lambda request, path: path, delegates=[REDIRECT])
    answer: HttpResponseBase = view(request, path=row.pk)
    return answer


@delegated_to(REDIRECT)
def by_function(request: HttpRequest, row: Document) -> HttpResponseBase:
    """Ask a function."""
    return download(request, row.remote_file, basename=row.title)


def by_class(request: HttpRequest, row: Document) -> HttpResponseBase:
    """Ask a class-based view."""
    view: Any = delegated_to(REDIRECT)(
        ObjectDownloadView.as_view(model=Document, file_field="remote_file", basename_field="title")
    )
    answer: HttpResponseBase = view(request, pk=row.pk)
    return answer


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("ask", [by_source, by_function, by_class])
def test_a_row_is_handed_over_without_asking_the_store(
    running: ObjectStore, row: Document, ask: Answer, method: str
) -> None:
    """Through each door, the client is sent to the store with the name of the row, and Django has asked for nothing."""
    answer = ask(RequestFactory().generic(method, "/"), row)
    assert running.seen == []
    assert answer.status_code == 302
    found = requests.request(method, answer["Location"])
    assert found.status_code == 200
    assert found.content == (b"0123456789" if method == "GET" else b"")
    if method == "GET":
        assert found.headers["Content-Disposition"] == 'attachment; filename="July.pdf"'
        assert found.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("ask", [by_source, by_function, by_class])
def test_a_store_that_cannot_sign_is_read(
    running: ObjectStore, row: Document, ask: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through each door, Django streams the file."""
    public = running.storage(querystring_auth=False)
    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", public)
    answer: Any = ask(RequestFactory().get("/"), Document.objects.get(pk=row.pk))
    assert (answer.status_code, answer.getvalue()) == (200, b"0123456789")
    answer.close()
    assert running.seen != []
