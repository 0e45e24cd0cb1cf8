"""Processes that belong to whoever started them: how a server in front is started, waited for, and ended."""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define

from demo.fronts import CannotStart, FrontKind

__all__ = [
    "HOST",
    "Front",
    "PortTaken",
    "closed_to_others",
    "free_port",
    "public_directory",
    "started",
    "stop",
    "stop_all",
    "tied",
    "wait_until",
]

HOST = "127.0.0.1"
STARTING_SECONDS = 30
ANSWERING_SECONDS = 30
STOPPING_SECONDS = 10
TICK_SECONDS = 0.02
NOBODY = "nobody"
IN_USE = "address already in use"


@define
class Front:
    """
    A server in front that runs on a port of loopback.

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
        """Return a connection to it, which the caller closes."""
        return http.client.HTTPConnection(HOST, self.port, timeout=ANSWERING_SECONDS)

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
        """Return its log."""
        return self.log.read_text(errors="replace")


class PortTaken(Exception):
    """Somebody else was faster."""


@contextmanager
def public_directory() -> Iterator[Path]:
    """Make a directory that everybody may look into; it is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="downloadable-", dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def closed_to_others(directory: Path) -> Path | None:
    """Return the first directory on the way to *directory* that others may not look into; ``None`` if they may."""
    directory = directory.resolve()
    for one in (*reversed(directory.parents), directory):
        if not one.stat().st_mode & stat.S_IXOTH:
            return one
    return None


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
        return port


def started(kind: FrontKind, directory: Path, port: int, configuration: str) -> Front:
    """
    Start a server in front and wait until it answers.

    As root, it runs as nobody, as it would in earnest: what it is to send must be where everybody may look.

    Args:
        kind: Which one.

        directory: For its files; everybody may look into it, such as into a ``public_directory()``.

        port: Where *configuration* says that it listens.

        configuration: What ``downloadable_proxy`` has printed.

    Raises:
        PortTaken: If the port is not free any more.

        CannotStart: If it is not installed, or ends at once; with what it said.
    """
    program = kind.found()
    printed, wrapper, log = (directory / name for name in ("printed.conf", "wrapper.conf", "log"))
    printed.write_text(configuration)
    wrapper.write_text(kind.wrapper(printed, directory))
    for public in (printed, wrapper):
        public.chmod(0o644)
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
            tied([program, *(part.format(wrapper=wrapper, directory=directory) for part in kind.arguments)]),
            cwd="/",
            env={"PATH": os.defpath, "HOME": str(private)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for who has started it, and who ends it in turn.
            start_new_session=True,
            **unprivileged,
        )
    front = Front(kind, process, port, printed, log)
    try:
        wait_for(front)
    except BaseException:
        stop_all(process)
        raise
    return front


def tied(command: Sequence[str]) -> list[str]:
    """Return *command* as one that ends with this process, even if that is killed; where the system can do so."""
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM"] if setpriv else []), *command]


def wait_for(front: Front) -> None:
    """Wait until the server answers, and it is this one."""
    try:
        wait_until(front.process, front.port, front.kind.name)
    except CannotStart as error:
        if IN_USE in front.said().lower():
            raise PortTaken from error
        raise CannotStart(f"{error} It says:\n{front.said()}") from error
    # nginx goes on trying for a while, when it may have been somebody else who has answered.
    if IN_USE in front.said().lower():
        raise PortTaken


def wait_until(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    """
    Wait until a server answers anything at all.

    Raises:
        CannotStart: If it ends, or does not in time.
    """
    deadline = time.monotonic() + STARTING_SECONDS
    why: Exception | None = None
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(
            HOST, port, timeout=TICK_SECONDS if why is None else ANSWERING_SECONDS
        )
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            why = error
            with suppress(subprocess.TimeoutExpired):
                process.wait(TICK_SECONDS)
        else:
            return
        finally:
            connection.close()
    raise CannotStart(f"{name} does not answer ({why}).")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process: politely, then not."""
    process.terminate()
    try:
        process.wait(timeout=STOPPING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_all(leader: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session of its own, and whatever of its workers has outlived it."""
    stop(leader)
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
