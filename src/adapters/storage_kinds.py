"""What kinds of Django storages there are: which keep a file as it is, and where others know it from."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from django.conf import DEFAULT_STORAGE_ALIAS
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, storages

__all__ = ["alias_of", "counts_what_it_opens", "is_directory", "keeps_names"]


@cache
def is_directory(kind: type[Storage]) -> bool:
    """Tell whether storages of this *kind* store a file as just that file on the disk."""
    return (
        issubclass(kind, FileSystemStorage)
        and kind.open is Storage.open
        and kind._open is FileSystemStorage._open  # type: ignore[attr-defined]  # documented, but not in the stubs
        and kind.size is FileSystemStorage.size
        and kind.get_modified_time is FileSystemStorage.get_modified_time
    )


@cache
def keeps_names(kind: Any) -> bool:
    """
    Tell whether whoever can read a storage of this *kind* finds in it, under a file's name, the bytes that it opens.

    That is so where files are reached by path, or, by the same class, by URL. It is not so where a class derived from
    that opens in its own way, such as to decrypt, or computes where files lie, such as for one of several tenants.
    """
    if issubclass(kind, FileSystemStorage):
        return is_directory(kind) and not any(
            computes(kind, place) for place in ("path", "location", "base_location")
        )
    return (
        not issubclass(kind, InMemoryStorage)
        and comes_with_open(kind, "url")
        and not computes(kind, "location")  # which is what all of django-storages call it
    )


def computes(kind: Any, place: str) -> bool:
    said = getattr(kind, place, "")
    return said is not getattr(FileSystemStorage, place) and not isinstance(said, str | os.PathLike)


def alias_of(storage: Storage) -> str | None:
    """Return the alias in ``STORAGES`` of a *storage* that was made by it; none is made to find out."""
    made: dict[str, Storage] = storages._storages  # type: ignore[attr-defined]  # asked by alias, it would make one
    if made.get(DEFAULT_STORAGE_ALIAS) == storage:
        return DEFAULT_STORAGE_ALIAS
    # A copy, for other threads may be making one. default_storage is equal to what it stands for, but not the same.
    return next((alias for alias, one in made.copy().items() if one == storage), None)


def counts_what_it_opens(kind: Any) -> bool:
    """
    Tell whether the size that a storage of this *kind* tells is that of the file it opens.

    A class that opens in its own way but inherits ``size()`` tells how long the file is where it lies, encrypted.
    """
    return comes_with_open(kind, "size")


def comes_with_open(kind: type, method: str) -> bool:
    """Tell whether *kind* has its *method* from the class that it opens by, or from one derived from that."""
    for base in kind.__mro__:
        if method in vars(base):
            return True
        if "open" in vars(base) or "_open" in vars(base):
            return False
    return False
