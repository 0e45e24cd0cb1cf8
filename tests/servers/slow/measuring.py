"""What many slow readers cost a server: memory, and the time of others."""

from __future__ import annotations

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, frozen

from tests.servers.processes import ROOT, Worker

__all__ = ["Cost", "Crowd", "Latency", "Load", "cost_of", "crowd", "descriptors_for", "latency", "visit"]

EVERY_SECONDS = 0.01
"""How long after a tiny answer the next one is asked for."""

FOR_EACH, BESIDE = 3, 200
"""Descriptors that a reader may take, in any process, and those that are there without any."""


@frozen
class Load:
    """
    Clients that read slowly.

    Args:
        size: Bytes of what they ask for: more than they get in that time, buffers included.

        rate: Bytes that each reads in a second.

        seconds: How long they stay once everybody has begun.
    """

    readers: int
    size: int
    rate: int
    seconds: float


@frozen
class Latency:
    """Milliseconds that a tiny answer takes."""

    median: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency:
        percentiles = statistics.quantiles(seconds, n=100)
        return cls(percentiles[49] * 1000, percentiles[98] * 1000, max(seconds) * 1000)


@frozen
class Cost:
    """
    What a load has cost.

    Args:
        peak: Bytes of memory that the process had at its worst moment, until they left.

        grown: By how many it had grown then, for each reader.

        slowest: What the slowest reader got, as a part of its rate.

        beside: What a tiny answer took in the meantime.

        cpu: Seconds of the processor that the server took while they read, tiny answers included.

        coming: Seconds until everybody had begun.
    """

    peak: int
    grown: float
    slowest: float
    beside: Latency
    cpu: float
    coming: float


@define
class Crowd:
    """The process with the clients of a load."""

    process: subprocess.Popen[str]

    def told(self, word: str) -> Any:
        """Tell it what to do, and return what it says when it is done."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{word}\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "The crowd has died; its last words are on standard error."
        return json.loads(line)


def cost_of(load: Load, worker: Worker, port: int, path: str, tiny: str) -> Cost:
    """
    Have readers come and read for their time, and leave all at once.

    Args:
        load: How many, and how they read.

        worker: The process that serves them, which may have as many files open as they take.

        port: Where it listens, on loopback.

        path: What they ask for.

        tiny: Path of what is asked for in the meantime; its body is the word "tiny".
    """
    with crowd(load, port, path) as clients:
        return visit(clients, load, worker, port, tiny)


def visit(clients: Crowd, load: Load, worker: Worker, port: int, tiny: str) -> Cost:
    """Do the same with clients who are at hand."""
    before = worker.resident()
    worker.forget_peak()
    coming = clients.told("come")["seconds"]
    clients.told("mark")
    used = cpu_seconds(worker)
    beside = latency(port, tiny, load.seconds)
    used = cpu_seconds(worker) - used
    seen = clients.told("report")
    peak = worker.peak()
    clients.told("leave")
    assert not seen["ended"], f"{seen['ended']} readers were left by the server."
    slowest = min(seen["rates"]) / load.rate
    return Cost(peak, (peak - before) / load.readers, slowest, beside, used, coming)


@contextmanager
def crowd(load: Load, port: int, path: str) -> Iterator[Crowd]:
    """Have a process with the clients of *load*, none of which has come yet."""
    arguments = (port, path, load.size, load.readers, load.rate)
    with (
        descriptors_for(load.readers),
        subprocess.Popen(
            [sys.executable, "-m", "tests.servers.slow.crowd", *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            yield Crowd(process)
        finally:
            process.kill()


@contextmanager
def descriptors_for(readers: int) -> Iterator[None]:
    """Let processes that are started in this block have as many files open as so many readers take."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = FOR_EACH * readers + BESIDE
    enough = hard == resource.RLIM_INFINITY or hard >= needed
    assert enough, f"{needed} descriptors are needed, and {hard} allowed (ulimit -Hn)."
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def latency(port: int, path: str, seconds: float) -> Latency:
    """Ask for a tiny answer again and again on one connection, for so many seconds."""
    taken: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            began = time.perf_counter()
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"\r\n\r\ntiny"):
                part = connection.recv(4096)
                assert part, answer
                answer += part
            taken.append(time.perf_counter() - began)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            time.sleep(EVERY_SECONDS)
    return Latency.of(taken)


def cpu_seconds(worker: Worker) -> float:
    """Return the processor time that a process has taken, its own and the kernel's for it."""
    after_name = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
