from __future__ import annotations

import codecs
import gc
import gzip
import io
import mmap
import os
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import (
    InMemoryUploadedFile,
    SimpleUploadedFile,
    TemporaryUploadedFile,
    UploadedFile,
)
from django.db.models.fields.files import FieldFile
from pytest_django.fixtures import Settings

from downloadable.adapters.django_files import as_content, facts_of
from downloadable.adapters.local import LocalContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    DownloadRequest,
    Resource,
)
from downloadable.ports import AsyncContent, Content
from tests.adapters.serving import described, served, stated_type
from tests.models import Document
from tests.storages import CountingStorage, OneWay, remote

TEXT = "Přílišně žluťoučký kůň\r\nšel dál.\n" * 3
DATA = TEXT.encode()
UTF8 = "text/plain; charset=utf-8"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A text file on the disk."""
    path = tmp_path / "story.txt"
    path.write_bytes(DATA)
    return path


def with_content(file: Any, content: bytes | str) -> Any:
    """Write to a file, and leave it there: not rewound, not flushed."""
    file.write(content)
    return file


def uploaded(path: Path) -> TemporaryUploadedFile:
    """Return an upload that was so large that it went to the disk."""
    return with_content(TemporaryUploadedFile("story.txt", "text/x-story", len(DATA), "latin-2"), DATA)  # type: ignore[no-any-return]


KINDS: dict[str, tuple[Callable[[Path], Any], str, str | None]] = {
    "bytes": (lambda _: DATA, "", None),
    "bytearray": (lambda _: bytearray(DATA), "", None),
    "memoryview": (lambda _: memoryview(DATA), "", None),
    "str": (lambda _: TEXT, "", UTF8),
    "path": (lambda path: path, "story.txt", None),
    "content": (LocalContent, "story.txt", None),
    "BytesIO": (lambda _: io.BytesIO(DATA), "", None),
    "BytesIO, just written": (lambda _: with_content(io.BytesIO(), DATA), "", None),
    "StringIO": (lambda _: io.StringIO(TEXT, newline=""), "", UTF8),
    "binary file": (lambda path: path.open("rb"), "story.txt", None),
    "unbuffered file": (lambda path: path.open("rb", buffering=0), "story.txt", None),
    "text file": (lambda path: path.open(encoding="utf-8"), "story.txt", UTF8),
    "text file, with a signature": (lambda path: path.open(encoding="utf-8-sig"), "story.txt", UTF8),
    "text file, by an alias of its charset": (
        lambda path: path.open(encoding="latin-1"),
        "story.txt",
        "text/plain; charset=iso8859-1",
    ),
    "file, just written": (lambda path: with_content(path.open("w+b"), DATA), "story.txt", None),
    "text file, just written": (
        lambda path: with_content(path.open("w+", encoding="utf-8", newline=""), TEXT),
        "story.txt",
        UTF8,
    ),
    "TemporaryFile": (lambda _: with_content(tempfile.TemporaryFile(), DATA), "", None),
    "TemporaryFile of text": (
        lambda _: with_content(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""), TEXT),
        "",
        UTF8,
    ),
    "SpooledTemporaryFile": (lambda _: with_content(tempfile.SpooledTemporaryFile(), DATA), "", None),
    "SpooledTemporaryFile on the disk": (
        lambda _: with_content(tempfile.SpooledTemporaryFile(max_size=8), DATA),
        "",
        None,
    ),
    "File": (lambda path: File(path.open("rb")), "story.txt", None),
    "File with a name": (lambda path: File(path.open("rb"), name="a/b/tale.txt"), "tale.txt", None),
    "File of text": (lambda path: File(path.open(encoding="utf-8")), "story.txt", UTF8),
    "File of a TemporaryFile": (lambda _: File(with_content(tempfile.TemporaryFile(), DATA)), "", None),
    "ContentFile": (lambda _: ContentFile(DATA, "tale.txt"), "tale.txt", None),
    "ContentFile of text": (lambda _: ContentFile(TEXT, "tale.csv"), "tale.csv", "text/csv; charset=utf-8"),
    "ContentFile without a name": (lambda _: ContentFile(DATA), "", None),
    "UploadedFile": (
        lambda path: UploadedFile(path.open("rb"), "up.csv", "text/csv", 3, "utf-8"),
        "up.csv",
        "text/csv; charset=utf-8",
    ),
    "SimpleUploadedFile": (lambda _: SimpleUploadedFile("up.txt", DATA), "up.txt", "text/plain"),
    "InMemoryUploadedFile": (
        lambda _: InMemoryUploadedFile(io.BytesIO(DATA), "field", "up.bin", "a/b", len(DATA), None),
        "up.bin",
        "a/b",
    ),
    "TemporaryUploadedFile": (uploaded, "story.txt", "text/x-story; charset=latin-2"),
}
LENGTH_UNKNOWN: dict[str, tuple[Callable[[Path], Any], str | None]] = {
    "iterable of bytes": (lambda _: [DATA[:10], b"", DATA[10:]], None),
    "generator of text": (lambda _: (line for line in TEXT.splitlines(keepends=True)), None),
    "SpooledTemporaryFile of text": (
        lambda _: with_content(tempfile.SpooledTemporaryFile(mode="w+", encoding="utf-8", newline=""), TEXT),
        UTF8,
    ),
    "reader of codecs": (lambda path: codecs.getreader("utf-8")(path.open("rb")), UTF8),
    "reader and writer of codecs": (
        lambda path: codecs.StreamReaderWriter(path.open("rb"), *codecs.lookup("utf-8")[2:]),
        UTF8,
    ),
    "StringIO of another class": (lambda _: type("Mine", (io.StringIO,), {})(TEXT, newline=""), UTF8),
}


@pytest.mark.parametrize(("make", "name", "content_type"), KINDS.values(), ids=KINDS)
def test_every_file_is_served_with_its_length_in_bytes(
    make: Callable[[Path], Any], name: str, content_type: str | None, path: Path
) -> None:
    """Whatever holds the bytes, and wherever its position is, all of them come, and so many were announced."""
    resource, data = served(as_content(make(path)))
    assert data == DATA
    assert resource.size == len(DATA)
    assert (resource.name, stated_type(resource)) == (name, content_type)


@pytest.mark.parametrize(("make", "content_type"), LENGTH_UNKNOWN.values(), ids=LENGTH_UNKNOWN)
def test_what_cannot_be_measured_is_served_without_a_length(
    make: Callable[[Path], Any], content_type: str | None, path: Path
) -> None:
    """Where bytes can only be counted by making them, no length is announced, rather than a wrong one."""
    resource, data = served(as_content(make(path)))
    assert data == DATA
    assert resource.size is None
    assert not resource.seekable
    assert stated_type(resource) == content_type


def test_a_named_temporary_file_is_gone_after_its_download() -> None:
    """Closing the content closes the wrapper, which deletes its file."""
    file = with_content(tempfile.NamedTemporaryFile(suffix=".txt"), DATA)
    assert served(as_content(file)) == (Resource(name=Path(file.name).name, size=len(DATA)), DATA)
    assert not Path(file.name).exists()


class Lent(File):  # type: ignore[type-arg]
    """Has something else to give back when it is closed."""

    given_back = False

    def close(self) -> None:
        super().close()
        self.given_back = True


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(lambda path: path.open("rb"), id="bytes"),
        pytest.param(lambda path: path.open(), id="text"),
        pytest.param(lambda path: io.BytesIO(DATA), id="bytes in memory"),
        pytest.param(lambda path: io.StringIO(TEXT), id="text in memory"),
    ],
)
def test_a_wrapper_is_closed_and_not_just_what_it_wraps(opened: Callable[[Path], Any], path: Path) -> None:
    """Whatever it holds, and wherever that is."""
    file = Lent(opened(path))
    served(as_content(file))
    assert file.given_back
    assert file.closed


def test_an_upload_on_the_disk_is_gone_after_its_download(path: Path) -> None:
    """What is closed is the outermost wrapper, with all that it does when it is closed."""
    file = uploaded(path)
    served(as_content(file))
    assert not Path(file.temporary_file_path()).exists()


def test_a_text_file_lives_as_long_as_its_content(path: Path) -> None:
    """The text wrapper, whose finaliser would close the bytes, is kept although only these are read."""
    content = as_content(path.open(encoding="utf-8"))
    gc.collect()
    assert served(content)[1] == DATA


@pytest.mark.parametrize("wrap", [lambda file: file, File], ids=["bare", "File"])
@pytest.mark.parametrize("mode", ["rb", "rt"])
def test_a_gzip_file_that_is_read_through_is_no_gzip_file(
    wrap: Callable[[Any], Any], mode: str, tmp_path: Path
) -> None:
    """Its bytes are the decompressed ones, and so are its name, its type and its length."""
    (tmp_path / "story.txt.gz").write_bytes(gzip.compress(DATA))
    file = gzip.open(tmp_path / "story.txt.gz", mode, encoding="utf-8" if mode == "rt" else None)
    resource, data = served(as_content(wrap(file)))
    assert (resource.name, resource.size, resource.seekable, data) == ("story.txt", None, False, DATA)


def test_text_is_encoded_when_it_is_needed() -> None:
    """Not to be wrapped, and anew at each look: a buffer may be written to until then."""
    file = io.StringIO()
    content = as_content(file)
    assert content.known() == Resource(charset="utf-8")
    file.write(TEXT)
    content.acquire()
    assert b"".join(content.read(0, None)) == DATA
    file.write(TEXT)
    assert content.describe(PLAIN_GET).size == 2 * len(DATA)


def test_a_charset_that_nobody_knows_is_sent_as_it_is(path: Path) -> None:
    """It is the file's own claim."""
    file = path.open(encoding="utf-8")
    strange = type("Strange", (), {"encoding": "x-own", "buffer": file.buffer, "close": file.close})()
    known = as_content(type("Read", (type(strange),), {"read": file.read})()).known()
    assert stated_type(known) == "text/plain; charset=x-own"
    file.close()


