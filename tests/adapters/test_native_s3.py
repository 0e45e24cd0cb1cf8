"""Files of django-storages' S3 storage, read as they come: moto speaks the API, and counts what it is asked for."""

from __future__ import annotations

import gzip
import hashlib
import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.session import Session
from botocore.stub import Stubber
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage
from urllib3.exceptions import SSLError

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.native.s3 import S3Reply, digests_of, s3_content, unanswered
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
    DownloadRequest,
    EntityTag,
    Resource,
    format_http_date,
)
from downloadable.ports import Content
from downloadable.ports.contract import SourceContract
from tests.adapters.cutting import Cutter, cutter
from tests.adapters.serving import answer, described, served
from tests.object_store import BUCKET, ObjectStore, object_store

MIB = 1024 * 1024
DATA = bytes(range(251)) * (3 * MIB // 251)
TAG = f'"{hashlib.md5(DATA).hexdigest()}"'
LONG_AGO = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[ObjectStore]:
    """Run one store for all tests; each puts what it needs."""
    with object_store() as store:
        yield store


@pytest.fixture(scope="module")
def storage(running: ObjectStore) -> Any:
    """Make one storage for all tests: its client takes longer to make than to ask."""
    return running.storage()


@pytest.fixture
def store(running: ObjectStore) -> ObjectStore:
    """Return the store with a large object, of which nothing was asked yet."""
    running.put("large.bin", DATA)
    return running


@pytest.fixture(scope="module")
def media(running: ObjectStore) -> tuple[Any, set[str]]:
    """Make a storage whose files nobody changes; the names of those that were put there come along."""
    return running.storage(location="media"), set()


class TestS3Storage(SourceContract):
    @pytest.fixture(autouse=True)
    def running_store(self, running: ObjectStore, media: tuple[Any, set[str]]) -> None:
        self.store, (self.storage, self.there) = running, media

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> StorageSource:
        for name in files.keys() - self.there:
            self.store.put(f"media/{name}", files[name])
        self.there |= files.keys()
        return StorageSource(self.storage)

    def test_nothing_stays_open(self, source: Any) -> None:
        """No connection to the store is left; its other ends are in this process, too, and do not count."""
        self.use_once(source)
        connections = psutil.Process().net_connections()
        assert not [1 for one in connections if one.raddr and self.store.url.endswith(f":{one.raddr.port}")]


# What it costs


@pytest.mark.parametrize(
    ("fields", "status", "length", "calls"),
    [
        pytest.param({}, 200, len(DATA), ["GET"], id="the whole"),
        pytest.param({"Range": "bytes=1000-1048999"}, 206, 1_048_000, ["GET"], id="a range"),
        pytest.param({"Range": "bytes=-5"}, 206, 5, ["GET"], id="the end"),
        pytest.param({"method": "HEAD"}, 200, 0, ["HEAD"], id="HEAD"),
        pytest.param({"method": "HEAD", "If_None_Match": TAG}, 304, 0, ["HEAD"], id="HEAD of what is there"),
        pytest.param({"If_None_Match": TAG}, 304, 0, ["GET"], id="not modified"),
        pytest.param({"If_None_Match": '"other"'}, 200, len(DATA), ["GET"], id="modified"),
        pytest.param({"If_None_Match": "*"}, 304, 0, ["GET"], id="not modified, whatever it is"),
        pytest.param({"If_Match": '"other"'}, 412, 0, ["GET"], id="precondition failed"),
        pytest.param({"Range": "bytes=99999999-"}, 416, 0, ["GET"], id="nothing there"),
        pytest.param({"Range": "bytes=0-9", "If_Range": TAG}, 206, 10, ["GET"], id="If-Range holds"),
        pytest.param(
            {"Range": "bytes=0-9", "If_Range": '"other"'},
            200,
            len(DATA),
            ["GET", "GET"],
            id="If-Range does not hold",
        ),
        pytest.param(
            {"Range": "bytes=0-9", "If_Range": format_http_date(LONG_AGO)},
            200,
            len(DATA),
            ["GET", "GET"],
            id="If-Range has another date",
        ),
    ],
)
def test_one_call_answers(
    store: ObjectStore, storage: Any, fields: dict[str, str], status: int, length: int, calls: list[str]
) -> None:
    """Whatever is asked for, one call to S3 answers it; a failed If-Range, which S3 does not know, takes another."""
    found, body, _ = answer(StoredContent(storage, "large.bin"), **fields)
    assert (found, len(body)) == (status, length)
    assert [seen.partition(" ")[0] for seen in store.seen] == calls


def test_a_set_of_ranges_costs_a_call_for_each(store: ObjectStore, storage: Any) -> None:
    """Each of several ranges is asked for alone, and all but the first on the condition that nothing has changed."""
    status, body, _ = answer(StoredContent(storage, "large.bin"), Range="bytes=5-9,2000000-2000009,-3")
    assert status == 206
    assert all(part in body for part in (DATA[5:10], DATA[2_000_000:2_000_010], DATA[-3:]))
    assert [heard["range"] for heard in store.heard] == [
        "bytes=5-9",
        "bytes=2000000-2000009",
        f"bytes={len(DATA) - 3}-{len(DATA) - 1}",
    ]
    assert [heard.get("if-match") for heard in store.heard] == [None, TAG, TAG]


def test_a_row_that_knows_enough_costs_one_call_for_a_range(store: ObjectStore, storage: Any) -> None:
    """Where the row describes the file, the range that the client wants is all that is asked for."""
    row = Resource(name="a.bin", size=len(DATA), last_modified=LONG_AGO)
    status, body, _ = answer(StoredContent(storage, "large.bin", row), Range="bytes=1000-1999")
    assert (status, body) == (206, DATA[1000:2000])
    assert [heard["range"] for heard in store.heard] == ["bytes=1000-1999"]


def test_a_row_that_knows_enough_answers_by_itself(store: ObjectStore, storage: Any) -> None:
    """A client that has what the row describes is told so without a call."""
    row = Resource(name="a.bin", size=len(DATA), last_modified=LONG_AGO)
    status, _, _ = answer(
        StoredContent(storage, "large.bin", row), If_Modified_Since=format_http_date(LONG_AGO)
    )
    assert (status, store.seen) == (304, [])


@pytest.mark.parametrize(
    "fields", [{"If_Modified_Since": format_http_date(LONG_AGO)}, {"If_None_Match": TAG}]
)
def test_the_row_s_validators_are_not_compared_by_the_store(
    store: ObjectStore, storage: Any, fields: dict[str, str]
) -> None:
    """What the client got from the row is held against the row: to the store, no condition is sent."""
    row = Resource(name="a.bin", entity_tag=EntityTag("row"), last_modified=LONG_AGO + timedelta(days=1))
    status, body, _ = answer(StoredContent(storage, "large.bin", row), **fields)
    assert (status, body) == (200, DATA)
    assert not {"if-none-match", "if-modified-since"} & store.heard[0].keys()


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}, {"Range": f"bytes={len(DATA)}-"}])
def test_a_row_that_is_wrong_is_noticed(
    store: ObjectStore, storage: Any, fields: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A size that is not the object's is dropped, the log says so, and the next look tells the right one."""
    content = StoredContent(
        storage, "large.bin", Resource(name="a.bin", size=len(DATA) + 100, last_modified=LONG_AGO)
    )
    with pytest.raises(ContentChanged), caplog.at_level(logging.WARNING):
        answer(content, **fields)
    assert "bytes" in caplog.text
    assert served(content)[1] == DATA


def test_a_row_with_another_digest_is_noticed(store: ObjectStore, storage: Any) -> None:
    """A digest that is not the object's is as wrong as a size, where S3 knows one."""
    store.put("a.bin", DATA, ChecksumAlgorithm="SHA256")
    row = Resource(
        name="a.bin", size=len(DATA), entity_tag=EntityTag("row"), digests=(("sha-256", b"\0" * 32),)
    )
    with pytest.raises(ContentChanged, match="digest"):
        answer(StoredContent(storage, "a.bin", row))


# What is told


def test_the_facts_are_those_of_s3(store: ObjectStore, storage: Any) -> None:
    """Size, tag, time and type come with the object; the digest where S3 keeps one of the whole."""
    store.put("a", DATA, ChecksumAlgorithm="SHA256", ContentType="video/mp4")
    resource, body = served(StoredContent(storage, "a"))
    assert body == DATA
    assert resource.size == len(DATA)
    assert str(resource.entity_tag) == TAG
    assert resource.last_modified is not None
    assert resource.content_type == "video/mp4"
    assert resource.digests == (("sha-256", hashlib.sha256(DATA).digest()),)


def test_a_type_that_nobody_gave_is_left_to_the_name(store: ObjectStore, storage: Any) -> None:
    """What S3 and the storage call anything says less than the name does."""
    store.put("a.txt", b"a")
    assert served(StoredContent(storage, "a.txt"))[0].content_type is None


def test_stored_coding_is_not_undone(storage: Any) -> None:
    """The archive that was stored is the archive that is sent, though S3 keeps its coding as that of the object."""
    archive = gzip.compress(b"files")
    storage.save("files.tar.gz", ContentFile(archive))
    resource, body = served(StoredContent(storage, "files.tar.gz"))
    assert (resource.content_encoding, body) == (None, archive)


@pytest.mark.parametrize(
    ("coding", "sent"), [("gzip", "gzip"), ("GZIP", "GZIP"), ("aws-chunked", None), ("utf-8", None)]
)
def test_a_coding_that_the_name_does_not_say_goes_along(
    store: ObjectStore, storage: Any, coding: str, sent: str | None
) -> None:
    """What others have stored compressed is told to be so, and what is no coding is not."""
    packed = gzip.compress(b"text")
    store.put("told.txt", packed, ContentEncoding=coding)
    resource, body = served(StoredContent(storage, "told.txt"))
    assert (resource.content_encoding, body) == (sent, packed)


# The storage itself never closes what it decompresses from.
LEAK = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@LEAK
def test_what_the_storage_compressed_is_decompressed(store: ObjectStore) -> None:
    """Only the storage that has compressed a file can tell that it did, so its open() is what decompresses it."""
    storage = store.storage(gzip=True)
    storage.save("styles.css", ContentFile(b"p { color: red }" * 100))
    storage.save("photo.jpg", ContentFile(DATA))
    store.forget()
    resource, body = served(StoredContent(storage, "styles.css"))
    assert (resource.content_encoding, body) == (None, b"p { color: red }" * 100)
    store.forget()
    assert served(StoredContent(storage, "photo.jpg"))[1] == DATA
    assert store.seen == [f"GET /{BUCKET}/photo.jpg"]


@LEAK
def test_there_may_be_more_of_what_is_decompressed(store: ObjectStore) -> None:
    """A range that begins beyond the compressed bytes is no reason to say that there is nothing."""
    storage = store.storage(gzip=True)
    storage.save("styles.css", ContentFile(b"p { color: red }" * 100))
    storage.save("photo.jpg", ContentFile(DATA))
    status, body, _ = answer(StoredContent(storage, "styles.css"), Range="bytes=1000-")
    assert (status, len(body)) == (200, 1600)
    assert answer(StoredContent(storage, "photo.jpg"), Range="bytes=99999999-")[0] == 416


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_decompressed_is_not_opened_to_look_at_it(store: ObjectStore, method: str) -> None:
    """Opening fetches all of it, and would not tell how long it is: nobody does so for an answer without it."""
    storage = store.storage(gzip=True)
    storage.save("styles.css", ContentFile(b"p { color: red }" * 100))
    tag = described(StoredContent(store.storage(), "styles.css")).entity_tag
    store.forget()
    date = format_http_date(datetime.now(UTC) + timedelta(days=1))
    assert answer(StoredContent(storage, "styles.css"), method=method, If_Match=str(tag))[0] == 412
    assert answer(StoredContent(storage, "styles.css"), method=method, If_Modified_Since=date)[0] == 304
    gets = [seen for seen in store.seen if seen.startswith("GET")]
    assert len(gets) == (2 if method == "GET" else 0)  # one for each look


@LEAK
def test_a_row_does_not_hide_what_the_storage_compressed(store: ObjectStore) -> None:
    """What turns out to be compressed when its bytes are asked for is opened by the storage, too."""
    storage = store.storage(gzip=True)
    storage.save("styles.css", ContentFile(b"p { color: red }" * 100))
    row = Resource(name="styles.css", size=1600, last_modified=LONG_AGO)
    with pytest.raises(ContentChanged, match="nobody knows"):  # the size of what is decompressed
        answer(StoredContent(storage, "styles.css", row))


@pytest.mark.parametrize(
    ("told", "kind", "known"),
    [
        pytest.param(b64encode(bytes(32)).decode(), "FULL_OBJECT", True, id="of the whole"),
        pytest.param(b64encode(bytes(32)).decode() + "-2", "COMPOSITE", False, id="of two parts"),
        pytest.param(b64encode(bytes(32)).decode(), "COMPOSITE", False, id="of parts"),
        pytest.param(b64encode(bytes(31)).decode(), "FULL_OBJECT", False, id="too short"),
        pytest.param("!", "FULL_OBJECT", False, id="nonsense"),
    ],
)
def test_a_checksum_of_parts_is_no_digest(told: str, kind: str, known: bool) -> None:
    """What S3 computes of the checksums of parts says nothing that anybody else could check."""
    fields = {"x-amz-checksum-sha256": told, "x-amz-checksum-type": kind}
    assert digests_of(fields) == ((("sha-256", bytes(32)),) if known else ())


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (ReadTimeoutError(endpoint_url="http://s3"), ContentTimeout),
        (ConnectTimeoutError(endpoint_url="http://s3"), ContentTimeout),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), ContentTruncated),
        (ConnectionClosedError(endpoint_url="http://s3"), ContentUnavailable),
    ],
)
def test_what_botocore_raises_has_a_meaning(error: Exception, meaning: type[ContentError]) -> None:
    """No answer in time, an answer that ends too early, and no connection are different things."""
    assert type(unanswered(error, "a.txt")) is meaning


