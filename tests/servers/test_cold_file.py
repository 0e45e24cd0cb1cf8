from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import dropped_from_memory, is_on_a_disk
from tests.servers.processes import ANSWERING_SECONDS, ASGI, MIB, Server, running
from tests.servers.tracing import traced

SIZE = 4 * MIB
WAITS = "pread64:delay_enter=600s"
"""A disk that takes ten minutes, where reading waits for it; or until strace lets go."""

MEANWHILE = 10

WAYS = pytest.mark.parametrize("way", ["local", "alocal"])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server serves."""
    return tmp_path_factory.mktemp("cold").resolve()


@pytest.fixture(scope="module")
def uvicorn(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server all of whose clients wait for one thread."""
    log = tmp_path_factory.mktemp("log") / "cold.log"
    with running(ASGI, "tests.servers.unread", log, SITE_FILES=str(directory)) as server:
        yield server


def cold(path: Path, size: int) -> bytes:
    """Write a file, and have the system forget what it has of it in memory; returns what is on the disk."""
    data = os.urandom(size)
    path.write_bytes(data)
    dropped_from_memory(path)
    return data


@WAYS
def test_a_cold_file_is_read_elsewhere(uvicorn: Server, directory: Path, tmp_path: Path, way: str) -> None:
    """The loop's thread only ever asks for what is in memory; what is not, another thread waits for."""
    path = directory / f"{way}.bin"
    loop = uvicorn.worker().pid
    with traced(loop, path, tmp_path) as trace:
        data = cold(path, SIZE)
        assert uvicorn.fetch(f"/{way}/{path.name}") == data
    on_loop = [call for call in trace.calls if call.thread == loop]
    assert all("RWF_NOWAIT" in call.arguments for call in on_loop)
    if is_on_a_disk(path):
        missed = [call.error for call in on_loop if call.error]
        assert missed == ["EAGAIN"] * len(missed)
        assert missed, "The system has not forgotten the file."
        assert [call for call in trace.calls if call.thread != loop and call.result > 0]


def so_far(client: socket.socket) -> bytes:
    """Take what has come, without waiting for anything."""
    readable, _, _ = select.select([client], [], [], 0)
    return client.recv(MIB) if readable else b""


@WAYS
@pytest.mark.parametrize("size", [SIZE, 4096], ids=["large", "small"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("EAGAIN", id="not in memory"),
        pytest.param("EOPNOTSUPP", id="a file system that cannot tell"),
    ],
)
def test_nobody_waits_for_the_disk_of_somebody_else(
    uvicorn: Server, directory: Path, tmp_path: Path, way: str, size: int, answer: str
) -> None:
    """While a file has not been read yet, from a disk that takes long, other clients have their answers."""
    path = directory / "slow.bin"
    data = cold(path, size)[: MIB // 8]
    fields = f"Range: bytes=0-{len(data) - 1}\r\n"
    with socket.create_connection(("127.0.0.1", uvicorn.port), timeout=ANSWERING_SECONDS) as client:
        with traced(uvicorn.worker().pid, path, tmp_path, f"preadv2:error={answer}", WAITS) as trace:
            client.sendall(f"GET /{way}/slow.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode())
            for _ in range(MEANWHILE):
                uvicorn.state()
            received = so_far(client)
        assert received.partition(b"\r\n\r\n")[2] == b""
        while len(received.partition(b"\r\n\r\n")[2]) < len(data):
            came = client.recv(MIB)
            assert came
            received += came
    assert received.endswith(data)
    assert answer in {call.error for call in trace.calls}