def test_a_content_file_can_be_downloaded_again() -> None:
    """Closing a ContentFile does nothing, as Django means it."""
    file = ContentFile(TEXT, "tale.txt")
    assert served(as_content(file)) == served(as_content(file))


class RecordingFile(io.RawIOBase):
    """Remembers what was done with it."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)
        self.done: list[str] = []

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        self.done.append("seekable")
        return True

    def seek(self, position: int, whence: int = os.SEEK_SET, /) -> int:
        self.done.append("seek")
        return self.data.seek(position, whence)

    def tell(self) -> int:
        self.done.append("tell")
        return self.data.tell()

    def readinto(self, buffer: Any, /) -> int:
        self.done.append("read")
        return self.data.readinto(buffer)


class LazyFile(File):  # type: ignore[type-arg]
    """Knows its size, and opens when it is first read, as the files of remote storages do."""

    def __init__(self, opened: Callable[[], Any], size: int) -> None:
        self._opened, self._size, self.name = opened, size, "lazy.bin"
        self._file: Any = None
        self.looks = 0

    @property
    def size(self) -> int:
        self.looks += 1
        return self._size

    @property
    def file(self) -> Any:  # type: ignore[override]
        if self._file is None:
            self._file = self._opened()
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@pytest.mark.parametrize(
    "wrap", [lambda file: file, File, UploadedFile], ids=["bare", "File", "UploadedFile"]
)
def test_wrapping_neither_reads_nor_looks(wrap: Callable[[Any], Any]) -> None:
    """Nothing is done with a file before it is described, and nothing is read before the body."""
    file = RecordingFile(DATA)
    content = as_content(wrap(file))
    content.known()
    content.locations()
    assert file.done == []
    content.describe(PLAIN_GET)
    content.acquire()
    assert "read" not in file.done
    content.close()
    assert file.closed


def test_wrapping_a_gigabyte_reads_nothing(tmp_path: Path) -> None:
    """The size of a file is no matter before its bytes are sent."""
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    for thing in (path.open("rb"), File(path.open("rb")), io.FileIO(path)):
        assert described(as_content(thing)).size == 2**30
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_file_that_opens_late_is_not_opened_to_describe_it() -> None:
    """What a file knows of itself is asked of it; it is opened when the bytes are needed, and closed after that."""
    opened: list[IO[bytes]] = []

    def open_it() -> IO[bytes]:
        opened.append(io.BytesIO(DATA))
        return opened[-1]

    content = as_content(LazyFile(open_it, len(DATA)))
    assert content.describe(PLAIN_GET) == Resource(name="lazy.bin", size=len(DATA))
    assert not opened
    content.acquire()
    assert b"".join(content.read(5, 15)) == DATA[5:15]
    content.close()
    assert [file.closed for file in opened] == [True]


def test_a_file_that_cannot_be_opened_late_is_an_error_before_the_first_byte() -> None:
    """Acquiring opens, so that an error still has a status."""

    def missing() -> IO[bytes]:
        raise FileNotFoundError("lazy.bin")

    content = as_content(LazyFile(missing, 10))
    content.describe(PLAIN_GET)
    with pytest.raises(ContentNotFound):
        content.acquire()
    content.close()


SEVERAL = DownloadRequest.from_headers("GET", {"Range": "bytes=50-59,10-19"})


def test_a_file_that_turns_out_to_be_a_stream_has_no_ranges() -> None:
    """Only opening it shows that it cannot go back; a second look says so, before the first byte."""
    content = as_content(LazyFile(lambda: OneWay(DATA), len(DATA)))
    assert content.describe(SEVERAL).seekable
    with pytest.raises(ContentChanged, match=r"'lazy\.bin' cannot seek"):
        content.acquire()
    assert not content.describe(SEVERAL).seekable
    content.acquire()
    assert b"".join(content.read(0, len(DATA))) == DATA
    content.close()


def test_one_range_of_a_stream_is_read_by_skipping() -> None:
    """So nobody opens twice for it."""
    content = as_content(LazyFile(lambda: OneWay(DATA), len(DATA)))
    content.describe(DownloadRequest.from_headers("GET", {"Range": "bytes=50-59"}))
    content.acquire()
    assert b"".join(content.read(50, 60)) == DATA[50:60]
    content.close()


def test_a_file_that_turns_out_to_be_decompressed_is_not_cut() -> None:
    """The size that its store tells is that of the compressed bytes."""
    compressed = gzip.compress(DATA)
    content = as_content(LazyFile(lambda: gzip.open(io.BytesIO(compressed)), len(compressed)))
    assert content.describe(PLAIN_GET).size == len(compressed)
    with pytest.raises(ContentChanged, match="decompressed"):
        content.acquire()
    assert served(content) == (Resource(name="lazy.bin", seekable=False), DATA)


class ReversedFile(File):  # type: ignore[type-arg]
    """Stands for files that decode: what they read is not what they wrap."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), "backwards.txt")
        self._reversed = io.BytesIO(data[::-1])

    def read(self, size: int = -1) -> bytes:
        return self._reversed.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        return self._reversed.seek(position, whence)


