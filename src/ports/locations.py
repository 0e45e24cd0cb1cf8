"""Where somebody else could find the bytes of a content: facts, from which a delegate picks the one it can use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from os import PathLike, fspath
from typing import TypeAlias

from attrs import field, frozen

__all__ = ["LocalFile", "Location", "RemoteUrl", "ResponseOverrides", "Signable", "StoredFile"]


def spelled_path(path: str | PathLike[str]) -> str:
    return fspath(path)


@frozen
class LocalFile:
    """
    A file on a disk that this process sees.

    Args:
        path: Absolute.

        root: The directory that no link in *path* may lead out of, resolved; ``None`` if the program chose the path.

        inode: Device and inode of the very file that is meant, where it is open already: another may have taken its
            place. ``None`` for whatever is at the path.
    """

    path: str = field(converter=spelled_path)
    root: str | None = None
    inode: tuple[int, int] | None = None


@frozen
class StoredFile:
    """
    A file of a Django storage.

    Args:
        storage: The storage's alias in ``STORAGES``.

        name: Name in the storage, not encoded.
    """

    storage: str
    name: str


@frozen
class RemoteUrl:
    """An http or https URL that answers with the bytes to whoever may reach it."""

    url: str


@frozen(kw_only=True)
class ResponseOverrides:
    """What a store should answer in place of its own fields; each store spells it in its own words."""

    disposition: str | None = None
    content_type: str | None = None
    cache_control: str | None = None


@frozen
class Signable:
    """
    A file of a store that can sign links to it.

    Args:
        sign: Called with the overrides, the method of the request, and a lifetime; returns a URL, or ``None`` if the
            store cannot sign this.
    """

    sign: Callable[[ResponseOverrides, str, timedelta], str | None]


Location: TypeAlias = LocalFile | StoredFile | RemoteUrl | Signable
