from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import (
    DefaultStorage,
    FileSystemStorage,
    InMemoryStorage,
    Storage,
    default_storage,
    storages,
)
from pytest_django.fixtures import Settings

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
    DownloadRequest,
    EntityTag,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import LocalFile, Source, StoredFile
from downloadable.ports.contract import FILES, ChangingSourceContract, SourceContract
from tests.adapters.serving import described, served
from tests.storages import MOMENT, CountingStorage, ObscuringStorage, OneWay


class TestDirectory(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        self.root = tmp_path
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        return StorageSource(FileSystemStorage(tmp_path))

    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        (self.root / "new").write_bytes(data)
        (self.root / "new").replace(self.root / name)

    def remove(self, source: Source[Any], name: str) -> None:
        (self.root / name).unlink()


class TestMemory(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        storage = InMemoryStorage()
        for name, data in files.items():
            storage.save(name, ContentFile(data))
        return StorageSource(storage)


class TestObjectStore(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        self.storage = CountingStorage(files)
        return StorageSource(self.storage)

    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        self.storage.files[name] = data

    def remove(self, source: Source[Any], name: str) -> None:
        del self.storage.files[name]


class TestObscured(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        self.root = tmp_path
        for name, data in files.items():
            (tmp_path / name).write_bytes(ObscuringStorage.obscured(data))
        return StorageSource(ObscuringStorage(tmp_path))

    # It opens in order to describe, so that what it described is what it serves, whatever happens to the name.
    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        (self.root / name).write_bytes(ObscuringStorage.obscured(data))

    def remove(self, source: Source[Any], name: str) -> None:
        (self.root / name).unlink()

    def test_what_changed_before_acquire_is_noticed(self, source: Source[Any]) -> None:
        """The content that was described is held, and comes whole."""
        self.held_while(source, lambda: self.replace(source, "hello.txt", b"Something else, and longer.\n"))

    def test_what_vanished_before_acquire_is_noticed(self, source: Source[Any]) -> None:
        """The content that was described is held, and comes whole."""
        self.held_while(source, lambda: self.remove(source, "hello.txt"))

    def held_while(self, source: Source[Any], change: Any) -> None:
        content = source.open("hello.txt")
        resource = content.describe(PLAIN_GET)
        change()
        content.acquire()
        assert b"".join(content.read(0, resource.size)) == FILES["hello.txt"]
        content.close()


def test_nothing_is_below_a_file() -> None:
    """A storage in memory says so as if it had been asked to write there."""
    storage = InMemoryStorage()
    storage.save("d/a.txt", ContentFile(b"abc"))
    with pytest.raises(ContentNotFound):
        described(StorageSource(storage).open("d/a.txt/b.txt"))


@pytest.fixture
def storage() -> CountingStorage:
    """A storage without paths, with two files."""
    return CountingStorage({"a.txt": b"0123456789", "notes/b.txt": b"b"})


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a.txt",
        "a.txt/",
        "notes//b.txt",
        ".",
        "./a.txt",
        "..",
        "../a.txt",
        "notes/../a.txt",
        "..\\a.txt",
        "notes\\..\\a.txt",
        "\\a.txt",
        "a.txt\0",
        "a.txt\0.png",
        "absent.txt",
    ],
)
@pytest.mark.parametrize("kind", ["directory", "object store"])
def test_no_key_leads_out_of_the_storage(kind: str, key: str, tmp_path: Path) -> None:
    """What is no plain name is not found, and the storage never hears of it."""
    files = {"a.txt": b"a", "notes/b.txt": b"b", "/a.txt": b"no", "../a.txt": b"no", "..\\a.txt": b"no"}
    storage: Storage = CountingStorage(files)
    if kind == "directory":
        (tmp_path / "root/notes").mkdir(parents=True)
        (tmp_path / "root/a.txt").write_bytes(b"a")
        (tmp_path / "a.txt").write_bytes(b"secret")
        storage = FileSystemStorage(tmp_path / "root")
    with pytest.raises(ContentNotFound):
        described(StorageSource(storage).open(key))
    if isinstance(storage, CountingStorage) and key != "absent.txt":
        assert not storage.calls


@pytest.mark.parametrize("kind", ["directory", "FIFO", "dangling link", "loop"])
def test_what_is_no_file_is_not_found(kind: str, tmp_path: Path) -> None:
    """Only regular files are served, and a FIFO is not waited for."""
    path = tmp_path / "thing"
    match kind:
        case "directory":
            path.mkdir()
        case "FIFO":
            os.mkfifo(path)
        case "dangling link":
            path.symlink_to("nowhere")
        case "loop":
            path.symlink_to("thing")
    with pytest.raises(ContentNotFound):
        described(StorageSource(FileSystemStorage(tmp_path)).open("thing"))


def test_opening_asks_nothing(storage: CountingStorage) -> None:
    """A name costs no call, and neither does what is known by it."""
    content = StorageSource(storage).open("notes/b.txt")
    assert content.known() == Resource(name="b.txt")
    assert content.locations() == ()
    assert content.fileno() is None
    content.close()
    assert not storage.calls


def test_a_look_asks_for_size_and_time(storage: CountingStorage) -> None:
    """These two calls are all there is in the interface of storages; the tag made of them is weak."""
    resource = described(StorageSource(storage).open("a.txt"))
    assert storage.calls == {"size": 1, "get_modified_time": 1}
    assert (resource.size, resource.last_modified) == (10, MOMENT)
    assert resource.entity_tag is not None
    assert resource.entity_tag.weak


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("HEAD", {}, 200),
        ("GET", {"If-Modified-Since": "Fri, 17 May 2024 12:30:15 GMT"}, 304),
        ("GET", {"If-Unmodified-Since": "Thu, 16 May 2024 12:30:15 GMT"}, 412),
        ("GET", {"Range": "bytes=10-"}, 416),
    ],
)
def test_an_answer_without_a_body_opens_nothing(
    method: str, fields: dict[str, str], status: int, storage: CountingStorage
) -> None:
    """What is decided by a look needs no bytes."""
    asked = DownloadRequest.from_headers(method, fields)
    plan = decide(described(StorageSource(storage).open("a.txt")), ServingPolicy(), asked)
    assert (plan.status, plan.body) == (status, ())
    assert "open" not in storage.calls


