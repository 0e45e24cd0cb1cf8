"""What a configuration of a server in front is made from, whichever server it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from django.conf import settings
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages

from downloadable.adapters.delegating import FrontServer
from downloadable.adapters.roots import UrlPrefix
from downloadable.django_ui.proxies.addresses import Listen, Upstream
from downloadable.django_ui.proxies.text import CannotWrite, commented, plain

__all__ = ["Project", "Tree", "links_comment", "media_comment", "project_of"]

SERVER_NAME = re.compile(r"[A-Za-z0-9.-]+")
FIELD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


@frozen
class Tree:
    """
    A directory whose files the server sends.

    Args:
        target: What the delegate calls it when it talks to the server, without a slash at the end.

        directory: Where it is as far as Django knows, without a slash at the end; ``None`` if it does not.

        names: The roots of the delegate that it stands for, in words.

        seen: Whether Django looks at each file before it is handed over.
    """

    target: str
    directory: str | None
    names: tuple[str, ...]
    seen: bool = True


@frozen(kw_only=True)
class Project:
    """
    All that goes into a configuration.

    Args:
        name: A short word, by which names in the configuration begin.

        settings: Dotted name of the settings module, for comments.

        trees: No two have the same target.

        urls: Places on other servers that the server fetches from.

        buffering: Whether the server is to read ahead from these; ``None`` as it likes.

        keep: Header fields to bring back beside the usual ones.

        static: URI and directory of static files; ``None`` if Django does not know them.

        media: ``MEDIA_ROOT``, if files of it are handed over.
    """

    name: str
    settings: str
    upstream: Upstream
    listen: Listen | None = None
    server_name: str | None = None
    trees: tuple[Tree, ...] = ()
    urls: tuple[UrlPrefix, ...] = ()
    buffering: bool | None = None
    keep: tuple[str, ...] = ()
    static: tuple[str, str] | None = None
    media: str | None = None


def project_of(
    delegates: Sequence[FrontServer],
    *,
    upstream: str,
    listen: str | None,
    server_name: str | None,
    keep: Iterable[str],
) -> Project:
    """
    Gather what there is to know from the settings and the options.

    Raises:
        CannotWrite: If an option cannot be meant, or two roots contradict each other.
    """
    if server_name is not None and not SERVER_NAME.fullmatch(server_name):
        raise CannotWrite(f"{server_name!r} is no name of a server, such as www.example.com.")
    for name in keep:
        if not FIELD_NAME.fullmatch(name):
            raise CannotWrite(f"{name!r} is no name of a header field, such as X-Request-ID.")
    module = str(getattr(settings, "SETTINGS_MODULE", None) or settings.ROOT_URLCONF)
    trees = trees_of(delegates)
    static = static_files()
    if static is not None:
        check_private(trees, static[1])
    return Project(
        # Many projects on one server have their settings in "config".
        name=re.sub(r"\W", "_", server_name or module.partition(".")[0], flags=re.ASCII).lower(),
        settings=plain(module),
        upstream=Upstream.parse(upstream),
        listen=None if listen is None else Listen.parse(listen),
        # lighttpd compares it with what it has brought into small letters.
        server_name=None if server_name is None else server_name.lower(),
        trees=trees,
        urls=tuple(dict.fromkeys(url for delegate in delegates for url in delegate.roots.urls)),
        buffering=buffering_of(delegates),
        keep=tuple(keep),
        static=static,
        media=media_of(trees),
    )


def trees_of(delegates: Iterable[FrontServer]) -> tuple[Tree, ...]:
    found: dict[str, Tree] = {}
    for delegate in delegates:
        for one in delegate.roots.directories:
            name = f"the directory {one.given or '/'}"
            add(found, Tree(plain(one.target), plain(one.given), (name,), one.seen))
        for alias, target in delegate.roots.storages.items():
            directory = location_of(alias)
            seen = directory is not None and alias not in delegate.roots.unseen
            add(found, Tree(plain(target), directory, (f"the storage {plain(alias)}",), seen))
    return tuple(found.values())


def add(found: dict[str, Tree], tree: Tree) -> None:
    """Add *tree*, or to what it is called if it is there already."""
    there = found.get(tree.target)
    if there is None:
        found[tree.target] = tree
        return
    if None not in (there.directory, tree.directory) and there.directory != tree.directory:
        raise CannotWrite(
            f"{there.names[0]} and {tree.names[0]} ({tree.directory}) are both served as {tree.target!r}; "
            "each needs one of its own."
        )
    directory = there.directory if there.directory is not None else tree.directory
    names = there.names + tuple(name for name in tree.names if name not in there.names)
    found[tree.target] = evolve(there, directory=directory, names=names, seen=there.seen and tree.seen)


def location_of(alias: str) -> str | None:
    """Return the directory of a storage; ``None`` if it is not one that Django sees."""
    try:
        storage = storages[alias]
    except InvalidStorageError as error:
        raise CannotWrite(f"There is no storage {alias!r} in STORAGES: {error}") from error
    location: Any = storage.location if isinstance(storage, FileSystemStorage) else None
    return None if location is None else plain(str(location).rstrip("/"))


def buffering_of(delegates: Iterable[FrontServer]) -> bool | None:
    said = (dict(delegate.fields("/")).get("X-Accel-Buffering") for delegate in delegates)
    return next((value == "yes" for value in said if value is not None), None)


def static_files() -> tuple[str, str] | None:
    root, url = settings.STATIC_ROOT, settings.STATIC_URL
    if not root or not url or not url.startswith("/") or url.startswith("//") or url == "/":
        return None
    return plain(url.rstrip("/")), plain(str(Path(root).absolute()))


def check_private(trees: Iterable[Tree], static: str) -> None:
    """
    Make sure that no file that is handed over is a static one, too.

    Raises:
        CannotWrite: If everybody would get it by ``STATIC_URL``.
    """
    for tree in trees:
        if tree.directory is not None and is_below(tree.directory or "/", static):
            raise CannotWrite(
                f"{tree.names[0]} ({tree.directory or '/'}) lies in STATIC_ROOT ({static}), whose files are for "
                "everybody; they must be apart."
            )


def is_below(path: str, top: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top))


def media_of(trees: Iterable[Tree]) -> str | None:
    """Return MEDIA_ROOT if it is, or lies in, or holds, one of *trees*."""
    if not settings.MEDIA_ROOT:
        return None
    media = Path(settings.MEDIA_ROOT).absolute()
    for directory in (Path(tree.directory or "/") for tree in trees if tree.directory is not None):
        if media.is_relative_to(directory) or directory.is_relative_to(media):
            return plain(str(media))
    return None


def links_comment(project: Project) -> str:
    """Return what to say of a server that follows links, where Django cannot see where they lead."""
    return "".join(
        commented(
            f"Django cannot look for links in {tree.target or '/'}, and this server follows them. Let nobody make any\n"
            "there who may not have every file that this server can read."
        )
        for tree in project.trees
        if not tree.seen
    )


def media_comment(project: Project) -> str:
    """Return what to say of ``MEDIA_ROOT``: nothing if no file of it is handed over."""
    if project.media is None:
        return ""
    return commented(
        f"Nothing is said here of MEDIA_URL, and nothing must be: MEDIA_ROOT ({project.media}) holds files\n"
        "that are handed over when Django has said yes; under a URL of their own, everybody would get them."
    )
