"""What the client asked: method, preconditions and ranges, each field parsed once (RFC 9110, 13.1 and 14.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from downloadable.domain.byte_ranges import RangeSpec, parse_ranges
from downloadable.domain.entity_tags import AnyTag, EntityTag, parse_tags
from downloadable.domain.http_dates import parse_http_date

__all__ = ["PLAIN_GET", "DownloadRequest"]


@frozen(kw_only=True)
class DownloadRequest:
    """
    The part of a request that chooses between full, partial, not modified and refused.

    In dates and ranges, ``None`` means absent or not to be understood, which come to the same (RFC 9110, 13.1.3,
    13.1.4 and 14.2). A field that compares entity tags counts even if there is no tag in it that could match.

    Args:
        if_match: :data:`~downloadable.domain.ANY`, or the tags of the list, which may be none; ``None`` means absent.

        if_none_match: Likewise.

        ranges: What the Range field asks for, not yet held against a size.

        if_range: The validator that makes the Range field count.

        has_if_range: Whether there was an If-Range field, usable or not.
    """

    method: str = "GET"
    if_match: tuple[EntityTag, ...] | AnyTag | None = None
    if_none_match: tuple[EntityTag, ...] | AnyTag | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None
    ranges: tuple[RangeSpec, ...] | None = None
    if_range: EntityTag | datetime | None = None
    has_if_range: bool = False

    @classmethod
    def from_headers(cls, method: str, headers: Mapping[str, str]) -> DownloadRequest:
        """
        Parse the fields that matter out of *headers*; no text in any of them is an error.

        Args:
            method: The request method, in upper case.

            headers: Field names, in any case, with their values.
        """
        found: dict[str, Any] = {}
        for name, text in headers.items():
            parser = PARSERS.get(name.lower())
            if parser is not None:
                attribute, parse = parser
                found[attribute] = parse(text)
        if method == "GET" and not found:
            return PLAIN_GET
        # "A server MUST ignore a Range header field received with a request method that is unrecognized or for which
        # range handling is not defined.  For this specification, GET is the only method for which range handling is
        # defined."  (RFC 9110, 14.2)
        if method != "GET":
            found.pop("ranges", None)
        return cls(method=method, has_if_range="if_range" in found, **found)

    def without_range(self) -> DownloadRequest:
        """Return this request as if it asked for the whole."""
        if self is PLAIN_GET or (self.ranges is None and not self.has_if_range):
            return self
        return evolve(self, ranges=None, if_range=None, has_if_range=False)

    def unconditional(self) -> DownloadRequest:
        """Return this request without its preconditions; a range stays, and so does If-Range, which belongs to it."""
        if self is PLAIN_GET:
            return self
        return evolve(
            self, if_match=None, if_none_match=None, if_modified_since=None, if_unmodified_since=None
        )


def parse_validator(field: str) -> EntityTag | datetime | None:
    """Read the value of If-Range (RFC 9110, 13.1.5)."""
    return EntityTag.parse(field) or parse_http_date(field)


PARSERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "if-match": ("if_match", parse_tags),
    "if-none-match": ("if_none_match", parse_tags),
    "if-modified-since": ("if_modified_since", parse_http_date),
    "if-unmodified-since": ("if_unmodified_since", parse_http_date),
    "range": ("ranges", parse_ranges),
    "if-range": ("if_range", parse_validator),
}
PLAIN_GET = DownloadRequest()
"""A GET without conditions or ranges: what nearly every client sends."""
