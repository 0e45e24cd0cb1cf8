"""The demo's URLs, and a few for what cannot be asked of it."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path

from downloadable import download
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.factory import download_view


def key_in_hexadecimal(request: HttpRequest, path: str) -> str:
    """Names that no URL can hold on all servers, with control characters or bytes that are no UTF-8, come as digits."""
    try:
        return os.fsdecode(bytes.fromhex(path))
    except ValueError:
        raise Http404 from None


def slashed(request: HttpRequest) -> HttpResponse:
    """Whoever forgets the slash at the end is redirected by CommonMiddleware."""
    return HttpResponse("This URL ends in a slash.")


def changed(request: HttpRequest, status: int, path: str) -> HttpResponseBase:
    """Answer with a file, and think better of it."""
    response = download(request, Path(settings.MEDIA_ROOT, path))
    response.status_code = status
    return response


urlpatterns = [
    path("changed/<int:status>/<path:path>", changed, name="changed"),
    path(
        "hex/<str:path>", download_view(LocalSource(settings.MEDIA_ROOT), key=key_in_hexadecimal), name="hex"
    ),
    path("slashed/", slashed, name="slashed"),
    path("", include("demo.urls")),
]
