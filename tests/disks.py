"""Files on a real disk, of which one knows whether they are in memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["dropped_from_memory", "is_on_a_disk"]


def is_on_a_disk(path: Path) -> bool:
    """Tell whether the system can say what of a file is in memory: Linux, and no directory of a container's image."""
    return sys.platform == "linux" and os.major(path.stat().st_dev) != 0


def dropped_from_memory(path: Path) -> Path:
    """Have Linux forget the bytes of a file, which it must read from the disk again."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # what is not written yet would stay
        if sys.platform == "linux":
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return path
