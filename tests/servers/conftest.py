from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from tests.servers.awkward_files import write_awkward_files
from tests.servers.faulty.control import FaultyOrigin, faulty_origin
from tests.servers.fronts import public_directory
from tests.servers.pairs import PAIRS, Pair, paired
from tests.servers.processes import MIB, SERVERS, Server, running

SIZE = int(os.environ.get("SERVERS_FILE_MIB", "1024")) * MIB
BLOCK = 64 * 1024
APART = 4 * MIB + 4099


@frozen
class Large:
    """A file that is larger than any buffer."""

    name: str
    size: int
    sha256: str


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that every server serves."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def large(files: Path) -> Large:
    """A file of 1 GiB, or what SERVERS_FILE_MIB says: mostly holes, with random blocks that tell their order."""
    path = files / "large.bin"
    draw = random.Random(20_240_229)
    with path.open("wb") as file:
        for position in range(0, SIZE - BLOCK, APART):
            file.seek(position)
            file.write(draw.randbytes(BLOCK))
        file.truncate(SIZE)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return Large(path.name, SIZE, digest.hexdigest())


@pytest.fixture(scope="session", params=SERVERS, ids=lambda kind: kind.name)
def server(
    request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each server in turn, with the site of this directory."""
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running(request.param, "tests.servers.site", log, SITE_FILES=str(files)) as server:
        yield server


@pytest.fixture(scope="session")
def public() -> Iterator[Path]:
    """Where the site has its files whose names and kinds are awkward, for everybody to read."""
    with public_directory() as directory:
        write_awkward_files(directory)
        yield directory


@pytest.fixture(scope="session", params=PAIRS, ids=lambda pair: "-".join(kind.name for kind in pair))
def pair(
    request: pytest.FixtureRequest, public: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Each server in front, before each kind of Django's."""
    front, django = request.param
    with paired(front, django, tmp_path_factory.mktemp("pair"), public) as pair:
        yield pair


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyOrigin]:
    """An origin that fails as it is told to."""
    with faulty_origin(tmp_path_factory.mktemp("log") / "origin.log") as origin:
        yield origin


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    """The kind of view, a function or a coroutine function: the first segment of a URL of the site."""
    return str(request.param)


@pytest.fixture(scope="session")
def curl() -> str:
    """Where curl is; it is never skipped, since make test-servers says how to get it."""
    program = shutil.which("curl")
    assert program is not None, "curl is missing. This installs it: make system-packages"
    return program
