"""
Have a thousand slow readers come to a real server, leave all at once, and come again; and measure what they cost.

Each view has a process of its own, in turns with a bare view that only yields chunks of the same file. ``make soak``
runs it; READERS says how many there are (1000), READERS_SECONDS how long they stay (30), READERS_MIB what they ask for
(256) and READERS_ROUNDS how often all of it is measured (3).
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from attrs import evolve

from benchmarks.contenders import FILES_BY_ASGI, SETTINGS, SITES
from benchmarks.figures import OURS, PEERS, Figures
from tests.servers.processes import ASGI, MIB, running
from tests.servers.slow.measuring import Load, cost_of, descriptors_for, latency
from tests.servers.slow.waves import DELAY, TINY, Waves, faults, one_wave, two_waves, write_file

T = TypeVar("T")

READERS = int(os.environ.get("READERS", "1000"))
SECONDS = float(os.environ.get("READERS_SECONDS", "30"))
SIZE = int(os.environ.get("READERS_MIB", "256")) * MIB
ROUNDS = int(os.environ.get("READERS_ROUNDS", "3"))
KIB = 1024
RATE = 64 * KIB

BARE = "bare"
VIEWS = (BARE, "download", "adownload", "source", "storage")
"""Those of the site that are measured: by the functions, by a view of a source, and of a file that a storage opened."""

FEW = Load(50, 32 * MIB, 200 * KIB, 10)
"""What other libraries serve, too."""

HOLDING = ("FileResponse", "sendfile2", "WhiteNoise")
"""Others, all of whom send nothing before all of a file is in memory."""


def measure_readers(figures: Figures, rounds: int, *, few: Load = FEW, many: int = 1000) -> None:
    """
    Measure slow readers for the table of ``make bench``: a few beside other libraries', and many beside a bare view's.

    Those who hold all of a file in memory, for each reader, are measured once: they tell no news.
    """
    crowd = Load(many, SIZE, RATE, few.seconds)
    with TemporaryDirectory(prefix="downloadable-readers-") as name:
        short = write_file(Path(name, "short"), few.size)
        long = write_file(Path(name, "long"), crowd.size)
        for number in range(rounds):
            for who in (*in_turn((OURS, "Starlette"), number), *(() if number else HOLDING)):
                if find_spec(PEERS.get(who, "django")):
                    measure_few(figures, short, who, few)
            for who, view in in_turn(((OURS, "download"), ("async view", BARE)), number):
                cost = one_wave(long, view, crowd)
                grown = {"growth KiB a reader": cost.grown / KIB, "tiny view p99 ms": cost.beside.p99}
                figures.add("1,000 slow readers, uvicorn", who, grown)


def measure_few(figures: Figures, folder: Path, who: str, load: Load) -> None:
    site, path = SITES.get(who, "benchmarks.site"), FILES_BY_ASGI[who]
    environment = {"BENCH_FILES": str(folder), **SETTINGS.get(who, {})}
    log = folder.parent / f"{who}.log"
    with descriptors_for(load.readers), running(ASGI, site, log, **environment) as server:
        worker = server.worker()
        cost_of(evolve(load, readers=5, seconds=0.5), worker, server.port, path, TINY)
        idle = latency(server.port, TINY, load.seconds / 2)
        cost = cost_of(load, worker, server.port, path, TINY)
    grown = cost.grown * load.readers / MIB
    measured = {
        "growth MiB": grown,
        "tiny view p99 ms": cost.beside.p99,
        "tiny view median ms": cost.beside.median,
        "idle p99 ms": idle.p99,
        "idle median ms": idle.median,
        "slowest reader": cost.slowest,
    }
    figures.add("50 slow readers, uvicorn", who, measured)


def in_turn(all_of_them: Sequence[T], number: int) -> Sequence[T]:
    """Begin with another one in each round."""
    first = number % len(all_of_them)
    return [*all_of_them[first:], *all_of_them[:first]]


def soak(load: Load) -> dict[str, list[Waves]]:
    """Measure all views in turns, and print each as it comes."""
    measured: dict[str, list[Waves]] = {view: [] for view in VIEWS}
    print(
        f"{load.readers} readers of {load.rate // KIB} KiB/s, {load.seconds:.0f} s, {load.size // MIB} MiB\n"
        f"{'':12}{'KiB a reader':>14}{'slowest':>9}{'tiny p99 ms: idle':>19}{'1st':>7}{'2nd':>7}"
        f"{'again':>7}{'CPU s':>7}{'descriptors':>17}{'threads':>15}"
    )
    with TemporaryDirectory(prefix="downloadable-readers-") as name:
        folder = write_file(Path(name, "files"), load.size)
        for number in range(ROUNDS):
            for view in in_turn(VIEWS, number):
                one = two_waves(folder, view, load)
                measured[view].append(one)
                print(row(view, one), flush=True)
    return measured


def row(view: str, one: Waves) -> str:
    first, second = one.costs
    before, *after = one.before, one.first.left, one.second.left
    descriptors = f"{before.descriptors} -> {after[0].descriptors}, {after[1].descriptors}"
    threads = f"{before.threads} -> {after[0].threads}, {after[1].threads}"
    return (
        f"{view:12}{first.grown / KIB:14.0f}{one.slowest:9.2f}"
        f"{one.idle.p99:19.1f}{first.beside.p99:7.1f}{second.beside.p99:7.1f}"
        f"{one.grown_again:7.1%}{first.cpu:7.1f}{descriptors:>17}{threads:>15}"
    )


def broken(measured: Mapping[str, Sequence[Waves]]) -> Iterator[str]:
    """Say what is over a limit, of the views that are ours; idle servers are all the same."""
    bare = [one.first.cost for one in measured[BARE]]
    idle = statistics.median(one.idle.p99 for ones in measured.values() for one in ones)
    for view, ones in measured.items():
        growth = statistics.median(one.first.cost.grown for one in ones)
        growth /= statistics.median(cost.grown for cost in bare)
        delay = statistics.median(cost.beside.p99 for one in ones for cost in one.costs) / idle
        print(
            f"{view:12}{growth:6.2f} times the memory of a bare view, {delay:.1f} times the p99 of an idle server"
        )
        if view != BARE:
            yield from (f"{view}: {fault}" for fault in faults(ones, bare))
            if delay > DELAY:
                yield f"{view}: tiny answers take {delay:.1f} times as long as in an idle server."


def main() -> int:
    sentences = list(broken(soak(Load(READERS, SIZE, RATE, SECONDS))))
    print(*sentences, sep="\n")
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
