"""Anything that a Django project calls a file, as a content."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Iterable, Mapping
from functools import singledispatch
from typing import Any

from django.core.files import File
from django.db.models.fields.files import FieldFile

from downloadable.adapters.file_objects import name_of
from downloadable.adapters.local import LocalContent
from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent, MemoryContent
from downloadable.adapters.opened_files import TextContent, file_content
from downloadable.adapters.stored_files import StoredContent
from downloadable.adapters.wrapped_files import (
    WrappedContent,
    facts_of,
    modified_time_of,
    overrides,
    wrapped_content,
)
from downloadable.domain import ContentNotFound, Resource
from downloadable.ports import Content, Missing

__all__ = ["StoredContent", "as_content", "facts_of", "field_content", "modified_time_of"]


@singledispatch
def as_content(thing: Any) -> Content:
    """
    Wrap anything that can be downloaded as a content; wrapping never reads.

    Takes contents, bytes and text in memory, paths of the program's own, file objects, Django files, and iterables of
    ``bytes`` or ``str``, also asynchronous ones. Strangers are taught with ``as_content.register(TheirFile)``.

    Raises:
        TypeError: If nobody has said how to serve such a thing.
    """
    # Not by type: file objects are iterable, too, and an object may be so in both ways.
    if isinstance(thing, AsyncIterable):
        return AsyncGeneratedContent(thing)
    if hasattr(thing, "read"):
        return file_content(thing, Resource(name=name_of(thing)))
    if isinstance(thing, Iterable) and not isinstance(thing, Mapping):
        return GeneratedContent(thing)
    raise TypeError(f"Cannot serve {type(thing).__qualname__!r}; teach as_content.register about it.")


@as_content.register(Content)
def _(thing: Content) -> Content:
    return thing


@as_content.register(bytes)
@as_content.register(bytearray)
@as_content.register(memoryview)
def _(thing: bytes | bytearray | memoryview) -> Content:
    return MemoryContent(thing)


@as_content.register(str)
def _(thing: str) -> Content:
    return TextContent(lambda: thing)


@as_content.register(os.PathLike)
def _(thing: os.PathLike[str]) -> Content:
    return LocalContent(thing)


@as_content.register(File)
def _(thing: File[Any]) -> Content:
    return wrapped_content(thing)


@as_content.register(FieldFile)
def field_content(thing: FieldFile, resource: Resource | None = None) -> Content:
    """
    Wrap the file of a model's field.

    Args:
        thing: Closed with the content, if it is open.

        resource: Facts that are known beforehand, such as from the row; they go before the storage's.
    """
    if not thing.name:
        return Missing(ContentNotFound("The field has no file."))
    if not getattr(thing, "_committed", True):
        return wrapped_content(thing.file)  # assigned, but not yet saved: its storage knows nothing of it
    if overrides(thing, FieldFile):
        return WrappedContent(thing, resource)
    return FieldContent(thing, resource)


class FieldContent(StoredContent):
    """The same as its storage's file, but closes the field's, too."""

    def __init__(self, file: FieldFile, resource: Resource | None) -> None:
        assert file.name is not None
        super().__init__(file.storage, file.name, resource)
        self._field_file = file
        # What a class of somebody's does beyond that may wait, or query.
        self._closes_at_once = type(file).close is FieldFile.close

    def at_hand(self) -> bool:
        return self._closes_at_once and super().at_hand()

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return super().read_nowait(start, stop) if self._closes_at_once else None

    def close(self) -> None:
        super().close()
        self._field_file.close()
