from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from hypothesis import given, strategies as st

from downloadable.adapters.django_files import as_content
from downloadable.adapters.wrappers import (
    BytesIteratorIO,
    HTTPFile,
    StorageFile,
    StringIteratorIO,
    TextIteratorIO,
    VirtualFile,
)
from downloadable.domain import (
    PLAIN_GET,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import LocalFile, RemoteUrl
from tests.adapters.origin import Handler, Origin, Page, serving
from tests.adapters.serving import described, served, stated_type
from tests.storages import MOMENT, CountingStorage

TEXT = "Žluťoučký kůň\nšel dál.\n"
DATA = TEXT.encode()
UTF8 = "text/plain; charset=utf-8"


class Producer:
    """Yields pieces, and remembers how many were asked for and whether it was closed."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = iter(pieces)
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Producer:
        return self

    def __next__(self) -> Any:
        piece = next(self.pieces)
        self.given += 1
        return piece

    def close(self) -> None:
        self.closed += 1


LINES = tuple(f"line {number}\n" for number in range(1000))


# Files over iterators


@given(
    pieces=st.lists(st.sampled_from(["", "a", "\n", "bc\nd", "ef\r\n", "\n\n", "ž" * 9])),
    calls=st.lists(st.tuples(st.sampled_from(["read", "readline"]), st.integers(-1, 12)), max_size=12),
    binary=st.booleans(),
)
def test_a_file_over_an_iterator_reads_like_any_other(
    pieces: list[str], calls: list[tuple[str, int]], binary: bool
) -> None:
    """However the pieces are cut, each call returns what a file with the same content would."""
    file: Any
    if binary:
        file = BytesIteratorIO(piece.encode() for piece in pieces)
        other: Any = io.BytesIO("".join(pieces).encode())
    else:
        file, other = TextIteratorIO(pieces), io.StringIO("".join(pieces), newline="\n")
    for name, size in calls:
        assert getattr(file, name)(size) == getattr(other, name)(size)
    assert file.readlines() == other.readlines()
    assert file.read() == other.read()


def test_a_file_over_an_iterator_is_iterated_by_lines() -> None:
    """As any file is, and to its end."""
    assert list(BytesIteratorIO([b"a", b"b\nc", b"d"])) == [b"ab\n", b"cd"]
    assert list(TextIteratorIO(["a", "b\nc", "d"])) == ["ab\n", "cd"]
    assert io.BufferedReader(io.BytesIO()).readlines() == list(BytesIteratorIO([]))


@pytest.mark.parametrize("kind", [BytesIteratorIO, TextIteratorIO])
def test_no_more_is_taken_than_is_asked_for(kind: Any) -> None:
    """A file over an iterator holds one piece, whatever has been read."""
    empty = kind([]).read()
    producer = Producer(*(LINES if empty == "" else (line.encode() for line in LINES)))
    file = kind(producer)
    assert producer.given == 0
    assert len(file.read(3)) == 3
    assert producer.given == 1
    file.readline()
    assert producer.given == 1
    next(iter(file))
    assert producer.given == 2


def test_a_buffer_can_be_filled_from_an_iterator() -> None:
    """What libraries do with binary files works, too."""
    file = BytesIteratorIO([b"abc", b"defg"])
    assert file.read1() == b"abc"
    buffer = bytearray(3)
    assert file.readinto(buffer) == 3
    assert bytes(buffer) == b"def"
    assert file.readable()
    assert not file.seekable()
    with pytest.raises(io.UnsupportedOperation):
        file.seek(0)


def test_a_piece_may_be_text_or_bytes() -> None:
    """What an iterator yields is encoded or decoded as the file wants it."""
    pieces: list[bytes | str] = ["Žluťoučký\n", "kůň\n".encode(), ""]
    assert BytesIteratorIO(pieces).read() == "Žluťoučký\nkůň\n".encode()
    assert list(TextIteratorIO(pieces)) == ["Žluťoučký\n", "kůň\n"]
    assert list(BytesIteratorIO(pieces).pieces()) == ["Žluťoučký\n".encode(), "kůň\n".encode()]


@pytest.mark.parametrize("kind", [BytesIteratorIO, TextIteratorIO])
def test_a_piece_of_another_kind_is_a_mistake(kind: Any) -> None:
    """A number has no spelling of its own."""
    with pytest.raises(TypeError, match="must yield"):
        kind([1]).read()


@pytest.mark.parametrize("kind", [BytesIteratorIO, TextIteratorIO])
def test_closing_the_file_closes_the_iterator(kind: Any) -> None:
    """A generator's ``finally`` runs when the file is closed, and nothing is read after that."""
    producer = Producer("a")
    file = kind(producer)
    file.close()
    assert producer.closed == 1
    with pytest.raises(ValueError, match="closed"):
        file.read()


class Sealed:
    """Knows its type."""

    @property
    def content_type(self) -> str:
        return "application/x-sealed"


class SealedFile(Sealed, File):  # type: ignore[type-arg]
    """An open file that knows its type."""


class SealedVirtualFile(Sealed, VirtualFile):
    """A file in memory that knows its type."""


class SealedHTTPFile(Sealed, HTTPFile):
    """What a URL leads to, whatever type its origin gives it."""


@pytest.mark.parametrize(
    "make",
    [
        lambda url: SealedFile(io.BytesIO(DATA), name="a.txt"),
        lambda url: SealedVirtualFile(io.BytesIO(DATA), name="a.txt"),
        lambda url: SealedVirtualFile(io.StringIO(TEXT), name="a.txt"),
        lambda url: SealedVirtualFile(TextIteratorIO([TEXT]), name="a.txt"),
        lambda url: SealedHTTPFile(url=f"{url}/a.txt", trusted_origins=[url]),
    ],
    ids=["File", "bytes", "text", "made text", "HTTPFile"],
)
def test_a_class_of_ones_own_may_know_its_type(make: Callable[[str], Any]) -> None:
    """A property that tells the type goes before the name, and before an origin."""
    with serving({"/a.txt": Page(body=DATA)}) as origin:
        content = as_content(make(origin.url))
        resource, data = served(content)
    assert (resource.content_type, data) == ("application/x-sealed", DATA)


def test_the_other_name_of_text_is_the_same_class() -> None:
    """Projects know it by both."""
    assert StringIteratorIO is TextIteratorIO


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        (lambda pieces: BytesIteratorIO(piece.encode() for piece in pieces), None),
        (TextIteratorIO, UTF8),
        (lambda pieces: File(TextIteratorIO(pieces)), UTF8),  # type: ignore[arg-type]  # no IO by its type
        (lambda pieces: VirtualFile(TextIteratorIO(pieces)), UTF8),
        (lambda pieces: VirtualFile(BytesIteratorIO(piece.encode() for piece in pieces), "a.txt"), None),
    ],
    ids=["bytes", "text", "File", "VirtualFile", "VirtualFile of bytes"],
)
def test_what_is_made_while_it_is_sent_is_sent_while_it_is_made(
    make: Callable[[Any], Any], content_type: str | None
) -> None:
    """Each piece leaves before the next is asked for, and no length is announced that nobody knows."""
    producer = Producer(*LINES)
    content = as_content(make(producer))
    resource = content.describe(PLAIN_GET)
    content.acquire()
    assert (resource.size, resource.seekable) == (None, False)
    assert stated_type(resource) == content_type
    assert producer.given == 0
    chunks = content.read(0, None)
    for number, line in enumerate(LINES[:3], start=1):
        assert next(chunks) == line.encode()
        assert producer.given == number
    assert b"".join(chunks) == "".join(LINES[3:]).encode()
    content.close()