def test_a_download_opens_once(storage: CountingStorage) -> None:
    """However many ranges are read."""
    content = StorageSource(storage).open("a.txt")
    content.describe(PLAIN_GET)
    content.acquire()
    assert b"".join(content.read(5, 7)) + b"".join(content.read(0, 2)) == b"5601"
    content.close()
    assert storage.calls == {"size": 1, "get_modified_time": 1, "open": 1}


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        pytest.param({}, {"size": 1, "get_modified_time": 1}, id="nothing"),
        pytest.param({"size": 10}, {"get_modified_time": 1}, id="size"),
        pytest.param({"last_modified": MOMENT}, {"size": 1}, id="date"),
        pytest.param({"entity_tag": EntityTag("v1")}, {"size": 1}, id="tag"),
        pytest.param({"size": 10, "last_modified": MOMENT}, {}, id="size and date"),
        pytest.param({"size": 10, "entity_tag": EntityTag("v1")}, {}, id="size and tag"),
    ],
)
def test_what_is_known_is_not_asked_for(
    facts: dict[str, Any], calls: dict[str, int], storage: CountingStorage
) -> None:
    """Facts given beforehand save calls, and go before the storage's."""
    resource = described(StoredContent(storage, "a.txt", Resource(**facts)))
    assert storage.calls == calls
    assert {name: getattr(resource, name) for name in facts} == facts
    assert resource.size == 10


