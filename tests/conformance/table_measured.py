"""The requests that servers and frameworks in use were once measured with; none of them passed every row."""

from __future__ import annotations

from tests.conformance.rows import Row

__all__ = ["ROWS"]

OLD = "Wed, 28 Feb 2024 12:00:00 GMT"

ROWS = [
    Row(id="measured-accept-ranges", section="14.3", fields={"Accept-Ranges": "bytes"}),
    Row(id="measured-one-byte", section="14.1.2", asked={"Range": "bytes=0-0"}, status=206, parts=((0, 1),)),
    Row(id="measured-empty-suffix", section="14.1.2", asked={"Range": "bytes=-0"}, status=416),
    Row(
        id="measured-two-ranges",
        section="14.6",
        asked={"Range": "bytes=0-9,20-29"},
        status=206,
        parts=((0, 10), (20, 30)),
    ),
    Row(
        id="measured-one-of-two-satisfiable",
        section="14.1.2",
        asked={"Range": "bytes=0-9,5000-"},
        status=206,
        parts=((0, 10),),
    ),
    Row(id="measured-malformed", section="14.2", asked={"Range": "bytes=a-b"}),
    Row(id="measured-unknown-unit", section="14.1", asked={"Range": "items=0-9"}),
    Row(
        id="measured-300-one-byte-ranges",
        section="17.15",
        asked={"Range": "bytes=" + ",".join(f"{start}-{start}" for start in range(0, 900, 3))},
    ),
    Row(id="measured-50-times-all", section="17.15", asked={"Range": "bytes=" + ",".join(["0-"] * 50)}),
    Row(
        id="measured-range-of-an-empty-file",
        section="15.5.17",
        of="empty",
        asked={"Range": "bytes=0-9"},
        status=416,
    ),
    Row(id="measured-head-with-range", section="14.2", method="HEAD", asked={"Range": "bytes=0-9"}),
    Row(id="measured-weak-if-none-match", section="13.1.2", asked={"If-None-Match": 'W/"v1"'}, status=304),
    Row(id="measured-list-if-none-match", section="13.1.2", asked={"If-None-Match": '"x", "v1"'}, status=304),
    Row(id="measured-any-if-none-match", section="13.1.2", asked={"If-None-Match": "*"}, status=304),
    Row(
        id="measured-if-none-match-with-range",
        section="13.2.2",
        asked={"If-None-Match": '"v1"', "Range": "bytes=0-9"},
        status=304,
    ),
    Row(id="measured-stale-if-match", section="13.1.1", asked={"If-Match": '"stale"'}, status=412),
    Row(
        id="measured-old-if-unmodified-since",
        section="13.1.4",
        asked={"If-Unmodified-Since": OLD},
        status=412,
    ),
    Row(id="measured-stale-if-range", section="13.1.5", asked={"If-Range": '"stale"', "Range": "bytes=0-9"}),
    Row(
        id="measured-weak-if-range",
        section="13.1.5",
        of="weak",
        asked={"If-Range": 'W/"v1"', "Range": "bytes=0-9"},
    ),
    Row(id="measured-old-if-range", section="13.1.5", asked={"If-Range": OLD, "Range": "bytes=0-9"}),
    Row(id="measured-gzip-refused", section="12.5.3", asked={"Accept-Encoding": "gzip;q=0"}),
    Row(id="measured-post", section="15.5.6", method="POST", status=405, of_view=True),
]