def test_a_download_that_is_left_closes_the_iterator() -> None:
    """All the way down from the content."""
    producer = Producer(*LINES)
    content = as_content(VirtualFile(TextIteratorIO(producer), "a.txt"))
    next(content.read(0, None))
    content.close()
    assert producer.closed >= 1


# VirtualFile


def spooled(data: bytes) -> Any:
    """Return a temporary file that was just written."""
    file = tempfile.SpooledTemporaryFile()
    file.write(data)
    return file


@pytest.mark.parametrize(
    "make",
    [
        lambda: VirtualFile(io.BytesIO(DATA), "a.txt"),
        lambda: VirtualFile(io.StringIO(TEXT), "a.txt"),
        lambda: VirtualFile(ContentFile(DATA), "a.txt"),
        lambda: VirtualFile(spooled(DATA), "a.txt"),
        lambda: VirtualFile(BytesIteratorIO([DATA]), "a.txt", size=len(DATA)),
        lambda: VirtualFile(TextIteratorIO([TEXT]), "a.txt", "/a.txt", len(DATA)),
    ],
    ids=["BytesIO", "StringIO", "ContentFile", "spooled", "iterator of known size", "text of known size"],
)
def test_a_virtual_file_counts_bytes(make: Callable[[], VirtualFile]) -> None:
    """By itself and as a download, whether it holds bytes or text; asking moves nothing."""
    file = make()
    position = file.tell() if file.seekable() else 0
    assert (file.size, len(file)) == (len(DATA), len(DATA))
    assert not file.seekable() or file.tell() == position
    resource, data = served(as_content(file))
    assert (resource.name, resource.size, data) == ("a.txt", len(DATA), DATA)


