"""Small functions that projects may have borrowed."""

from __future__ import annotations

from urllib.parse import unquote

from django.utils.http import parse_header_parameters
from django.utils.module_loading import import_string as import_member

__all__ = ["content_type_to_charset", "import_member", "url_basename"]


def content_type_to_charset(content_type: str) -> str | None:
    """Return the charset that a Content-Type names; ``None`` if it names none."""
    return parse_header_parameters(content_type)[1].get("charset")


def url_basename(url: str, content_type: str | None = None) -> str:
    """Return the file name at the end of *url*, decoded; *content_type* makes no difference."""
    return unquote(url.partition("?")[0].rpartition("/")[2])
