"""The views to compare: each answers with the same 4 KiB, as somebody who downloads one small file would get them."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.static import serve

from downloadable import adownload, download
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.views import PathDownloadView

SIZE = 4096
NAME = "notes.txt"
MANY = tuple(f"notes-{number:04}.txt" for number in range(4096))
"""Names of files that are asked for in turns: half of them are more than anything remembers."""

FOLDER = TemporaryDirectory(prefix="downloadable-bench-")
ROOT = FOLDER.name
CONTENT = os.urandom(SIZE)
for name in (NAME, *MANY):
    Path(ROOT, name).write_bytes(CONTENT)
SOURCE = LocalSource(ROOT)


def floor(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer with what is at hand: the least that any view can cost."""
    return HttpResponse(CONTENT)


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


factory: Any = download_view(SOURCE)
class_based: Any = PathDownloadView.as_view(root=ROOT)


def downloadview() -> Any:
    """Return django-downloadview's view of the same file; ``None`` where it is not installed (``make bench`` does)."""
    if find_spec("django_downloadview") is None:
        return None
    theirs = import_module("django_downloadview")
    # Its paths from a URL are relative to where the process happens to be.
    return theirs.PathDownloadView.as_view(path=f"{ROOT}/{NAME}", path_url_kwarg="")
