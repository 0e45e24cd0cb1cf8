"""
Files of Django storages, read by the storage's own client rather than by its ``open()``.

What most storages open has been fetched as a whole first. No library of a store is imported; their classes are known by
name. Others are taught by :func:`reads_with`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from downloadable.adapters.native.azure import azure_content
from downloadable.adapters.native.blocks import BlockContent, BlockReader, EagerBlockReader
from downloadable.adapters.native.google import google_content
from downloadable.adapters.native.s3 import s3_content
from downloadable.adapters.native.terms import LeftToStorage
from downloadable.ports import Content

__all__ = [
    "BlockContent",
    "BlockReader",
    "EagerBlockReader",
    "LeftToStorage",
    "StoredFileReader",
    "reader_of",
    "reads_with",
]

StoredFileReader: TypeAlias = Callable[[Any, str], Content]
"""
Called with the storage and the name of a file in it, returns that file as a content; asks the store for nothing yet.

Its bytes are those that the storage would open; if that turns out to be impossible, its ``describe`` raises
:class:`LeftToStorage`.
"""

READERS: dict[type | str, StoredFileReader | None] = {
    "storages.backends.azure_storage.AzureStorage": azure_content,
    "storages.backends.gcloud.GoogleCloudStorage": google_content,
    "storages.backends.s3.S3Storage": s3_content,
    # What that was called before django-storages 1.14.
    "storages.backends.s3boto3.S3Boto3Storage": s3_content,
}
"""By class, or the dotted name of one."""


def reads_with(kind: type | str, read: StoredFileReader | None) -> None:
    """
    Teach how to read the files of storages of a class and of those derived from it; best said where an app gets ready.

    A derived class that opens files in its own way, such as to decrypt them, goes on to be asked for what it opens.

    Args:
        kind: A class of Django storages, or its dotted name.

        read: A :data:`StoredFileReader`; ``None`` for what the storage opens.
    """
    READERS[kind] = read
    reader_of.cache_clear()


@cache
def reader_of(kind: type) -> StoredFileReader | None:
    """Return who reads the files of storages of this *kind*; ``None`` if that is up to their ``open()``."""
    for base in kind.__mro__:
        for key in (base, f"{base.__module__}.{base.__qualname__}"):
            if key in READERS:
                return READERS[key]
        if "open" in vars(base) or "_open" in vars(base):
            return None
    return None
