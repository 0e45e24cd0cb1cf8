"""Pure values and one decision: what to answer to a request for a file. Knows no framework and does no I/O."""

from downloadable.domain.byte_ranges import ByteRange, RangeSpec, coalesced, parse_ranges, select_ranges
from downloadable.domain.decision import decide
from downloadable.domain.deprecation import DownloadableDeprecationWarning
from downloadable.domain.disposition import Disposition, clean_name
from downloadable.domain.entity_tags import ANY, AnyTag, EntityTag, parse_tags
from downloadable.domain.errors import (
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadError,
    PolicyError,
    SignatureError,
    SignatureExpired,
    SignatureInvalid,
)
from downloadable.domain.http_dates import format_http_date, parse_http_date
from downloadable.domain.media_types import INLINE_SAFE, guess_media_type
from downloadable.domain.plan import Headers, Plan, Segment
from downloadable.domain.policy import ServingPolicy
from downloadable.domain.request import PLAIN_GET, DownloadRequest
from downloadable.domain.resource import Resource

__all__ = [
    "ANY",
    "INLINE_SAFE",
    "PLAIN_GET",
    "AnyTag",
    "ByteRange",
    "ContentChanged",
    "ContentError",
    "ContentForbidden",
    "ContentInvalid",
    "ContentNotFound",
    "ContentTimeout",
    "ContentTruncated",
    "ContentUnavailable",
    "Disposition",
    "DownloadError",
    "DownloadRequest",
    "DownloadableDeprecationWarning",
    "EntityTag",
    "Headers",
    "Plan",
    "PolicyError",
    "RangeSpec",
    "Resource",
    "Segment",
    "ServingPolicy",
    "SignatureError",
    "SignatureExpired",
    "SignatureInvalid",
    "clean_name",
    "coalesced",
    "decide",
    "format_http_date",
    "guess_media_type",
    "parse_http_date",
    "parse_ranges",
    "parse_tags",
    "select_ranges",
]
