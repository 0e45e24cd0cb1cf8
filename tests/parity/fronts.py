"""Rules, files and requests for tests of what a server in front is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.utils.module_loading import import_string

from downloadable.django_ui.downloadview import PathDownloadView

PACKAGE = "downloadable.django_ui.downloadview"

SERVERS = {
    "nginx": (f"{PACKAGE}.nginx.XAccelRedirectMiddleware", "destination_url", "X-Accel-Redirect"),
    "apache": (f"{PACKAGE}.apache.XSendfileMiddleware", "destination_dir", "X-Sendfile"),
    "lighttpd": (f"{PACKAGE}.lighttpd.XSendfileMiddleware", "destination_dir", "X-Sendfile"),
}
"""For each server, its middleware, how that calls the destination, and the field that the server is told by."""


def rule_of(server: str, destination: str, **source: Any) -> dict[str, Any]:
    """Return a rule, as ``DOWNLOADVIEW_RULES`` has it."""
    backend, where, _ = SERVERS[server]
    return {"backend": backend, where: destination, **source}


def middleware_of(server: str, view: Any, destination: str, **source: Any) -> Any:
    """Return the middleware of a server around a view."""
    rule = rule_of(server, destination, **source)
    return import_string(rule.pop("backend"))(view, **rule)


def told(response: HttpResponseBase) -> str | None:
    """Return what a server in front is told to send, if it is."""
    return response.headers.get("X-Accel-Redirect", response.headers.get("X-Sendfile"))


def asked(view: Any, method: str = "GET", **fields: str) -> Any:
    """Ask a view, or a middleware, as Django does."""
    return view(RequestFactory().generic(method, "/", headers=fields))


def written(path: Path, text: str = "Once upon a time") -> str:
    """Write a file, with the directories that it needs, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def file_view(path: str, **given: Any) -> Any:
    """Return a view of a file on the disk."""
    return PathDownloadView.as_view(path=path, **given)


def nothing(request: HttpRequest) -> HttpResponseBase:
    """Answer with what nobody asks for."""
    raise AssertionError("This view is never called.")
