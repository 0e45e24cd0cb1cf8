"""Files of Google's and Azure's storages, and of any other that hands out blocks: read as they are sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestTimeoutError, ServiceResponseTimeoutError
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.native import READERS, BlockContent, blocks, google, reader_of, reads_with
from downloadable.adapters.native.azure import answers_of_azure
from downloadable.adapters.read_ahead import FIRST_BLOCK_SIZE
from downloadable.adapters.remote import NEVER, Resumption
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    EntityTag,
    Resource,
    format_http_date,
)
from downloadable.ports import Content
from downloadable.ports.contract import ChangingSourceContract, SourceContract
from tests.adapters.serving import answer, served
from tests.blob_store import CHANGED, BlobStore, blob_store

DATA = bytes(range(251)) * (7 * FIRST_BLOCK_SIZE // 251)
"""Three blocks."""

MODIFIED = format_http_date(CHANGED)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlobStore]:
    """Run a store with a large object."""
    with blob_store() as store:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", store.url)
        store.put("large.bin", DATA)
        yield store


@pytest.fixture(params=["azure", "google"])
def kind(request: pytest.FixtureRequest) -> str:
    """Say whose storage it is."""
    return str(request.param)


@pytest.fixture
def storage(store: BlobStore, kind: str) -> Any:
    """Make a storage of the store that does not ask again by itself."""
    return store.azure() if kind == "azure" else store.google()


class TestAzureStorage(SourceContract):
    """What was asked for to describe it, an answer of one version, is sent, whatever has become of the object since."""

    @pytest.fixture(autouse=True)
    def running(self, store: BlobStore) -> None:
        self.store = store

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        for name, data in files.items():
            self.store.put(name, data)
        return StorageSource(self.store.azure())


class TestGoogleCloudStorage(ChangingSourceContract):
    @pytest.fixture(autouse=True)
    def running(self, store: BlobStore) -> None:
        self.store = store

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        for name, data in files.items():
            self.store.put(name, data)
        return StorageSource(self.store.google())

    def replace(self, source: Any, name: str, data: bytes) -> None:
        self.store.put(name, data)

    def remove(self, source: Any, name: str) -> None:
        del self.store.blobs[name]


def fetched(store: BlobStore) -> list[str]:
    """Return the ranges that were asked for."""
    return [seen.partition("bytes=")[2] for seen in store.seen if "bytes=" in seen]


# What it costs


@pytest.mark.parametrize(
    ("fields", "status", "length", "ranges", "alone"),
    [
        pytest.param({"Range": "bytes=1000-1999"}, 206, 1000, ["1000-1999"], False, id="a range"),
        pytest.param({"Range": "bytes=-5"}, 206, 5, [f"{len(DATA) - 5}-{len(DATA) - 1}"], True, id="the end"),
        pytest.param(
            {"Range": "bytes=5-9,2000000-2000009"},
            206,
            None,
            ["5-9", "2000000-2000009"],
            False,
            id="two ranges",
        ),
        pytest.param({"method": "HEAD"}, 200, 0, [], True, id="HEAD"),
        pytest.param({"If_Modified_Since": MODIFIED}, 304, 0, [], True, id="not modified"),
        pytest.param({"If_Match": '"other"'}, 412, 0, [], True, id="precondition failed"),
    ],
)
def test_what_is_not_sent_is_not_fetched(
    store: BlobStore,
    storage: Any,
    kind: str,
    fields: dict[str, str],
    status: int,
    length: int | None,
    ranges: list[str],
    alone: bool,
) -> None:
    """One look tells all there is to know, at Azure along with the bytes; a range is one request for just that."""
    found, body, _ = answer(StoredContent(storage, "large.bin"), **fields)
    assert found == status
    assert length in (None, len(body))
    assert fetched(store) == ranges
    assert len(store.seen) - len(ranges) == (alone or kind == "google")


def test_a_range_of_nothing_is_an_answer(store: BlobStore, storage: Any) -> None:
    """Beyond the end, there is a length to tell."""
    status, _, fields = answer(StoredContent(storage, "large.bin"), Range="bytes=99999999-")
    assert (status, fields["Content-Range"]) == (416, f"bytes */{len(DATA)}")


def test_the_whole_is_fetched_in_blocks(store: BlobStore, storage: Any) -> None:
    """The first block is small, for the client waits for it; each byte is fetched once."""
    resource, body = served(StoredContent(storage, "large.bin"))
    assert body == DATA
    assert fetched(store) == [
        f"0-{FIRST_BLOCK_SIZE - 1}",
        f"{FIRST_BLOCK_SIZE}-{5 * FIRST_BLOCK_SIZE - 1}",
        f"{5 * FIRST_BLOCK_SIZE}-{len(DATA) - 1}",
    ]
    assert (resource.size, resource.last_modified) == (len(DATA), CHANGED)
    assert resource.entity_tag is not None
    assert not resource.entity_tag.weak


def test_a_range_that_is_not_sent_is_not_fetched(store: BlobStore, storage: Any) -> None:
    """Where an If-Range does not hold, the whole is sent, and nothing else is asked for."""
    status, body, _ = answer(
        StoredContent(storage, "large.bin"), Range="bytes=2000000-2000009", If_Range='"other"'
    )
    assert (status, body) == (200, DATA)
    assert [wanted.partition("-")[0] for wanted in fetched(store)] == [
        "0",
        str(FIRST_BLOCK_SIZE),
        str(5 * FIRST_BLOCK_SIZE),
    ]


def test_no_byte_is_fetched_twice(store: BlobStore, storage: Any) -> None:
    """What came along with the facts is the beginning of a first block that turns out to be longer."""
    data = DATA[: FIRST_BLOCK_SIZE + 1000]
    store.put("a.bin", data)
    assert served(StoredContent(storage, "a.bin"))[1] == data
    firsts = [int(wanted.partition("-")[0]) for wanted in fetched(store)]
    assert firsts in ([0], [0, FIRST_BLOCK_SIZE])


def test_an_empty_object_is_an_answer(store: BlobStore, storage: Any) -> None:
    """Of nothing, there is nothing to fetch."""
    store.put("empty", b"")
    resource, body = served(StoredContent(storage, "empty"))
    assert (resource.size, body) == (0, b"")


def test_a_row_that_knows_enough_answers_by_itself(store: BlobStore, storage: Any, kind: str) -> None:
    """A client that has what the row describes is told so without a call; a range is checked and fetched."""
    row = Resource(name="a.bin", size=len(DATA), last_modified=CHANGED)
    content = StoredContent(storage, "large.bin", row)
    assert answer(content, If_Modified_Since=MODIFIED)[0] == 304
    assert store.seen == []
    assert answer(content, Range="bytes=1000-1999")[1] == DATA[1000:2000]
    assert fetched(store) == ["1000-1999"]
    assert len(store.seen) == (1 if kind == "azure" else 2)


def test_a_row_that_is_wrong_is_noticed(storage: Any) -> None:
    """A size that is not the object's is dropped before the first byte."""
    row = Resource(name="a.bin", size=len(DATA) - 1, last_modified=CHANGED)
    with pytest.raises(ContentChanged):
        answer(StoredContent(storage, "large.bin", row), Range="bytes=0-9")


