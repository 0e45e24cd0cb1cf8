"""Storages whose URLs are signed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, storages
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test import Client, RequestFactory, override_settings
from django.test.utils import isolate_apps

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.signed_storages import SignedFileSystemStorage, SignedURLMixin
from downloadable.adapters.signing import DjangoUrlSigner
from downloadable.adapters.stored_files import StoredContent
from downloadable.django_ui.decorators import signature_required
from downloadable.django_ui.factory import download_view
from downloadable.domain import SignatureExpired, SignatureInvalid
from tests.adapters.test_signing import NAMES
from tests.django_ui.handlers import site

SIGNER = DjangoUrlSigner()


@pytest.fixture
def storage(tmp_path: Path) -> SignedFileSystemStorage:
    """Files that a view at ``/invoices/`` serves."""
    return SignedFileSystemStorage(tmp_path, "/invoices/")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_url_leads_to_the_file(name: str, storage: SignedFileSystemStorage, tmp_path: Path) -> None:
    """The URL of a stored file, asked for where the storage says it is, is answered with the file."""
    # Django's storage takes a backslash in a name for a separator.
    saved = name.replace("\\", "/")
    target = tmp_path / saved
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(b"the file")
    view = signature_required(download_view(StorageSource(storage)))
    with site(view, route="invoices/<path:path>"):
        response = Client().get(storage.url(name))
    if "\n" in name:  # which no path converter takes
        assert response.status_code == 404
        return
    assert response.status_code == 200
    assert response.getvalue() == b"the file"


def test_the_file_of_a_field_has_a_signed_url(storage: SignedFileSystemStorage) -> None:
    """What templates know as ``document.file.url`` is a link that holds."""
    with isolate_apps("tests"):

        class Invoice(models.Model):
            pdf = models.FileField(storage=storage)

            class Meta:
                app_label = "tests"

            def __str__(self) -> str:
                return str(self.pdf)

        url = Invoice(pdf="2026/June 1.pdf").pdf.url
    assert url.startswith("/invoices/2026/June%201.pdf?X-Signature=")
    SIGNER.check(RequestFactory().get(url))


def test_the_storage_is_a_directory_as_before(storage: SignedFileSystemStorage, tmp_path: Path) -> None:
    """Signing is about URLs: files are saved and served as by Django's own storage."""
    storage.save("a.txt", ContentFile(b"text"))
    assert (tmp_path / "a.txt").read_bytes() == b"text"
    assert (
        StoredContent(storage, "a.txt").locations()
        == StoredContent(FileSystemStorage(tmp_path), "a.txt").locations()
    )


def test_settings_can_make_one(tmp_path: Path) -> None:
    """``STORAGES`` says where the view is, what links are for, and how long they hold."""
    options = {"location": tmp_path, "base_url": "/invoices/", "purpose": "invoices", "expires_in": -1}
    backend = "downloadable.SignedFileSystemStorage"
    with override_settings(STORAGES={"invoices": {"BACKEND": backend, "OPTIONS": options}}):
        url = storages["invoices"].url("a.txt")
    with pytest.raises(SignatureExpired):
        DjangoUrlSigner("invoices").unsign(url)
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(url)


def test_a_subclass_can_say_it_all(tmp_path: Path) -> None:
    """Purpose, lifetime and parameter are attributes; what the constructor is told goes first."""

    class OurStorage(SignedFileSystemStorage):
        purpose = "ours"
        expires_in = timedelta(hours=-1)
        signature_parameter = "s"

    storage = OurStorage(tmp_path, "/files/")
    assert storage.url("a").startswith("/files/a?s=")
    with pytest.raises(SignatureExpired):
        DjangoUrlSigner("ours", parameter="s").unsign(storage.url("a"))
    storage = OurStorage(tmp_path, "/files/", purpose="theirs", expires_in=60)
    assert DjangoUrlSigner("theirs", parameter="s").unsign(storage.url("a")) == "/files/a"


def test_one_link_can_differ(tmp_path: Path) -> None:
    """A lifetime and a user can be given for one link."""
    alice = SimpleNamespace(pk=1)
    storage = SignedFileSystemStorage(tmp_path, "/files/", expires_in=-1)
    assert SIGNER.unsign(storage.url("a", expires_in=60)) == "/files/a"
    link = storage.url("a", expires_in=60, user=alice)
    assert SIGNER.unsign(link, user=alice) == "/files/a"
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(link)


class WithQuery(Storage):
    """Storages in other places have URLs with a query already, and some with a fragment."""

    def url(self, name: str | None) -> str:
        return f"https://host/download?name={name}&v=1#top"


class SignedWithQuery(SignedURLMixin, WithQuery):
    pass


class SignedInMemory(SignedURLMixin, InMemoryStorage):
    pass


def test_the_mixin_stands_before_any_storage() -> None:
    """Whatever URL a storage has, the signature becomes one more parameter of it."""
    url = SignedWithQuery().url("a.txt")
    assert url.startswith("https://host/download?name=a.txt&v=1&X-Signature=")
    assert url.endswith("#top")
    assert SIGNER.unsign(url) == "/download?name=a.txt&v=1"
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(url.replace("a.txt", "b.txt"))
    assert SIGNER.unsign(SignedInMemory(base_url="/m/", expires_in=60).url("a")) == "/m/a"


@pytest.mark.parametrize("base_url", ["/invoices/", "https://files.example.com/invoices/", "//cdn/invoices/"])
def test_the_host_of_a_storage_makes_no_difference(base_url: str, tmp_path: Path) -> None:
    """A request knows its path; what host it came to, a proxy may have changed."""
    url = SignedFileSystemStorage(tmp_path, base_url).url("a b.txt")
    SIGNER.check(RequestFactory().get(url.partition("/invoices")[1] + url.partition("/invoices")[2]))


@pytest.mark.parametrize("name", ["../users/1", "a/../../users/1", "..\\users\\1", "..", "a/.."])
@pytest.mark.parametrize("kind", [SignedFileSystemStorage, SignedInMemory])
def test_no_name_leads_out_of_the_storage(name: str, kind: Any) -> None:
    """A name never becomes a signed link to another view."""
    with pytest.raises(SuspiciousFileOperation):
        kind(base_url="/invoices/").url(name)


def test_a_storage_without_urls_still_has_none(tmp_path: Path) -> None:
    """Django's own error says that the storage has no URL."""
    with override_settings(MEDIA_URL=None), pytest.raises(ValueError, match="not accessible via a URL"):
        SignedFileSystemStorage(tmp_path).url("a.txt")


@pytest.mark.parametrize("options", [{}, {"purpose": "invoices", "expires_in": timedelta(hours=1)}], ids=str)
def test_a_migration_can_hold_one(options: Any) -> None:
    """A model field with such a storage is written into a migration under a name that stays."""
    storage = SignedFileSystemStorage(location="/srv/invoices", base_url="/invoices/", **options)
    text, imports = MigrationWriter.serialize(storage)
    assert imports >= {"import downloadable"}
    made = storage.deconstruct()
    assert made == (
        "downloadable.SignedFileSystemStorage",
        (),
        {"location": "/srv/invoices", "base_url": "/invoices/", **options},
    )
    assert text.startswith("downloadable.SignedFileSystemStorage(")
    again = SignedFileSystemStorage(*made[1], **made[2])
    assert (again.purpose, again.expires_in) == (storage.purpose, storage.expires_in)
