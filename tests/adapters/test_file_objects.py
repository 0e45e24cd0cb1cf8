from __future__ import annotations

import bz2
import errno
import gc
import gzip
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from downloadable.adapters.delegates import Nginx
from downloadable.adapters.file_objects import CHUNK_SIZE, FileContent, content_error, facts_of_status
from downloadable.adapters.opened_files import file_content
from downloadable.domain import (
    PLAIN_GET,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    EntityTag,
    Plan,
    Resource,
)
from downloadable.ports import Content, LocalFile, Missing
from downloadable.ports.contract import FILES, SourceContract, open_descriptors
from tests.system_calls import counted_calls

DATA = bytes(range(256)) * 2048  # two chunks


class Opened:
    """The files of a directory, each opened in some way for each content."""

    def __init__(self, directory: Path, opener: Callable[[Path], IO[bytes]]) -> None:
        self.directory, self.opener = directory, opener

    def open(self, key: str) -> Content:
        path = self.directory / key
        if not path.exists():
            return Missing(ContentNotFound(key))
        return FileContent(self.opener(path), Resource(name=key))


def plainly(path: Path) -> IO[bytes]:
    """Open a file as everybody does."""
    return path.open("rb")


def in_memory(path: Path) -> IO[bytes]:
    """Read it into memory."""
    return io.BytesIO(path.read_bytes())


def unbuffered(path: Path) -> IO[bytes]:
    """Open it without a buffer."""
    return path.open("rb", buffering=0)


def spooled(path: Path) -> IO[bytes]:
    """Copy it to a temporary file that is on the disk once it is large."""
    file = tempfile.SpooledTemporaryFile(max_size=20)
    file.write(path.read_bytes())
    return file


def temporary(path: Path) -> Any:
    """Copy it to a temporary file with a name."""
    file = tempfile.NamedTemporaryFile()
    file.write(path.read_bytes())
    return file


def decompressed(path: Path) -> Any:
    """Read it through a decompressor."""
    return gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(path.read_bytes())))


class Pipe(io.BytesIO):
    """Bytes that come only once and in order."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise io.UnsupportedOperation("seek")


def piped(path: Path) -> IO[bytes]:
    """Let it come only once."""
    return Pipe(path.read_bytes())


OPENERS = [plainly, in_memory, unbuffered, spooled, temporary, decompressed, piped]


class TestOpened(SourceContract):
    @pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
    def source(self, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
        self.opener = request.param
        return self.make_source(FILES, tmp_path)

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Opened:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        return Opened(tmp_path, self.opener)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of two chunks."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def described(file: Any, resource: Resource | None = None) -> Resource:
    """Say what is known of a file, and close it."""
    content = FileContent(file, resource)
    try:
        return content.describe(PLAIN_GET)
    finally:
        content.close()


# What is known of it


def test_a_buffer_that_was_just_written_is_served_whole() -> None:
    """Wherever its position is, a file that can seek is served from its first byte to its last."""
    buffer = io.BytesIO()
    buffer.write(b"0123456789")
    content = FileContent(buffer)
    assert content.describe(PLAIN_GET) == Resource(size=10)
    assert b"".join(content.read(0, 10)) == b"0123456789"
    assert b"".join(content.read(2, 5)) == b"234"


def test_a_file_on_the_disk_has_all_facts(path: Path) -> None:
    """An open file tells its name, its size, its time of change, and has a strong tag."""
    os.utime(path, ns=(0, 1_709_208_000_000_000_001))
    with path.open("rb") as file:
        resource = FileContent(file).describe(PLAIN_GET)
    assert (resource.name, resource.size) == ("data.bin", len(DATA))
    assert resource.last_modified == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert resource.entity_tag is not None
    assert not resource.entity_tag.weak


@pytest.mark.parametrize("mode", ["rb", "r+b"])
@pytest.mark.parametrize("buffering", [0, -1])
def test_each_look_sees_the_file_as_it_is(path: Path, mode: str, buffering: int) -> None:
    """Reading, writing, with a buffer or without: what another program changes is seen by the next look."""
    with open(path, mode, buffering=buffering) as file:  # noqa: PTH123
        content = FileContent(file)
        before = content.describe(PLAIN_GET)
        os.truncate(path, 3)
        after = content.describe(PLAIN_GET)
    assert (before.size, after.size) == (len(DATA), 3)
    assert before.entity_tag != after.entity_tag


def test_what_is_told_beforehand_goes_first(path: Path) -> None:
    """A name, a type, a time and a tag of the caller's own stand."""
    told = Resource(
        name="report.txt",
        content_type="text/x-a",
        last_modified=datetime(2000, 1, 1, tzinfo=UTC),
        entity_tag=EntityTag("v1"),
    )
    assert described(path.open("rb"), told) == Resource(
        name="report.txt",
        size=len(DATA),
        content_type="text/x-a",
        last_modified=datetime(2000, 1, 1, tzinfo=UTC),
        entity_tag=EntityTag("v1"),
    )


