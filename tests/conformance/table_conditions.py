"""If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since and their order (RFC 9110, 13.1 and 13.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from downloadable.domain import EntityTag
from tests.conformance.rows import THE_PRESENT, Row
from tests.conformance.samples import DAY

__all__ = ["ROWS"]

DAY_BEFORE = "Wed, 28 Feb 2024 12:00:00 GMT"
SECOND_BEFORE = "Thu, 29 Feb 2024 11:59:59 GMT"
SAME = "Thu, 29 Feb 2024 12:00:00 GMT"
SECOND_AFTER = "Thu, 29 Feb 2024 12:00:01 GMT"
DAY_AFTER = "Fri, 01 Mar 2024 12:00:00 GMT"


def if_match(id: str, field: str, status: int, of: str = "notes", method: str = "GET") -> Row:
    return Row(id=id, section="13.1.1", of=of, method=method, asked={"If-Match": field}, status=status)


def if_none_match(id: str, field: str, status: int, of: str = "notes", method: str = "GET") -> Row:
    return Row(id=id, section="13.1.2", of=of, method=method, asked={"If-None-Match": field}, status=status)


def if_modified_since(
    id: str, field: str, status: int, of: str = "notes", method: str = "GET", section: str = "13.1.3"
) -> Row:
    return Row(
        id=id, section=section, of=of, method=method, asked={"If-Modified-Since": field}, status=status
    )


def if_unmodified_since(
    id: str, field: str, status: int, of: str = "notes", method: str = "GET", section: str = "13.1.4"
) -> Row:
    return Row(
        id=id, section=section, of=of, method=method, asked={"If-Unmodified-Since": field}, status=status
    )


def conditions(id: str, status: int, of: str = "notes", method: str = "GET", **asked: str) -> Row:
    """Ask several things at once, ``If_Match`` standing for If-Match; a 206 is of the first five bytes."""
    return Row(
        id=id,
        section="13.2.2",
        of=of,
        method=method,
        asked={name.replace("_", "-"): value for name, value in asked.items()},
        status=status,
        parts=((0, 5),) if status == 206 else (),
    )


IF_MATCH = [
    if_match("if-match-hit", '"v1"', 200),
    if_match("if-match-hit-head", '"v1"', 200, method="HEAD"),
    if_match("if-match-hit-first-of-list", '"v1", "v2"', 200),
    if_match("if-match-hit-last-of-list", '"v0","v1"', 200),
    if_match("if-match-empty-elements", ', "v0",, "v1" ,', 200),
    if_match("if-match-beside-weak", 'W/"v1", "v1"', 200),
    if_match("if-match-any", "*", 200),
    if_match("if-match-any-of-untagged", "*", 200, of="bare"),
    if_match("if-match-any-of-weakly-tagged", "*", 200, of="weak"),
    if_match("if-match-any-of-a-stream", "*", 200, of="stream"),
    if_match("if-match-stale", '"v0"', 412),
    if_match("if-match-stale-head", '"v0"', 412, method="HEAD"),
    if_match("if-match-stale-list", '"v0", "v2"', 412),
    if_match("if-match-is-case-sensitive", '"V1"', 412),
    if_match("if-match-part-of-the-tag", '"v"', 412),
    if_match("if-match-comma-within-a-tag", '"v0,v1"', 412),
    if_match("if-match-empty-tag", '""', 412),
    if_match("if-match-quoted-star", '"*"', 412),
    # "MUST use the strong comparison function": a weak tag matches nothing.
    if_match("if-match-weak", 'W/"v1"', 412),
    if_match("if-match-strong-of-weakly-tagged", '"v1"', 412, of="weak"),
    if_match("if-match-weak-of-weakly-tagged", 'W/"v1"', 412, of="weak"),
    if_match("if-match-of-untagged", '"v1"', 412, of="dated"),
    if_match("if-match-of-bare", '"v1"', 412, of="bare"),
    if_match("if-match-of-a-stream", '"v1"', 412, of="stream"),
    # Neither "*" nor a list in which one matches: "Otherwise, the condition is false."
    if_match("if-match-unquoted", "v1", 412),
    if_match("if-match-half-quoted", '"v1', 412),
    if_match("if-match-single-quoted", "'v1'", 412),
    if_match("if-match-small-w", 'w/"v1"', 412),
    if_match("if-match-without-commas", '"v0" "v1"', 412),
    if_match("if-match-any-in-a-list", '*, "v0"', 412),
    if_match("if-match-with-rubbish", '"v1" rubbish', 412),
    if_match("if-match-empty-list", "", 412),
    if_match("if-match-list-of-commas", ", ,", 412),
    Row(
        id="if-match-latin-1",
        section="8.8.3",
        facts={"entity_tag": EntityTag("caf\xe9")},
        asked={"If-Match": '"caf\xe9"'},
        fields={"ETag": '"caf\xe9"'},
    ),
    Row(
        id="if-match-tag-with-comma",
        section="8.8.3",
        facts={"entity_tag": EntityTag("a,b")},
        asked={"If-Match": '"a", "a,b"'},
        fields={"ETag": '"a,b"'},
    ),
]

IF_UNMODIFIED_SINCE = [
    if_unmodified_since("if-unmodified-since-same", SAME, 200),
    if_unmodified_since("if-unmodified-since-later", DAY_AFTER, 200),
    if_unmodified_since("if-unmodified-since-earlier", DAY_BEFORE, 412),
    if_unmodified_since("if-unmodified-since-a-second-earlier", SECOND_BEFORE, 412),
    if_unmodified_since("if-unmodified-since-earlier-head", DAY_BEFORE, 412, method="HEAD"),
    if_unmodified_since("if-unmodified-since-of-dated", DAY_BEFORE, 412, of="dated"),
    if_unmodified_since(
        "if-unmodified-since-rfc-850", "Wednesday, 28-Feb-24 12:00:00 GMT", 412, section="5.6.7"
    ),
    if_unmodified_since("if-unmodified-since-asctime", "Wed Feb 28 12:00:00 2024", 412, section="5.6.7"),
    # "MUST ignore" what is no date, a list of dates, and the field where no date is known.
    if_unmodified_since("if-unmodified-since-malformed", "yesterday", 200),
    if_unmodified_since("if-unmodified-since-empty", "", 200),
    if_unmodified_since("if-unmodified-since-zero", "0", 200),
    if_unmodified_since("if-unmodified-since-iso-8601", "2024-02-28T12:00:00Z", 200),
    if_unmodified_since("if-unmodified-since-two-dates", f"{DAY_BEFORE}, {DAY_BEFORE}", 200),
    if_unmodified_since("if-unmodified-since-of-undated", DAY_BEFORE, 200, of="tagged"),
    if_unmodified_since("if-unmodified-since-of-a-stream", DAY_BEFORE, 200, of="stream"),
    # Changed in the future is changed now.
    if_unmodified_since("if-unmodified-since-of-the-future", DAY_AFTER, 412, of="future", section="8.8.2.1"),
]

IF_NONE_MATCH = [
    if_none_match("if-none-match-hit", '"v1"', 304),
    if_none_match("if-none-match-hit-head", '"v1"', 304, method="HEAD"),
    if_none_match("if-none-match-hit-of-undated", '"v1"', 304, of="tagged"),
    if_none_match("if-none-match-hit-of-an-empty-file", '"v1"', 304, of="empty"),
    if_none_match("if-none-match-hit-of-a-pipe", '"v1"', 304, of="pipe"),
    if_none_match("if-none-match-hit-of-encoded", '"v1-gzip"', 304, of="gzipped"),
    if_none_match("if-none-match-hit-first-of-list", '"v1", "v2"', 304),
    if_none_match("if-none-match-hit-last-of-list", '"v0","v1"', 304),
    if_none_match("if-none-match-empty-elements", ',, "v0" , ,"v1",', 304),
    if_none_match("if-none-match-any", "*", 304),
    if_none_match("if-none-match-any-with-spaces", " * ", 304),
    if_none_match("if-none-match-any-head", "*", 304, method="HEAD"),
    if_none_match("if-none-match-any-of-untagged", "*", 304, of="dated"),
    if_none_match("if-none-match-any-of-bare", "*", 304, of="bare"),
    if_none_match("if-none-match-any-of-a-stream", "*", 304, of="stream"),
    # "MUST use the weak comparison function"
    if_none_match("if-none-match-weak", 'W/"v1"', 304),
    if_none_match("if-none-match-weak-in-a-list", '"v0", W/"v1"', 304),
    if_none_match("if-none-match-strong-of-weakly-tagged", '"v1"', 304, of="weak"),
    if_none_match("if-none-match-weak-of-weakly-tagged", 'W/"v1"', 304, of="weak"),
    if_none_match("if-none-match-miss", '"v0"', 200),
    if_none_match("if-none-match-miss-head", '"v0"', 200, method="HEAD"),
    if_none_match("if-none-match-miss-list", '"v0", W/"v2"', 200),
    if_none_match("if-none-match-is-case-sensitive", '"V1"', 200),
    if_none_match("if-none-match-empty-tag", '""', 200),
    if_none_match("if-none-match-quoted-star", '"*"', 200),
    if_none_match("if-none-match-of-untagged", '"v1"', 200, of="dated"),
    if_none_match("if-none-match-of-bare", '"v1"', 200, of="bare"),
    if_none_match("if-none-match-of-a-stream", '"v1"', 200, of="stream"),
    if_none_match("if-none-match-of-the-uncoded", '"v1"', 200, of="gzipped"),
    # Neither "*" nor a list in which one matches: "Otherwise, the condition is true."
    if_none_match("if-none-match-unquoted", "v1", 200),
    if_none_match("if-none-match-half-quoted", '"v1', 200),
    if_none_match("if-none-match-small-w", 'w/"v1"', 200),
    if_none_match("if-none-match-empty-list", "", 200),
    if_none_match("if-none-match-without-commas", '"v0" "v2"', 200),
]

IF_MODIFIED_SINCE = [
    if_modified_since("if-modified-since-same", SAME, 304),
    if_modified_since("if-modified-since-same-head", SAME, 304, method="HEAD"),
    if_modified_since("if-modified-since-same-of-dated", SAME, 304, of="dated"),
    if_modified_since("if-modified-since-a-second-later", SECOND_AFTER, 304),
    if_modified_since("if-modified-since-later", DAY_AFTER, 304),
    if_modified_since("if-modified-since-in-the-future", "Fri, 01 Jan 2999 00:00:00 GMT", 304),
    if_modified_since("if-modified-since-a-second-earlier", SECOND_BEFORE, 200),
    if_modified_since("if-modified-since-earlier", DAY_BEFORE, 200),
    if_modified_since("if-modified-since-earlier-head", DAY_BEFORE, 200, method="HEAD"),
    if_modified_since("if-modified-since-the-epoch", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
    if_modified_since("if-modified-since-of-undated", SAME, 200, of="tagged"),
    if_modified_since("if-modified-since-of-bare", SAME, 200, of="bare"),
    if_modified_since("if-modified-since-of-a-stream", SAME, 200, of="stream"),
    if_modified_since("if-modified-since-of-the-future", SAME, 200, of="future", section="8.8.2.1"),
    Row(
        id="if-modified-since-drops-fractions",
        section="8.8.2",
        facts={"last_modified": DAY + timedelta(microseconds=999_999)},
        asked={"If-Modified-Since": SAME},
        status=304,
    ),
    Row(
        id="if-modified-since-before-1900",
        section="5.6.7",
        facts={"last_modified": datetime(1850, 1, 1, tzinfo=UTC)},
        asked={"If-Modified-Since": "Tue, 01 Jan 1850 00:00:00 GMT"},
        status=304,
        fields={"Last-Modified": "Tue, 01 Jan 1850 00:00:00 GMT"},
    ),
    # "Recipients of timestamp values MUST accept all three HTTP-date formats."
    if_modified_since("if-modified-since-rfc-850", "Thursday, 29-Feb-24 12:00:00 GMT", 304, section="5.6.7"),
    if_modified_since("if-modified-since-asctime", "Thu Feb 29 12:00:00 2024", 304, section="5.6.7"),
    if_modified_since(
        "if-modified-since-asctime-one-digit", "Fri Mar  1 12:00:00 2024", 304, section="5.6.7"
    ),
    if_modified_since(
        "if-modified-since-rfc-850-earlier", "Wednesday, 28-Feb-24 12:00:00 GMT", 200, section="5.6.7"
    ),
    if_modified_since("if-modified-since-asctime-earlier", "Wed Feb 28 12:00:00 2024", 200, section="5.6.7"),
    # Fifty years ahead is the past: 1999, not 2099.
    if_modified_since(
        "if-modified-since-rfc-850-1999", "Friday, 01-Jan-99 00:00:00 GMT", 200, section="5.6.7"
    ),
    if_modified_since("if-modified-since-leap-second", "Sat, 31 Dec 2016 23:59:60 GMT", 200, section="5.6.7"),
    if_modified_since(
        "if-modified-since-leap-second-later", "Tue, 31 Dec 2024 23:59:60 GMT", 304, section="5.6.7"
    ),
    # "MUST ignore [...] if the received field value is not a valid HTTP-date"
    if_modified_since("if-modified-since-malformed", "tomorrow", 200),
    if_modified_since("if-modified-since-empty", "", 200),
    if_modified_since("if-modified-since-number", "1709208000", 200),
    if_modified_since("if-modified-since-iso-8601", "2024-02-29T12:00:00Z", 200),
    if_modified_since("if-modified-since-two-dates", f"{SAME}, {SAME}", 200),
    if_modified_since("if-modified-since-with-length", f"{SAME}; length=1024", 200),
    if_modified_since("if-modified-since-quoted", f'"{SAME}"', 200),
    if_modified_since("if-modified-since-utc", "Thu, 29 Feb 2024 12:00:00 UTC", 200, section="5.6.7"),
    if_modified_since("if-modified-since-offset", "Thu, 29 Feb 2024 12:00:00 +0000", 200, section="5.6.7"),
    if_modified_since("if-modified-since-no-zone", "Thu, 29 Feb 2024 12:00:00", 200, section="5.6.7"),
    if_modified_since("if-modified-since-small-letters", SAME.lower(), 200, section="5.6.7"),
    if_modified_since(
        "if-modified-since-one-digit-day", "Fri, 1 Mar 2024 12:00:00 GMT", 200, section="5.6.7"
    ),
    if_modified_since("if-modified-since-no-such-day", "Fri, 30 Feb 2024 12:00:00 GMT", 200, section="5.6.7"),
    if_modified_since(
        "if-modified-since-no-such-month", "Thu, 29 Foo 2024 12:00:00 GMT", 200, section="5.6.7"
    ),
    if_modified_since(
        "if-modified-since-no-such-hour", "Thu, 29 Feb 2024 25:00:00 GMT", 200, section="5.6.7"
    ),
    if_modified_since(
        "if-modified-since-no-such-second", "Thu, 29 Feb 2024 12:00:61 GMT", 200, section="5.6.7"
    ),
    if_modified_since("if-modified-since-year-zero", "Sat, 01 Jan 0000 00:00:00 GMT", 200, section="5.6.7"),
]

ORDER = [
    # Step 1 outranks step 2: If-Unmodified-Since beside If-Match is ignored, also beside a broken one.
    conditions("if-match-over-if-unmodified-since", 200, If_Match='"v1"', If_Unmodified_Since=DAY_BEFORE),
    conditions("if-match-any-over-if-unmodified-since", 200, If_Match="*", If_Unmodified_Since=DAY_BEFORE),
    conditions("stale-if-match-over-if-unmodified-since", 412, If_Match='"v0"', If_Unmodified_Since=SAME),
    conditions("broken-if-match-over-if-unmodified-since", 412, If_Match="v1", If_Unmodified_Since=SAME),
    # Steps 1 and 2 outrank steps 3 and 4.
    conditions("stale-if-match-over-if-none-match", 412, If_Match='"v0"', If_None_Match='"v1"'),
    conditions("if-match-then-if-none-match", 304, If_Match='"v1"', If_None_Match='"v1"'),
    conditions("if-match-then-if-none-match-miss", 200, If_Match='"v1"', If_None_Match='"v0"'),
    conditions("stale-if-match-over-if-modified-since", 412, If_Match='"v0"', If_Modified_Since=SAME),
    conditions("if-match-then-if-modified-since", 304, If_Match='"v1"', If_Modified_Since=SAME),
    conditions(
        "if-unmodified-since-over-if-none-match", 412, If_Unmodified_Since=DAY_BEFORE, If_None_Match='"v1"'
    ),
    conditions("if-unmodified-since-then-if-none-match", 304, If_Unmodified_Since=SAME, If_None_Match='"v1"'),
    conditions("between-two-dates", 304, If_Unmodified_Since=SAME, If_Modified_Since=SAME),
    conditions("between-two-dates-of-old", 412, If_Unmodified_Since=DAY_BEFORE, If_Modified_Since=SAME),
    # Step 3 outranks step 4: If-Modified-Since beside If-None-Match is ignored, also beside a broken one.
    conditions(
        "if-none-match-miss-over-if-modified-since", 200, If_None_Match='"v0"', If_Modified_Since=SAME
    ),
    conditions(
        "broken-if-none-match-over-if-modified-since", 200, If_None_Match="v1", If_Modified_Since=SAME
    ),
    conditions(
        "if-none-match-hit-over-if-modified-since", 304, If_None_Match='"v1"', If_Modified_Since=DAY_BEFORE
    ),
    conditions(
        "if-none-match-of-untagged-over-if-modified-since",
        200,
        of="dated",
        If_None_Match='"v1"',
        If_Modified_Since=SAME,
    ),
    conditions(
        "all-four",
        200,
        If_Match='"v1"',
        If_Unmodified_Since=DAY_BEFORE,
        If_None_Match='"v0"',
        If_Modified_Since=SAME,
    ),
    conditions(
        "all-four-head",
        304,
        method="HEAD",
        If_Match='"v1"',
        If_Unmodified_Since=DAY_BEFORE,
        If_None_Match='"v1"',
        If_Modified_Since=DAY_BEFORE,
    ),
    # All of them outrank Range.
    conditions("if-none-match-hit-with-range", 304, If_None_Match='"v1"', Range="bytes=0-4"),
    conditions("if-none-match-hit-with-set", 304, If_None_Match='"v1"', Range="bytes=0-4,10-14"),
    conditions("if-none-match-hit-with-range-past-the-end", 304, If_None_Match='"v1"', Range="bytes=5000-"),
    conditions("if-none-match-miss-with-range", 206, If_None_Match='"v0"', Range="bytes=0-4"),
    conditions("if-none-match-miss-with-range-past-the-end", 416, If_None_Match='"v0"', Range="bytes=5000-"),
    conditions("if-modified-since-same-with-range", 304, If_Modified_Since=SAME, Range="bytes=0-4"),
    conditions("if-modified-since-earlier-with-range", 206, If_Modified_Since=DAY_BEFORE, Range="bytes=0-4"),
    conditions("if-match-hit-with-range", 206, If_Match='"v1"', Range="bytes=0-4"),
    conditions("if-match-hit-with-range-past-the-end", 416, If_Match='"v1"', Range="bytes=5000-"),
    conditions("if-match-stale-with-range", 412, If_Match='"v0"', Range="bytes=0-4"),
    conditions("if-match-stale-with-range-past-the-end", 412, If_Match='"v0"', Range="bytes=5000-"),
    conditions("if-unmodified-since-same-with-range", 206, If_Unmodified_Since=SAME, Range="bytes=0-4"),
    conditions(
        "if-unmodified-since-earlier-with-range", 412, If_Unmodified_Since=DAY_BEFORE, Range="bytes=0-4"
    ),
    # Step 5 comes last.
    conditions(
        "if-none-match-hit-over-if-range", 304, If_None_Match='"v1"', If_Range='"v1"', Range="bytes=0-4"
    ),
    conditions(
        "if-none-match-hit-over-stale-if-range", 304, If_None_Match='"v1"', If_Range='"v0"', Range="bytes=0-4"
    ),
    conditions("if-match-stale-over-if-range", 412, If_Match='"v0"', If_Range='"v1"', Range="bytes=0-4"),
    conditions("if-match-hit-then-if-range", 206, If_Match='"v1"', If_Range='"v1"', Range="bytes=0-4"),
    conditions("if-match-hit-then-stale-if-range", 200, If_Match='"v1"', If_Range='"v0"', Range="bytes=0-4"),
]

OTHERS = [
    # "MUST replace that value with the message origination date"
    Row(
        id="last-modified-in-the-future",
        section="8.8.2.1",
        of="future",
        fields={"Last-Modified": THE_PRESENT},
    ),
    Row(
        id="last-modified-in-another-zone",
        section="5.6.7",
        facts={"last_modified": datetime.fromisoformat("2024-02-29T13:30:00+01:30")},
        fields={"Last-Modified": SAME},
    ),
]

ROWS = [*IF_MATCH, *IF_UNMODIFIED_SINCE, *IF_NONE_MATCH, *IF_MODIFIED_SINCE, *ORDER, *OTHERS]
