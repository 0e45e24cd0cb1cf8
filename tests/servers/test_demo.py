"""The page of sources as somebody sees it who has just started the demo: each of its curl lines is run."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.demo.expected import ALLOWED, EXPECTED, REFUSED
from tests.demo.page import CurlLines, Page
from tests.servers.demos import Demo, running

BODIES = {expected.url: expected.body for expected in [*EXPECTED, ALLOWED]}


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo has its files."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module", params=["wsgi", "uvicorn"])
def demo(request: pytest.FixtureRequest, var: Path) -> Iterator[Demo]:
    """The demo, with a server of each interface."""
    with running(var, SERVER=request.param) as demo:
        yield demo


def page_of(demo: Demo) -> Page:
    """Fetch the page."""
    with urlopen(f"{demo.url}/sources/") as response:
        return Page(response.read().decode())


def test_demo_says_where_it_is(demo: Demo) -> None:
    """The first line that the demo prints is its address."""
    assert demo.printed[0] == f"The demo is on {demo.url}/ until Ctrl-C.\n"


def test_demo_makes_64_mib(demo: Demo) -> None:
    """Unless it is told otherwise, the large file is large."""
    assert (demo.var / "media/random.bin").stat().st_size == 64 * 1024 * 1024


def test_each_curl_line(demo: Demo, curl: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Each curl line of the page fetches what it says, and gets the status that stands beside it."""
    listed = page_of(demo).curl_lines
    assert {lines.path for lines in listed} == {*BODIES, *(url for url, _ in REFUSED)}
    for number, lines in enumerate(listed):
        with subtests.test(shlex.join(lines.commands[-1])):
            directory = tmp_path / str(number)
            directory.mkdir()
            assert_fetches(curl, lines, directory, demo.var / "media")


def assert_fetches(curl: str, lines: CurlLines, directory: Path, media_root: Path) -> None:
    """Run *lines* in an empty directory, and look at what comes of it."""
    *before, last = lines.commands
    for command in before:
        subprocess.run([curl, *command[1:], "-sS"], cwd=directory, check=True)
    done = subprocess.run(
        [curl, *last[1:], "-sS", "-w", "%{stderr}%{http_code}"],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    assert int(done.stderr) == lines.status
    fetched = {path.name: path.read_bytes() for path in directory.iterdir()}
    if lines.status not in (200, 206):
        assert fetched == {}
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        assert str(lines.status).encode() in head.splitlines()[0]
        assert (body == b"") == (lines.status == 304)
        return
    ((name, received),) = fetched.items()
    body = BODIES[lines.path](media_root)
    if name == "parts":
        assert body[:100] in received
        assert body[5000:5100] in received
        assert len(received) < 1000
    else:
        assert digest(received) == digest(body[:100] if name == "part" else body)


def digest(body: bytes) -> tuple[int, str]:
    """Length and hash, which are easier to read than 64 MiB."""
    return len(body), hashlib.sha256(body).hexdigest()


def test_demo_starts_again(var: Path) -> None:
    """A later start finds what the first has made, and makes nothing anew."""
    times = []
    for _ in range(2):
        with running(var, SERVER="wsgi") as demo:
            page_of(demo)
        files = sorted(path for path in var.rglob("*") if path.is_file())
        times.append({path: path.stat().st_mtime_ns for path in files})
    assert times[0]
    assert times[0] == times[1]
