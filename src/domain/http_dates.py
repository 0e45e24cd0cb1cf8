"""HTTP-date (RFC 9110, 5.6.7): one form is sent, three are understood."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["format_http_date", "parse_http_date"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
LONG_DAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
MONTH = f"(?P<month>{'|'.join(MONTHS)})"
TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"

IMF_FIXDATE = re.compile(f"{DAY}, (?P<day>[0-9]{{2}}) {MONTH} (?P<year>[0-9]{{4}}) {TIME} GMT")
# These are obsolete, so that they are compiled by who meets one.
RFC_850 = f"{LONG_DAY}, (?P<day>[0-9]{{2}})-{MONTH}-(?P<year>[0-9]{{2}}) {TIME} GMT"
ASCTIME = f"{DAY} {MONTH} (?P<day>[0-9]{{2}}| [0-9]) {TIME} (?P<year>[0-9]{{4}})"


@lru_cache(maxsize=1024)
def format_http_date(moment: datetime) -> str:
    """
    Format an aware *moment* as an IMF-fixdate, such as ``"Sun, 06 Nov 1994 08:49:37 GMT"``.

    Fractions of a second are dropped. The answers for recent values are remembered: many clients ask for few files.
    """
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    text = utc.ctime()  # "Sun Nov  6 08:49:37 1994", in any locale
    return f"{text[:3]}, {utc.day:02} {text[4:7]} {text[20:]} {text[11:19]} GMT"


def parse_http_date(text: str, *, now: datetime | None = None) -> datetime | None:
    """
    Read an HTTP-date in any of its three forms.

    Args:
        text: The field value.

        now: The present, for two-digit years; by default the system's clock says.

    Returns:
        An aware datetime in UTC, or ``None`` if *text* is not a date: the field is then to be ignored.
    """
    text = text.strip(" \t")
    found = IMF_FIXDATE.fullmatch(text) or re.fullmatch(RFC_850, text) or re.fullmatch(ASCTIME, text)
    if found is None:
        return None
    year, month, second = int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["second"])
    clock = int(found["day"]), int(found["hour"]), int(found["minute"])
    if len(found["year"]) == 2:
        year = full_year(year, (month, *clock, second), datetime.now(UTC) if now is None else now)
    try:
        moment = datetime(year, month, *clock, min(second, 59), tzinfo=UTC)
        # The grammar allows 60 for a leap second, which datetime does not know.
        return moment + timedelta(seconds=1) if second == 60 else moment if second < 60 else None
    except (ValueError, OverflowError):
        return None


def full_year(two_digits: int, rest: tuple[int, ...], now: datetime) -> int:
    """Place a year of an RFC 850 date in a century; *rest* is the date from its month to its second."""
    # "Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST interpret a timestamp
    # that appears to be more than 50 years in the future as representing the most recent year in the past that had
    # the same last two digits."  (RFC 9110, 5.6.7)
    now = now.astimezone(UTC)
    year = now.year - now.year % 100 + two_digits
    horizon = (now.year + 50, *now.timetuple()[1:6])
    return year - 100 if (year, *rest) > horizon else year
