from __future__ import annotations

import gc
import io
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread, get_ident
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import fsspec
import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.cached import (
    CachingFileSystem,
    SimpleCacheFileSystem,
    WholeFileCacheFileSystem,
)
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.tar import TarFileSystem
from fsspec.implementations.zip import ZipFileSystem
from fsspec.spec import AbstractBufferedFile

from downloadable.adapters.filesystems import made_again
from downloadable.adapters.fsspec import FsspecContent, FsspecSource
from downloadable.adapters.read_ahead import BLOCK_SIZE, FIRST_BLOCK_SIZE
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
)
from downloadable.ports import Content
from downloadable.ports.contract import ChangingSourceContract, SourceContract

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
LONGER_THAN_A_BLOCK = bytes(range(251)) * (BLOCK_SIZE // 251 + 1000)


class TestMemory(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        self.root = str(tmp_path)
        fsspec.filesystem("memory").pipe({f"{self.root}/{name}": data for name, data in files.items()})
        return FsspecSource(f"memory://{self.root}")

    @pytest.fixture(autouse=True)
    def cleared(self) -> Iterator[None]:
        yield
        fsspec.filesystem("memory").rm(self.root, recursive=True)

    def replace(self, source: Any, name: str, data: bytes) -> None:
        fsspec.filesystem("memory").pipe_file(f"{self.root}/{name}", data)

    def remove(self, source: Any, name: str) -> None:
        fsspec.filesystem("memory").rm_file(f"{self.root}/{name}")


class LocalFiles(ChangingSourceContract):
    def put(self, files: Mapping[str, bytes], tmp_path: Path) -> None:
        self.root = tmp_path
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)

    def replace(self, source: Any, name: str, data: bytes) -> None:
        (self.root / name).write_bytes(data)

    def remove(self, source: Any, name: str) -> None:
        (self.root / name).unlink()


class TestLocal(LocalFiles):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        self.put(files, tmp_path)
        return FsspecSource(f"file://{tmp_path}")


class TestDirectoryOfInstance(LocalFiles):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        self.put(files, tmp_path)
        return FsspecSource(DirFileSystem(str(tmp_path.parent), LocalFileSystem()), tmp_path.name)


class TestZip(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(f"inner/{name}", data)
        return FsspecSource(f"zip://inner::file://{tmp_path}/a.zip")


class Bucket(AbstractFileSystem):  # type: ignore[misc]  # fsspec is untyped
    """A store as fsspec sees one: a look or a range is a request, which it counts; listings are remembered."""

    protocol: str | tuple[str, ...] = "bucket"
    cachable = False

    def __init__(self, objects: Mapping[str, bytes], **told: Any) -> None:
        super().__init__()
        self.objects = dict(objects)
        self.told = told
        self.requests: list[str] = []
        self.cut: Callable[[bytes, int, int], bytes] = lambda data, start, end: data[start:end]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        if remembered := self.dircache.get(self._parent(path)):
            return dict(remembered[0])
        self.requests.append("look")
        if path not in self.objects:
            raise FileNotFoundError(path)
        size = len(self.objects[path])
        return {"name": path, "type": "file", "size": size, "ETag": f'"v{size}"', **self.told}

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        found = [self.info(name) for name in self.objects if self._parent(name) == self._strip_protocol(path)]
        return found if detail else [info["name"] for info in found]

    def invalidate_cache(self, path: str | None = None) -> None:
        self.dircache.pop(path, None)

    def cat_file(self, path: str, start: int = 0, end: int = 0, **_: Any) -> bytes:
        self.requests.append(f"bytes {start}-{end}")
        return self.cut(self.objects[path], start, end)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> AbstractBufferedFile:
        return BucketFile(self, path, mode, **options)


class BucketFile(AbstractBufferedFile):  # type: ignore[misc]  # fsspec is untyped
    def _fetch_range(self, start: int, end: int) -> bytes:
        data: bytes = self.fs.cat_file(self.path, start, end)
        return data


class TestBucket(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        self.bucket = Bucket({f"media/{name}": data for name, data in files.items()})
        return FsspecSource(self.bucket, "media")

    def replace(self, source: Any, name: str, data: bytes) -> None:
        self.bucket.objects[f"media/{name}"] = data

    def remove(self, source: Any, name: str) -> None:
        del self.bucket.objects[f"media/{name}"]


class Origin(ThreadingHTTPServer):
    """An http server on loopback that says what it was asked; *ranges* off, it ignores Range and says nothing of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), OriginAnswers)
        self.files: dict[str, bytes] = {}
        self.ranges = True
        self.fields: dict[str, str] = {}
        self.refuse_with = 0
        self.asked: list[str] = []
        self.connections = 0
        self.left = Condition()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.left:
            self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.left:
            self.connections -= 1
            self.left.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let clients leave in the middle, as one that asked for a range and got it all may."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class OriginAnswers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Origin

    def do_GET(self) -> None:
        data = self.server.files.get(unquote(urlsplit(self.path).path).removeprefix("/media/"))
        span = self.headers["Range"]
        self.server.asked.append(f"{self.command} {span or ''}".rstrip())
        status = self.server.refuse_with or (404 if data is None else 200)
        if status != 200 or data is None:
            data = b"no"
        elif span and self.server.ranges:
            status, (first, last) = 206, (int(place) for place in span.removeprefix("bytes=").split("-"))
            self.server.fields["Content-Range"] = f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"
            data = data[first : last + 1]
        self.send_response(status)
        for name, value in self.server.fields.items():
            self.send_header(name, value)
        self.server.fields.pop("Content-Range", None)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    do_HEAD = do_GET  # noqa: N815  (the base class calls it so)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[Origin]:
    """An http server without files."""
    with Origin() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestHttp(ChangingSourceContract):
    @pytest.fixture(autouse=True)
    def served(self, origin: Origin) -> None:
        self.origin = origin

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> FsspecSource:
        self.origin.files = dict(files)
        return FsspecSource(f"{self.origin.url}/media")

    def replace(self, source: Any, name: str, data: bytes) -> None:
        self.origin.files[name] = data

    def remove(self, source: Any, name: str) -> None:
        del self.origin.files[name]

    def use_once(self, source: Any) -> None:
        super().use_once(source)
        # A stream is closed by the loop that it is read on, a little later.
        with self.origin.left:
            assert self.origin.left.wait_for(lambda: self.origin.connections == 0, timeout=10)


def drained(content: Content, start: int = 0, stop: int | None = None) -> bytes:
    """Acquire a content, read it and close it."""
    try:
        content.acquire()
        return b"".join(content.read(start, stop))
    finally:
        content.close()


# Which keys there are


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "/etc/passwd", "a//b", "a/", ".", "..", "../secret", "a/../secret", "a/./b", "a\0b",
        "file:///etc/passwd", "local:/etc/passwd", "file:/etc/passwd", "~root/.profile", "\ud800",
    ],
)  # fmt: skip
@pytest.mark.parametrize("root", ["", "media", "/srv/media"])
def test_keys_stay_below_the_root(key: str, root: str) -> None:
    """No key leads out of the root, not even one that the file system itself would understand."""
    content = FsspecSource(LocalFileSystem(), root).open(key)
    with pytest.raises(ContentNotFound):
        content.describe(PLAIN_GET)


@pytest.mark.parametrize("key", ["..\\..\\secret", "a\\..\\..\\secret", "\\secret", "a/..\\secret"])
def test_keys_stay_below_the_root_where_backslashes_separate(key: str) -> None:
    """SMB turns each backslash into a slash, so that none may come before what leads up."""
    bucket = Bucket({f"media/{key}": b"secret"})
    with pytest.raises(ContentNotFound):
        FsspecSource(bucket, "media").open(key).describe(PLAIN_GET)
    assert bucket.requests == []


def test_a_key_is_not_another_name_for_a_file() -> None:
    """A prefix that the file system would cut off is part of a name here, which no file has."""
    content = FsspecSource(Bucket({"a.txt": b"abc"})).open("bucket::a.txt")
    with pytest.raises(ContentNotFound):
        content.describe(PLAIN_GET)


@pytest.mark.parametrize("root", ["", "/"])
def test_a_root_may_be_the_top(root: str, tmp_path: Path) -> None:
    """Of a file system on its top, a key is the path."""
    (tmp_path / "a.txt").write_bytes(b"a")
    key = str(tmp_path / "a.txt")[1:]
    source = FsspecSource(LocalFileSystem(), root or "/") if root else FsspecSource("file:///")
    assert drained(source.open(key)) == b"a"


def test_a_url_and_a_root_add_up(tmp_path: Path) -> None:
    """A root beside a URL is below it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_bytes(b"a")
    assert drained(FsspecSource(f"file://{tmp_path}/", "sub").open("a.txt")) == b"a"


def test_a_key_cannot_become_a_query(origin: Origin) -> None:
    """A question mark in a key is part of a name, not the start of a query to the origin."""
    origin.files = {"a?b=1#c.txt": b"named oddly", "a": b"another"}
    assert drained(FsspecSource(f"{origin.url}/media").open("a?b=1#c.txt")) == b"named oddly"


def test_a_directory_is_not_found(tmp_path: Path) -> None:
    """What is not a file is not there: directories and FIFOs alike."""
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "pipe")
    source = FsspecSource(f"file://{tmp_path}")
    for key in ("sub", "pipe"):
        with pytest.raises(ContentNotFound):
            source.open(key).describe(PLAIN_GET)


@pytest.mark.parametrize(
    ("links", "found"),
    [
        pytest.param({"link": "nowhere"}, False, id="dangling"),
        pytest.param({"link": "other", "other": "link"}, False, id="loop"),
        pytest.param({"link": "a.txt"}, True, id="to a member"),
    ],
)
def test_a_link_in_an_archive_is_what_it_leads_to(links: dict[str, str], found: bool, tmp_path: Path) -> None:
    """One that leads to no member is not found, whatever is asked about it."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    content = FsspecSource(f"tar://::file://{tmp_path}/a.tar").open("link")
    if found:
        assert drained(content) == b"abc"
    else:
        with pytest.raises(ContentNotFound):
            content.describe(PLAIN_GET)


def test_a_missing_archive_is_an_error_of_the_content(tmp_path: Path) -> None:
    """A file system that cannot be opened surfaces where a content is described, and is tried again."""
    source = FsspecSource(f"zip://::file://{tmp_path}/a.zip")
    with pytest.raises(ContentNotFound) as caught:
        source.open("a.txt").describe(PLAIN_GET)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", b"a")
    assert drained(source.open("a.txt")) == b"a"


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        pytest.param((LocalFileSystem(),), {"auto_mkdir": True}, TypeError, id="options of an instance"),
        pytest.param(
            (DirFileSystem("/srv", fsspec.filesystem("http", asynchronous=True), asynchronous=True),),
            {},
            ValueError,
            id="an asynchronous instance",
        ),
    ],
)
def test_what_cannot_work_is_refused(arguments: Any, options: Any, error: type[Exception]) -> None:
    """Mistakes in setting up a source are told where they are made."""
    with pytest.raises(error):
        FsspecSource(*arguments, **options)


def test_an_unknown_protocol_is_told() -> None:
    """A URL that no file system claims is a mistake of the program, not of the client."""
    with pytest.raises(ValueError, match="nonesuch"):
        FsspecSource("nonesuch://bucket").open("a.txt")


def test_fsspec_waits_for_its_first_use() -> None:
    """Making a source does not import fsspec."""
    program = (
        "import sys; from downloadable.adapters.fsspec import FsspecSource; "
        "FsspecSource('memory://x'); print('fsspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == "False"


# Threads and processes


class Interrupted(io.FileIO):
    """A file during whose next read something happens: between finding the place and taking the bytes."""

    interruption: Callable[[], None] | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        interruption, self.interruption = self.interruption, None
        if interruption is not None:
            interruption()
        return super().read(size)


@pytest.mark.parametrize("prefixed", [False, True])
def test_members_of_an_archive_are_not_mixed(prefixed: bool, tmp_path: Path) -> None:
    """Members of a tar archive share one position, so that nobody reads one of them while another is being read."""
    members = {"a": b"a" * 100_000, "b": b"b" * 100_000}
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(f"sub/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with Interrupted(tmp_path / "a.tar") as file:
        tar = TarFileSystem(file)
        other = FsspecSource(DirFileSystem("sub", tar) if prefixed else tar, "" if prefixed else "sub")
        contents = [FsspecSource(tar, "sub").open("a"), other.open("b")]
        for content in contents:
            content.acquire()
        got: list[bytes] = []
        thread = Thread(target=lambda: got.append(b"".join(contents[1].read(0, 100_000))))

        def meanwhile() -> None:
            thread.start()
            thread.join(0.2)  # it has to wait for us, and we do not wait for it

        file.interruption = meanwhile
        assert b"".join(contents[0].read(0, 100_000)) == members["a"]
        thread.join()
        assert got == [members["b"]]
        for content in contents:
            content.close()


class Line(Bucket):
    """A store that is reached over a connection, which remembers who uses it."""

    protocol = "line"
    made: ClassVar[list[Line]] = []

    def __init__(self, **_: Any) -> None:
        super().__init__({"a.txt": b"abc"})
        self.users: list[int] = []
        self.made.append(self)

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        self.users.append(get_ident())
        return super().info(path, **options)


def test_a_url_is_opened_once_for_each_thread() -> None:
    """No two threads share a connection, and each keeps its own."""
    fsspec.register_implementation("line", Line, clobber=True)
    source = FsspecSource("line://")
    users: list[int] = []

    def use() -> None:
        users.append(get_ident())
        assert drained(source.open("a.txt")) == b"abc"
        assert drained(source.open("a.txt")) == b"abc"

    use()
    thread = Thread(target=use)
    thread.start()
    thread.join()
    assert [set(line.users) for line in Line.made] == [{user} for user in users]


FORKING = """
import os, signal, sys
from downloadable.adapters.fsspec import FsspecSource

source = FsspecSource(sys.argv[1])

def use():
    content = source.open("a.txt")
    content.acquire()
    data = b"".join(content.read(0, None))
    content.close()
    return data

assert use() == b"abc"
child = os.fork()
if not child:
    signal.alarm(20)
    try:
        done = use() == b"abc"
    finally:
        os._exit(0 if done else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert use() == b"abc"
"""


def test_a_source_may_be_used_before_and_after_a_fork(origin: Origin) -> None:
    """A server that loads the program before it forks its workers has them connect anew, and stays connected itself."""
    origin.files = {"a.txt": b"abc"}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, f"{origin.url}/media"]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr


FORKING_WITH_AN_INSTANCE = """
import os, signal, sys
import fsspec
from downloadable.adapters.fsspec import FsspecSource
from downloadable.domain import PLAIN_GET

archive, wrapped = sys.argv[1], sys.argv[2] == "wrapped"
filesystem = fsspec.filesystem("tar", fo=archive)
if wrapped:
    source = FsspecSource(fsspec.filesystem("dir", path="deep", fs=filesystem))
else:
    source = FsspecSource(filesystem, "deep")

def right(name):
    content = source.open(name)
    size = content.describe(PLAIN_GET).size
    content.acquire()
    data = b"".join(content.read(0, size))
    content.close()
    return data == name[:1].encode() * size

assert right("a.bin")
children = []
for name in ("a.bin", "b.bin"):
    child = os.fork()
    if not child:
        signal.alarm(20)
        done = False
        try:
            done = all([right(name) for _ in range(20)])
        finally:
            os._exit(0 if done else 1)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0, 0], codes
"""


@pytest.mark.parametrize("how", ["bare", "wrapped"])
def test_an_instance_is_made_again_after_a_fork(tmp_path: Path, how: str) -> None:
    """Workers that were forked from one program do not move each other's position in an archive."""
    with tarfile.TarFile(tmp_path / "a.tar", "w") as archive:
        for name in ("a.bin", "b.bin"):
            (tmp_path / name).write_bytes(name[:1].encode() * 1_000_000)
            archive.add(tmp_path / name, f"deep/{name}")
    command = [sys.executable, "-W", "ignore", "-c", FORKING_WITH_AN_INSTANCE, str(tmp_path / "a.tar"), how]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr


def test_what_reads_an_open_file_cannot_be_made_again(tmp_path: Path) -> None:
    """An archive in a file that is open already has one position, whoever reads it."""
    with tarfile.TarFile(tmp_path / "a.tar", "w"):
        pass
    with (tmp_path / "a.tar").open("rb") as file:
        filesystem = fsspec.filesystem("tar", fo=file, skip_instance_cache=True)
        with pytest.raises(RuntimeError, match="before the fork"):
            made_again(filesystem)


@pytest.mark.parametrize("member", ["pipe", "to-directory"])
def test_a_member_of_a_tar_that_is_no_file_is_not_found(tmp_path: Path, member: str) -> None:
    """A FIFO in an archive has no bytes, nor has a link to a directory."""
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-directory").symlink_to("directory")
    with tarfile.TarFile(tmp_path / "a.tar", "w") as archive:
        for name in ("directory", "pipe", "to-directory"):
            archive.add(tmp_path / name, name)
    content = FsspecSource(f"tar://::file://{tmp_path}/a.tar").open(member)
    with pytest.raises(ContentNotFound):
        content.acquire()
    content.close()


# What is told of a file


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"ETag": '"abc"'}, {"entity_tag": EntityTag("abc")}, id="tag as S3 tells it"),
        pytest.param({"etag": "0x8D"}, {"entity_tag": EntityTag("0x8D")}, id="tag without quotes"),
        pytest.param({"etag": 'W/"1"'}, {"entity_tag": EntityTag("1", weak=True)}, id="weak tag"),
        pytest.param({"etag": 'a"b'}, {}, id="no tag at all"),
        pytest.param({"ETag": "", "LastModified": ""}, {}, id="nothing told"),
        pytest.param({"etag": 17}, {}, id="a tag that is not text"),
        pytest.param(
            {"ETag": '"1"', "LastModified": DAY},
            {"entity_tag": EntityTag("1"), "last_modified": DAY},
            id="the store's tag goes before one of size and time",
        ),
        pytest.param(
            {"mtime": DAY.timestamp() + 0.25},
            {"entity_tag": EntityTag("3-61283ffb3c090", weak=True), "last_modified": DAY},
            id="seconds since the epoch",
        ),
        pytest.param(
            {"Last-Modified": "Thu, 29 Feb 2024 12:00:00 GMT"}, {"last_modified": DAY}, id="HTTP date"
        ),
        pytest.param({"updated": "2024-02-29T12:00:00.000Z"}, {"last_modified": DAY}, id="ISO date"),
        pytest.param({"updated": "yesterday"}, {}, id="no date"),
        pytest.param({"mtime": datetime(2024, 2, 29)}, {}, id="naive"),  # noqa: DTZ001
        pytest.param({"mtime": 1e300}, {}, id="in no calendar"),
        pytest.param({"created": DAY}, {}, id="created is not modified"),
        pytest.param({"ContentType": "text/x-a"}, {"content_type": "text/x-a"}, id="type as S3 tells it"),
        pytest.param({"ContentType": 5}, {}, id="a type that is not text"),
        pytest.param({"contentType": "text/x-a"}, {"content_type": "text/x-a"}, id="type as GCS tells it"),
        pytest.param({"mimetype": "text/x-a"}, {"content_type": "text/x-a"}, id="type as http tells it"),
        pytest.param({"ContentType": "binary/octet-stream"}, {}, id="the type that S3 gives to all"),
        pytest.param({"partial": False}, {"seekable": False}, id="no ranges"),
        pytest.param({"size": None}, {"size": None, "seekable": False}, id="no length"),
        pytest.param({"size": -1}, {"size": None, "seekable": False}, id="a length that is none"),
        pytest.param({"size": "3"}, {"size": None, "seekable": False}, id="a length that is not a number"),
    ],
)
def test_facts_are_read_in_the_words_of_each_store(told: dict[str, Any], expected: dict[str, Any]) -> None:
    """Size, type, time and tag are read from whatever a file system calls them, and never made up."""
    bucket = Bucket({"a.txt": b"abc"}, **{"ETag": None, **told})
    described = FsspecSource(bucket).open("a.txt").describe(PLAIN_GET)
    expected = {"name": "a.txt", "size": 3, **expected}
    if expected.get("last_modified") and "entity_tag" not in expected:
        assert described.entity_tag is not None
        assert described.entity_tag.weak
        expected["entity_tag"] = described.entity_tag
    assert described == Resource(**expected)


