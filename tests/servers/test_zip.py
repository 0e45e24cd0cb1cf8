from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.servers.processes import ASGI, GTHREAD, MIB, Server, running, until

GIB = int(os.environ.get("SERVERS_ZIP_GIB", "1"))
LARGE = {"a.bin": GIB * 512 * MIB, "b.bin": GIB * 384 * MIB + 7, "c.bin": GIB * 128 * MIB - 7, "d.bin": 0}
"""Mostly holes. Of ten GiB, the first is beyond 32 bits, and so is where the others begin."""
SMALL = {"a.bin": 3 * MIB, "b.bin": 24 * MIB + 7, "c.bin": 6, "d.bin": 0}
"""Such that more than a socket holds stands before the third."""

APART = 16 * MIB + 4099
BLOCK = 64 * 1024
READ = 8 * MIB
RANGES = 1000
LEAST, MOST = 1, 64 * 1024


def write_members(directory: Path, sizes: Mapping[str, int]) -> None:
    """Write files, and their checksums beside them."""
    directory.mkdir()
    draw, checksums = random.Random(20_260_229), {}
    for name, size in sizes.items():
        with (directory / name).open("w+b") as file:
            for position in range(0, size - BLOCK, APART):
                file.seek(position)
                file.write(draw.randbytes(BLOCK))
            file.truncate(size)
            file.seek(0)
            checksum = 0
            while block := file.read(READ):
                checksum = zlib.crc32(block, checksum)
        checksums[name] = checksum
    (directory / "checksums.json").write_text(json.dumps(checksums))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The members of both archives."""
    files = tmp_path_factory.mktemp("packed")
    write_members(files / "large", LARGE)
    write_members(files / "small", SMALL)
    return files


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def packing(
    request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each server in turn, with the site of archives."""
    log = tmp_path_factory.mktemp("log") / "packing.log"
    with running(request.param, "tests.servers.packed", log, SITE_FILES=str(files)) as server:
        yield server


@pytest.fixture
def view(packing: Server) -> str:
    """What the URLs of each server's own colour begin with."""
    return "/async" if packing.kind is ASGI else "/sync"


def save(server: Server, url: str, path: Path) -> int:
    """Fetch a whole archive into a file, where holes are holes again; returns what was announced."""
    with server.answer(url) as response, path.open("wb") as file:
        announced = int(response.headers["Content-Length"])
        while block := response.read(READ):
            if any(block):
                file.write(block)
            else:
                file.seek(len(block), os.SEEK_CUR)
        file.truncate(file.tell())
    return announced


def test_large_archives_need_no_memory(packing: Server, view: str, files: Path, tmp_path: Path) -> None:
    """
    An archive is announced to the byte, sent in less than 32 MiB, and unpacked by those who have nothing of ours.

    A thousand ranges of it are the slices of the whole.
    """
    url = f"{view}/large/checked.zip"
    packing.cut_off(url, after=MIB)
    worker = packing.worker()
    before = worker.resident()
    worker.forget_peak()
    saved = tmp_path / "saved.zip"
    assert save(packing, url, saved) == saved.stat().st_size
    grown = worker.peak() - before
    assert grown < 32 * MIB

    with zipfile.ZipFile(saved) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == LARGE
    if packing.kind is GTHREAD:
        held_by(saved, files / "large")

    size = saved.stat().st_size
    draw = random.Random(7)
    connection = packing.connect()
    with saved.open("rb") as file:
        for number in range(RANGES):
            length = draw.randint(LEAST, MOST)
            # Every tenth is of the end, where all the checksums are.
            start = size - draw.randint(LEAST, 400) if number % 10 == 0 else draw.randrange(size)
            connection.request("GET", url, headers={"Range": f"bytes={start}-{start + length - 1}"})
            response = connection.getresponse()
            file.seek(start)
            assert (response.status, response.read()) == (206, file.read(length)), start
    connection.close()


def held_by(saved: Path, directory: Path) -> None:
    """Have unzip test all checksums, and bsdtar unpack what has come, from a pipe as it may come."""
    assert subprocess.run(["unzip", "-tqq", saved], check=False).returncode == 0
    listed = subprocess.run(["unzip", "-Z1", saved], check=True, capture_output=True, text=True).stdout
    assert listed.split() == list(LARGE)
    came, expected = hashlib.sha256(), hashlib.sha256()
    with (
        saved.open("rb") as piped,
        subprocess.Popen(["bsdtar", "-xOf", "-"], stdin=piped, stdout=subprocess.PIPE) as unpacking,
    ):
        assert unpacking.stdout is not None
        while block := unpacking.stdout.read(READ):
            came.update(block)
    assert unpacking.returncode == 0
    for name in LARGE:
        with (directory / name).open("rb") as file:
            while block := file.read(READ):
                expected.update(block)
    assert came.hexdigest() == expected.hexdigest()


@pytest.mark.parametrize("kind", ["checked", "unchecked"])
def test_curl_resumes(packing: Server, view: str, kind: str, tmp_path: Path) -> None:
    """``curl -C -`` goes on with an archive of which a part has come, also where no checksum was known beforehand."""
    url = f"{view}/small/{kind}.zip"
    whole = tmp_path / "whole.zip"
    save(packing, url, whole)
    begun = tmp_path / "begun.zip"
    shutil.copyfile(whole, begun)
    with begun.open("r+b") as file:
        # In the midst of the second member, whose checksum stands behind it.
        file.truncate(SMALL["a.bin"] + SMALL["b.bin"] // 2)
    done = subprocess.run(
        [
            "curl",
            "-sS",
            "-C",
            "-",
            "-w",
            "%{http_code}",
            "-o",
            begun,
            f"http://127.0.0.1:{packing.port}{url}",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "206"
    assert begun.read_bytes() == whole.read_bytes()


def test_what_changed_in_between_is_noticed(packing: Server, view: str, files: Path) -> None:
    """Who goes on with If-Range gets the new archive as a whole, once any member has changed."""
    directory = files / f"noticed-{packing.kind.name}"
    write_members(directory, SMALL)
    url = f"{view}/{directory.name}/unchecked.zip"
    with packing.answer(url) as response:
        tag = response.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    fields = {"Range": "bytes=1000-1009", "If-Range": tag}
    with packing.answer(url, **fields) as response:
        assert response.status == 206
    (directory / "d.bin").touch()
    with packing.answer(url, **fields) as response:
        assert response.status == 200
        assert response.headers["ETag"] != tag


def test_what_changes_on_the_way_ends_short(packing: Server, view: str, files: Path) -> None:
    """A member that is another when its turn comes breaks the connection off; the log says which."""
    directory = files / f"ends-{packing.kind.name}"
    write_members(directory, SMALL)
    member = directory / "c.bin"
    with packing.answer(f"{view}/{directory.name}/unchecked.zip") as response:
        announced = int(response.headers["Content-Length"])
        came = len(response.read(MIB))
        (files / "new").write_bytes(b"others")
        (files / "new").replace(member)
        try:
            while block := response.read1(READ):
                came += len(block)
        except (OSError, HTTPException):
            pass
    assert SMALL["a.bin"] < came < announced
    line = f"ContentChanged: '{member}' is no longer"
    assert line in until(packing.said, lambda said: line in said)