def zipped(path: Path) -> IO[bytes]:
    """Open a file inside of an archive on the disk."""
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.bin", DATA)
    with zipfile.ZipFile(path.with_suffix(".zip")) as archive:
        return archive.open("inner.bin")


@pytest.mark.parametrize("opener", [plainly, in_memory, zipped])
def test_an_announced_size_must_be_that_of_the_file(path: Path, opener: Callable[[Path], IO[bytes]]) -> None:
    """Whoever says so many bytes shall not get others."""
    assert described(opener(path), Resource(size=len(DATA))).size == len(DATA)
    with pytest.raises(ContentInvalid, match="not the 7 that were announced"):
        described(opener(path), Resource(size=7))


@pytest.mark.parametrize(
    ("size", "error", "sent"),
    [(0, ContentInvalid, b""), (9, ContentInvalid, b""), (11, ContentTruncated, b"0123456789")],
)
def test_an_announced_size_of_what_is_decompressed_is_held(
    size: int, error: type[ContentError], sent: bytes
) -> None:
    """It is not measured: that there is less than was announced shows at the end; that there is more, just before."""
    file: Any = gzip.open(io.BytesIO(gzip.compress(b"0123456789")))
    content, got = FileContent(file, Resource(size=size)), list[bytes]()
    assert content.describe(PLAIN_GET) == Resource(size=size, seekable=False)
    with pytest.raises(error):
        got.extend(content.read(0, size))
    content.close()
    assert b"".join(got) == sent


def gzipped(path: Path) -> Any:
    """Open what a gzip file on the disk holds."""
    path.with_suffix(".gz").write_bytes(gzip.compress(DATA))
    return gzip.open(path.with_suffix(".gz"))


def bzipped(path: Path) -> Any:
    """Open what a bzip2 file on the disk holds."""
    path.with_suffix(".bz2").write_bytes(bz2.compress(DATA))
    return bz2.open(path.with_suffix(".bz2"))


class Decoding(io.FileIO):
    """A file on the disk whose class makes other bytes of it."""

    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(byte ^ 1 for byte in super().read(size))


class DecodingBuffer(io.BufferedReader):
    """A buffer whose class makes other bytes of what is in it."""

    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(byte ^ 1 for byte in super().read(size))


def decoded_in_a_buffer(path: Path) -> IO[bytes]:
    """Open a file on the disk, whose descriptor has other bytes than it."""
    return DecodingBuffer(io.FileIO(path))


def gzipped_and_buffered(path: Path) -> IO[bytes]:
    """Read ahead in what a gzip file holds."""
    return io.BufferedReader(gzipped(path))


@pytest.mark.parametrize(
    ("opener", "size"),
    [
        (zipped, len(DATA)),
        (gzipped, None),
        (gzipped_and_buffered, None),
        (bzipped, None),
        (Decoding, len(DATA)),
        (decoded_in_a_buffer, len(DATA)),
    ],
)
def test_a_decoder_is_not_the_file_below_it(
    path: Path, opener: Callable[[Path], IO[bytes]], size: int | None
) -> None:
    """What decompresses or decodes a file has other bytes than the disk: no facts of that one are its own."""
    file = opener(path)
    content = FileContent(file)
    resource = content.describe(PLAIN_GET)
    assert (resource.size, resource.entity_tag, resource.last_modified) == (size, None, None)
    assert (content.fileno(), content.locations()) == (None, ())
    decodes = opener in (Decoding, decoded_in_a_buffer)
    expected = bytes(byte ^ 1 for byte in DATA[100:300_000]) if decodes else DATA[100:300_000]
    assert b"".join(content.read(100, 300_000)) == expected
    file.close()