# Which object it is, and how it is asked for


@pytest.mark.parametrize(
    ("options", "name", "key"),
    [
        pytest.param({}, "a b/é%20.txt", "a b/é%20.txt", id="plain"),
        pytest.param({"location": "media"}, "a.txt", "media/a.txt", id="below a location"),
        pytest.param(
            {"location": "media/"}, "b/../a.txt", "media/a.txt", id="normalized as the storage does"
        ),
    ],
)
def test_the_object_is_the_one_that_the_storage_opens(
    store: ObjectStore, options: dict[str, Any], name: str, key: str
) -> None:
    """A name leads to the object that the storage's open() would read."""
    store.put(key, b"here")
    storage = store.storage(**options)
    with storage.open(name) as file:
        assert file.read() == b"here"
    assert served(StoredContent(storage, name))[1] == b"here"


def test_a_name_that_leads_out_of_the_storage_is_not_found(store: ObjectStore) -> None:
    """What the storage refuses to open is refused, and S3 is not asked."""
    with pytest.raises(ContentNotFound):
        served(StoredContent(store.storage(location="media"), "../secret.txt"))
    assert store.seen == []


class Requesting(S3Storage):  # type: ignore[misc]
    """Says for each object how to ask for it."""

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {
            "RequestPayer": "requester",
            "CacheControl": "no-store",
            "ExpectedBucketOwner": name.zfill(12),
        }


