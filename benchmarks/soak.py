"""
Ask real servers for thousands of downloads of every kind, and count what is left behind.

Run it with ``make soak``. SOAK_REQUESTS says how many requests the servers get, all together (10000), SOAK_SEED which
ones.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.processes import SERVERS, Kind
from tests.servers.soaking import Surroundings, soak, surroundings

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "10000"))
SEED = int(os.environ.get("SOAK_SEED", "1"))


def report(kind: Kind, around: Surroundings) -> bool:
    """Soak one server and print what is left; tell whether all is well."""
    began, requests = time.monotonic(), REQUESTS // len(SERVERS)
    soaked = soak(kind, around, requests, random.Random(SEED))
    warm, after = soaked.warm, soaked.after
    print(
        f"{kind.name:18}{requests:9}{time.monotonic() - began:9.0f}{after.generators:12}"
        f"{warm.descriptors:10} ->{after.descriptors:4}{warm.threads:6} ->{after.threads:4}"
        f"{warm.origin:6} ->{after.origin:3}{warm.store:5} ->{after.store:3}"
        f"{warm.mebibytes:10.1f} ->{after.mebibytes:7.1f}{soaked.peak:8.1f}"
        f"  {'well' if soaked.well else 'NOT WELL'}{'' if soaked.same else ': the worker has died'}"
    )
    for mistake, times in soaked.mistakes.items():
        print(f"    {times} times: {mistake}")
    return soaked.well


def main() -> int:
    with TemporaryDirectory(prefix="downloadable-soak-") as name, surroundings(Path(name)) as around:
        print(
            f"{'':18}{'requests':>9}{'seconds':>9}{'generators':>12}{'descriptors':>17}{'threads':>13}"
            f"{'origin':>12}{'store':>11}{'MiB':>20}{'peak':>8}"
        )
        results = [report(kind, around) for kind in SERVERS]
        return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
