from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from downloadable.django_ui.testing import temporary_media_root
from downloadable.django_ui.views import ObjectDownloadView
from downloadable.domain import ServingPolicy
from tests.django_ui.doors import body, got
from tests.models import Document
from tests.storages import CountingStorage, remote

pytestmark = pytest.mark.django_db

DATA = b"Hello, world!\n"
DAY = datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
THAT_DAY = "Mon, 02 Jan 2023 03:04:05 GMT"


@pytest.fixture(autouse=True)
def media_root() -> Iterator[None]:
    """Keep what is stored for one test only."""
    with temporary_media_root():
        yield


@pytest.fixture
def store() -> Iterator[CountingStorage]:
    """Hold a file at a distance, and count what is asked."""
    with remote.holding({"far.bin": DATA}) as storage:
        yield storage


@pytest.fixture
def document() -> Document:
    """Store a file in a row that knows nothing else about it."""
    document = Document(slug="report", folder="public")
    document.file.save("Zpráva.txt", ContentFile(DATA))
    return document


@pytest.fixture
def known(store: CountingStorage) -> Document:
    """Make a row that knows everything about a file at a distance."""
    return Document.objects.create(
        slug="known",
        remote_file="far.bin",
        title="Zpráva 2024.csv",
        length=len(DATA),
        media_type="text/x-table",
        coding="gzip",
        charset="latin-1",
        changed=DAY,
    )


class DocumentView(ObjectDownloadView):
    """A view of a row's file."""

    model = Document


class KnownView(DocumentView):
    """A view that asks the row everything."""

    file_field = "remote_file"
    basename_field = "title"
    size_field = "length"
    mime_type_field = "media_type"
    encoding_field = "coding"
    charset_field = "charset"
    modification_time_field = "changed"


def test_the_file_of_a_row_is_downloaded(document: Document) -> None:
    """A model is enough: the row is found by its key, and the file is in its field called file."""
    response = got(DocumentView.as_view(), pk=document.pk)
    assert body(response) == DATA
    assert response.headers["Content-Length"] == str(len(DATA))
    assert "filename*=UTF-8''Zpr%C3%A1va.txt" in response.headers["Content-Disposition"]


def test_a_row_is_found_as_by_any_detail_view(document: Document) -> None:
    """All that Django's look-ups know is known."""
    assert body(got(DocumentView.as_view(), slug="report")) == DATA
    assert body(got(ObjectDownloadView.as_view(queryset=Document.objects.all()), pk=document.pk)) == DATA
    view = DocumentView.as_view(slug_field="folder", slug_url_kwarg="folder")
    assert body(got(view, folder="public")) == DATA
    assert body(got(DocumentView.as_view(pk_url_kwarg="number"), number=document.pk)) == DATA
    with pytest.raises(Http404):
        got(DocumentView.as_view(), pk=document.pk + 1)
    with pytest.raises(AttributeError, match="pk or a slug"):
        got(DocumentView.as_view())


NAMED = "attachment; filename=\"Zprava 2024.csv\"; filename*=UTF-8''Zpr%C3%A1va%202024.csv"
FIELDS: list[Any] = [
    (
        "basename_field",
        "Content-Disposition",
        "attachment; filename=\"Zprava 2024.csv\"; filename*=UTF-8''Zpr%C3%A1va%202024.csv",
    ),
    ("size_field", "Content-Length", str(len(DATA))),
    ("mime_type_field", "Content-Type", "text/x-table; charset=latin-1"),
    ("encoding_field", "Content-Encoding", "gzip"),
    ("charset_field", "Content-Type", "text/x-table; charset=latin-1"),
    ("modification_time_field", "Last-Modified", THAT_DAY),
]


@pytest.mark.parametrize(("option", "name", "value"), FIELDS)
def test_each_field_reaches_the_answer(known: Document, option: str, name: str, value: str) -> None:
    """What a row knows about its file is what the client is told."""
    assert got(KnownView.as_view(), pk=known.pk).headers[name] == value
    without = got(KnownView.as_view(**{option: None}), pk=known.pk)
    # The length is asked of the storage in that case, and is the same.
    assert (without.headers.get(name) == value) == (option == "size_field")


