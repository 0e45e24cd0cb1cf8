from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread, local
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.signers import CloudFrontSigner
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.core.files.storage import InMemoryStorage, Storage
from fsspec.implementations.cached import SimpleCacheFileSystem
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from s3fs import S3FileSystem
from storages.backends.s3 import S3ManifestStaticStorage, S3Storage

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.orm import ModelSource
from downloadable.adapters.store_links import SIGNERS, StoreSigner, signer_of, signs_with
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import PLAIN_GET, ContentNotFound
from downloadable.ports import Content, ResponseOverrides, Signable
from tests.models import Document
from tests.object_store import BUCKET, ObjectStore, object_store
from tests.storages import MOMENT

MINUTE = timedelta(minutes=1)
WANTED = ResponseOverrides(
    disposition="attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A9t%C3%A9%20%25.txt",
    content_type="text/plain; charset=utf-8",
    cache_control="private, max-age=30",
)
NAMES = [
    "plain.txt",
    "2026/06/deep.txt",
    "a b.txt",
    "100%.txt",
    "%41.txt",
    "%2e%2e.txt",
    "what?.txt",
    "?version=1.txt",
    "#1.txt",
    "a+b.txt",
    'it\'s "quoted".txt',
    "a;b=c&d.txt",
    "a:b@c,d!.txt",
    "[brackets]{}|^`<>.txt",
    unicodedata.normalize("NFC", "été.txt"),
    unicodedata.normalize("NFD", "été.txt"),
    "日本語.txt",
    "😀.txt",
    ".hidden",
    "~user.txt",
    "-dash.txt",
]

Open = Callable[[str], Content]


@pytest.fixture(scope="module")
def running() -> Iterator[ObjectStore]:
    """Run a store for all tests of this module."""
    with object_store() as running:
        yield running


@pytest.fixture
def store(running: ObjectStore) -> ObjectStore:
    """Say what time it is, and forget what was asked."""
    running.now = lambda: datetime.now(UTC)
    running.seen.clear()
    return running


@pytest.fixture(scope="module", params=["django-storages", "s3fs"])
def open_in_s3(request: pytest.FixtureRequest, running: ObjectStore) -> Open:
    """Open what is in the store through each library."""
    if request.param == "s3fs":
        return FsspecSource(running.filesystem(), BUCKET).open
    return StorageSource(running.storage()).open


def link(
    content: Content,
    overrides: ResponseOverrides = WANTED,
    method: str = "GET",
    lifetime: timedelta = MINUTE,
) -> str | None:
    """Sign a link to a content that has one place for it."""
    (location,) = content.locations()
    assert isinstance(location, Signable)
    return location.sign(overrides, method, lifetime)


def query_of(url: str | None) -> dict[str, list[str]]:
    """Return what is asked along with a path."""
    assert url is not None
    return parse_qs(urlsplit(url).query)


# S3


@pytest.mark.parametrize("name", NAMES)
def test_a_link_leads_to_the_file(store: ObjectStore, open_in_s3: Open, name: str) -> None:
    """Whatever its name, the store answers with its bytes, and with the fields that were asked for."""
    store.put(name, name.encode(), ContentType="text/html", CacheControl="public, max-age=9")
    url = link(open_in_s3(name))
    assert store.seen == []
    assert url is not None
    answer = requests.get(url)
    assert (answer.status_code, answer.content) == (200, name.encode())
    assert answer.headers["Content-Disposition"] == WANTED.disposition
    assert answer.headers["Content-Type"] == WANTED.content_type
    assert answer.headers["Cache-Control"] == WANTED.cache_control