# What is told, and what the content is


def test_a_type_is_told_if_somebody_gave_one(store: BlobStore, storage: Any) -> None:
    """The type of the store goes before what the name says, unless it says nothing."""
    store.put("a.txt", b"a", type="text/markdown")
    store.put("b.txt", b"b", type="application/octet-stream")
    assert served(StoredContent(storage, "a.txt"))[0].content_type == "text/markdown"
    assert served(StoredContent(storage, "b.txt"))[0].content_type is None


def test_the_coding_of_a_name_is_not_undone(store: BlobStore, storage: Any) -> None:
    """The archive that was stored is the archive that is sent, though the storage keeps its coding as the object's."""
    archive = gzip.compress(DATA[:100_000])
    store.put("files.tar.gz", archive, coding="gzip")
    resource, body = served(StoredContent(storage, "files.tar.gz"))
    assert (resource.content_encoding, body) == (None, archive)


def test_any_other_coding_is_undone(store: BlobStore, storage: Any) -> None:
    """What somebody has compressed for transport is left to the storage, whose open() decompresses it."""
    store.put("styles.css", gzip.compress(b"p { color: red }" * 10), coding="gzip")
    resource, body = served(StoredContent(storage, "styles.css"))
    assert (resource.content_encoding, body) == (None, b"p { color: red }" * 10)


