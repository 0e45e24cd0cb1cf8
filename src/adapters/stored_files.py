"""A file of a Django storage, as a content."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import evolve
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import Storage

from downloadable.adapters.local import LocalContent
from downloadable.adapters.storage_kinds import alias_of, is_directory, keeps_names
from downloadable.adapters.wrapped_files import merged, storage_errors, suffices
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentNotFound,
    DownloadRequest,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import Content, Location, Missing, StoredFile

if TYPE_CHECKING:
    from downloadable.adapters.native import StoredFileReader
    from downloadable.adapters.opened_by_storage import OpenedByStorage

__all__ = ["StoredContent"]

logger = logging.getLogger("downloadable")


class StoredContent(Content):
    """
    A file of a Django storage.

    Where the storage is nothing but a directory, the file is served as the local file it is, which costs one look, has
    a strong entity tag, and can be sent without copying. Where it is known how to read its files by its own client, as
    of S3, Google and Azure, that is done: one request describes them, and their bytes come as they are sent. Any other
    storage is asked for the size and the time of change, as far as they are not known, and then for the file. One that
    opens in its own way (decrypting, say) but does not say how long the result is, opens to describe.

    Facts that turn out to be wrong when the file is looked at or opened are no longer relied on, and the log says so.

    Args:
        storage: Any Django storage.

        name: Name in the storage.

        resource: Facts that are known beforehand, such as from a row; they go before the storage's. With a size and a
            validator among them, the storage is asked for nothing but the bytes.
    """

    reopens = True

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
        self._opened: OpenedByStorage | None = None
        self._read_by: StoredFileReader | None = None
        if self._local is None:
            self._opened, self._read_by = ways_to_read(kind, storage, name)
        self._native: Content | None = None
        self._told: Resource | None = None  # by the local or the native one
        self._asked = PLAIN_GET
        self._described: Resource | None = None
        self._misled = False
        self._streams = False  # the storage's files cannot seek

    @property
    def resumed(self) -> int:  # type: ignore[override]  # the port has a plain attribute for the many that never are
        """How often reading went on by another request."""
        held = self._native or self._opened
        return 0 if held is None else held.resumed

    def known(self) -> Resource:
        return self._resource

    def locations(self) -> tuple[Location, ...]:
        """Where the storage is a directory, that file; its place in ``STORAGES``, if any; a link that can be signed."""
        if isinstance(self._local, Missing):
            return ()
        local = () if self._local is None else self._local.locations()
        alias = alias_of(self._storage) if keeps_names(self._kind) else None
        stored = () if alias is None else (StoredFile(alias, self._name),)
        # Only whoever hands over asks, and most never do.
        from downloadable.adapters.store_links import signable

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

    def at_hand(self) -> bool:
        return self._local is not None and self._local.at_hand()

    def fileno(self) -> int | None:
        return None if self._local is None else self._local.fileno()

    def describe(self, asked: DownloadRequest) -> Resource:
        self._drop()
        self._asked = asked
        if suffices(self._resource):
            self._described = self._resource
        else:
            looked = self._look(asked) if self._local is None else self._look_locally(self._local)
            if looked.size is not None and self._resource.size not in (None, looked.size):
                self._distrust(sized(self._resource.size, looked.size))
            self._described = looked if self._nothing_given else merged(self._resource, looked)
        if self._streams:
            self._described = evolve(self._described, seekable=False)
        return self._described

    def _look_locally(self, local: Content) -> Resource:
        self._told = told = local.describe(PLAIN_GET)
        return told

    def _look(self, asked: DownloadRequest) -> Resource:
        if self._resource.entity_tag is not None or self._resource.last_modified is not None:
            # The client holds the row's validators against the row's; the store would hold them against its own.
            asked = asked.unconditional()
            asked = asked.without_range() if asked.has_if_range else asked
        told = self._look_natively(asked)
        if told is None:
            assert self._opened is not None
            return self._opened.look(self._resource, believed=not self._misled)
        return told

    def _look_natively(self, asked: DownloadRequest) -> Resource | None:
        """Ask the store by the storage's own client; ``None`` if only the storage can be asked."""
        if self._read_by is None:
            return None
        from downloadable.adapters.native import LeftToStorage

        with storage_errors(self._name):
            self._native = native = self._read_by(self._storage, self._name)
            try:
                self._told = native.describe(asked)
            except LeftToStorage:
                native.close()
                self._native = self._read_by = None
                assert self._opened is not None
                self._opened.decoded = True
        return self._told

    def acquire(self) -> None:
        described = self._described or self._resource
        opened = self._open(described) if self._local is None else self._open_locally(self._local)
        # That nobody knows the size of what is decompressed does not make that of the compressed bytes right.
        decompressed = self._opened is not None and self._opened.decompresses
        counted = opened.size is not None or decompressed
        if counted and described.size not in (None, opened.size):
            self.close()
            raise ContentChanged(self._distrust(sized(described.size, opened.size)))
        if digests_differ(described, opened):
            self.close()
            raise ContentChanged(self._distrust("has another digest than was said"))
        # One range of a file that cannot seek is read by skipping; a set may go back.
        if len(self._asked.ranges or ()) > 1 and described.seekable and not opened.seekable:
            self.close()
            self._streams = True
            raise ContentChanged(f"{self._name!r} cannot seek, which only opening it showed.")
        if self._native is not None:
            with storage_errors(self._name):
                self._native.acquire()

    def _open(self, described: Resource) -> Resource:
        # If the row described it, the store is asked only now, and for no more than the client wants.
        told = self._told or self._look_natively(needed(described, self._asked))
        if told is not None:
            return told
        assert self._opened is not None
        return self._opened.open()

    def _open_locally(self, local: Content) -> Resource:
        # Opening holds the file against the last look at it.
        told = self._told or self._look_locally(local)
        local.acquire()
        return told

    def _distrust(self, why: str) -> str:
        """Drop the facts that were given; return, and log, why."""
        reason = f"{self._name!r} {why}."
        logger.warning(reason)
        self._misled = True
        self._resource = evolve(self._resource, size=None, last_modified=None, entity_tag=None, digests=())
        return reason

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        held = self._local or self._native or self._opened
        assert held is not None
        with storage_errors(self._name):
            yield from held.read(start, stop)

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return None if self._local is None else self._local.read_nowait(start, stop)

    def give_up(self) -> None:
        for held in (self._opened, self._native):
            if held is not None:
                held.give_up()

    def close(self) -> None:
        self._drop()
        if self._local is not None:
            self._local.close()

    def _drop(self) -> None:
        if self._opened is not None:
            self._opened.close()
        native, self._told = self._native, None
        if native is not None:
            native.close()


