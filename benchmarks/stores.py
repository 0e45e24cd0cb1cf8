"""
Measure what a large object of a store costs: time to its first byte, requests and bytes of the store, memory.

Each library serves the same object through the same gunicorn from the same store on loopback, in turns. The store
answers by sendfile and counts; what a client sees is timed. Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from attrs import asdict, frozen

from tests.servers.processes import GTHREAD, MIB, Server, running
from tests.servers.stores.client import QuickStore, quick_store

LIBRARIES = ("django-storages", "storage", "fsspec", "obstore", "http")
CASES = ("whole", "1 MiB", "304")


@frozen
class Measured:
    """
    What one answer cost.

    Args:
        first_ms: Milliseconds until the first byte of the body, or the end of an answer without one.

        all_ms: Milliseconds until all of it.

        calls: Requests that the store got.

        fetched_mib: What the store sent.

        grown_mib: By how much the process grew in the meantime, at most.
    """

    library: str
    case: str
    first_ms: float
    all_ms: float
    calls: float
    fetched_mib: float
    grown_mib: float


def fields_of(case: str, size: int) -> dict[str, str]:
    middle = size // 2
    return {
        "whole": {},
        "1 MiB": {"Range": f"bytes={middle}-{middle + MIB - 1}"},
        "304": {"If-Modified-Since": "Tue, 01 Jul 2025 10:00:00 GMT"},
    }[case]


def measure(server: Server, store: QuickStore, library: str, case: str, size: int) -> Measured:
    """Ask for an object once."""
    worker = server.worker()
    before = worker.resident()
    worker.forget_peak()
    store.counts()
    begun = time.perf_counter()
    with server.answer(f"/{library}/large.bin", **fields_of(case, size)) as response:
        received = len(response.read(1))
        first = time.perf_counter() - begun
        while block := response.read(MIB):
            received += len(block)
    taken = time.perf_counter() - begun
    expected = {"whole": (200, size), "1 MiB": (206, MIB), "304": (304, 0)}[case]
    if (response.status, received) != expected:
        raise SystemExit(f"{library} {case}: expected {expected}; got {response.status}, {received} bytes.")
    counted = store.counts()
    grown = max(0, worker.peak() - before)
    return Measured(
        library, case, first * 1000, taken * 1000, len(counted.calls), counted.sent / MIB, grown / MIB
    )


def medians(measured: list[Measured]) -> Iterator[Measured]:
    """Put together what was measured of each library and case; of memory, the most counts."""
    for case in CASES:
        for library in LIBRARIES:
            ones = [one for one in measured if (one.library, one.case) == (library, case)]
            middle = {
                name: statistics.median(getattr(one, name) for one in ones)
                for name in ("first_ms", "all_ms", "calls", "fetched_mib")
            }
            yield Measured(library, case, **middle, grown_mib=max(one.grown_mib for one in ones))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mib", type=int, default=256, help="size of the object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    size = options.mib * MIB
    measured: list[Measured] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = directory / "large.bin"
        with file.open("wb") as large:
            large.truncate(size)
        store = stack.enter_context(quick_store(file))
        for _ in range(options.rounds):
            for library in LIBRARIES:
                # A process of its own each time: what an allocator keeps would count for the next one.
                with running(
                    GTHREAD, "tests.servers.stores", directory / "server.log", STORE_URL=store.url
                ) as server:
                    server.fetch(f"/{library}/warm.bin", Range="bytes=0-9")
                    measured += [measure(server, store, library, case, size) for case in reversed(CASES)]
    lines = [
        f"{options.mib} MiB: case      library          first ms    all ms  calls  fetched MiB  grown MiB"
    ]
    results = list(medians(measured))
    lines += [
        f"{one.case:>14}      {one.library:16} {one.first_ms:8.1f} {one.all_ms:9.1f} {one.calls:6.0f} "
        f"{one.fetched_mib:12.1f} {one.grown_mib:10.1f}"
        for one in results
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=2) + "\n")


if __name__ == "__main__":
    main()
