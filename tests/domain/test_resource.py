from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from attrs.exceptions import FrozenInstanceError

from downloadable.domain import Resource

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(None, None, id="not known"),
        pytest.param(DAY, DAY, id="whole second"),
        pytest.param(DAY + timedelta(microseconds=999_999), DAY, id="fraction"),
        pytest.param(DAY.astimezone(timezone(timedelta(hours=5))), DAY, id="another zone"),
        pytest.param(
            datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), None, id="before the calendar in UTC"
        ),
    ],
)
def test_last_modified_has_whole_seconds(moment: datetime | None, expected: datetime | None) -> None:
    """Last-Modified counts seconds (RFC 9110, 8.8.2), so what it cannot say is dropped."""
    assert Resource(last_modified=moment).last_modified == expected


def test_last_modified_must_be_aware() -> None:
    """A time without a zone is refused: it may mean any."""
    with pytest.raises(ValueError, match="names no time zone"):
        Resource(last_modified=datetime(2024, 2, 29))  # noqa: DTZ001  # what is refused


def test_size_counts() -> None:
    """A size is not negative."""
    assert Resource(size=0).size == 0
    with pytest.raises(ValueError, match="-1"):
        Resource(size=-1)


@pytest.mark.parametrize("algorithm", ["", "SHA-256", "sha 256", "sha-256\r\nX: y", "1", 'sha"'])
def test_digests_are_named_as_keys(algorithm: str) -> None:
    """The name of a digest is a key of RFC 8941, or it could not stand in a field."""
    with pytest.raises(ValueError, match="does not name a digest algorithm"):
        Resource(digests=((algorithm, b""),))


def test_facts_do_not_change() -> None:
    """A resource is a snapshot."""
    with pytest.raises(FrozenInstanceError):
        Resource().size = 1  # type: ignore[misc]  # what is refused