def test_a_decompressor_is_not_read_to_describe_it() -> None:
    """To know its size it would have to decompress all there is, for HEAD, too; after that it is served whole."""
    compressed = Watched(gzip.compress(DATA))
    file: Any = gzip.GzipFile(fileobj=compressed)
    content = FileContent(file)
    assert content.describe(PLAIN_GET) == Resource(seekable=False)
    assert compressed.read_bytes == 0
    content.acquire()
    assert b"".join(content.read(0, None)) == DATA


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notes.txt.gz", "notes.txt"), ("NOTES.TXT.GZ", "NOTES.TXT"), ("dump.bz2", "dump"), ("dump.sql.xz", "dump.sql"),
        ("src.tgz", "src.tar"), ("plan.svgz", "plan.svg"), ("notes.txt", "notes.txt"), (".gz", ".gz"),
    ],
)  # fmt: skip
def test_what_is_decompressed_is_not_called_compressed(tmp_path: Path, name: str, expected: str) -> None:
    """A client that is told a gzip file must get one; whoever gives the name."""
    (tmp_path / name).write_bytes(gzip.compress(DATA))
    assert described(gzip.open(tmp_path / name)).name == expected
    assert described(gzip.open(tmp_path / name), Resource(name=name)).name == expected


def test_a_device_is_no_file_on_the_disk() -> None:
    """What is not a regular file has no size on a disk to tell."""
    with open("/dev/zero", "rb", buffering=0) as file:  # noqa: PTH123
        resource = FileContent(file).describe(PLAIN_GET)
    assert resource.entity_tag is None
    assert resource.last_modified is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("/srv/media/a.txt", "a.txt"), ("a.txt", "a.txt"), ("", ""), (None, ""), (3, ""), ("<stdin>", ""),
        ("<fdopen>", ""), (b"a.txt", ""),
    ],
)  # fmt: skip
def test_a_name_is_the_last_segment_of_one(given: object, name: str) -> None:
    """Descriptors, placeholders and directories do not reach the client."""
    buffer = io.BytesIO()
    wrapped: Any = type("Named", (), {"name": given, "seekable": buffer.seekable})()
    assert FileContent(wrapped).known().name == name


def test_a_spooled_file_has_no_name_before_nor_after_it_is_on_the_disk() -> None:
    """A temporary file without a name stays without."""
    for size in (5, 50):
        with tempfile.SpooledTemporaryFile(max_size=20) as file:
            file.write(DATA[:size])
            resource = FileContent(file).describe(PLAIN_GET)
            assert (resource.name, resource.size) == ("", size)


@pytest.mark.parametrize(
    ("nanoseconds", "moment"),
    [
        pytest.param(
            1_709_208_000_999_999_999, datetime(2024, 2, 29, 12, tzinfo=UTC), id="fraction is dropped"
        ),
        pytest.param(-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), id="before the epoch"),
        pytest.param(2**63 - 1, datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC), id="the latest of 64 bits"),
        pytest.param(10**21, None, id="in no calendar"),
        pytest.param(-(10**21), None, id="before all calendars"),
    ],
)
def test_any_time_of_a_file_makes_a_tag(nanoseconds: int, moment: datetime | None) -> None:
    """However odd a file's time is, it has a tag; Last-Modified only if the calendar knows it."""

    class Status:
        st_ino, st_size, st_mtime_ns, st_ctime_ns = 7, 3, nanoseconds, nanoseconds

    resource = facts_of_status("a", Status())  # type: ignore[arg-type]  # only these fields are looked at
    assert resource.last_modified == moment
    assert resource.entity_tag is not None
    assert EntityTag.parse(str(resource.entity_tag)) == resource.entity_tag


def in_place(path: Path) -> None:
    """Write other bytes over those of a file."""
    with path.open("r+b") as file:
        file.write(b"new")


