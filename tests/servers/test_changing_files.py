from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from tests.servers.processes import (
    ASGI,
    GRANIAN,
    GTHREAD,
    MIB,
    NO_SENDFILE,
    SYNC,
    UWSGI,
    WAITRESS,
    Kind,
    Server,
    running,
    until,
)

SIZE = 16 * MIB
START = 5
OLD, NEW = b"o", b"n"
ANSWERING_SECONDS = 30
# Longer than a client waits here: where a connection is closed, it is for what has happened to the file.
KEPT = ("--keep-alive", str(4 * ANSWERING_SECONDS))
KINDS: tuple[Kind, ...] = (
    SYNC,
    evolve(GTHREAD, arguments=(*GTHREAD.arguments, *KEPT)),
    evolve(NO_SENDFILE, arguments=(*NO_SENDFILE.arguments, *KEPT)),
    WAITRESS,
    UWSGI,
    ASGI,
    GRANIAN,
)
BY_SENDFILE = (SYNC.name, GTHREAD.name)
TRUNCATED = re.compile(r"ContentTruncated: .+")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers serve."""
    return tmp_path_factory.mktemp("changing")


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def sending(
    request: pytest.FixtureRequest, directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each server in turn, with the site of all the ways to a local file."""
    log = tmp_path_factory.mktemp("log") / "changing.log"
    with running(request.param, "tests.servers.unread", log, SITE_FILES=str(directory)) as server:
        yield server


@pytest.fixture
def path(directory: Path) -> Path:
    """A file that is longer than all that lies between a server and a client who reads nothing."""
    path = directory / "file.bin"
    path.unlink(missing_ok=True)
    path.write_bytes(OLD * SIZE)
    return path


@contextmanager
def begun(server: Server, fields: str) -> Iterator[tuple[socket.socket, bytes, int]]:
    """Ask for the file and take no more than the first bytes; yields them, and how many were announced."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=ANSWERING_SECONDS) as client:
        client.sendall(f"GET /local/file.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode())
        came = b""
        while not re.search(rb"\r\n\r\n.", came):
            came += client.recv(1024)
        head, _, body = came.partition(b"\r\n\r\n")
        announced = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
        assert announced, head
        yield client, body, int(announced[1])


def rest_of(client: socket.socket, body: bytes, announced: int) -> bytes:
    """Read until all has come or the connection is closed, which it must be in time if something is missing."""
    while len(body) < announced and (came := client.recv(MIB)):
        body += came
    return body


WHOLE_OR_PART = pytest.mark.parametrize("fields", ["", f"Range: bytes={START}-\r\n"], ids=["whole", "range"])


def replace(path: Path) -> None:
    """Put another file of the same length in its place."""
    new = path.with_name("new.bin")
    new.write_bytes(NEW * SIZE)
    new.replace(path)


def grow(path: Path) -> None:
    """Append to it."""
    with path.open("ab") as file:
        file.write(NEW * MIB)


@WHOLE_OR_PART
@pytest.mark.parametrize("change", [replace, Path.unlink, grow], ids=["replaced", "removed", "grown"])
def test_what_was_begun_is_finished(
    sending: Server, path: Path, change: Callable[[Path], None], fields: str
) -> None:
    """When a file is replaced, goes or grows, the client gets all of what it was when it was opened."""
    with begun(sending, fields) as (client, first, announced):
        change(path)
        body = rest_of(client, first, announced)
    assert len(body) == announced == SIZE - (START if fields else 0)
    assert body.count(OLD) == announced


@WHOLE_OR_PART
def test_a_file_that_shrinks_leaves_a_short_body(sending: Server, path: Path, fields: str) -> None:
    """When a file is cut, the client gets less, nothing else, and is told at once; the log tells it once."""
    before = len(sending.said())
    with begun(sending, fields) as (client, first, announced):
        os.truncate(path, MIB)
        body = rest_of(client, first, announced)
    assert len(body) < announced
    # What lies in the socket by sendfile() is the file's memory, in which the kernel clears what is cut off.
    cleared = body.count(b"\0") if sending.kind.name in BY_SENDFILE else 0
    assert body.count(OLD) + cleared == len(body)
    # Nobody hears how granian fares with a file that it has opened by itself.
    expected = 0 if sending.kind is GRANIAN and not fields else 1
    told = until(lambda: TRUNCATED.findall(sending.said()[before:]), lambda lines: len(lines) >= expected)
    if sending.kind is WAITRESS:
        # Each of its two threads may meet the end.
        told = sorted(set(told))
    assert len(told) == expected, sending.said()[before:]
    # It serves on.
    assert sending.fetch(f"/local/{path.name}") == OLD * MIB
