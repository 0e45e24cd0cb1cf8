"""Slow readers who come to a server of their own, leave all at once, and come again."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve, frozen

from tests.servers.processes import ASGI, MIB, Server, running, until
from tests.servers.slow.measuring import (
    Cost,
    Crowd,
    Latency,
    Load,
    cost_of,
    crowd,
    descriptors_for,
    latency,
    visit,
)

__all__ = ["DELAY", "Left", "Wave", "Waves", "faults", "name_of", "one_wave", "two_waves", "write_file"]

LOST_SECONDS = 1.0
"""For how long a reader may have got nothing, all in all."""

GROWTH = 1.1
"""What a reader may take of memory, by what one takes whom a bare view serves."""

DELAY = 3.0
"""What a tiny answer may take beside slow readers, by what it takes without any."""

GROWN_AGAIN = 0.1
"""What the second wave may add to the most memory that there was, as a part of what the first has added."""

TINY = "/tiny"
IDLE_SECONDS = 10.0
FEW = 20
"""Readers who come before anything is measured: what is made once is no part of what each costs."""


@frozen
class Left:
    """What a server has between requests; without the threads that an event loop keeps."""

    descriptors: int
    threads: int

    def within(self, other: Left) -> bool:
        return self.descriptors <= other.descriptors and self.threads <= other.threads


@frozen
class Wave:
    """
    Readers who have come, read and left all at once.

    Args:
        left: What there was once they had gone.
    """

    cost: Cost
    left: Left


@frozen
class Waves:
    """
    Two waves of the same readers, one after the other.

    Args:
        idle: What a tiny answer took before there were any.

        before: What there was then.
    """

    load: Load
    idle: Latency
    before: Left
    first: Wave
    second: Wave

    @property
    def costs(self) -> tuple[Cost, Cost]:
        return self.first.cost, self.second.cost

    @property
    def slowest(self) -> float:
        return min(cost.slowest for cost in self.costs)

    @property
    def usual_delay(self) -> float:
        """How many times as long as in an idle server the tiny answer in the middle takes: a short time tells it."""
        return max(cost.beside.median for cost in self.costs) / self.idle.median

    @property
    def grown_again(self) -> float:
        """How much more memory there was at the worst moment of the second wave, by what the first had added."""
        first, second = self.costs
        return (second.peak - first.peak) / (first.grown * self.load.readers)


def faults(waves: Sequence[Waves], bare: Sequence[Cost]) -> Iterator[str]:
    """
    Say in a sentence each what slow readers cost that they need not; the time of others is for the caller to judge.

    Args:
        waves: The same, measured again and again: of memory, the one in the middle counts.

        bare: What readers cost whom a bare view serves.
    """
    for one in waves:
        if one.slowest < 1 - LOST_SECONDS / one.load.seconds:
            yield f"The slowest reader got {one.slowest:.2f} of its rate."
    growth = growth_of([one.first.cost for one in waves]) / growth_of(bare)
    if growth > GROWTH:
        yield f"A reader takes {growth:.2f} times the memory that a bare view takes."
    again = statistics.median(one.grown_again for one in waves)
    if again > GROWN_AGAIN:
        yield f"The second wave has added {again:.0%} to what the first took."
    for one in waves:
        for number, wave in enumerate((one.first, one.second), 1):
            if not wave.left.within(one.before):
                yield f"There was {one.before}, and after wave {number} {wave.left}."


def growth_of(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.grown for cost in costs)


def write_file(folder: Path, size: int) -> Path:
    """Make the directory of a site, with a file of which all is in the page cache."""
    folder.mkdir()
    path = folder / "large.bin"
    with path.open("wb+") as file:
        file.truncate(size)
        while file.read(MIB):
            pass
    return folder


def name_of(view: str) -> str:
    """Return the path at which a view of the site sends the file."""
    return f"/{view}/large.bin"


def one_wave(folder: Path, view: str, load: Load) -> Cost:
    """Have readers come once."""
    with warm(folder, view, load) as (server, clients):
        return visit(clients, load, server.worker(), server.port, TINY)


def two_waves(folder: Path, view: str, load: Load) -> Waves:
    """Have readers come, leave all at once, and come again."""
    with warm(folder, view, load) as (server, clients):
        before = settled(server, Left(0, 0), seconds=0.5)
        idle = latency(server.port, TINY, min(load.seconds, IDLE_SECONDS))
        first, second = (wave(server, before, clients, load) for _ in range(2))
        return Waves(load, idle, before, first, second)


@contextmanager
def warm(folder: Path, view: str, load: Load) -> Iterator[tuple[Server, Crowd]]:
    """Run a server that has served some readers already, and have a crowd that has not come yet."""
    log, path = folder.parent / f"{view}.log", name_of(view)
    with (
        descriptors_for(load.readers),
        running(ASGI, "tests.servers.slow", log, SITE_FILES=str(folder)) as server,
        crowd(load, server.port, path) as clients,
    ):
        cost_of(evolve(load, readers=FEW, seconds=0.5), server.worker(), server.port, path, TINY)
        yield server, clients


def wave(server: Server, before: Left, clients: Crowd, load: Load) -> Wave:
    cost = visit(clients, load, server.worker(), server.port, TINY)
    return Wave(cost, settled(server, before, seconds=30))


def settled(server: Server, expected: Left, seconds: float) -> Left:
    """Wait until a server has no more than *expected*, or so many seconds; return what it has then."""
    return until(lambda: left_behind(server), lambda now: now.within(expected), seconds)


def left_behind(server: Server) -> Left:
    """Count what a server has, apart from what only waits for the garbage collector."""
    server.fetch("/collect")
    state, worker = server.state(), server.worker()
    return Left(worker.descriptors(), worker.threads() - state["threads_kept"])