def test_the_size_of_what_is_yet_to_be_made_is_not_known() -> None:
    """It is an AttributeError, as Django has it, and never 0."""
    with pytest.raises(AttributeError, match=r"'a\.txt' is not known"):
        _ = VirtualFile(BytesIteratorIO([DATA]), "a.txt").size


@pytest.mark.parametrize(
    ("size", "error"), [(len(DATA) + 1, ContentTruncated), (len(DATA) - 1, ContentInvalid)]
)
def test_an_announced_size_of_what_is_made_is_held(size: int, error: type[Exception]) -> None:
    """A wrong one is an error, not padding and not silence."""
    with pytest.raises(error):
        served(as_content(VirtualFile(TextIteratorIO([TEXT]), "a.txt", size=size)))


@pytest.mark.parametrize(
    "opened", [lambda: io.BytesIO(DATA), lambda: io.StringIO(TEXT)], ids=["bytes", "text"]
)
@pytest.mark.parametrize("size", [len(DATA) + 1, len(DATA) - 1])
def test_an_announced_size_of_what_is_there_is_held(opened: Callable[[], Any], size: int) -> None:
    """So many bytes must come, from wherever."""
    with pytest.raises(ContentInvalid):
        described(as_content(VirtualFile(opened(), "a.txt", size=size)))


def test_a_size_may_be_set_later() -> None:
    """As on any File."""
    file = VirtualFile(TextIteratorIO([TEXT]), "a.txt")
    file.size = len(DATA)
    assert as_content(file).known().size == len(DATA)


def test_a_virtual_file_is_iterated_by_lines_as_they_are_made() -> None:
    """Nothing is collected."""
    producer = Producer(*LINES)
    lines = iter(VirtualFile(TextIteratorIO(producer)))
    assert next(lines) == LINES[0]
    assert producer.given == 1
    assert [*lines] == list(LINES[1:])
    assert list(VirtualFile(TextIteratorIO(LINES))) == list(LINES)
    assert list(VirtualFile(io.BytesIO(b"a\nb"))) == [b"a\n", b"b"]


def test_a_name_does_not_make_a_file_on_the_disk() -> None:
    """A virtual file is always streamed: whoever would be sent to its path would find nothing, or another file."""
    content = as_content(VirtualFile(io.BytesIO(DATA), "/srv/media/a.txt"))
    assert content.locations() == ()
    assert content.known().name == "a.txt"


class Decorated(VirtualFile):
    """Knows how long the result is."""

    @property
    def size(self) -> int:
        return 3

    @size.setter
    def size(self, size: int | None) -> None:
        raise NotImplementedError

    def read(self, size: int = -1) -> bytes:
        return bytes(self.file.read(size)).upper()


def test_a_class_of_virtual_files_may_read_in_its_own_way() -> None:
    """A subclass decides what its bytes are."""
    resource, data = served(as_content(Decorated(io.BytesIO(b"abc"), "a.txt")))
    assert (resource.size, data) == (3, b"ABC")


# StorageFile


@pytest.fixture
def storage() -> CountingStorage:
    """A storage with one file."""
    return CountingStorage({"notes/a.txt": DATA})


def test_a_storage_file_asks_when_it_is_asked(storage: CountingStorage) -> None:
    """Each attribute is one call, and wrapping is none."""
    file = StorageFile(storage, "notes/a.txt")
    as_content(file).close()
    assert (str(file), bool(file), file.closed) == ("notes/a.txt", True, True)
    assert not storage.calls
    assert file.size == len(DATA)
    assert file.modified_time == MOMENT
    assert file.exists()
    assert storage.calls == {"size": 1, "get_modified_time": 1, "exists": 1}


