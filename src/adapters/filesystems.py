"""What fsspec's file systems and their open files are like: what they share, and what they tell without a request."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from downloadable.domain import Resource

if TYPE_CHECKING:
    from tarfile import TarInfo

    from fsspec import AbstractFileSystem

__all__ = [
    "contradict",
    "info_of",
    "innermost",
    "innermost_path",
    "linked_member",
    "lock_of",
    "made_again",
    "pins_what_it_opens",
    "reads_tar",
    "reads_version",
    "remembers_bytes",
    "serves_threads",
    "speaks_http",
]

LOCKS: WeakValueDictionary[tuple[int, int], Any] = WeakValueDictionary()
"""One lock for each synchronous file system in use, by process and identity; held by its contents."""

LOCKS_LOCK = Lock()

LENGTH = re.compile("[0-9]{1,19}")

MOST_LINKS = 40
"""As many as Linux follows."""


def innermost(filesystem: AbstractFileSystem) -> AbstractFileSystem:
    """Return the file system behind directory prefixes, which pass everything on."""
    from fsspec.implementations.dirfs import DirFileSystem

    while isinstance(filesystem, DirFileSystem):
        filesystem = filesystem.fs
    return filesystem


def innermost_path(filesystem: AbstractFileSystem, path: str) -> str:
    """Return what *path* is in the file system behind directory prefixes."""
    from fsspec.implementations.dirfs import DirFileSystem

    while isinstance(filesystem, DirFileSystem):
        filesystem, path = filesystem.fs, filesystem._join(path)
    return path


def serves_threads(filesystem: AbstractFileSystem) -> bool:
    """Tell whether a file system is asynchronous within, so that it serves all threads at once."""
    # Asked of an instance, a cache would answer for what it caches.
    return bool(type(innermost(filesystem)).async_impl)


def made_again(filesystem: AbstractFileSystem) -> AbstractFileSystem:
    """
    Return the like of a file system that was made before this process was forked.

    Connections, and positions in open files, would be shared with the other process.

    Raises:
        RuntimeError: If it reads from an open file, of which there is only one.
    """
    from fsspec.implementations.dirfs import DirFileSystem

    if isinstance(filesystem, DirFileSystem):
        return DirFileSystem(filesystem.path, made_again(filesystem.fs), skip_instance_cache=True)
    given = (*filesystem.storage_args, *filesystem.storage_options.values())
    if any(hasattr(argument, "read") for argument in given):
        raise RuntimeError(
            f"{filesystem!r} reads from a file that was opened before the fork; make it from a URL."
        )
    options = {**filesystem.storage_options, "skip_instance_cache": True}
    return type(filesystem)(*filesystem.storage_args, **options)


def reads_tar(filesystem: AbstractFileSystem) -> bool:
    """Tell whether files are members of a tar archive."""
    return bool(innermost(filesystem).protocol == "tar")


def linked_member(filesystem: AbstractFileSystem, path: str) -> TarInfo | None:
    """Return the file that the link at *path* in a tar archive leads to in the end, which is what opening it reads."""
    tar = innermost(filesystem).tar
    try:
        member: TarInfo = tar.getmember(innermost_path(filesystem, path))
        for _ in range(MOST_LINKS):
            if not (member.issym() or member.islnk()):
                return member if member.isreg() else None
            member = tar._find_link_target(member)
    except KeyError:
        pass  # to nothing
    return None


def reads_version(filesystem: AbstractFileSystem, path: str) -> bool:
    """Tell whether a store takes the end of *path* for a version, and opens another file than its name says."""
    inner = innermost_path(filesystem, path)
    match getattr(innermost(filesystem), "split_path", lambda _: None)(inner):
        case (str(), str() as key, version):
            return version is not None or not inner.endswith(key)
    return False


def pins_what_it_opens(file: Any) -> bool:
    """Tell whether each request of an open file is for exactly the version that was opened."""
    return "IfMatch" in (getattr(file, "read_kw", None) or ()) or bool(getattr(file, "version_id", None))


def speaks_http(filesystem: AbstractFileSystem) -> bool:
    """Tell whether files come from an http origin as it is, and not from a store with a protocol of its own on top."""
    protocols = innermost(filesystem).protocol
    return "http" in ((protocols,) if isinstance(protocols, str) else protocols)


def remembers_bytes(filesystem: AbstractFileSystem) -> bool:
    """Tell whether a cache gives the bytes that it has kept, without a look whether they are still those."""
    from fsspec.implementations.cached import CachingFileSystem

    cache = innermost(filesystem)
    return isinstance(cache, CachingFileSystem) and not cache.check_files


def lock_of(filesystem: AbstractFileSystem) -> Any:
    """
    Return what to hold while using a file system or one of its files.

    Those that are synchronous may be one connection, or one archive with one position for all of its members. It can be
    taken twice by one thread: while it reads one file, the collector may close another.
    """
    if serves_threads(filesystem):
        return RLock()
    with LOCKS_LOCK:
        return LOCKS.setdefault((os.getpid(), id(innermost(filesystem))), RLock())


def info_of(file: Any) -> Mapping[str, Any]:
    """Return what an open file tells of itself without another request."""
    from fsspec.implementations.local import LocalFileOpener

    if isinstance(file, LocalFileOpener):
        status = os.fstat(file.fileno())
        return {"size": status.st_size, "mtime": status.st_mtime}
    if (answer := getattr(file, "r", None)) is not None:
        return info_of_answer(answer.headers)
    details = getattr(file, "details", None)
    if isinstance(details, Mapping):
        return details
    if isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO):
        # As a cache has kept it, at another time than that of the change.
        return {"size": os.fstat(file.fileno()).st_size}
    return {"size": getattr(file, "size", None)}


def info_of_answer(fields: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the answer of an http origin says of the file that it is the body of."""
    modified = fields.get("Last-Modified")
    if "Content-Encoding" in fields:
        # Its length and its tag are those of the compressed bytes, which are not the ones that are read.
        return {"Last-Modified": modified}
    length = LENGTH.fullmatch(fields.get("Content-Length", ""))
    return {
        "size": None if length is None else int(length[0]),
        "ETag": fields.get("ETag"),
        "Last-Modified": modified,
    }


def contradict(described: Resource, opened: Resource) -> bool:
    """Tell whether two looks at one file saw different ones, as far as both know."""
    looks = (
        (described.size, opened.size),
        (described.entity_tag, opened.entity_tag),
        (described.last_modified, opened.last_modified),
    )
    return any(None not in pair and pair[0] != pair[1] for pair in looks)
