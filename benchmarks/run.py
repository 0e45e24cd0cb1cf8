"""
Measure what one small download costs in process, as ratios to Django's own ``FileResponse``.

All views stand at the same place of a URLconf and are asked in turns, so that whatever else the machine does hits all
of them alike; microseconds differ from machine to machine, ratios hardly do. Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import platform
import statistics
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import django
from attrs import asdict, frozen

from benchmarks import views
from benchmarks.cases import ASGI_CASES, Case, wsgi_cases
from benchmarks.handlers import Reply, asgi_microseconds, asked_of_asgi, asked_of_wsgi, wsgi_microseconds


@frozen
class Result:
    """
    What a case cost.

    Args:
        median_us: Microseconds a request, the median over all rounds.

        quartiles_us: Where the middle half of the rounds was.

        over_floor_us: Median less the floor's.

        ratio: Cost over the floor by the cost of the reference over the floor.

        of_floor: Cost by that of the floor.

        too_dear: What it costs too much beside, each in a sentence.
    """

    group: str
    name: str
    median_us: float
    quartiles_us: tuple[float, float]
    over_floor_us: float
    ratio: float
    of_floor: float
    at_most: float | None
    too_dear: tuple[str, ...]


def check(case: Case, reply: Reply) -> None:
    """Refuse to measure an error page."""
    if (reply.status, reply.length) != (case.status, case.length):
        raise SystemExit(
            f"{case.group} {case.name}: expected {case.status}, {case.length} bytes; got {reply}"
        )


def in_turns(cases: Sequence[Case], measure: Callable[[Case], float], rounds: int) -> list[Result]:
    """Measure every case in every round, beginning with another one each time."""
    times: dict[int, list[float]] = {number: [] for number in range(len(cases))}
    for case in cases:
        measure(case)
    for turn in range(rounds):
        gc.collect()
        for step in range(len(cases)):
            number = (turn + step) % len(cases)
            times[number].append(measure(cases[number]))
    return results(cases, [times[number] for number in range(len(cases))])


def results(cases: Sequence[Case], times: Sequence[Sequence[float]]) -> list[Result]:
    medians = {
        (case.group, case.name): statistics.median(taken) for case, taken in zip(cases, times, strict=True)
    }
    made = []
    for case, taken in zip(cases, times, strict=True):
        floor = medians[case.group, "floor"]
        over = medians[case.group, case.name] - floor
        first, _, third = statistics.quantiles(taken, n=4)
        made.append(
            Result(
                group=case.group,
                name=case.name,
                median_us=round(medians[case.group, case.name], 2),
                quartiles_us=(round(first, 2), round(third, 2)),
                over_floor_us=round(over, 2),
                ratio=round(over / (medians[case.group, "FileResponse"] - floor), 3),
                of_floor=round(medians[case.group, case.name] / floor, 3),
                at_most=case.at_most,
                too_dear=tuple(too_dear(case, medians)),
            )
        )
    return made


def too_dear(case: Case, medians: Mapping[tuple[str, str], float]) -> Iterator[str]:
    """Say beside what *case* costs more than it may."""
    floor = medians[case.group, "floor"]
    over = medians[case.group, case.name] - floor
    limits = dict(case.beside) | ({} if case.at_most is None else {"FileResponse": case.at_most})
    for name, at_most in limits.items():
        ratio = over / (medians[case.group, name] - floor)
        if ratio > at_most:
            yield (
                f"{case.group}: {case.name} costs {ratio:.2f} times what {name} does, "
                f"and may cost {at_most:.1f} times."
            )


def table(measured: Iterable[Result]) -> str:
    lines = [
        f"{'':10}{'view':30}{'us':>9}{'over floor':>12}{'/ floor':>9}{'/ FileResponse':>16}{'at most':>9}"
    ]
    for result in measured:
        required = "" if result.at_most is None else f"{result.at_most:.1f}"
        lines.append(
            f"{result.group:10}{result.name:30}{result.median_us:9.1f}{result.over_floor_us:12.1f}"
            f"{result.of_floor:9.2f}{result.ratio:16.2f}{required:>9}"
        )
    return "\n".join(lines)


async def measured_under_asgi(rounds: int, requests: int) -> list[Result]:
    times: list[list[float]] = [[] for _ in ASGI_CASES]
    for case in ASGI_CASES:
        check(case, await asked_of_asgi(case))
        await asgi_microseconds(case, requests)
    for turn in range(rounds):
        gc.collect()
        for step in range(len(ASGI_CASES)):
            number = (turn + step) % len(ASGI_CASES)
            times[number].append(await asgi_microseconds(ASGI_CASES[number], requests))
    return results(ASGI_CASES, times)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=200, help="rounds, each of which measures every view once"
    )
    parser.add_argument("--requests", type=int, default=20, help="requests to a view in a round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--check", action="store_true", help="fail when a view costs more than it may")
    given = parser.parse_args()
    # Django says that under ASGI its FileResponse is read into memory first; that is what is compared with.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    gc.disable()
    cases = wsgi_cases(dict(asked_of_wsgi(Case("", "", views.function)).fields))
    for case in cases:
        check(case, asked_of_wsgi(case))
    measured = in_turns(cases, lambda case: wsgi_microseconds(case, given.requests), given.rounds)
    measured += asyncio.run(measured_under_asgi(max(given.rounds // 10, 10), given.requests))
    print(
        f"Python {platform.python_version()}, Django {django.__version__}; {views.SIZE} bytes, {given.rounds} rounds"
    )
    print(table(measured))
    if views.downloadview() is None:
        print("django-downloadview is not installed here; make bench compares with it.")
    if views.sendfile() is None:
        print("django-sendfile2 is not installed here; make bench compares with it.")
    if given.json:
        described = {
            "python": platform.python_version(),
            "django": django.__version__,
            "rounds": given.rounds,
        }
        given.json.write_text(
            json.dumps({**described, "results": [asdict(one) for one in measured]}, indent=1) + "\n"
        )
    complaints = [complaint for one in measured for complaint in one.too_dear]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
