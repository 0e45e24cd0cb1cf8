from __future__ import annotations

import errno
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
)
from downloadable.ports import Content, LocalFile
from downloadable.ports.contract import ChangingSourceContract, open_descriptors
from tests.system_calls import counted_calls

SECRET = b"outside of the root"
INSIDE = b"inside of the root!"  # as long as the secret, so that no length tells them apart


class TestLocalSource(ChangingSourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> LocalSource:
        self.root = tmp_path / "root"
        self.root.mkdir()
        for name, data in files.items():
            (self.root / name).write_bytes(data)
        return LocalSource(self.root)

    def replace(self, source: Any, name: str, data: bytes) -> None:
        (self.root / name).write_bytes(data)

    def remove(self, source: Any, name: str) -> None:
        (self.root / name).unlink()


class TestNestedFiles(TestLocalSource):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> LocalSource:
        self.root = tmp_path / "root" / "a" / "b"
        self.root.mkdir(parents=True)
        for name, data in files.items():
            (self.root / name).write_bytes(data)
        return LocalSource(tmp_path / "root")

    def key_of(self, name: str) -> str:
        return f"a/b/{name}"


class TestLinkedFiles(TestNestedFiles):
    """A link to a directory that is below the root as well."""

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> LocalSource:
        source = super().make_source(files, tmp_path)
        (tmp_path / "root" / "link").symlink_to("a/b")
        return source

    def key_of(self, name: str) -> str:
        return f"link/{name}"


class Chosen:
    """Paths that the program chose."""

    def open(self, key: Path) -> LocalContent:
        return LocalContent(key)


class TestLocalContent(TestLocalSource):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Any:
        super().make_source(files, tmp_path)
        return Chosen()

    def key_of(self, name: str) -> Path:
        return self.root / name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file and a directory in it, a secret beside it, and a sibling whose name begins like its own."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "file.txt").write_bytes(INSIDE)
    (root / "sub" / "file.txt").write_bytes(INSIDE)
    for outside in ("outside", "root-private"):
        (tmp_path / outside).mkdir()
        (tmp_path / outside / "file.txt").write_bytes(SECRET)
    return root


def drained(content: Content) -> bytes:
    """Describe, acquire, read and close a content."""
    try:
        resource = content.describe(PLAIN_GET)
        content.acquire()
        return b"".join(content.read(0, resource.size))
    finally:
        content.close()


def refused(content: Content) -> ContentError:
    """Return the error that describing a content ends with."""
    with pytest.raises(ContentError) as caught:
        content.describe(PLAIN_GET)
    content.close()
    return caught.value


# Which keys there are


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "//", ".", "..", "../outside/file.txt", "sub/../file.txt", "sub/../../outside/file.txt",
        "./file.txt", "sub/./file.txt", "sub//file.txt", "sub/", "/file.txt", "/etc/passwd", "//etc/passwd",
        "file.txt/", "file.txt/.", "file.txt/x", "sub/file.txt/..",
        "file.txt\0", "\0", "sub\0/file.txt", "file.txt\0.png",
        "..\\outside\\file.txt", "C:\\outside\\file.txt", "c:/outside/file.txt", "\\\\host\\share\\file.txt",
        "%2e%2e/outside/file.txt", "~", "~root/.profile", "file:///etc/passwd",
        "\ud800", "\ud83d/file.txt", "a" * 300, "sub/" + "a" * 5000, "a/" * 3000 + "a", "absent", "sub/absent",
    ],
)  # fmt: skip
def test_keys_that_are_not_there(root: Path, key: str) -> None:
    """Whatever a key looks like, it is a file below the root or not found."""
    assert isinstance(refused(LocalSource(root).open(key)), ContentNotFound)


@pytest.mark.parametrize(
    "name",
    [".hidden", "...", "..a", "a..", "a b", "a\nb", "100%", "%2e%2e", "naïve", "日本.txt", "~", "a:b", "*?[]", "-rf",
     "..\\file.txt", "C:\\file.txt", "\udcff"],
)  # fmt: skip
def test_odd_names_are_names(root: Path, name: str) -> None:
    """Only a slash separates, only ``.`` and ``..`` lead elsewhere; any other name is that of a file."""
    (root / "sub" / name).write_bytes(b"odd")
    content = LocalSource(root).open(f"sub/{name}")
    assert content.known().name == name
    assert drained(content) == b"odd"


