from __future__ import annotations

import hashlib

from tests.servers.conftest import Large
from tests.servers.processes import MIB, Server


def test_a_large_file_needs_no_memory(server: Server, large: Large, colour: str) -> None:
    """A file of 1 GiB arrives intact, and the process that sends it grows by less than 16 MiB."""
    url = f"/{colour}/local/{large.name}"
    server.cut_off(url, after=8 * MIB)
    worker = server.worker()
    before = worker.resident()
    worker.forget_peak()
    received = hashlib.sha256()
    with server.answer(url) as response:
        assert response.getheader("Content-Length") == str(large.size)
        while block := response.read(MIB):
            received.update(block)
    grown = worker.peak() - before
    assert received.hexdigest() == large.sha256
    assert grown < 16 * MIB
    assert server.worker() == worker
