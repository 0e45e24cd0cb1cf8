"""What can be wrong with the roots of delegates, and with what is outside of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from attrs import frozen
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core.checks import CheckMessage

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx
from downloadable.adapters.roots import Roots, url_prefix
from downloadable.adapters.storage_kinds import keeps_names
from downloadable.django_ui.checks import rules
from downloadable.django_ui.checks.storages import (
    directory_of,
    local_storage,
    storage_kinds,
    storages_of_models,
    storages_of_settings,
)
from downloadable.ports import Delegate

__all__ = ["Delegated", "check_roots"]

SERVERS = (Nginx, Apache, Lighttpd, Caddy)


@frozen(eq=False)
class Delegated:
    """A delegate of the settings, and how messages call it."""

    label: str
    delegate: Delegate

    @property
    def server(self) -> type | None:
        """The server that it tells what to send, if it is one of ours."""
        return next((kind for kind in SERVERS if isinstance(self.delegate, kind)), None)


@frozen(kw_only=True)
class Place:
    """
    One root of a delegate.

    Args:
        root: As it is written in the settings.

        kind: ``"directory"``, ``"url"`` or ``"storage"``.

        where: What it stands for: a directory without links, a URL, an alias; without a slash at the end.

        target: What the server knows it by, as it is written.

        owner: The delegate.

        seen: Whether Django is to see its files.
    """

    root: str
    kind: str
    where: str
    target: str
    owner: Delegated
    seen: bool = True


def check_roots(delegated: Sequence[Delegated]) -> Iterator[CheckMessage]:
    """Say what is wrong with the roots of *delegated*."""
    sending = {
        one: roots for one in delegated if isinstance(roots := getattr(one.delegate, "roots", None), Roots)
    }
    places = [place for one, roots in sending.items() for place in places_of(one, roots)]
    kinds = storage_kinds()
    for one, roots in sending.items():
        if not roots.given:
            yield rules.NO_ROOTS.about(delegate=one.label)
    for place in places:
        yield from check_place(place, kinds)
    two_servers = list(check_servers(delegated))
    yield from two_servers
    for first, second in combinations(places, 2):
        if not two_servers or first.owner == second.owner:
            yield from check_overlap(first, second)
        if first.owner.server == second.owner.server:
            yield from check_targets(first, second)
    if sending:
        yield from check_outside(places)


def places_of(owner: Delegated, roots: Roots) -> Iterator[Place]:
    for key, target in roots.given.items():
        root = os.fspath(key)
        if root.startswith("/"):
            kind, where = "directory", os.path.realpath(root).rstrip("/")
        elif "://" in root:
            prefix = url_prefix(root, target)
            kind, where = "url", prefix.origin + prefix.path
        else:
            kind, where = "storage", root
        seen = root not in roots.unseen
        yield Place(root=root, kind=kind, where=where, target=target, owner=owner, seen=seen)


def check_place(place: Place, kinds: Mapping[str, Any]) -> Iterator[CheckMessage]:
    said = {"root": place.root, "delegate": place.owner.label}
    if place.kind == "directory":
        yield from check_directory(place, said)
    elif place.kind == "storage":
        if place.root not in settings.STORAGES:
            yield rules.NO_STORAGE.about(**said, aliases=", ".join(map(repr, settings.STORAGES)))
        elif place.root in kinds and not keeps_names(kinds[place.root]):
            yield rules.OWN_BYTES.about(**said, kind=kinds[place.root].__qualname__)
        elif (storage := local_storage(place.root)) is not None:
            if top := directory_of(storage):
                yield from check_width(top.rstrip("/"), said)
            else:
                yield rules.NO_MEDIA_ROOT.about(names=f"the storage {place.root!r}")
    if getattr(place.owner.delegate, "field", None) == "X-Accel-Redirect":
        for text in (place.target, *((place.root,) if place.kind == "url" else ())):
            if not text.endswith("/"):
                yield rules.NO_SLASH.about(**said, text=text, slashed=f"{text}/")


def check_directory(place: Place, said: Mapping[str, str]) -> Iterator[CheckMessage]:
    yield from (check_seen if place.seen else check_unseen)(place, said)
    yield from check_width(place.where, said)


def check_seen(place: Place, said: Mapping[str, str]) -> Iterator[CheckMessage]:
    try:
        os.stat(f"{place.root}/.")  # noqa: PTH116  a Path would drop the dot, which also asks whether it may be searched
    except FileNotFoundError:
        yield rules.MISSING.about(**said)
    except NotADirectoryError:
        yield rules.NO_DIRECTORY.about(**said)
    except OSError:
        yield rules.UNREADABLE.about(**said)


def check_unseen(place: Place, said: Mapping[str, str]) -> Iterator[CheckMessage]:
    """Say where a root that nobody looks into could be looked into; an empty directory may be where others mount it."""
    try:
        with os.scandir(place.root) as found:
            seen = any(found)
    except OSError:
        return
    if seen:
        yield rules.SEEN.about(**said)


def check_width(top: str, said: Mapping[str, str]) -> Iterator[CheckMessage]:
    """Say what else the server could be told to send from *top*, which has no slash at the end."""
    contained = [what for what, path in private_files() if is_below(os.path.realpath(path), top)]
    if top == "":
        contained = ["everything"]
    if contained:
        yield rules.TOO_WIDE.about(**said, what=" and ".join(contained))


def private_files() -> Iterator[tuple[str, str]]:
    """Yield what no server should ever be able to send."""
    module = sys.modules.get(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    if path := getattr(module, "__file__", None):
        yield f"the settings ({path!r})", path
    if isinstance(base := getattr(settings, "BASE_DIR", None), str | os.PathLike):
        yield f"the project ({os.fspath(base)!r})", os.fspath(base)
    for alias, database in settings.DATABASES.items():
        name = str(database.get("NAME") or "")
        if "sqlite" in database.get("ENGINE", "") and name.startswith("/"):
            yield f"the database {alias!r} ({name!r})", name


def is_below(path: str, top: str) -> bool:
    return f"{path}/".startswith(f"{top}/")


def check_servers(delegated: Sequence[Delegated]) -> Iterator[CheckMessage]:
    servers: dict[type, Delegated] = {}
    for one in delegated:
        if one.server is not None:
            servers.setdefault(one.server, one)
    if len(servers) > 1:
        first, second = list(servers.values())[:2]
        yield rules.TWO_SERVERS.about(first=first.label, second=second.label)


def check_overlap(first: Place, second: Place) -> Iterator[CheckMessage]:
    if first.kind != second.kind or not (
        is_below(first.where, second.where) or is_below(second.where, first.where)
    ):
        return
    if first.owner != second.owner:
        yield rules.OVERLAP_BETWEEN.about(
            one=first.root, other=second.root, first=first.owner.label, second=second.owner.label
        )
    else:
        counts = max(first, second, key=lambda place: len(place.where))
        yield rules.OVERLAP.about(
            one=first.root, other=second.root, delegate=first.owner.label, counts=counts.root
        )


def check_targets(first: Place, second: Place) -> Iterator[CheckMessage]:
    """Say where the server would take a file of one root for a file of the other."""
    one, other = first.target.rstrip("/"), second.target.rstrip("/")
    here, there = home_of(first), home_of(second)
    for (top, below), (home, inside) in zip(
        ((one, other), (other, one)), ((here, there), (there, here)), strict=True
    ):
        rest = rest_below(below, top)
        if rest is not None and rest == rest_below(inside, home):
            return  # the one lies in the other, for the server as for Django
    if not (is_below(one, other) or is_below(other, one)):
        return
    yield rules.SAME_TARGET.about(
        one=first.root,
        other=second.root,
        delegate=" and ".join(dict.fromkeys((first.owner.label, second.owner.label))),
        target=first.target,
        other_target=second.target,
    )


def rest_below(path: str, top: str) -> str | None:
    return path[len(top) :] if is_below(path, top) else None


def home_of(place: Place) -> str:
    """Return where the files of a place are: on this machine, if they are there."""
    storage = local_storage(place.root) if place.kind == "storage" else None
    return place.where if storage is None else directory_of(storage) or place.where


def check_outside(places: Sequence[Place]) -> Iterator[CheckMessage]:
    """Say which files are below no root, so that nobody but Django sends them."""
    aliases = {place.root for place in places if place.kind == "storage"}
    tops = [place.where for place in places if place.kind == "directory"]
    outside: dict[str, list[str]] = {}
    homeless = []
    for name, storage, alias in (*storages_of_settings(), *storages_of_models()):
        if alias in aliases:
            continue
        location = directory_of(storage)
        if not location:
            homeless.append(name)
        elif not any(is_below(location, top) or is_below(top, location) for top in tops):
            outside.setdefault(location, []).append(name)
    # A project without uploads need not say where they go.
    if homeless and homeless != ["the storage 'default'"]:
        yield rules.NO_MEDIA_ROOT.about(names=" and ".join(homeless))
    roots = ", ".join(repr(place.root) for place in places) or "there are none"
    for location, names in outside.items():
        yield rules.OUTSIDE.about(names=" and ".join(names), location=location, roots=roots)
