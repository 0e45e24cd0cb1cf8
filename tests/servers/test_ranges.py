from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.servers.processes import MIB, Server, several_at_once

SIZE = 24 * MIB
PIECE = 65_000
PART = 40 * PIECE
"""As much as is read piece by piece."""


@pytest.fixture(scope="module")
def content(files: Path) -> bytes:
    """The content of ``ranges.bin``."""
    content = random.Random(9110).randbytes(SIZE)
    (files / "ranges.bin").write_bytes(content)
    return content


def test_curl_resumes_where_it_was_cut_off(
    server: Server, colour: str, content: bytes, curl: str, tmp_path: Path
) -> None:
    """``curl -C -`` gets the rest of a download that was cut off, and nothing but the rest."""
    url = f"/{colour}/local/ranges.bin"
    target = tmp_path / "ranges.bin"
    target.write_bytes(server.cut_off(url, after=10_000_001))
    asked = [curl, "--disable", "--noproxy", "*", "--silent", "--show-error", "--fail", "--continue-at", "-"]
    done = subprocess.run(
        [
            *asked,
            "--output",
            target,
            "--write-out",
            "%{http_code} %{size_download}",
            f"http://127.0.0.1:{server.port}{url}",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"206 {SIZE - 10_000_001}"
    assert target.read_bytes() == content


def every_other_piece(server: Server, url: str, first: int) -> Iterator[tuple[int, bytes]]:
    """Ask for a piece, leave out the next, and so on."""
    for start in range(first, PART, 2 * PIECE):
        stop = min(start + PIECE, PART)
        with server.answer(url, Range=f"bytes={start}-{stop - 1}") as response:
            assert response.status == 206
            assert response.getheader("Content-Range") == f"bytes {start}-{stop - 1}/{SIZE}"
            yield start, response.read()


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_two_readers_in_turns_rebuild_the_file(
    server: Server, colour: str, content: bytes, kind: str
) -> None:
    """Two readers that ask in turns, each for every other piece, have the whole between them."""
    url = f"/{colour}/{kind}/ranges.bin"
    rebuilt = bytearray(PART)
    one, other = (every_other_piece(server, url, first) for first in (0, PIECE))
    for start, piece in chain.from_iterable(zip(one, other, strict=True)):
        rebuilt[start : start + PIECE] = piece
    assert bytes(rebuilt) == content[:PART]


@several_at_once
@pytest.mark.parametrize("kind", ["local", "memory"])
def test_two_readers_at_once_rebuild_the_file(server: Server, colour: str, content: bytes, kind: str) -> None:
    """Two readers at the same time, one for each half, read in turns, have the whole between them."""
    url = f"/{colour}/{kind}/ranges.bin"
    halves = bytearray(), bytearray()
    with (
        server.answer(url, Range=f"bytes=0-{SIZE // 2 - 1}") as first,
        server.answer(url, Range=f"bytes={SIZE // 2}-") as second,
    ):
        while not (first.isclosed() and second.isclosed()):
            for half, response in zip(halves, (first, second), strict=True):
                half.extend(response.read(PIECE))
    assert bytes(halves[0] + halves[1]) == content


def test_a_range_that_belongs_to_the_old_file_gets_the_new_one(
    server: Server, colour: str, files: Path
) -> None:
    """A client that resumes with If-Range never puts halves of two files together."""
    path = files / f"changing-{server.kind.name}-{colour}.bin"
    url = f"/{colour}/local/{path.name}"
    path.write_bytes(b"old" * 100_000)
    with server.answer(url) as response:
        tag = response.getheader("ETag")
        response.read(1000)
    assert tag is not None
    with server.answer(url, **{"Range": "bytes=1000-", "If-Range": tag}) as response:
        assert response.status == 206
    path.unlink()
    path.write_bytes(b"new" * 100_000)
    with server.answer(url, **{"Range": "bytes=1000-", "If-Range": tag}) as response:
        assert response.status == 200
        assert response.read() == b"new" * 100_000