def test_a_file_class_that_reads_in_its_own_way_is_read_through_it() -> None:
    """A subclass of File decides what its bytes are."""
    assert served(as_content(ReversedFile(b"abc")))[1] == b"cba"


class Told(File):  # type: ignore[type-arg]
    """Answers each question as it is told to."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(io.BytesIO(DATA), "told.txt")
        self.answers = answers

    def answer(self, name: str) -> Any:
        answer = self.answers.get(name, AttributeError(name))
        if isinstance(answer, Exception):
            raise answer
        return answer

    size = property(lambda self: self.answer("size"))
    modified_time = property(lambda self: self.answer("modified_time"))
    content_type = property(lambda self: self.answer("content_type"))
    charset = property(lambda self: self.answer("charset"))


MOMENT = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answers", "facts"),
    [
        pytest.param({}, {}, id="no answer"),
        pytest.param(
            dict.fromkeys(("size", "modified_time"), NotImplementedError()), {}, id="not implemented"
        ),
        pytest.param({"size": None, "modified_time": "today", "content_type": 3}, {}, id="of another type"),
        pytest.param({"size": 7}, {"size": 7}, id="size"),
        pytest.param({"modified_time": MOMENT}, {"last_modified": MOMENT}, id="time of change"),
        pytest.param({"content_type": "text/x-a"}, {"content_type": "text/x-a"}, id="type"),
        pytest.param(
            {"content_type": "text/x-a", "charset": "koi8-r"},
            {"content_type": "text/x-a", "charset": "koi8-r"},
            id="type and charset",
        ),
    ],
)
def test_a_wrapper_tells_what_it_can(answers: dict[str, Any], facts: dict[str, Any]) -> None:
    """An attribute that is missing, not implemented or not of its type is a fact that is not known."""
    assert facts_of(Told(**answers)) == Resource(name="told.txt", **facts)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (FileNotFoundError(2, "No such file"), ContentNotFound),
        (PermissionError(13, "No"), ContentForbidden),
        (ZeroDivisionError("a mistake"), ZeroDivisionError),
        (ImproperlyConfigured("a mistake"), ImproperlyConfigured),
    ],
)
def test_an_error_of_a_wrapper_is_one_of_the_content(raised: Exception, expected: type[Exception]) -> None:
    """What goes wrong with a file has a status; a mistake in the program stays what it is."""
    with pytest.raises(expected):
        described(as_content(Told(size=raised)))


def test_a_time_stated_beside_a_file_is_sent(path: Path) -> None:
    """A ``modified_time`` that a view sets on a File counts, without the class knowing anything of it."""
    file = File(io.BytesIO(DATA), "told.txt")
    file.modified_time = MOMENT  # type: ignore[attr-defined]
    assert as_content(file).known().last_modified == MOMENT
    assert described(as_content(file)).last_modified == MOMENT


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("America/Chicago", datetime(2024, 3, 1, 14, 30, tzinfo=UTC)), ("UTC", MOMENT)],
)
def test_a_naive_time_is_one_of_the_project(zone: str, moment: datetime, settings: Settings) -> None:
    """Without USE_TZ, storages tell times of the project's zone, which need not be UTC."""
    settings.USE_TZ = False
    settings.TIME_ZONE = zone
    assert facts_of(Told(modified_time=MOMENT.replace(tzinfo=None))).last_modified == moment


