"""The files of a Django storage."""

from __future__ import annotations

from django.core.files.storage import Storage, default_storage, storages

from downloadable.adapters.keys import segments_of
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import ContentNotFound
from downloadable.ports import Content, Missing

__all__ = ["StorageSource"]


class StorageSource:
    r"""
    The files of a Django storage.

    A key is a name in the storage, with ``/`` between its segments. Keys with empty segments, ``.``, ``..`` or NUL are
    not found, nor is what would be one of these where ``\`` separates segments, too.

    Links in a storage on the disk are followed, as the storage itself does; where somebody else may put links, take
    :class:`~downloadable.adapters.local.LocalSource`.

    Args:
        storage: The storage, or its alias in ``STORAGES``; by default, the default storage. Settings are looked up
            when a file is opened.
    """

    def __init__(self, storage: Storage | str | None = None) -> None:
        self._storage = default_storage if storage is None else storage

    def open(self, key: str) -> Content:
        if segments_of(key, backslash=True) is None:
            return Missing(ContentNotFound(f"{key!r} is not the name of a file in a storage."))
        storage = self._storage
        return StoredContent(storages[storage] if isinstance(storage, str) else storage, key)
