"""Files whose names or kinds are awkward, below ``media``, and one beside it that nobody may get."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.servers.names import MODIFIED, NAMES
from tests.servers.processes import MIB

__all__ = ["BIG", "INSIDE", "SECRET", "write_awkward_files"]

INSIDE = b"A file of the site.\n"
SECRET = b"Nobody may get this.\n"
BIG = 5 * MIB


def write_awkward_files(directory: Path) -> None:
    """Put them below *directory*."""
    media = directory / "media"
    media.mkdir()
    write_names(media)
    (directory / "secret.txt").write_bytes(SECRET)
    (directory / "media-of-others").mkdir()
    (directory / "media-of-others/secret.txt").write_bytes(SECRET)
    kinds = media / "kinds"
    (kinds / "directory").mkdir(parents=True)
    (kinds / "inside.txt").write_bytes(INSIDE)
    (kinds / "directory/inside.txt").write_bytes(INSIDE)
    (kinds / "empty.txt").write_bytes(b"")
    (kinds / "big.bin").write_bytes(random.Random(5).randbytes(BIG))
    (kinds / "unreadable.txt").write_bytes(SECRET)
    (kinds / "unreadable.txt").chmod(0)
    os.mkfifo(kinds / "fifo")
    for name, target in {
        "link": "inside.txt",
        "absolute link": str(kinds / "inside.txt"),
        "link to a directory": "directory",
        "link to the root": str(media),
        "link out": "../../secret.txt",
        "absolute link out": str(directory / "secret.txt"),
        "link to a directory outside": "../..",
        "link to a sibling": "../../media-of-others",
        "dangling link": "nothing",
        "endless link": "endless link",
    }.items():
        (kinds / name).symlink_to(target)


def write_names(media: Path) -> None:
    """Write all the files with awkward names, modified at the same moment."""
    moment = MODIFIED * 1_000_000_000 + 987_654_321
    for name in NAMES:
        path = media / os.fsdecode(name.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.content)
        os.utime(path, ns=(moment, moment))
