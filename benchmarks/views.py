"""The views to compare: each answers with the same 4 KiB, as somebody who downloads one small file would get them."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.static import serve

from benchmarks.settings import ROOT
from downloadable import adownload, download
from downloadable.adapters.delegates import Nginx
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.views import PathDownloadView

SIZE = 4096
NAME = "notes.txt"
MANY = tuple(f"notes-{number:04}.txt" for number in range(2048))
"""Names of files that are asked for in turns: more than anything remembers."""

CONTENT = os.urandom(SIZE)
for seconds, name in enumerate((NAME, *MANY)):
    Path(ROOT, name).write_bytes(CONTENT)
    os.utime(Path(ROOT, name), (seconds, 1_750_000_000 + seconds))  # no two have the same date
SOURCE = LocalSource(ROOT)


def floor(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer with what is at hand: the least that any view can cost."""
    return HttpResponse(CONTENT)


def empty_floor(request: HttpRequest, path: str) -> HttpResponseBase:
    return HttpResponse()


def floor_304(request: HttpRequest, path: str) -> HttpResponseBase:
    return HttpResponseNotModified()


async def async_floor(request: HttpRequest, path: str) -> HttpResponseBase:
    return HttpResponse(CONTENT)


def file_response(request: HttpRequest, path: str) -> HttpResponseBase:
    return FileResponse(open(f"{ROOT}/{path}", "rb"), as_attachment=True)  # noqa: PTH123  (a Path costs more)


def static_serve(request: HttpRequest, path: str) -> HttpResponseBase:
    return serve(request, path, document_root=ROOT)


def function(request: HttpRequest, path: str) -> HttpResponseBase:
    return download(request, SOURCE.open(path))


async def async_function(request: HttpRequest, path: str) -> HttpResponseBase:
    return await adownload(request, SOURCE.open(path))


class_based: Any = PathDownloadView.as_view(root=ROOT)
handed_over: Any = delegated_to(Nginx({ROOT: "/protected/"}))(function)


def downloadview() -> Any:
    """Return django-downloadview's view of the same file; ``None`` where it is not installed (``make bench`` does)."""
    if find_spec("django_downloadview") is None:
        return None
    theirs = import_module("django_downloadview")
    # Its paths from a URL are relative to where the process happens to be.
    return theirs.PathDownloadView.as_view(path=f"{ROOT}/{NAME}", path_url_kwarg="")


def accelerated_downloadview() -> Any:
    """Return the same within its decorator for nginx."""
    if theirs := downloadview():
        x_accel_redirect = import_module("django_downloadview.nginx").x_accel_redirect
        theirs = x_accel_redirect(theirs, source_dir=ROOT, destination_url="/protected/")
    return theirs


def sendfile() -> Any:
    """Return a view that asks django-sendfile2 for the same file; ``None`` where it is not installed."""
    if find_spec("django_sendfile") is None:
        return None
    theirs = import_module("django_sendfile").sendfile

    def view(request: HttpRequest, path: str) -> HttpResponseBase:
        response: HttpResponseBase = theirs(request, f"{ROOT}/{path}", attachment=True)
        return response

    return view


def sendfile_by(server: str) -> None:
    """Have django-sendfile2 speak to *server*, which it remembers for good."""
    settings.SENDFILE_BACKEND = f"django_sendfile.backends.{server}"
    import_module("django_sendfile.utils")._get_sendfile.cache_clear()


def starlette() -> Any:
    """Return an application of Starlette that serves the same file; ``None`` where it is not installed."""
    if find_spec("starlette") is None:
        return None
    answer = import_module("starlette.responses").FileResponse

    async def endpoint(request: Any) -> Any:
        return answer(f"{ROOT}/{request.path_params['path']}", filename=request.path_params["path"])

    route = import_module("starlette.routing").Route("/files/{path:path}", endpoint)
    return import_module("starlette.applications").Starlette(routes=[route])