def test_facts_that_turn_out_wrong_are_dropped(
    storage: CountingStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is noticed to be another; a second look asks the storage, and the log names the culprit."""
    content = StoredContent(storage, "a.txt", Resource(size=3, entity_tag=EntityTag("v1")))
    assert content.describe(PLAIN_GET).size == 3
    with pytest.raises(ContentChanged):
        content.acquire()
    resource, data = served(content)
    assert (resource.size, data) == (10, b"0123456789")
    assert resource.entity_tag != EntityTag("v1")
    assert "'a.txt' has 10 bytes, not 3" in caplog.text


def test_a_look_is_believed_more_than_a_fact(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the file is looked at anyway, HEAD and ranges go by the size that it has."""
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    told = Resource(name="b.txt", size=3, digests=(("sha-256", b"d" * 32),))
    resource = described(StoredContent(FileSystemStorage(tmp_path), "a.txt", told))
    assert (resource.name, resource.size, resource.digests) == ("b.txt", 10, ())
    assert "'a.txt' has 10 bytes, not 3" in caplog.text


def test_a_directory_is_not_believed_more_than_its_file(tmp_path: Path) -> None:
    """Facts that turn out wrong are dropped for local files, too."""
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    content = StoredContent(FileSystemStorage(tmp_path), "a.txt", Resource(size=3, last_modified=MOMENT))
    content.describe(PLAIN_GET)
    with pytest.raises(ContentChanged):
        content.acquire()
    assert served(content)[1] == b"0123456789"


class Unmeasured(CountingStorage):
    """Tells neither sizes nor times."""

    def size(self, name: str) -> int:
        raise NotImplementedError

    def get_modified_time(self, name: str) -> datetime:
        raise NotImplementedError


class Miscounting(CountingStorage):
    """Tells the size of what it keeps, which is not that of what it opens."""

    def size(self, name: str) -> int:
        return super().size(name) + 5


def test_a_storage_that_tells_no_size_is_opened_to_see() -> None:
    """The open file knows its length, so that ranges work; it is opened once for all of this."""
    storage = Unmeasured({"a.txt": b"0123456789"})
    resource, data = served(StorageSource(storage).open("a.txt"))
    assert resource == Resource(name="a.txt", size=10)
    assert data == b"0123456789"
    assert storage.calls == {"open": 1}
    with pytest.raises(ContentNotFound):
        described(StorageSource(storage).open("absent.txt"))


def test_a_storage_that_miscounts_is_found_out() -> None:
    """No body is sent with a wrong length: the second look counts for itself."""
    content = StorageSource(Miscounting({"a.txt": b"0123456789"})).open("a.txt")
    assert content.describe(PLAIN_GET).size == 15
    with pytest.raises(ContentChanged):
        content.acquire()
    assert served(content) == (described(content), b"0123456789")


class OneWayStorage(CountingStorage):
    """Knows how long its files are, and opens what cannot seek."""

    def opened(self, data: bytes) -> Any:
        return OneWay(data)


def test_a_storage_of_streams_has_no_sets_of_ranges() -> None:
    """Only opening shows that it cannot go back; one range is read by skipping."""
    storage = OneWayStorage({"a.txt": b"0123456789"})
    one = DownloadRequest.from_headers("GET", {"Range": "bytes=5-6"})
    several = DownloadRequest.from_headers("GET", {"Range": "bytes=5-6,0-1"})
    content = StorageSource(storage).open("a.txt")
    content.describe(one)
    content.acquire()
    assert b"".join(content.read(5, 7)) == b"56"
    content.describe(several)
    with pytest.raises(ContentChanged, match=r"'a\.txt' cannot seek"):
        content.acquire()
    resource = content.describe(several)
    content.acquire()
    assert (resource.size, resource.seekable) == (10, False)
    assert b"".join(content.read(0, 10)) == b"0123456789"
    content.close()


class Compressing(CountingStorage):
    """Tells how long a file is where it lies, and decompresses it when it is read."""

    def opened(self, data: bytes) -> Any:
        return gzip.open(io.BytesIO(data))


def test_a_storage_that_decompresses_is_not_cut() -> None:
    """The size that it tells is that of other bytes."""
    content = StorageSource(Compressing({"a.txt": gzip.compress(b"0123456789")})).open("a.txt")
    content.describe(PLAIN_GET)
    with pytest.raises(ContentChanged):
        content.acquire()
    resource, data = served(content)
    assert (resource.size, data) == (None, b"0123456789")


class OtherUrls(FileSystemStorage):
    """Changes nothing about its files."""

    def url(self, name: str | None) -> str:
        raise NotImplementedError


class OtherTimes(FileSystemStorage):
    """Has an idea of its own about when its files changed."""

    def get_modified_time(self, name: str) -> datetime:
        return MOMENT


class OtherSizes(FileSystemStorage):
    """Counts in its own way."""

    def size(self, name: str) -> int:
        return super().size(name)


@pytest.mark.parametrize(
    ("kind", "local"),
    [
        (FileSystemStorage, True),
        (OtherUrls, True),
        (OtherTimes, False),
        (OtherSizes, False),
        (ObscuringStorage, False),
    ],
)
def test_only_a_plain_directory_is_served_from_the_disk(
    kind: type[FileSystemStorage], local: bool, tmp_path: Path
) -> None:
    """A storage that opens, counts or dates in its own way is asked, and nobody else is sent to its files."""
    (tmp_path / "a.txt").write_bytes(ObscuringStorage.obscured(b"0123456789"))
    content = StorageSource(kind(tmp_path)).open("a.txt")
    resource = content.describe(PLAIN_GET)
    content.acquire()
    assert content.locations() == ((LocalFile(tmp_path / "a.txt"),) if local else ())
    assert (content.fileno() is not None) is local
    assert resource.entity_tag is not None
    assert resource.entity_tag.weak is not local
    content.close()
    if kind is OtherTimes:
        assert resource.last_modified == MOMENT


def test_the_default_storage_is_found_late(tmp_path: Path, settings: Settings) -> None:
    """Settings count when a file is opened, not when the source is made; and it is a directory at once."""
    source = StorageSource()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
        settings.MEDIA_ROOT = tmp_path / name
        content = source.open("a.txt")
        assert content.locations() == (LocalFile(tmp_path / name / "a.txt"), StoredFile("default", "a.txt"))
        assert served(content)[1] == name.encode()


def test_a_lazy_storage_is_looked_behind_at_once(tmp_path: Path, settings: Settings) -> None:
    """What ``default_storage`` stands for is known before anything else has asked."""
    settings.MEDIA_ROOT = tmp_path
    untouched: Any = DefaultStorage()
    places = (LocalFile(tmp_path / "a.txt"), StoredFile("default", "a.txt"))
    assert StorageSource(untouched).open("a.txt").locations() == places
    assert StorageSource(default_storage).open("a.txt").locations() == places


class Elsewhere(FileSystemStorage):
    """Computes where its files are, such as for one of several tenants."""

    @property
    def location(self) -> str:
        return "/srv"


class Sharded(FileSystemStorage):
    """Keeps files elsewhere than their names say."""

    def path(self, name: str) -> str:
        return super().path(f"{name[:1]}/{name}")


class Told(FileSystemStorage):
    """Is told where its files are by its class."""

    base_location = "/srv"
    location = "/srv"


class Bucket(CountingStorage):
    """Has URLs, as a store has that others reach."""

    def url(self, name: str | None) -> str:
        return f"https://bucket.example/{name}"


class BucketBelow(Bucket):
    """Is told by its class where its files are in the bucket."""

    location = "media"


class BucketOfTenants(Bucket):
    """Computes where they are."""

    @property
    def location(self) -> str:
        return "acme"


class EncryptingBucket(Bucket):
    """Opens other bytes than those that others reach."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        raise NotImplementedError


class BucketOfOtherUrls(EncryptingBucket):
    """Whoever says what it opens, or somebody after that, says by which URL others reach the same."""

    def url(self, name: str | None) -> str:
        return f"https://decrypting.example/{name}"


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (FileSystemStorage, True),
        (OtherUrls, True),
        (Told, True),
        (Elsewhere, False),
        (Sharded, False),
        (OtherSizes, False),
        (ObscuringStorage, False),
        (InMemoryStorage, False),
        (CountingStorage, False),
        (Bucket, True),
        (BucketBelow, True),
        (BucketOfTenants, False),
        (EncryptingBucket, False),
        (BucketOfOtherUrls, True),
    ],
)
def test_a_name_in_a_storage_is_told_where_others_read_the_same(
    kind: type[Storage], stored: bool, settings: Settings
) -> None:
    """Not where it opens other bytes than it keeps, keeps them elsewhere, or is reached by nobody else."""
    settings.STORAGES = {**settings.STORAGES, "kind": {"BACKEND": f"{__name__}.{kind.__qualname__}"}}
    content = StoredContent(storages["kind"], "notes/a.txt")
    assert [place for place in content.locations() if isinstance(place, StoredFile)] == (
        [StoredFile("kind", "notes/a.txt")] if stored else []
    )


def test_the_most_usual_alias_is_told(settings: Settings) -> None:
    """A storage that is in ``STORAGES`` twice is the default one; one that is not has no alias."""
    settings.STORAGES = {**settings.STORAGES, "first": settings.STORAGES["default"]}
    first, default = storages["first"], storages["default"]
    assert StoredContent(first, "a").locations()[1:] == (StoredFile("first", "a"),)
    assert StoredContent(default, "a").locations()[1:] == (StoredFile("default", "a"),)
    storages._storages["first"] = default  # type: ignore[attr-defined]
    assert StoredContent(default, "a").locations()[1:] == (StoredFile("default", "a"),)
    assert StoredContent(FileSystemStorage(), "a").locations()[1:] == ()


def test_looking_for_an_alias_makes_no_storage(settings: Settings) -> None:
    """One that is not made yet, and may not even be importable, is nobody's."""
    settings.STORAGES = {"broken": {"BACKEND": "nowhere.Storage"}, **settings.STORAGES}
    assert StoredContent(FileSystemStorage(), "a").locations()[1:] == ()
    assert storages._storages == {}  # type: ignore[attr-defined]


def test_a_storage_goes_by_its_alias(tmp_path: Path, settings: Settings) -> None:
    """An alias in STORAGES is looked up when a file is opened."""
    source = StorageSource("reports")
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "reports": {"BACKEND": backend, "OPTIONS": {"location": os.fspath(tmp_path)}},
    }
    (tmp_path / "a.txt").write_bytes(b"report")
    assert served(source.open("a.txt"))[1] == b"report"


