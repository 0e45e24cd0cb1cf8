"""What the library takes in, under which name and type, and what it refuses."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.db.models.signals import post_save
from django.http import HttpResponse
from django.test import Client

from demo.models import Access, Document, Place
from tests.demo.conftest import Site
from tests.demo.people import client_of, document_of, person

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024
JSON = {"Accept": "application/json"}


def upload(client: Client, content: bytes = b"Ten bytes.", name: str = "ten.txt", **more: Any) -> Any:
    """Send the form as a browser does, which says what it thinks that the file is."""
    file = SimpleUploadedFile("x", content, content_type=more.pop("content_type", "text/html"))
    file._name = name  # type: ignore[attr-defined]  # its setter would clean it
    headers = more.pop("headers", {})
    fields = {"file": file, "place": Place.DISK, "access": Access.PRIVATE, **more}
    return client.post("/documents/upload/", fields, headers=headers)


def uploaded(response: HttpResponse) -> Document:
    """Return the document that an upload has led to."""
    assert response.status_code == 302
    return Document.objects.get(pk=response.headers["Location"].split("/")[2])


@pytest.mark.parametrize("place", [Place.DISK, Place.BUCKET])
def test_upload_is_hashed_as_it_arrives(place: Place, site: Site) -> None:
    """The row knows size, SHA-256 and CRC-32 of what came, in however many pieces; the storage has just these bytes."""
    content = bytes(range(256)) * 1000
    document = uploaded(upload(client_of("ada"), content, "bytes.bin", place=place))
    assert (document.size, document.crc32) == (len(content), zlib.crc32(content))
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.place == place
    assert document.owner == person("ada")
    assert document.access == Access.PRIVATE
    with document.file.open() as file:
        assert file.read() == content


def test_upload_can_be_downloaded(site: Site) -> None:
    """What was sent comes back."""
    client = client_of("ada")
    document = uploaded(upload(client, b"Hello!", "hello.txt", title="Greeting"))
    assert document.title == "Greeting"
    assert client.get(f"/documents/{document.pk}/file").getvalue() == b"Hello!"


def test_upload_can_be_for_others(site: Site) -> None:
    """Whoever uploads may say at once who else it is for."""
    response = upload(client_of("ada"), access="chosen", readers=[person("ben").pk])
    assert list(uploaded(response).readers.all()) == [person("ben")]


@pytest.mark.parametrize(
    ("name", "filename", "media_type"),
    [
        ("notes.txt", "notes.txt", "text/plain"),
        ("Grüße 東京.pdf", "Grüße 東京.pdf", "application/pdf"),
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("C:\\Windows\\system.ini", "system.ini", "application/octet-stream"),
        ("12:30.txt", "12_30.txt", "text/plain"),
        ("con.txt", "_con.txt", "text/plain"),
        ("invoice\u202eslx.bin", "invoiceslx.bin", "application/octet-stream"),
        ("page.html", "page.html", "text/html"),
        ("drawing.SVG", "drawing.SVG", "image/svg+xml"),
        ("archive.tar.gz", "archive.tar.gz", "application/gzip"),
        (f"{'x' * 300}.txt", f"{'x' * 236}.txt", "text/plain"),
    ],
)
def test_names_are_made_safe(name: str, filename: str, media_type: str, site: Site) -> None:
    """Of what a client calls its file, a safe name is left; the type follows from that, and never from the client."""
    document = uploaded(upload(client_of("ada"), name=name, content_type="image/png"))
    assert document.filename == filename
    assert document.media_type == media_type
    stored = Path(document.file.path)
    assert stored.parent == site.documents_root / str(document.owner_id)
    assert len(stored.name) == 32, "The name in the storage is ours alone."


def test_names_may_be_equal(site: Site) -> None:
    """Two documents of one name are two files."""
    client = client_of("ada")
    first, second = uploaded(upload(client, b"1")), uploaded(upload(client, b"2"))
    assert client.get(f"/documents/{first.pk}/file").getvalue() == b"1"
    assert client.get(f"/documents/{second.pk}/file").getvalue() == b"2"


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "page.png.html"])
def test_what_can_script_is_saved(name: str, site: Site) -> None:
    """A page or a drawing that somebody uploads is never shown in this site."""
    client = client_of("ada")
    document = uploaded(upload(client, b"<script>alert(1)</script>", name, content_type="image/png"))
    assert b"data-preview" not in client.get(f"/documents/{document.pk}/").content
    for way in ("file", "view"):
        headers = client.get(f"/documents/{document.pk}/{way}").headers
        assert headers["Content-Disposition"].startswith("attachment;")


def test_empty_file_is_a_file(site: Site) -> None:
    """A file without bytes is taken, and downloaded."""
    client = client_of("ada")
    document = uploaded(upload(client, b"", "empty.txt"))
    assert (document.size, document.crc32) == (0, 0)
    response: Any = client.get(f"/documents/{document.pk}/file")
    assert (response.getvalue(), response.headers["Content-Length"]) == (b"", "0")
    assert document.sha256 == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("size", [MIB, MIB + 1], ids=["limit", "more"])
def test_size_has_a_limit(size: int, site: Site, settings: Any, tmp_path: Path) -> None:
    """What is larger than allowed is told at its field, keeps no bytes, and makes no document."""
    settings.MAX_UPLOAD_MIB = 1
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    files = set(site.documents_root.rglob("*"))
    response = upload(client_of("ada"), b"x" * size)
    if size <= MIB:
        assert uploaded(response).size == size
        return
    assert response.status_code == 200
    assert response.context["form"].errors == {"file": ["This file is too large: at most 1 MiB are taken."]}
    assert b'aria-describedby="id_file_helptext id_file_error"' in response.content
    assert b'id="id_file_error"' in response.content
    assert not Document.objects.exists()
    assert set(site.documents_root.rglob("*")) == files
    assert list(tmp_path.iterdir()) == []


def test_one_file_at_a_time(site: Site, settings: Any, tmp_path: Path) -> None:
    """The limit is one of a whole request: several files in it are refused, and none of them is left."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    response = upload(client_of("ada"), another=SimpleUploadedFile("two.txt", b"Two."))
    assert response.status_code == 400
    assert not Document.objects.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"file": ""}, {"file": ["This field is required."]}),
        ({"access": "chosen"}, {"readers": ["Choose somebody."]}),
        (
            {"place": Place.REMOTE},
            {"place": ["Select a valid choice. remote is not one of the available choices."]},
        ),
        ({"owner": "1", "title": "x" * 201}, {"title": None}),
    ],
    ids=["no file", "nobody chosen", "another server", "title too long"],
)
def test_what_is_wrong_is_told(fields: dict[str, Any], errors: dict[str, Any], site: Site) -> None:
    """A form that cannot be taken comes back with what is wrong, for people and for scripts."""
    client = client_of("ada")
    page, answer = upload(client, **fields), upload(client, headers=JSON, **fields)
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == errors.keys()
    assert answer.status_code == 400
    told = answer.json()["errors"]
    assert told == {name: told[name] if errors[name] is None else errors[name] for name in errors}
    assert not Document.objects.exists()


