"""Real servers as processes of their own, and what Linux tells about such a process."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from attrs import define, frozen

__all__ = ["ROOT", "SERVERS", "Kind", "Server", "Worker", "cleaned", "running", "several_at_once", "until"]

ROOT = Path(__file__).parents[2]
STARTING_SECONDS = 30
ANSWERING_SECONDS = 30
TICK_SECONDS = 0.05
MIB = 1024 * 1024

T = TypeVar("T")


@frozen
class Kind:
    """
    A server, and how it is started.

    Args:
        name: What it is called in a test's id.

        arguments: Module that is run, and its command line, without the application, which goes last; ``{fd}`` is the
            descriptor of its listening socket, ``{port}`` a port that is kept for a server which must listen by itself.

        interface: ``"wsgi"`` or ``"asgi"``, the module of a site that has its application.

        at_once: How many requests it answers at the same time, at least.
    """

    name: str
    arguments: tuple[str, ...]
    interface: str
    at_once: int


# Their own configuration, whatever lies in the working directory or home of whoever runs the tests.
GUNICORN = ("gunicorn", "--config", "python:tests.servers.gunicorn_settings", "--bind", "fd://{fd}")
UVICORN = (
    "uvicorn",
    "--fd",
    "{fd}",
    "--lifespan",
    "off",
    "--no-access-log",
    "--timeout-graceful-shutdown",
    "1",
)
THREADS = 4

SYNC = Kind("gunicorn-sync", (*GUNICORN, "--worker-class", "sync"), "wsgi", at_once=1)
GTHREAD = Kind(
    "gunicorn-gthread",
    (*GUNICORN, "--worker-class", "gthread", "--threads", str(THREADS)),
    "wsgi",
    at_once=THREADS,
)
ASGI = Kind("uvicorn", UVICORN, "asgi", at_once=THREADS)
SERVERS = (SYNC, GTHREAD, ASGI)
"""Each kind of server once; what a server does by itself is tested with the others, too."""

NO_SENDFILE = Kind(
    "gunicorn-no-sendfile",
    (*GUNICORN, "--worker-class", "gthread", "--threads", str(THREADS), "--no-sendfile"),
    "wsgi",
    at_once=THREADS,
)
WAITRESS = Kind(
    "waitress",
    ("tests.servers.on_waitress", "{fd}", str(THREADS)),
    "wsgi",
    at_once=THREADS,
)
UWSGI = Kind(
    "uwsgi",
    (
        "tests.servers.on_uwsgi",
        "--http-socket=fd://{fd}",
        "--master",
        "--die-on-term",
        "--need-app",
        f"--threads={THREADS}",
        "--buffer-size=16384",
        "--disable-logging",
        "--module",
    ),
    "wsgi",
    at_once=THREADS,
)
GRANIAN = Kind(
    "granian",
    ("granian", "--interface", "asgi", "--no-ws", "--port", "{port}", "--workers-kill-timeout", "2"),
    "asgi",
    at_once=THREADS,
)

several_at_once = pytest.mark.parametrize(
    "server", [GTHREAD, ASGI], indirect=True, ids=lambda kind: kind.name
)
"""For tests that ask a server something else while it sends."""


@frozen
class Worker:
    """The process that answers, as ``/proc`` shows it."""

    pid: int

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def sockets(self) -> set[str]:
        """Inodes of the sockets that the process has."""
        links = (str(path.readlink()) for path in Path(f"/proc/{self.pid}/fd").iterdir())
        return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}

    def resident(self) -> int:
        """Bytes of memory that the process has now."""
        return self._kibibytes("VmRSS") * 1024

    def peak(self) -> int:
        """Bytes of memory that the process had at most since :meth:`forget_peak`."""
        return self._kibibytes("VmHWM") * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def _kibibytes(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


@define
class Server:
    """A server that runs, on a free port of loopback."""

    kind: Kind
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERING_SECONDS)

    @contextmanager
    def answer(self, url: str, **fields: str) -> Iterator[http.client.HTTPResponse]:
        """Ask for *url* on a connection of its own."""
        connection = self.connect()
        try:
            connection.request("GET", url, headers={"Connection": "close"} | fields)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def fetch(self, url: str, **fields: str) -> bytes:
        """Ask for *url* and return all of its body."""
        with self.answer(url, **fields) as response:
            assert response.status in (200, 206), response.status
            return response.read()

    def state(self) -> Any:
        return json.loads(self.fetch("/state"))

    def worker(self) -> Worker:
        return Worker(self.state()["pid"])

    def cut_off(self, url: str, after: int) -> bytes:
        """
        Ask for *url* and leave in the middle, *after* so many bytes of the body.

        Returns:
            What came until then.
        """
        with self.answer(url) as response:
            return response.read(after)

    def occupy(self, url: str) -> None:
        """
        Have as many answers begun as the server gives at the same time, and leave: each of its threads had a part.

        Args:
            url: What is there is longer than any buffer.
        """
        with ExitStack() as clients:
            for _ in range(self.kind.at_once):
                response = clients.enter_context(self.answer(url))
                assert response.read(1)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(kind: Kind, site: str, log: Path, **environment: str) -> Iterator[Server]:
    """
    Run a server until the end of the block.

    Args:
        kind: Which one.

        site: Package with the modules ``wsgi`` and ``asgi``.

        log: File for all that it says.

        **environment: Variables beside those of this process.
    """
    with listening_for(kind) as listening, log.open("wb") as output:
        # Uvicorn takes a socket that it is handed for a Unix one: the end of its answers waits for an acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = listening.getsockname()[1]
        filled = [argument.format(fd=listening.fileno(), port=port) for argument in kind.arguments]
        program, *arguments = filled
        process = subprocess.Popen(
            [sys.executable, "-m", program, *arguments, f"{site}.{kind.interface}:application"],
            cwd=ROOT,
            env=cleaned(os.environ) | environment,
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(kind, process, port, log)
    try:
        wait_for(server)
        yield server
    finally:
        stop(process)


def listening_for(kind: Kind) -> socket.socket:
    """Return a socket that listens on a free port; or that keeps the port, for a server which listens by itself."""
    if not any("{port}" in argument for argument in kind.arguments):
        return socket.create_server(("127.0.0.1", 0))
    keeping = socket.socket()
    # The kernel gives connections to sockets that listen only.
    keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    keeping.bind(("127.0.0.1", 0))
    return keeping


def cleaned(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would tell a server something that a test has not."""
    other = ("GUNICORN_", "UVICORN_", "GRANIAN_", "UWSGI_", "DJANGO_", "WEB_CONCURRENCY", "COV_")
    return {name: value for name, value in environment.items() if not name.startswith(other)}


def wait_for(server: Server) -> None:
    """Wait until the server answers anything at all; if its socket listens already, the request waits there."""
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STARTING_SECONDS)
            connection.request("GET", "/", headers={"Connection": "close"})
            connection.getresponse().close()
            connection.close()
            return
        except OSError as error:
            if isinstance(error, ConnectionRefusedError) and time.monotonic() < deadline:
                with suppress(subprocess.TimeoutExpired):
                    server.process.wait(TICK_SECONDS)
                if server.process.poll() is None:
                    continue
            raise AssertionError(f"{server.kind.name} does not answer: {error}\n{server.said()}") from error


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(look: Callable[[], T], expected: Callable[[T], bool], seconds: float = 15) -> T:
    """Look again and again until it is as expected, or time is up; return what was seen last."""
    deadline = time.monotonic() + seconds
    while not expected(seen := look()) and time.monotonic() < deadline:
        pass
    return seen
