"""Storages as projects have them, beside those that Django has."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage

MOMENT = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)


class CountingStorage(Storage):
    """Files somewhere without paths, such as in an object store; counts what it is asked for."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.calls: Counter[str] = Counter()
        self.modified = MOMENT

    def found(self, call: str, name: str) -> bytes:
        """Count a call, and return what it is about."""
        self.calls[call] += 1
        if name not in self.files:
            raise FileNotFoundError(name)
        return self.files[name]

    @contextmanager
    def holding(self, files: Mapping[str, bytes]) -> Iterator[CountingStorage]:
        """Hold *files* for a while, nothing of which has been asked for."""
        self.files, self.calls = dict(files), Counter()
        try:
            yield self
        finally:
            self.files, self.calls = {}, Counter()

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return File(self.opened(self.found("open", name)), name)

    def opened(self, data: bytes) -> Any:
        """Return the file object that is handed out."""
        return io.BytesIO(data)

    def _save(self, name: str, content: File[Any]) -> str:
        self.files[name] = content.read()
        return name

    def exists(self, name: str) -> bool:
        self.calls["exists"] += 1
        return name in self.files

    def size(self, name: str) -> int:
        return len(self.found("size", name))

    def get_modified_time(self, name: str) -> datetime:
        self.found("get_modified_time", name)
        return self.modified


class OneWay(io.RawIOBase):
    """What a connection is to a store: bytes that come once and in order."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        return self._left.readinto(buffer)


class ObscuringStorage(FileSystemStorage):
    """Keeps files on the disk, but not as they are: what it opens has another length."""

    PADDING = b"\0" * 16
    MIRROR = bytes(range(255, -1, -1))

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return File(io.BytesIO(self.revealed(Path(self.path(name)).read_bytes())), name)

    @classmethod
    def obscured(cls, data: bytes) -> bytes:
        return cls.PADDING + data.translate(cls.MIRROR)

    @classmethod
    def revealed(cls, data: bytes) -> bytes:
        return data.removeprefix(cls.PADDING).translate(cls.MIRROR)


remote = CountingStorage()
"""Where one of the fields of the tests' models keeps its files."""
