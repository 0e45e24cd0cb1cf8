"""What becomes of downloads when the server is told to stop, or loses its patience with one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest
from attrs import evolve

from tests.servers.processes import ASGI, GTHREAD, MIB, SYNC, Kind, Server, Worker, running, until

SIZE = 64 * MIB
GRACE_SECONDS = 10

Start = Callable[[Kind], AbstractContextManager[Server]]

IMPATIENT = evolve(SYNC, name="gunicorn-sync-impatient", arguments=(*SYNC.arguments, "--timeout", "1"))


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a server of this test's own, which may end before the test does."""
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(SIZE)

    @contextmanager
    def start(kind: Kind) -> Iterator[Server]:
        log = tmp_path / "server.log"
        with running(kind, "tests.servers.site", log, SITE_FILES=str(tmp_path)) as server:
            yield server

    return start


def ended(server: Server) -> bool:
    """Tell whether the server comes to its end in time."""
    return until(server.process.poll, lambda code: code is not None, GRACE_SECONDS) is not None


def runs(worker: Worker) -> bool:
    """Tell whether the process is there, and not only its exit status."""
    try:
        return Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", [SYNC, GTHREAD, ASGI], ids=lambda kind: kind.name)
def test_a_download_that_ends_in_time_is_complete(start: Start, kind: Kind) -> None:
    """A server that is told to stop sends what it can within its grace."""
    with start(kind) as server, server.answer("/sync/local/large.bin") as response:
        assert response.read(1)
        server.process.send_signal(signal.SIGTERM)
        assert len(response.read()) == SIZE - 1
        assert ended(server)


@pytest.mark.parametrize(
    ("kind", "sign", "content"),
    [
        pytest.param(SYNC, signal.SIGINT, "noted", id="gunicorn-sync, quick"),
        pytest.param(SYNC, signal.SIGINT, "anoted", id="gunicorn-sync, quick, on a loop of its own"),
        pytest.param(IMPATIENT, None, "stuck", id="gunicorn-sync, after its timeout"),
        pytest.param(ASGI, signal.SIGINT, "noted", id="uvicorn, interrupted"),
        pytest.param(ASGI, signal.SIGINT, "anoted", id="uvicorn, interrupted, natively"),
    ],
)
def test_what_is_being_sent_is_closed(
    start: Start,
    tmp_path: Path,
    kind: Kind,
    sign: signal.Signals | None,
    content: str,
) -> None:
    """Where a server raises an error in a download that it gives up, the content hears of it."""
    with start(kind) as server, server.answer(f"/sync/{content}/closed") as response:
        assert response.read(1)
        if sign is not None:
            server.process.send_signal(sign)
            assert ended(server)
        assert until((tmp_path / "closed").exists, bool, GRACE_SECONDS)
        with pytest.raises((HTTPException, OSError)):
            response.read()


# gunicorn kills a worker whose threads go on. uvicorn cancels its tasks, and lets the signal end the process before one
# of them has had a turn.
@pytest.mark.parametrize("kind", [GTHREAD, ASGI], ids=lambda kind: kind.name)
def test_a_server_that_is_killed_leaves_no_whole_file(start: Start, kind: Kind) -> None:
    """Where a process is killed, nothing in it can be closed; the client sees that the file is not whole."""
    with start(kind) as server:
        worker = server.worker()
        with server.answer("/sync/noted/closed") as response:
            assert response.read(1)
            server.process.send_signal(signal.SIGTERM)
            assert ended(server)
            assert until(lambda: runs(worker), lambda running: not running, GRACE_SECONDS) is False
            with pytest.raises((HTTPException, OSError)):
                response.read()
