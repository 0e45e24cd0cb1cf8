"""Who gets which document of the library, by which view, and who does not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from demo.models import Access, Document, Place
from demo.reports import loans
from downloadable.domain import Disposition
from tests.demo.conftest import Site
from tests.demo.people import client_of, document_of, person

pytestmark = pytest.mark.django_db

TEN = b"Ten bytes."
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")[^"]+')
"""It is masked anew in each page."""

WAYS = ("", "file", "view", "link", "sharing", "delete")
"""What follows the address of a document."""
POSTED = ("link", "sharing", "delete")

WRONG_METHODS = [
    ("/", "post"),
    ("/accounts/logout/", "get"),
    ("/documents/", "post"),
    ("/documents/upload/", "put"),
    ("/documents/zip/", "post"),
    ("/documents/1/", "post"),
    ("/documents/1/file", "post"),
    ("/documents/1/view", "delete"),
    ("/documents/1/link", "put"),
    ("/documents/1/sharing", "put"),
    ("/documents/1/delete", "put"),
    ("/shared/1/", "post"),
    ("/reports/2025.csv", "post"),
]


def on_disk(owner: str) -> tuple[Document, bytes]:
    """Make one in the storage for documents."""
    return document_of(owner, TEN), TEN


def in_bucket(owner: str) -> tuple[Document, bytes]:
    """Make one in the storage that stands for a bucket."""
    return document_of(owner, TEN, place=Place.BUCKET), TEN


def at_origin(owner: str) -> tuple[Document, bytes]:
    """Make one of what another server has."""
    name = "Grüße aus 東京.txt"
    content = "Grüße aus 東京! A name keeps its letters.\n".encode() * 10
    return document_of(owner, filename=name, place=Place.REMOTE, remote_name=name), content


def generated(owner: str) -> tuple[Document, bytes]:
    """Make one that is written while it is sent."""
    document = document_of(owner, filename="loans.csv", place=Place.REPORT, year=2025)
    return document, "".join(loans(2025)).encode()


Making = Callable[[str], tuple[Document, bytes]]
each_place = pytest.mark.parametrize("make", [on_disk, in_bucket, at_origin, generated])


@each_place
def test_owner_downloads_the_document(make: Making, site: Site) -> None:
    """Wherever a document is kept, its owner gets its bytes under its name and type."""
    document, content = make("ada")
    response: Any = client_of("ada").get(f"/documents/{document.pk}/file")
    assert response.status_code == 200
    assert response.getvalue() == content
    assert response.headers["Content-Type"] == document.media_type
    assert Disposition.parse(response.headers["Content-Disposition"]) == Disposition(
        "attachment", document.filename
    )


@each_place
def test_download_is_resumed_where_it_can_be(make: Making, site: Site) -> None:
    """A range is a part of the whole; what is generated has no parts."""
    document, content = make("ada")
    response: Any = client_of("ada").get(f"/documents/{document.pk}/file", headers={"Range": "bytes=4-"})
    seekable = document.place != Place.REPORT
    assert response.status_code == (206 if seekable else 200)
    assert response.getvalue() == (content[4:] if seekable else content)


@pytest.mark.parametrize("make", [on_disk, in_bucket])
def test_hash_of_the_row_is_the_entity_tag(make: Making, site: Site) -> None:
    """What was hashed as it arrived has a strong tag, tells its digest, and is not sent again to who has it."""
    document, content = make("ada")
    url, client = f"/documents/{document.pk}/file", client_of("ada")
    headers = client.head(url).headers
    assert headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert headers["Repr-Digest"].startswith("sha-256=:")
    assert client.get(url, headers={"If-None-Match": headers["ETag"]}).status_code == 304


@each_place
@pytest.mark.parametrize("way", WAYS)
def test_document_of_somebody_else_is_not_found(make: Making, way: str, site: Site) -> None:
    """A private document of somebody else is answered as one that does not exist, to the letter."""
    document, _ = make("ada")
    client, answers = client_of("ben"), []
    for pk in (document.pk, document.pk + 1000):
        response: Any = ask(client, f"/documents/{pk}/{way}", way)
        answers.append((response.status_code, TOKEN.sub(b"", response.content)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert Document.objects.filter(pk=document.pk).exists()


def ask(client: Client, url: str, way: str) -> Any:
    """Ask in the method that is meant, with a form that could be taken."""
    return client.post(url, {"lifetime": 60, "access": "everybody"}) if way in POSTED else client.get(url)


@pytest.mark.parametrize("way", WAYS)
def test_visitor_is_asked_to_sign_in(way: str, visitor: Client) -> None:
    """Who has not signed in is sent to where one does, and back from there; whether there is a document or not."""
    document = document_of("ada", access=Access.EVERYBODY)
    for pk in (document.pk, document.pk + 1000):
        response = ask(visitor, f"/documents/{pk}/{way}", way)
        assert response.status_code == 302
        assert response.headers["Location"] == f"/accounts/login/?next=/documents/{pk}/{way}"


@pytest.mark.parametrize(
    "url", ["/documents/", "/documents/upload/", "/documents/zip/?pk=1", "/reports/2025.csv"]
)
def test_library_is_for_who_has_signed_in(url: str, visitor: Client) -> None:
    """So are the other pages of the library."""
    assert visitor.get(url).headers["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.parametrize(
    ("reader", "readable"),
    [("ada", True), ("ben", True), ("charles", False)],
    ids=["owner", "chosen", "other"],
)
def test_document_is_for_the_chosen(reader: str, readable: bool, site: Site) -> None:
    """A document for chosen people is read by these, and by its owner."""
    document = document_of("ada", TEN, "ten.txt", "ben")
    client = client_of(reader)
    for way in ("", "file", "view"):
        assert client.get(f"/documents/{document.pk}/{way}").status_code == (200 if readable else 404)
    assert (document in client.get("/documents/").context["document_list"]) == readable


def test_document_for_everybody_is_for_who_has_signed_in(site: Site, visitor: Client) -> None:
    """A document for everybody is read by everybody with an account, and changed by its owner only."""
    document = document_of("ada", access=Access.EVERYBODY)
    url = f"/documents/{document.pk}/"
    assert client_of("ben").get(f"{url}file").status_code == 200
    assert visitor.get(f"{url}file").status_code == 302
    for way in POSTED:
        assert ask(client_of("ben"), f"{url}{way}", way).status_code == 404
    assert b"Make a link" not in client_of("ben").get(url).content
    assert b"Make a link" in client_of("ada").get(url).content


def test_who_was_chosen_before_does_not_count(site: Site) -> None:
    """Taking a document back shuts out those who had been chosen."""
    document = document_of("ada", TEN, "ten.txt", "ben")
    ada, url = client_of("ada"), f"/documents/{document.pk}/sharing"
    readers = [person("ben").pk]
    assert ada.post(url, {"access": "private", "readers": readers}).status_code == 302
    assert client_of("ben").get(f"/documents/{document.pk}/").status_code == 404
    assert ada.post(url, {"access": "chosen", "readers": readers}).status_code == 302
    assert client_of("ben").get(f"/documents/{document.pk}/").status_code == 200


def test_choosing_nobody_is_told(site: Site) -> None:
    """Whoever chooses nobody is told so at the field, and nothing changes."""
    document = document_of("ada")
    response = client_of("ada").post(f"/documents/{document.pk}/sharing", {"access": "chosen"})
    assert response.context["sharing_form"].errors == {"readers": ["Choose somebody."]}
    assert b'id="id_readers_error"' in response.content
    document.refresh_from_db()
    assert document.access == Access.PRIVATE


@pytest.mark.parametrize("way", ["link", "sharing"])
def test_signing_in_on_the_way_leads_to_the_document(way: str, site: Site) -> None:
    """Who is sent back by a GET to what takes a POST finds the page that has the form."""
    document = document_of("ada")
    response = client_of("ada").get(f"/documents/{document.pk}/{way}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/documents/{document.pk}/")


@pytest.mark.parametrize(("url", "method"), WRONG_METHODS)
def test_wrong_method_is_told(url: str, method: str, site: Site) -> None:
    """What cannot be done with a page is a 405 that says what can."""
    response = client_of("ada").generic(method.upper(), url)
    assert response.status_code == 405
    assert method.upper() not in response.headers["Allow"]


@pytest.mark.parametrize("pk", ["0", "x", "-1", "1.5", "²", "9" * 18, "9" * 19, "%00"])
def test_impossible_number_is_not_found(pk: str, site: Site) -> None:
    """What is no number of a document is not found, whatever a database would say of it."""
    client = client_of("ada")
    for url in (f"/documents/{pk}/", f"/documents/{pk}/file", f"/documents/zip/?pk={pk}"):
        assert client.get(url).status_code == 404


def test_list_tells_what_is_known(site: Site) -> None:
    """The list has the type, the size, the hash, the owner, for whom it is and where it is kept."""
    document = document_of("ada", TEN, "ten.txt", access=Access.EVERYBODY, title="Ten <b>bytes</b>")
    page = client_of("ben").get("/documents/").content.decode()
    for told in ("Ten &lt;b&gt;bytes&lt;/b&gt;", "text/plain", "10 bytes", document.sha256, "ada", "disk"):
        assert told in page
    assert f'value="{document.pk}"' in page


def test_list_is_paged(site: Site) -> None:
    """Many documents are on several pages."""
    for number in range(51):
        document_of("ada", title=f"Number {number:02}", place=Place.REPORT, year=2025)
    client = client_of("ada")
    assert len(client.get("/documents/").context["document_list"]) == 50
    assert [str(one) for one in client.get("/documents/?page=2").context["document_list"]] == ["Number 50"]
    assert client.get("/documents/?page=3").status_code == 404


def test_list_takes_the_same_queries_however_long(site: Site, django_assert_max_num_queries: Any) -> None:
    """No row of the list costs a query."""
    for number in range(9):
        document_of("ada", title=str(number), place=Place.REPORT, year=2025)
    client = client_of("ben")
    with django_assert_max_num_queries(4):  # session, user, how many, which
        client.get("/documents/")


@pytest.mark.parametrize("place", [Place.DISK, Place.BUCKET])
def test_deleted_document_is_gone_with_its_file(
    place: Place, site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    """Its owner is asked first; then neither the row nor the file is left."""
    document = document_of("ada", place=place)
    storage, name, client = document.file.storage, str(document.file.name), client_of("ada")
    asked = client.get(f"/documents/{document.pk}/delete")
    assert (asked.status_code, storage.exists(name)) == (200, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/documents/{document.pk}/delete").headers["Location"] == "/documents/"
    assert not Document.objects.filter(pk=document.pk).exists()
    assert not storage.exists(name)


def test_files_of_a_deleted_account_are_gone(site: Site, django_capture_on_commit_callbacks: Any) -> None:
    """Whoever is deleted leaves no file behind."""
    document = document_of("ada")
    path = Path(document.file.path)
    assert path.is_relative_to(site.documents_root)
    with django_capture_on_commit_callbacks(execute=True):
        person("ada").delete()
    assert not path.exists()


def test_file_that_has_vanished_is_not_found(site: Site) -> None:
    """A row whose file somebody took away is a 404, not an error of the site."""
    document = document_of("ada")
    Path(document.file.path).unlink()
    assert client_of("ada").get(f"/documents/{document.pk}/file").status_code == 404


def test_bucket_that_is_not_there_is_not_found(site: Site, settings: Any) -> None:
    """A site that has no bucket any more says so of each document in it."""
    document = document_of("ada", place=Place.BUCKET)
    settings.STORAGES = {name: one for name, one in settings.STORAGES.items() if name != "bucket"}
    client = client_of("ada")
    assert client.get("/documents/").status_code == 200
    assert client.get(f"/documents/{document.pk}/").status_code == 200
    assert client.get(f"/documents/{document.pk}/file").status_code == 404


def test_admin_downloads_what_is_in_the_library(site: Site) -> None:
    """The librarian gets each document from the admin, under its own name; others get nothing there."""
    document = document_of("ada", TEN, "ten.txt")
    alan = person("alan")
    alan.is_staff = alan.is_superuser = True
    alan.save()
    client, url = client_of("alan"), f"/admin/demo/document/{document.pk}/download/file/"
    assert f'href="{url}"' in client.get("/admin/demo/document/").content.decode()
    assert f'href="{url}"' in client.get(f"/admin/demo/document/{document.pk}/change/").content.decode()
    response: Any = client.get(url)
    assert response.getvalue() == TEN
    assert response.headers["Content-Disposition"] == 'attachment; filename="ten.txt"'
    assert client.get("/admin/demo/document/add/").status_code == 403
    assert client_of("ada").get(url).status_code == 302


def test_success_is_told_once(site: Site) -> None:
    """What was done is told on the next page."""
    document = document_of("ada")
    response = client_of("ada").post(
        f"/documents/{document.pk}/sharing", {"access": "everybody"}, follow=True
    )
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Who may read it is changed."
    ]
    assert b"Who may read it is changed." in response.content
