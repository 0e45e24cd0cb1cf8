"""The answers of plans without a body: not modified, refused, HEAD, and what somebody else sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified

from downloadable.django_ui.confinement import PlannedHeaders, confine
from downloadable.domain import Plan

__all__ = ["BodilessResponse", "NotModifiedResponse", "ProxiedDownloadResponse", "bodiless"]


class BodilessResponse(HttpResponse):
    """The answer of a plan without a body, with the plan's header fields and no others."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(content_type="", status=plan.status)  # Django would make one up
        self.plan = plan
        self.headers = PlannedHeaders(plan)

    def __getstate__(self) -> dict[str, Any]:
        """Return what Django's cache keeps: not what is to be closed, which is gone by then."""
        state: Any = super().__getstate__()
        return {**state, "_resource_closers": []}

    def has_header(self, header: str) -> bool:
        """Tell whether the field is set, or is not to be: CommonMiddleware would announce the length of this body."""
        return header.lower() == "content-length" or super().has_header(header)

    __contains__ = has_header

    def items(self) -> Iterable[tuple[str, str]]:
        """Return the fields to send."""
        confine(self.headers, self.plan)
        return super().items()


class ProxiedDownloadResponse(BodilessResponse):
    """
    An answer whose body somebody else sends, as its own header fields tell them.

    These go out with the status of the plan only: servers would send the file with a 403 that somebody makes of this
    response, too, or show its path to the client.
    """

    def __init__(self, plan: Plan, own: Plan | None = None) -> None:
        super().__init__(plan)
        self._own = plan if own is None else own
        text = "".join([value for _, value in plan.headers])
        if not (text.isascii() and text.isprintable()):
            for name, value in plan.headers:
                self.headers[name] = value  # refuses what somebody may have written that cannot be sent

    def items(self) -> Iterable[tuple[str, str]]:
        """Return the fields to send."""
        if self.status_code != self.plan.status:
            for name, _ in self._own.headers:
                self.headers.pop(name, None)
        return super().items()


class NotModifiedResponse(BodilessResponse, HttpResponseNotModified):
    """The same for a 304, which is one of Django's, too."""


def bodiless(plan: Plan) -> BodilessResponse:
    """Return the response for a *plan* without a body."""
    return NotModifiedResponse(plan) if plan.status == 304 else BodilessResponse(plan)
