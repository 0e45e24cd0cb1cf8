"""Uploads, shown in every way that a site can think of, and pages that have them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.html import format_html

from downloadable import LocalSource, ServingPolicy, download
from downloadable.domain import INLINE_SAFE
from tests.browser.names import NAMES
from tests.browser.site.settings import FILES

__all__ = ["EMBEDDINGS", "LENIENT", "POLICIES", "policed"]

LENIENT = "script-src 'unsafe-inline' 'self'"
"""A policy of the site that lets scripts run."""

SHOWN = ServingPolicy(attachment=False)
WIDENED = SHOWN.evolve(
    inline_types=INLINE_SAFE
    | {"text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", "text/xml"}
)
POLICIES = {
    "default": ServingPolicy(),
    "shown": SHOWN,
    "widened": WIDENED,
    "policed": WIDENED,
    "unconfined": WIDENED.evolve(content_security_policy=None),
    "strict": SHOWN.evolve(content_security_policy="default-src 'none'; sandbox"),
    "originless": SHOWN.evolve(content_security_policy="sandbox; default-src 'none'; media-src 'self'"),
    "sniffed": WIDENED.evolve(content_security_policy=None, nosniff=False),
}
EMBEDDINGS = {
    "iframe": '<iframe src="{}" width="200" height="200"></iframe>',
    "object": '<object data="{}" width="200" height="200"></object>',
    "embed": '<embed src="{}" width="200" height="200">',
    "img": '<img src="{}" width="200" height="200">',
    "video": '<video src="{}" width="200" height="200" muted controls></video>',
    "script": '<script src="{}"></script>',
}


def policed(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set a policy of the site's own where one is wanted."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith("/file/policed/"):
            response["Content-Security-Policy"] = LENIENT
        return response

    return middleware


def file(request: HttpRequest, how: str, name: str) -> HttpResponseBase:
    """Serve a file of the directory in one of the ways."""
    return download(request, LocalSource(FILES).open(name), POLICIES[how])


def named(request: HttpRequest, number: int) -> HttpResponseBase:
    """Let something be saved under an awkward name."""
    return download(request, b"content", basename=NAMES[number].given)


def page(request: HttpRequest) -> HttpResponse:
    """Have a file in a page of the site."""
    element: Any = EMBEDDINGS[request.GET["how"]]
    return HttpResponse(format_html("<!doctype html><title>page</title>" + element, request.GET["of"]))


def empty(request: HttpRequest) -> HttpResponse:
    """Answer what browsers ask for by themselves, and scripts that should not."""
    return HttpResponse(status=204)


urlpatterns = [
    path("", empty),
    path("favicon.ico", empty),
    path("beacon", empty),
    path("page", page),
    path("file/<str:how>/<path:name>", file),
    path("name/<int:number>", named),
]
