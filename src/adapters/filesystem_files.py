"""A file of a file system that fsspec speaks to, as a content."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.filesystems import (
    contradict,
    info_of,
    innermost,
    innermost_path,
    linked_member,
    lock_of,
    pins_what_it_opens,
    reads_tar,
    remembers_bytes,
    serves_threads,
    speaks_http,
)
from downloadable.adapters.read_ahead import blocks_of, read_ahead
from downloadable.adapters.remote import NEVER, Resuming, Resumption, tells_versions_apart
from downloadable.adapters.store_links import signable
from downloadable.adapters.stores import facts_of_info, store_errors
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content, Location

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["FsspecContent"]


class FsspecContent(Content):
    """
    A file of a file system.

    Describing it is one look. Opening the file of a store is another, which tells whether it is still the same, as far
    as both know its size, its entity tag and its time of change. Then each block of a range is one request for exactly
    its bytes, the next one sent while the client takes the present one.

    The files of S3 pin what they opened, with If-Match. Of any other store that is read in more than one request, the
    last block is held back until one more look has shown that it was the same file all the time.

    A store that breaks off is asked again from that byte on, once it is seen to be the same file.

    Args:
        filesystem: A synchronous instance; not closed.

        path: The path as the file system wants it; never taken from a request as it is.

        name: The file's name; by default, the last segment of *path*.

        resumption: When to give up a store that breaks off.

        root: What a link in a tar archive must not lead out of; by default the archive.
    """

    reopens = True

    def __init__(
        self,
        filesystem: AbstractFileSystem,
        path: str,
        name: str = "",
        *,
        resumption: Resumption | None = None,
        root: str = "",
    ) -> None:
        self._filesystem = filesystem
        self._path = path
        self._name = name or path.rpartition("/")[2]
        self._root = root
        self._limits = Resumption() if resumption is None else resumption
        self._resuming = Resuming(self._limits, path)
        self._described: Resource | None = None
        self._pinned = False  # the facts tell versions apart
        self._file: Any = None
        self._broken = False
        self._lock = lock_of(filesystem)

    @property
    def resumed(self) -> int:  # type: ignore[override]  # the port has a plain attribute for the many that never are
        """How often reading went on by another request."""
        return self._resuming.resumed

    def known(self) -> Resource:
        return Resource(name=self._name)

    def locations(self) -> tuple[Location, ...]:
        filesystem = innermost(self._filesystem)
        link = signable(type(filesystem), filesystem, innermost_path(self._filesystem, self._path))
        return () if link is None else (link,)

    def describe(self, asked: DownloadRequest) -> Resource:
        described = self._look()
        self._pinned = tells_versions_apart(described)
        self._resuming = Resuming(self._limits, self._path)
        self._described = described
        return described

    def _look(self) -> Resource:
        with self._lock, store_errors(self._path):
            self._forget_listings()
            info = self._filesystem.info(self._path)
        if info["type"] != "file":
            raise ContentNotFound(f"{self._path!r} is not a file.")
        if info.get("linkname"):
            # Up to 2026.6, fsspec gives the size of the link itself.
            info = {**info, "size": self._size_of_linked()}
        if speaks_http(self._filesystem):
            # It does not tell who serves ranges, and those who do not would break off after the first block.
            info = {"partial": False, **info}
        facts = facts_of_info(self._name, info)
        if remembers_bytes(self._filesystem):
            # What was seen is what there is now; what will be read may be older.
            facts = evolve(facts, entity_tag=None, last_modified=None)
        return facts

    def acquire(self) -> None:
        self._open(self._described or self.describe(PLAIN_GET))

    def _open(self, described: Resource) -> None:
        try:
            with self._lock, store_errors(self._path):
                self._forget_listings()
                file = self._filesystem.open(self._path, "rb", **self._how_to_open(described))
        except ContentNotFound as error:
            raise ContentChanged(f"{self._path!r} is gone since it was described.") from error
        except AttributeError as error:
            if not reads_tar(self._filesystem):
                raise
            # fsspec takes a FIFO in an archive for a file, and finds no bytes to open.
            raise ContentNotFound(f"{self._path!r} is not a file.") from error
        if file is None:
            # So do its versions up to 2026.6, without a word.
            raise ContentNotFound(f"{self._path!r} is not a file.")
        if contradict(described, facts_of_info(self._name, info_of(file))):
            file.close()
            raise ContentChanged(f"{self._path!r} is no longer the file that was described.")
        self._drop()
        self._file, self._broken = file, False

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        described = self._described
        if described is None or not described.seekable:
            return self._onwards(start, stop)
        return self._in_blocks(described, start, stop)

    def give_up(self) -> None:
        self._resuming.close()

    def close(self) -> None:
        self._resuming.close()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                file.close()

    def _in_blocks(self, described: Resource, start: int, stop: int | None) -> Iterator[bytes]:
        assert described.size is not None, "What can be read from the middle has a size."
        announced = described.size if stop is None else stop
        end = min(announced, described.size)
        resuming = self._resuming if self._pinned else Resuming(NEVER, self._path)
        position = start
        for chunk in resuming.read(start, lambda begun: self._from(described, begun, end)):
            position += len(chunk)
            yield chunk
        # A store that answers with less has not broken off: it has no more, or makes no sense.
        if position < announced:
            raise self._too_short(announced - position)

    def _from(self, described: Resource, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from *start* to *stop*, of exactly the file that was described."""
        if self._broken:
            self._open(described)
        try:
            yield from self._blocks(described, start, stop)
        except ContentError:
            self._broken = self._file is not None
            raise

    def _blocks(self, described: Resource, start: int, stop: int) -> Iterator[bytes]:
        from fsspec.spec import AbstractBufferedFile

        # The file of a store answers in full or is at its end; that of a disk or a stream may give less at a time.
        if not isinstance(self._file, AbstractBufferedFile):
            yield from self._onwards(start, stop)
            return
        remote = serves_threads(self._filesystem)
        blocks = list(blocks_of(start, stop))
        confirm = remote and len(blocks) > 1 and not pins_what_it_opens(self._file)
        chunks = (
            read_ahead(iter(blocks), self._fetch_range)
            if remote
            else (self._fetch(*block) for block in blocks)
        )
        for block, chunk in zip(blocks, chunks, strict=True):
            if confirm and block is blocks[-1] and contradict(described, self._look()):
                raise ContentChanged(f"{self._path!r} changed while it was read.")
            if chunk:
                yield chunk
            if len(chunk) < block[1] - block[0]:
                return

    def _onwards(self, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield what comes, piece by piece; of what cannot seek, what comes before *start* is passed over."""
        seekable = self._described is not None and self._described.seekable
        position = start if seekable else 0
        while stop is None or position < stop:
            wanted = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - position)
            chunk = self._piece(position if seekable else None, wanted)
            position += len(chunk)
            if chunk and position > start:
                yield chunk[max(0, len(chunk) - (position - start)) :]
            if not chunk:
                break
        if stop is not None and position < stop:
            raise self._too_short(stop - position)

    def _fetch(self, start: int, stop: int) -> bytes:
        """Read one block of a file whose store does one thing at a time."""
        return self._piece(start, stop - start)

    def _fetch_range(self, start: int, stop: int) -> bytes:
        """Read one block of a file whose store serves all threads; in any thread."""
        file = self._opened()
        with store_errors(self._path):
            return self._held(bytes(file._fetch_range(start, min(stop, file.size))), stop - start)

    def _held(self, chunk: bytes, wanted: int) -> bytes:
        if len(chunk) > wanted:
            raise ContentInvalid(f"The store sent {len(chunk)} bytes of {self._path!r}, not {wanted}.")
        return chunk

    def _too_short(self, missing: int) -> ContentTruncated:
        return ContentTruncated(f"{self._path!r} ended {missing} bytes too early.")

    def _piece(self, position: int | None, wanted: int) -> bytes:
        """Read what there is at *position*, or comes next; *wanted* bytes at most."""
        with self._lock:
            file = self._opened()
            with store_errors(self._path):
                if isinstance(file, io.BytesIO) and position is not None:
                    # It may be the memory of the store itself, whose one position all its readers would share.
                    return bytes(file.getbuffer()[position : position + wanted])
                if position is not None:
                    file.seek(position)
                return self._held(bytes(file.read(wanted)), wanted)

    def _opened(self) -> Any:
        file = self._file
        if file is None:
            raise ContentError(f"{self._path!r} is not open: acquire() before reading, close() after.")
        return file

    def _how_to_open(self, described: Resource) -> dict[str, Any]:
        from fsspec.implementations.cached import CachingFileSystem

        # Without a cache, a read is one request for exactly those bytes; who was made to cache may do so.
        caches = isinstance(innermost(self._filesystem), CachingFileSystem)
        how: dict[str, Any] = {} if caches else {"cache_type": "none"}
        if speaks_http(self._filesystem) and not described.seekable:
            # A stream; with a size, it is opened without another look.
            how |= {"block_size": 0, "size": described.size}
        return how

    def _size_of_linked(self) -> int:
        """Return the size of what a link in a tar archive leads to in the end: one of its files, below the root."""
        root = innermost_path(self._filesystem, self._root).strip("/")
        with self._lock:
            member = linked_member(self._filesystem, self._path)
        if member is None or (root and not posixpath.normpath(member.name).startswith(f"{root}/")):
            raise ContentNotFound(f"{self._path!r} is not a file.")
        return member.size

    def _forget_listings(self) -> None:
        """Make the file system look, not remember: the file, and its directory where that is what it lists."""
        self._filesystem.invalidate_cache(self._path.rpartition("/")[0])
        self._filesystem.invalidate_cache(self._path)
