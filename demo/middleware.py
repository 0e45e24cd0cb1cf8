"""What all pages of the demo have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from demo.buckets import origin_of

OURS = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@cache
def policy() -> str:
    """Return the policy of all pages: a preview may be redirected to the bucket, which sends its files by itself."""
    if not settings.BUCKET_URL:
        return OURS
    shown = f"'self' {origin_of(settings.BUCKET_URL)}"
    return f"{OURS}; img-src {shown}; media-src {shown}; frame-src {shown}"


def confined(response: HttpResponseBase) -> HttpResponseBase:
    """Let a page load what is ours alone, and run no script in line; downloads have policies of their own."""
    if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
        response.headers.setdefault("Content-Security-Policy", policy())
    return response


@sync_and_async_middleware
def content_security_policy(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Send a Content-Security-Policy with each page; from Django 6.0 on, a middleware of its own does that."""
    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            return confined(await get_response(request))

        return amiddleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return confined(get_response(request))

    return middleware