def where_it_was(path: Path) -> None:
    """Delete a file and make another, whose inode may be that of the one that is gone."""
    path.unlink()
    path.write_bytes(b"new")


@pytest.mark.parametrize("edit", [in_place, where_it_was], ids=lambda edit: edit.__name__)
def test_other_bytes_with_the_old_date_have_another_tag(tmp_path: Path, edit: Callable[[Path], None]) -> None:
    """A file that was given its old date, as some programs do, and archives with one date for all, is another."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    status = path.stat()
    old = facts_of_status("a", status)
    # Clocks of file systems may tick slowly; whatever happens between two ticks cannot be told apart.
    while path.stat().st_ctime_ns == status.st_ctime_ns:
        edit(path)
        os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    new = facts_of_status("a", path.stat())
    assert (new.size, new.last_modified) == (old.size, old.last_modified)
    assert new.entity_tag != old.entity_tag


# What it costs


class Watched(io.BytesIO):
    """A buffer that counts what is read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def test_wrapping_and_describing_read_nothing() -> None:
    """Nothing is read before it is sent, and of a range no more than that."""
    file = Watched(DATA)
    content = FileContent(file)
    content.known()
    content.describe(PLAIN_GET)
    content.acquire()
    assert file.read_bytes == 0
    assert b"".join(content.read(300_000, 300_100)) == DATA[300_000:300_100]
    assert file.read_bytes == 100


def test_a_gigabyte_costs_nothing_until_it_is_read(tmp_path: Path) -> None:
    """A huge file is described by a look at its status."""
    with (tmp_path / "huge").open("w+b") as file:
        file.truncate(2**30)
        content = FileContent(file)
        assert content.describe(PLAIN_GET).size == 2**30
        assert file.tell() == 0
        chunks = content.read(0, 2**30)
        assert len(next(chunks)) == CHUNK_SIZE


# Once and in order


def test_a_pipe_is_served_once(tmp_path: Path) -> None:
    """What cannot seek has no size, starts where it is, and is not read again."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as file:
        os.write(writer, b"0123456789")
        os.close(writer)
        content = FileContent(file)
        assert content.describe(PLAIN_GET) == Resource(seekable=False)
        assert b"".join(content.read(0, None)) == b"0123456789"
        with pytest.raises(ContentError):
            list(content.read(0, None))


def test_a_pipe_is_read_up_to_where_it_is_wanted() -> None:
    """Of a file that cannot seek, what comes before the range is passed over, chunk by chunk."""
    content = FileContent(Pipe(DATA))
    assert b"".join(content.read(300_000, 300_100)) == DATA[300_000:300_100]
    assert b"".join(content.read(400_000, 400_100)) == DATA[400_000:400_100]


def test_what_has_no_seekable_can_seek_if_it_has_seek() -> None:
    """The least that a file object has to have is ``read``."""

    class Least:
        def __init__(self) -> None:
            self.file = io.BytesIO(b"0123456789")
            self.read = self.file.read
            self.close = self.file.close

    class Seeking(Least):
        def __init__(self) -> None:
            super().__init__()
            self.seek, self.tell = self.file.seek, self.file.tell

    assert described(Least()) == Resource(seekable=False)
    assert described(Seeking()) == Resource(size=10)


# What goes wrong


def test_a_file_that_ends_early_is_truncated(path: Path) -> None:
    """A file that shrinks while it is sent ends in an error, with the bytes that there are."""
    with path.open("rb", buffering=0) as file:
        content = FileContent(file)
        os.truncate(path, 10)
        got: list[bytes] = []
        with pytest.raises(ContentTruncated):
            got.extend(content.read(0, len(DATA)))
    assert got == [DATA[:10]]


@pytest.mark.parametrize("text", [io.StringIO("text"), io.TextIOWrapper(io.BytesIO(b"text"))])
def test_a_file_of_text_is_a_clear_mistake(text: Any) -> None:
    """What reads text has no bytes: the developer is told."""
    with pytest.raises(TypeError, match="must return bytes"):
        list(FileContent(text).read(0, None))


def test_a_file_that_has_nothing_yet_is_a_clear_mistake() -> None:
    """``None`` from a file that does not block is not taken for its end."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with open(reader, "rb", buffering=0) as file, pytest.raises(TypeError, match="must return bytes"):  # noqa: PTH123
        list(FileContent(file).read(0, None))
    os.close(writer)