@pytest.mark.parametrize("name", ["a b/é%20#?.txt", "media/b/../a.txt"])
def test_the_object_is_the_one_that_the_storage_opens(store: BlobStore, storage: Any, name: str) -> None:
    """A name leads to the object that the storage's open() would read."""
    storage.location = "media"
    store.put("media/a b/é%20#?.txt", b"here")
    store.put("media/media/a.txt", b"here")
    with storage.open(name) as file:
        assert file.read() == b"here"
    assert served(StoredContent(storage, name))[1] == b"here"


def test_a_name_that_leads_out_of_the_storage_is_not_found(store: BlobStore, storage: Any) -> None:
    """What the storage refuses to open is refused, and the store is not asked."""
    storage.location = "media"
    with pytest.raises(ContentNotFound):
        served(StoredContent(storage, "../secret.txt"))
    assert store.seen == []


@pytest.mark.parametrize("name", ["a" * 1025, "/", "."])
def test_a_name_that_the_store_cannot_have_is_not_found(store: BlobStore, storage: Any, name: str) -> None:
    """What no file can be called is not asked for, and is no failure."""
    with pytest.raises(ContentNotFound):
        served(StoredContent(storage, name))
    assert store.seen == []


@pytest.mark.parametrize("code", ["InvalidUri", "InvalidResourceName"])
def test_a_name_that_the_store_refuses_is_not_found(code: str) -> None:
    """There is nothing under a name that only the store knows to be impossible."""
    error = HttpResponseError("No.")
    error.status_code = 400
    error.error_code = code  # type: ignore[attr-defined]  # as Azure's library does
    with pytest.raises(ContentNotFound), answers_of_azure("a.txt"):
        raise error


# What goes wrong