def test_a_root_may_come_later(tmp_path: Path) -> None:
    """A source can be made before its directory is."""
    source = LocalSource(tmp_path / "later")
    assert isinstance(refused(source.open("a.txt")), ContentNotFound)
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.txt").write_bytes(b"a")
    assert drained(source.open("a.txt")) == b"a"


def test_a_root_is_resolved_once(root: Path, tmp_path: Path) -> None:
    """A root that is a link is the directory that it was when the source was made."""
    (tmp_path / "current").symlink_to(root)
    source = LocalSource(tmp_path / "current")
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(tmp_path / "outside")
    assert drained(source.open("file.txt")) == INSIDE


# Links


@pytest.mark.parametrize(
    ("link", "target", "key"),
    [
        pytest.param("link", "file.txt", "link", id="file"),
        pytest.param("link", "sub/file.txt", "link", id="file in a directory"),
        pytest.param("link", "sub", "link/file.txt", id="directory"),
        pytest.param("sub/link", "../file.txt", "sub/link", id="up, but not out"),
        pytest.param("sub/link", "..", "sub/link/sub/link/file.txt", id="up and down again"),
        pytest.param("link", "{root}/file.txt", "link", id="absolute"),
        pytest.param("link", "../{root.name}/file.txt", "link", id="out and in again"),
        pytest.param("link", "..", "link/{root.name}/file.txt", id="out, and in again by the key"),
    ],
)
def test_links_below_the_root_are_followed(root: Path, link: str, target: str, key: str) -> None:
    """A link is served as what it leads to, under its own name."""
    (root / link).symlink_to(target.format(root=root))
    content = LocalSource(root).open(key.format(root=root))
    assert content.describe(PLAIN_GET).name == key.rpartition("/")[2]
    assert drained(content) == INSIDE


@pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param("../outside/file.txt", "link", id="file"),
        pytest.param("../outside", "link/file.txt", id="directory"),
        pytest.param("{root}-private/file.txt", "link", id="sibling that begins like the root"),
        pytest.param("{root}-private", "link/file.txt", id="directory that begins like the root"),
        pytest.param("/", "link/etc/passwd", id="the top"),
        pytest.param("/dev/null", "link", id="device"),
        pytest.param("absent", "link", id="dangling"),
        pytest.param("link", "link", id="to itself"),
        pytest.param("link/link", "link/link", id="loop of directories"),
        pytest.param(".", "link", id="to the root"),
        pytest.param("sub", "link", id="to a directory"),
    ],
)
def test_other_links_are_not_found(root: Path, target: str, key: str) -> None:
    """Links that leave the root, lead nowhere, or to something that is not a file, are not there."""
    (root / "link").symlink_to(target.format(root=root))
    assert isinstance(refused(LocalSource(root).open(key)), ContentNotFound)


# What is not a file