def test_what_the_storage_asks_for_along_is_asked_for(store: ObjectStore) -> None:
    """Parameters that concern reading go along, by the name below the location; those of uploads do not."""
    store.put("media/7", b"here")
    storage = store.storage(Requesting, location="media")
    assert served(StoredContent(storage, "7"))[1] == b"here"
    assert store.heard[0]["x-amz-request-payer"] == "requester"
    assert store.heard[0]["x-amz-expected-bucket-owner"] == "000000000007"
    assert "cache-control" not in store.heard[0]


class Shouting(S3Storage):  # type: ignore[misc]
    """Opens what is not in the store."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        with super()._open(name, mode) as file:
            return ContentFile(file.read().upper())

    def size(self, name: str) -> int:
        return int(super().size(name))


def test_a_class_that_opens_in_its_own_way_is_asked_to(store: ObjectStore) -> None:
    """What is decrypted, say, when it is opened, is never sent as it is in the store."""
    store.put("a.txt", b"hello")
    assert served(StoredContent(store.storage(Shouting), "a.txt"))[1] == b"HELLO"


def test_all_threads_share_one_client(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client takes longer to make than to ask, and under ASGI each request has a thread of its own."""
    made: list[object] = []
    create = Session.create_client

    def counted(session: Any, *args: Any, **options: Any) -> Any:
        made.append(session)
        return create(session, *args, **options)

    monkeypatch.setattr(Session, "create_client", counted)
    storage = store.storage()
    for _ in range(3):
        thread = Thread(target=served, args=[StoredContent(storage, "large.bin")])
        thread.start()
        thread.join()
    assert store.seen == [f"GET /{BUCKET}/large.bin"] * 3
    assert len(made) == 1


