"""Archives whose members are named by somebody who wants out."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

from tests.adversarial.disk import INSIDE

__all__ = ["LINKS", "MEMBER", "OUTSIDE", "SPECIALS", "hostile_tar", "hostile_zip"]

OUTSIDE = [
    "secret.txt", "../secret.txt", "inside/../secret.txt", "inside/../../secret.txt", "/secret.txt", "/etc/passwd",
    "./../secret.txt", "..\\secret.txt", "root\\..\\secret.txt",
    "C:\\secret.txt", "C:/secret.txt", "inside-private/secret.txt", "inside/sub/../../secret.txt",
]  # fmt: skip
"""Members that are not below ``root``, or not by a plain name."""

MEMBER = b"what is in an archive, but not below its root"

LINKS = {
    "inside/link": "../secret.txt",
    "inside/absolute": "/etc/passwd",
    "inside/beside": "../inside-private/secret.txt",
    "inside/folder": "..",
    "inside/itself": "itself",
    "inside/nowhere": "absent",
}
"""Members that are symbolic links, and what to."""

KINDS = (tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE)
SPECIALS = [f"special-{kind.decode()}" for kind in KINDS]
"""Members below ``root`` that are no files."""


def hostile_zip(directory: Path) -> Path:
    """Make a zip archive with a root in it, unless that was done."""
    path = directory / "hostile.zip"
    if not path.exists():
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("inside/file.txt", "inside/sub/file.txt"):
                archive.writestr(name, INSIDE)
            for name in OUTSIDE:
                archive.writestr(name, MEMBER)
            for name, target in LINKS.items():
                link = zipfile.ZipInfo(name)
                link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                archive.writestr(link, target)
    return path


def hostile_tar(directory: Path) -> Path:
    """Make a tar archive with a root in it, unless that was done."""
    path = directory / "hostile.tar"
    if not path.exists():
        with tarfile.open(path, "w") as archive:
            held = dict.fromkeys(("inside/file.txt", "inside/sub/file.txt"), INSIDE) | dict.fromkeys(
                OUTSIDE, MEMBER
            )
            for name, data in held.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            for name, target in LINKS.items():
                for kind, suffix in ((tarfile.SYMTYPE, ""), (tarfile.LNKTYPE, "-hard")):
                    link = tarfile.TarInfo(f"{name}{suffix}")
                    link.type, link.linkname = kind, target
                    archive.addfile(link)
            for kind, name in zip(KINDS, SPECIALS, strict=True):
                special = tarfile.TarInfo(f"inside/{name}")
                special.type = kind
                archive.addfile(special)
    return path
