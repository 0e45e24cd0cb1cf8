"""Keys that are relative paths, and may come from clients; and where the links on the way lead."""

from __future__ import annotations

import errno
import os

__all__ = ["resolved", "segments_of"]

NO_NAMES = frozenset({"", ".", ".."})


def segments_of(key: str, *, backslash: bool) -> list[str] | None:
    r"""
    Split a relative path at each ``/``.

    Args:
        key: The path, as text that is not encoded.

        backslash: Whether ``\`` may separate segments, too, where the key is going: then what is no name between any
            two separators is refused. The segments are those between ``/`` all the same.

    Returns:
        ``None`` if the key leads elsewhere than down, or is another spelling of such a path: with NUL, or with a
        segment that is empty, ``.`` or ``..``.
    """
    segments = key.split("/")
    names = key.replace("\\", "/").split("/") if backslash else segments
    return None if "\0" in key or not NO_NAMES.isdisjoint(names) else segments


def resolved(path: str) -> str:
    """
    Return *path* with its links resolved.

    Raises:
        OSError: If it leads nowhere, or there are too many of them.
    """
    try:
        return os.path.realpath(path, strict=True)
    except RecursionError:
        # Some versions of Python follow a link from within the one before.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path) from None
