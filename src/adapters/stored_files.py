"""A file of a Django storage, as a content."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import evolve
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.core.files.storage import Storage

from downloadable.adapters.file_objects import FileContent
from downloadable.adapters.local import LocalContent
from downloadable.adapters.opened_files import file_content
from downloadable.adapters.storage_kinds import alias_of, counts_what_it_opens, is_directory, keeps_names
from downloadable.adapters.store_links import signable
from downloadable.adapters.stores import facts_of_info
from downloadable.adapters.wrapped_files import aware, fact, merged, storage_errors, suffices, wrapped_content
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content, Location, Missing, StoredFile

__all__ = ["StoredContent"]

logger = logging.getLogger("downloadable")


class StoredContent(Content):
    """
    A file of a Django storage.

    Where the storage is nothing but a directory, the file is served as the local file it is, which costs one look, has
    a strong entity tag, and can be sent without copying. Any other storage is asked for the size and the time of
    change, as far as they are not known, and then for the file. One that opens in its own way (decrypting, say) but
    does not say how long the result is, opens to describe.

    Facts that turn out to be wrong when the file is looked at or opened are no longer relied on, and the log says so.

    Args:
        storage: Any Django storage.

        name: Name in the storage.

        resource: Facts that are known beforehand, such as from a row; they go before the storage's. With a size and a
            validator among them, the storage is asked for nothing but the bytes.
    """

    def __init__(self, storage: Storage, name: str, resource: Resource | None = None) -> None:
        self._storage, self._name = storage, name
        basename = name.rpartition("/")[2]
        self._nothing_given = resource is None
        self._resource = Resource(name=basename) if resource is None else resource
        if not self._resource.name:
            self._resource = evolve(self._resource, name=basename)
        # Not type(), which does not see the storage behind default_storage.
        kind: Any = storage.__class__
        self._kind = kind
        self._local = local_content(storage, name) if is_directory(kind) else None
        self._file: Content | None = None
        self._described: Resource | None = None
        self._misled = False
        self._several = False  # ranges were asked for
        self._streams = False  # the storage's files cannot seek

    def known(self) -> Resource:
        return self._resource

    def locations(self) -> tuple[Location, ...]:
        """Where the storage is a directory, that file; its place in ``STORAGES``, if any; a link that can be signed."""
        if isinstance(self._local, Missing):
            return ()
        local = () if self._local is None else self._local.locations()
        alias = alias_of(self._storage) if keeps_names(self._kind) else None
        stored = () if alias is None else (StoredFile(alias, self._name),)
        link = signable(self._kind, self._storage, self._name)
        return (*local, *stored) if link is None else (*local, *stored, link)

    def url(self) -> str | None:
        """Return the storage's URL of the file; ``None`` without one, or if other bytes than these may be behind it."""
        if isinstance(self._local, Missing) or not keeps_names(self._kind):
            return None
        try:
            return self._storage.url(self._name)
        except (NotImplementedError, SuspiciousOperation, ValueError):
            return None

    def fileno(self) -> int | None:
        return None if self._local is None else self._local.fileno()

    def describe(self, asked: DownloadRequest) -> Resource:
        self._drop()
        self._several = len(asked.ranges or ()) > 1
        if suffices(self._resource):
            self._described = self._resource
        else:
            looked = self._look() if self._local is None else self._local.describe(asked)
            if self._resource.size not in (None, looked.size):
                self._distrust(self._resource.size, looked.size)
            self._described = looked if self._nothing_given else merged(self._resource, looked)
        if self._streams:
            self._described = evolve(self._described, seekable=False)
        return self._described

    def _look(self) -> Resource:
        """Ask the storage for what is not known."""
        size, modified = self._resource.size, self._resource.last_modified
        with storage_errors(self._name):
            if size is None and not self._misled and counts_what_it_opens(self._kind):
                size = fact(lambda: self._storage.size(self._name), int)
            if modified is None and self._resource.entity_tag is None:
                modified = aware(fact(lambda: self._storage.get_modified_time(self._name), datetime))
        if size is None:
            size = self._look_opened().size
        return facts_of_info(self._resource.name, {"size": size, "LastModified": modified})

    def acquire(self) -> None:
        described = self._described or self._resource
        opened = self._look_opened() if self._local is None else opened_locally(self._local)
        # That nobody knows the size of what is decompressed does not make that of the compressed bytes right.
        counted = opened.size is not None or (isinstance(self._file, FileContent) and self._file.decompresses)
        if counted and described.size not in (None, opened.size):
            self.close()
            raise ContentChanged(self._distrust(described.size, opened.size))
        # One range of a file that cannot seek is read by skipping; a set may go back.
        if self._several and described.seekable and not opened.seekable:
            self.close()
            self._streams = True
            raise ContentChanged(f"{self._name!r} cannot seek, which only opening it showed.")

    def _distrust(self, told: int | None, size: int | None) -> str:
        """Drop the facts that were given; return, and log, why."""
        reason = f"{self._name!r} has {size} bytes, not {told} as was said."
        logger.warning(reason)
        self._misled = True
        self._resource = evolve(self._resource, size=None, last_modified=None, entity_tag=None, digests=())
        return reason

    def _look_opened(self) -> Resource:
        """Open the file, unless that was done to describe it, and look at that."""
        with storage_errors(self._name):
            if self._file is None:
                file: object = self._storage.open(self._name, "rb")
                self._file = (
                    wrapped_content(file) if isinstance(file, File) else file_content(file, owner=file)
                )
            self._file.acquire()
            return self._file.describe(PLAIN_GET)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        held = self._file if self._local is None else self._local
        if held is None:
            raise ContentError(f"{self._name!r} is not open: acquire() before reading, close() after.")
        with storage_errors(self._name):
            yield from held.read(start, stop)

    def close(self) -> None:
        self._drop()
        if self._local is not None:
            self._local.close()

    def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


def local_content(storage: Storage, name: str) -> Content | None:
    try:
        return LocalContent(storage.path(name))
    except (SuspiciousOperation, ValueError):
        return Missing(ContentNotFound(f"{name!r} cannot be in this storage."))
    except NotImplementedError:
        return None


def opened_locally(content: Content) -> Resource:
    content.acquire()
    descriptor = content.fileno()
    return Resource() if descriptor is None else Resource(size=os.fstat(descriptor).st_size)