def test_a_link_has_ranges_and_conditions(store: ObjectStore, open_in_s3: Open) -> None:
    """They are between the client and the store."""
    store.put("a.txt", b"0123456789")
    url = link(open_in_s3("a.txt"))
    assert url is not None
    part = requests.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["Content-Disposition"] == WANTED.disposition
    again = requests.get(url, headers={"If-None-Match": part.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_holds_for_its_method(store: ObjectStore, open_in_s3: Open, method: str) -> None:
    """S3 signs the method, too, so what comes as HEAD is sent on as HEAD."""
    store.put("a.txt", b"0123456789")
    url = link(open_in_s3("a.txt"), method=method)
    assert url is not None
    statuses = {tried: requests.request(tried, url).status_code for tried in ("GET", "HEAD")}
    assert statuses == {"GET": 403, "HEAD": 403} | {method: 200}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_link_is_for_downloading_alone(store: ObjectStore, open_in_s3: Open, method: str) -> None:
    """No link is signed that could change something."""
    assert link(open_in_s3("a.txt"), method=method) is None


def test_a_link_expires(store: ObjectStore, open_in_s3: Open) -> None:
    """It holds for its lifetime, and not longer."""
    store.put("a.txt", b"0123456789")
    url = link(open_in_s3("a.txt"), lifetime=timedelta(seconds=90))
    assert url is not None
    assert query_of(url)["X-Amz-Expires"] == ["90"]
    for later, status in ((80, 200), (100, 403)):
        store.now = lambda later=later: datetime.now(UTC) + timedelta(seconds=later)  # type: ignore[misc]
        assert requests.get(url).status_code == status


def test_a_link_cannot_be_changed(store: ObjectStore, open_in_s3: Open) -> None:
    """What it says of name and type is signed, so nobody can make a page of a file."""
    store.put("a.txt", b"0123456789")
    url = link(open_in_s3("a.txt"))
    assert url is not None
    for other in (
        url.replace("attachment", "inline"),
        url.replace("plain", "html"),
        url.replace("a.txt?", "b.txt?"),
    ):
        assert other != url
        assert requests.get(other).status_code == 403


@pytest.mark.parametrize("seconds", [-1, 0, 0.5, 7 * 24 * 3600 + 1])
def test_a_lifetime_has_bounds(store: ObjectStore, open_in_s3: Open, seconds: float) -> None:
    """No store signs for less than a second, or for longer than seven days."""
    with pytest.raises(ValueError, match="one second to seven days"):
        link(open_in_s3("a.txt"), lifetime=timedelta(seconds=seconds))
    assert link(open_in_s3("a.txt"), lifetime=timedelta(days=7)) is not None


def test_what_is_not_asked_for_is_not_said(store: ObjectStore, open_in_s3: Open) -> None:
    """Then the object's own fields are sent."""
    store.put("a.txt", b"0123456789", ContentType="text/markdown")
    url = link(open_in_s3("a.txt"), ResponseOverrides(cache_control="no-store"))
    assert url is not None
    answer = requests.get(url)
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("text/markdown", "no-store")
    assert "Content-Disposition" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["source", "field"])
def test_a_row_that_knows_enough_asks_the_store_nothing(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Describing it, and signing a link to it, take no request."""
    from downloadable.adapters.django_files import as_content

    store.put("a.txt", b"0123456789")
    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", store.storage())
    row = Document.objects.create(slug="a", remote_file="a.txt", length=10, changed=MOMENT)
    row.refresh_from_db()
    rows = ModelSource(Document, "remote_file", size_field="length", modified_field="changed")
    content = rows.open(row.pk) if by == "source" else as_content(row.remote_file)
    url = link(content)
    if by == "source":
        assert content.describe(PLAIN_GET).size == 10
    content.close()
    assert store.seen == []
    assert url is not None
    assert requests.get(url).content == b"0123456789"


tenant = local()
"""For whom a request is: what a middleware keeps in its thread."""


class ByTenant(S3Storage):  # type: ignore[misc]
    """Keeps the files of each tenant apart."""

    def _normalize_name(self, name: str) -> str:
        return f"{getattr(tenant, 'name', 'nobody')}/{super()._normalize_name(name)}"


class Below(ByTenant):
    """Sets a value, and computes as the class that it is derived from does."""

    default_acl = "private"


class InMedia(S3Storage):  # type: ignore[misc]
    """Only sets a value."""

    location = "media"


@pytest.mark.parametrize("kind", [S3Storage, InMedia], ids=["plain", "derived"])
def test_each_thread_has_no_client_of_its_own(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, kind: type[S3Storage]
) -> None:
    """Under ASGI each request has another thread, and a client of S3 takes a hundred times as long as a link."""
    storage = store.storage(kind)
    made: list[S3Storage] = []
    make = S3Storage._create_session

    def counting(self: S3Storage) -> Any:
        made.append(self)
        return make(self)

    monkeypatch.setattr(S3Storage, "_create_session", counting)
    urls: list[str | None] = []
    for _ in range(3):
        thread = Thread(target=lambda: urls.append(link(StorageSource(storage).open("a.txt"))))
        thread.start()
        thread.join()
    assert None not in urls
    assert len(urls) == 3
    assert len(made) == 1


@pytest.mark.parametrize("kind", [ByTenant, Below])
def test_a_link_leads_where_the_storage_computes(store: ObjectStore, kind: type[S3Storage]) -> None:
    """A storage that computes where files are is asked in the thread of the request, which may matter to it."""
    store.put("acme/a.txt", b"of acme")
    store.put("nobody/a.txt", b"of nobody")
    tenant.name = "acme"
    try:
        url = link(StorageSource(store.storage(kind)).open("a.txt"))
    finally:
        del tenant.name
    assert url is not None
    assert requests.get(url).content == b"of acme"


def test_the_location_of_a_storage_is_part_of_the_key(store: ObjectStore) -> None:
    """The storage says where below it a name is."""
    store.put("private/media/a.txt", b"there")
    url = link(StorageSource(store.storage(location="private/media")).open("a.txt"))
    assert url is not None
    assert requests.get(url).content == b"there"


def test_a_directory_prefix_signs_as_what_is_behind_it(store: ObjectStore) -> None:
    """A ``DirFileSystem``, or one within another, signs if its file system does."""
    store.put("private/media/a.txt", b"there")
    top = DirFileSystem(f"{BUCKET}/private", store.filesystem())
    for source in (FsspecSource(top, "media"), FsspecSource(DirFileSystem("media", top))):
        url = link(source.open("a.txt"))
        assert url is not None
        assert requests.get(url).content == b"there"


def test_a_name_does_not_choose_a_version(store: ObjectStore) -> None:
    """What a file system would read as one is not found: it is another file than the one that was named."""
    for options in ({}, {"version_aware": True}):
        source = FsspecSource(store.filesystem(**options), BUCKET)
        with pytest.raises(ContentNotFound):
            source.open("a.txt?versionId=1").describe(PLAIN_GET)
        assert source.open("a.txt?version=1").locations() != ()
    assert store.seen == []


def test_a_compressed_object_says_so_itself(store: ObjectStore) -> None:
    """The store sends its Content-Encoding along, so what arrives is what the storage opens."""
    store.put("long.css", gzip.compress(b"long " * 1000), ContentType="text/css", ContentEncoding="gzip")
    url = link(StorageSource(store.storage(gzip=True)).open("long.css"))
    assert url is not None
    answer = requests.get(url)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content == b"long " * 1000


@pytest.mark.parametrize("name", ["../a.txt", "x/../../a.txt", "/../a.txt"])
def test_a_name_that_leads_out_is_not_signed(store: ObjectStore, name: str) -> None:
    """No key does so, and where a row has such a name, the storage refuses."""
    storage = store.storage(location="private")
    assert StorageSource(storage).open(name).locations() == ()
    assert FsspecSource(store.filesystem(), BUCKET).open(name).locations() == ()
    with pytest.raises(SuspiciousOperation):
        link(StoredContent(storage, name))


# S3 that cannot sign


class OwnUrls(S3Storage):  # type: ignore[misc]  # it comes without types
    """Has URLs of its own, without parameters."""

    def url(self, name: str) -> str:
        return f"https://cdn.example/{name}"


class Encrypting(S3Storage):  # type: ignore[misc]  # it comes without types
    """Keeps other bytes than those that it opens."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        raise NotImplementedError


class EncryptingMixin:
    """The same, for any storage."""

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        raise NotImplementedError


class MixedIn(EncryptingMixin, S3Storage):  # type: ignore[misc]  # it comes without types
    """As projects put it together."""


class EncryptingFiles(S3FileSystem):  # type: ignore[misc]  # it comes without types
    """The same by fsspec."""

    def _open(self, path: str, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


class Unable(S3Storage):  # type: ignore[misc]  # it comes without types
    """Finds out when it is asked."""

    def url(self, name: str, parameters: Any = None, expire: Any = None, http_method: Any = None) -> str:
        raise NotImplementedError


def cloudfront(message: bytes) -> bytes:
    """Sign nothing: that there is a signature is enough here."""
    return b"signature"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param(S3Storage, {"querystring_auth": False}, id="public"),
        pytest.param(S3Storage, {"custom_domain": "cdn.example"}, id="own domain"),
        pytest.param(
            S3Storage,
            {"custom_domain": "cdn.example", "cloudfront_signer": CloudFrontSigner("K1", cloudfront)},
            id="content delivery network",
        ),
        pytest.param(
            S3Storage,
            {"object_parameters": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}},
            id="with a key of ours",
        ),
        pytest.param(OwnUrls, {}, id="own URLs"),
        pytest.param(S3ManifestStaticStorage, {"manifest_storage": InMemoryStorage()}, id="hashed names"),
        pytest.param(Unable, {}, id="not implemented"),
    ],
)
def test_a_link_that_would_not_hold_is_not_given(
    store: ObjectStore, kind: type[S3Storage], options: dict[str, Any]
) -> None:
    """What is not signed, or loses what it should say, is worse than none."""
    content = StorageSource(store.storage(kind, **options)).open("a.txt")
    assert link(content) is None
    assert link(content, method="HEAD") is None
    assert store.seen == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"key": None, "secret": None, "anon": True}, id="anonymous"),
        pytest.param(
            {"s3_additional_kwargs": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}},
            id="with a key of ours",
        ),
    ],
)
def test_a_file_system_that_cannot_sign_says_so(store: ObjectStore, options: dict[str, Any]) -> None:
    """The same by fsspec."""
    content = FsspecSource(store.filesystem(**options), BUCKET).open("a.txt")
    assert link(content) is None
    assert store.seen == []


