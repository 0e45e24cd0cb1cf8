"""Which storages the settings and the models of a project name; only those in directories are ever made here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from django.apps import apps
from django.conf import DEFAULT_STORAGE_ALIAS, settings
from django.core.files.storage import FileSystemStorage, Storage, default_storage, storages
from django.db.models import FileField
from django.utils.module_loading import import_string

from downloadable.adapters.storage_kinds import alias_of, keeps_names

__all__ = [
    "Stored",
    "directory_of",
    "file_fields",
    "local_storage",
    "named",
    "storage_kinds",
    "storages_of_models",
    "storages_of_settings",
]

Stored: TypeAlias = tuple[str, FileSystemStorage, str | None]
"""What messages call it, a storage that keeps its files in a directory, and its alias."""


def storages_of_settings() -> Iterator[Stored]:
    """Yield the storages of the settings that keep their files in a directory."""
    for alias in storage_kinds():
        if (storage := local_storage(alias)) is not None:
            yield f"the storage {alias!r}", storage, alias


def storages_of_models() -> Iterator[Stored]:
    """Yield the storages of file fields that keep their files in a directory."""
    for name, storage in file_fields():
        if isinstance(storage, FileSystemStorage) and in_directory(type(storage)):
            yield name, storage, alias_of(storage)


def storage_kinds() -> dict[str, Any]:
    """Return the class of each storage of the settings that can be imported, by its alias."""
    configured: Mapping[str, Any] = settings.STORAGES
    kinds = {
        alias: named(described.get("BACKEND"))
        for alias, described in configured.items()
        if isinstance(described, Mapping)
    }
    return {alias: kind for alias, kind in kinds.items() if issubclass(kind, Storage)}


def local_storage(alias: str) -> FileSystemStorage | None:
    """Return a storage of the settings if it keeps its files in a directory."""
    if not in_directory(storage_kinds().get(alias, object)):
        return None
    try:
        storage = storages[alias]
    except Exception:  # noqa: BLE001  whoever uses it will say why; a check never fails
        return None
    return storage if isinstance(storage, FileSystemStorage) else None


def directory_of(storage: FileSystemStorage) -> str:
    """Return where a storage keeps its files; nothing if nobody has said it, so that it is the working directory."""
    return os.path.realpath(storage.location) if storage.base_location else ""


def in_directory(kind: Any) -> bool:
    return issubclass(kind, FileSystemStorage) and keeps_names(kind)


def file_fields() -> Iterator[tuple[str, Storage]]:
    """Yield the file fields of all models, with their storages; the default storage only if it is in a directory."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, FileField):
                continue
            storage: Any = field.storage
            if storage is default_storage:
                storage = local_storage(DEFAULT_STORAGE_ALIAS)
            # Not isinstance(), for which another storage that is made late would be made.
            if issubclass(type(storage), Storage):
                yield f"{model._meta.label}.{field.name}", storage


def named(dotted: Any) -> type:
    """Return the class that a setting names; where there is none, ``object``: Django says so by itself."""
    try:
        kind = import_string(dotted)
    except Exception:  # noqa: BLE001  a module may fail in any way; a check never does
        return object
    return kind if isinstance(kind, type) else object
