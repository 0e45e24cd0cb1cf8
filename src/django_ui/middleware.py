"""Announce the site's delegates to every view, and answer requests for responses that were built by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui import conf
from downloadable.django_ui.delegation import announcing
from downloadable.django_ui.way_out import decided_again, is_hand_made

__all__ = ["DownloadMiddleware"]


class DownloadMiddleware:
    """
    Offer each download to the delegates of the setting ``DOWNLOADABLE``, and each request to hand-built responses.

    A view that uses ``download()``, the factory or one of the views asks the delegates by itself, before it looks at
    the file. A ``DownloadResponse`` that a view has built by hand is decided again on its way out: a delegate sends it,
    or the ranges and conditions of the request are answered.

    It goes after GZipMiddleware in ``MIDDLEWARE``, which would otherwise have replaced the body first.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._asynchronous = iscoroutinefunction(get_response)
        if self._asynchronous:
            markcoroutinefunction(self)
        conf.delegates()  # what is wrong with them stops the server when it starts, not at the first download

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._asynchronous:
            return self.__acall__(request)
        delegates = conf.delegates()
        with announcing(request, delegates):
            response: HttpResponseBase = self.get_response(request)
        return decided_again(request, response, delegates)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        delegates = conf.delegates()
        with announcing(request, delegates):
            response: HttpResponseBase = await self.get_response(request)
        if not is_hand_made(response):
            return response
        return await sync_to_async(decided_again)(request, response, delegates)
