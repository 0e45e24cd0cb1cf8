"""What Django knows files by, and what the server in front knows the same files by."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from attrs import frozen

from downloadable.adapters.keys import resolved, segments_of
from downloadable.ports import LocalFile, Location, StoredFile

__all__ = ["CannotSend", "Directory", "GivenRoots", "Roots", "Unseen", "UrlPrefix"]

Unseen: TypeAlias = Iterable[str | os.PathLike[str]]
GivenRoots: TypeAlias = Mapping[str | os.PathLike[str], str] | Iterable[str | os.PathLike[str]]

PORTS = {"http": 80, "https": 443}

LONGEST_NAME = 255
"""Bytes; no file system of Linux holds more. Asked for such a name, some servers say that they have failed."""
LONGEST_PATH = 4096 - LONGEST_NAME
"""Bytes below a root; the system takes 4096, with what is above it."""


class CannotSend(Exception):
    """
    The server in front cannot be told to send something.

    Args:
        subject: What.

        rule: Why, as a clause that does not depend on the single file.
    """

    def __init__(self, subject: str, rule: str) -> None:
        super().__init__(f"{subject}: {rule}")
        self.subject, self.rule = subject, rule


@frozen
class Directory:
    """
    A directory that Django and the server in front know, maybe by different names.

    Args:
        given: As it was given, absolute.

        real: With its links resolved, when it was given.

        target: What the server in front knows it by; all three without a slash at the end.

        seen: Whether Django sees the files that the server sends.
    """

    given: str
    real: str
    target: str
    seen: bool = True


@frozen
class UrlPrefix:
    """
    A place on another server, and the URI below which the server in front fetches from there.

    Args:
        origin: Scheme, host and port, in lower case; the port always stands there.

        path: Without a slash at the end.

        target: Without a slash at the end.
    """

    origin: str
    path: str
    target: str


class Roots:
    """
    A map from directories, storages and URL prefixes to what the server in front knows them by.

    Args:
        given: For each directory (an absolute path), storage (its alias in ``STORAGES``) or URL prefix (with its
            scheme), what it is to the server; for directories that it knows by the same path, just these.

        unseen: Which of these directories and storages Django does not see, or not all files of. Nobody looks there
            whether a file exists, whether it is a regular one, or where links lead.

        uris: Whether the server is told URIs rather than paths.

        urls: Whether it can fetch from other servers.

    Attributes:
        given: As they were given, as a mapping.

        unseen: As they are written there.

    Raises:
        ValueError: If one of them can be none.
    """

    def __init__(
        self,
        given: GivenRoots,
        *,
        unseen: Unseen = (),
        uris: bool = False,
        urls: bool = False,
    ) -> None:
        if isinstance(given, str | os.PathLike):
            raise ValueError(f"The roots {given!r} are a single one; write [{given!r}].")
        if not isinstance(given, Mapping):
            if uris:
                raise ValueError(
                    f"The roots {given!r} must say which URI each is served under: {{root: uri}}."
                )
            given = {root: os.fspath(root) for root in given}
        directories: list[Directory] = []
        prefixes: list[UrlPrefix] = []
        self.given = given
        self.unseen = checked_unseen(given, unseen)
        self.storages: dict[str, str] = {}
        for key, target in given.items():
            root = os.fspath(key)
            known_as = checked_target(root, target)
            if root.startswith("/"):
                seen = root not in self.unseen
                real = os.path.realpath(root)
                directories.append(Directory(trimmed(os.path.abspath(root)), trimmed(real), known_as, seen))
            elif "://" in root:
                if not urls:
                    raise ValueError(
                        f"The root {root!r} is a URL, but this server sends files of its own only."
                    )
                prefixes.append(url_prefix(root, known_as))
            elif root in ("", ".", "..") or "/" in root or isinstance(key, os.PathLike):
                raise ValueError(f"The root {root!r} is no absolute path, no alias of a storage, and no URL.")
            else:
                self.storages[root] = known_as
        self.directories = tuple(directories)
        # Of roots within roots, the innermost counts.
        self.urls = tuple(sorted(prefixes, key=lambda one: -len(one.path)))
        tops = {f"{top}/": one for one in reversed(directories) for top in (one.given, one.real)}
        self._tops = tuple(sorted(tops.items(), key=lambda pair: -len(pair[0])))

    def __repr__(self) -> str:
        return repr(self.given)

    def of_file(self, file: LocalFile) -> str:
        """
        Return what the server knows *file* by, after one look at each of its segments below the root.

        Below a root that Django does not see, its name is all that is judged.

        Raises:
            CannotSend: If it is below no root, or a link leads out of its root, or it is no regular file.

            OSError: If it cannot be looked at.
        """
        path = file.path
        for top, directory in self._tops:
            if path.startswith(top):
                rest = path[len(top) :]
                look_below(top, rest, file, seen=directory.seen)
                return f"{directory.target}/{rest}"
        if "\0" in path:
            raise CannotSend(repr(path), "no file has such a name")
        # A link above the root may have hidden it; what is plainly below a root never comes here.
        real = os.path.realpath(path)
        for top, directory in self._tops:
            if real.startswith(top):
                rest = real[len(top) :]
                stay_below(file.root, real, file)
                look_below(top, rest, file, seen=directory.seen)
                return f"{directory.target}/{rest}"
        known = ", ".join(repr(directory.given or "/") for directory in self.directories) or "none is given"
        raise CannotSend(repr(path), f"it is below none of the root directories ({known})")

    def of_stored(self, file: StoredFile, local: LocalFile | None) -> str:
        """
        Return what the server knows a file of a storage by; looked at only if it is *local*, too, and can be seen.

        Raises:
            CannotSend: If the storage has no root, or the name could lead elsewhere.

            OSError: If it is local and cannot be looked at.
        """
        subject = f"{file.name!r} of the storage {file.storage!r}"
        if file.storage not in self.storages:
            raise CannotSend(subject, f"the storage {file.storage!r} is not among the roots")
        if segments_of(file.name, backslash=False) is None:
            raise CannotSend(subject, "the name has an empty segment, '.' or '..'")
        if local is not None:
            if not local.path.endswith(f"/{file.name}"):
                raise CannotSend(subject, "the storage keeps it under another name")
            seen = file.storage not in self.unseen
            look_below(local.path.removesuffix(file.name), file.name, local, seen=seen)
        return f"{self.storages[file.storage]}/{file.name}"

    def hides(self, location: Location) -> bool:
        """Tell whether *location* is below a root that Django does not see; what is open here, it does see."""
        if not self.unseen:
            return False
        match location:
            case LocalFile(path, inode=None):
                return next((not one.seen for top, one in self._tops if path.startswith(top)), False)
            case StoredFile(storage):
                return storage in self.unseen
        return False

    def of_url(self, url: str) -> str:
        """
        Return the URI for *url*, percent-encoded as *url* is, with its query.

        Raises:
            CannotSend: If it is below no prefix, or could lead out of it.
        """
        asked = prefix_of(url)
        rest, question, query = url.partition("#")[0].partition("?")
        path = rest.partition("://")[2].partition("/")[2]
        for prefix in self.urls:
            inside = f"{prefix.path}/"
            if asked is None or asked[0] != prefix.origin or not f"/{path}".startswith(inside):
                continue
            below = f"/{path}"[len(inside) :]
            if climbs(below):
                raise CannotSend(repr(rest), "its path has an empty segment, '.' or '..'")
            told = quote(f"{below}{question}{query}", safe="%/:?&=+,;@!$'()*~[]|")
            return f"{quote(prefix.target)}/{told}"
        known = ", ".join(repr(prefix.origin + prefix.path) for prefix in self.urls) or "none is given"
        raise CannotSend(repr(rest), f"it is below none of the URL prefixes ({known})")


def checked_target(root: str, target: object) -> str:
    if (
        not isinstance(target, str)
        or not target.startswith("/")
        or any(not char.isprintable() for char in target)
    ):
        raise ValueError(f"{target!r}, for the root {root!r}, must be a text that begins with '/'.")
    if target != "/" and segments_of(target[1:].removesuffix("/"), backslash=False) is None:
        raise ValueError(f"{target!r}, for the root {root!r}, has an empty segment, '.' or '..'.")
    return trimmed(target)


def checked_unseen(given: Mapping[Any, str], unseen: Unseen) -> frozenset[str]:
    if isinstance(unseen, str | os.PathLike):
        raise ValueError(f"unseen={unseen!r} is a single one; write [{unseen!r}].")
    known = {os.fspath(root) for root in given}
    said = frozenset(os.fspath(root) for root in unseen)
    for root in sorted(said):
        if root not in known:
            raise ValueError(f"{root!r}, which is said to be unseen, is not among the roots {sorted(known)}.")
        if "://" in root:
            raise ValueError(f"{root!r} is a URL, where nobody looks; it need not be said to be unseen.")
    return said


def trimmed(path: str) -> str:
    return path.rstrip("/")


def url_prefix(url: str, target: str) -> UrlPrefix:
    found = prefix_of(url)
    if found is None or "?" in url or "#" in url or climbs(found[1].strip("/")):
        raise ValueError(
            f"The root {url!r} is no prefix of http or https URLs, without user name, query and '..'."
        )
    return UrlPrefix(found[0], trimmed(found[1]), target)


def prefix_of(url: str) -> tuple[str, str] | None:
    """Split *url* into its origin, with its port, and its path; ``None`` if it is not a plain http or https URL."""
    try:
        parts = urlsplit(url)
        usual = PORTS[parts.scheme]
        port = usual if parts.port is None else parts.port
    except (KeyError, ValueError):
        return None
    if not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}", parts.path


def climbs(path: str) -> bool:
    """Tell whether an encoded path has segments that a server may take for another place."""
    return path != "" and segments_of(unquote(path), backslash=True) is None


def look_below(top: str, rest: str, file: LocalFile, *, seen: bool = True) -> None:
    """
    Make sure that the server finds a regular file, and no link out of the root; one ``lstat`` for each segment.

    *top* is a directory with a slash at its end, and *rest* the path from there. Where the content's own root is above
    *top*, links are looked for from there on: *top* itself may be one that leads out of it.

    The server opens the file later, and follows whatever links there are then. Where the files are not *seen*, nothing
    but the name is judged, unless the file is open here.
    """
    path = top
    own = top if file.root is None else f"{trimmed(file.root)}/"
    if own != top and top.startswith(own):
        path = own
        rest = f"{top.removeprefix(own)}{rest}"
    segments = segments_of(rest, backslash=False)
    if segments is None:
        raise CannotSend(repr(file.path), "its path has an empty segment, '.' or '..'")
    if not seen and file.inode is None:
        longest = max(len(os.fsencode(segment)) for segment in segments)
        if longest > LONGEST_NAME or len(os.fsencode(rest)) > LONGEST_PATH:
            raise CannotSend(repr(file.path), "its name is too long for a file")
        return
    for segment in segments:
        path += segment
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            status = look_at_links(top, file)
            break
        path += "/"
    if not stat.S_ISREG(status.st_mode):
        raise CannotSend(repr(file.path), "it is not a regular file")
    if file.inode is not None and file.inode != (status.st_dev, status.st_ino):
        raise CannotSend(repr(file.path), "it is not the file that was opened")


def look_at_links(top: str, file: LocalFile) -> os.stat_result:
    real = resolved(file.path)
    stay_below(os.path.realpath(top), real, file)
    stay_below(file.root, real, file)
    return os.lstat(real)


def stay_below(root: str | None, real: str, file: LocalFile) -> None:
    if root is not None and not real.startswith(f"{trimmed(root)}/"):
        raise CannotSend(repr(file.path), f"a link in it leads out of {root!r}")