# What goes wrong


def test_a_store_without_checksums_is_not_asked_for_any(store: ObjectStore) -> None:
    """Not every store that speaks the API of S3 knows them; botocore is told, and so it is for HEAD."""
    config = Config(response_checksum_validation="when_required", signature_version="s3v4")
    storage = store.storage(client_config=config)
    assert answer(StoredContent(storage, "large.bin"))[1] == DATA
    assert answer(StoredContent(storage, "large.bin"), method="HEAD")[0] == 200
    assert not any("x-amz-checksum-mode" in heard for heard in store.heard)


def test_who_may_not_read_gets_nothing(store: ObjectStore) -> None:
    """A store that wants a signature, and gets none, forbids."""
    storage = store.storage(client_config=Config(signature_version=UNSIGNED), signature_version=None)
    with pytest.raises(ContentForbidden):
        served(StoredContent(storage, "large.bin"))


def test_a_bucket_that_is_not_there_is_no_answer(store: ObjectStore) -> None:
    """That there is nowhere to look is a mistake in the settings, which the log should tell, and no missing file."""
    with pytest.raises(ContentUnavailable):
        served(StoredContent(store.storage(bucket_name="nowhere"), "large.bin"))


def test_who_wants_to_rest_says_how_long(store: ObjectStore) -> None:
    """How long a store asks for is told to the client."""
    storage = store.storage()
    meta = {"HTTPHeaders": {"retry-after": "120"}}
    stub = Stubber(storage.bucket.meta.client)
    stub.add_client_error("get_object", "SlowDown", http_status_code=503, response_meta=meta)
    with stub, pytest.raises(ContentUnavailable) as refused:
        served(StoredContent(storage, "large.bin"))
    assert refused.value.retry_after == 120


