"""Any binary file object as a content, and what the adapters of files have in common."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import IO, Any

from attrs import evolve

from downloadable.adapters.compressed_files import below_buffer, decompressed_name, is_damage, is_decompressor
from downloadable.adapters.page_cache import read_cached
from downloadable.domain import (
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    EntityTag,
    Resource,
)
from downloadable.ports import Content, LocalFile, Location

__all__ = ["CHUNK_SIZE", "FileContent", "closes_at_once", "content_error", "facts_of_status", "hold_size"]

CHUNK_SIZE = 256 * 1024
"""Bytes read at a time: large enough to make the cost of a step vanish, small enough to have one for each reader."""

# Told by class where there is one: not everybody who raises these sets an errno.
# The last is what Django's storage in memory says of a path that goes on below a file.
NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, FileExistsError)
UNSIGNED = 2**64 - 1
# Modules of the methods that do no more than to close a file: Python's own are in none.
CLOSERS = frozenset({None, "django.core.files.base"})
NO_PATH = frozenset({errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO})


def content_error(error: Exception, what: object) -> ContentError:
    """
    Translate an error about *what*; the caller raises it ``from`` the original.

    Args:
        error: One of the operating system, or one that :func:`is_damage` knows.

        what: A name or a path, for the log.
    """
    if isinstance(error, ContentError):
        return error
    if is_damage(error):
        return ContentInvalid(f"{what!r} is damaged: {error}.")
    if isinstance(error, NO_FILE) or getattr(error, "errno", None) in NO_PATH:
        return ContentNotFound(f"No content under {what!r}.")
    if isinstance(error, PermissionError):
        return ContentForbidden(f"This process may not read {what!r}.")
    if isinstance(error, TimeoutError):
        return ContentTimeout(f"{what!r} did not answer in time.")
    return ContentUnavailable(f"Reading {what!r} failed: {error}.")


def facts_of_status(name: str, status: os.stat_result) -> Resource:
    """
    Describe a regular file by its status.

    The entity tag is strong: other bytes have another inode, size, or time. Two times are in it, in nanoseconds, since
    that of the bytes can be set to any: by whoever edits a file in place and gives it its old date, or unpacks another
    one where the inode of the deleted one is free again. That of the inode cannot.
    """
    return facts_of_file(name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=1024)
def facts_of_file(
    name: str, inode: int, size: int, modified_nanoseconds: int, changed_nanoseconds: int
) -> Resource:
    """Put the facts together; recent ones are remembered: many clients ask for few files."""
    try:
        modified = datetime.fromtimestamp(modified_nanoseconds // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        modified = None  # a time that no calendar has
    times = f"{modified_nanoseconds & UNSIGNED:x}-{changed_nanoseconds & UNSIGNED:x}"
    tag = EntityTag(f"{inode:x}-{size:x}-{times}")
    return Resource(name=name, size=size, last_modified=modified, entity_tag=tag)


class FileContent(Content):
    """
    An open binary file object, from its first byte to its last; closing the content closes the file.

    A file that can seek is served from its start, wherever its position is: a buffer that was just written needs no
    rewinding. One that cannot is served once, from where it is, and onwards only.

    One that decompresses another (of :mod:`gzip`, :mod:`bz2` or :mod:`lzma`) is described as if it could not seek:
    only by decompressing all of it would it know its size, or get to a range. It is called what is in it, without the
    extension of the compressed file.

    Args:
        file: Its ``read`` returns ``bytes``. Nothing is read before :meth:`read`.

        resource: What is known beside what the file itself tells; goes before that. If it has a *size*, exactly so many
            bytes must be there.

        owner: What *file* was taken out of, if anything: kept alive, and closed in its place.
    """

    def __init__(self, file: IO[bytes], resource: Resource | None = None, *, owner: Any = None) -> None:
        self._file = file
        self._owner = file if owner is None else owner
        self._resource = Resource() if resource is None else resource
        self.decompresses = is_decompressor(file)
        # Anything but a file of the operating system is somebody's code, which may read from a cursor.
        self.keeps_database = type(below_buffer(file)) is not io.FileIO
        self._passed = 0  # bytes that a file which cannot seek has given
        # Once described: what has exactly the bytes, if the system has them.
        self._on_disk: io.FileIO | None = None
        self._lock = Lock()

    def known(self) -> Resource:
        name = self._resource.name or name_of(self._file)
        return evolve(self._resource, name=decompressed_name(name) if self.decompresses else name)

    def locations(self) -> tuple[Location, ...]:
        place = place_of(self._file)
        return () if place is None else (place,)

    def fileno(self) -> int | None:
        return None if self._on_disk is None or self._on_disk.closed else self._on_disk.fileno()

    def describe(self, asked: DownloadRequest) -> Resource:
        known = self.known()
        with self._lock, os_errors(known.name):
            flush(self._file)
            status = status_of(self._file)
            if status is not None:
                raw = below_buffer(self._file)
                self._on_disk = raw if isinstance(raw, io.FileIO) and raw.readable() else None
                facts = facts_of_status(known.name, status)
                hold_size(known.size, facts)
                return evolve(
                    known,
                    size=facts.size,
                    last_modified=known.last_modified or facts.last_modified,
                    entity_tag=known.entity_tag or facts.entity_tag,
                )
            if self.decompresses or not is_seekable(self._file):
                return evolve(known, seekable=False)
            self._file.seek(0, io.SEEK_END)
            measured = evolve(known, size=self._file.tell())
            hold_size(known.size, measured)
            return measured

    def acquire(self) -> None:
        # Of what has no size, nothing would be read before the status is sent: a look whether it can be decompressed.
        if self.decompresses and is_seekable(self._file):
            self._chunk(0, 1)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        seekable = is_seekable(self._file)
        position = start if seekable else self._passed
        if position > start:
            raise ContentError(f"{self.known().name!r} cannot seek, and byte {start} has passed.")
        if seekable:
            self._hold_end(position, stop)
        while stop is None or position < stop:
            wanted = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - position)
            chunk = self._chunk(position if seekable else None, wanted)
            if not chunk:
                break
            position += len(chunk)
            if seekable:
                self._hold_end(position, stop)
            else:
                self._passed = position
            if position > start:
                yield chunk[max(0, len(chunk) - (position - start)) :]
        if stop is not None and position < stop:
            raise ContentTruncated(f"{self.known().name!r} ended {stop - position} bytes too early.")

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        if self._on_disk is None or not closes_at_once(self._owner):
            return None
        # Where another thread reads or closes right now, there is something to wait for.
        if not self._lock.acquire(blocking=False):
            return b""
        try:
            with os_errors(self._resource.name):
                descriptor = self.fileno()
                return b"" if descriptor is None else read_cached(descriptor, start, stop)
        finally:
            self._lock.release()

    def _hold_end(self, position: int, stop: int | None) -> None:
        """
        Look, before the last chunk is sent, whether the size that was announced is that of the file.

        What was not measured shows it only here. A pipe is not asked: it could keep us waiting for what nobody wants.
        """
        if position == stop == self._resource.size and self._chunk(position, 1):
            raise ContentInvalid(f"{self.known().name!r} goes on after the {stop} bytes that were announced.")

    def _chunk(self, position: int | None, size: int) -> bytes:
        """Read up to *size* bytes at *position*; ``None`` reads on."""
        with self._lock, os_errors(self._resource.name):
            if position is not None and self._on_disk is not None:
                # Not through a buffer: it may still hold bytes, and goes on where it believes that the descriptor is,
                # which whoever sends without copying has moved.
                return os.pread(self._on_disk.fileno(), size, position)
            if position is not None:
                self._file.seek(position)
            chunk = self._file.read(size)
        if not isinstance(chunk, bytes):
            raise TypeError(
                f"{type(self._file).__qualname__}.read() must return bytes, but gave {type(chunk)}."
            )
        return chunk

    def close(self) -> None:
        with self._lock:
            self._owner.close()


@contextmanager
def os_errors(what: object) -> Iterator[None]:
    """Translate errors of reading *what*; that a file is not open for reading is a mistake."""
    try:
        yield
    except (ContentError, io.UnsupportedOperation):
        raise
    except Exception as error:
        if isinstance(error, OSError) or is_damage(error):
            raise content_error(error, what) from error
        raise


def hold_size(announced: int | None, measured: Resource) -> None:
    """
    Hold a size that was announced, if one was, against that of what is there.

    Raises:
        ContentInvalid: If it is another.
    """
    if announced is not None and announced != measured.size:
        raise ContentInvalid(
            f"{measured.name!r} has {measured.size} bytes, not the {announced} that were announced."
        )


def closes_at_once(owner: object) -> bool:
    """Tell whether closing *owner* waits for nothing; what a class of somebody's does then, nobody knows."""
    return getattr(getattr(owner, "close", None), "__module__", "") in CLOSERS


