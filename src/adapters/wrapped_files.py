"""Django's ``File`` and what is derived from it, as a content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from attrs import evolve
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from downloadable.adapters.compressed_files import is_decompressor
from downloadable.adapters.file_objects import FileContent, is_seekable, name_of
from downloadable.adapters.opened_files import file_content
from downloadable.adapters.stores import store_errors
from downloadable.domain import ContentChanged, ContentNotFound, DownloadRequest, Resource
from downloadable.ports import Content

__all__ = [
    "WrappedContent",
    "aware",
    "fact",
    "facts_of",
    "merged",
    "modified_time_of",
    "overrides",
    "stated_facts",
    "storage_errors",
    "suffices",
    "typed_facts",
    "wrapped_content",
]

T = TypeVar("T")


def wrapped_content(file: File[Any]) -> Content:
    """Wrap a ``File``: by what it is a wrapper of, or by itself if its class knows better. Nothing is looked at."""
    if overrides(file, File):
        return WrappedContent(file)
    return file_content(file.file, typed_facts(file), owner=file)


def overrides(file: File[Any], base: type[File[Any]]) -> bool:
    """Tell whether the class of *file* has an idea of its own, beyond that of *base*, of what its bytes are."""
    kinds: tuple[Any, Any] = type(file), base
    return kind_overrides(*kinds)


@cache
def kind_overrides(kind: type[File[Any]], base: type[File[Any]]) -> bool:
    return any(
        getattr(kind, name, None) is not getattr(base, name, None)
        for name in ("file", "modified_time", "read", "seek", "size")
    )


class WrappedContent(FileContent):
    """
    A ``File`` whose class opens, reads, seeks or counts in its own way.

    Args:
        file: Closed with the content.

        resource: Facts that are known beforehand; they go before the file's.
    """

    _file: Any

    def __init__(self, file: File[Any], resource: Resource | None = None) -> None:
        super().__init__(file, merged(resource or Resource(), stated_facts(file)))
        self._opened = False
        self._several = False  # ranges were asked for
        self._described: Resource | None = None

    def describe(self, asked: DownloadRequest) -> Resource:
        self._several = len(asked.ranges or ()) > 1
        described = self._look(asked)
        if self.decompresses:
            # What the file tells, or a row, is how long the compressed bytes are.
            described = evolve(described, size=None, seekable=False)
        self._described = described
        return described

    def _look(self, asked: DownloadRequest) -> Resource:
        known = self.known()
        with storage_errors(known.name):
            if suffices(known):
                return evolve(known, seekable=self._seekable())
            reopen(self._file)
            told = merged(known, facts_of(self._file))
            if told.size is None:
                return merged(told, super().describe(asked))
            return evolve(told, seekable=self._seekable())

    def acquire(self) -> None:
        # One that opens its file when it is first used does so here, where an error still has a status.
        name = self.known().name
        with storage_errors(name):
            reopen(self._file)
            self.decompresses = is_decompressor(fact(lambda: self._file.file, object))
            self._opened = True
            described = self._described
            if described is None:
                return
            if self.decompresses and described.size is not None:
                raise ContentChanged(f"{name!r} is decompressed, and {described.size} is not its size.")
            # One range of a file that cannot seek is read by skipping; a set may go back.
            if self._several and described.seekable and not self._seekable():
                raise ContentChanged(f"{name!r} cannot seek, which only opening it showed.")
            super().acquire()

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        with storage_errors(self.known().name):
            yield from super().read(start, stop)

    def _seekable(self) -> bool:
        kind = type(self._file)
        if not self._opened and hasattr(kind, "file") and kind.seekable is File.seekable:
            return True  # asking would open it
        return is_seekable(self._file)


def reopen(file: Any) -> None:
    """Let a model's field file that was closed, such as after a ``with`` block, be opened by its storage again."""
    of_field = isinstance(file, FieldFile)
    if of_field and file._committed and getattr(file, "_file", None) is not None and file.closed:
        file._file = None


def facts_of(file: Any) -> Resource:
    """
    Gather what a file wrapper tells by the attributes of Django and its storages: name, size, type and time.

    An attribute that is missing, not implemented or not of its type is not known. May look at the file.
    """
    return evolve(
        typed(file, fact(lambda: file.content_type, str), fact(lambda: file.charset, str)),
        size=fact(lambda: file.size, int),
        last_modified=modified_time_of(file),
    )


def modified_time_of(file: Any) -> datetime | None:
    """Ask a wrapper when its file was last changed; ``None`` if that is not known. May look at the file."""
    return aware(fact(lambda: file.modified_time, datetime))


def stated_facts(file: File[Any]) -> Resource:
    """Gather what a file wrapper states in plain attributes, which cost no look."""
    modified = stated(file, "modified_time", datetime)
    return evolve(
        typed(file, stated(file, "content_type", str), stated(file, "charset", str)),
        last_modified=aware(modified),
    )


def typed_facts(file: Any) -> Resource:
    """Gather the same, and the type that a property of a project's own class may tell."""
    facts = stated_facts(file)
    told = facts.content_type or fact(lambda: file.content_type, str) or None
    return evolve(facts, content_type=told)


def typed(file: Any, content_type: str | None, charset: str | None) -> Resource:
    return Resource(name=name_of(file), content_type=content_type or None, charset=charset or None)


def stated(file: File[Any], name: str, kind: type[T]) -> T | None:
    value = vars(file).get(name, getattr(type(file), name, None))
    return value if isinstance(value, kind) else None


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


def suffices(resource: Resource) -> bool:
    """Tell whether these facts decide any request, so that no look is needed."""
    has_validator = resource.entity_tag is not None or resource.last_modified is not None
    return resource.size is not None and has_validator


def merged(first: Resource, then: Resource) -> Resource:
    """Return what *then* says, with each fact that *first* has in its place."""
    return evolve(
        then,
        name=first.name or then.name,
        size=then.size if first.size is None else first.size,
        content_type=first.content_type or then.content_type,
        charset=first.charset or then.charset,
        content_encoding=first.content_encoding or then.content_encoding,
        last_modified=first.last_modified or then.last_modified,
        entity_tag=first.entity_tag or then.entity_tag,
        digests=first.digests or then.digests,
    )


@contextmanager
def storage_errors(name: str) -> Iterator[None]:
    """Raise as a ``ContentError`` what a storage raises about *name*; a mistake in its code stays what it is."""
    with store_errors(name, ImproperlyConfigured):
        try:
            yield
        except (SuspiciousOperation, ValueError) as error:
            # What the system says of NUL is no more than a ValueError.
            if not isinstance(error, SuspiciousOperation | UnicodeError) and "\0" not in name:
                raise
            raise ContentNotFound(f"{name!r} cannot be in this storage.") from error
