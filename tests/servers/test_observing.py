from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

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

SIZE = 64 * MIB
"""More than the buffers of any server and of the system hold."""

EVERY_KIND = (SYNC, GTHREAD, NO_SENDFILE, WAITRESS, UWSGI, ASGI, GRANIAN)


@frozen
class Observed:
    """A server, and what it has written down of its downloads."""

    server: Server
    log: Path

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def next(self, before: int) -> Any:
        """Wait for the one line that comes after so many."""
        (line,) = until(self.lines, lambda lines: len(lines) > before)[before:]
        return line


@pytest.fixture(scope="module", params=EVERY_KIND, ids=lambda kind: kind.name)
def observed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """Each server in turn, with a file that it may send by itself."""
    directory = tmp_path_factory.mktemp("observed")
    with (directory / "large.bin").open("wb") as file:
        file.truncate(SIZE)
    log = directory / "served.log"
    kind: Kind = request.param
    with running(
        kind,
        "tests.servers.observed",
        directory / "server.log",
        SITE_FILES=str(directory),
        OBSERVED_LOG=str(log),
    ) as server:
        yield Observed(server, log)


def test_the_whole_is_written_down(observed: Observed, colour: str) -> None:
    """Whoever copies the bytes, all of them are told; a server that opens the file itself tells that it began."""
    before = len(observed.lines())
    assert len(observed.server.fetch(f"/{colour}/local/large.bin")) == SIZE
    handed_over = observed.server.kind is GRANIAN
    assert observed.next(before) == {
        "method": "GET",
        "status_code": 200,
        "outcome": "handed over" if handed_over else "completed",
        "bytes_sent": 0 if handed_over else SIZE,
        "ranges": "" if handed_over else f"0-{SIZE - 1}",
        "delegate": "PathSend" if handed_over else None,
        "counts_as_download": True,
    }


def test_a_range_is_written_down(observed: Observed, colour: str) -> None:
    """So are those of a part, which ones they were, too."""
    before = len(observed.lines())
    body = observed.server.fetch(f"/{colour}/local/large.bin", Range="bytes=1000000-33000000")
    assert len(body) == 32_000_001
    assert observed.next(before) == {
        "method": "GET",
        "status_code": 206,
        "outcome": "completed",
        "bytes_sent": 32_000_001,
        "ranges": "1000000-33000000",
        "delegate": None,
        "counts_as_download": False,
    }


def test_a_client_that_leaves_is_written_down(observed: Observed, colour: str) -> None:
    """Of a client that leaves early, no server says that it has all; what it had counts."""
    before = len(observed.lines())
    with observed.server.answer(f"/{colour}/local/large.bin", Range="bytes=0-66000000") as response:
        assert response.read(1)
    line = observed.next(before)
    assert (line["outcome"], line["counts_as_download"]) == ("aborted", True)
    assert 0 < line["bytes_sent"] < 66_000_001


def test_a_response_by_hand_is_written_down(observed: Observed) -> None:
    """It knows no server; of one that says nothing of what it sends, nobody pretends to know how far it came."""
    before = len(observed.lines())
    assert len(observed.server.fetch("/by-hand/large.bin")) == SIZE
    handed_over = observed.server.kind is UWSGI
    line = observed.next(before)
    assert (line["outcome"], line["bytes_sent"], line["delegate"], line["counts_as_download"]) == (
        ("handed over", 0, "file_wrapper", True) if handed_over else ("completed", SIZE, None, True)
    )