def test_a_type_in_azures_settings_is_found() -> None:
    """Azure keeps the type one level deeper."""

    class Settings:
        content_type = "image/x-azure"

    content = FsspecContent(Bucket({"a": b""}, content_settings=Settings()), "a")
    assert content.describe(PLAIN_GET).content_type == "image/x-azure"
    assert content.known().name == "a"


# What it costs


def test_a_look_is_one_request_and_never_remembered() -> None:
    """Describing asks the store once each time, though it has a listing of the directory at hand."""
    bucket = Bucket({"media/a.txt": b"abc"})
    bucket.dircache["media"] = [{"name": "media/a.txt", "type": "file", "size": 17}]
    content = FsspecSource(bucket, "media").open("a.txt")
    assert [content.describe(PLAIN_GET).size, content.describe(PLAIN_GET).size] == [3, 3]
    assert bucket.requests == ["look", "look"]


def test_a_listing_made_in_between_is_not_believed() -> None:
    """Opening looks at the file too, not at what somebody listed after it was described."""
    bucket = Bucket({"media/a.txt": b"abc"})
    content = FsspecSource(bucket, "media").open("a.txt")
    content.describe(PLAIN_GET)
    bucket.dircache["media"] = [{"name": "media/a.txt", "type": "file", "size": 17}]
    assert drained(content) == b"abc"