class Spoilt:
    """A body whose TLS breaks, which botocore does not translate."""

    def read(self, most: int) -> bytes:
        raise SSLError("Bad record MAC.")


def test_tls_that_breaks_is_a_break() -> None:
    """Whatever breaks a connection, what is left can be asked for again."""
    metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {"content-length": "10"}}
    reply = S3Reply({"ResponseMetadata": metadata, "Body": Spoilt()}, "a.txt")
    with pytest.raises(ContentUnavailable):
        reply.read(10)


def test_a_digest_is_that_of_the_last_look(store: ObjectStore, storage: Any) -> None:
    """An answer that tells no digest does not keep that of an object which has been replaced."""
    store.put("a.bin", b"one", ChecksumAlgorithm="SHA256")
    content = s3_content(storage, "a.bin")
    assert described(content).digests
    store.put("a.bin", b"another")
    try:
        assert not content.describe(DownloadRequest.from_headers("GET", {"Range": "bytes=0-1"})).digests
    finally:
        content.close()


def test_a_store_that_is_not_there_is_unavailable(store: ObjectStore) -> None:
    """Whoever does not answer may do so later."""
    once = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    storage = store.storage(endpoint_url="http://127.0.0.1:1", client_config=once)
    with pytest.raises(ContentUnavailable):
        served(StoredContent(storage, "large.bin"))


@pytest.mark.parametrize("name", ["a" * 1100, ".", "a/.."])
def test_a_key_that_s3_cannot_have_is_not_found(storage: Any, name: str) -> None:
    """A name that is too long for S3, or nothing, leads nowhere."""
    with pytest.raises(ContentNotFound):
        served(StoredContent(storage, name))