def test_script_is_told_where_the_document_is(site: Site) -> None:
    """A script that would rather have JSON gets the address of the new document."""
    response = upload(client_of("ada"), headers=JSON)
    document = Document.objects.get()
    assert response.status_code == 201
    assert response.json() == {"url": f"/documents/{document.pk}/"}
    assert response.headers["Location"] == f"/documents/{document.pk}/"


def test_owner_cannot_be_chosen(site: Site) -> None:
    """Nobody uploads in the name of somebody else, and nobody says what the hash is."""
    response = upload(client_of("ada"), owner=person("ben").pk, sha256="0" * 64, media_type="image/png")
    document = uploaded(response)
    assert document.owner == person("ada")
    assert document.media_type == "text/plain"
    assert document.sha256 == hashlib.sha256(b"Ten bytes.").hexdigest()


def test_bucket_is_a_choice_where_there_is_one(site: Site, settings: Any) -> None:
    """Without a bucket, nothing can be put into one."""
    client = client_of("ada")
    assert b"S3 bucket" in client.get("/documents/upload/").content
    settings.STORAGES = {name: one for name, one in settings.STORAGES.items() if name != "bucket"}
    assert b"S3 bucket" not in client.get("/documents/upload/").content
    assert upload(client, place=Place.BUCKET).context["form"].errors.keys() == {"place"}


def test_forms_of_other_sites_are_refused(site: Site) -> None:
    """What another site makes a visitor send is a 403, with a page that says what to do."""
    response = upload(client_of("ada", enforce_csrf_checks=True))
    assert response.status_code == 403
    assert b"This form is not ours" in response.content


def test_people_to_choose_are_the_others(site: Site) -> None:
    """Nobody is asked whether they may read what is theirs."""
    person("ben")
    page = client_of("ada").get("/documents/upload/")
    assert [str(one) for one in page.context["form"].fields["readers"].queryset] == ["ben"]


def test_upload_form_is_what_scripts_expect(site: Site) -> None:
    """The form can be found, and has a place for how far it is."""
    page = client_of("ada").get("/documents/upload/").content.decode()
    assert 'enctype="multipart/form-data" data-upload' in page
    assert "<progress data-upload-progress hidden" in page
    assert "<output data-upload-status>" in page


def test_interrupted_upload_leaves_nothing(site: Site, settings: Any, tmp_path: Path) -> None:
    """A body that ends in the middle of its file makes no document, and leaves no temporary file."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    half = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHalf of it'
    client = client_of("ada")
    response = client.generic(
        "POST", "/documents/upload/", half, content_type="multipart/form-data; boundary=x"
    )
    assert response.context["form"].errors.keys() == {"file", "access", "place"}
    assert not Document.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_fails_leaves_no_file(site: Site) -> None:
    """Where the database does not take the row, the file that was stored for it goes, too."""
    client = client_of("ada")
    files = {path for path in site.documents_root.rglob("*") if path.is_file()}
    seen = []

    def full(instance: Document, **kwargs: Any) -> None:
        seen.append(Path(instance.file.path).is_file())
        raise OperationalError("database or disk is full")

    post_save.connect(full, sender=Document)
    try:
        with pytest.raises(OperationalError):
            upload(client)
    finally:
        post_save.disconnect(full, sender=Document)
    assert seen == [True]
    assert {path for path in site.documents_root.rglob("*") if path.is_file()} == files
    assert not Document.objects.exists()


def test_documents_of_others_are_left_alone(site: Site) -> None:
    """An upload does not touch what is there under the same name."""
    theirs = document_of("ben", b"theirs", "ten.txt")
    uploaded(upload(client_of("ada")))
    assert client_of("ben").get(f"/documents/{theirs.pk}/file").getvalue() == b"theirs"
