"""A file of a storage, by what the storage's own ``open()`` gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from attrs import evolve
from django.core.files import File
from django.core.files.storage import Storage

from downloadable.adapters.file_objects import FileContent
from downloadable.adapters.opened_files import file_content
from downloadable.adapters.remote import NEVER, Resuming, Resumption, long_unchanged
from downloadable.adapters.storage_kinds import counts_what_it_opens
from downloadable.adapters.stores import facts_of_info
from downloadable.adapters.wrapped_files import aware, fact, storage_errors, wrapped_content
from downloadable.domain import PLAIN_GET, ContentChanged, ContentError, Resource
from downloadable.ports import Content

__all__ = ["OpenedByStorage"]

AGAIN = Resumption(attempts=2)
"""What a storage opens may be fetched as a whole each time."""


class OpenedByStorage:
    """
    A file of a storage of which nothing is known but what all storages can do.

    Where what is read breaks off, the file is opened again, twice at most, and read on from that byte. That takes a
    file that can seek, and a storage that knows its size and its time of change, which must have been long ago and be
    the same again.

    Args:
        storage: Any Django storage.

        name: Name in the storage.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self._name = storage, name
        self._file: Content | None = None
        self._seen: tuple[int, datetime] | None = None
        self._resuming = Resuming(NEVER, name)
        self._closed = False
        self.decoded = False
        """Whether the storage is known to decode what it opens, so that its sizes are those of other bytes."""

    @property
    def resumed(self) -> int:
        """How often the file was opened again."""
        return self._resuming.resumed

    @property
    def decompresses(self) -> bool:
        """Whether what was opened is decompressed, so that nobody knows how long it is."""
        return self.decoded or (isinstance(self._file, FileContent) and self._file.decompresses)

    def look(self, known: Resource, *, believed: bool) -> Resource:
        """
        Ask the storage for what is not known.

        Args:
            known: What is.

            believed: Whether the storage may be believed what it says of the size.
        """
        size, modified = known.size, known.last_modified
        kind: Any = self._storage.__class__
        told_size: int | None = None
        told_time: datetime | None = None
        with storage_errors(self._name):
            if size is None and believed and not self.decoded and counts_what_it_opens(kind):
                size = told_size = self._size()
            if modified is None and known.entity_tag is None:
                modified = told_time = self._modified()
        if told_size is not None and told_time is not None and long_unchanged(told_time, datetime.now(UTC)):
            self._seen = told_size, told_time
        if size is None and not self.decoded:
            size = self.open().size
        return facts_of_info(known.name, {"size": size, "LastModified": modified})

    def open(self) -> Resource:
        """Open the file, unless that was done to look at it, and say what that tells."""
        self._closed = False
        opened = self._opened()
        if self.decoded:
            opened = evolve(opened, size=None, seekable=False)
        resumes = self._seen is not None and opened.seekable and not self.decompresses
        self._resuming = Resuming(AGAIN if resumes else NEVER, self._name)
        return opened

    def _opened(self) -> Resource:
        with storage_errors(self._name):
            if self._file is None:
                file: object = self._storage.open(self._name, "rb")
                self._file = (
                    wrapped_content(file) if isinstance(file, File) else file_content(file, owner=file)
                )
            self._file.acquire()
            return self._file.describe(PLAIN_GET)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield bytes *start* to *stop*, as a content does."""
        broken = False

        def read_from(position: int) -> Iterator[bytes]:
            nonlocal broken
            if broken:
                self._open_again()
            broken = True
            if self._file is None:
                raise ContentError(f"{self._name!r} is not open: acquire() before reading, close() after.")
            with storage_errors(self._name):
                yield from self._file.read(position, stop)

        return self._resuming.read(start, read_from)

    def give_up(self) -> None:
        self._resuming.close()

    def close(self) -> None:
        """Close what was opened; may be called from another thread, and twice."""
        self._closed = True
        self._resuming.close()
        self._drop()

    def _open_again(self) -> None:
        self._drop()
        self._opened()
        with storage_errors(self._name):
            same = (self._size(), self._modified()) == self._seen
        if self._closed or not same:
            self._drop()
            raise ContentChanged(f"{self._name!r} is no longer what was described, or was closed.")

    def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _size(self) -> int | None:
        return fact(lambda: self._storage.size(self._name), int)

    def _modified(self) -> datetime | None:
        return aware(fact(lambda: self._storage.get_modified_time(self._name), datetime))