@pytest.mark.parametrize("kind", [Encrypting, MixedIn])
def test_whoever_opens_in_another_way_signs_nothing(store: ObjectStore, kind: type[S3Storage]) -> None:
    """A link would lead to bytes that are not the content."""
    assert StorageSource(store.storage(kind)).open("a.txt").locations() == ()


def test_a_file_system_that_opens_in_another_way_signs_nothing(store: ObjectStore) -> None:
    """The same by fsspec; and what caches is meant to be read here."""
    encrypting = EncryptingFiles(anon=True, skip_instance_cache=True)
    caching = SimpleCacheFileSystem(fs=store.filesystem())
    for filesystem in (encrypting, caching):
        assert FsspecSource(filesystem, BUCKET).open("a.txt").locations() == ()


def test_what_cannot_sign_has_no_location() -> None:
    """Nobody else is told of files that only this process reaches."""
    for filesystem in (MemoryFileSystem(), LocalFileSystem(), DirFileSystem("/tmp", LocalFileSystem())):
        assert FsspecSource(filesystem).open("a.txt").locations() == ()


# Others, who are taught


class Duck:
    """Does what a storage does, without being one."""


def test_who_is_no_storage_signs_nothing() -> None:
    """Not unless somebody has said how."""
    duck: Any = Duck()
    assert StoredContent(duck, "a.txt").locations() == ()


