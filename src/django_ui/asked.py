"""What a request of Django asks of a download."""

from __future__ import annotations

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


def asked_of(request: HttpRequest) -> DownloadRequest:
    """Parse what the client asked."""
    meta = request.META
    if request.method == "GET" and meta.keys().isdisjoint(FIELDS):
        return PLAIN_GET
    fields = {name: meta[key] for key, name in FIELDS.items() if key in meta}
    return DownloadRequest.from_headers(request.method or "GET", fields)