def test_a_storage_file_is_a_file(storage: CountingStorage) -> None:
    """It opens at the first read, or where it is told to, and may be used again after it was closed."""
    file = StorageFile(storage, "notes/a.txt")
    assert file.read(5) == DATA[:5]
    assert file.read() == DATA[5:]
    assert b"".join(file.chunks(4)) == DATA
    assert next(iter(file)) == DATA.splitlines(keepends=True)[0]
    with file.open() as opened:
        assert opened is file
        assert opened.read(3) == DATA[:3]
    assert file.closed
    assert file.read() == DATA
    assert storage.calls == {"open": 3}
    file.close()


def test_a_storage_file_passes_on_what_a_storage_can(tmp_path: Path) -> None:
    """Path, URL, times, saving and deleting."""
    file = StorageFile(FileSystemStorage(tmp_path, base_url="/media/"), "a b.txt")
    assert not file.exists()
    assert file.save(ContentFile(DATA)) == "a b.txt"
    assert (file.path, file.url) == (os.fspath(tmp_path / "a b.txt"), "/media/a%20b.txt")
    for moment in (file.accessed_time, file.created_time, file.modified_time):
        assert isinstance(moment, datetime)
    with file.open("wb") as opened:
        opened.write(b"new")
    assert (file.size, file.read()) == (3, b"new")
    file.delete()
    assert not file.exists()


def test_a_storage_file_raises_what_its_storage_raises(storage: CountingStorage) -> None:
    """By itself it is a file of Django's; only a content has errors of its own."""
    with pytest.raises(FileNotFoundError):
        _ = StorageFile(storage, "absent.txt").size
    with pytest.raises(NotImplementedError):
        _ = StorageFile(storage, "notes/a.txt").url
    with pytest.raises(NotImplementedError):
        _ = StorageFile(storage, "notes/a.txt").path


@pytest.mark.parametrize(
    "name", ["absent.txt", "", "../a.txt", "/notes/a.txt", "notes/../notes/a.txt", "a\0"]
)
def test_a_storage_file_that_is_not_there_is_not_found(name: str, storage: CountingStorage) -> None:
    """The name may have come from a URL."""
    with pytest.raises(ContentNotFound):
        described(as_content(StorageFile(storage, name)))


def test_a_storage_file_in_a_directory_is_a_local_file(tmp_path: Path) -> None:
    """Where its bytes are is an absolute path, and it has a strong tag."""
    (tmp_path / "a.txt").write_bytes(DATA)
    content = as_content(StorageFile(FileSystemStorage(tmp_path), "a.txt"))
    assert content.locations() == (LocalFile(tmp_path / "a.txt"),)
    tag = described(content).entity_tag
    assert tag is not None
    assert not tag.weak


def test_a_storage_file_that_is_open_is_served_as_it_is(storage: CountingStorage) -> None:
    """A file object that came with it is not opened a second time, and closed in the end."""
    opened = io.BytesIO(DATA)
    file = StorageFile(storage, "notes/a.txt", opened)
    resource, data = served(as_content(file))
    assert (resource.name, resource.last_modified, data) == ("a.txt", MOMENT, DATA)
    assert opened.closed
    assert "open" not in storage.calls


class Dated(StorageFile):
    """Knows when it was really changed."""

    modified_time = MOMENT.replace(year=2020)


def test_a_class_of_storage_files_may_know_better(storage: CountingStorage) -> None:
    """What a subclass says goes before what the storage says."""
    resource, data = served(as_content(Dated(storage, "notes/a.txt")))
    assert resource == Resource(name="a.txt", size=len(DATA), last_modified=MOMENT.replace(year=2020))
    assert data == DATA
    with pytest.raises(ContentNotFound):
        described(as_content(Dated(storage, "absent.txt")))


# HTTPFile


@pytest.fixture
def origin() -> Iterator[Origin]:
    """An origin with some pages."""
    pages = {
        "/a%20b.csv": Page(body=DATA, etag='"v1"', fields={"Content-Type": "text/csv"}),
        "/chunked": Page(body=DATA, chunked=True, fields={"Content-Type": None}),
        "/search?q=a+b&q=c": Page(body=b"found"),
    }
    with serving(pages) as origin:
        yield origin


def test_an_http_file_asks_for_nothing_until_it_is_asked(origin: Origin) -> None:
    """It is made, named and wrapped without a request; its name is decoded."""
    file = HTTPFile(url=f"{origin.url}/a%20b.csv?version=3", trusted_origins=[origin.url])
    content = as_content(file)
    assert (file.name, str(file), bool(file), file.closed) == ("a b.csv", "a b.csv", True, True)
    assert content.known() == Resource(name="a b.csv")
    content.close()
    assert origin.seen == []