def test_bytes_that_are_not_those_of_the_store_break_off(store: ObjectStore, cutting: Cutter) -> None:
    """What was spoilt on its way does not pass for the whole: the last of it is not handed out."""
    store.put("a.bin", DATA, ChecksumAlgorithm="SHA256")
    cutting.lies = b64encode(hashlib.sha256(DATA).digest()).decode(), b64encode(b"\0" * 32).decode()
    chunks = opened(StoredContent(store.storage(endpoint_url=cutting.url), "a.bin"))
    got: list[bytes] = []
    with pytest.raises(ContentInvalid):
        got.extend(chunks)
    assert len(b"".join(got)) < len(DATA)


def opened(content: Content) -> Iterator[bytes]:
    """Yield the bytes of a content, and close it."""
    try:
        size = content.describe(PLAIN_GET).size
        content.acquire()
        yield from content.read(0, size)
    finally:
        content.close()


@pytest.fixture
def cutting(store: ObjectStore) -> Iterator[Cutter]:
    """Stand before the store."""
    with cutter(store.url) as cutting:
        yield cutting


@pytest.mark.parametrize("resets", [False, True])
def test_what_breaks_off_is_asked_for_from_there(store: ObjectStore, cutting: Cutter, resets: bool) -> None:
    """A connection that breaks twice in the middle of an object costs two requests for the rest of the same object."""
    cutting.resets, cutting.after = resets, [MIB, MIB // 2]
    content = StoredContent(store.storage(endpoint_url=cutting.url), "large.bin")
    assert b"".join(opened(content)) == DATA
    assert content.resumed == 2
    assert [heard.get("if-match") for heard in store.heard] == [None, TAG, TAG]
    assert all("range" in heard for heard in store.heard[1:])


def test_a_forked_process_leaves_its_parents_connections_alone(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was open before is closed once, here, and each later request has a connection of this process."""
    storage = store.storage()
    storage.save("forked.txt", ContentFile(b"forked"))
    client, closed = storage.bucket.meta.client, []
    close = client.close
    monkeypatch.setattr(client, "close", lambda: closed.append(close()))
    assert served(StoredContent(storage, "forked.txt"))[1] == b"forked"
    assert closed == []
    monkeypatch.setattr("downloadable.adapters.native.s3.os.getpid", lambda: 1)
    for _ in range(2):
        assert served(StoredContent(storage, "forked.txt"))[1] == b"forked"
    assert len(closed) == 1


def test_who_has_given_up_asks_for_no_more(store: ObjectStore, cutting: Cutter) -> None:
    """When nobody wants the rest, a break is the end."""
    cutting.after = [MIB]
    content = StoredContent(store.storage(endpoint_url=cutting.url), "large.bin")
    chunks = opened(content)
    next(chunks)
    content.give_up()
    with pytest.raises(ContentError):
        list(chunks)
    assert (content.resumed, len(store.heard)) == (0, 1)


def test_two_versions_are_never_mixed(store: ObjectStore, cutting: Cutter) -> None:
    """Of an object that has changed by the time it is asked for again, nothing is handed out."""
    cutting.after = [MIB]
    chunks = opened(StoredContent(store.storage(endpoint_url=cutting.url), "large.bin"))
    got = [next(chunks)]
    store.put("large.bin", DATA[::-1])
    with pytest.raises(ContentChanged):
        got.extend(chunks)
    assert DATA.startswith(b"".join(got))


def test_what_is_deleted_meanwhile_breaks_off(store: ObjectStore, cutting: Cutter) -> None:
    """Of an object that is gone by the time it is asked for again, no more comes."""
    cutting.after = [MIB]
    chunks = opened(StoredContent(store.storage(endpoint_url=cutting.url), "large.bin"))
    got = [next(chunks)]
    store.delete("large.bin")
    with pytest.raises(ContentError):
        got.extend(chunks)
    assert DATA.startswith(b"".join(got))


def test_a_reader_who_leaves_takes_little(store: ObjectStore, cutting: Cutter) -> None:
    """The first bytes leave before the rest is fetched, and the rest is not fetched for somebody who has gone."""
    store.put("huge.bin", bytes(32 * MIB))
    chunks = opened(StoredContent(store.storage(endpoint_url=cutting.url), "huge.bin"))
    assert next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # it is a generator
    assert cutting.passed < 16 * MIB
