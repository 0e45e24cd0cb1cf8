"""One client: what it asks, what comes, and what that costs the server."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.servers.processes import ANSWERING_SECONDS, MIB, Worker

__all__ = ["Answering", "Sent", "ask", "digest_of", "here", "measure", "there"]

GIB = 1024 * MIB
BUFFER = memoryview(bytearray(MIB))

CORES = sorted(os.sched_getaffinity(0))
SERVER, CLIENT, ORIGIN = CORES[0], CORES[1 % len(CORES)], CORES[-1]
"""Who is measured has a core of its own; with two of them, the origin shares the client's."""


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this process, and what it starts, on one core until the end of the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def here() -> Any:
    return on_core(CLIENT)


def there(*, origin: bool = False) -> Any:
    return on_core(ORIGIN if origin else SERVER)


@frozen
class Answering:
    """A server that answers: where, and the process that does it."""

    port: int
    worker: Worker

    def cpu_seconds(self) -> float:
        """Return how long the process has run on any core, with all of its threads, also those that have ended."""
        # How Linux numbers the clock of another process: see clock_getcpuclockid(3).
        return time.clock_gettime(~self.worker.pid << 3 | 2)


@frozen
class Sent:
    """
    What came.

    Args:
        fields: Header fields, by their names in lower case.

        length: Bytes of the body: none if the status was not as expected. What stands between chunks is counted, too,
            unless it was digested.

        first: Seconds until its first byte.

        all: Seconds until its end.

        digest: SHA-256 of it in hexadecimal digits, if that was asked for.
    """

    status: int
    fields: Mapping[str, str]
    length: int
    first: float
    all: float
    digest: str = ""


def ask(port: int, url: str, fields: Mapping[str, str], status: int, *, digest: bool = False) -> Sent:
    """Ask on a connection of its own, and read everything, unless the *status* is another."""
    hashed = hashlib.sha256()
    length = 0
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERING_SECONDS)
    try:
        connection.request("GET", url, headers={"Connection": "close", **fields})
        with connection.getresponse() as response:
            said = {name.lower(): value for name, value in response.headers.items()}
            if response.status == status:
                length = response.readinto(BUFFER[:1])
                first = time.perf_counter()
                hashed.update(BUFFER[:length])
                if length and not digest:
                    length += dropped(response)
                while digest and (count := response.readinto(BUFFER)):
                    length += count
                    hashed.update(BUFFER[:count])
            ended = time.perf_counter()
    finally:
        connection.close()
    return Sent(
        status=response.status,
        fields=said,
        length=length,
        first=(first if length else ended) - begun,
        all=ended - begun,
        digest=hashed.hexdigest() if digest else "",
    )


def dropped(response: http.client.HTTPResponse) -> int:
    """Take the rest of a body without copying it, so that no server waits for the client; return how long it was."""
    length = len(response.fp.peek())
    rest = float("inf") if response.length is None else response.length
    with socket.socket(fileno=os.dup(response.fileno())) as connected:
        connected.settimeout(ANSWERING_SECONDS)
        while (most := int(min(MIB, rest - length))) and (
            count := connected.recv_into(BUFFER, most, socket.MSG_TRUNC)
        ):
            length += count
    return length


@cache
def digest_of(file: Path, start: int, stop: int) -> str:
    """Return what a part of a file should have as its digest."""
    hashed = hashlib.sha256()
    with file.open("rb") as opened:
        opened.seek(start)
        while start < stop and (block := opened.read(min(MIB, stop - start))):
            hashed.update(block)
            start += len(block)
    return hashed.hexdigest()


def measure(
    server: Answering, url: str, fields: Mapping[str, str], status: int, *, memory: bool, digest: bool = False
) -> tuple[Sent, dict[str, float]]:
    """
    Ask once; return what came and its figures.

    Args:
        server: Who is asked.

        url: For what.

        fields: Request header fields.

        status: What is expected.

        memory: Whether to look at the memory of the process, which slows down what follows.

        digest: Whether to digest what comes, which slows it down.
    """
    before = 0
    if memory:
        server.worker.forget_peak()
        before = server.worker.resident()
    spent = server.cpu_seconds()
    sent = ask(server.port, url, fields, status, digest=digest)
    spent = server.cpu_seconds() - spent
    figures = {"first byte ms": sent.first * 1000, "ms": sent.all * 1000}
    if sent.length:
        figures |= {"CPU s/GiB": spent / sent.length * GIB, "MiB/s": sent.length / MIB / sent.all}
    if memory:
        # What is less than a tenth comes and goes, and is no base of a ratio.
        figures["growth MiB"] = round(max(0, server.worker.peak() - before) / MIB, 1)
    return sent, figures
