"""All files of a directory as one archive: with the checksums that a file among them says, or without any."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import ZipContent, ZipMember, adownload, download
from downloadable.adapters.checksums import MemoryChecksums

__all__ = ["urlpatterns"]

FILES = Path(os.environ["SITE_FILES"])


def checked(directory: Path) -> ZipContent:
    """An archive of rows that know the checksums."""
    known = json.loads((directory / "checksums.json").read_text())
    return ZipContent(
        "checked.zip", [ZipMember(name, directory / name, crc32=crc32) for name, crc32 in known.items()]
    )


def unchecked(directory: Path) -> ZipContent:
    """One of files of which nobody knows anything, nor remembers."""
    files = sorted(directory.glob("*.bin"))
    return ZipContent(
        "unchecked.zip", [ZipMember(path.name, path) for path in files], checksums=MemoryChecksums()
    )


ARCHIVES = {"checked": checked, "unchecked": unchecked}


def archive(request: HttpRequest, directory: str, kind: str) -> HttpResponseBase:
    return download(request, ARCHIVES[kind](FILES / directory))


async def aarchive(request: HttpRequest, directory: str, kind: str) -> HttpResponseBase:
    return await adownload(request, ARCHIVES[kind](FILES / directory))


def state(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"pid": os.getpid()})


urlpatterns = [
    path("state", state),
    path("sync/<str:directory>/<str:kind>.zip", archive),
    path("async/<str:directory>/<str:kind>.zip", aarchive),
]