def needed(described: Resource, asked: DownloadRequest) -> DownloadRequest:
    """Say what the answer to *asked* takes of what was *described*: ranges if it is to be some, and no conditions."""
    if not asked.ranges or decide(described, ServingPolicy(), asked).status != 206:
        return PLAIN_GET
    return DownloadRequest(ranges=asked.ranges)


def digests_differ(one: Resource, other: Resource) -> bool:
    """Tell whether two resources have different digests of the same kind."""
    digests = dict(other.digests)
    return any(digests.get(algorithm, digest) != digest for algorithm, digest in one.digests)


def sized(told: int | None, size: int | None) -> str:
    if size is None:
        return f"is decompressed, and nobody knows whether to the {told} bytes that were said"
    return f"has {size} bytes, not {told} as was said"


def ways_to_read(kind: Any, storage: Storage, name: str) -> tuple[OpenedByStorage, StoredFileReader | None]:
    """Return how to read what is not on the disk; imported where the first storage is met that needs it."""
    from downloadable.adapters.native import reader_of
    from downloadable.adapters.opened_by_storage import OpenedByStorage

    return OpenedByStorage(storage, name), reader_of(kind)


def local_content(storage: Storage, name: str) -> Content | None:
    try:
        return LocalContent(storage.path(name))
    except (SuspiciousOperation, ValueError):
        return Missing(ContentNotFound(f"{name!r} cannot be in this storage."))
    except NotImplementedError:
        return None
