from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from downloadable.domain import ANY, DownloadRequest, EntityTag, Resource, ServingPolicy
from downloadable.domain.preconditions import evaluate_preconditions, range_applies

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
BEFORE, AFTER = DAY - timedelta(seconds=1), DAY + timedelta(seconds=1)
TAG, OTHER = EntityTag("v1"), EntityTag("v0")
WEAK = EntityTag("v1", weak=True)
RESOURCE = Resource(entity_tag=TAG, last_modified=DAY)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(DownloadRequest(), None, id="nothing"),
        pytest.param(DownloadRequest(if_match=(TAG,)), None, id="step 1 holds"),
        pytest.param(DownloadRequest(if_match=(OTHER,)), 412, id="step 1 fails"),
        pytest.param(DownloadRequest(if_match=()), 412, id="step 1 fails, empty"),
        pytest.param(
            DownloadRequest(if_match=ANY, if_unmodified_since=BEFORE), None, id="step 1 skips step 2"
        ),
        pytest.param(DownloadRequest(if_unmodified_since=DAY), None, id="step 2 holds"),
        pytest.param(DownloadRequest(if_unmodified_since=BEFORE), 412, id="step 2 fails"),
        pytest.param(DownloadRequest(if_none_match=(OTHER,)), None, id="step 3 holds"),
        pytest.param(DownloadRequest(if_none_match=(OTHER, WEAK)), 304, id="step 3 fails"),
        pytest.param(DownloadRequest(if_none_match=ANY), 304, id="step 3 fails, any"),
        pytest.param(
            DownloadRequest(if_none_match=(), if_modified_since=DAY), None, id="step 3 skips step 4"
        ),
        pytest.param(DownloadRequest(if_modified_since=BEFORE), None, id="step 4 holds"),
        pytest.param(DownloadRequest(if_modified_since=DAY), 304, id="step 4 fails"),
        pytest.param(
            DownloadRequest(if_match=(OTHER,), if_none_match=(TAG,)), 412, id="step 1 before step 3"
        ),
        pytest.param(
            DownloadRequest(if_unmodified_since=BEFORE, if_modified_since=AFTER), 412, id="2 before 4"
        ),
        pytest.param(DownloadRequest(if_match=(TAG,), if_none_match=(TAG,)), 304, id="step 1, then step 3"),
    ],
)
def test_steps(asked: DownloadRequest, expected: int | None) -> None:
    """Preconditions are taken in the order of RFC 9110, section 13.2.2."""
    assert evaluate_preconditions(RESOURCE, ServingPolicy(), asked) == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_answer_to_an_action_is_not_compared(method: str) -> None:
    """Conditions speak of what was there before a method acted on it; what it made is not that (13.2.1)."""
    asked = DownloadRequest(method=method, if_match=(OTHER,), if_none_match=ANY, if_modified_since=DAY)
    assert evaluate_preconditions(RESOURCE, ServingPolicy(), asked) is None


@pytest.mark.parametrize(
    ("not_modified", "moment", "expected"),
    [
        (True, BEFORE, 304),
        (True, None, None),
        (False, AFTER, None),
        (None, AFTER, 304),
        (None, BEFORE, None),
    ],
)
def test_the_site_replaces_the_comparison_of_dates(
    not_modified: bool | None, moment: datetime | None, expected: int | None
) -> None:
    """The site's own answer counts where a date was asked for, and only there."""
    policy = ServingPolicy(not_modified=not_modified)
    assert evaluate_preconditions(RESOURCE, policy, DownloadRequest(if_modified_since=moment)) == expected


@pytest.mark.parametrize(
    ("resource", "if_range", "now", "expected"),
    [
        pytest.param(RESOURCE, TAG, AFTER, True, id="tag"),
        pytest.param(RESOURCE, OTHER, AFTER, False, id="other tag"),
        pytest.param(RESOURCE, WEAK, AFTER, False, id="weak tag"),
        pytest.param(Resource(entity_tag=WEAK), WEAK, AFTER, False, id="both weak"),
        pytest.param(Resource(), TAG, AFTER, False, id="no tag"),
        pytest.param(RESOURCE, DAY, AFTER, True, id="date"),
        pytest.param(RESOURCE, DAY, DAY, False, id="date of this second"),
        pytest.param(RESOURCE, BEFORE, AFTER, False, id="earlier date"),
        pytest.param(RESOURCE, AFTER, AFTER, False, id="later date"),
        pytest.param(Resource(), DAY, AFTER, False, id="no date"),
        pytest.param(RESOURCE, None, AFTER, False, id="broken"),
    ],
)
def test_range_applies(
    resource: Resource, if_range: EntityTag | datetime | None, now: datetime, expected: bool
) -> None:
    """If-Range holds for exactly the strong validator that there is (RFC 9110, 13.1.5)."""
    assert range_applies(resource, DownloadRequest(if_range=if_range, has_if_range=True), now) is expected


def test_range_applies_without_if_range() -> None:
    """Without If-Range, a range always applies."""
    assert range_applies(Resource(), DownloadRequest(), DAY)
