"""What the system holds in memory of files: finding and reading it waits for no disk."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from threading import local

__all__ = ["AT_ONCE", "is_cached", "read_cached"]

AT_ONCE = 256 * 1024
"""Most bytes to read at once: few enough for a processor's cache, through which they are copied once more."""

# Linux has it, on most of its file systems.
NOWAIT: int | None = getattr(os, "RWF_NOWAIT", None)
UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


class Scratch(local):
    """What to read into, one for each thread: a buffer of its own for each read would have to be cleared first."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(AT_ONCE))


SCRATCH = Scratch()


def read_cached(descriptor: int, start: int, stop: int | None) -> bytes | None:
    """
    Read what of a regular file can be read without waiting for a disk; at most :data:`AT_ONCE` bytes.

    Args:
        descriptor: Of the file; its offset stays where it is.

        start: Position of the first byte.

        stop: Position after the last byte that is wanted; ``None`` for as many as there are.

    Returns:
        ``b""`` if nothing of it is in memory, nor after its end; ``None`` where the system cannot tell.

    Raises:
        OSError: If reading fails.
    """
    if NOWAIT is None:
        return None
    buffer = SCRATCH.buffer
    if stop is not None and stop - start < AT_ONCE:
        buffer = buffer[: max(0, stop - start)]
    try:
        return bytes(buffer[: os.preadv(descriptor, (buffer,), start, NOWAIT)])
    except BlockingIOError:
        return b""
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return None
        raise


# Python has no name for this call, which is new to Linux 5.6, and what it is told to to 5.12.
OPENAT2, RESOLVE_CACHED, HERE = 437, 0x20, -100
LINUX = sys.platform == "linux"


@cache
def openat2() -> Callable[[bytes], int]:
    """Return the call that opens a path if it is known; ctypes is imported when it is first used."""
    import ctypes

    class OpenHow(ctypes.Structure):
        _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))

    how = ctypes.byref(OpenHow(getattr(os, "O_PATH", 0) | os.O_CLOEXEC, 0, RESOLVE_CACHED))
    # As wide as the call takes it: Python would pass an int.
    size = ctypes.c_size_t(ctypes.sizeof(OpenHow))
    syscall = ctypes.CDLL(None).syscall
    return lambda name: syscall(OPENAT2, HERE, name, how, size)


def is_cached(path: str) -> bool:
    """
    Tell whether looking at a path and opening it waits for nothing, for the next moment: it is known already.

    Only of what is on a block device, such as a disk: other file systems may ask a server what they know.
    """
    if not LINUX or "\0" in path:
        return False
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        return False  # no file system has it
    descriptor = openat2()(name)
    if descriptor < 0:
        return False  # not known, not there, or not to be found out here
    try:
        return os.major(os.fstat(descriptor).st_dev) != 0
    finally:
        os.close(descriptor)
