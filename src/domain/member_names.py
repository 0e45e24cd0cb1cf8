"""Names of the members of an archive: whatever was asked for, safe to unpack anywhere, and each once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from downloadable.domain.disposition import clean_name

__all__ = ["member_names"]

LONGEST = 1024
"""Bytes of UTF-8 that a path may have; of a longer one the directories that come first are left out."""

SEPARATORS = re.compile(r"[/\\]+")
REFUSED = re.compile(r'[<>"|?*]')
"""What Windows has in no name. For a file that it saves, a browser sees to that; for what is unpacked, nobody does."""
NOWHERE = re.compile(r"\s*(?:\.*|[A-Za-z]:)\s*")
"""Segments that lead up, nowhere, or to a drive of Windows."""


def member_names(names: Iterable[str]) -> Iterator[str]:
    r"""
    Yield a relative path for each of *names*, in their order.

    ``\`` separates as ``/`` does. Each segment is what
    :func:`~downloadable.domain.clean_name` makes of it; what leads up or to a drive is left out. A name
    that is taken, also in other case or composed of other characters, gets a number: ``a (2).txt``. So does one that
    would be a file where another needs a directory, or the other way round. The same names always become the same.
    """
    taken = Taken()
    for name in names:
        yield taken.take(safe_segments(name))


def safe_segments(name: str) -> list[str]:
    parts = SEPARATORS.split(REFUSED.sub("_", name))
    segments = [clean_name(part) for part in parts if not NOWHERE.fullmatch(part)]
    segments = segments or [clean_name("")]
    while len("/".join(segments).encode()) > LONGEST:
        del segments[0]  # one alone is short enough
    return segments


class Taken:
    """The paths that are in use."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._directories: set[str] = set()
        self._numbers: dict[str, int] = {}

    def take(self, segments: list[str]) -> str:
        path = ""
        for segment in segments[:-1]:
            # What was renamed once leads to where it led then: "a (2)" is one directory, not one for each file.
            path = self._free(f"{path}{segment}", self._files) + "/"
            self._directories.add(folded(path[:-1]))
        path = self._free(f"{path}{segments[-1]}", self._files, self._directories)
        self._files.add(folded(path))
        return path

    def _free(self, path: str, *others: set[str]) -> str:
        """Return *path*, or the first of its like with a number that none of *others* has."""
        if not any(folded(path) in other for other in others):
            return path
        # Directories begin anew each time: only files are so many of one name that counting on pays.
        directory = len(others) == 1
        number = 2 if directory else self._numbers.get(path, 2)
        while any(folded(numbered(path, number, directory)) in other for other in others):
            number += 1
        self._numbers[path] = number
        return numbered(path, number, directory)


def numbered(path: str, number: int, directory: bool) -> str:
    before, slash, name = path.rpartition("/")
    stem, dot, extension = ("", "", "") if directory else name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    return f"{before}{slash}{stem} ({number}){dot}{extension}"


def folded(path: str) -> str:
    """Return what is the same for all spellings that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