def name_of(file: object) -> str:
    """Return the base name of a file that has one; descriptors and the like are none."""
    name = getattr(file, "name", None)
    if not isinstance(name, str) or name.startswith("<"):
        return ""
    return os.path.basename(name)


def flush(file: Any) -> None:
    """Bring what was written, but is still in a buffer, to where it is counted and read."""
    writable = getattr(file, "writable", None)
    if writable is not None and writable():
        file.flush()


def is_seekable(file: IO[bytes]) -> bool:
    seekable = getattr(file, "seekable", None)
    return seekable() if seekable is not None else hasattr(file, "seek")


def place_of(file: object) -> LocalFile | None:
    """Return where a file is that was opened for reading only, by its absolute path; the path is not looked at."""
    raw = below_buffer(file)
    # What can be written may not be on the disk yet; such are temporary files, too, which go when they are closed.
    if type(raw) is not io.FileIO or raw.mode != "rb":
        return None
    name: object = raw.name
    if not isinstance(name, str) or not name.startswith("/"):
        return None
    try:
        status = os.fstat(raw.fileno())
    except ValueError:
        return None  # it is closed
    # Another may have taken its place since, or an opener of the program's have found it elsewhere.
    return LocalFile(name, inode=(status.st_dev, status.st_ino))


def status_of(file: object) -> os.stat_result | None:
    """Return the status of a file that is exactly what is on the disk; wrappers may decode or cut it."""
    raw = below_buffer(file)
    if type(raw) is not io.FileIO:
        return None
    status = os.fstat(raw.fileno())
    return status if stat.S_ISREG(status.st_mode) else None
