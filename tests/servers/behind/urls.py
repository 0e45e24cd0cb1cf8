"""The demo's URLs, and a few for what cannot be asked of it."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path

from downloadable import adownload, download
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.responses import DownloadResponse


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
    response = download(request, below_media(path))
    response.status_code = status
    return response


def hand_made(request: HttpRequest, path: str) -> DownloadResponse:
    """Build a response that knows no request; the middleware decides on its way out."""
    return DownloadResponse(below_media(path))


async def awaited(request: HttpRequest, path: str) -> HttpResponseBase:
    """Do the same in a coroutine, with the request."""
    return await adownload(request, below_media(path))


def below_media(path: str) -> Path:
    """Return a path for views that are asked for what is there only."""
    return Path(settings.MEDIA_ROOT, path)


urlpatterns = [
    path("hand-made/<path:path>", hand_made, name="hand-made"),
    path("awaited/<path:path>", awaited, name="awaited"),
    path("changed/<int:status>/<path:path>", changed, name="changed"),
    path(
        "hex/<str:path>", download_view(LocalSource(settings.MEDIA_ROOT), key=key_in_hexadecimal), name="hex"
    ),
    path("slashed/", slashed, name="slashed"),
    path("", include("demo.urls")),
]