@pytest.mark.parametrize("name", [3, b"bytes.txt", "<stdin>", None], ids=repr)
def test_what_is_no_name_is_none(name: Any) -> None:
    """Descriptors and the like, which files have for a name, are not shown to anyone."""
    file = io.BytesIO(DATA)
    wrapper = File(file)
    wrapper.name = name
    assert as_content(wrapper).known().name == ""


@pytest.mark.parametrize(
    "thing", [None, 3, object(), {"name": "a.txt"}, File(None)], ids=lambda thing: type(thing).__name__
)
def test_what_is_no_file_is_refused(thing: Any) -> None:
    """Something that cannot be served is a clear error for the developer, before anything is answered."""
    with pytest.raises(TypeError, match=type(thing.file if isinstance(thing, File) else thing).__name__):
        as_content(thing)


def test_strangers_can_be_taught() -> None:
    """A project says once how its own class is served."""

    class Letter:
        text = "Dear reader"

    @as_content.register(Letter)
    def _(thing: Letter) -> Content:
        return as_content(thing.text)

    assert served(as_content(Letter()))[1] == b"Dear reader"


class AsyncFile:
    """A file of a library for event loops: its ``read`` has to be awaited, and it yields lines."""

    async def read(self, size: int = -1) -> bytes:
        return DATA

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for line in DATA.splitlines(keepends=True):
            yield line


