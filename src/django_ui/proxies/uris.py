"""Whether the URIs that a server serves inside lead to one place each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from downloadable.django_ui.proxies.project import Project
from downloadable.django_ui.proxies.text import CannotWrite

__all__ = ["check_uris"]


def check_uris(project: Project) -> None:
    """
    Make sure that no URI inside takes the place of another.

    Raises:
        CannotWrite: If one would.
    """
    places = sorted(places_of(project), key=lambda place: place[0])
    for uri, _, name in places:
        if not uri:
            raise CannotWrite(
                f"{name} is served under '/', which is Django's; choose one such as '/protected/'."
            )
    for (outer, around, name), (inner, within, other) in combinations(places, 2):
        # Where directories lie in each other just as their URIs do, it is all the same.
        if f"{inner}/".startswith(f"{outer}/") and within != f"{around}{inner[len(outer) :]}":
            raise CannotWrite(
                f"{name} is served under {outer + '/'!r}, so {other} cannot be under {inner + '/'!r}: "
                "files of the one would be looked for in the other."
            )


def places_of(project: Project) -> Iterator[tuple[str, str, str]]:
    """Yield each URI, what its files are below, and what to call it."""
    for tree in project.trees:
        yield tree.target, tree.directory or f"({tree.names[0]})", tree.names[0]
    for url in project.urls:
        yield url.target, url.origin + url.path, f"{url.origin}{url.path}/"
    if project.static is not None:
        yield *project.static, "STATIC_ROOT"
