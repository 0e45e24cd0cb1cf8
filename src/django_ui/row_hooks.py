"""The hooks of views whose file is in a field of a row."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.db.models.fields.files import FieldFile

from downloadable.adapters.django_files import field_content
from downloadable.adapters.row_facts import attribute, facts_of_row
from downloadable.django_ui.mixins import DownloadMixin
from downloadable.domain import ContentNotFound
from downloadable.ports import Content

__all__ = ["FieldHooks"]


class FieldHooks(DownloadMixin):
    """
    Download the file in a field of ``object``, a row that the view has found.

    The attributes are documented with :class:`~downloadable.django_ui.views.ObjectDownloadView`.
    """

    file_field: str = "file"
    basename_field: str | None = None
    encoding_field: str | None = None
    mime_type_field: str | None = None
    charset_field: str | None = None
    modification_time_field: str | None = None
    size_field: str | None = None
    digest_field: str | None = None
    digest_algorithm: str | None = None
    object: Model

    def get_file(self) -> Any:
        """
        Return the file in the field.

        Raises:
            AttributeError: If the row has no such field.

            ContentNotFound: If the field is empty.
        """
        file = attribute(self.object, self.file_field, "file_field")
        if not file:
            raise ContentNotFound(f"{self.object!r} has no file in {self.file_field!r}.")
        return file

    def get_basename(self) -> str | None:
        """Return the name at the client: the view's, else the row's, else ``None`` for the file's."""
        if self.basename is not None or self.basename_field is None:
            return self.basename
        name = attribute(self.object, self.basename_field, "basename_field")
        return str(name) if name else None

    def get_content(self, file: Any) -> Content:
        """Return the file with what the row knows about it; any other file than the row's as it is."""
        if not (
            isinstance(file, FieldFile)
            and file.instance is getattr(self, "object", None)
            and file.field.name == self.file_field
        ):
            return super().get_content(file)
        facts = facts_of_row(
            self.object,
            file.name or "",
            size_field=self.size_field,
            content_type_field=self.mime_type_field,
            encoding_field=self.encoding_field,
            charset_field=self.charset_field,
            modified_field=self.modification_time_field,
            digest_field=self.digest_field,
            digest_algorithm=self.digest_algorithm,
        )
        return field_content(file, facts)