def test_a_file_that_is_awaited_is_served_on_an_event_loop() -> None:
    """Among all that has a ``read``, an asynchronous file is told by how it is iterated over."""
    content = as_content(AsyncFile())
    assert isinstance(content, AsyncContent)
    assert served(content)[1] == DATA


def test_a_memory_map_has_a_size(path: Path) -> None:
    """Whose ``seek`` returns nothing before Python 3.13."""
    with path.open("rb") as file:
        resource, data = served(as_content(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    assert (resource.size, data) == (len(DATA), DATA)


@pytest.fixture
def pipe() -> Iterator[IO[bytes]]:
    """A file that cannot seek, and from which ten digits come."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as file:
        file.write(b"0123456789")
    with os.fdopen(reading, "rb") as file:
        yield file


def test_a_file_that_cannot_seek_is_read_onwards(pipe: IO[bytes]) -> None:
    """What comes before a range is passed over, and a later range continues from there."""
    content = as_content(pipe)
    resource = content.describe(PLAIN_GET)
    assert (resource.size, resource.seekable) == (None, False)
    assert b"".join(content.read(2, 4)) == b"23"
    assert b"".join(content.read(6, None)) == b"6789"


def test_a_file_that_cannot_seek_is_never_read_from_elsewhere(pipe: IO[bytes]) -> None:
    """Bytes that have passed are an error, not other bytes."""
    content = as_content(pipe)
    assert b"".join(content.read(0, 5)) == b"01234"
    with pytest.raises(ContentError, match="has passed"):
        b"".join(content.read(0, 5))


def test_two_downloads_of_one_file_in_memory_do_not_disturb_each_other() -> None:
    """An InMemoryStorage opens the same object each time, whose position all would share."""
    storage = InMemoryStorage()
    storage.save("a.bin", ContentFile(bytes(range(256)) * 4096))
    first, second = (as_content(storage.open("a.bin")) for _ in range(2))
    chunks = list(zip(first.read(0, 2**20), second.read(0, 2**20), strict=True))
    assert all(one == other for one, other in chunks)
    first.close()
    assert len(storage.open("a.bin").read()) == 2**20


def field_file(name: str, data: bytes = DATA) -> FieldFile:
    """Return the file of a row's field, in a storage that counts."""
    remote.files[name] = data
    return Document(remote_file=name).remote_file


@pytest.fixture
def storage() -> Iterator[CountingStorage]:
    """The storage of the rows' files."""
    with remote.holding({}) as storage:
        yield storage


def test_the_file_of_a_field_is_opened_once_and_late(storage: CountingStorage) -> None:
    """A FieldFile costs what its storage's file costs: nothing to wrap, two looks, one open."""
    content = as_content(field_file("notes/story.txt"))
    assert content.known() == Resource(name="story.txt")
    assert not storage.calls
    assert served(content)[1] == DATA
    assert storage.calls == {"size": 1, "get_modified_time": 1, "open": 1}


def test_a_field_file_that_is_open_is_closed_with_its_download(storage: CountingStorage) -> None:
    """What a view has opened in order to look at it does not stay open."""
    file = field_file("story.txt")
    file.open()
    served(as_content(file))
    assert file.closed


@pytest.mark.parametrize("name", ["", None])
def test_an_empty_field_is_not_found(name: Any) -> None:
    """A row without a file has nothing to download."""
    with pytest.raises(ContentNotFound):
        described(as_content(Document(remote_file=name).remote_file))


def test_a_field_whose_file_is_gone_is_not_found(storage: CountingStorage) -> None:
    """A row may outlive its file."""
    file = field_file("story.txt")
    storage.files.clear()
    with pytest.raises(ContentNotFound):
        described(as_content(file))


def test_a_file_that_was_assigned_but_not_saved_is_served_from_where_it_is(storage: CountingStorage) -> None:
    """Before the row is saved, its storage knows nothing of the file."""
    row = Document(remote_file=ContentFile(TEXT, "draft.txt"))
    resource, data = served(as_content(row.remote_file))
    assert (resource.name, data) == ("draft.txt", DATA)
    assert not storage.calls


class ShoutingFieldFile(FieldFile):
    """Reads in its own way."""

    def read(self, size: int = -1) -> bytes:
        return bytes(self.file.read(size)).upper()


def test_a_field_file_class_that_reads_in_its_own_way_is_read_through_it(storage: CountingStorage) -> None:
    """A project's FieldFile decides what its bytes are."""
    plain = field_file("story.txt", b"hush")
    file = ShoutingFieldFile(plain.instance, plain.field, plain.name or "")
    resource, data = served(as_content(file))
    assert (resource.size, data) == (4, b"HUSH")
    assert file.closed


def test_a_field_file_class_is_opened_again_after_it_was_closed(storage: CountingStorage) -> None:
    """A view may read of it before it is served."""
    plain = field_file("story.txt", b"hush")
    file = ShoutingFieldFile(plain.instance, plain.field, plain.name or "")
    with file.open():
        assert file.read() == b"HUSH"
    assert served(as_content(file))[1] == b"HUSH"
    assert storage.calls["open"] == 2
