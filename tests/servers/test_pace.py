from __future__ import annotations

from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.servers.conftest import Large
from tests.servers.processes import MIB, Server, several_at_once, until
from tests.servers.site.generated import CHUNK

READERS = 3
TURNS = 40
TAKEN = 16 * 1024


@several_at_once
@pytest.mark.parametrize("kind", ["local", "endless", "aendless"])
def test_slow_readers_need_no_memory(server: Server, large: Large, colour: str, kind: str) -> None:
    """Nothing is read or made that the client does not take: readers slower than the server cost no memory."""
    url = f"/{colour}/{kind}/{large.name}"
    server.cut_off(url, after=8 * MIB)
    until(lambda: server.state()["open"], lambda number: number == 0)
    state, worker = server.state(), server.worker()
    before = worker.resident()
    worker.forget_peak()
    with ExitStack() as readers:
        responses = [readers.enter_context(server.answer(url)) for _ in range(READERS)]
        for _ in range(TURNS):
            for response in responses:
                assert len(response.read(TAKEN)) == TAKEN
            made = (server.state()["chunks"] - state["chunks"]) * len(CHUNK)
        grown = worker.peak() - before
    assert grown < 16 * MIB
    # What was taken, and what fits into the buffers of the kernel on both sides and one hop of ours.
    assert made < READERS * (TURNS * TAKEN + 12 * MIB)


@several_at_once
@pytest.mark.parametrize("kind", ["held", "aheld"])
def test_the_first_byte_leaves_before_the_last_is_made(server: Server, colour: str, kind: str) -> None:
    """What a generator yields is on its way at once, however long the rest takes."""
    name = uuid4().hex
    with server.answer(f"/{colour}/{kind}/{name}") as response:
        assert response.read(5) == b"first"
        server.fetch(f"/go/{name}")
        assert response.read() == b"last"
