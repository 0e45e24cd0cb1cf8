"""The file that a WSGI server is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from downloadable.adapters.local import LocalContent
from downloadable.django_ui.zero_copy import BLOCK, FileToStream
from downloadable.domain import PLAIN_GET, ByteRange, ContentError, ContentTruncated

DATA = os.urandom(1024 * 1024)
START, STOP = 300_000, len(DATA) - 17


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of several blocks."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def stream(path: Path) -> Iterator[FileToStream]:
    """The middle of a file."""
    content = LocalContent(path)
    content.describe(PLAIN_GET)
    content.acquire()
    yield FileToStream(content, ByteRange(START, STOP), None)
    content.close()


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 0), (1, 1), (BLOCK, BLOCK), (BLOCK + 1, BLOCK), (64 * 1024 * 1024, BLOCK), (-1, BLOCK)],
)
def test_a_block_is_bounded(stream: FileToStream, size: int, expected: int) -> None:
    """However many bytes a server asks for, it gets some that it can send."""
    assert stream.read(size) == DATA[START : START + expected]
    assert stream.tell() == START + expected


def test_positions_are_those_of_the_file(stream: FileToStream) -> None:
    """Where a server goes is where the descriptor would be; the end is that of the range."""
    assert stream.seekable()
    assert stream.tell() == START
    assert stream.seek(0, os.SEEK_END) == STOP
    assert stream.read() == b""
    assert stream.seek(-5, os.SEEK_CUR) == STOP - 5
    assert stream.read() == DATA[STOP - 5 : STOP]
    assert stream.seek(START) == START
    assert stream.read(3) == DATA[START : START + 3]


def test_what_is_missing_is_never_an_end(stream: FileToStream, path: Path) -> None:
    """A server that was given nothing, although it announced more, would ask for ever."""
    os.truncate(path, START + 10)
    for _ in range(2):
        with pytest.raises(ContentTruncated):
            stream.read()


def test_what_is_closed_is_sent_by_nobody(stream: FileToStream) -> None:
    """A descriptor that is another file's by now is not told."""
    stream.close()
    with pytest.raises(OSError, match="closed"):
        stream.fileno()
    with pytest.raises(ContentError):
        stream.read()
