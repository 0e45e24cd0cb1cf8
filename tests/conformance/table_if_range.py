"""If-Range: whether what the client already holds belongs to what there is now (RFC 9110, 13.1.5)."""

from __future__ import annotations

from datetime import timedelta

from tests.conformance.rows import Row
from tests.conformance.samples import DAY

__all__ = ["ROWS"]

SAME = "Thu, 29 Feb 2024 12:00:00 GMT"
FIRST_FIVE = {"Range": "bytes=0-4"}


def holds(id: str, field: str, of: str = "notes", section: str = "13.1.5") -> Row:
    return Row(
        id=id, section=section, of=of, asked={**FIRST_FIVE, "If-Range": field}, status=206, parts=((0, 5),)
    )


def fails(id: str, field: str, of: str = "notes", section: str = "13.1.5") -> Row:
    return Row(id=id, section=section, of=of, asked={**FIRST_FIVE, "If-Range": field})


ROWS = [
    holds("if-range-tag", '"v1"'),
    holds("if-range-tag-of-undated", '"v1"', of="tagged"),
    holds("if-range-tag-of-encoded", '"v1-gzip"', of="gzipped"),
    holds("if-range-date", SAME),
    holds("if-range-date-of-dated", SAME, of="dated"),
    holds("if-range-date-rfc-850", "Thursday, 29-Feb-24 12:00:00 GMT", section="5.6.7"),
    holds("if-range-date-asctime", "Thu Feb 29 12:00:00 2024", section="5.6.7"),
    fails("if-range-stale-tag", '"v0"'),
    fails("if-range-other-case", '"V1"'),
    fails("if-range-tag-of-untagged", '"v1"', of="dated"),
    fails("if-range-tag-of-bare", '"v1"', of="bare"),
    # "MUST use the strong comparison function"
    fails("if-range-weak-tag", 'W/"v1"'),
    fails("if-range-weak-tag-of-weakly-tagged", 'W/"v1"', of="weak"),
    fails("if-range-strong-tag-of-weakly-tagged", '"v1"', of="weak"),
    # A date must match exactly, "even if [...] earlier".
    fails("if-range-date-a-second-earlier", "Thu, 29 Feb 2024 11:59:59 GMT"),
    fails("if-range-date-a-second-later", "Thu, 29 Feb 2024 12:00:01 GMT"),
    fails("if-range-old-date", "Wed, 28 Feb 2024 12:00:00 GMT"),
    fails("if-range-new-date", "Fri, 01 Mar 2024 12:00:00 GMT"),
    fails("if-range-date-of-undated", SAME, of="tagged"),
    fails("if-range-date-of-bare", SAME, of="bare"),
    # The date that the file bears is not the one that was ever sent.
    fails("if-range-date-in-the-future", "Tue, 01 Jan 2999 00:00:00 GMT", of="future", section="8.8.2.1"),
    # A field that says nothing holds for nothing.
    fails("if-range-malformed", "rubbish"),
    fails("if-range-empty", ""),
    fails("if-range-unquoted", "v1"),
    fails("if-range-half-quoted", '"v1'),
    fails("if-range-star", "*"),
    fails("if-range-two-tags", '"v1", "v2"'),
    fails("if-range-same-tag-twice", '"v1", "v1"'),
    fails("if-range-two-dates", f"{SAME}, {SAME}"),
    fails("if-range-small-w", 'w/"v1"'),
    # "A client MUST NOT generate an If-Range header field in a request that does not contain a Range header field."
    Row(id="if-range-without-range", section="13.1.5", asked={"If-Range": '"v1"'}),
    Row(id="if-range-stale-without-range", section="13.1.5", asked={"If-Range": '"v0"'}),
    Row(
        id="if-range-with-malformed-range", section="13.1.5", asked={"If-Range": '"v1"', "Range": "bytes=abc"}
    ),
    Row(id="if-range-with-unknown-unit", section="13.1.5", asked={"If-Range": '"v1"', "Range": "items=0-4"}),
    Row(
        id="if-range-with-range-past-the-end",
        section="13.1.5",
        asked={"If-Range": '"v1"', "Range": "bytes=5000-"},
        status=416,
    ),
    Row(
        id="if-range-stale-with-range-past-the-end",
        section="13.1.5",
        asked={"If-Range": '"v0"', "Range": "bytes=5000-"},
    ),
    Row(
        id="if-range-with-set",
        section="13.1.5",
        asked={"If-Range": '"v1"', "Range": "bytes=0-9,20-29"},
        status=206,
        parts=((0, 10), (20, 30)),
    ),
    Row(
        id="if-range-stale-with-set",
        section="13.1.5",
        asked={"If-Range": '"v0"', "Range": "bytes=0-9,20-29"},
    ),
    Row(
        id="if-range-resumes",
        section="13.1.5",
        of="film",
        asked={"If-Range": '"v1"', "Range": "bytes=40000-"},
        status=206,
        parts=((40_000, 65_536),),
    ),
    Row(id="if-range-of-a-stream", section="13.1.5", of="stream", asked={**FIRST_FIVE, "If-Range": '"v1"'}),
    Row(id="if-range-of-a-pipe", section="13.1.5", of="pipe", asked={**FIRST_FIVE, "If-Range": '"v1"'}),
    Row(id="if-range-head", section="14.2", method="HEAD", asked={**FIRST_FIVE, "If-Range": '"v1"'}),
    Row(id="if-range-stale-head", section="14.2", method="HEAD", asked={**FIRST_FIVE, "If-Range": '"v0"'}),
    Row(
        id="if-range-date-drops-fractions",
        section="8.8.2",
        facts={"last_modified": DAY + timedelta(microseconds=999_999)},
        asked={**FIRST_FIVE, "If-Range": SAME},
        status=206,
        parts=((0, 5),),
    ),
    # A date is no strong validator while its second lasts: the file may change again within it.
    Row(
        id="if-range-date-of-this-second",
        section="8.8.2.2",
        now=DAY + timedelta(microseconds=999_999),
        asked={**FIRST_FIVE, "If-Range": SAME},
    ),
    Row(
        id="if-range-date-of-the-last-second",
        section="8.8.2.2",
        now=DAY + timedelta(seconds=1),
        asked={**FIRST_FIVE, "If-Range": SAME},
        status=206,
        parts=((0, 5),),
    ),
    Row(
        id="if-range-tag-of-this-second",
        section="8.8.2.2",
        now=DAY,
        asked={**FIRST_FIVE, "If-Range": '"v1"'},
        status=206,
        parts=((0, 5),),
    ),
]
