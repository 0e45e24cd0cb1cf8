"""A program of a user, typed strictly. mypy tells if what must not pass, and says so, passes all the same."""

# ruff: noqa: D103  (never called)

from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import (
    Content,
    LocalSource,
    MemoryContent,
    ServingPolicy,
    adownload,
    download,
    download_view,
    signature_required,
    signed_url,
)


def rows() -> Iterator[str]:
    for number in range(1000):
        yield f"{number},{number**2}\n"


def report(request: HttpRequest) -> HttpResponseBase:
    return download(request, rows(), basename="squares.csv")


async def terms(request: HttpRequest) -> HttpResponseBase:
    return await adownload(request, Path("/srv/terms.pdf"), ServingPolicy(attachment=False))


class Greetings:
    def open(self, key: str) -> Content:
        return MemoryContent.named("hello.txt", f"Hello {key}!".encode())


class Numbered:
    def open(self, key: int) -> Content:
        return MemoryContent.named("number.txt", str(key).encode())


def signed_in(request: HttpRequest, key: str) -> bool:
    return request.user.is_authenticated


@signature_required
def shared(request: HttpRequest) -> HttpResponseBase:
    return download(request, b"For whoever has the link.", basename="shared.txt")


def link(request: HttpRequest) -> HttpResponse:
    return HttpResponse(signed_url("/shared", expires_in=3600))


urlpatterns = [
    path("report", report),
    path("terms", terms),
    path("shared", shared),
    path("hi/<str:path>", download_view(Greetings())),
    path("media/<path:path>", download_view(LocalSource("/srv/media"), authorize=signed_in)),
]


def wrong() -> None:
    download("/srv/terms.pdf", rows())  # type: ignore[arg-type]
    download_view(Numbered())  # type: ignore[arg-type]
    ServingPolicy(attachment="yes")  # type: ignore[arg-type]
