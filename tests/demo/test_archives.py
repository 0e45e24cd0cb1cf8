"""Several documents as one ZIP archive."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from demo.models import Access, Document, Place
from demo.reports import loans
from tests.demo.conftest import Site
from tests.demo.people import client_of, document_of

pytestmark = pytest.mark.django_db


def query_of(*documents: Document) -> str:
    """Return the address that the form leads to."""
    return "/documents/zip/?" + "&".join(f"pk={document.pk}" for document in documents)


def unpacked(response: Any) -> dict[str, bytes]:
    """Return what is in the archive, each checked against its checksum."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="documents.zip"'
    with ZipFile(BytesIO(response.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_archive_holds_what_was_chosen(site: Site) -> None:
    """An archive has each chosen document under its name, wherever it is kept."""
    documents = [
        document_of("ada", b"disk", "a.txt"),
        document_of("ada", b"bucket", "b.txt", place=Place.BUCKET),
        document_of("ada", filename="c.wav", place=Place.REMOTE, remote_name="tone.wav"),
        document_of("ada", filename="d.csv", place=Place.REPORT, year=2025),
    ]
    document_of("ada", b"not chosen", "e.txt")
    assert unpacked(client_of("ada").get(query_of(*documents))) == {
        "a.txt": b"disk",
        "b.txt": b"bucket",
        "c.wav": (site.media_root / "tone.wav").read_bytes(),
        "d.csv": "".join(loans(2025)).encode(),
    }


def test_archive_is_announced_and_resumed(site: Site) -> None:
    """With what the rows know, the length is told, and any part of the archive is had by itself."""
    documents = [document_of("ada", bytes([number]) * 1000, f"{number}.bin") for number in range(3)]
    client, url = client_of("ada"), query_of(*documents)
    whole: Any = client.get(url)
    body = whole.getvalue()
    assert whole.headers["Content-Length"] == str(len(body))
    part: Any = client.get(url, headers={"Range": "bytes=1500-", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.getvalue()) == (206, body[1500:])
    again = client.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304


def test_checksums_come_from_the_rows(site: Site) -> None:
    """The archive tells the checksum that the row has, without reading the file for it."""
    document = document_of("ada", b"Ten bytes.", "ten.txt")
    client: Any = client_of("ada")
    with ZipFile(BytesIO(client.get(query_of(document)).getvalue())) as archive:
        assert zlib.crc32(b"Ten bytes.") == archive.getinfo("ten.txt").CRC
    # From what follows its bytes, a range is answered also where nobody could read them.
    body = client.get(query_of(document)).getvalue()
    document.file.storage.delete(str(document.file.name))
    end: Any = client.get(query_of(document), headers={"Range": "bytes=-22"})
    assert (end.status_code, end.getvalue()) == (206, body[-22:])


def test_names_that_are_equal_are_told_apart(site: Site) -> None:
    """Two documents of one name are two members."""
    documents = [document_of("ada", bytes([number]), "same.bin") for number in (1, 2)]
    members = unpacked(client_of("ada").get(query_of(*documents)))
    assert len(members) == 2
    assert sorted(members.values()) == [b"\x01", b"\x02"]


def test_document_chosen_twice_is_there_once(site: Site) -> None:
    """The number of ticks does not count."""
    document = document_of("ada", b"1", "one.bin")
    url = f"/documents/zip/?pk={document.pk}&pk=0{document.pk}&pk={document.pk}"
    assert unpacked(client_of("ada").get(url)) == {"one.bin": b"1"}


def test_archive_without_members_is_told(site: Site) -> None:
    """Whoever chooses nothing is back at the list, where it says what to do."""
    response = client_of("ada").get("/documents/zip/", follow=True)
    assert response.redirect_chain == [("/documents/", 302)]
    assert "Choose the documents that the ZIP archive is to hold." in response.text


@pytest.mark.parametrize("access", [Access.PRIVATE, Access.CHOSEN])
def test_archive_with_a_document_of_somebody_else_is_not_found(access: Access, site: Site) -> None:
    """One document that is not theirs, and there is no archive: the same as with one that does not exist."""
    own, theirs = document_of("ben", b"own"), document_of("ada", b"theirs", access=access)
    client = client_of("ben")
    assert client.get(query_of(own, theirs)).status_code == 404
    assert client.get(f"{query_of(own)}&pk={theirs.pk + 1000}").status_code == 404


def test_visitor_gets_no_archive(visitor: Client, site: Site) -> None:
    """Not even of documents for everybody, who has to be signed in."""
    document = document_of("ada", access=Access.EVERYBODY)
    response = visitor.get(query_of(document))
    assert response.headers["Location"] == f"/accounts/login/?next=/documents/zip/%3Fpk%3D{document.pk}"
