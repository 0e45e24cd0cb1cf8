"""Decorators of views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.decorators import runs_async, signature_required
from downloadable.django_ui.downloadview.middlewares import BaseDownloadMiddleware, made

__all__ = ["DownloadDecorator", "signature_required"]


class DownloadDecorator:
    """
    Applies a middleware to a single view.

    Args:
        middleware_factory: A subclass of ``BaseDownloadMiddleware``, or a function that makes one.
    """

    def __init__(self, middleware_factory: Callable[..., BaseDownloadMiddleware]) -> None:
        self.middleware_factory = middleware_factory

    def __call__(self, view_func: Callable[..., Any], *middleware_args: Any, **middleware_kwargs: Any) -> Any:
        """Return *view_func* with the middleware around it, which is made here; a coroutine function stays one."""
        middleware = made(self.middleware_factory, middleware_args, middleware_kwargs)

        if runs_async(view_func):

            @wraps(view_func)
            async def decorated_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                response: HttpResponseBase = await middleware.around_async(
                    request, lambda asked: view_func(asked, *args, **kwargs)
                )
                return response

            return decorated_async

        @wraps(view_func)
        def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = middleware.around(
                request, lambda asked: view_func(asked, *args, **kwargs)
            )
            return response

        return decorated
