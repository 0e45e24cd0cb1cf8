"""What pages show of a file: its name, size and type, as a download would tell them."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models.fields.files import FieldFile
from django.template.defaultfilters import filesizeformat

from downloadable.adapters.storage_kinds import counts_what_it_opens
from downloadable.adapters.wrapped_files import fact, storage_errors
from downloadable.django_ui.conf import default_policy
from downloadable.domain import ContentError
from downloadable.domain.disposition import clean_name
from downloadable.domain.media_types import guess_media_type

__all__ = ["is_kept", "may_be_shown", "name_shown", "size_of", "size_shown", "type_shown"]

logger = logging.getLogger("downloadable")

REMEMBERED = "_downloadable_size"


def name_shown(file: Any) -> str:
    """Return the name that *file* is saved under, without directories; empty if there is no file."""
    name = getattr(file, "name", None)
    return clean_name(str(name)) if name else ""


def type_shown(file: Any) -> str:
    """Return the media type that the name of *file* tells; empty if there is no file."""
    return guess_media_type(name_shown(file)) if name_shown(file) else ""


def may_be_shown(file: Any) -> bool:
    """Tell whether the site's policy lets a browser show *file* in place, where it may not be saved only."""
    return type_shown(file) in default_policy().inline_types


def size_shown(file: Any) -> str:
    """Return the size of *file* for people, in the language of the page; empty if nobody can tell it."""
    size = size_of(file)
    return "" if size is None else str(filesizeformat(size))


def size_of(file: Any) -> int | None:
    """
    Return the bytes of *file*, of which a storage is asked once for each name; ``None`` if nobody can tell.

    A storage that does not answer costs the page a size, and the log a line.
    """
    if not is_kept(file):
        # Uploaded, opened or made just now; an empty field has none.
        return fact(lambda: file.size, int) if file else None
    known = vars(file).get(REMEMBERED)
    if known is None or known[0] != file.name:
        known = vars(file)[REMEMBERED] = file.name, size_in_storage(file)
    size: int | None = known[1]
    return size


def size_in_storage(file: FieldFile) -> int | None:
    name = file.name or ""
    kind: Any = file.storage.__class__  # of the default storage, what it stands for
    if not counts_what_it_opens(kind):
        return None  # how long it is where it lies, encrypted or compressed, is of no use to people
    try:
        with storage_errors(name):
            return fact(lambda: file.storage.size(name), int)
    except ContentError as error:
        logger.warning("The size of %r is not shown: %s", name, error)
        return None


def is_kept(file: Any) -> bool:
    """Tell whether *file* is a field's and in its storage: neither just uploaded nor none at all."""
    return isinstance(file, FieldFile) and bool(file) and bool(getattr(file, "_committed", True))
