"""
The site's side of ``manage.py downloadable_check``: a view that takes part in it, and its URLs.

::

    urlpatterns = [
        path("downloadable-check/", include("downloadable.django_ui.probe")),
    ]

The check does not know which of a project's URLs lead to which files, nor who may follow them. So it brings a view of
its own, which goes the way of all downloads: through the middleware of the site, ``download()`` and the delegates that
were announced. It answers links only that the check has signed with the project's key, for a minute, and hands over
nothing but the marker files that the check has made. To anybody else there is no such page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self, TypeAlias

from attrs import asdict, frozen
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.conf import default_policy
from downloadable.django_ui.delegation import announced, handed_over
from downloadable.django_ui.serving import download
from downloadable.domain import PLAIN_GET, ContentError, DownloadRequest, Resource, ServingPolicy
from downloadable.ports import Content, Location, system_clock

__all__ = [
    "BY_DJANGO",
    "MARKER",
    "NAME",
    "PARAMETER",
    "Errand",
    "Probed",
    "Whereabouts",
    "shown",
    "urlpatterns",
]

NAME = "downloadable-check"
"""Of the URL pattern."""

PARAMETER = "token"
SALT = "downloadable.check"
SECONDS = 60
"""How long a link holds: for one request, and clocks that differ."""

MARKER = re.compile(r"(?:.*/)?downloadable-check-[0-9a-f]{16}[^/]*\.txt")
"""What marker files are called, in whatever directory."""

BY_DJANGO = b"These bytes were sent by Django. "
"""What the view sends, over and over, if nobody takes the marker over: the marker's own bytes come from others only."""

Whereabouts: TypeAlias = Literal["directory", "storage", ""]


@frozen(kw_only=True)
class Errand:
    """
    What a link of the check asks for.

    Args:
        kind: What *root* is: a directory, by its absolute path, or a storage, by its alias. Empty if nothing is asked
            for but a sign of life.

        name: Of the marker in it.

        account: Whether Django is to tell how it would answer, rather than to answer that way.
    """

    kind: Whereabouts = ""
    root: str = ""
    name: str = ""
    account: bool = False

    def token(self, seconds: float = SECONDS) -> str:
        """Sign this, for so many seconds from now."""
        return signing.dumps({**asdict(self), "until": system_clock().timestamp() + seconds}, salt=SALT)

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Return what was signed; ``None`` if it was not, or is over, or leads to anything but a marker."""
        try:
            said = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        if said.pop("until") <= system_clock().timestamp():
            return None
        errand = cls(**said)
        return errand if errand.kind == "" or MARKER.fullmatch(errand.name) else None

    def content(self) -> Content:
        """Return the marker."""
        source = StorageSource(self.root) if self.kind == "storage" else LocalSource(self.root)
        return source.open(self.name)


class Probed(Content):
    """
    A marker that can be handed over, but whose bytes Django does not have: what it sends itself is something else.

    Args:
        marker: Looked at, never opened.
    """

    def __init__(self, marker: Content) -> None:
        self._marker = marker
        self._size = 0

    def known(self) -> Resource:
        return self._marker.known()

    def locations(self) -> tuple[Location, ...]:
        return self._marker.locations()

    def describe(self, asked: DownloadRequest) -> Resource:
        found = self._marker.describe(asked)
        self._size = found.size or 0
        return found

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        stop = self._size if stop is None else stop
        first = start // len(BY_DJANGO) * len(BY_DJANGO)
        text = BY_DJANGO * ((stop - first) // len(BY_DJANGO) + 1)
        if part := text[start - first : stop - first]:
            yield part

    def close(self) -> None:
        self._marker.close()


@login_not_required  # The signature says who is asking.
def probe(request: HttpRequest) -> HttpResponseBase:
    """Answer the check; there is nothing here for anybody else."""
    errand = Errand.read(request.GET.get(PARAMETER, ""))
    if errand is None or request.method not in ("GET", "HEAD"):
        raise Http404
    if errand.kind == "":
        return told({"delegates": names_of(request), "secure": request.is_secure()})
    content = Probed(errand.content())
    if not errand.account:
        return download(request, content, shown())
    return told({"delegates": names_of(request), **account_of(request, content)})


def shown() -> ServingPolicy:
    """Return how markers are served: shown in the browser, with the policy that confines them, which may get lost."""
    return default_policy().evolve(attachment=False)


def names_of(request: HttpRequest) -> list[str]:
    return [type(delegate).__name__ for delegate in announced(request)]


def account_of(request: HttpRequest, content: Content) -> dict[str, Any]:
    """Say what Django sees of the marker, and in which words it would hand it over."""
    try:
        size = content.describe(PLAIN_GET).size
    except ContentError:
        return {"size": None, "fields": None}
    answer = handed_over(
        content,
        shown(),
        PLAIN_GET,
        announced(request),
        known=content.known(),
        describe=content.describe,
    )
    return {"size": size, "fields": None if answer is None else dict(answer.items())}


def told(account: Mapping[str, Any]) -> JsonResponse:
    return JsonResponse(account, headers={"Cache-Control": "no-store"})


urlpatterns = [path("", probe, name=NAME)]
