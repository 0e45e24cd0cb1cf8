from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.processes import (
    ANSWERING_SECONDS,
    ASGI,
    GRANIAN,
    GTHREAD,
    MIB,
    SYNC,
    UWSGI,
    WAITRESS,
    Server,
    running,
)

RECEIVED_BYTES = 256 * 1024
# More than that and all buffers of a server and its kernel hold.
SIZE = 8 * MIB
DATA = b"".join(b"%07x\n" % number for number in range(0, SIZE, 8))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers serve: one file."""
    directory = tmp_path_factory.mktemp("pools")
    (directory / "file.txt").write_bytes(DATA)
    return directory


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server that a test names."""
    log = tmp_path_factory.mktemp("log") / "pools.log"
    with running(request.param, "tests.servers.unread", log, SITE_FILES=str(directory)) as server:
        yield server


def asked(server: Server, way: str) -> socket.socket:
    """Ask for the file, and read nothing of it."""
    client = socket.socket()
    client.settimeout(ANSWERING_SECONDS)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
    client.connect(("127.0.0.1", server.port))
    client.sendall(f"GET /{way}/file.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    return client


def body_of(client: socket.socket) -> bytes:
    """Read all that comes until the connection is closed."""
    received = b"".join(iter(lambda: client.recv(MIB), b""))
    return received.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "server",
    [SYNC, GTHREAD, WAITRESS, UWSGI, ASGI, GRANIAN],
    indirect=True,
    ids=lambda kind: kind.name,
)
@pytest.mark.parametrize("way", ["local", "made"])
def test_who_comes_when_all_threads_are_taken_is_served_in_turn(server: Server, way: str) -> None:
    """When as many clients as there are threads take nothing, others wait or not; all get everything."""
    with ExitStack() as open_clients:
        clients = [open_clients.enter_context(asked(server, way)) for _ in range(2 * server.kind.at_once + 1)]
        # In the order in which they came: whoever waits for a thread gets one when those before are done.
        for client in clients:
            assert body_of(client) == DATA
            client.close()


@pytest.mark.parametrize("server", [ASGI, GRANIAN], indirect=True, ids=lambda kind: kind.name)
@pytest.mark.parametrize("way", ["local", "alocal", "stored", "mapped", "made"])
def test_a_full_pool_of_the_loop_stops_no_download(server: Server, way: str) -> None:
    """While every thread of the loop's own pool waits for something else, downloads need none of them."""
    server.fetch("/occupy")
    try:
        with asked(server, way) as client:
            assert body_of(client).swapcase() in (DATA, DATA.swapcase())
    finally:
        waited = json.loads(server.fetch("/release"))["waited"]
    assert waited == 100
