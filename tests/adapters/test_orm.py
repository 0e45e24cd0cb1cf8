from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import FieldError, MultipleObjectsReturned
from django.db import DataError, connection
from django.db.models import F, Value
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from downloadable.adapters.orm import AsyncModelSource, ModelSource, content_of_row, facts_of_row
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentNotFound,
    DownloadRequest,
    EntityTag,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import AsyncSource, Content, LocalFile, Source, StoredFile
from downloadable.ports.contract import ChangingSourceContract
from tests.adapters.serving import described, served, stated_type
from tests.models import Document
from tests.storages import CountingStorage, remote

DATA = b"0123456789"
DIGEST = hashlib.sha256(DATA).digest()
MOMENT = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)
SIZE_AND_DATE = {"size_field": "length", "modified_field": "changed"}
SIZE_AND_HASH = {"size_field": "length", "digest_field": "sha256"}


@pytest.mark.django_db
class TestModelSource(ChangingSourceContract):
    @pytest.fixture(autouse=True)
    def media_root(self, settings: Settings, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = self.root = tmp_path

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> ModelSource:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
            Document.objects.create(slug=name, file=name)
        return ModelSource(Document, "file", lookup="slug")

    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        (self.root / "new").write_bytes(data)
        (self.root / "new").replace(self.root / name)

    def remove(self, source: Source[Any], name: str) -> None:
        (self.root / name).unlink()


@pytest.mark.django_db
class TestModelSourceWithFacts(ChangingSourceContract):
    """The rows know all about their files, except when these change behind their backs."""

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> ModelSource:
        remote.files = dict(files)
        for name, data in files.items():
            Document.objects.create(slug=name, remote_file=name, length=len(data), changed=MOMENT)
        return ModelSource(Document, "remote_file", lookup="slug", **SIZE_AND_DATE)

    @pytest.fixture(autouse=True)
    def forget(self) -> Iterator[None]:
        with remote.holding({}):
            yield

    def replace(self, source: Source[Any], name: str, data: bytes) -> None:
        remote.files[name] = data
        Document.objects.filter(slug=name).update(length=len(data))

    def remove(self, source: Source[Any], name: str) -> None:
        del remote.files[name]

    def test_describe_sees_a_change(self, source: Source[Any]) -> None:
        """A row is fetched once; that the file is another is seen when it is opened, and then a look tells."""
        content = source.open("hello.txt")
        content.describe(PLAIN_GET)
        self.replace(source, "hello.txt", b"Something else, and longer.\n")
        with pytest.raises(ContentChanged, match="has 28 bytes, not 14"):
            content.acquire()
        assert served(content)[1] == b"Something else, and longer.\n"


@pytest.fixture
def storage() -> Iterator[CountingStorage]:
    """The storage of the rows' remote files."""
    with remote.holding({"deep/a.txt": DATA}) as storage:
        yield storage


@pytest.fixture
def row(db: None, storage: CountingStorage) -> Document:
    """A row that knows everything about its file."""
    return Document.objects.create(
        slug="a",
        folder="f",
        remote_file="deep/a.txt",
        title="Ten digits.csv",
        length=len(DATA),
        media_type="text/x-digits",
        coding="identity",
        charset="us-ascii",
        changed=MOMENT,
        sha256=DIGEST.hex(),
        raw_sha256=DIGEST,
    )


ALL = {
    "name_field": "title",
    "size_field": "length",
    "content_type_field": "media_type",
    "encoding_field": "coding",
    "charset_field": "charset",
    "modified_field": "changed",
    "digest_field": "sha256",
    "digest_algorithm": "sha-256",
}


def test_opening_costs_one_query_and_nothing_else(
    row: Document, storage: CountingStorage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The row is fetched once, when the source opens it, for the whole life of the content."""
    with django_assert_num_queries(1):
        content = ModelSource(Document, "remote_file", **ALL).open(row.pk)
        assert content.known().size == len(DATA)
        assert served(content) == (content.known(), DATA)
    assert storage.calls == {"open": 1}


@pytest.mark.parametrize(
    ("known", "method", "fields", "status"),
    [
        (SIZE_AND_DATE, "HEAD", {}, 200),
        (SIZE_AND_DATE, "GET", {"If-Modified-Since": "Fri, 17 May 2024 12:30:15 GMT"}, 304),
        (SIZE_AND_DATE, "GET", {"If-Unmodified-Since": "Thu, 16 May 2024 12:30:15 GMT"}, 412),
        (SIZE_AND_DATE, "GET", {"Range": "bytes=10-"}, 416),
        (SIZE_AND_HASH, "HEAD", {}, 200),
        (SIZE_AND_HASH, "GET", {"If-None-Match": f'"{DIGEST.hex()}"'}, 304),
        (SIZE_AND_HASH, "GET", {"If-Match": '"another"'}, 412),
        (SIZE_AND_HASH, "GET", {"Range": "bytes=10-"}, 416),
    ],
)
def test_an_answer_without_a_body_needs_no_storage(
    known: dict[str, str],
    method: str,
    fields: dict[str, str],
    status: int,
    row: Document,
    storage: CountingStorage,
) -> None:
    """With a size and a date or a hash in the row, the storage is not called at all."""
    resource = described(ModelSource(Document, "remote_file", **known).open(row.pk))
    plan = decide(resource, ServingPolicy(), DownloadRequest.from_headers(method, fields))
    assert (plan.status, plan.body) == (status, ())
    assert not storage.calls


def test_what_the_row_does_not_know_is_asked_of_the_storage(row: Document, storage: CountingStorage) -> None:
    """A column that is empty in one row is no fact there."""
    Document.objects.update(length=None)
    resource = described(ModelSource(Document, "remote_file", **SIZE_AND_DATE).open(row.pk))
    assert (resource.size, resource.last_modified) == (len(DATA), MOMENT)
    assert storage.calls == {"size": 1}


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Document,
        lambda: Document.objects,
        Document.objects.all,
        lambda: Document.objects.only("remote_file"),
    ],
    ids=["model", "manager", "queryset", "queryset of some columns"],
)
def test_rows_come_from_a_model_a_manager_or_a_queryset(
    rows: Any, row: Document, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """And with a queryset, only the columns that are needed."""
    with django_assert_num_queries(1):
        assert served(ModelSource(rows(), "remote_file").open(row.pk))[1] == DATA


def test_a_source_sees_rows_that_come_and_go(row: Document) -> None:
    """A queryset is evaluated anew for each key."""
    source = ModelSource(Document.objects.all(), "remote_file", lookup="slug")
    assert served(source.open("a"))[1] == DATA
    row.delete()
    with pytest.raises(ContentNotFound):
        described(source.open("a"))


def test_a_queryset_narrows_what_can_be_had(row: Document) -> None:
    """What it leaves out is not there."""
    with pytest.raises(ContentNotFound):
        described(ModelSource(Document.objects.exclude(slug="a"), "remote_file").open(row.pk))


def test_a_mapping_looks_up_by_several_fields(row: Document) -> None:
    """All of them must hold."""
    source = ModelSource(Document, "remote_file")
    assert served(source.open({"folder": "f", "slug": "a"}))[1] == DATA
    with pytest.raises(ContentNotFound):
        described(source.open({"folder": "g", "slug": "a"}))


@pytest.mark.parametrize(
    "key", ["abc", "", "1.5", None, -1, 10**40, "9" * 5000, float("inf"), "\0", "1; --"], ids=ascii
)
def test_a_key_that_no_row_has_is_not_found(key: Any, row: Document) -> None:
    """Neither is one that the field cannot hold; both are told when the content is described."""
    content = ModelSource(Document, "remote_file").open(key)
    with pytest.raises(ContentNotFound):
        content.describe(PLAIN_GET)


def test_a_key_that_the_database_refuses_is_not_found(row: Document) -> None:
    """Some databases take no NUL in a text, and say so as an error in the data."""

    def refuse_nul(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if any("\0" in str(param) for param in params or ()):
            raise DataError("text fields cannot contain NUL (0x00) bytes")
        return execute(sql, params, many, context)

    source = ModelSource(Document, "remote_file", lookup="slug")
    with connection.execute_wrapper(refuse_nul):
        assert served(source.open("a"))[1] == DATA
        with pytest.raises(ContentNotFound) as caught:
            described(source.open("a\0"))
    assert isinstance(caught.value.__cause__, DataError)


def test_an_empty_file_field_is_not_found(row: Document) -> None:
    """A row without a file has nothing to download."""
    with pytest.raises(ContentNotFound):
        described(ModelSource(Document, "file").open(row.pk))


def test_a_file_that_is_gone_is_not_found(row: Document, storage: CountingStorage) -> None:
    """Whether the row knows enough to describe it or not."""
    storage.files.clear()
    for fields in ({}, SIZE_AND_DATE):
        with pytest.raises(ContentNotFound):
            served(ModelSource(Document, "remote_file", **fields).open(row.pk))


def test_several_rows_under_a_key_are_a_mistake(row: Document) -> None:
    """The developer is told what to look up instead."""
    Document.objects.create(slug="b", folder="f", remote_file="b.txt")
    with pytest.raises(MultipleObjectsReturned, match="'f' does not name one row"):
        ModelSource(Document, "remote_file", lookup="folder").open("f")


def test_a_wrong_look_up_is_a_mistake(row: Document) -> None:
    """It is said as Django says it."""
    with pytest.raises(FieldError, match="slugg"):
        ModelSource(Document, "remote_file", lookup="slugg").open("a")


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("file_field", "fiel"),
        *((option, "no_such") for option in sorted(ALL) if option != "digest_algorithm"),
    ],
)
def test_a_wrong_field_is_a_mistake(option: str, name: str, row: Document) -> None:
    """The error names the model, the field and the option, and is no answer to a client."""
    fields = {"file_field": "remote_file", option: name}
    with pytest.raises(AttributeError, match=f"Document has no '{name}', which is named as {option}"):
        ModelSource(Document, fields.pop("file_field"), **fields).open(row.pk)


def test_a_field_that_holds_no_file_is_a_mistake(row: Document) -> None:
    """A path in a text column is none."""
    with pytest.raises(TypeError, match=r"Document\.title, the file_field, is no FileField: it holds str"):
        ModelSource(Document, "title").open(row.pk)


def test_an_unknown_option_is_a_mistake() -> None:
    """It is noticed when the source is made."""
    with pytest.raises(TypeError, match="sizefield"):
        ModelSource(Document, "remote_file", sizefield="length")


def test_an_algorithm_without_a_digest_is_a_mistake() -> None:
    """It would say nothing."""
    with pytest.raises(TypeError, match="digest_field"):
        ModelSource(Document, "remote_file", digest_algorithm="sha-256")


def test_every_field_arrives(row: Document) -> None:
    """What each option names is a fact of the resource."""
    assert ModelSource(Document, "remote_file", **ALL).open(row.pk).known() == Resource(
        name="Ten digits.csv",
        size=10,
        content_type="text/x-digits",
        charset="us-ascii",
        content_encoding="identity",
        last_modified=MOMENT,
        entity_tag=EntityTag(DIGEST.hex()),
        digests=(("sha-256", DIGEST),),
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({}, "text/plain", id="by the stored name"),
        pytest.param({"title": "Digits.csv"}, "text/csv", id="by the name at the client"),
        pytest.param(
            {"title": "Digits"}, "text/plain", id="by the stored name, where the other tells nothing"
        ),
        pytest.param({"charset": "utf-8"}, "text/plain; charset=utf-8", id="charset alone"),
        pytest.param({"media_type": "text/x-a"}, "text/x-a", id="type"),
        pytest.param({"media_type": "image/png", "charset": "utf-8"}, "image/png", id="charset of no text"),
    ],
)
def test_the_type_is_what_the_row_says_or_the_names_suggest(columns: dict[str, str], expected: str) -> None:
    """A title without an extension does not make an unknown file of what is stored with one."""
    fields = {"name_field": "title", "content_type_field": "media_type", "charset_field": "charset"}
    assert stated_type(facts_of_row(Document(**columns), "deep/a.txt", **fields)) == expected


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(DIGEST.hex(), id="hexadecimal"),
        pytest.param(DIGEST.hex().upper(), id="hexadecimal, in capitals"),
        pytest.param(base64.b64encode(DIGEST).decode(), id="base64"),
        pytest.param(base64.b64encode(DIGEST).decode().rstrip("="), id="base64, unpadded"),
        pytest.param(base64.urlsafe_b64encode(DIGEST).decode(), id="base64 for URLs"),
        pytest.param(DIGEST, id="bytes"),
        pytest.param(memoryview(DIGEST), id="memoryview, as databases give it"),
    ],
)
def test_a_digest_is_the_same_however_it_is_stored(stored: Any) -> None:
    """It makes a strong entity tag, and clients can check what they got."""
    row = Document(sha256=stored)
    facts = facts_of_row(row, digest_field="sha256", digest_algorithm="sha-256")
    assert facts == Resource(entity_tag=EntityTag(DIGEST.hex()), digests=(("sha-256", DIGEST),))
    assert facts_of_row(row, digest_field="sha256").digests == ()


@pytest.mark.parametrize("empty", ["", None, b"", memoryview(b"")], ids=["text", "none", "bytes", "memory"])
def test_an_empty_digest_is_none(empty: Any) -> None:
    """A row whose file was not hashed yet has no tag of it."""
    assert facts_of_row(Document(sha256=empty), digest_field="sha256") == Resource()


@pytest.mark.parametrize(
    ("stored", "algorithm", "words"),
    [
        ("not a hash!", None, "holds no hash: 'not a hash!'"),
        ("abcd", None, "holds no hash"),
        (hashlib.md5(DATA).hexdigest(), "sha-256", "holds no sha-256"),
    ],
)
def test_what_is_no_digest_is_not_known(
    stored: str, algorithm: str | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A tag that does not tell versions apart would make clients keep old bytes; the log says whose row it is."""
    row = Document(pk=7, sha256=stored)
    assert facts_of_row(row, digest_field="sha256", digest_algorithm=algorithm) == Resource()
    assert f"Document(pk=7).sha256, the digest_field, {words}" in caplog.text


def test_a_hash_of_64_bits_tells_versions_apart() -> None:
    """Shorter ones, such as a CRC, are no tag; the log says so."""
    assert facts_of_row(Document(sha256="00" * 8), digest_field="sha256").entity_tag == EntityTag("00" * 8)
    assert facts_of_row(Document(sha256="00" * 7), digest_field="sha256").entity_tag is None


def test_an_empty_file_has_a_size() -> None:
    """Nothing is not unknown."""
    assert facts_of_row(Document(length=0), size_field="length").size == 0


def test_a_size_that_cannot_be_is_asked_of_the_storage(
    row: Document, storage: CountingStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """Some programs keep -1 for what they do not know yet."""
    row.length = -1
    resource, data = served(content_of_row(row, "remote_file", **SIZE_AND_DATE))
    assert (resource.size, resource.last_modified, data) == (len(DATA), MOMENT, DATA)
    assert f"Document(pk={row.pk}).length, the size_field, holds no size: -1" in caplog.text


@pytest.mark.parametrize(
    ("option", "column", "value"),
    [
        ("size_field", "length", "10"),
        ("size_field", "length", True),
        ("name_field", "title", 3),
        ("modified_field", "changed", date(2024, 5, 17)),
        ("modified_field", "changed", 1715949015.0),
        ("digest_field", "sha256", 17),
    ],
)
def test_a_fact_of_another_type_is_a_mistake(option: str, column: str, value: Any) -> None:
    """A date without a time, for one, would not tell two versions of a day apart."""
    with pytest.raises(TypeError, match=rf"Document\.{column}, the {option}, must be"):
        facts_of_row(Document(**{column: value}), **{option: column})


def test_a_naive_time_is_one_of_the_project(settings: Settings) -> None:
    """Without USE_TZ a column holds times of the project's zone."""
    settings.USE_TZ = False
    settings.TIME_ZONE = "America/Chicago"
    facts = facts_of_row(Document(changed=MOMENT.replace(tzinfo=None)), modified_field="changed")
    assert facts.last_modified == datetime(2024, 5, 17, 17, 30, 15, tzinfo=UTC)


def test_an_annotation_is_as_good_as_a_column(row: Document) -> None:
    """A fact may be computed by the database."""
    rows = Document.objects.annotate(double=F("length") + F("length"), kind=Value("text/x-a"))
    known = (
        ModelSource(rows, "remote_file", size_field="double", content_type_field="kind").open(row.pk).known()
    )
    assert (known.size, known.content_type) == (20, "text/x-a")


@pytest.mark.django_db
def test_a_row_in_a_directory_is_a_local_file(tmp_path: Path, settings: Settings) -> None:
    """Facts of the row do not hide where the file is, and the file is served from there."""
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.txt").write_bytes(DATA)
    row = Document.objects.create(slug="a", file="a.txt", length=len(DATA), changed=MOMENT)
    content = ModelSource(Document, "file", **SIZE_AND_DATE).open(row.pk)
    assert content.locations() == (LocalFile(tmp_path / "a.txt"), StoredFile("default", "a.txt"))
    content.describe(PLAIN_GET)
    content.acquire()
    assert content.fileno() is not None
    content.close()


def test_a_row_at_hand_is_served_without_a_source(row: Document, storage: CountingStorage) -> None:
    """A view that has the row needs no second query."""
    resource, data = served(content_of_row(row, "remote_file", **ALL))
    assert (resource.name, data) == ("Ten digits.csv", DATA)
    assert storage.calls == {"open": 1}


def test_an_async_source_awaits_the_row(
    row: Document, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The same rows, keys and errors, in the other colour."""
    source: AsyncSource[Any] = AsyncModelSource(Document, "remote_file", lookup="slug", **ALL)
    with django_assert_num_queries(1):
        content = async_to_sync(source.open)("a")
    assert served(content) == (content.known(), DATA)
    with pytest.raises(ContentNotFound):
        described(async_to_sync(source.open)("b"))
    Document.objects.create(slug="b", folder="f", remote_file="b.txt")
    with pytest.raises(MultipleObjectsReturned):
        async_to_sync(source.open)({"folder": "f"})


async def in_an_event_loop(source: AsyncSource[Any], key: Any) -> Content:
    """Open as a view does: what queries here, and not in a thread for it, is refused by Django."""
    return await source.open(key)


@pytest.mark.parametrize(
    ("rows", "file_field", "fields"),
    [
        pytest.param(Document.objects.only("remote_file"), "remote_file", {"name_field": "title"}, id="fact"),
        pytest.param(Document.objects.only("title"), "remote_file", {}, id="file"),
        pytest.param(Document, "remote_file", {"name_field": "counted"}, id="property"),
    ],
)
def test_an_async_source_awaits_what_a_row_fetches_later(
    rows: Any, file_field: str, fields: dict[str, str], row: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deferred columns and properties that query are as good as in the other colour."""
    counted = property(lambda row: f"{type(row).objects.count()}.txt")
    monkeypatch.setattr(Document, "counted", counted, raising=False)
    source = AsyncModelSource(rows, file_field, **fields)
    content = async_to_sync(in_an_event_loop)(source, row.pk)
    assert served(content)[1] == DATA