@pytest.fixture
def specials(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A root that holds a FIFO and a socket too."""
    os.mkfifo(root / "fifo")
    monkeypatch.chdir(root)  # the whole path may be too long for a socket
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        yield root


@pytest.mark.parametrize("name", ["sub", "fifo", "socket"])
def test_only_regular_files_are_there(specials: Path, name: str) -> None:
    """Directories, FIFOs and sockets are not found, and nobody waits for a writer."""
    assert isinstance(refused(LocalSource(specials).open(name)), ContentNotFound)
    assert isinstance(refused(LocalContent(specials / name)), ContentNotFound)


@pytest.mark.parametrize("name", ["null", "zero", "random"])
def test_devices_are_not_there(name: str) -> None:
    """A device is not a file, wherever the root is."""
    assert isinstance(refused(LocalSource("/dev").open(name)), ContentNotFound)
    assert isinstance(refused(LocalContent(f"/dev/{name}")), ContentNotFound)


# What changes between looking and opening


def away(path: Path) -> Path:
    """Move what is at *path* away, and return the free place."""
    path.rename(path.with_name("moved"))
    return path


def rewrite(path: Path) -> None:
    """Put other bytes of the same length into a file, at another time."""
    path.write_bytes(INSIDE.upper())
    os.utime(path, ns=(0, 0))


FILE, DIRECTORY = Path("sub/file.txt"), Path("sub")
SWAPS = [
    pytest.param(lambda root: away(root / FILE).symlink_to("../../outside/file.txt"), id="file by link out"),
    pytest.param(lambda root: away(root / FILE).symlink_to("../file.txt"), id="file by link inside"),
    pytest.param(
        lambda root: away(root / FILE).hardlink_to(root / "../outside/file.txt"), id="file by another"
    ),
    pytest.param(lambda root: away(root / FILE).symlink_to("moved"), id="file by link to itself"),
    pytest.param(lambda root: away(root / FILE).mkdir(), id="file by directory"),
    pytest.param(lambda root: os.mkfifo(away(root / FILE)), id="file by FIFO"),
    pytest.param(lambda root: away(root / FILE), id="file by nothing"),
    pytest.param(lambda root: rewrite(root / FILE), id="bytes by others"),
    pytest.param(lambda root: away(root / DIRECTORY).symlink_to("../outside"), id="directory by link out"),
    pytest.param(lambda root: away(root / DIRECTORY).symlink_to("moved"), id="directory by link to itself"),
    pytest.param(lambda root: away(root / DIRECTORY).write_bytes(SECRET), id="directory by file"),
    pytest.param(lambda root: away(root / DIRECTORY), id="directory by nothing"),
]


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("key", ["sub/file.txt", "link"])
def test_what_is_swapped_in_is_never_opened(root: Path, swap: Callable[[Path], object], key: str) -> None:
    """Whatever took the file's place between looking and opening, by its key or by a link, is not handed out."""
    (root / "link").symlink_to("sub/file.txt")
    gc.collect()
    before = open_descriptors()
    content = LocalSource(root).open(key)
    content.describe(PLAIN_GET)
    swap(root)
    with pytest.raises(ContentChanged):
        content.acquire()
    assert content.fileno() is None
    assert open_descriptors() <= before
    with pytest.raises(ContentError):
        list(content.read(0, None))


@pytest.mark.parametrize("swapped_after", ["the root", "the directory"])
def test_what_is_swapped_in_while_looking_is_never_told_of(
    root: Path, monkeypatch: pytest.MonkeyPatch, swapped_after: str
) -> None:
    """A directory that becomes a link out in the middle of a look tells nothing of what is outside."""
    (root.parent / "outside" / "file.txt").write_bytes(b"longer than what is inside, by far")
    open_really = os.open
    trigger = str(root) if swapped_after == "the root" else "sub"

    def swapping(path: str, *arguments: Any, **options: Any) -> int:
        descriptor = open_really(path, *arguments, **options)
        if path == trigger and not (root / "sub").is_symlink():
            away(root / "sub").symlink_to("../outside")
        return descriptor

    content = LocalSource(root).open("sub/file.txt")
    monkeypatch.setattr(os, "open", swapping)
    if swapped_after == "the root":
        with pytest.raises(ContentNotFound):
            content.describe(PLAIN_GET)
        return
    assert content.describe(PLAIN_GET).size == len(INSIDE)
    monkeypatch.undo()
    with pytest.raises(ContentChanged):
        content.acquire()


def test_a_second_look_finds_what_was_swapped_in(root: Path) -> None:
    """After a change, describing anew tells of what is there now, and opens it."""
    content = LocalSource(root).open("sub/file.txt")
    content.describe(PLAIN_GET)
    away(root / FILE).symlink_to("../file.txt")
    with pytest.raises(ContentChanged):
        content.acquire()
    assert drained(content) == INSIDE
    (root / "sub" / "file.txt").unlink()
    (root / "sub" / "file.txt").write_bytes(b"a file again")
    assert drained(content) == b"a file again"


# What it costs


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the names of the system calls about files that are made from here on."""
    return counted_calls(monkeypatch)


def test_no_root_is_no_root() -> None:
    """An empty setting does not stand for the directory that the program runs in."""
    with pytest.raises(ValueError, match="empty"):
        LocalSource("")


def test_opening_and_knowing_cost_nothing(root: Path, calls: list[str]) -> None:
    """What somebody else sends is not looked at here."""
    source = LocalSource(root)
    source.open("file.txt").locations()  # who measures coverage looks at code that is new to him
    calls.clear()
    content = source.open("sub/file.txt")
    assert content.known().name == "file.txt"
    assert content.locations() == (LocalFile(root / "sub" / "file.txt", str(root)),)
    content.close()
    assert calls == []


@pytest.mark.parametrize(
    "choose", [lambda root: LocalSource(root).open("file.txt"), lambda root: LocalContent(root / "file.txt")]
)
def test_a_look_ahead_is_told_once(
    root: Path, calls: list[str], choose: Callable[[Path], LocalContent]
) -> None:
    """Whoever looks ahead pays for the next description, and for no other."""
    content = choose(root)
    content.look_ahead()
    calls.clear()
    ahead = content.describe(PLAIN_GET)
    assert calls == []
    assert content.describe(PLAIN_GET) == ahead
    assert calls in (["stat"], ["lstat"])


def test_a_look_ahead_vouches_for_nothing(root: Path) -> None:
    """A file that was replaced after the look is not taken for the one that was seen."""
    content = LocalContent(root / "file.txt")
    content.look_ahead()
    (root / "new.txt").write_bytes(INSIDE)
    (root / "new.txt").replace(root / "file.txt")
    content.describe(PLAIN_GET)
    with pytest.raises(ContentChanged):
        content.acquire()
    content.close()


def test_a_look_ahead_raises(root: Path) -> None:
    """What is not there shows at once, and again."""
    content = LocalContent(root / "absent.txt")
    for look in (content.look_ahead, lambda: content.describe(PLAIN_GET)):
        with pytest.raises(ContentNotFound):
            look()


def test_a_look_opens_nothing(root: Path, calls: list[str]) -> None:
    """A 304 or a HEAD never opens the file: deeper than the root, it goes through directories."""
    source = LocalSource(root)
    calls.clear()
    source.open("file.txt").describe(PLAIN_GET)
    assert calls == ["lstat"]
    calls.clear()
    source.open("sub/file.txt").describe(PLAIN_GET)
    assert calls == ["open", "open", "close", "lstat", "close"]
    calls.clear()
    LocalContent(root / "file.txt").describe(PLAIN_GET)
    assert calls == ["stat"]


def test_a_download_opens_once(root: Path, calls: list[str]) -> None:
    """A file right below the root costs a look, an open and a second look at what was opened."""
    content = LocalSource(root).open("file.txt")
    calls.clear()
    assert drained(content) == INSIDE
    assert calls == ["lstat", "open", "fstat", "pread", "close"]


def test_reading_moves_no_position(root: Path) -> None:
    """The descriptor is at its start for whoever sends it without copying, whatever was read before."""
    content = LocalSource(root).open("file.txt")
    content.acquire()
    descriptor = content.fileno()
    assert descriptor is not None
    list(content.read(0, 5))
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0
    assert os.path.samestat(os.fstat(descriptor), (root / "file.txt").stat())
    content.close()
    assert content.fileno() is None


def test_a_large_file_comes_in_chunks(root: Path) -> None:
    """Memory is that of a chunk, however large the file is."""
    with (root / "large").open("wb") as file:
        file.truncate(2**30)
    content = LocalSource(root).open("large")
    assert content.describe(PLAIN_GET).size == 2**30
    content.acquire()
    assert [len(chunk) for chunk in content.read(2**30 - CHUNK_SIZE - 1, 2**30)] == [CHUNK_SIZE, 1]
    content.close()


# What goes wrong


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.EACCES, ContentForbidden),
        (errno.EPERM, ContentForbidden),
        (errno.ETIMEDOUT, ContentTimeout),
        (errno.EIO, ContentUnavailable),
        (errno.EMFILE, ContentUnavailable),
        (errno.ESTALE, ContentUnavailable),
    ],
    ids=errno.errorcode.get,
)
@pytest.mark.parametrize("call", ["lstat", "open", "pread"])
def test_errors_of_the_system_are_told_apart(
    root: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, expected: type[ContentError]
) -> None:
    """Whether looking, opening or reading fails: what may not be read is forbidden, what does not work unavailable."""
    path = os.path.join  # bound before patching
    content = LocalSource(root).open("file.txt")

    def failing(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code), path(root, "file.txt"))

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(ContentError) as caught:
        drained(content)
    monkeypatch.undo()
    assert type(caught.value) is expected
    assert isinstance(caught.value.__cause__, OSError)


def test_a_file_that_shrinks_is_truncated(root: Path) -> None:
    """A file that is cut while it is sent ends in an error, with the bytes that there are and no others."""
    content = LocalSource(root).open("file.txt")
    content.acquire()
    os.truncate(root / "file.txt", 6)
    got: list[bytes] = []
    with pytest.raises(ContentTruncated):
        got.extend(content.read(0, len(INSIDE)))
    content.close()
    assert got == [INSIDE[:6]]


def test_a_file_that_grows_is_sent_as_described(root: Path) -> None:
    """What is appended while it is sent is not part of it."""
    content = LocalSource(root).open("file.txt")
    content.acquire()
    with (root / "file.txt").open("ab") as file:
        file.write(b" and more")
    assert b"".join(content.read(0, len(INSIDE))) == INSIDE
    content.close()


def test_a_file_that_is_removed_while_it_is_sent_is_sent(root: Path) -> None:
    """What is open stays readable."""
    content = LocalSource(root).open("file.txt")
    content.acquire()
    (root / "file.txt").unlink()
    assert b"".join(content.read(0, len(INSIDE))) == INSIDE
    content.close()


def test_reading_needs_acquire(root: Path) -> None:
    """Nothing is read before it was acquired, nor after it was closed."""
    content = LocalSource(root).open("file.txt")
    with pytest.raises(ContentError):
        list(content.read(0, 1))
    content.acquire()
    chunks = content.read(0, 2)
    content.close()
    with pytest.raises(ContentError):
        list(chunks)


def test_acquiring_again_keeps_one_descriptor(root: Path) -> None:
    """A content that is described and acquired once more lets go of what it had."""
    gc.collect()
    before = open_descriptors()
    content = LocalSource(root).open("file.txt")
    for _ in range(3):
        content.describe(PLAIN_GET)
        content.acquire()
    assert open_descriptors() == before + 1
    content.close()
    assert open_descriptors() <= before


def test_closing_waits_for_the_read_in_flight(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor is not closed under a running read: it could be another file's by then."""
    pread, started, go_on = os.pread, threading.Event(), threading.Event()
    order = []

    def slow(*arguments: int) -> bytes:
        started.set()
        go_on.wait()
        order.append("read")
        return pread(*arguments)

    content = LocalSource(root).open("file.txt")
    content.acquire()
    monkeypatch.setattr(os, "pread", slow)
    reader = threading.Thread(target=lambda: next(content.read(0, None)))

    def close() -> None:
        content.close()
        order.append("closed")

    closer = threading.Thread(target=close)
    reader.start()
    started.wait()
    closer.start()
    go_on.set()
    reader.join()
    closer.join()
    assert order == ["read", "closed"]


# Paths of the program's own


def test_a_path_of_the_programs_own_may_lead_anywhere(root: Path) -> None:
    """Outside of a root, links are followed: the program knows what it does."""
    (root / "link").symlink_to("../outside/file.txt")
    assert drained(LocalContent(root / "link")) == SECRET


def test_a_relative_path_is_told_absolute(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bytes are does not depend on where the process goes later."""
    monkeypatch.chdir(root)
    content = LocalContent("sub/../file.txt")
    monkeypatch.chdir("/")
    assert content.known().name == "file.txt"
    assert content.locations() == (LocalFile(root / "file.txt"),)
    assert drained(content) == INSIDE


@pytest.mark.parametrize("path", ["absent", "dangling", "file.txt/x", "nul\0", "\ud800", "a" * 300])
def test_a_path_without_a_file_is_not_found(root: Path, path: str) -> None:
    """A path that has no file, or cannot have one, is told when it is looked at."""
    (root / "dangling").symlink_to("absent")
    assert isinstance(refused(LocalContent(f"{root}/{path}")), ContentNotFound)


def test_a_path_may_be_swapped_for_another_file(root: Path) -> None:
    """The identity of the file counts, not its size: another of the same size is noticed."""
    content = LocalContent(root / "file.txt")
    content.describe(PLAIN_GET)
    (root / "other").write_bytes(INSIDE)
    (root / "other").replace(root / "file.txt")
    with pytest.raises(ContentChanged):
        content.acquire()


def test_each_state_of_a_file_has_its_own_tag(root: Path) -> None:
    """Another time of change, another size or another file: another strong tag."""
    file = root / "file.txt"

    def tag() -> str:
        found = LocalContent(file).describe(PLAIN_GET).entity_tag
        assert found is not None
        assert not found.weak
        return found.opaque

    os.utime(file, ns=(10**18, 10**18))
    tags = [tag()]
    os.utime(file, ns=(10**18, 10**18 + 1000))
    tags.append(tag())
    os.truncate(file, 3)
    os.utime(file, ns=(10**18, 10**18))
    tags.append(tag())
    (root / "other").write_bytes(b"abc")
    os.utime(root / "other", ns=(10**18, 10**18))
    (root / "other").replace(file)
    tags.append(tag())
    assert len(set(tags)) == 4
