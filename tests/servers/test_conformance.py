from __future__ import annotations

import io
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from tests.conformance.expectations import OF_SERVERS, Answer, assert_answers
from tests.conformance.rows import Row
from tests.conformance.table import SERVED
from tests.servers.processes import SERVERS, Server, running

ANSWERING_SECONDS = 30
ASKED = [
    pytest.param(door, row, id=f"{door}-{row.id}")
    for row in SERVED
    for door in ("row", "arow", "download", "adownload")
    # A function does not know which methods there are.
    if not (row.of_view and "download" in door)
]


@pytest.fixture(scope="module", params=SERVERS, ids=lambda kind: kind.name)
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, with a URL for each row of the table."""
    log = tmp_path_factory.mktemp("log") / "table.log"
    with running(request.param, "tests.conformance", log) as server:
        yield server


@pytest.mark.parametrize(("door", "row"), ASKED)
def test_servers_answer_the_table(table: Server, door: str, row: Row) -> None:
    """Over a socket, a row gets its status, every field and every byte, and not one byte more."""
    before = datetime.now(UTC)
    answer = answered(table.port, row.method, f"/{door}/{row.id}", row.asked)
    assert_answers(answer, row, between=(before, datetime.now(UTC)), besides=OF_SERVERS)


def answered(port: int, method: str, path: str, fields: Mapping[str, str]) -> Answer:
    """Send a request, and take whatever comes until the connection is closed: a client that trusts no framing."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWERING_SECONDS) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    head, end, body = received.partition(b"\r\n\r\n")
    assert end
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    answer = Answer(int(status.split()[1]), tuple((name, value.strip()) for name, _, value in pairs), body)
    if answer.field("Transfer-Encoding") != "chunked":
        return answer
    return Answer(answer.status, answer.fields, unchunked(body))


def unchunked(body: bytes) -> bytes:
    """Undo the chunked transfer coding (RFC 9112, 7.1), of which nothing may be missing and nothing left."""
    rest, content = io.BytesIO(body), b""
    while size := int(rest.readline(), 16):
        content += rest.read(size)
        assert rest.readline() == b"\r\n"
    assert rest.read() == b"\r\n"
    return content
