"""
Whatever an origin does wrong, and does next: nobody gets a wrong body and takes it for the right one.

FAULT_PLANS says how many plans are drawn for each of the two rules (100).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings, strategies as st

from downloadable.adapters.http.transport import Timeout
from tests.servers.faulty.control import FaultyOrigin
from tests.servers.faulty.drawn import benign_plans, plans, promises_kept, questions
from tests.servers.faulty.judging import assert_honest
from tests.servers.faulty.kept import KEPT
from tests.servers.faulty.plans import Plan
from tests.servers.faulty.site import PATIENCE
from tests.servers.faulty.ways import IN_PROCESS, Way

PLANS = int(os.environ.get("FAULT_PLANS", "100"))
NUMBERS = count()
DRAWN = settings(
    max_examples=PLANS,
    deadline=None,
    # A few are the same for everybody; of many, each run has others.
    derandomize=PLANS <= 100,
    database=None,
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

pytestmark = pytest.mark.filterwarnings(
    # Django leaves the empty body of a request to the garbage collector if its answer fails.
    "ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"
)
names = st.sampled_from(sorted(IN_PROCESS))


@pytest.fixture(scope="module")
def ways(faulty: FaultyOrigin) -> Iterator[Mapping[str, Way]]:
    """Both of Django's handlers."""
    with both(faulty, PATIENCE) as ways:
        yield ways


@pytest.fixture(scope="module")
def patient(faulty: FaultyOrigin) -> Iterator[Mapping[str, Way]]:
    """The same, where no pause on a busy machine is taken for silence."""
    with both(faulty, (10.0, 10.0)) as ways:
        yield ways


@contextmanager
def both(faulty: FaultyOrigin, patience: Timeout) -> Iterator[Mapping[str, Way]]:
    """Open both, and log nothing meanwhile."""
    logging.disable(logging.CRITICAL)  # each break is logged
    with ExitStack() as stack:
        stack.callback(logging.disable, logging.NOTSET)
        yield {name: stack.enter_context(open_way(faulty, patience)) for name, open_way in IN_PROCESS.items()}


@pytest.mark.parametrize("plan", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("name", IN_PROCESS)
def test_what_was_wrong_once(faulty: FaultyOrigin, ways: Mapping[str, Way], plan: Plan, name: str) -> None:
    """A plan that has made a wrong body makes none again."""
    key = f"kept-{next(NUMBERS)}.bin"
    with faulty.serving(key, plan):
        got = ways[name].ask(key)
    assert_honest(plan, {}, got)


@DRAWN
@given(plan=plans(), asked=questions(), name=names)
def test_no_fault_makes_a_wrong_body(
    faulty: FaultyOrigin, ways: Mapping[str, Way], plan: Plan, asked: Mapping[str, str], name: str
) -> None:
    """What comes is of one content, is that of the validators that come with it, and its end is to be seen."""
    assume(promises_kept(plan))
    key = f"drawn-{next(NUMBERS)}.bin"
    with faulty.serving(key, plan) as seen:
        got = ways[name].ask(key, asked)
    event(f"{got.status}, {'whole' if got.whole else 'broken'}, {min(len(seen), 3)} requests")
    assert_honest(plan, asked, got)
    told = ways[name].told(key, 1)
    if got.status in (200, 206):
        assert [one.outcome == "completed" for one in told] == [got.whole]
        assert told[0].resumed <= 5


@DRAWN
@given(plan=benign_plans(), name=names)
def test_breaks_alone_are_not_to_be_seen(
    faulty: FaultyOrigin, patient: Mapping[str, Way], plan: Plan, name: str
) -> None:
    """However a body breaks off, as long as it stays the same and not too often, the client gets all of it."""
    key = f"benign-{next(NUMBERS)}.bin"
    with faulty.serving(key, plan):
        got = patient[name].ask(key)
    assert_honest(plan, {}, got)
    assert (got.status, got.whole) == (200, True)
    (told,) = patient[name].told(key, 1)
    assert told.outcome == "completed"
    event(f"resumed {told.resumed} times")
