"""Where downloads come from, and the marker files that the check puts there."""

from __future__ import annotations

import logging
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, frozen
from django.conf import STATICFILES_STORAGE_ALIAS, settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from downloadable.adapters.delegating import FrontServer
from downloadable.adapters.storage_kinds import is_directory
from downloadable.django_ui.probe import Errand, Whereabouts
from downloadable.ports import Content, Delegate, LocalFile

__all__ = [
    "AWKWARD",
    "PLAIN",
    "Marker",
    "Place",
    "closed_to_others",
    "is_unseen",
    "placed",
    "places_of",
    "url_prefixes",
]

logger = logging.getLogger("downloadable")

AWKWARD = " é+%41"
"""Part of a marker's name: all four servers can be told it, each in a spelling of its own."""

PLAIN = ""
SIZE = 2000


@frozen
class Place:
    """
    A directory or a storage.

    Args:
        kind: Which of them.

        root: Absolute path, or alias.
    """

    kind: Whereabouts
    root: str

    def __str__(self) -> str:
        return self.root if self.kind == "directory" else f"storage {self.root!r}"

    def storage(self) -> Storage:
        """
        Return what writes there: for a directory as Django's uploads do, with the permissions of the settings.

        Raises:
            Exception: Whatever the storage raises when it is made.
        """
        return FileSystemStorage(location=self.root) if self.kind == "directory" else storages[self.root]


def places_of(delegates: Iterable[Delegate]) -> tuple[Place, ...]:
    """Return each storage and each directory among the roots; a directory that is a storage's once, as that."""
    aliases = dict.fromkeys(alias for alias in settings.STORAGES if alias != STATICFILES_STORAGE_ALIAS)
    directories: dict[str, None] = {}
    for one in delegates:
        if isinstance(one, FrontServer):
            aliases |= dict.fromkeys(one.roots.storages)
            directories |= dict.fromkeys(directory.given or "/" for directory in one.roots.directories)
    stored = [Place("storage", alias) for alias in aliases]
    taken = {location for place in stored if (location := location_of(place)) is not None}
    others = [Place("directory", path) for path in directories if os.path.realpath(path) not in taken]
    return (*stored, *others)


def location_of(place: Place) -> str | None:
    try:
        storage = place.storage()
    except Exception:  # noqa: BLE001  (what is wrong with it is found out, and told, in its own time)
        return None
    return os.path.realpath(storage.location) if isinstance(storage, FileSystemStorage) else None


def is_unseen(place: Place, delegates: Iterable[Delegate]) -> bool:
    """Tell whether Django is said not to see the files of a *place* that is a directory."""
    location = location_of(place)
    if location is None:
        return False  # a store, which Django asks
    every = [one.roots for one in delegates if isinstance(one, FrontServer)]
    return any(
        (place.kind == "storage" and place.root in roots.unseen)
        or roots.hides(LocalFile(f"{location}/marker"))
        for roots in every
    )


def url_prefixes(delegates: Iterable[Delegate]) -> tuple[tuple[str, str], ...]:
    """Return each URL prefix among the roots, and the URI that the server in front has for it."""
    servers = [one for one in delegates if isinstance(one, FrontServer)]
    return tuple(
        (f"{as_usual(url.origin)}{url.path}/", f"{url.target}/") for one in servers for url in one.roots.urls
    )


def as_usual(origin: str) -> str:
    """Leave out the port that goes without saying."""
    usual = ":80" if origin.startswith("http://") else ":443"
    return origin.removesuffix(usual)


@define
class Marker:
    """
    A file that the check has made.

    Args:
        name: In the storage, which may have changed what it was given.

        data: What is in it: nobody could know it who has not read the file.

        left: Why it could not be removed at the end; empty if it was.
    """

    place: Place
    storage: Storage
    name: str
    data: bytes
    left: str = ""

    @property
    def path(self) -> str | None:
        """Where it is on the disk, if the storage keeps it there just as it is."""
        kind: Any = self.storage.__class__
        return self.storage.path(self.name) if is_directory(kind) else None

    def errand(self, *, account: bool = False) -> Errand:
        return Errand(kind=self.place.kind, root=self.place.root, name=self.name, account=account)

    def content(self) -> Content:
        return self.errand().content()

    def read(self) -> bytes:
        with self.storage.open(self.name) as file:
            return bytes(file.read())


@contextmanager
def placed(place: Place, awkward: str) -> Iterator[Marker]:
    """
    Put a marker there until the end of the block, however that ends.

    Args:
        place: Where.

        awkward: What else is in its name.

    Raises:
        Exception: Whatever the storage raises, which differs from one to the next.
    """
    storage = place.storage()
    if place.kind == "directory":
        Path(place.root).stat()  # which saving would make
    marker = Marker(
        place, storage, f"downloadable-check-{secrets.token_hex(8)}{awkward}.txt", data_of_marker()
    )
    written = False
    try:
        marker.name = storage.save(marker.name, ContentFile(marker.data))
        written = True
        yield marker
    finally:
        # Also if writing it was interrupted half-way.
        try:
            storage.delete(marker.name)
        except Exception as error:  # noqa: BLE001  (each storage has errors of its own)
            # What refuses to keep a file, such as a read-only disk, refuses to remove it, too.
            if written or may_be_there(marker):
                marker.left = repr(error)
                logger.error("The marker %r may be left in %s (%r); remove it.", marker.name, place, error)
        except BaseException:
            # Ctrl-C, while this was being left anyway.
            storage.delete(marker.name)
            raise


def may_be_there(marker: Marker) -> bool:
    try:
        return marker.storage.exists(marker.name)
    except Exception:  # noqa: BLE001  (each storage has errors of its own)
        return True


def data_of_marker() -> bytes:
    text = "This file was made by manage.py downloadable_check, and may be removed.\n"
    return (text + secrets.token_hex(SIZE // 2))[:SIZE].encode()


def closed_to_others(path: str) -> str | None:
    """Return the first part of *path* that only its owner and group may pass or read, if there is one."""
    parts = path.split("/")
    for length in range(2, len(parts) + 1):
        part = "/".join(parts[:length])
        status = Path(part).stat()
        needed = stat.S_IXOTH if stat.S_ISDIR(status.st_mode) else stat.S_IROTH
        if not status.st_mode & needed:
            return part
    return None
