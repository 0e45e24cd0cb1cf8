"""
Real servers in front: nginx, Apache, lighttpd and Caddy, each started from what ``downloadable_proxy`` prints.

What is printed is not touched; it is included by a wrapper of a few lines, which says where this one server has its
log and its temporary files. As root, the servers run as nobody, as they would in earnest: what they are to send must
be where everybody may look, such as in a ``public_directory()``.
"""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define

from tests.servers.front_kinds import APACHE, CADDY, FRONTS, LIGHTTPD, NGINX, FrontKind
from tests.servers.processes import ANSWERING_SECONDS, ROOT, STARTING_SECONDS, cleaned, stop

__all__ = [
    "APACHE",
    "CADDY",
    "FRONTS",
    "LIGHTTPD",
    "NGINX",
    "Front",
    "FrontKind",
    "in_front",
    "printed",
    "public_directory",
]

ATTEMPTS = 5
TICK_SECONDS = 0.02
NOBODY = "nobody"
IN_USE = "address already in use"


Writing = Callable[[str, str], str]
"""Returns a configuration, given ``HOST:PORT`` of Django's server and of the one in front."""


@define
class Front:
    """
    A server in front that runs, on a free port of loopback.

    Args:
        configuration: The file with what was printed.

        log: All that it says.
    """

    kind: FrontKind
    process: subprocess.Popen[bytes]
    port: int
    configuration: Path
    log: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERING_SECONDS)

    @contextmanager
    def answer(self, url: str, *, method: str = "GET", **fields: str) -> Iterator[http.client.HTTPResponse]:
        """Ask for *url* on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, url, headers={"Connection": "close"} | fields)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class PortTaken(Exception):
    """Somebody else was faster."""


@contextmanager
def in_front(
    kind: FrontKind,
    upstream: int,
    *options: str,
    change: Callable[[str], str] = str,
    write: Writing | None = None,
    **environment: str,
) -> Iterator[Front]:
    """
    Run a server in front until the end of the block.

    Args:
        kind: Which one.

        upstream: Port of Django's server.

        *options: For ``downloadable_proxy``.

        change: What to make of the configuration that was printed.

        write: Who prints it instead.

        **environment: Variables beside those of this process; ``DJANGO_SETTINGS_MODULE``, unless another is given, is
            that of the demo, which sends by this server.

    Raises:
        AssertionError: If it does not start; with what it said.
    """
    variables = {"DJANGO_SETTINGS_MODULE": "demo.settings", "DEMO_FRONT": kind.name} | environment

    def written(django: str, front: str) -> str:
        if write is not None:
            return write(django, front)
        return change(printed(kind, "--upstream", django, "--listen", front, *options, **variables))

    with public_directory() as directory:
        front = started_somewhere(kind, directory, upstream, written)
        try:
            yield front
        finally:
            stop(front.process)


def printed(kind: FrontKind, *options: str, **environment: str) -> str:
    """Return what ``downloadable_proxy`` prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "downloadable_proxy", kind.name, *options],
        cwd=ROOT,
        env=cleaned(os.environ) | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@contextmanager
def public_directory() -> Iterator[Path]:
    """A directory that everybody may look into, unlike pytest's; it is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="downloadable-", dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def started_somewhere(kind: FrontKind, directory: Path, upstream: int, written: Writing) -> Front:
    for _ in range(ATTEMPTS):
        try:
            return started(kind, directory, upstream, written)
        except PortTaken:
            continue
    raise AssertionError(f"No port stays free until {kind.name} has started.")


def started(kind: FrontKind, directory: Path, upstream: int, written: Writing) -> Front:
    """
    Start a server and wait until it answers.

    Raises:
        PortTaken: If the port that was free when it was looked for is not any more.
    """
    port = free_port()
    configuration, wrapper, log = (directory / name for name in ("printed.conf", "wrapper.conf", "log"))
    configuration.write_text(written(f"127.0.0.1:{upstream}", f"127.0.0.1:{port}"))
    wrapper.write_text(kind.wrapper(configuration, directory))
    private = directory / "private"
    private.mkdir(exist_ok=True)
    log.write_bytes(b"")
    unprivileged: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(private, NOBODY)
        shutil.chown(log, NOBODY)
        unprivileged = {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [kind.found(), *(part.format(wrapper=wrapper, directory=directory) for part in kind.arguments)],
            cwd="/",
            env={"PATH": os.defpath, "HOME": str(private)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **unprivileged,
        )
    front = Front(kind, process, port, configuration, log)
    try:
        wait_for(front)
    except BaseException:
        stop(process)
        raise
    return front


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def wait_for(front: Front) -> None:
    """Wait until the server answers anything at all."""
    deadline = time.monotonic() + STARTING_SECONDS
    why: Exception | None = None
    while front.process.poll() is None and time.monotonic() < deadline:
        try:
            with front.answer("/") as answer:
                answer.read()
        except (OSError, http.client.HTTPException) as error:
            why = error
            with suppress(subprocess.TimeoutExpired):
                front.process.wait(TICK_SECONDS)
        else:
            # nginx goes on trying for a while, when it may have been somebody else who has answered.
            if IN_USE in front.said().lower():
                raise PortTaken
            return
    if IN_USE in front.said().lower():
        raise PortTaken
    raise AssertionError(f"{front.kind.name} does not answer ({why}), and says:\n{front.said()}")
