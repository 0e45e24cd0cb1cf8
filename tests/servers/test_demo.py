"""The demo as somebody sees it who has just started it: with a browser, and with the curl lines of its page."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from attrs import define

from tests.demo.expected import ALLOWED, EXPECTED, REFUSED
from tests.demo.page import CurlLines, Page

RUN = Path(__file__).parents[2] / "demo/run.py"
LISTENING = "0A"
SERVERS = ["wsgi", "uvicorn"]
BODIES = {expected.url: expected.body for expected in [*EXPECTED, ALLOWED]}


@define
class Demo:
    """A demo that runs, and the lines that it has printed."""

    process: subprocess.Popen[str]
    port: int
    media_root: Path
    printed: list[str]

    def ports(self) -> set[int]:
        """Where the process listens."""
        process = Path(f"/proc/{self.process.pid}")
        held = {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}
        sockets = (line.split() for line in (process / "net/tcp").read_text().splitlines()[1:])
        return {
            int(local.rpartition(":")[2], 16)
            for _, local, _, state, *_, inode in (row[:10] for row in sockets)
            if state == LISTENING and f"socket:[{inode}]" in held
        }

    def page(self) -> Page:
        """Fetch the page."""
        with urlopen(f"http://127.0.0.1:{self.port}/") as response:
            return Page(response.read().decode())

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def running(var: Path, server: str, **more: str) -> Iterator[Demo]:
    """Start the demo as ``make demo`` does, and end it however the test ends."""
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DEMO_", "DJANGO_"))
    }
    environment |= {"DEMO_VAR": str(var), "PORT": str(port), "SERVER": server, **more}
    with subprocess.Popen(
        [sys.executable, RUN], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            printed = [process.stdout.readline()]
            reading = Thread(target=printed.extend, args=[process.stdout])
            reading.start()
            yield Demo(process, port, var / "media", printed)
        finally:
            process.kill()
            reading.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module", params=SERVERS)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, with each of its servers."""
    with running(tmp_path_factory.mktemp("var"), request.param) as demo:
        yield demo


def test_demo_says_where_it_is(demo: Demo) -> None:
    """The first line that the demo prints is its address."""
    assert demo.printed[0] == f"The demo is on http://127.0.0.1:{demo.port}/ until Ctrl-C.\n"


def test_demo_makes_64_mib(demo: Demo) -> None:
    """Unless it is told otherwise, the large file is large."""
    assert (demo.media_root / "random.bin").stat().st_size == 64 * 1024 * 1024


def test_each_curl_line(demo: Demo, curl: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Each curl line of the page fetches what it says, and gets the status that stands beside it."""
    listed = demo.page().curl_lines
    assert {lines.path for lines in listed} == {*BODIES, *(url for url, _ in REFUSED)}
    for number, lines in enumerate(listed):
        with subtests.test(shlex.join(lines.commands[-1])):
            directory = tmp_path / str(number)
            directory.mkdir()
            assert_fetches(curl, lines, directory, demo.media_root)


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


@pytest.mark.parametrize("server", SERVERS)
def test_ctrl_c_stops_everything(server: str, tmp_path: Path) -> None:
    """Ctrl-C ends the demo without complaint, even while somebody downloads; nobody listens any more."""
    with running(tmp_path / "var", server) as demo:
        demo.page()
        ports = demo.ports()
        assert demo.port in ports
        assert len(ports) == 2
        with socket.create_connection(("127.0.0.1", demo.port)) as client:
            client.sendall(b"GET /local/random.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
            assert demo.interrupt() == 0
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
    assert demo.printed[-1] == "Stopped.\n"
    assert "Traceback" not in "".join(demo.printed)


def test_demo_starts_again(tmp_path: Path) -> None:
    """A second start finds the samples of the first, and makes nothing anew."""
    times = []
    for _ in range(2):
        with running(tmp_path / "var", "wsgi", DEMO_MIB="1") as demo:
            demo.page()
            assert demo.interrupt() == 0
        files = sorted(path for path in (tmp_path / "var").rglob("*") if path.is_file())
        times.append({path: path.stat().st_mtime_ns for path in files})
    assert times[0] == times[1]


def test_what_the_demo_asks_itself_is_not_handed_over(tmp_path: Path) -> None:
    """Behind nginx, too, the demo fetches files of its own past nginx, so Django sends these."""
    with running(tmp_path / "var", "wsgi", DEMO_MIB="1", DEMO_FRONT="nginx") as demo:
        url = f"http://127.0.0.1:{demo.port}"
        with urlopen(f"{url}/local/random.bin") as response:
            assert response.headers["X-Accel-Redirect"] == "/protected/random.bin"
            assert response.read() == b""
        with urlopen(f"{url}/plain/random.bin") as response:
            assert response.read() == (demo.media_root / "random.bin").read_bytes()
