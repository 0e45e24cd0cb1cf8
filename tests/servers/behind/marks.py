"""What the site adds to each answer, and what should reach the client with a file that somebody else sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

__all__ = ["COOKIES", "CUSTOM", "FIELDS", "marked"]

COOKIES = {"visited": "yes", "language": "ga"}
CUSTOM = ("X-Custom", "of this site")
FIELDS = {
    "Content-Language": "ga",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Permissions-Policy": "camera=()",
    "Vary": "Cookie",
}

Answering = Callable[[HttpRequest], Any]


def mark(response: HttpResponseBase) -> HttpResponseBase:
    for cookie in COOKIES.items():
        response.set_cookie(*cookie)
    for name, value in [CUSTOM, *FIELDS.items()]:
        response[name] = value
    return response


@sync_and_async_middleware
def marked(
    get_response: Answering,
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Set two cookies, fields that many sites have, and one that only this one has."""
    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            return mark(await get_response(request))

        return amiddleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return mark(get_response(request))

    return middleware