@pytest.mark.parametrize("option", [option for option, _, _ in FIELDS])
def test_an_empty_field_says_nothing(known: Document, option: str) -> None:
    """What a row leaves empty is asked of the file, as if no field were named."""
    empty = None if option in {"size_field", "modification_time_field"} else ""
    Document.objects.update(**{getattr(KnownView, option): empty})
    named = got(KnownView.as_view(), pk=known.pk)
    unnamed = got(KnownView.as_view(**{option: None}), pk=known.pk)
    assert dict(named.headers) == dict(unnamed.headers)


@pytest.mark.parametrize("option", ["file_field", *(option for option, _, _ in FIELDS)])
def test_a_wrong_field_is_a_mistake(known: Document, option: str) -> None:
    """A field that the model does not have is told by its name, and by the option that names it."""
    with pytest.raises(AttributeError, match=r"Document has no 'unheard_of', which is named as .*_field"):
        got(KnownView.as_view(**{option: "unheard_of"}), pk=known.pk)


def test_a_hash_of_a_row_is_told(known: Document, store: CountingStorage) -> None:
    """A hash makes a strong tag, and is told as a digest if somebody says which it is; the storage is not asked."""
    known.sha256 = hashlib.sha256(DATA).hexdigest()
    known.save()
    store.calls.clear()
    options: dict[str, Any] = {
        "modification_time_field": None,
        "encoding_field": None,
        "digest_field": "sha256",
    }
    tagged = got(KnownView.as_view(**options), "HEAD", pk=known.pk).headers
    assert (tagged["ETag"], "Repr-Digest" in tagged) == (f'"{known.sha256}"', False)
    told = got(KnownView.as_view(**options, digest_algorithm="sha-256"), "HEAD", pk=known.pk).headers
    assert told["Repr-Digest"].startswith("sha-256=:")
    assert not store.calls


def test_a_row_that_knows_its_file_spares_the_storage(known: Document, store: CountingStorage) -> None:
    """A 304 and a HEAD ask the storage nothing; a GET asks for the bytes."""
    view = KnownView.as_view(encoding_field=None)
    assert got(view, fields={"If-Modified-Since": THAT_DAY}, pk=known.pk).status_code == 304
    assert got(view, "HEAD", pk=known.pk).headers["Content-Length"] == str(len(DATA))
    assert not store.calls
    assert body(got(view, pk=known.pk)) == DATA
    assert store.calls == {"open": 1}


def test_a_row_costs_one_query(document: Document) -> None:
    """Finding the row is all that is asked of the database."""
    view = DocumentView.as_view(basename_field="title", size_field="length", charset_field="charset")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert body(got(view, pk=document.pk)) == DATA
    assert len(queries) == 1


def test_attributes_of_the_view_go_before_the_row(known: Document) -> None:
    """What the view says of all files goes before what a row says of one."""
    view = KnownView.as_view(basename="all.bin", mimetype="application/x-own", encoding="br")
    headers = got(view, pk=known.pk).headers
    assert headers["Content-Disposition"] == 'attachment; filename="all.bin"'
    assert headers["Content-Type"] == "application/x-own"
    assert headers["Content-Encoding"] == "br"


def test_an_empty_file_field_is_a_404() -> None:
    """A row without a file has nothing to download."""
    empty = Document.objects.create(slug="empty")
    with pytest.raises(Http404):
        got(DocumentView.as_view(), pk=empty.pk)


def test_a_lost_file_is_a_404(document: Document, store: CountingStorage) -> None:
    """A row whose file is gone has nothing to download, wherever it was."""
    document.file.storage.delete(str(document.file.name))
    document.remote_file = "gone.bin"
    document.save()
    for view in (DocumentView.as_view(), DocumentView.as_view(file_field="remote_file")):
        for method in ("GET", "HEAD"):
            with pytest.raises(Http404):
                got(view, method, pk=document.pk)


