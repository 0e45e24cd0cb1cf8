"""Directories whose names are as awkward as each server in front can still be told."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Places", "places"]

from attrs import frozen

AWKWARD = 'it\'s "one"; # [1] *? é'
# nginx has no way to write a dollar sign, lighttpd none for a backslash, and Caddy none for braces.
FURTHER = {"nginx": r" {a} \b", "apache": r" $a {b} %{c} \d", "lighttpd": " $a {b} `c`", "caddy": r" $a \b"}


@frozen
class Places:
    """
    Directories of the site.

    Args:
        first: A root, named as a directory.

        second: A root, which the server in front knows by a URI or path with an awkward name, too.

        stored: That of the storage ``reports``, a root that is named by this alias.

        static: ``STATIC_ROOT``.
    """

    first: Path
    second: Path
    stored: Path
    static: Path


def places(top: Path, front: str) -> Places:
    """Return where they are below *top*; nothing is made."""
    return Places(
        *(top / f"{name} {AWKWARD}{FURTHER[front]}" for name in ("first", "second", "stored", "static"))
    )
