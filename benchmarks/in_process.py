"""
Measure what one small download costs in process, in microseconds beyond what the emptiest view costs.

All views stand at the same place of a URLconf and are asked in turns, so that whatever else the machine does hits all
of them alike; microseconds differ from machine to machine, ratios hardly do.
"""

from __future__ import annotations

import asyncio
import gc
import io
import warnings
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout

from benchmarks import views
from benchmarks.budgets import OVER
from benchmarks.cases import Case, asgi_cases, wsgi_cases
from benchmarks.figures import FLOOR, OURS, Figures
from benchmarks.handlers import Reply, asgi_microseconds, asked_of_asgi, asked_of_wsgi, wsgi_microseconds

__all__ = ["measure_in_process"]

REQUESTS = 100
"""To one view, before it is another's turn."""


def measure_in_process(figures: Figures, rounds: int) -> None:
    """Measure every view in every round, beginning with another one each time; under ASGI in fewer."""
    # Django says that under ASGI its FileResponse is read into memory first; that is what is compared with.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    plain = asked_of_wsgi(Case("", "", views.function))
    gc.disable()
    try:
        # django-downloadview prints a line of its own for each conditional request.
        with redirect_stdout(io.StringIO()):
            asyncio.run(in_turns(figures, wsgi_cases(dict(plain.fields)), of_wsgi, wsgi_once, rounds))
            asyncio.run(
                in_turns(figures, asgi_cases(), asgi_microseconds, asked_of_asgi, max(rounds // 3, 1))
            )
    finally:
        gc.enable()


async def of_wsgi(case: Case, requests: int) -> float:
    return wsgi_microseconds(case, requests)


async def wsgi_once(case: Case) -> Reply:
    return asked_of_wsgi(case)


async def in_turns(
    figures: Figures,
    cases: Sequence[Case],
    measure: Callable[[Case, int], Awaitable[float]],
    ask: Callable[[Case], Awaitable[Reply]],
    rounds: int,
) -> None:
    cases = [case for case in cases if as_asked(figures, case, await ask(case))]
    times: list[list[float]] = [[] for _ in cases]
    for case in cases:
        await measure(case, REQUESTS)
    for turn in range(rounds):
        gc.collect()
        for step in range(len(cases)):
            number = (turn + step) % len(cases)
            times[number].append(await measure(cases[number], REQUESTS))
    floors = {case.case: taken for case, taken in zip(cases, times, strict=True) if case.who == FLOOR}
    for case, taken in zip(cases, times, strict=True):
        for microseconds, floor in zip(taken, floors[case.case], strict=True):
            figures.add(case.case, case.who, {"us": microseconds, OVER: microseconds - floor})


def as_asked(figures: Figures, case: Case, reply: Reply) -> bool:
    """Tell whether it is worth measuring; refuse to measure an error page."""
    if (reply.status, reply.length) == (case.status, case.length):
        return True
    if case.who in (OURS, FLOOR):
        raise SystemExit(f"{case.case}, {case.who}: expected {case.status}, {case.length} bytes; got {reply}")
    # Others need not know ranges and conditions.
    figures.otherwise[case.case, case.who] = f"{reply.status}, {reply.length} bytes"
    return False
