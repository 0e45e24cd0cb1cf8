"""What is drawn: texts that are near to something valid or to nothing, and values made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from hypothesis import strategies as st

from downloadable.domain import (
    ByteRange,
    DownloadRequest,
    EntityTag,
    Plan,
    Resource,
    ServingPolicy,
    format_http_date,
)
from downloadable.domain.media_types import CONFINED

__all__ = [
    "NOW",
    "any_text",
    "content_of",
    "date_fields",
    "dates",
    "entity_tags",
    "field_values",
    "headers",
    "names",
    "policies",
    "range_fields",
    "range_sets",
    "resources",
    "sent",
    "tag_fields",
]

NOW = datetime(2026, 6, 1, 8, 30, 0, tzinfo=UTC)
"""The present of all drawn decisions; some drawn resources were changed after it."""

any_text = st.text(st.characters(), max_size=60)
"""Any code points, among them surrogates, controls and line breaks."""

Drawn = TypeVar("Drawn")


def mostly(usual: st.SearchStrategy[Drawn], other: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """Draw from *usual* three times out of four, however many kinds of *other* there are."""
    return st.integers(0, 3).flatmap(lambda turn: usual if turn else other)


ETAGC = st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters='"\x7f')
entity_tags = st.builds(
    EntityTag,
    mostly(
        st.sampled_from(["v1", "v2"]),
        st.one_of(st.sampled_from(["", "W/", "a,b", "*"]), st.text(ETAGC, max_size=12)),
    ),
    weak=mostly(st.just(False), st.just(True)),
)

dates = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001  # the zone is drawn
    max_value=datetime(2100, 12, 30),  # noqa: DTZ001
    timezones=st.one_of(
        st.just(UTC), st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    ),
)
near_now = st.integers(-3, 3).map(lambda seconds: NOW + timedelta(seconds=seconds))


def pieces(*words: str) -> st.SearchStrategy[str]:
    """Draw texts that are put together from *words*: often nearly right."""
    return st.lists(st.one_of(st.sampled_from(words), st.text("0123456789", max_size=3)), max_size=12).map(
        "".join
    )


numbers = st.one_of(st.integers(0, 400).map(str), st.sampled_from(["", "00", "9" * 19, "9" * 20, "9" * 5000]))
small_ranges = st.builds(
    lambda first, more: f"{first}-{first + more}", st.integers(0, 3000), st.integers(0, 20)
)
range_specs = st.one_of(
    small_ranges,
    small_ranges,
    small_ranges,
    st.builds(lambda first, last: f"{first}-{last}", numbers, numbers),
)
range_sets = st.one_of(
    st.lists(small_ranges, min_size=1, max_size=6), st.lists(range_specs, min_size=1, max_size=20)
).map(",".join)
range_fields = mostly(
    range_sets.map("bytes={}".format),
    st.one_of(
        range_sets.map("Bytes= {} ,".format),
        pieces("bytes", "=", "-", ",", " ", "\t", "items", "0", "\xb2"),
        any_text,
    ),
)
moments = st.one_of(dates, near_now)
date_fields = mostly(
    moments.map(format_http_date),
    st.one_of(
        moments.map(lambda moment: moment.astimezone(UTC).strftime("%A, %d-%b-%y %H:%M:%S GMT")),
        moments.map(lambda moment: moment.astimezone(UTC).strftime("%a %b %e %H:%M:%S %Y")),
        pieces("Sun", ", ", "06", " ", "Nov", "1994", ":", "GMT", "-", "Sunday", "60"),
        any_text,
    ),
)
tag_fields = mostly(
    st.lists(entity_tags.map(str), min_size=1, max_size=3).map(", ".join),
    st.one_of(st.just("*"), pieces('"', "v1", "W/", ",", " ", "*", '"v1"', 'W/"v1"'), any_text),
)
field_values = st.one_of(range_fields, date_fields, tag_fields)


conditions = {
    "If-Match": mostly(tag_fields, field_values),
    "If-None-Match": mostly(tag_fields, field_values),
    "If-Modified-Since": mostly(date_fields, field_values),
    "If-Unmodified-Since": mostly(date_fields, field_values),
}
parts = {
    "Range": mostly(range_fields, field_values),
    "If-Range": mostly(st.one_of(tag_fields, date_fields), field_values),
}


def headers() -> st.SearchStrategy[Mapping[str, str]]:
    """Draw the fields of a request: each may be absent, and may hold what another should."""
    return st.one_of(
        st.fixed_dictionaries({}, optional={**conditions, **parts}),
        st.fixed_dictionaries({}, optional=conditions),
        st.fixed_dictionaries({"Range": parts["Range"]}, optional={"If-Range": parts["If-Range"]}),
        st.fixed_dictionaries({"Range": parts["Range"]}),
    )


names = st.one_of(
    any_text,
    st.sampled_from(
        ["notes.txt", "日本.tar.gz", 'a"b\\c.txt', "..", "C:\\a", "é%41.txt", "x" * 300 + ".txt"]
    ),
    pieces(".", "..", "/", "\\", "C:", " ", "a", "é", "日", '"', "%41", "\u202e", "\r\n", "\0", ".txt"),
)
media_types = st.one_of(
    st.none(), st.sampled_from(["text/plain", "text/html; charset=utf-8", "image/png", ""]), any_text
)
codings = st.one_of(st.none(), st.none(), st.sampled_from(["gzip", "identity", "gzip, br"]), any_text)


def resources(size: st.SearchStrategy[int | None] | None = None) -> st.SearchStrategy[Resource]:
    """Draw facts: each may be unknown."""
    return st.builds(
        Resource,
        name=names,
        size=st.one_of(st.none(), st.integers(0, 9), st.integers(1000, 3000)) if size is None else size,
        content_type=media_types,
        charset=st.one_of(st.none(), st.just("utf-8"), any_text),
        content_encoding=codings,
        last_modified=st.one_of(st.none(), dates, near_now),
        entity_tag=st.one_of(st.none(), entity_tags),
        digests=st.lists(
            st.tuples(st.sampled_from(["sha-256", "md5"]), st.binary(max_size=4)), max_size=2
        ).map(tuple),
        seekable=st.sampled_from([True, True, True, False]),
    )


def policies() -> st.SearchStrategy[ServingPolicy]:
    """Draw what a site may ask for: often nothing."""
    return st.one_of(st.just(ServingPolicy()), peculiar_policies())


def peculiar_policies() -> st.SearchStrategy[ServingPolicy]:
    """Draw policies with each field of their own."""
    return st.builds(
        ServingPolicy,
        attachment=st.booleans(),
        basename=st.one_of(st.none(), names),
        content_type=st.sampled_from([None, "text/csv", "image/png"]),
        content_encoding=st.sampled_from([None, None, "br"]),
        charset=st.sampled_from([None, "utf-8"]),
        cache_control=st.sampled_from([None, "private, no-cache", "public, max-age=60"]),
        validators=st.sampled_from([True, True, False]),
        not_modified=st.sampled_from([None, None, True, False]),
        nosniff=st.booleans(),
        content_security_policy=st.sampled_from([CONFINED, None, "default-src 'self'"]),
        clean_names=st.booleans(),
        max_ranges=st.sampled_from([16, 16, 2, 1, 0]),
    )


def requests() -> st.SearchStrategy[DownloadRequest]:
    """Draw requests, parsed."""
    return st.builds(
        DownloadRequest.from_headers, mostly(st.just("GET"), st.sampled_from(["HEAD", "POST"])), headers()
    )


def content_of(resource: Resource) -> bytes:
    """Make bytes that fit a resource: each is told from its neighbours."""
    size = 1234 if resource.size is None else resource.size
    return bytes(position % 251 for position in range(size))


def sent(plan: Plan, data: bytes) -> bytes:
    """Carry out a plan: bytes are sent, ranges are read."""
    return b"".join(
        data[segment.start : segment.stop] if isinstance(segment, ByteRange) else segment
        for segment in plan.body
    )