def opened(content: Content) -> Iterator[bytes]:
    """Yield the bytes of a content, and close it."""
    try:
        size = content.describe(PLAIN_GET).size
        content.acquire()
        yield from content.read(0, size)
    finally:
        content.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, ContentForbidden), (500, ContentUnavailable), (504, ContentTimeout)],
)
def test_an_error_before_the_first_byte_has_its_meaning(
    store: BlobStore, storage: Any, status: int, error: type[ContentError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block is fetched while there can be another status."""
    store.errors = [status] * 10
    monkeypatch.setattr(blocks, "Resumption", lambda: NEVER)
    with pytest.raises(error):
        served(StoredContent(storage, "large.bin"))


def test_who_wants_to_rest_is_not_asked_before(store: BlobStore, storage: Any) -> None:
    """How long a store asks for is told to the client, who is not kept waiting for that."""
    store.errors = [429]
    with pytest.raises(ContentUnavailable) as refused:
        served(StoredContent(storage, "large.bin"))
    assert refused.value.retry_after == 30


def test_a_container_that_is_not_there_is_no_answer(store: BlobStore) -> None:
    """That there is nowhere to look is a mistake in the settings, which the log should tell, and no missing file."""
    storage = store.azure()
    storage.azure_container = "nowhere"
    with pytest.raises(ContentUnavailable):
        served(StoredContent(storage, "large.bin"))


def test_a_store_that_is_busy_is_asked_again(store: BlobStore, storage: Any, kind: str) -> None:
    """A store that refuses for a moment is asked again for the same block, be it the first or not."""
    content = StoredContent(storage, "large.bin")
    store.errors = [503] if kind == "google" else []  # what describes it is not asked twice
    chunks = opened(content)
    got = [next(chunks)]
    store.errors = [503]
    got.extend(chunks)
    assert b"".join(got) == DATA
    assert content.resumed >= 1


def test_a_block_that_breaks_off_is_asked_for_again(store: BlobStore, storage: Any) -> None:
    """What came of a block that broke off counts for nothing; what was sent is not asked for again."""
    store.cuts = [FIRST_BLOCK_SIZE, 1000]
    content = StoredContent(storage, "large.bin")
    assert b"".join(opened(content)) == DATA
    again = f"GET large.bin bytes={FIRST_BLOCK_SIZE}-{5 * FIRST_BLOCK_SIZE - 1}"
    assert store.seen.count(again) + content.resumed >= 2


@pytest.mark.parametrize("change", ["replaced", "deleted"])
def test_two_versions_are_never_mixed(store: BlobStore, storage: Any, change: str) -> None:
    """Of an object that was replaced or deleted in the middle of a download, no more is handed out."""
    store.put("long.bin", DATA * 3)
    chunks = opened(StoredContent(storage, "long.bin"))
    got = [next(chunks)]
    if change == "replaced":
        store.put("long.bin", DATA[::-1] * 3)
    else:
        del store.blobs["long.bin"]
    with pytest.raises(ContentChanged):
        got.extend(chunks)
    assert (DATA * 3).startswith(b"".join(got))


def test_nobody_there_is_unavailable(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A store that cannot be reached may be there later."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    monkeypatch.setattr(google, "PATIENCE", 0.1)
    nowhere = BlobStore("http://127.0.0.1:1")
    storage = nowhere.google() if kind == "google" else nowhere.azure()
    with pytest.raises(ContentUnavailable):
        served(StoredContent(storage, "a.txt"))


# Any other store


class Shelf:
    """Hands out the blocks of one file in the memory."""

    def __init__(self, storage: Any, name: str) -> None:
        self.storage, self.name = storage, name
        self.fetched: list[tuple[int, int]] = []

    def look(self) -> Resource:
        self.data = self.storage.shelf.get(self.name)
        if self.data is None:
            raise ContentNotFound(f"{self.name!r} is not on the shelf.")
        return Resource(size=len(self.data), entity_tag=EntityTag(str(hash(self.data))))

    def fetch(self, start: int, stop: int) -> bytes:
        if self.storage.shelf.get(self.name) != self.data:
            raise ContentChanged(f"{self.name!r} was put in another's place.")
        self.fetched.append((start, stop))
        return bytes(self.data[start:stop])


class Early(Shelf):
    """Could tell the facts along with the bytes, but does not."""

    def begin(self, start: int, stop: int) -> tuple[Resource, bytes] | None:
        return None


class ShelfStorage(InMemoryStorage):
    """A storage that is taught how its files are read."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf: dict[str, bytes] = {}


class Decrypting(ShelfStorage):
    """Opens something else than what is on the shelf."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        return ContentFile(b"decrypted")

    def size(self, name: str) -> int:
        return len(b"decrypted")

    def get_modified_time(self, name: str) -> Any:
        return CHANGED


def shelf_content(storage: Any, name: str) -> BlockContent:
    """Return a file of a shelf."""
    return BlockContent(Shelf(storage, name), name)


@pytest.fixture
def taught() -> Iterator[None]:
    """Teach how shelves are read, for a while."""
    reads_with(ShelfStorage, shelf_content)
    yield
    READERS.pop(ShelfStorage)
    reads_with("nobody", None)


@pytest.mark.usefixtures("taught")
class TestShelf(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        self.storage = ShelfStorage()
        self.storage.shelf.update(files)
        return StorageSource(self.storage)

    def replace(self, source: Any, name: str, data: bytes) -> None:
        self.storage.shelf[name] = data

    def remove(self, source: Any, name: str) -> None:
        del self.storage.shelf[name]


@pytest.mark.usefixtures("taught")
def test_a_class_that_opens_in_its_own_way_is_asked_to() -> None:
    """What was taught of a class does not hold for one that opens something else."""
    storage = Decrypting()
    storage.shelf["a.txt"] = b"encrypted"
    assert served(StoredContent(storage, "a.txt"))[1] == b"decrypted"


@pytest.mark.usefixtures("taught")
def test_what_was_taught_can_be_taken_back() -> None:
    """Taught that nobody reads its files, a storage opens them."""
    storage = ShelfStorage()
    storage.shelf["a.txt"] = b"on the shelf"
    storage.save("a.txt", ContentFile(b"in the memory"))
    assert served(StoredContent(storage, "a.txt"))[1] == b"on the shelf"
    assert reader_of(ShelfStorage) is shelf_content
    assert reader_of(object) is None
    reads_with(f"{ShelfStorage.__module__}.ShelfStorage", None)
    reads_with(ShelfStorage, None)
    assert served(StoredContent(storage, "a.txt"))[1] == b"in the memory"


class Faulty(Shelf):
    """Is wrong in one way or another."""

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong
        self.second = threading.Event()

    def look(self) -> Resource:
        return Resource(size=self.wrong.get("size", len(DATA)), entity_tag=EntityTag("v1"))

    def fetch(self, start: int, stop: int) -> bytes:
        if start:
            self.second.set()
        return DATA[start : stop + self.wrong.get("more", 0)]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"size": None}, ContentInvalid),
        ({"more": 1}, ContentInvalid),
        ({"more": -1}, ContentTruncated),
    ],
)
def test_a_reader_that_is_wrong_is_not_believed(wrong: dict[str, Any], error: type[ContentError]) -> None:
    """A file without a length, and blocks of another than was asked for, are errors before the first byte."""
    content = BlockContent(Faulty(**wrong), "a.bin", resumption=Resumption(attempts=0))
    with pytest.raises(error):
        served(content)


def test_an_old_library_of_azure_undoes_each_coding(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it could leave encoded bytes as they are, facts were asked for alone, and codings left to the storage."""
    monkeypatch.setattr("azure.storage.blob.__version__", "12.27.1")
    store.put("files.tar.gz", gzip.compress(DATA[:1000]), coding="gzip")
    assert served(StoredContent(store.azure(), "large.bin"))[1] == DATA
    assert store.seen[0] == "HEAD large.bin"
    assert served(StoredContent(store.azure(), "files.tar.gz"))[1] == DATA[:1000]


@pytest.mark.parametrize("error", [ServiceRequestTimeoutError, ServiceResponseTimeoutError])
def test_azure_that_does_not_answer_in_time_is_a_timeout(error: Any) -> None:
    """Whether it was the connection or the answer that took too long makes no difference."""
    with pytest.raises(ContentTimeout), answers_of_azure("a.txt"):
        raise error("Too late.")


def test_a_range_that_counts_from_afar_is_beyond_the_end() -> None:
    """Positions that no file has are not asked for."""
    storage = ShelfStorage()
    storage.shelf["a.bin"] = DATA
    content = BlockContent(Early(storage, "a.bin"), "a.bin")
    assert answer(content, Range="bytes=9999999999999999999-")[0] == 416
    assert answer(content, Range="bytes=5-9")[1] == DATA[5:10]


def test_blocks_are_fetched_ahead_of_their_client() -> None:
    """While a client takes one block, another thread fetches the next."""
    reader = Faulty()
    chunks = opened(BlockContent(reader, "a.bin"))
    first = next(chunks)
    assert reader.second.wait(10)
    assert first + b"".join(chunks) == DATA


def test_what_is_closed_fetches_nothing_more() -> None:
    """Closing ends a read that is under way, before its next block."""
    content = BlockContent(Faulty(), "a.bin")
    content.describe(PLAIN_GET)
    chunks = content.read(0, None)
    next(chunks)
    content.close()
    with pytest.raises(ContentError):
        list(chunks)


def test_what_was_not_described_is_not_read() -> None:
    """Without a look, nobody knows what is read; to acquire is to look first."""
    content = BlockContent(Faulty(), "a.bin")
    assert content.known() == Resource(name="a.bin")
    with pytest.raises(ContentError):
        next(content.read(0, 10))
    content.acquire()
    assert b"".join(content.read(5, 10)) == DATA[5:10]
