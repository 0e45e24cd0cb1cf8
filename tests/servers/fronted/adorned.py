"""What the site adds to each answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

__all__ = ["ADORNMENTS", "adorned"]

ADORNMENTS = {
    "Content-Language": "fi",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Link": '<https://example.com/>; rel="canonical"',
    "Permissions-Policy": "camera=()",
    "Vary": "Cookie, Accept-Language",
    "X-Request-ID": "17",
}
"""Fields of each answer, beside those of Django's own middleware."""

Answering = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def adorned(
    get_response: Answering,
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Set the fields, and two cookies."""

    def adorn(response: HttpResponseBase) -> HttpResponseBase:
        response.set_cookie("first", "1")
        response.set_cookie("second", "2")
        for name, value in ADORNMENTS.items():
            response.headers[name] = value
        return response

    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            return adorn(await get_response(request))

        return amiddleware

    return lambda request: adorn(get_response(request))
