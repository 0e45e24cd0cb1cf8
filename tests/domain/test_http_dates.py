from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from downloadable.domain import format_http_date, parse_http_date

EXAMPLE = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", id="IMF-fixdate"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", id="RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", id="asctime"),
        pytest.param("\t Sun, 06 Nov 1994 08:49:37 GMT ", id="space around"),
        pytest.param("Sun Nov 06 08:49:37 1994", id="asctime with a zero"),
        pytest.param("Mon, 06 Nov 1994 08:49:37 GMT", id="wrong day of the week"),
    ],
)
def test_parse_all_three_forms(text: str) -> None:
    """The three forms of RFC 9110, section 5.6.7, say the same; the day of the week adds nothing."""
    assert parse_http_date(text, now=NOW) == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "0",
        "784111777",
        "1994-11-06T08:49:37Z",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Okt 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:99 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "Sun, 06 Nov 19941 08:49:37 GMT",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov  31 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Wednesday, 30-Feb-94 08:49:37 GMT",
    ],
)
def test_what_is_no_date_is_ignored(text: str) -> None:
    """Whatever does not follow the grammar, or names no moment, is no date."""
    assert parse_http_date(text, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2017, 1, 1, tzinfo=UTC), id="leap second"),
        pytest.param(
            "Mon, 01 Jan 0001 00:00:00 GMT", datetime(1, 1, 1, tzinfo=UTC), id="as early as there is"
        ),
        pytest.param(
            "Fri, 31 Dec 9999 23:59:59 GMT",
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            id="as late as there is",
        ),
    ],
)
def test_parse_at_the_edges(text: str, expected: datetime) -> None:
    """A leap second is the second after it, and every year of four digits is one."""
    assert parse_http_date(text) == expected


@pytest.mark.parametrize(
    ("text", "year"),
    [
        pytest.param("Sunday, 01-Mar-26 12:00:00 GMT", 2026, id="now"),
        pytest.param("Sunday, 06-Nov-05 08:49:37 GMT", 2005, id="past"),
        pytest.param("Sunday, 06-Nov-44 08:49:37 GMT", 2044, id="future"),
        pytest.param("Sunday, 01-Mar-76 12:00:00 GMT", 2076, id="fifty years ahead"),
        pytest.param("Sunday, 01-Mar-76 12:00:01 GMT", 1976, id="a second more than fifty years ahead"),
        pytest.param("Sunday, 31-Dec-76 00:00:00 GMT", 1976, id="months more than fifty years ahead"),
        pytest.param("Sunday, 06-Nov-77 08:49:37 GMT", 1977, id="a year more than fifty years ahead"),
        pytest.param("Sunday, 06-Nov-99 08:49:37 GMT", 1999, id="last year of the century"),
        pytest.param("Sunday, 29-Feb-00 08:49:37 GMT", 2000, id="first year of the century"),
    ],
)
def test_two_digits_mean_at_most_fifty_years_ahead(text: str, year: int) -> None:
    """A timestamp that appears to be more than 50 years in the future is one of the past (5.6.7)."""
    moment = parse_http_date(text, now=NOW)
    assert moment is not None
    assert moment.year == year


def test_two_digits_by_the_clock() -> None:
    """Without being told the present, parsing takes the system's."""
    year = datetime.now(UTC).year - 1
    moment = parse_http_date(f"Sunday, 06-Nov-{year % 100:02} 08:49:37 GMT")
    assert moment is not None
    assert moment.year == year


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(EXAMPLE, "Sun, 06 Nov 1994 08:49:37 GMT", id="example of the RFC"),
        pytest.param(
            EXAMPLE + timedelta(microseconds=999_999), "Sun, 06 Nov 1994 08:49:37 GMT", id="fraction"
        ),
        pytest.param(
            datetime(2024, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "Thu, 29 Feb 2024 23:30:00 GMT",
            id="another zone",
        ),
        pytest.param(
            datetime(987, 1, 5, tzinfo=UTC), "Fri, 05 Jan 0987 00:00:00 GMT", id="year of three digits"
        ),
    ],
)
def test_format(moment: datetime, expected: str) -> None:
    """A date is sent as an IMF-fixdate, in GMT, by whole seconds, whatever the locale."""
    assert format_http_date(moment) == expected