def test_making_one_does_not_load_requests() -> None:
    """The library is imported with the first request."""
    program = (
        "import sys, django.conf; django.conf.settings.configure();"
        "from downloadable.adapters.wrappers import HTTPFile; HTTPFile(url='http://a.test/b');"
        "sys.exit('requests' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("GET", {"Range": "bytes=3-5"}, 206),
        ("GET", {"If-None-Match": '"v1"'}, 304),
    ],
)
@pytest.mark.parametrize("factory", [None, requests.get], ids=["own session", "requests.get"])
def test_an_answer_costs_the_origin_one_request(
    factory: Any, method: str, fields: dict[str, str], status: int, origin: Origin
) -> None:
    """With the origin's type and validators; a HEAD never fetches the body."""
    asked = DownloadRequest.from_headers(method, fields)
    file = HTTPFile(factory, f"{origin.url}/a%20b.csv", "report.csv", trusted_origins=[origin.url])
    content = as_content(file)
    resource = content.describe(asked)
    plan = decide(resource, ServingPolicy(), asked)
    if plan.body:
        content.acquire()
        (part,) = plan.body
        assert not isinstance(part, bytes)
        assert b"".join(content.read(part.start, part.stop)) == DATA[part.start : part.stop]
    content.close()
    assert (plan.status, resource.name) == (status, "report.csv")
    assert plan.header("ETag") == '"v1"'
    assert len(origin.seen) == 1


def test_an_http_file_is_a_file(origin: Origin) -> None:
    """Facts and bytes come from one request; after it was closed, from another one."""
    file = HTTPFile(url=f"{origin.url}/a%20b.csv", trusted_origins=[origin.url])
    assert (file.size, file.content_type) == (len(DATA), "text/csv")
    assert file.read(5) == DATA[:5]
    assert file.read() == DATA[5:]
    assert len(origin.seen) == 1
    file.close()
    with file.open() as opened:
        assert [*opened] == DATA.splitlines(keepends=True)
    assert file.closed
    assert len(origin.seen) == 2


def test_an_origin_may_leave_out_what_it_does_not_know(origin: Origin) -> None:
    """No length and no type are no error; and what is said of them does not hold a signature."""
    origin.pages["/chunked?signature=hunter2"] = origin.pages["/chunked"]
    file = HTTPFile(url=f"{origin.url}/chunked?signature=hunter2", trusted_origins=[origin.url])
    with pytest.raises(AttributeError, match="how long") as caught:
        _ = file.size
    assert "hunter2" not in str(caught.value)
    assert file.content_type is None
    assert list(file) == DATA.splitlines(keepends=True)
    file.close()
    resource, data = served(as_content(HTTPFile(url=f"{origin.url}/chunked", trusted_origins=[origin.url])))
    assert (resource.size, data) == (None, DATA)


def test_an_http_file_that_is_left_gives_its_connection_back(origin: Origin) -> None:
    """Closing half-way closes what is open to the origin."""
    origin.pages["/large"] = Page(body=bytes(2**22))
    for leave in (lambda file: file, as_content):
        file = HTTPFile(requests.get, f"{origin.url}/large", trusted_origins=[origin.url])
        assert file.read(1) == b"\0"
        leave(file).close()
        origin.wait_for_open(0)


def test_keywords_go_along_with_each_request(origin: Origin) -> None:
    """To whatever sends it, with the timeout and the parameters of the query."""
    asked: list[dict[str, Any]] = []

    def get(url: str, **kwargs: Any) -> requests.Response:
        asked.append(kwargs)
        return requests.get(url, **kwargs)

    file = HTTPFile(
        get,
        f"{origin.url}/search",
        trusted_origins=[origin.url],
        params={"q": ["a b", "c"]},
        headers={"X-Key": "secret", "accept-encoding": "gzip"},
        timeout=(1, 2),
    )
    assert file.read() == b"found"
    file.close()
    assert (asked[0]["timeout"], asked[0]["stream"], asked[0]["allow_redirects"]) == ((1, 2), True, False)
    assert origin.seen[0].fields["x-key"] == "secret"
    # Bytes that somebody has encoded on the way would not have the length that was announced.
    assert origin.seen[0].fields["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("factory", "keywords", "somebody_else_may"),
    [
        (None, {}, True),
        (None, {"timeout": 3, "stream": True, "allow_redirects": True, "verify": False}, True),
        (requests.get, {}, False),
        (None, {"headers": {"X-Key": "secret"}}, False),
        (None, {"auth": ("who", "secret")}, False),
        (None, {"cookies": {"sessionid": "secret"}}, False),
        (None, {"params": {"key": "secret"}}, False),
        (None, {"cert": "client.pem"}, False),
        (None, {"timeout": 3, "anything_else": 1}, False),
    ],
)
def test_what_takes_more_than_the_url_is_left_to_nobody_else(
    factory: Callable[..., requests.Response] | None, keywords: dict[str, Any], somebody_else_may: bool
) -> None:
    """A server in front would ask without them, and may get something else."""
    url = "https://files.example/a.txt"
    content = as_content(HTTPFile(factory, url, **keywords))
    assert content.locations() == ((RemoteUrl(url),) if somebody_else_may else ())


