"""Keys that are relative paths, and may come from clients."""

from __future__ import annotations

__all__ = ["segments_of"]

NO_NAMES = frozenset({"", ".", ".."})


def segments_of(key: str, *, backslash: bool) -> list[str] | None:
    r"""
    Split a relative path at each ``/``.

    Args:
        key: The path, as text that is not encoded.

        backslash: Whether ``\`` may separate segments, too, where the key is going: then what is no name between any
            two separators is refused. The segments are those between ``/`` all the same.

    Returns:
        ``None`` if the key leads elsewhere than down, or is another spelling of such a path: with NUL, or with a
        segment that is empty, ``.`` or ``..``.
    """
    segments = key.split("/")
    names = key.replace("\\", "/").split("/") if backslash else segments
    return None if "\0" in key or not NO_NAMES.isdisjoint(names) else segments
