"""
Measure what downloads cost, beside others and beside what they may cost. Run it with ``make bench``.

Everybody answers the same in the same run, in turns: what else the machine does hits all alike, and ratios mean
something on other machines, too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.budgets import BUDGETS
from benchmarks.figures import PEERS, Figures
from benchmarks.table import table
from tests.servers.fronts import NGINX
from tests.servers.processes import MIB
from tests.servers.slow.measuring import Load

Part = Callable[[Figures, argparse.Namespace], None]
PACKAGES = ("Django", "gunicorn", "uvicorn", "granian")
OF_PEERS = {
    "downloadview": "django-downloadview",
    "sendfile2": "django-sendfile2",
    "WhiteNoise": "whitenoise",
    "Starlette": "starlette",
}


def say(text: str, begun: float = time.monotonic()) -> None:
    print(f"{time.monotonic() - begun:6.0f} s  {text}", file=sys.stderr, flush=True)


def in_process(figures: Figures, given: argparse.Namespace) -> None:
    from benchmarks.clients import here
    from benchmarks.in_process import measure_in_process

    say("small files in process")
    with here():
        measure_in_process(figures, given.small_rounds)


def imports(figures: Figures, given: argparse.Namespace) -> None:
    from benchmarks.imports import measure_imports

    say("imports")
    measure_imports(figures, given.rounds)


def served(figures: Figures, given: argparse.Namespace) -> None:
    from benchmarks.served import measure_served, sites

    with sites(given.mib) as site:
        measure_served(figures, site, given.rounds, say)


def slow_readers(figures: Figures, given: argparse.Namespace) -> None:
    from benchmarks.readers import measure_readers

    say("slow readers")
    few = Load(min(given.slow_readers, 50), 32 * MIB, 200 * 1024, given.slow_seconds)
    measure_readers(figures, given.rounds, few=few, many=given.slow_readers)


PARTS: Mapping[str, Part] = {
    "in-process": in_process,
    "import": imports,
    "served": served,
    "slow-readers": slow_readers,
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    number = partial(parser.add_argument, type=int)
    number("--mib", default=1024, help="size of the largest file")
    number("--rounds", default=3, help="of real servers")
    number("--small-rounds", default=60, help="of small files in process")
    number("--slow-readers", default=1000, help="how many come at once")
    parser.add_argument("--slow-seconds", type=float, default=5, help="how long they stay")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    parser.add_argument("--into", type=Path, help="directory for measured.txt and measured.json")
    return parser.parse_args()


def surroundings(given: argparse.Namespace) -> dict[str, Any]:
    """Say what was measured with."""
    names = [*PACKAGES, *(package for who, package in OF_PEERS.items() if find_spec(PEERS[who]))]
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "mib": given.mib,
        "rounds": given.rounds,
        "small rounds": given.small_rounds,
        "slow seconds": given.slow_seconds,
        "versions": {"nginx": nginx_version(), **{name: version(name) for name in names}},
    }


def nginx_version() -> str:
    said = subprocess.run([NGINX.found(), "-v"], check=True, capture_output=True, text=True).stderr
    return said.strip().rpartition("/")[2]


def main() -> None:
    given = options()
    figures = Figures()
    for name, part in PARTS.items():
        if not given.part or name in given.part:
            part(figures, given)
    figures.notes += [
        f"{package} is not installed here, and left out: make bench compares with it."
        for who, package in OF_PEERS.items()
        if find_spec(PEERS[who]) is None
    ]
    judged = [budget.judge(figures) for budget in BUDGETS]
    judged = [one for one in judged if not given.part or one.value is not None]
    around = surroundings(given)
    versions = ", ".join(f"{name} {number}" for name, number in around["versions"].items())
    text = "\n".join(
        [
            f"Largest file: {given.mib} MiB. Rounds: {given.rounds}, in process {given.small_rounds}.",
            f"Slow readers stay {given.slow_seconds:g} s. Cores: {around['cores']}.",
            f"Python {around['python']}, {versions}.",
            *figures.notes,
            "",
            table(figures, judged),
        ]
    )
    print(text)
    if given.into:
        given.into.mkdir(parents=True, exist_ok=True)
        told = {
            **around,
            "notes": figures.notes,
            "budgets": [one.row() for one in judged],
            "measured": list(figures.rows()),
        }
        (given.into / "measured.txt").write_text(f"{text}\n")
        (given.into / "measured.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