def test_an_unknown_alias_is_a_mistake_of_the_program() -> None:
    """It is said as Django says it."""
    with pytest.raises(ImproperlyConfigured, match="reports"):
        StorageSource("reports").open("a.txt")


class StoreError(Exception):
    """What the library of a store raises, which nobody here can import."""


class Failing(CountingStorage):
    """Fails at one of its calls."""

    def __init__(self, call: str, error: Exception) -> None:
        super().__init__({"a.txt": b"0123456789"})
        self.call, self.error = call, error

    def found(self, call: str, name: str) -> bytes:
        if call == self.call:
            raise self.error
        return super().found(call, name)

    def opened(self, data: bytes) -> Any:
        return FailingFile(self.error) if self.call == "read" else super().opened(data)


class FailingFile:
    """Opens, but does not read."""

    size = 10

    def __init__(self, error: Exception) -> None:
        self.error = error

    def seek(self, position: int, whence: int = 0) -> int:
        return position

    def tell(self) -> int:
        return self.size

    def read(self, size: int = -1) -> bytes:
        raise self.error

    def close(self) -> None:
        pass


FAILURES = [
    (FileNotFoundError(2, "No such file"), ContentNotFound),
    (SuspiciousFileOperation("outside"), ContentNotFound),
    (PermissionError(13, "Denied"), ContentForbidden),
    (TimeoutError("slow"), ContentTimeout),
    (OSError(5, "Input/output error"), ContentUnavailable),
    (ConnectionResetError(104, "reset"), ContentUnavailable),
    (StoreError("SlowDown"), ContentUnavailable),
    (ValueError("no answer"), ContentUnavailable),
    (ContentUnavailable("as it is"), ContentUnavailable),
]
MISTAKES = [TypeError("a mistake"), KeyError("a mistake"), ImproperlyConfigured("a mistake")]


