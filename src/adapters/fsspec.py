"""Files of any file system that fsspec speaks to: S3, GCS, Azure, SFTP, archives, memory and many more."""

from __future__ import annotations

import os
import re
from threading import local
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from downloadable.adapters.filesystem_files import FsspecContent
from downloadable.adapters.filesystems import made_again, reads_version, serves_threads
from downloadable.adapters.keys import segments_of
from downloadable.adapters.remote import Resumption
from downloadable.adapters.stores import MISTAKES, is_url, store_error
from downloadable.domain import ContentNotFound
from downloadable.ports import Content, Missing

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["FsspecContent", "FsspecSource"]

SURROGATE = re.compile("[\ud800-\udfff]")


class FsspecSource:
    r"""
    The files below a root of a file system.

    A key is a relative path with ``/`` between its segments; keys with empty segments, ``.``, ``..``, NUL or lone
    surrogates are not found, nor is what would be one of these where ``\`` separates segments, too; nor are links in a
    tar archive that lead out of the root. For a directory on the local disk take
    :class:`~downloadable.adapters.local.LocalSource`: fsspec follows links wherever they lead. For an http origin, take
    :class:`~downloadable.adapters.http.HttpSource`: here, its files are read from start to end.

    The file system belongs to whoever made it, or to fsspec; it is never closed here. Its listings of the directories
    that files are looked up in are forgotten, for they may be stale.

    Args:
        filesystem: A URL such as ``"s3://bucket/media"`` or ``"zip://::file:///srv/a.zip"``, opened at the first use
            in each process, and in each thread unless it serves all at once; or a synchronous instance, which does one
            thing at a time for all threads, unless it is asynchronous within.

        root: Where to start; below the URL, if there is one.

        resumption: When to give up a store that breaks off in the middle of a file.

        storage_options: What fsspec should know to open the URL, such as credentials.

    Raises:
        TypeError: If there are options beside an instance.

        ValueError: If the instance is asynchronous, so that its methods would have to be awaited.
    """

    def __init__(
        self,
        filesystem: str | AbstractFileSystem,
        root: str = "",
        *,
        resumption: Resumption | None = None,
        **storage_options: Any,
    ) -> None:
        if not isinstance(filesystem, str):
            if storage_options:
                raise TypeError("Options open a URL; a file system that is open already has its own.")
            if getattr(filesystem, "asynchronous", False):
                raise ValueError(f"{filesystem!r} is asynchronous; make it without asynchronous=True.")
        self._given = filesystem
        self._made_in = os.getpid()
        self._root = root
        self._options = storage_options
        self._resumption = resumption
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
        return FsspecContent(filesystem, path, segments[-1], resumption=self._resumption, root=prefix)

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