class Shelf(Storage):
    """A store that nobody knows."""


class LowerShelf(Shelf):
    """One derived from it."""


class LockedShelf(Shelf):
    """One that opens in its own way."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        raise NotImplementedError


def sign_for_shelf(
    store: Any, name: str, overrides: ResponseOverrides, method: str, lifetime: timedelta
) -> str | None:
    """Sign as that store wants it."""
    return f"https://shelf.example/{type(store).__name__}/{name}?{method}&{overrides.disposition}&{lifetime}"


@pytest.fixture
def taught() -> Iterator[None]:
    """Forget afterwards what a test has taught."""
    known = dict(SIGNERS)
    yield
    SIGNERS.clear()
    SIGNERS.update(known)
    signer_of.cache_clear()


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("kind", [Shelf, f"{__name__}.Shelf"], ids=["class", "name"])
def test_others_can_be_taught(kind: type | str) -> None:
    """By a class or its name, and for what is derived from it, unless that opens in its own way."""
    shelves: list[Storage] = [Shelf(), LowerShelf(), LockedShelf()]
    contents = [StoredContent(shelf, "a.txt") for shelf in shelves]
    assert [content.locations() for content in contents] == [(), (), ()]
    signs_with(kind, sign_for_shelf)
    url = "https://shelf.example/{}/a.txt?HEAD&attachment&0:01:00"
    for content in contents[:2]:
        asked = ResponseOverrides(disposition="attachment")
        assert link(content, asked, "HEAD") == url.format(type(content._storage).__name__)
    assert contents[2].locations() == ()
    signs_with(LockedShelf, sign_for_shelf)
    assert link(contents[2]) is not None


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("sign", [sign_for_shelf, None])
def test_what_was_taught_goes_before_what_is_known(store: ObjectStore, sign: StoreSigner | None) -> None:
    """Also that they sign none, such as where browsers do not reach the store."""
    content = FsspecSource(store.filesystem(), BUCKET).open("a.txt")
    before = link(content)
    assert before is not None
    assert before.startswith(store.url)
    signs_with(S3FileSystem, sign)
    if sign is None:
        assert content.locations() == ()
    else:
        after = link(content)
        assert after is not None
        assert after.startswith("https://shelf.example/S3FileSystem/files/a.txt")