@pytest.mark.parametrize(
    ("raised", "expected"), FAILURES, ids=[type(raised).__name__ for raised, _ in FAILURES]
)
@pytest.mark.parametrize("call", ["size", "get_modified_time", "open", "read"])
def test_a_failure_of_a_storage_is_one_of_the_content(
    call: str, raised: Exception, expected: type[Exception]
) -> None:
    """Whatever fails, and wherever, becomes an error that has a status, with its cause."""
    with pytest.raises(expected) as caught:
        served(StorageSource(Failing(call, raised)).open("a.txt"))
    assert raised in (caught.value, caught.value.__cause__)


@pytest.mark.parametrize("raised", MISTAKES, ids=lambda raised: type(raised).__name__)
@pytest.mark.parametrize("call", ["size", "get_modified_time", "open", "read"])
def test_a_mistake_in_a_storage_stays_what_it_is(call: str, raised: Exception) -> None:
    """Its developer shall see it, not a client who is told to come again."""
    with pytest.raises(type(raised)) as caught:
        served(StorageSource(Failing(call, raised)).open("a.txt"))
    assert caught.value is raised


@pytest.mark.parametrize("call", ["open", "read"])
def test_a_missing_attribute_is_a_mistake_where_it_is_no_fact(call: str) -> None:
    """Only of a size or a time does an AttributeError mean that it is not known."""
    with pytest.raises(AttributeError):
        served(StorageSource(Failing(call, AttributeError("a mistake"))).open("a.txt"))


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("America/Chicago", datetime(2024, 5, 17, 17, 30, 15, tzinfo=UTC)), ("UTC", MOMENT)],
)
def test_a_naive_time_is_one_of_the_project(
    zone: str, moment: datetime, settings: Settings, storage: CountingStorage
) -> None:
    """Without USE_TZ a storage tells times of the project's zone: an hour-old validator is not one of the future."""
    settings.USE_TZ = False
    settings.TIME_ZONE = zone
    storage.modified = MOMENT.replace(tzinfo=None)
    assert described(StorageSource(storage).open("a.txt")).last_modified == moment