def test_a_range_costs_its_own_bytes() -> None:
    """A range in the middle is asked for exactly; a long one block by block."""
    bucket = Bucket({"a.bin": LONGER_THAN_A_BLOCK})
    content = FsspecSource(bucket).open("a.bin")
    content.describe(PLAIN_GET)
    assert drained(content, 1_000_001, 2_048_577) == LONGER_THAN_A_BLOCK[1_000_001:2_048_577]
    stop = 7 + BLOCK_SIZE + 3
    assert drained(content, 7, stop) == LONGER_THAN_A_BLOCK[7:stop]
    assert bucket.requests == [
        "look",
        "look",
        "bytes 1000001-2048577",
        "look",
        f"bytes 7-{7 + FIRST_BLOCK_SIZE}",
        f"bytes {7 + FIRST_BLOCK_SIZE}-{stop}",
    ]


def test_http_costs_a_look_and_one_request(origin: Origin) -> None:
    """The file is read as it comes, and that is the second look, too."""
    origin.files = {"a.bin": LONGER_THAN_A_BLOCK}
    content = FsspecSource(f"{origin.url}/media").open("a.bin")
    content.describe(PLAIN_GET)
    assert origin.asked == ["HEAD"]
    assert drained(content, 0, len(LONGER_THAN_A_BLOCK)) == LONGER_THAN_A_BLOCK
    assert origin.asked == ["HEAD", "GET"]