class Failing(io.BytesIO):
    """A file of a disk that has had its day."""

    code = errno.EIO

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(self.code, os.strerror(self.code))

    def seek(self, position: int, whence: int = 0, /) -> int:
        if whence == io.SEEK_END:
            raise OSError(self.code, os.strerror(self.code))
        return super().seek(position, whence)


def test_errors_of_the_system_are_errors_of_the_content() -> None:
    """Whether looking or reading fails, the system's error is translated and kept as the cause."""
    content = FileContent(Failing(DATA))
    with pytest.raises(ContentUnavailable) as looked:
        content.describe(PLAIN_GET)
    with pytest.raises(ContentUnavailable) as read:
        list(content.read(0, None))
    assert isinstance(looked.value.__cause__, OSError)
    assert isinstance(read.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("opened", "data"),
    [
        pytest.param(gzip.open, b"no gzip", id="gzip, but it is none"),
        pytest.param(gzip.open, b"\x1f\x8b\x08\x00garbagegarbage", id="gzip, damaged"),
        pytest.param(gzip.open, gzip.compress(DATA)[:-9], id="gzip, cut off"),
        pytest.param(gzip.open, gzip.compress(DATA)[:-8] + bytes(8), id="gzip, with another checksum"),
        pytest.param(bz2.open, b"no bzip2", id="bzip2, but it is none"),
        pytest.param(bz2.open, bz2.compress(DATA)[:-9], id="bzip2, cut off"),
        pytest.param(lzma.open, b"no xz", id="xz, but it is none"),
        pytest.param(lzma.open, lzma.compress(DATA)[:-9], id="xz, cut off"),
    ],
)
def test_what_is_damaged_makes_no_sense(opened: Callable[[Any], Any], data: bytes) -> None:
    """That compressed bytes are none is no mistake of a program, and trying again will not help."""
    content = FileContent(opened(io.BytesIO(data)), Resource(name="a.bin"))
    with pytest.raises(ContentInvalid, match=r"'a\.bin' is damaged") as caught:
        list(content.read(0, None))
    assert caught.value.__cause__ is not None
    content.close()


@pytest.mark.parametrize("opened", [gzip.open, bz2.open, lzma.open])
def test_what_is_not_compressed_at_all_shows_in_time(opened: Callable[[Any], Any]) -> None:
    """While the error can still become a status; what is read then is read again."""
    content = FileContent(opened(io.BytesIO(b"as plain as can be")))
    content.describe(PLAIN_GET)
    with pytest.raises(ContentInvalid):
        content.acquire()
    content.close()


def test_a_damaged_member_of_an_archive_makes_no_sense(path: Path) -> None:
    """Neither does one whose bytes are not those that were put in."""
    zipped(path).close()
    archive = bytearray(path.with_suffix(".zip").read_bytes())
    archive[60] ^= 0xFF
    with zipfile.ZipFile(io.BytesIO(archive)) as damaged:
        content = FileContent(damaged.open("inner.bin"))
    with pytest.raises(ContentInvalid):
        list(content.read(0, None))
    content.close()


def test_a_file_that_is_open_for_writing_alone_is_a_mistake(tmp_path: Path) -> None:
    """That a file cannot be read from at all is no matter of the disk."""
    with (tmp_path / "new").open("wb") as file, pytest.raises(io.UnsupportedOperation):
        list(FileContent(file).read(0, None))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError("a"), ContentNotFound),
        (IsADirectoryError("a"), ContentNotFound),
        (NotADirectoryError("a"), ContentNotFound),
        (FileExistsError("a"), ContentNotFound),
        (OSError(errno.ELOOP, "a"), ContentNotFound),
        (OSError(errno.ENAMETOOLONG, "a"), ContentNotFound),
        (OSError(errno.ENXIO, "a"), ContentNotFound),
        (PermissionError("a"), ContentForbidden),
        (OSError(errno.EPERM, "a"), ContentForbidden),
        (TimeoutError("a"), ContentTimeout),
        (OSError(errno.ETIMEDOUT, "a"), ContentTimeout),
        (OSError(errno.EIO, "a"), ContentUnavailable),
        (ConnectionResetError("a"), ContentUnavailable),
        (OSError("a"), ContentUnavailable),
        (zipfile.BadZipFile("a"), ContentInvalid),
        (tarfile.ReadError("a"), ContentInvalid),
    ],
)
def test_errors_of_the_system_have_one_translation(error: Exception, expected: type[ContentError]) -> None:
    """What is not there, what may not be read, what takes too long, and what does not work are told apart."""
    assert type(content_error(error, "a.txt")) is expected


