"""Files of any file system that fsspec speaks to: S3, GCS, Azure, SFTP, archives, memory and many more."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from threading import local
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.filesystems import (
    contradict,
    info_of,
    innermost,
    innermost_path,
    lock_of,
    made_again,
    reads_tar,
    reads_version,
    serves_threads,
    speaks_http,
)
from downloadable.adapters.keys import segments_of
from downloadable.adapters.store_links import signable
from downloadable.adapters.stores import MISTAKES, facts_of_info, is_url, store_error, store_errors
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
from downloadable.ports import Content, Location, Missing

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["FsspecContent", "FsspecSource"]

BLOCK_SIZE = 4 * 1024 * 1024
"""Bytes that one request asks a store for: each costs its latency once, and one is all that a reader holds."""

SURROGATE = re.compile("[\ud800-\udfff]")


class FsspecSource:
    r"""
    The files below a root of a file system.

    A key is a relative path with ``/`` between its segments; keys with empty segments, ``.``, ``..``, NUL or lone
    surrogates are not found, nor is what would be one of these where ``\`` separates segments, too. For a directory on
    the local disk take :class:`~downloadable.adapters.local.LocalSource`: fsspec follows links wherever they lead. For
    an http origin, take :class:`~downloadable.adapters.http.HttpSource`: here, its files are read from start to end.

    The file system belongs to whoever made it, or to fsspec; it is never closed here. Its listings of the directories
    that files are looked up in are forgotten, for they may be stale.

    Args:
        filesystem: A URL such as ``"s3://bucket/media"`` or ``"zip://::file:///srv/a.zip"``, opened at the first use
            in each process, and in each thread unless it serves all at once; or a synchronous instance, which does one
            thing at a time for all threads, unless it is asynchronous within.

        root: Where to start; below the URL, if there is one.

        storage_options: What fsspec should know to open the URL, such as credentials.

    Raises:
        TypeError: If there are options beside an instance.

        ValueError: If the instance is asynchronous, so that its methods would have to be awaited.
    """

    def __init__(self, filesystem: str | AbstractFileSystem, root: str = "", **storage_options: Any) -> None:
        if not isinstance(filesystem, str):
            if storage_options:
                raise TypeError("Options open a URL; a file system that is open already has its own.")
            if getattr(filesystem, "asynchronous", False):
                raise ValueError(f"{filesystem!r} is asynchronous; make it without asynchronous=True.")
        self._given = filesystem
        self._made_in = os.getpid()
        self._root = root
        self._options = storage_options
        self._everywhere: dict[int, tuple[AbstractFileSystem, str]] = {}
        self._here = Here()

    def open(self, key: str) -> Content:
        segments = segments_of(key, backslash=True)
        if segments is None or SURROGATE.search(key):
            return Missing(ContentNotFound(f"{key!r} is not a path below the root."))
        try:
            filesystem, prefix = self._connect()
        except (*MISTAKES, ValueError):
            raise
        except Exception as error:  # noqa: BLE001  (whatever a library raises, it surfaces in describe)
            missing = store_error(error, str(self._given))
            missing.__cause__ = error
            return Missing(missing)
        path = prefix + (quote(key) if is_url(prefix) else key)
        # A file system may read more into a path: "local:/etc/passwd" and "~root" would lead anywhere.
        if filesystem._strip_protocol(path).strip("/") != path.strip("/") or reads_version(filesystem, path):
            return Missing(ContentNotFound(f"{key!r} is not a path below the root."))
        return FsspecContent(filesystem, path, segments[-1])

    def _connect(self) -> tuple[AbstractFileSystem, str]:
        """Return the file system for this process and thread, and what comes before each key."""
        # What a fork inherited is kept, not used: closing it could disturb the parent.
        process = os.getpid()
        connection = self._everywhere.get(process) or self._here.connections.get(process)
        if connection is None:
            connection = self._connected()
            holds = self._everywhere if serves_threads(connection[0]) else self._here.connections
            holds[process] = connection
        return connection

    def _connected(self) -> tuple[AbstractFileSystem, str]:
        filesystem, root = self._given, self._root
        if isinstance(filesystem, str):
            from fsspec.core import url_to_fs

            filesystem, top = url_to_fs(filesystem, **self._options)
            root = f"{top.rstrip('/')}/{root}" if root else top
        elif os.getpid() != self._made_in:
            filesystem = made_again(filesystem)
        root = filesystem._strip_protocol(root)
        return filesystem, root if not root or root.endswith("/") else f"{root}/"


class Here(local):
    """What a thread has connected to, by process."""

    def __init__(self) -> None:
        self.connections: dict[int, tuple[AbstractFileSystem, str]] = {}


class FsspecContent(Content):
    """
    A file of a file system.

    Describing it is one look. Opening the file of a store is another, which tells whether it is still the same, as far
    as both know its size, its entity tag and its time of change. Later changes are noticed where the store's files pin
    what they opened, such as S3's with If-Match, and else by the length at most. Then each block of a range is one
    request for exactly its bytes.

    Args:
        filesystem: A synchronous instance; not closed.

        path: The path as the file system wants it; never taken from a request as it is.

        name: The file's name; by default, the last segment of *path*.
    """

    def __init__(self, filesystem: AbstractFileSystem, path: str, name: str = "") -> None:
        self._filesystem = filesystem
        self._path = path
        self._name = name or path.rpartition("/")[2]
        self._described: Resource | None = None
        self._file: Any = None
        self._lock = lock_of(filesystem)

    def known(self) -> Resource:
        return Resource(name=self._name)

    def locations(self) -> tuple[Location, ...]:
        filesystem = innermost(self._filesystem)
        link = signable(type(filesystem), filesystem, innermost_path(self._filesystem, self._path))
        return () if link is None else (link,)

    def describe(self, asked: DownloadRequest) -> Resource:
        with self._lock, store_errors(self._path):
            self._forget_listings()
            info = self._filesystem.info(self._path)
        if info["type"] != "file" or (info.get("linkname") and not self._leads_somewhere()):
            raise ContentNotFound(f"{self._path!r} is not a file.")
        if speaks_http(self._filesystem):
            # It does not tell who serves ranges, and those who do not would break off after the first block.
            info = {"partial": False, **info}
        self._described = facts_of_info(self._name, info)
        return self._described

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
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
        if contradict(described, facts_of_info(self._name, info_of(file))):
            file.close()
            raise ContentChanged(f"{self._path!r} is no longer the file that was described.")
        self.close()
        self._file = file

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        from fsspec.spec import AbstractBufferedFile

        seekable = self._described is not None and self._described.seekable
        # The file of a store answers in full or is at its end; that of a disk or a stream may give less at a time.
        in_full = seekable and isinstance(self._file, AbstractBufferedFile)
        block = BLOCK_SIZE if in_full else CHUNK_SIZE
        position = start if seekable else 0
        while stop is None or position < stop:
            wanted = block if stop is None else min(block, stop - position)
            chunk = self._fetch(position if seekable else None, wanted)
            if len(chunk) > wanted:
                raise ContentInvalid(f"The store sent {len(chunk)} bytes of {self._path!r}, not {wanted}.")
            position += len(chunk)
            if chunk and position > start:
                yield chunk[max(0, len(chunk) - (position - start)) :]
            if not chunk or (in_full and len(chunk) < wanted):
                break
        if stop is not None and position < stop:
            raise ContentTruncated(f"{self._path!r} ended {stop - position} bytes too early.")

    def close(self) -> None:
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                file.close()

    def _fetch(self, position: int | None, wanted: int) -> bytes:
        with self._lock:
            file = self._file
            if file is None:
                raise ContentError(f"{self._path!r} is not open: acquire() before reading, close() after.")
            with store_errors(self._path):
                if isinstance(file, io.BytesIO) and position is not None:
                    # It may be the memory of the store itself, whose one position all its readers would share.
                    return bytes(file.getbuffer()[position : position + wanted])
                if position is not None:
                    file.seek(position)
                return bytes(file.read(wanted))

    def _how_to_open(self, described: Resource) -> dict[str, Any]:
        from fsspec.implementations.cached import CachingFileSystem

        # Without a cache, a read is one request for exactly those bytes; who was made to cache may do so.
        caches = isinstance(innermost(self._filesystem), CachingFileSystem)
        how: dict[str, Any] = {} if caches else {"cache_type": "none"}
        if speaks_http(self._filesystem) and not described.seekable:
            # A stream; with a size, it is opened without another look.
            how |= {"block_size": 0, "size": described.size}
        return how

    def _leads_somewhere(self) -> bool:
        """Tell whether a link in a tar archive, which was not followed, leads to one of its members."""
        try:
            with self._lock, self._filesystem.open(self._path, "rb"):
                return True
        except (AttributeError, KeyError, RecursionError):
            return False

    def _forget_listings(self) -> None:
        """Make the file system look, not remember: the file, and its directory where that is what it lists."""
        self._filesystem.invalidate_cache(self._path.rpartition("/")[0])
        self._filesystem.invalidate_cache(self._path)