# A cache of blocks leaves closing the file that it keeps them in to the collector.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("kind", [CachingFileSystem, WholeFileCacheFileSystem, SimpleCacheFileSystem])
def test_a_cache_keeps_what_was_read(kind: type[AbstractFileSystem], tmp_path: Path) -> None:
    """One that a program puts before a store works here as it does elsewhere: what it has is not asked for again."""
    bucket = Bucket({"a.bin": LONGER_THAN_A_BLOCK})
    source = FsspecSource(kind(fs=bucket, cache_storage=str(tmp_path)))
    for _ in range(2):
        assert drained(source.open("a.bin"), 1000, 2000) == LONGER_THAN_A_BLOCK[1000:2000]
    assert len([request for request in bucket.requests if request != "look"]) == 1


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        pytest.param(CachingFileSystem, {}, id="blocks"),
        pytest.param(WholeFileCacheFileSystem, {}, id="files"),
        pytest.param(SimpleCacheFileSystem, {}, id="files, simply"),
        # One of blocks, fsspec cannot check where an object gets longer.
        pytest.param(WholeFileCacheFileSystem, {"check_files": True}, id="files, checked"),
    ],
)
def test_a_cache_passes_nothing_off_as_new(
    kind: type[AbstractFileSystem], checks: dict[str, Any], tmp_path: Path
) -> None:
    """What a cache has kept goes under no validator of what the store has by now, and never under its length."""
    old, new = LONGER_THAN_A_BLOCK, LONGER_THAN_A_BLOCK[::-1] + b"more"
    bucket = Bucket({"a.bin": old}, mtime=DAY.timestamp())
    source = FsspecSource(kind(fs=bucket, cache_storage=str(tmp_path), **checks))
    assert drained(source.open("a.bin"), 0, len(old)) == old
    for data, expected in ((new[: len(old)], old), (new, None)):
        bucket.objects["a.bin"], bucket.told["ETag"] = data, f'"{len(data)} new"'
        content = source.open("a.bin")
        told = content.describe(PLAIN_GET)
        if checks:
            assert told.entity_tag is not None
            assert drained(content, 0, len(data)) == data
            continue
        assert (told.entity_tag, told.last_modified) == (None, None)
        if expected is None:
            with pytest.raises(ContentChanged):
                content.acquire()
        else:
            assert drained(content, 0, len(data)) == expected
    del source, content
    gc.collect()


