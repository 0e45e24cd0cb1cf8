from __future__ import annotations

import pytest

from tests.servers.conftest import Large
from tests.servers.processes import MIB, Server, until

TIMES = 200
TAKEN = 100_000


@pytest.mark.parametrize("kind", ["local", "endless", "aendless"])
def test_a_client_that_leaves_takes_everything_along(
    server: Server, large: Large, colour: str, kind: str
) -> None:
    """After 200 clients that left in the middle, no descriptor, no thread and no generator is left behind."""
    url = f"/{colour}/{kind}/{large.name}"
    server.occupy(url)
    until(lambda: server.state()["open"], lambda number: number == 0)
    worker = server.worker()
    begun, descriptors, threads = server.state()["begun"], worker.descriptors(), threads_of(server)
    for _ in range(TIMES):
        assert len(server.cut_off(url, after=TAKEN)) == TAKEN
    assert until(lambda: server.state()["open"], lambda now: now == 0) == 0
    assert until(lambda: server.worker().descriptors(), lambda now: now <= descriptors) <= descriptors
    assert until(lambda: threads_of(server), lambda now: now <= threads) <= threads
    assert server.state()["begun"] - begun == (0 if kind == "local" else TIMES)
    assert server.worker() == worker


def threads_of(server: Server) -> int:
    """Count the threads that are not only waiting for the garbage collector: asgiref leaves its own to that."""
    server.fetch("/collect")
    return server.worker().threads()


@pytest.mark.parametrize("kind", ["local", "endless", "aendless"])
def test_a_client_that_leaves_is_no_error(server: Server, large: Large, colour: str, kind: str) -> None:
    """Nothing in the log of the server speaks of a client that has gone."""
    until(lambda: server.state()["open"], lambda number: number == 0)
    before = len(server.said())
    for _ in range(5):
        server.cut_off(f"/{colour}/{kind}/{large.name}", after=2 * MIB)
    until(lambda: server.state()["open"], lambda number: number == 0)
    assert "Traceback" not in server.said()[before:]
