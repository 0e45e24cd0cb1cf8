"""The table, asked of the decision itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from downloadable.domain import ByteRange, DownloadRequest, Plan, ServingPolicy, decide
from tests.conformance.expectations import BOUNDARY, Answer, assert_answers
from tests.conformance.rows import Row
from tests.conformance.samples import DAY, SAMPLES
from tests.conformance.table import BY_ID, ROWS

USUALLY = datetime(2026, 6, 1, 8, 30, 0, tzinfo=UTC)
DECIDED = [row for row in ROWS if not row.of_view]


def carried_out(plan: Plan, data: bytes) -> bytes:
    """Put a body together as a server does: bytes are sent, ranges are read."""
    return b"".join(
        data[segment.start : segment.stop] if isinstance(segment, ByteRange) else segment
        for segment in plan.body
    )


@pytest.mark.parametrize("row", DECIDED, ids=lambda row: row.id)
def test_decide_answers_the_table(row: Row) -> None:
    """The decision alone gives the status, every field and every byte of a row."""
    sample = SAMPLES[row.of]
    now = row.now or USUALLY
    plan = decide(
        row.resource(sample),
        ServingPolicy(**row.policy),
        DownloadRequest.from_headers(row.method, row.asked),
        now=now,
        new_boundary=lambda: BOUNDARY,
    )
    answer = Answer(plan.status, plan.headers, carried_out(plan, sample.data))
    assert_answers(answer, row, between=(now, now), boundary=BOUNDARY)


def test_table_is_large() -> None:
    """There are rows enough for every rule, and hardly any is left out of the decision."""
    assert len(DECIDED) >= 400
    assert len(ROWS) - len(DECIDED) <= 4


def test_rows_have_ids_of_their_own() -> None:
    """Every row is found by its id, which can stand in a URL."""
    assert len(BY_ID) == len(ROWS)
    assert all(set(id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for id in BY_ID)


def test_rows_can_be_sent() -> None:
    """Every field of a request fits into a header section as servers and clients write it."""
    for row in ROWS:
        for value in row.asked.values():
            assert not set(value) & set("\r\n\0")
            assert len(value.encode("latin-1")) < 8000


def test_samples_were_changed_before() -> None:
    """Every answer that depends on the clock is in a row that sets it, or of the sample from the future."""
    dated = [sample.resource.last_modified for sample in SAMPLES.values()]
    assert {moment for moment in dated if moment is not None} == {DAY, datetime(2999, 1, 1, tzinfo=UTC)}
