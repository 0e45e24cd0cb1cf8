"""
File wrappers, by the names that projects know from django-downloadview.

Each is a Django ``File`` or a file object by itself, and is served as what it wraps: in a storage, in memory, behind a
URL, or made while it is sent.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve
from django.core.files import File
from django.core.files.storage import Storage

from downloadable.adapters.django_files import as_content
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.file_objects import is_seekable
from downloadable.adapters.iterator_files import BytesIteratorIO, StringIteratorIO, TextIteratorIO
from downloadable.adapters.lazy_files import LazyFile, UnmeasuredFile
from downloadable.adapters.opened_files import file_content
from downloadable.adapters.wrapped_files import WrappedContent, overrides, typed_facts
from downloadable.domain import PLAIN_GET
from downloadable.ports import Content, LocalFile

if TYPE_CHECKING:
    from downloadable.adapters.http_file import HTTPFile

__all__ = [
    "BytesIteratorIO",
    "HTTPFile",
    "PathFile",
    "StorageFile",
    "StringIteratorIO",
    "TextIteratorIO",
    "VirtualFile",
]


def __getattr__(name: str) -> Any:
    if name != "HTTPFile":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from downloadable.adapters.http_file import HTTPFile

    globals()[name] = HTTPFile
    return HTTPFile


class PathFile(LazyFile):
    """
    A file on the disk, opened when it is first read, and as its content opens it.

    Args:
        content: Of a path; sends the file, wherever reading has come to.
    """

    def __init__(self, content: Content) -> None:
        place, *_ = [one for one in content.locations() if isinstance(one, LocalFile)]
        super().__init__(place.path)
        self.content = content

    def _opened(self, mode: str) -> Any:
        held = self.content.fileno() is not None
        if not held:
            self.content.acquire()
        try:
            descriptor = self.content.fileno()
            assert descriptor is not None
            return os.fdopen(os.dup(descriptor), "rb")
        finally:
            if not held:
                self.content.close()

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.content.describe(PLAIN_GET).size or 0


class StorageFile(LazyFile):
    """
    A file of a storage; nothing is asked of the storage before it is needed.

    Errors are the storage's own.

    Args:
        storage: Any Django storage.

        name: Name in the storage.

        file: The file object, if it is open already; it is then served as it is.
    """

    def __init__(self, storage: Storage, name: str, file: Any = None) -> None:
        super().__init__(name, file)
        self.storage = storage

    def _opened(self, mode: str) -> Any:
        return self.storage.open(self.name, mode)

    @property
    def path(self) -> str:
        """Path on the disk, of a storage that has one."""
        return self.storage.path(self.name)

    @property
    def url(self) -> str:
        """The storage's URL of the file."""
        return self.storage.url(self.name)

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.storage.size(self.name)

    @property
    def accessed_time(self) -> datetime:
        """When it was last read; naive if ``USE_TZ`` is off."""
        return self.storage.get_accessed_time(self.name)

    @property
    def created_time(self) -> datetime:
        """When it was made; naive if ``USE_TZ`` is off."""
        return self.storage.get_created_time(self.name)

    @property
    def modified_time(self) -> datetime:
        """When it was last changed; naive if ``USE_TZ`` is off."""
        return self.storage.get_modified_time(self.name)

    def exists(self) -> bool:
        """Tell whether the storage has such a file."""
        return self.storage.exists(self.name)

    def save(self, content: File[Any]) -> str:
        """Save *content* in the storage, and return the name that it got there."""
        return self.storage.save(self.name, content)

    def delete(self) -> None:
        """Delete the file from the storage."""
        self.close()
        self.storage.delete(self.name)


class VirtualFile(UnmeasuredFile):
    """
    A file that is in memory, or made while it is read.

    Args:
        file: A file object of bytes or of text, such as a :class:`TextIteratorIO`.

        name: File name. It never makes this a file on a disk.

        url: Where a client finds it, if it does.

        size: Length in bytes, if it is known beforehand. So many bytes must come.
    """

    file: Any

    def __init__(self, file: Any = None, name: str = "", url: str = "", size: int | None = None) -> None:
        super().__init__(file, name)
        self.url = url
        self._size = size

    @property
    def size(self) -> int:
        """
        Length in bytes.

        Raises:
            AttributeError: If it is not known before reading.
        """
        if self._size is not None:
            return self._size
        if isinstance(self.file, io.StringIO):
            return len(self.file.getvalue().encode())
        if not is_seekable(self.file):
            raise AttributeError(f"The size of {self.name!r} is not known before it is read.")
        position = self.file.tell()
        self.file.seek(0, io.SEEK_END)
        size: int = self.file.tell()
        self.file.seek(position)
        return size

    @size.setter
    def size(self, size: int | None) -> None:
        self._size = size

    def __iter__(self) -> Iterator[Any]:
        """Iterate over lines; without collecting more than one of what is made while it is read."""
        return super().__iter__() if is_seekable(self.file) else iter(self.file)


@as_content.register(PathFile)
def _(thing: PathFile) -> Content:
    thing.close()
    return thing.content


@as_content.register(StorageFile)
def _(thing: StorageFile) -> Content:
    if overrides(thing, StorageFile) or not thing.closed:
        return WrappedContent(thing)
    return StorageSource(thing.storage).open(thing.name)


@as_content.register(VirtualFile)
def _(thing: VirtualFile) -> Content:
    if overrides(thing, VirtualFile):
        return WrappedContent(thing)
    return file_content(thing.file, evolve(typed_facts(thing), size=thing._size), owner=thing)
