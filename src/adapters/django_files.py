"""Anything that a Django project calls a file, as a content."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import singledispatch
from typing import Any, TypeVar

from attrs import evolve
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from downloadable.adapters.file_objects import FileContent, content_error, name_of
from downloadable.adapters.local import LocalContent
from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent, MemoryContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    ContentUnavailable,
    DownloadRequest,
    EntityTag,
    Resource,
    guess_media_type,
)
from downloadable.domain.media_types import with_charset
from downloadable.ports import Content, Location, Missing

__all__ = ["StoredContent", "as_content", "facts_of"]

# What a mistake in a storage's code or settings raises; anything else is the store's own way to say that it is down.
MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    NameError,
    TypeError,
)

T = TypeVar("T")


@singledispatch
def as_content(thing: Any) -> Content:
    """
    Wrap anything that can be downloaded as a content; wrapping never reads.

    Takes contents, bytes and text in memory, paths of the program's own, file objects, Django files, and iterables of
    ``bytes`` or ``str``, also asynchronous ones. Strangers are taught with ``as_content.register(TheirFile)``.

    Raises:
        TypeError: If nobody has said how to serve such a thing.
    """
    if hasattr(thing, "read"):
        return FileContent(thing)
    raise TypeError(f"Cannot serve {type(thing).__qualname__!r}; teach as_content.register about it.")


@as_content.register
def _(thing: Content) -> Content:
    return thing


@as_content.register(bytes)
@as_content.register(bytearray)
@as_content.register(memoryview)
def _(thing: bytes | bytearray | memoryview) -> Content:
    return MemoryContent(thing)


@as_content.register
def _(thing: str) -> Content:
    return text_content(thing, Resource())


@as_content.register
def _(thing: os.PathLike) -> Content:  # type: ignore[type-arg]  # singledispatch takes no parametrised class
    return LocalContent(thing)


@as_content.register(Iterable)
def _(thing: Iterable[Any]) -> Content:
    return GeneratedContent(thing)


@as_content.register(AsyncIterable)
def _(thing: AsyncIterable[Any]) -> Content:
    return AsyncGeneratedContent(thing)


@as_content.register
def _(thing: io.IOBase) -> Content:
    return file_content(thing, Resource(name=name_of(thing)))


@as_content.register
def _(thing: File) -> Content:  # type: ignore[type-arg]
    return (
        DjangoFileContent(thing)
        if reads_itself(thing)
        else file_content(thing.file, facts_without_look(thing))
    )


@as_content.register
def _(thing: FieldFile) -> Content:
    if not thing.name:
        return Missing(ContentNotFound("The field has no file."))
    return StoredContent(thing.storage, thing.name)


def text_content(text: str, resource: Resource, encoding: str = "utf-8") -> MemoryContent:
    """Encode *text*; its length is counted in bytes, and its charset is known."""
    return MemoryContent(text.encode(encoding), in_charset(resource, encoding))


def file_content(file: Any, resource: Resource) -> Content:
    """Wrap a file object; what holds text is served as its bytes."""
    if type(file) is io.BytesIO:
        return MemoryContent(file.getvalue(), resource)
    if type(file) is io.StringIO:
        return text_content(file.getvalue(), resource)
    if isinstance(file, io.TextIOWrapper):
        return FileContent(file.buffer, in_charset(resource, file.encoding))
    if isinstance(file, io.TextIOBase):
        return GeneratedContent(file, in_charset(resource, "utf-8"))
    return FileContent(file, resource)


def in_charset(resource: Resource, charset: str) -> Resource:
    media_type = resource.content_type or (guess_media_type(resource.name) if resource.name else "text/plain")
    return evolve(resource, content_type=with_charset(media_type, charset))


def reads_itself(file: File[Any]) -> bool:
    """Tell whether a subclass of ``File`` has its own idea of what its bytes are."""
    return any(getattr(type(file), name) is not getattr(File, name) for name in ("read", "seek", "size"))


class DjangoFileContent(FileContent):
    """A ``File`` whose class reads, seeks or counts in its own way."""

    def __init__(self, file: File[Any]) -> None:
        super().__init__(file, facts_without_look(file))

    def describe(self, asked: DownloadRequest) -> Resource:
        facts, own = facts_of(self._file), super().describe(asked)
        return evolve(
            own,
            size=own.size if facts.size is None else facts.size,
            last_modified=own.last_modified or facts.last_modified,
        )


def facts_without_look(file: Any) -> Resource:
    content_type = fact(lambda: file.content_type, str)
    charset = fact(lambda: file.charset, str)
    return Resource(
        name=os.path.basename(file.name or ""),
        content_type=None if content_type is None else with_charset(content_type, charset),
    )


def facts_of(file: Any) -> Resource:
    """
    Gather what a file wrapper tells by the attributes of Django and its storages: name, size, type and time.

    An attribute that is missing, not implemented or not of its type is not known. May look at the file.
    """
    return evolve(
        facts_without_look(file),
        size=fact(lambda: file.size, int),
        last_modified=aware(fact(lambda: file.modified_time, datetime)),
    )


def fact(ask: Callable[[], Any], kind: type[T]) -> T | None:
    """Ask a wrapper; here, and nowhere else, its having no answer means that the fact is not known."""
    try:
        answer = ask()
    except (AttributeError, NotImplementedError):
        return None
    return answer if isinstance(answer, kind) else None


def aware(moment: datetime | None) -> datetime | None:
    """Take a naive time as what Django means by it: the project's time zone (``USE_TZ = False``)."""
    if moment is None or timezone.is_aware(moment):
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


