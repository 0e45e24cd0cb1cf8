"""Who asks, where a server in front asks for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

__all__ = ["from_the_front"]


@sync_and_async_middleware
def from_the_front(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """
    Take the address of the client from the server in front.

    Only for settings that know of one: whoever reaches Django past it could say anything.
    """
    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            believe(request)
            response: HttpResponseBase = await get_response(request)
            return response

        return amiddleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        believe(request)
        response: HttpResponseBase = get_response(request)
        return response

    return middleware


def believe(request: HttpRequest) -> None:
    """Believe the last address, which is what the server in front has added; the others are hearsay."""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if said:
        request.META["REMOTE_ADDR"] = said
