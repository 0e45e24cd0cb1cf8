"""What a request of Django asks of a download."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest

from downloadable.domain import PLAIN_GET, DownloadRequest

__all__ = ["FIELDS", "asked_of"]

FIELDS = {
    "HTTP_RANGE": "Range",
    "HTTP_IF_RANGE": "If-Range",
    "HTTP_IF_MATCH": "If-Match",
    "HTTP_IF_NONE_MATCH": "If-None-Match",
    "HTTP_IF_MODIFIED_SINCE": "If-Modified-Since",
    "HTTP_IF_UNMODIFIED_SINCE": "If-Unmodified-Since",
}
NOTHING = (None,) * len(FIELDS)
SHORT = 200
"""Characters of the fields together: an entity tag and a date, twice."""


def asked_of(request: HttpRequest) -> DownloadRequest:
    """Parse what the client asked."""
    texts = tuple(map(request.META.get, FIELDS))
    if texts == NOTHING and request.method == "GET":
        return PLAIN_GET
    # Clients may send long ones, which are not worth remembering.
    parsed = parsed_recently if sum([len(text) for text in texts if text]) <= SHORT else parsed_anew
    return parsed(request.method or "GET", texts)


def parsed_anew(method: str, texts: tuple[str | None, ...]) -> DownloadRequest:
    fields = {name: text for name, text in zip(FIELDS.values(), texts, strict=True) if text is not None}
    return DownloadRequest.from_headers(method, fields)


parsed_recently = lru_cache(maxsize=256)(parsed_anew)
"""Many clients ask for few files, again for what has not changed since."""
