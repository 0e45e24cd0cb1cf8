"""Views that open the doors, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ServingPolicy
from tests.django_ui.recording import LARGE, RecordingContent

SECRET = "/srv/secrets/plan.txt"


def sync_view_of(make: Callable[[], Any], policy: ServingPolicy | None = None, /, **fields: Any) -> Any:
    """Return a view that serves what *make* makes, anew for each request."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, make(), policy, **fields)

    return view


def async_view_of(make: Callable[[], Any], policy: ServingPolicy | None = None, /, **fields: Any) -> Any:
    """Return an async view that does the same."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, make(), policy, **fields)

    return view


EVERY_VIEW = pytest.mark.parametrize(
    "view_of", [pytest.param(sync_view_of, id="sync view"), pytest.param(async_view_of, id="async view")]
)


def called(view: Any, method: str = "GET", **fields: str) -> Any:
    """Call a view of either colour as a program would, so that its errors are seen."""
    request = RequestFactory().generic(method, "/", headers=fields)
    return async_to_sync(view)(request) if iscoroutinefunction(view) else view(request)


COMMON = "django.middleware.common.CommonMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
ACCEPTING = {"Accept-Encoding": "gzip"}
SMALL = b"small" * 100

ASKED: list[Any] = [
    pytest.param("GET", {}, 200, id="200"),
    pytest.param("GET", {"Range": "bytes=0-9"}, 206, id="206"),
    pytest.param("GET", {"Range": "bytes=0-9,20-29"}, 206, id="several ranges"),
    pytest.param("HEAD", {}, 200, id="HEAD"),
    pytest.param("GET", {"If-None-Match": '"v1"'}, 304, id="304"),
    pytest.param("GET", {"If-Match": '"v2"'}, 412, id="412"),
    pytest.param("GET", {"Range": "bytes=999999-"}, 416, id="416"),
]
"""Every status that a plan can have."""


def serving_bytes(data: bytes = LARGE, **facts: Any) -> Any:
    """Return a view that serves *data*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, RecordingContent(data, **facts))

    return view


def got(view: Any, method: str = "GET", /, *, fields: dict[str, str] | None = None, **kwargs: Any) -> Any:
    """Call a view as Django does."""
    return view(RequestFactory().generic(method, "/", headers=fields or {}), **kwargs)


def body(response: Any) -> bytes:
    """Return all of a body."""
    return b"".join(response.streaming_content)
