"""A storage that could do anything with its files while it opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

__all__ = ["OpeningStorage"]


class OpeningStorage(FileSystemStorage):
    """Says what its files are and when they were changed, and nothing that promises equal bytes."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return File(Path(self.path(name)).open(mode), name)
