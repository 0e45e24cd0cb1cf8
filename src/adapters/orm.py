"""The files of a model's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import DataError
from django.db.models import Manager, Model, QuerySet
from django.db.models.fields.files import FieldFile

from downloadable.adapters.django_files import field_content
from downloadable.adapters.row_facts import RowFields, attribute, facts_of_row
from downloadable.domain import ContentNotFound
from downloadable.ports import Content, Missing

__all__ = ["AsyncModelSource", "ModelSource", "RowFields", "attribute", "content_of_row", "facts_of_row"]

Rows = type[Model] | Manager[Any] | QuerySet[Any]


def content_of_row(row: Model, file_field: str, /, **fields: str | None) -> Content:
    """
    Return the file of a *row*.

    Args:
        row: The row.

        file_field: Name of its file field.

        **fields: As for :class:`RowFields`.

    Raises:
        AttributeError: If it has no such field.

        TypeError: If that holds no file.
    """
    return content_of(row, file_field, RowFields(**fields))


def content_of(row: Model, file_field: str, fields: RowFields) -> Content:
    file = attribute(row, file_field, "file_field")
    if not isinstance(file, FieldFile):
        raise TypeError(
            f"{type(row).__name__}.{file_field}, the file_field, is no FileField: it holds {type(file).__name__}."
        )
    return field_content(file, fields.facts_of(row, file.name or ""))


class ModelSource:
    """
    The files of a model's rows.

    A key is the value of the look-up, or a mapping of several look-ups. Opening fetches the row, in one query; a key
    that no row has, or that the field cannot hold, is not found, and neither is a row without a file.

    Args:
        rows: A model, a manager or a queryset, such as ``Invoice.objects.only("pdf", "title")``.

        file_field: Name of the file field.

        lookup: Which field a key is the value of.

        **fields: What the rows know about their files: see :class:`RowFields`.
    """

    def __init__(self, rows: Rows, file_field: str, *, lookup: str = "pk", **fields: str | None) -> None:
        self._rows = rows
        self._file_field = file_field
        self._lookup = lookup
        self._fields = RowFields(**fields)

    def open(self, key: object) -> Content:
        rows = self._rows._default_manager if isinstance(self._rows, type) else self._rows
        try:
            with row_errors(key):
                row = rows.all().get(**(key if isinstance(key, Mapping) else {self._lookup: key}))
        except ContentNotFound as error:
            return Missing(error)
        return content_of(row, self._file_field, self._fields)


class AsyncModelSource:
    """The same for asynchronous views: the row is awaited, and what it computes or fetches later, too."""

    def __init__(self, rows: Rows, file_field: str, *, lookup: str = "pk", **fields: str | None) -> None:
        self._source = ModelSource(rows, file_field, lookup=lookup, **fields)

    async def open(self, key: object) -> Content:
        # Not with aget(): a column that was deferred, or a property, may still query when it is looked at.
        return await sync_to_async(self._source.open)(key)


@contextmanager
def row_errors(key: object) -> Iterator[None]:
    try:
        yield
    except (ObjectDoesNotExist, ValidationError, DataError, ValueError, OverflowError) as error:
        raise ContentNotFound(f"No row under {key!r}.") from error
    except MultipleObjectsReturned as error:
        raise MultipleObjectsReturned(
            f"{error} Look up what is unique, or narrow the queryset: {key!r} does not name one row."
        ) from error
