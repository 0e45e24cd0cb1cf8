"""Which names each server in front cannot be told, and why: Django streams these files, and says so in its log."""

from __future__ import annotations

from collections.abc import Mapping

from tests.servers.names import NAMES

__all__ = ["SOME", "UNTOLD", "untold"]

CONTROL_CHARACTERS = frozenset(
    {
        "TAB",
        "TAB at the end",
        "bell",
        "escape",
        "delete",
        "line break",
        "line break at the end",
        "field in a line break",
    }
)
NOT_UTF_8 = frozenset(
    {
        "latin-1 on the disk",
        "bytes that are no text",
        "half a letter at the end",
        "surrogate in UTF-8",
        "directory in latin-1",
    }
)
QUESTION_MARKS = frozenset(
    {"question mark", "query", "question mark at the end", "directory with a question mark", "MIME word"}
)

UNTOLD: Mapping[str, Mapping[str, frozenset[str]]] = {
    # An encoded URI holds every name.
    "nginx": {},
    "apache": {
        "a header field holds no control character, and ends without a space": CONTROL_CHARACTERS
        | {"trailing space"}
    },
    "lighttpd": {
        "lighttpd refuses control characters": CONTROL_CHARACTERS,
        "lighttpd refuses names that are not in UTF-8": NOT_UTF_8,
    },
    "caddy": {
        "Caddy takes what follows a question mark for a query": QUESTION_MARKS,
        "a header field holds no control character, and ends without a space": CONTROL_CHARACTERS
        | {"trailing space"},
    },
}
"""For each server, what it cannot be told: as the log says it, and the names that it is true of."""


def untold(front: str) -> frozenset[str]:
    """Return what a server cannot be told, for whatever reason."""
    return frozenset().union(*UNTOLD[front].values())


OF_ALL_KINDS = frozenset({"plain", "percent and digits", "Japanese", "path of 1300 bytes"}).union(
    *map(untold, UNTOLD)
)
SOME = [name for name in NAMES if name.id in OF_ALL_KINDS]
"""A few that everybody can be told, and all that somebody cannot be."""
