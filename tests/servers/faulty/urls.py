"""One file after another, and what became of them."""

from __future__ import annotations

import os

from attrs import asdict
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import download_view
from tests.servers.faulty.site import CONNECTED, TOLD, http_source

__all__ = ["urlpatterns"]


def told(request: HttpRequest, name: str) -> HttpResponseBase:
    """Say what the observer heard of *name*, and which link-local hosts anybody has tried to connect to."""
    return JsonResponse({"told": [asdict(one) for one in TOLD[name]], "connected": CONNECTED})


urlpatterns = [
    path("http/<path:path>", download_view(http_source(os.environ["SITE_ORIGIN"]))),
    path("told/<str:name>", told),
]
