"""Files on a disk: under a root that nothing leaves, or at a path that the program chose."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from threading import Lock
from typing import TypeVar

from downloadable.adapters.file_objects import CHUNK_SIZE, content_error, facts_of_status
from downloadable.adapters.keys import resolved, segments_of
from downloadable.adapters.page_cache import is_cached, read_cached
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content, LocalFile, Location, Missing

__all__ = ["LocalContent", "LocalSource"]

# Without O_NONBLOCK, opening a FIFO that took a file's place would wait for a writer.
FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
# O_PATH needs no permission to list the directory; where it does not exist, that permission is needed.
DIRECTORY = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
T = TypeVar("T")

MOVED = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class LocalSource:
    """
    The regular files below a directory.

    A key is a relative path with ``/`` between its segments. Keys with empty segments, ``.``, ``..`` or NUL, links that
    lead out of the root, directories, FIFOs and devices are all not found. Links that stay below the root are followed.

    Args:
        root: The directory; resolved once, here. It need not exist yet.

    Raises:
        ValueError: If *root* is empty, as ``MEDIA_ROOT`` is where nobody has set it.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        if not os.fspath(root):
            raise ValueError(
                "The root is empty, which would be the directory that the program was started in."
            )
        self._root = os.path.realpath(root)

    def open(self, key: str) -> Content:
        segments = segments_of(key, backslash=False)
        if segments is None:
            return Missing(ContentNotFound(f"{key!r} is not a path below the root."))
        return ConfinedContent(self._root, segments)


class LocalContent(Content):
    """
    The regular file at a path that the program chose; links are followed.

    Args:
        path: Never taken from a request: that is what :class:`LocalSource` is for.
    """

    reopens = True

    _described: os.stat_result | None = None
    _ahead: Resource | None = None
    _descriptor: int | None = None

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(path)
        self._lock = Lock()

    def known(self) -> Resource:
        return named(self._name)

    def locations(self) -> tuple[Location, ...]:
        return (LocalFile(self._path),)

    def at_hand(self) -> bool:
        return is_cached(self._path)

    def fileno(self) -> int | None:
        return self._descriptor

    def look_ahead(self) -> None:
        """Look now, so that what is wrong raises here; the next :meth:`describe` tells of this look."""
        self._ahead = self.describe(PLAIN_GET)

    def describe(self, asked: DownloadRequest) -> Resource:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead
        try:
            status = self._look()
        except (OSError, ValueError) as error:
            raise self._error(error) from error
        if not stat.S_ISREG(status.st_mode):
            raise ContentNotFound(f"{self._path!r} is not a regular file.")
        self._described = status
        return facts_of_status(self._name, status)

    def acquire(self) -> None:
        if self._described is None:
            self.describe(PLAIN_GET)
        try:
            descriptor = self._open()
        except OSError as error:
            if error.errno in MOVED:
                raise ContentChanged(f"{self._path!r} is gone since it was described.") from error
            raise self._error(error) from error
        if identity(os.fstat(descriptor)) != identity(self._described):
            os.close(descriptor)
            raise ContentChanged(f"{self._path!r} is no longer the file that was described.")
        if self._descriptor is not None:
            self.close()
        self._descriptor = descriptor

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        position = start
        while stop is None or position < stop:
            wanted = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - position)
            # Closing waits for the read in flight: a descriptor closed under it may be another file's by then.
            with self._lock:
                if self._descriptor is None:
                    raise ContentError(
                        f"{self._path!r} is not open: acquire() before reading, close() after."
                    )
                try:
                    chunk = os.pread(self._descriptor, wanted, position)
                except OSError as error:
                    raise self._error(error) from error
            if not chunk:
                break
            position += len(chunk)
            yield chunk
        if stop is not None and position < stop:
            raise ContentTruncated(f"{self._path!r} ended {stop - position} bytes too early.")

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        # Where another thread reads or closes right now, there is something to wait for.
        if not self._lock.acquire(blocking=False):
            return b""
        try:
            # Of what is not open, read() says so.
            return b"" if self._descriptor is None else read_cached(self._descriptor, start, stop)
        except OSError as error:
            raise self._error(error) from error
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    @property
    def _name(self) -> str:
        return self._path.rpartition("/")[2]

    def _look(self) -> os.stat_result:
        return os.stat(self._path)

    def _open(self) -> int:
        return os.open(self._path, FILE & ~os.O_NOFOLLOW)

    def _error(self, error: OSError | ValueError) -> ContentError:
        if isinstance(error, OSError):
            return content_error(error, self._path)
        return ContentNotFound(f"{self._path!r} cannot be the name of a file.")


class ConfinedContent(LocalContent):
    """
    A regular file below a root.

    Looking and opening both go from directory to directory without following a link, so that what is swapped in
    between is not found rather than followed. A link that stays below the root is resolved, and gone to like that.
    """

    def __init__(self, root: str, segments: Sequence[str]) -> None:
        self._path = f"{root}/{'/'.join(segments)}"  # absolute and clean as it is
        self._lock = Lock()
        self._root = root
        self._segments = self._resolved = segments

    def locations(self) -> tuple[Location, ...]:
        return (LocalFile(self._path, self._root),)

    def _look(self) -> os.stat_result:
        self._resolved = self._segments
        try:
            status = self._in_its_directory(lstat_in)
        except OSError as error:
            # What a link among the directories looks like; also a file among them, for which there is no real path.
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
        else:
            if not stat.S_ISLNK(status.st_mode):
                return status
        self._resolved = self._real_segments()
        return self._in_its_directory(lstat_in)

    def _real_segments(self) -> Sequence[str]:
        real, inside = resolved(self._path), f"{self._root.rstrip('/')}/"
        if not real.startswith(inside):
            raise ContentNotFound(f"{self._path!r} leads out of its root.")
        return real.removeprefix(inside).split("/")

    def _open(self) -> int:
        return self._in_its_directory(open_in)

    def _in_its_directory(self, act: Callable[[str, int | None], T]) -> T:
        """Call *act* with a name, and the descriptor of the directory in which it is to be taken."""
        if len(self._resolved) == 1:
            return act(f"{self._root}/{self._resolved[0]}", None)
        *parents, name = self._resolved
        directory = os.open(self._root, DIRECTORY)
        try:
            for segment in parents:
                child = os.open(segment, DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
                os.close(directory)
                directory = child
            return act(name, directory)
        finally:
            os.close(directory)


@lru_cache(maxsize=1024)
def named(name: str) -> Resource:
    """Make what is known without a look; recent ones are remembered."""
    return Resource(name=name)


def lstat_in(name: str, directory: int | None) -> os.stat_result:
    return os.lstat(name, dir_fd=directory)


def open_in(name: str, directory: int | None) -> int:
    return os.open(name, FILE, dir_fd=directory)


identity = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
"""What tells that two looks found the same bytes."""
