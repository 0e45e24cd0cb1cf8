"""Files on the disk of another machine."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.files import File
from django.core.files.storage import Storage


class ElsewhereStorage(Storage):
    """Knows the names of files, and has no way to any of them."""

    def url(self, name: str | None) -> NoReturn:
        raise NotImplementedError("They are for nobody to fetch.")

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        raise OSError(f"{name!r} is on another machine.")
