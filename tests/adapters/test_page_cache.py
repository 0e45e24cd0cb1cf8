from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from downloadable.adapters import page_cache
from downloadable.adapters.page_cache import AT_ONCE, is_cached, read_cached
from tests.disks import dropped_from_memory, is_on_a_disk

DATA = os.urandom(1024 * 1024)  # four times what is read at once
IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose bytes are in memory, since they were just written."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def descriptor(path: Path) -> Iterator[int]:
    """Its descriptor."""
    descriptor = os.open(path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


# Reading


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        pytest.param(0, 10, DATA[:10], id="the first bytes"),
        pytest.param(300_001, 300_010, DATA[300_001:300_010], id="in the middle"),
        pytest.param(0, AT_ONCE, DATA[:AT_ONCE], id="as many as are read at once"),
        pytest.param(5, AT_ONCE + 6, DATA[5 : AT_ONCE + 5], id="one more than that"),
        pytest.param(5, None, DATA[5 : AT_ONCE + 5], id="without an end"),
        pytest.param(len(DATA) - 7, None, DATA[-7:], id="up to its end"),
        pytest.param(len(DATA) - 7, len(DATA) + 9, DATA[-7:], id="beyond its end"),
        pytest.param(len(DATA), None, b"", id="at its end"),
        pytest.param(len(DATA) + 1, len(DATA) + 2, b"", id="after its end"),
        pytest.param(7, 7, b"", id="nothing"),
        pytest.param(9, 7, b"", id="less than nothing"),
    ],
)
def test_what_is_in_memory_is_read(
    path: Path, descriptor: int, start: int, stop: int | None, expected: bytes
) -> None:
    """Of what was just written, any slice is there; the descriptor's offset stays where it is."""
    os.lseek(descriptor, 3, os.SEEK_SET)
    got = read_cached(descriptor, start, stop)
    assert got == expected or (got is None and not is_on_a_disk(path))
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 3


def test_what_is_not_in_memory_is_not_waited_for(path: Path, descriptor: int) -> None:
    """Of what is on the disk alone, nothing is read; once it has been waited for, all is."""
    dropped_from_memory(path)
    cold = read_cached(descriptor, 0, AT_ONCE)
    if not is_on_a_disk(path):
        assert cold in (None, b"", DATA[:AT_ONCE])
        return
    assert cold is not None
    assert len(cold) < AT_ONCE  # a system under load may have read some of it again
    assert DATA.startswith(cold)
    assert os.pread(descriptor, AT_ONCE, 0) == read_cached(descriptor, 0, AT_ONCE) == DATA[:AT_ONCE]


def test_bytes_stay_what_they_are(descriptor: int) -> None:
    """What was read is not overwritten by the next one, although both were read into the same place."""
    first = read_cached(descriptor, 0, 3)
    read_cached(descriptor, 3, 6)
    assert first in (DATA[:3], None)


def test_threads_read_beside_each_other(path: Path, descriptor: int) -> None:
    """Each thread has a place of its own to read into."""
    places: list[int] = []
    thread = threading.Thread(target=lambda: places.append(id(page_cache.SCRATCH.buffer)))
    thread.start()
    thread.join()
    assert places != [id(page_cache.SCRATCH.buffer)]


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has a file system in memory at this place.")
def test_some_file_systems_cannot_tell() -> None:
    """A file system in memory has no answer, and is read by a thread."""
    with tempfile.TemporaryFile(dir=IN_MEMORY) as file:
        file.write(b"data")
        file.flush()
        assert read_cached(file.fileno(), 0, 4) in (None, b"data")


def test_other_systems_cannot_tell(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such way to read, a thread does."""
    monkeypatch.setattr(page_cache, "NOWAIT", None)
    assert read_cached(descriptor, 0, 4) is None


def test_an_option_that_the_system_refuses_is_no_error(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that knows less than Python is read by a thread."""
    monkeypatch.setattr(page_cache, "NOWAIT", 1 << 30)
    assert read_cached(descriptor, 0, 4) is None


def test_what_cannot_be_read_is_an_error(path: Path) -> None:
    """An error of the system is no miss, after which a thread would run into it again."""
    if page_cache.NOWAIT is None:
        return
    descriptor = os.open(path, os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            read_cached(descriptor, 0, 4)
    finally:
        os.close(descriptor)


# Finding


def test_a_path_that_was_just_looked_at_is_known(path: Path) -> None:
    """Of a file on a disk that somebody has just written, the system has all in mind that opening takes."""
    assert is_cached(str(path)) is is_on_a_disk(path)


def test_a_directory_is_known(tmp_path: Path) -> None:
    """That it is no file shows when it is looked at, for which nobody has to wait either."""
    assert is_cached(str(tmp_path)) is is_on_a_disk(tmp_path)


def test_a_link_is_followed(path: Path) -> None:
    """What counts is where a link leads, as for opening it."""
    link = path.with_name("link")
    link.symlink_to(path)
    # One that has not been followed since it was made has that written down first.
    later = time.time() + 60
    os.utime(link, (later, later - 60), follow_symlinks=False)
    assert is_cached(str(link)) is is_on_a_disk(path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("absent", id="not there"),
        pytest.param("absent/file", id="below what is not there"),
        pytest.param("data.bin/file", id="below a file"),
        pytest.param("x" * 300, id="too long"),
        pytest.param("dangling", id="a link to nowhere"),
        pytest.param("data.bin\0.txt", id="with a NUL"),
        pytest.param("\ud800", id="no text in any file system"),
    ],
)
def test_what_is_not_there_is_not_known(path: Path, name: str) -> None:
    """Whoever asks for what is not there is answered in a thread, and no error comes of it."""
    (path.parent / "dangling").symlink_to("absent")
    assert not is_cached(f"{path.parent}/{name}")


@pytest.mark.parametrize("path", [Path("/proc/self/status"), IN_MEMORY, Path("/dev/null")], ids=str)
def test_what_is_on_no_disk_is_not_known(path: Path) -> None:
    """Other file systems may ask a server what they know."""
    assert not is_cached(str(path))


def test_nothing_is_known_on_other_systems(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can tell, a thread looks."""
    monkeypatch.setattr(page_cache, "LINUX", False)
    assert not is_cached(str(path))


def test_looking_leaves_no_descriptor(path: Path) -> None:
    """What was opened to find out is closed."""
    before = os.dup(0)
    os.close(before)
    for _ in range(3):
        is_cached(str(path))
    after = os.dup(0)
    os.close(after)
    assert after == before
