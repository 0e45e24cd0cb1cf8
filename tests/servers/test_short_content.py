from __future__ import annotations

from http.client import HTTPResponse, IncompleteRead
from pathlib import Path

import pytest

from tests.servers.processes import ASGI, MIB, Server
from tests.servers.site.generated import ANNOUNCED, CHUNK, SENT

SIZE = 64 * MIB
MADE = CHUNK * (SENT // len(CHUNK))


def broken_off(response: HTTPResponse) -> bytes:
    """Read to the end, and return what came although the end is missing."""
    with pytest.raises(IncompleteRead) as caught:
        response.read()
    return caught.value.partial


def test_a_file_that_shrinks_breaks_the_connection(server: Server, colour: str, files: Path) -> None:
    """When a file is cut while it is sent, the client sees that the body is short, and nothing else came."""
    path = files / f"shrinking-{server.kind.name}-{colour}.bin"
    path.write_bytes(b"\xaa" * SIZE)
    with server.answer(f"/{colour}/local/{path.name}") as response:
        assert response.getheader("Content-Length") == str(SIZE)
        first = response.read(MIB)
        with path.open("r+b") as file:
            file.truncate(MIB)
        rest = broken_off(response)
    assert len(first + rest) < SIZE
    # What lies in the socket by sendfile() is the file's memory, in which the kernel clears what is cut off.
    assert set(first + rest) <= ({0xAA} if server.kind is ASGI else {0xAA, 0})
    # It serves on.
    path.write_bytes(b"short now")
    assert server.fetch(f"/{colour}/local/{path.name}") == b"short now"


@pytest.mark.parametrize("kind", ["lying", "alying"])
def test_a_content_that_announced_too_much_breaks_the_connection(
    server: Server, colour: str, kind: str
) -> None:
    """When fewer bytes come than were announced, the client gets some and a broken connection, never padding."""
    with server.answer(f"/{colour}/{kind}/x") as response:
        assert response.getheader("Content-Length") == str(ANNOUNCED)
        received = broken_off(response)
    # What was made just before the end may be lost with it, nothing else may come.
    assert MADE.startswith(received)


@pytest.mark.parametrize("kind", ["overflowing", "aoverflowing"])
def test_a_content_that_announced_too_little_breaks_the_connection(
    server: Server, colour: str, kind: str
) -> None:
    """When more bytes come than were announced, the client does not get as many as that, and sees it."""
    with server.answer(f"/{colour}/{kind}/x") as response:
        assert response.getheader("Content-Length") == str(SENT - 1)
        received = broken_off(response)
    assert MADE.startswith(received)


@pytest.mark.parametrize("kind", ["failing", "afailing"])
def test_a_content_that_fails_breaks_the_connection(server: Server, colour: str, kind: str) -> None:
    """Without an announced length, a failure is no end either: the last chunk is missing."""
    with server.answer(f"/{colour}/{kind}/x") as response:
        assert response.getheader("Content-Length") is None
        received = broken_off(response)
    assert MADE.startswith(received)