class StoredContent(Content):
    """
    A file of a Django storage.

    Where the storage is nothing but a directory, the file is served as the local file it is, which costs one look, has
    a strong entity tag, and can be sent without copying. A storage that opens files in its own way (encrypted, say)
    is always asked.

    Args:
        storage: Any Django storage.

        name: Name in the storage.

        resource: Facts that are known beforehand, such as from a row; they go before the storage's.
    """

    def __init__(self, storage: Storage, name: str, resource: Resource | None = None) -> None:
        self._storage, self._name = storage, name
        self._resource = evolve(
            resource or Resource(), name=(resource and resource.name) or os.path.basename(name)
        )
        self._local: Content | None = None
        self._file: FileContent | None = None
        self._described: Resource | None = None
        if is_directory(storage):
            try:
                self._local = LocalContent(storage.path(name))
            except (SuspiciousOperation, ValueError):
                self._local = Missing(ContentNotFound(f"{name!r} cannot be in this storage."))

    def known(self) -> Resource:
        return self._resource

    def locations(self) -> tuple[Location, ...]:
        return () if self._local is None else self._local.locations()

    def fileno(self) -> int | None:
        return None if self._local is None else self._local.fileno()

    def describe(self, asked: DownloadRequest) -> Resource:
        self._described = self._resource
        if not suffices(self._resource):
            looked = self._look() if self._local is None else self._local.describe(asked)
            self._described = merged(self._resource, looked)
        return self._described

    def _look(self) -> Resource:
        with storage_errors(self._name):
            size = fact(lambda: self._storage.size(self._name), int)
            modified = aware(fact(lambda: self._storage.get_modified_time(self._name), datetime))
            if size is None and fact(lambda: self._storage.exists(self._name), bool) is False:
                raise ContentNotFound(f"No content under {self._name!r}.")
        tag = None
        if size is not None and modified is not None:
            tag = EntityTag(f"{size:x}-{int(modified.timestamp()):x}", weak=True)
        return Resource(size=size, last_modified=modified, entity_tag=tag, seekable=size is not None)

    def acquire(self) -> None:
        size = self._acquire_stored() if self._local is None else self._acquire_local(self._local)
        described = self._resource if self._described is None else self._described
        if described.size is not None and size not in {None, described.size}:
            self.close()
            raise ContentChanged(f"{self._name!r} has {size} bytes, not {described.size} as described.")

    def _acquire_local(self, local: Content) -> int | None:
        local.acquire()
        descriptor = local.fileno()
        return None if descriptor is None else os.fstat(descriptor).st_size

    def _acquire_stored(self) -> int | None:
        self.close()
        with storage_errors(self._name):
            self._file = FileContent(self._storage.open(self._name, "rb"))
            return self._file.describe(PLAIN_GET).size

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        if self._local is not None:
            yield from self._local.read(start, stop)
            return
        if self._file is None:
            raise ContentError(f"{self._name!r} is not open: acquire() before reading, close() after.")
        with storage_errors(self._name):
            yield from self._file.read(start, stop)

    def close(self) -> None:
        file, self._file = self._file, None
        for held in (self._local, file):
            if held is not None:
                held.close()


def is_directory(storage: Storage) -> bool:
    """Tell whether *storage* stores a file as just that file on the disk."""
    kind = type(getattr(storage, "_wrapped", storage))  # default_storage is a lazy stand-in
    return (
        issubclass(kind, FileSystemStorage)
        and kind.open is Storage.open
        and kind._open is FileSystemStorage._open  # type: ignore[attr-defined]  # documented, but not in the stubs
        and kind.size is FileSystemStorage.size
    )


def suffices(resource: Resource) -> bool:
    """Tell whether these facts decide any request, so that no look is needed."""
    return resource.size is not None and (
        resource.entity_tag is not None or resource.last_modified is not None
    )


def merged(first: Resource, then: Resource) -> Resource:
    """Return what *then* says, with each fact that *first* has in its place."""
    return evolve(
        then,
        name=first.name or then.name,
        size=then.size if first.size is None else first.size,
        content_type=first.content_type or then.content_type,
        content_encoding=first.content_encoding or then.content_encoding,
        last_modified=first.last_modified or then.last_modified,
        entity_tag=first.entity_tag or then.entity_tag,
        digests=first.digests or then.digests,
    )


@contextmanager
def storage_errors(name: str) -> Iterator[None]:
    """Translate what a storage raises about *name*; a mistake in its code or settings stays what it is."""
    try:
        yield
    except (ContentError, GeneratorExit, *MISTAKES):
        raise
    except OSError as error:
        raise content_error(error, name) from error
    except (SuspiciousOperation, UnicodeError) as error:
        raise ContentNotFound(f"{name!r} cannot be in this storage.") from error
    except Exception as error:
        # Each store has errors of its own, which nobody here can import; they all mean that it did not do its job.
        raise ContentUnavailable(f"The storage failed on {name!r}: {error}.") from error