def test_an_error_of_a_content_stays_what_it_is() -> None:
    """What was translated already is not translated again."""
    error = ContentForbidden("No.")
    assert content_error(error, "a.txt") is error


# Closing


def test_closing_closes_the_file(path: Path) -> None:
    """Whoever hands a file over need not close it; closing twice is fine."""
    gc.collect()
    before = open_descriptors()
    file = path.open("rb")
    content = FileContent(file)
    list(content.read(0, 10))
    content.close()
    content.close()
    assert file.closed
    assert open_descriptors() <= before


def test_an_owner_is_closed_in_the_place_of_its_file() -> None:
    """Where the file was taken out of something, that is what is closed, and it sees to the file."""

    class Owner:
        closed = 0

        def close(self) -> None:
            self.closed += 1

    owner, file = Owner(), io.BytesIO(b"abc")
    FileContent(file, owner=owner).close()
    assert owner.closed == 1
    assert not file.closed


def test_what_was_written_but_not_flushed_is_counted(tmp_path: Path) -> None:
    """Bytes that are still in a buffer of ours belong to the file."""
    with (tmp_path / "new").open("w+b") as file:
        file.write(b"not yet on the disk")
        content = FileContent(file)
        assert content.describe(PLAIN_GET).size == 19
        assert b"".join(content.read(0, 19)) == b"not yet on the disk"


# Who else can send it


def test_a_file_that_was_opened_by_its_path_says_where_it_is(tmp_path: Path) -> None:
    """A file that is only read can be sent by whoever finds it at its path; asking opens nothing."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    for file in (path.open("rb"), path.open("rb", buffering=0), path.open(encoding="utf-8")):
        content = file_content(file)
        status = path.stat()
        assert content.locations() == (LocalFile(path, inode=(status.st_dev, status.st_ino)),)
        content.close()


@pytest.mark.parametrize("change", ["replaced", "gone", "opener", "closed", "none"])
def test_a_file_that_is_no_longer_at_its_path_is_not_handed_over(tmp_path: Path, change: str) -> None:
    """What was opened is what is sent: others would find another file there, or none."""
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_bytes(b"hello")
    other.write_bytes(b"other")
    found = other if change == "opener" else path
    file = open(path, "rb", opener=lambda _, flags: os.open(found, flags))
    if change == "replaced":
        other.replace(path)
    elif change == "gone":
        path.unlink()
    elif change == "closed":
        file.close()
    content = file_content(file)
    plan = Nginx({tmp_path: "/protected/"}).hand_over(content, Plan(200))
    assert (plan is not None) is (change == "none")
    content.close()


def test_where_an_open_file_is_takes_no_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The open file knows what it is; whether its path still leads there, whoever is to send it looks."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    with path.open("rb") as file:
        content = file_content(file)
        content.locations()  # who measures coverage looks at code that is new to him
        calls = counted_calls(monkeypatch)
        assert len(content.locations()) == 1
        assert calls == ["fstat"]


def test_a_file_that_nobody_else_can_read_says_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be written, decompresses, is temporary, or was opened by a relative path is nowhere but here."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"hello"))
    monkeypatch.chdir(tmp_path)
    opened: list[Any] = [
        path.open("r+b"),
        gzip.open(path),
        tempfile.NamedTemporaryFile(dir=tmp_path),
        Path("a.gz").open("rb"),
        io.BytesIO(b"hello"),
        io.FileIO(os.open(path, os.O_RDONLY)),
    ]
    for file in opened:
        content = file_content(file)
        assert content.locations() == ()
        content.close()
