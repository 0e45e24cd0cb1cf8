"""Downloads on the way out: what they send, and how somebody else comes to send it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.adapters.django_files import as_content
from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.django_ui.delegation import asking, told
from downloadable.django_ui.responses import DownloadResponse
from downloadable.domain import Plan
from downloadable.ports import Content, Delegate, LocalFile

__all__ = [
    "SentFile",
    "content_of",
    "handed_on",
    "in_place_of",
    "is_download_response",
    "is_whole",
    "offer_to",
    "with_a_name",
]

VALIDATORS = frozenset({"etag", "last-modified"})


def is_download_response(response: object) -> bool:
    """Tell whether *response* is a download whose bytes Django would send."""
    return isinstance(response, DownloadResponse)


def is_whole(response: HttpResponseBase) -> bool:
    """Tell whether a server in front may take *response* over: it sends the whole file, or ranges as it sees fit."""
    plan = response.plan if isinstance(response, DownloadResponse) else Plan(response.status_code)
    return response.status_code == 200 == plan.status


class SentFile:
    """
    What a response sends, where nobody has wrapped it as a file.

    Attributes:
        name: Its path, if it is on the disk; else its name.
    """

    def __init__(self, content: Content) -> None:
        local = [place.path for place in content.locations() if isinstance(place, LocalFile)]
        self.name = local[0] if local else content.known().name


def with_a_name(file: Any) -> Any:
    """Return the file of a response as middlewares of projects expect it: with a name, at least."""
    return SentFile(file) if isinstance(file, Content) else file


def content_of(response: Any) -> Content:
    """Return what *response* sends; nothing is read, and it stays the response's own."""
    return response.served if isinstance(response, DownloadResponse) else as_content(response.file)


def offer_to(response: Any, *, keeps_validators: bool) -> Plan | None:
    """
    Return *response* as an offer to somebody else; ``None`` if that must not send it.

    Args:
        response: A whole download.

        keeps_validators: Whether the client will get our ETag and Last-Modified.
    """
    fields = tuple(response.items())
    names = {name.lower() for name, _ in fields}
    if keeps_validators:
        # Such servers give all files the same entity tag unless we send another.
        return Plan(200, fields) if "etag" in names else None
    return Plan(200, tuple(field for field in fields if field[0].lower() not in VALIDATORS))


def handed_on(
    request: HttpRequest, response: HttpResponseBase, delegates: Sequence[Delegate]
) -> HttpResponseBase:
    """Return the answer by which the first of *delegates* that can sends a download; else *response* itself."""
    if not is_download_response(response) or not is_whole(response):
        return response
    for delegate in delegates:
        offer = offer_to(response, keeps_validators=delegate.keeps_validators)
        own = None if offer is None else asking(delegate, content_of(response), offer)
        if offer is not None and own is not None:
            answer = ProxiedDownloadResponse(offer.sent_by(own), own)
            return in_place_of(request, answer, response, sent_by=delegate)
    return response


def in_place_of(
    request: HttpRequest, answer: HttpResponseBase, response: HttpResponseBase, *, sent_by: object
) -> HttpResponseBase:
    """Return *answer*, with the cookies of *response*; whoever closes it closes the file that it does without."""
    for name, cookie in response.cookies.items():
        answer.cookies.setdefault(name, cookie)
    answer._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    if isinstance(answer, ProxiedDownloadResponse) and isinstance(response, DownloadResponse):
        response.withdraw()
        told(content_of(response).known(), answer.plan, sent_by, request)
    return answer
