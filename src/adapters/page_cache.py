"""Reading what the system holds in memory of a file, and nothing else."""

from __future__ import annotations

import errno
import os
from threading import local

__all__ = ["AT_ONCE", "read_cached"]

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
    buffer = SCRATCH.buffer if stop is None or stop - start >= AT_ONCE else SCRATCH.buffer[: stop - start]
    try:
        return bytes(buffer[: os.preadv(descriptor, (buffer,), start, NOWAIT)])
    except BlockingIOError:
        return b""
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return None
        raise
