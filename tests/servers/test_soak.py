from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.servers.processes import SERVERS, Kind
from tests.servers.soaking import Surroundings, soak, surroundings

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "1000"))
"""To all servers together; ``make soak`` makes ten times as many."""


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Run what the site needs around it, once for all servers."""
    with surroundings(tmp_path_factory.mktemp("soaked")) as around:
        yield around


@pytest.mark.parametrize("kind", SERVERS, ids=lambda kind: kind.name)
def test_nothing_is_left_behind(around: Surroundings, kind: Kind) -> None:
    """After requests of every kind to every source, a server has the descriptors, threads and memory of before."""
    soaked = soak(kind, around, REQUESTS // len(SERVERS), random.Random(1))
    assert not soaked.mistakes
    assert soaked.well, soaked
