"""
Ask real servers for thousands of downloads of every kind, and count what is left behind.

Run it with ``make soak``. SOAK_REQUESTS says how many requests each server gets (5000), SOAK_SEED which ones.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from tests.servers.processes import MIB, SERVERS, Kind, Server, running, until

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "5000"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
LARGE = 64 * MIB
SMALL = 4096
GROWTH_MIB = 16
"""What a process may grow by, once it is warm."""


def whole(server: Server, colour: str, draw: random.Random) -> None:
    assert len(server.fetch(f"/{colour}/local/small.bin")) == SMALL


def large(server: Server, colour: str, draw: random.Random) -> None:
    assert len(server.fetch(f"/{colour}/local/large.bin")) == LARGE


def part(server: Server, colour: str, draw: random.Random) -> None:
    start = draw.randrange(LARGE)
    stop = min(LARGE, start + draw.randint(1, 4 * MIB))
    with server.answer(f"/{colour}/local/large.bin", Range=f"bytes={start}-{stop - 1}") as response:
        assert (response.status, len(response.read())) == (206, stop - start)


def leave(server: Server, colour: str, draw: random.Random) -> None:
    kind = draw.choice(["local", "endless", "aendless"])
    server.cut_off(f"/{colour}/{kind}/large.bin", after=draw.randint(1, 2 * MIB))


def leave_at_once(server: Server, colour: str, draw: random.Random) -> None:
    connection = server.connect()
    connection.request("GET", f"/{colour}/local/large.bin")
    connection.close()


def unchanged(server: Server, colour: str, draw: random.Random) -> None:
    with server.answer(f"/{colour}/local/large.bin", **{"If-None-Match": "*"}) as response:
        assert response.status == 304


def nothing_there(server: Server, colour: str, draw: random.Random) -> None:
    with server.answer(f"/{colour}/local/{draw.choice(['no.bin', '../x', 'small.bin/x'])}") as response:
        assert response.status == 404


def too_short(server: Server, colour: str, draw: random.Random) -> None:
    kind = draw.choice(["lying", "alying", "failing", "afailing"])
    with server.answer(f"/{colour}/{kind}/x") as response:
        try:
            response.read()
        except IncompleteRead:
            return
    raise AssertionError(f"{kind} came as if it were complete.")


KINDS: Mapping[Callable[[Server, str, random.Random], None], int] = {
    whole: 20,
    large: 1,
    part: 20,
    leave: 20,
    leave_at_once: 10,
    unchanged: 10,
    nothing_there: 10,
    too_short: 10,
}
"""Kinds of requests, and how often each is drawn."""


@frozen
class Left:
    """What a worker holds between requests."""

    generators: int
    descriptors: int
    threads: int
    mebibytes: float


def left_behind(server: Server) -> Left:
    server.fetch("/collect")
    generators = server.state()["open"]
    worker = server.worker()
    return Left(generators, worker.descriptors(), worker.threads(), worker.resident() / MIB)


def ask(server: Server, draw: random.Random) -> str:
    """Make one request of any kind; return the name of what went wrong, if anything did."""
    kind = draw.choices(list(KINDS), list(KINDS.values()))[0]
    try:
        kind(server, draw.choice(["sync", "async"]), draw)
    except (AssertionError, OSError) as error:
        return f"{kind.__name__}: {type(error).__name__} {error}"
    return ""


def soaked(server: Server, requests: int, draw: random.Random) -> Counter[str]:
    """Make the requests, as many at once as the server answers; count what went wrong."""
    draws = [random.Random(draw.random()) for _ in range(requests)]
    with ThreadPoolExecutor(server.kind.at_once) as clients:
        mistakes = clients.map(lambda one: ask(server, one), draws)
        return Counter(mistake for mistake in mistakes if mistake)


def report(kind: Kind, folder: Path) -> bool:
    """Soak one server and print what is left; tell whether all is well."""
    with running(kind, "tests.servers.site", folder / f"{kind.name}.log", SITE_FILES=str(folder)) as server:
        draw = random.Random(SEED)
        mistakes = soaked(server, max(REQUESTS // 10, 50), draw)
        warm = left_behind(server)
        worker = server.worker()
        worker.forget_peak()
        mistakes += soaked(server, REQUESTS, draw)
        after = until(
            lambda: left_behind(server),
            lambda now: (
                (now.generators, now.descriptors) <= (0, warm.descriptors) and now.threads <= warm.threads
            ),
        )
        peak = worker.peak() / MIB
        same = server.worker() == worker
    well = (
        same
        and not mistakes
        and after.generators == 0
        and after.descriptors <= warm.descriptors
        and after.threads <= warm.threads
        and peak - warm.mebibytes < GROWTH_MIB
    )
    print(
        f"{kind.name:18}{REQUESTS:9}{after.generators:12}{warm.descriptors:10} ->{after.descriptors:4}"
        f"{warm.threads:6} ->{after.threads:4}{warm.mebibytes:10.1f} ->{after.mebibytes:7.1f}{peak:8.1f}"
        f"  {'well' if well else 'NOT WELL'}{'' if same else ': the worker has died'}"
    )
    for mistake, times in mistakes.most_common():
        print(f"    {times} times: {mistake}")
    return well


def main() -> int:
    with TemporaryDirectory(prefix="downloadable-soak-") as name:
        folder = Path(name)
        (folder / "small.bin").write_bytes(os.urandom(SMALL))
        (folder / "large.bin").write_bytes(os.urandom(LARGE))
        print(
            f"{'':18}{'requests':>9}{'generators':>12}{'descriptors':>17}{'threads':>13}{'MiB':>19}{'peak':>8}"
        )
        results = [report(kind, folder) for kind in SERVERS]
        return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
