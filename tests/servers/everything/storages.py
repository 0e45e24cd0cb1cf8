"""A storage that is no mere directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

__all__ = ["OpenedStorage"]


class OpenedStorage(FileSystemStorage):
    """Opens files in a way of its own, so that they are read through what it opens."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return File(Path(self.path(name)).open(mode), name)
