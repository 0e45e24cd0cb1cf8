from __future__ import annotations

from datetime import UTC, datetime

import pytest

from downloadable.domain import ANY, PLAIN_GET, DownloadRequest, EntityTag, parse_ranges

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
SPELT_DAY = "Thu, 29 Feb 2024 12:00:00 GMT"
TAG = EntityTag("v1")


@pytest.mark.parametrize(
    "headers", [{}, {"Accept": "*/*", "User-Agent": "a browser", "Cookie": "If-Match=1; range=2"}]
)
def test_a_plain_get_is_not_parsed(headers: dict[str, str]) -> None:
    """What nearly every client sends is one shared instance."""
    assert DownloadRequest.from_headers("GET", headers) is PLAIN_GET


def test_a_head_is_no_get() -> None:
    """The method is kept."""
    assert DownloadRequest.from_headers("HEAD", {}) == DownloadRequest(method="HEAD")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Range": "bytes=0-4"}, DownloadRequest(ranges=parse_ranges("bytes=0-4")), id="range"),
        pytest.param(
            {"RANGE": "bytes=0-4"}, DownloadRequest(ranges=parse_ranges("bytes=0-4")), id="in capitals"
        ),
        pytest.param({"range": "rubbish"}, DownloadRequest(), id="broken range"),
        pytest.param({"If-Match": '"v1"'}, DownloadRequest(if_match=(TAG,)), id="if-match"),
        pytest.param({"If-Match": "*"}, DownloadRequest(if_match=ANY), id="if-match any"),
        pytest.param({"If-Match": "v1"}, DownloadRequest(if_match=()), id="broken if-match"),
        pytest.param({"If-None-Match": '"v1"'}, DownloadRequest(if_none_match=(TAG,)), id="if-none-match"),
        pytest.param({"If-None-Match": ""}, DownloadRequest(if_none_match=()), id="empty if-none-match"),
        pytest.param(
            {"If-Modified-Since": SPELT_DAY}, DownloadRequest(if_modified_since=DAY), id="if-modified-since"
        ),
        pytest.param({"If-Modified-Since": "rubbish"}, DownloadRequest(), id="broken if-modified-since"),
        pytest.param(
            {"If-Unmodified-Since": SPELT_DAY},
            DownloadRequest(if_unmodified_since=DAY),
            id="if-unmodified-since",
        ),
        pytest.param({"If-Unmodified-Since": ""}, DownloadRequest(), id="empty if-unmodified-since"),
        pytest.param(
            {"If-Range": '"v1"'}, DownloadRequest(if_range=TAG, has_if_range=True), id="if-range tag"
        ),
        pytest.param(
            {"If-Range": SPELT_DAY}, DownloadRequest(if_range=DAY, has_if_range=True), id="if-range date"
        ),
        pytest.param({"If-Range": "rubbish"}, DownloadRequest(has_if_range=True), id="broken if-range"),
        pytest.param({"If-Range": ""}, DownloadRequest(has_if_range=True), id="empty if-range"),
    ],
)
def test_from_headers(headers: dict[str, str], expected: DownloadRequest) -> None:
    """Each field is parsed once; what is there and cannot be used is kept apart from what is not, where it matters."""
    assert DownloadRequest.from_headers("GET", headers) == expected


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "get"])
def test_ranges_are_for_get(method: str) -> None:
    """Range is ignored with every other method than GET (RFC 9110, 14.2)."""
    assert DownloadRequest.from_headers(method, {"Range": "bytes=0-4"}) == DownloadRequest(method=method)


ALL = DownloadRequest.from_headers(
    "GET",
    {
        "If-Match": '"v1"',
        "If-None-Match": '"v1"',
        "If-Modified-Since": SPELT_DAY,
        "If-Unmodified-Since": SPELT_DAY,
        "Range": "bytes=0-4",
        "If-Range": '"v1"',
    },
)


def test_without_range() -> None:
    """Without its range, a request keeps its preconditions."""
    assert ALL.without_range() == DownloadRequest(
        if_match=(TAG,), if_none_match=(TAG,), if_modified_since=DAY, if_unmodified_since=DAY
    )


def test_unconditional() -> None:
    """Without its preconditions, a request keeps its range and what makes it count."""
    assert ALL.unconditional() == DownloadRequest(
        ranges=parse_ranges("bytes=0-4"), if_range=TAG, has_if_range=True
    )
