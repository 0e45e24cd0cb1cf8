from __future__ import annotations

from datetime import UTC, datetime, timedelta

from downloadable.ports import system_clock


def test_the_systems_clock_names_its_zone() -> None:
    """The present is told in UTC, whatever the zone of the machine."""
    before = datetime.now(UTC)
    now = system_clock()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)
