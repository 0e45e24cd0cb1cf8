"""A file from each root, and what Django hears of the client."""

from __future__ import annotations

from django.core.files.storage import storages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemorySource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.views import HTTPDownloadView
from downloadable.domain import ServingPolicy
from tests.servers.fronted.settings import ORIGIN, PLACES

__all__ = ["urlpatterns"]


class OfOrigin(HTTPDownloadView):
    """What the origin has, just as the query spells it."""

    basename = "of origin.txt"

    def get_url(self) -> str:
        return f"{ORIGIN}{self.request.META['QUERY_STRING']}"


def heard(request: HttpRequest, path: str) -> HttpResponseBase:
    """Say what this request came with."""
    return JsonResponse({"scheme": request.scheme, "uri": request.get_full_path(), **request.headers})


urlpatterns = [
    path("first/<path:path>", download_view(LocalSource(PLACES.first))),
    path(
        "shown/<path:path>",
        download_view(LocalSource(PLACES.first), policy=ServingPolicy(attachment=False)),
    ),
    path("second/<path:path>", download_view(LocalSource(PLACES.second))),
    path("stored/<path:path>", download_view(StorageSource(storages["reports"]))),
    path("memory/<path:path>", download_view(MemorySource({"a.txt": b"from memory" * 1000}))),
    path("of-origin", OfOrigin.as_view()),
    path("heard/<path:path>", heard),
]
