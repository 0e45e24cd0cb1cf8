"""
Widgets that show a private file with a link of your own: for forms outside of the admin, and for storages without URLs.

Django's own asks the storage for a URL, which fails where there is none, and is not for everybody where there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models.fields.files import FieldFile
from django.forms import ClearableFileInput, Widget
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from downloadable.django_ui.facts_shown import is_kept, name_shown, size_shown

__all__ = ["FileLink", "LinkedFile", "LinkedValue", "PrivateFileInput", "linked", "name_and_size"]


class LinkedFile:
    """
    The file of a field, for as long as it is shown: under its own name, and with a link that asks for permission.

    As text it stays its name in the storage, which is what Django writes where somebody saves the row in the meantime.
    """

    link: str
    shown: Callable[[Any], str]

    @property
    def url(self) -> str:
        """Where it may be downloaded."""
        return self.link

    def __html__(self) -> str:
        return escape(self.shown(self))


class LinkedValue(LinkedFile):
    """The same for a widget, which shows text; never that of a row."""

    def __str__(self) -> str:
        return self.shown(self)


def linked(
    file: FieldFile, link: str, shown: Callable[[FieldFile], str], base: type[LinkedFile] = LinkedFile
) -> Any:
    """Return *file* as another one of its own class that leads to *link*, and is shown as *shown* says."""
    kinds: tuple[Any, Any] = base, file.field.attr_class
    copy: Any = linked_kind(*kinds)(file.instance, file.field, file.name)
    copy.link, copy.shown = link, shown
    return copy


@cache
def linked_kind(base: Any, kind: Any) -> Any:
    return type(f"Linked{kind.__name__}", (base, kind), {})


def name_and_size(file: FieldFile) -> str:
    """Return what forms show of a file; the size is left out where nobody can tell it."""
    size = size_shown(file)
    return f"{name_shown(file)} ({size})" if size else name_shown(file)


class PrivateFileInput(ClearableFileInput):
    """
    Let a file be replaced or cleared, and show the present one with its name, its size and a link.

    Args:
        link: Returns where a file of the field may be downloaded; ``file.instance`` is its row.

        attrs: As for any widget.
    """

    def __init__(self, link: Callable[[FieldFile], str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.link = link

    def is_initial(self, value: Any) -> bool:
        """Tell whether there is a present file."""
        return is_kept(value)

    def format_value(self, value: Any) -> Any:
        """Return what the template shows."""
        return linked(value, self.link(value), name_and_size, LinkedValue) if self.is_initial(value) else None


class FileLink(Widget):
    """
    Show a file with its name, its size and a link, and take nothing from the client: what is there stays there.

    Args:
        link: Returns where a file of the field may be downloaded; ``file.instance`` is its row.

        attrs: As for any widget; the link has none.
    """

    read_only = True

    def __init__(self, link: Callable[[FieldFile], str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.link = link

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the link; nothing for an empty field."""
        if not is_kept(value):
            return SafeString()
        return format_html('<a href="{}">{}</a>', self.link(value), name_and_size(value))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> None:
        """Return nothing, whatever a client has sent."""
        return

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell that nothing was sent."""
        return True

    def id_for_label(self, id_: str) -> str:
        """Return nothing: there is no control to go to."""
        return ""