def test_keywords_stay_with_their_origin(origin: Origin) -> None:
    """A redirect within it keeps the headers; another origin gets nothing, and the parameters are not repeated."""
    with serving({"/elsewhere": Page(body=b"there")}) as other:
        for path, target in (("/near", "/a%20b.csv"), ("/far", f"{other.url}/elsewhere")):
            origin.pages[f"{path}?token=1"] = Page(status=302, fields={"Location": target})
            file = HTTPFile(
                requests.get,
                f"{origin.url}{path}",
                trusted_origins=[origin.url, other.url],
                params={"token": "1"},
                headers={"X-Key": "secret", "Authorization": "Basic c2VjcmV0"},
                cookies={"session": "secret"},
            )
            file.read()
            file.close()
        assert [seen.path for seen in origin.seen] == ["/near?token=1", "/a%20b.csv", "/far?token=1"]
        assert {seen.fields.get("x-key") for seen in origin.seen} == {"secret"}
        (seen,) = other.seen
        assert seen.fields.keys().isdisjoint({"x-key", "authorization", "cookie"})


@pytest.mark.parametrize(
    "factory", [None, requests.get, requests.Session().get], ids=["own", "get", "session"]
)
def test_the_body_of_a_redirect_is_not_read(factory: Any, origin: Origin) -> None:
    """Only where it leads counts, not the endless body that comes with it."""

    def endless(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 302 Found\r\nLocation: /a%20b.csv\r\n\r\n" + bytes(2**20))
        handler.stall()

    origin.pages["/endless"] = Page(script=endless)
    file = HTTPFile(factory, f"{origin.url}/endless", trusted_origins=[origin.url], timeout=(5, 0.3))
    assert file.read() == DATA
    file.close()


def test_the_hooks_of_a_session_are_called(origin: Origin) -> None:
    """Those of the session whose get() is the factory, or those that come as a keyword."""
    called = []

    def hook(response: requests.Response, **_: Any) -> None:
        called.append(response.status_code)

    with requests.Session() as session:
        session.hooks["response"] = [hook]
        url, trusting = f"{origin.url}/a%20b.csv", [origin.url]
        for file in (
            HTTPFile(session.get, url, trusted_origins=trusting),
            HTTPFile(requests.get, url, trusted_origins=trusting, hooks={"response": hook}),
        ):
            assert file.read() == DATA
            file.close()
    assert called == [200, 200]


@pytest.mark.parametrize("factory", [None, requests.get], ids=["own session", "requests.get"])
def test_no_factory_loses_the_guard(factory: Any, origin: Origin) -> None:
    """An internal address that is not trusted is refused, whoever would send the request."""
    with pytest.raises(ContentForbidden):
        described(as_content(HTTPFile(factory, f"{origin.url}/a%20b.csv")))
    assert origin.seen == []


class Renamed(HTTPFile):
    """Says how long it is, whatever the origin says."""

    @property
    def size(self) -> int:
        return len(DATA)


def test_a_class_of_http_files_may_know_better(origin: Origin) -> None:
    """What a subclass says goes before what the origin says."""
    content = as_content(Renamed(url=f"{origin.url}/chunked", trusted_origins=[origin.url]))
    resource, data = served(content)
    assert (resource.size, data) == (len(DATA), DATA)


def test_a_set_of_ranges_of_an_http_file_is_not_cut_out(origin: Origin) -> None:
    """It is read onwards, and says so before anybody asks it to go back."""
    content = as_content(Renamed(url=f"{origin.url}/a%20b.csv", trusted_origins=[origin.url]))
    assert not described(content).seekable