class CountedFile(io.FileIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    """Reading a compressed file from start to end does not start again for each chunk."""
    data = random.Random(0).randbytes(2**20)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bin", data)
    with CountedFile(tmp_path / "a.zip") as file:
        assert drained(FsspecSource(ZipFileSystem(file)).open("a.bin"), 0, len(data)) == data
        assert file.count < 1.1 * len(data)


# What goes wrong


def test_readers_of_a_store_in_memory_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The memory file system hands out one buffer with one position to all, which reading therefore does not move."""
    memory = fsspec.filesystem("memory")
    memory.pipe_file(f"{tmp_path}/a.txt", b"0123456789")
    content = FsspecSource(f"memory://{tmp_path}").open("a.txt")
    content.acquire()
    shared = memory.open(f"{tmp_path}/a.txt")
    assert b"".join(content.read(3, 6)) == b"345"
    assert shared.tell() == 0
    content.close()
    assert shared.read() == b"0123456789"
    memory.rm_file(f"{tmp_path}/a.txt")


def test_what_changed_without_a_new_length_is_noticed() -> None:
    """A tag that differs between the two looks is a change, whatever the length."""
    bucket = Bucket({"a.txt": b"abc"})
    content = FsspecSource(bucket).open("a.txt")
    content.describe(PLAIN_GET)
    bucket.told["ETag"] = '"another"'
    with pytest.raises(ContentChanged):
        content.acquire()


def test_acquire_describes_what_nobody_has() -> None:
    """A content that is read without being described compares with a look of its own."""
    assert drained(FsspecSource(Bucket({"a.txt": b"abc"})).open("a.txt")) == b"abc"


@pytest.mark.parametrize(
    ("cut", "error"),
    [
        pytest.param(lambda data, start, end: data, ContentInvalid, id="the whole body, Range ignored"),
        pytest.param(lambda data, start, end: data[start : end - 1], ContentTruncated, id="too little"),
        pytest.param(lambda data, start, end: b"", ContentTruncated, id="nothing"),
        pytest.param(lambda data, start, end: data[2:4], ContentTruncated, id="the same whatever is asked"),
    ],
)
def test_an_answer_of_another_length_never_passes(
    cut: Callable[[bytes, int, int], bytes], error: type[ContentError]
) -> None:
    """What a store sends beside the range asked for is not taken for it."""
    bucket = Bucket({"a.txt": b"0123456789"})
    bucket.cut = cut
    content = FsspecSource(bucket).open("a.txt")
    content.acquire()
    got: list[bytes] = []
    with pytest.raises(error):
        got.extend(content.read(2, 6))
    assert b"2345".startswith(b"".join(got))
    content.close()


@pytest.mark.parametrize("fields", [{}, {"Accept-Ranges": "none"}, {"Accept-Ranges": "bytes"}], ids=str)
@pytest.mark.parametrize("prefixed", [False, True])
def test_an_origin_is_streamed(prefixed: bool, fields: dict[str, str], origin: Origin) -> None:
    """Whether an origin serves ranges is not told by fsspec, so that it is read from the start, in one request."""
    origin.files = {"a.bin": LONGER_THAN_A_BLOCK}
    origin.ranges = False
    origin.fields = fields
    source = FsspecSource(f"{origin.url}/media")
    if prefixed:
        source = FsspecSource(DirFileSystem(f"{origin.url}/media", fsspec.filesystem("http")))
    content = source.open("a.bin")
    assert not content.describe(PLAIN_GET).seekable
    content.acquire()
    chunks = list(content.read(0, len(LONGER_THAN_A_BLOCK)))
    content.close()
    assert b"".join(chunks) == LONGER_THAN_A_BLOCK
    assert max(map(len, chunks)) <= BLOCK_SIZE
    assert drained(content, 300_000, 300_010) == LONGER_THAN_A_BLOCK[300_000:300_010]


@pytest.mark.parametrize(
    ("first", "then", "changed"),
    [
        pytest.param({"ETag": '"1"'}, {"ETag": '"2"'}, True, id="tag"),
        pytest.param({"Last-Modified": "Thu, 29 Feb 2024 12:00:00 GMT"},
                     {"Last-Modified": "Thu, 29 Feb 2024 12:00:01 GMT"}, True, id="date"),
        pytest.param({"ETag": '"1"'}, {"ETag": 'W/"1"', "Content-Encoding": "identity"}, False, id="coding"),
        pytest.param({}, {}, False, id="nothing told"),
    ],
)  # fmt: skip
def test_what_an_origin_sends_is_what_was_described(
    first: dict[str, str], then: dict[str, str], changed: bool, origin: Origin
) -> None:
    """Fields of the answer whose body is read tell of a change, but for those that belong to a coding of it."""
    origin.files = {"a.txt": b"abc"}
    origin.fields = first
    content = FsspecSource(f"{origin.url}/media").open("a.txt")
    content.describe(PLAIN_GET)
    origin.fields = then
    if changed:
        with pytest.raises(ContentChanged):
            content.acquire()
    else:
        assert drained(content) == b"abc"


def test_an_origin_tells_type_and_validators(origin: Origin) -> None:
    """What an origin says of a file is passed on."""
    origin.files = {"a": b"abc"}
    origin.fields = {
        "ETag": '"v1"', "Last-Modified": "Thu, 29 Feb 2024 12:00:00 GMT", "Content-Type": "text/x-a",
    }  # fmt: skip
    assert FsspecSource(f"{origin.url}/media").open("a").describe(PLAIN_GET) == Resource(
        name="a",
        size=3,
        content_type="text/x-a",
        last_modified=DAY,
        entity_tag=EntityTag("v1"),
        seekable=False,
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, ContentNotFound), (410, ContentNotFound), (401, ContentForbidden), (403, ContentForbidden),
     (500, ContentUnavailable), (503, ContentUnavailable)],
)  # fmt: skip
def test_an_origins_refusal_keeps_its_meaning(origin: Origin, status: int, error: type[ContentError]) -> None:
    """What fsspec calls every failure of an origin is "not found"; only what is missing is so here."""
    origin.refuse_with = status
    with pytest.raises(ContentError) as caught:
        FsspecSource(f"{origin.url}/media").open("a").describe(PLAIN_GET)
    assert type(caught.value) is error


def test_an_origin_that_is_down_is_unavailable(origin: Origin) -> None:
    """Nobody listening is not the same as nothing there."""
    origin.server_close()
    with pytest.raises(ContentUnavailable):
        FsspecSource(f"{origin.url}/media").open("a").describe(PLAIN_GET)


class StoreLibraryError(Exception):
    """What a library raises that nobody here imports."""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (FileNotFoundError("a"), ContentNotFound),
        (IsADirectoryError("a"), ContentNotFound),
        (PermissionError("a"), ContentForbidden),
        (TimeoutError(), ContentTimeout),
        (OSError("a"), ContentUnavailable),
        (StoreLibraryError("a"), ContentUnavailable),
        (ValueError("a"), ContentUnavailable),
        (ContentForbidden("a"), ContentForbidden),
        (TypeError("a"), TypeError),
        (AttributeError("a"), AttributeError),
        (NameError("a"), NameError),
        (KeyError("a"), KeyError),
        (ZeroDivisionError("a"), ZeroDivisionError),
    ],
)
def test_errors_of_a_store_are_translated_and_mistakes_are_not(
    raised: Exception, expected: type[Exception]
) -> None:
    """What a store's library raises becomes an error of the content with its cause; a bug stays one."""

    class Failing(Bucket):
        def info(self, path: str, **_: Any) -> dict[str, Any]:
            raise raised

    with pytest.raises(expected) as caught:
        FsspecSource(Failing({})).open("a").describe(PLAIN_GET)
    assert type(caught.value) is expected
    assert caught.value is raised or caught.value.__cause__ is raised


@pytest.mark.parametrize("protocol", ["zip", "tar"])
def test_what_is_no_archive_is_invalid(protocol: str, tmp_path: Path) -> None:
    """Coming again later does not help."""
    (tmp_path / "a").write_bytes(b"nonsense" * 1000)
    with pytest.raises(ContentInvalid):
        FsspecSource(f"{protocol}://::file://{tmp_path}/a").open("a.txt").describe(PLAIN_GET)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_damaged_member_of_an_archive_is_invalid(kind: int, tmp_path: Path) -> None:
    """Whatever its compression is, and whatever its library says of it."""
    data = random.Random(1).randbytes(5000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", kind) as archive:
        archive.writestr("a.bin", data)
    damaged = bytearray((tmp_path / "a.zip").read_bytes())
    damaged[1000:1100] = bytes(100)
    (tmp_path / "a.zip").write_bytes(damaged)
    content = FsspecSource(f"zip://::file://{tmp_path}/a.zip").open("a.bin")
    with pytest.raises(ContentInvalid):
        drained(content, 0, len(data))


def test_an_error_while_reading_is_translated() -> None:
    """A store that fails half-way is an error of the content."""
    bucket = Bucket({"a.txt": b"abc"})
    content = FsspecSource(bucket).open("a.txt")
    content.acquire()

    def broken(data: bytes, start: int, end: int) -> bytes:
        raise StoreLibraryError("reset")

    bucket.cut = broken
    with pytest.raises(ContentUnavailable):
        list(content.read(0, 3))


def test_reading_needs_acquire() -> None:
    """Nothing is read before acquire, nor after close."""
    content = FsspecSource(Bucket({"a.txt": b"abc"})).open("a.txt")
    with pytest.raises(ContentError):
        list(content.read(0, 3))
    drained(content)
    with pytest.raises(ContentError):
        list(content.read(0, 3))


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        pytest.param("memory://threads", False, id="synchronous"),
        pytest.param("http://127.0.0.1:9/", True, id="asynchronous within"),
    ],
)
def test_a_url_is_opened_for_each_thread_that_needs_its_own(url: str, shared: bool) -> None:
    """A file system that serves all threads at once is not connected anew by each: under ASGI, each request has one."""
    source = FsspecSource(url, skip_instance_cache=True)
    seen: list[object] = []

    def look() -> None:
        content = source.open("a.txt")
        assert isinstance(content, FsspecContent)
        seen.append(content._filesystem)

    for _ in range(2):
        thread = Thread(target=look)
        thread.start()
        thread.join()
    assert (seen[0] is seen[1]) == shared