def test_a_queryset_narrows_what_is_there(document: Document) -> None:
    """A row that the view's queryset leaves out is not there."""

    class PublicView(DocumentView):
        folder = "public"

        def get_queryset(self) -> Any:
            return super().get_queryset().filter(folder=self.folder)

    assert body(got(PublicView.as_view(), pk=document.pk)) == DATA
    with pytest.raises(Http404):
        got(PublicView.as_view(folder="private"), pk=document.pk)


def test_a_view_may_find_its_object_itself(document: Document) -> None:
    """What a view finds, or refuses, counts."""

    class ThatOne(DocumentView):
        def get_object(self, queryset: Any = None) -> Any:
            if self.request.headers.get("X-Word") != "please":
                raise PermissionDenied
            return Document.objects.get(slug="report")

    assert body(got(ThatOne.as_view(), fields={"X-Word": "please"})) == DATA
    with pytest.raises(PermissionDenied):
        got(ThatOne.as_view())


def test_hooks_know_the_object(document: Document) -> None:
    """When hooks are asked, the view has its row."""

    class Named(DocumentView):
        def get_basename(self) -> str:
            return f"{self.object}.txt"

        def get_policy(self, file: Any) -> ServingPolicy:
            assert file == self.object.file  # type: ignore[attr-defined]  # of this model
            return super().get_policy(file)

    response = got(Named.as_view(), pk=document.pk)
    assert response.headers["Content-Disposition"] == 'attachment; filename="report.txt"'


def test_a_refused_user_costs_no_query(document: Document) -> None:
    """Django's mixins refuse before the row is looked for."""

    class ForMembers(LoginRequiredMixin, DocumentView):
        raise_exception = True

    request: Any = RequestFactory().get("/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as queries, pytest.raises(PermissionDenied):
        ForMembers.as_view()(request, pk=document.pk)
    assert len(queries) == 0


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(ContentFile(b"made", name="made.txt"), id="file"),
        pytest.param(b"made", id="bytes"),
        pytest.param("made", id="text"),
    ],
)
def test_a_file_need_not_be_in_a_field(document: Document, found: Any) -> None:
    """What a property or an overridden hook returns is served as it is."""

    class Making(DocumentView):
        basename = "made.txt"

        def get_file(self) -> Any:
            return found

    response = got(Making.as_view(), pk=document.pk)
    assert body(response) == b"made"
    assert response.headers["Content-Disposition"] == 'attachment; filename="made.txt"'


def test_a_field_file_has_validators_and_ranges(document: Document) -> None:
    """A file of a row is answered with 304 and with parts, whatever the row knows."""
    view = DocumentView.as_view()
    headers = got(view, pk=document.pk).headers
    for fields in ({"If-None-Match": headers["ETag"]}, {"If-Modified-Since": headers["Last-Modified"]}):
        assert got(view, fields=fields, pk=document.pk).status_code == 304
    part = got(view, fields={"Range": "bytes=7-11"}, pk=document.pk)
    assert (part.status_code, body(part)) == (206, b"world")


def test_another_file_of_the_same_row(document: Document, store: CountingStorage) -> None:
    """A row may have several files."""
    document.remote_file = "far.bin"
    document.save()
    response = got(DocumentView.as_view(file_field="remote_file"), pk=document.pk)
    assert response.headers["Content-Disposition"] == 'attachment; filename="far.bin"'


def test_a_charset_of_a_row_does_not_touch_images(known: Document) -> None:
    """A charset is only ever told of text."""
    Document.objects.update(media_type="image/png")
    assert got(KnownView.as_view(), pk=known.pk).headers["Content-Type"] == "image/png"


def test_a_row_knows_nothing_of_its_other_files(known: Document) -> None:
    """Facts about one field are not told of the file in another."""
    known.file.save("preview.txt", ContentFile(b"a preview"))

    class Preview(KnownView):
        def get_file(self) -> Any:
            assert isinstance(self.object, Document)
            return self.object.file

    response = got(Preview.as_view(), pk=known.pk)
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Content-Length"] == "9"
    assert response.headers["Last-Modified"] != THAT_DAY
    assert body(response) == b"a preview"
