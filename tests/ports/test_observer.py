from __future__ import annotations

import logging

import pytest

from downloadable.domain import ByteRange, Plan, Resource
from downloadable.ports import Served
from downloadable.ports.observer import Ledger

FACTS = Resource(name="data.bin", size=10)
WHOLE = Plan(200, body=(ByteRange(0, 10),))
ENDLESS = Plan(200, body=(ByteRange(0, None),))


@pytest.mark.parametrize(
    ("plan", "bytes_sent", "outcome"),
    [
        pytest.param(WHOLE, 10, "completed", id="all"),
        pytest.param(WHOLE, 9, "aborted", id="not all"),
        pytest.param(WHOLE, 0, "aborted", id="nothing"),
        pytest.param(Plan(304), 0, "completed", id="nothing was to be sent"),
        pytest.param(ENDLESS, 10, "aborted", id="nobody knows how much there was to come"),
        pytest.param(Plan(206, body=(b"--b", ByteRange(0, 4), b"--b--")), 12, "completed", id="with framing"),
    ],
)
def test_the_end_is_held_against_the_plan(plan: Plan, bytes_sent: int, outcome: str) -> None:
    """A body that ends has been taken as a whole, or given up."""
    heard: list[Served] = []
    ledger = Ledger(FACTS, plan, [heard.append])
    ledger.bytes_sent = bytes_sent
    ledger.end()
    (served,) = heard
    assert (served.outcome, served.bytes_sent) == (outcome, bytes_sent)
    assert (served.resource, served.plan) == (FACTS, plan)
    assert 0 <= served.seconds < 60


def test_one_answer_is_reported_once_to_everybody() -> None:
    """What comes after the first report counts for nothing."""
    heard: list[Served] = []
    also: list[Served] = []
    ledger = Ledger(FACTS, WHOLE, [heard.append, also.append])
    ledger.report("failed")
    ledger.report("completed")
    ledger.end()
    assert [served.outcome for served in heard] == ["failed"]
    assert also == heard


def test_an_observer_that_raises_is_logged_and_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bookkeeping that fails changes nothing for the client, nor for other observers."""
    heard: list[Served] = []

    def failing(served: Served) -> None:
        raise ZeroDivisionError("no bookkeeping today")

    with caplog.at_level(logging.ERROR, logger="downloadable"):
        Ledger(FACTS, WHOLE, [failing, heard.append]).report("completed")
    assert len(heard) == 1
    (record,) = caplog.records
    assert record.name == "downloadable"
    assert "data.bin" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
