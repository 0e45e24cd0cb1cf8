"""A root with secrets around it, and what a source gives away of them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from attrs import frozen

from downloadable.adapters.local import LocalSource
from downloadable.domain import PLAIN_GET, ContentError, ContentForbidden, ContentNotFound
from downloadable.ports import Content
from tests.adversarial.payloads import TOP, Payload

__all__ = ["INSIDE", "SECRET", "Disk", "answer_of", "decoded", "keys_of", "laid_out", "planted", "read"]

SECRET = b"the secret outside of the root, which is longer"
INSIDE = b"what everybody may have to read"


@frozen
class Disk:
    """
    A directory with a root in it, and secrets beside that.

    Args:
        top: The directory.
    """

    top: Path

    @property
    def root(self) -> Path:
        """What nothing may lead out of."""
        return self.top / "inside"

    def target(self, payload: Payload) -> str:
        """Return the request target of *payload* on this disk."""
        return payload.target.replace(TOP, str(self.top)[1:])


def laid_out(top: Path) -> Disk:
    """Lay out a disk in an empty directory."""
    disk = Disk(top)
    (disk.root / "sub" / "deep").mkdir(parents=True)
    (top / "inside-private").mkdir()
    for name in ("file.txt", "sub/file.txt", "sub/deep/file.txt"):
        (disk.root / name).write_bytes(INSIDE)
    for name in ("secret.txt", "inside-private/secret.txt", "inside-private/file.txt"):
        (top / name).write_bytes(SECRET)
    return disk


def decoded(target: str) -> str:
    """Decode a target once, as any server does; what is no UTF-8 stands for the bytes of a name on a disk."""
    return os.fsdecode(unquote_to_bytes(os.fsencode(target)))


def keys_of(target: str) -> list[str]:
    """Return what a view may be asked for: the target as it is, decoded once, and once more by somebody careless."""
    once = decoded(target)
    return list(dict.fromkeys([target, once, decoded(once)]))


def read(content: Content) -> bytes:
    """Describe, acquire, read and close a content."""
    try:
        resource = content.describe(PLAIN_GET)
        content.acquire()
        return b"".join(content.read(0, resource.size))
    finally:
        content.close()


def answer_of(content: Content) -> bytes | int:
    """Return the bytes of a content, or the status that its refusal has; 500 for any but 403 and 404."""
    try:
        return read(content)
    except ContentError as error:
        return (
            404 if isinstance(error, ContentNotFound) else 403 if isinstance(error, ContentForbidden) else 500
        )


def planted(top: Path, key: str) -> LocalSource:
    """Put a file where *key* says, below an empty directory, and return the source of that."""
    *parents, name = key.split("/")
    directory = Disk(top).root
    directory.mkdir()
    os.makedirs(os.path.join(directory, *parents), exist_ok=True)  # noqa: PTH103, PTH118  (a Path drops dots)
    Path(directory, *parents, name).write_bytes(INSIDE)
    return LocalSource(directory)
