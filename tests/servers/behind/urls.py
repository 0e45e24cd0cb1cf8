"""The demo's URLs, and a few for what cannot be asked of it."""

from __future__ import annotations

import os

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

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


urlpatterns = [
    path(
        "hex/<str:path>", download_view(LocalSource(settings.MEDIA_ROOT), key=key_in_hexadecimal), name="hex"
    ),
    path("slashed/", slashed, name="slashed"),
    path("", include("demo.urls")),
]