class Stream:
    """The open file of a store: cannot seek, and is no file of Python's."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.closed = False

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return next(self.chunks, b"")

    def close(self) -> None:
        self.closed = True


class Streaming(CountingStorage):
    """Opens streams, which are not even a File."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        data = self.found("open", name)
        self.stream = Stream(data[at : at + 3] for at in range(0, len(data), 3))
        return self.stream

    def size(self, name: str) -> int:
        return super().size(name)


def test_a_stream_of_a_storage_is_read_onwards_and_closed() -> None:
    """A range of what cannot seek is found by passing over what comes before it."""
    storage = Streaming({"a.txt": b"0123456789"})
    content = StorageSource(storage).open("a.txt")
    assert content.describe(PLAIN_GET).size == 10
    content.acquire()
    assert b"".join(content.read(4, 9)) == b"45678"
    assert not storage.stream.closed
    content.close()
    assert storage.stream.closed


def test_an_overridden_open_makes_an_inherited_size_doubtful() -> None:
    """Whoever opens in their own way says how long the result is, or it is looked at."""

    class Shortening(CountingStorage):
        def _open(self, name: str, mode: str = "rb") -> File[Any]:
            return File(io.BytesIO(self.found("open", name)[:3]), name)

    storage = Shortening({"a.txt": b"0123456789"})
    resource, data = served(StorageSource(storage).open("a.txt"))
    assert (resource.size, data) == (3, b"012")
    assert storage.calls == {"open": 1, "get_modified_time": 1}


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "a\0b"])
def test_a_name_that_leads_out_of_a_directory_is_not_found(name: str, tmp_path: Path) -> None:
    """Rows may hold any name; Django's storage refuses these, and so does the content."""
    (tmp_path / "root").mkdir()
    (tmp_path / "secret.txt").write_bytes(b"secret")
    content = StoredContent(FileSystemStorage(tmp_path / "root"), name)
    assert b"secret" not in repr(content.locations()).encode()
    with pytest.raises(ContentNotFound):
        content.describe(PLAIN_GET)


class Pathless(FileSystemStorage):
    """Is a directory, but does not say where."""

    def path(self, name: str) -> str:
        raise NotImplementedError

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return File((Path(self.location) / name).open("rb"))


def test_a_directory_without_paths_is_asked(tmp_path: Path) -> None:
    """Then there is only what the storage opens."""
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    content = StorageSource(Pathless(tmp_path)).open("a.txt")
    assert content.locations() == ()
    assert served(content)[1] == b"0123456789"


class Proxy:
    """Stands for another storage without being one, as some libraries do it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storage, name)


def test_a_storage_by_its_methods_is_one(storage: CountingStorage) -> None:
    """Whatever class it has; whether its size is that of what it opens is then looked at."""
    proxy: Any = Proxy(storage)
    resource, data = served(StorageSource(proxy).open("a.txt"))
    assert (resource.size, resource.last_modified, data) == (10, MOMENT, b"0123456789")
    assert storage.calls == {"get_modified_time": 1, "open": 1}


def test_nothing_is_read_before_it_is_acquired(storage: CountingStorage) -> None:
    """A program that forgets gets an error, not an empty file."""
    content = StorageSource(storage).open("a.txt")
    with pytest.raises(ContentError, match="acquire"):
        next(content.read(0, 1))
