"""A file that is edited, on a disk or in a bucket, and all that it ever was."""

from __future__ import annotations

import os
import random
import time
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from attrs import define, field, frozen

from tests.object_store import ObjectStore

__all__ = ["Disk", "Edit", "Editable", "How", "Stored", "Version", "When", "noise"]

NANOSECONDS = 1_000_000_000
HOUR = 3600 * NANOSECONDS


class How(Enum):
    """What somebody does to a file."""

    REPLACE = "write another beside it and rename that"
    OVERWRITE = "write over it, in place"
    REWRITE = "cut it to nothing, and write again"
    APPEND = "append to it"
    TRUNCATE = "cut its end off"
    DELETE = "delete it"
    RECREATE = "delete it, and write one of that name"
    RESTORE = "rename a copy of what it first was, with its old date"
    RESTORE_IN_PLACE = "write what it first was over it, with its old date"
    TOUCH = "change its date"


# They change the bytes of an open file, and a server that reads them at this moment cannot know better.
IN_PLACE = (How.OVERWRITE, How.REWRITE, How.APPEND, How.TRUNCATE, How.RESTORE_IN_PLACE)


class When(Enum):
    """Which date the file has after that."""

    NOW = "now"
    PAST = "an hour ago, in a second of its own"
    SAME_SECOND = "within the second of the one before"
    SAME = "exactly that of the one before"


@frozen
class Edit:
    """
    Something that happens to a file.

    Args:
        resized: Whether what replaces it has another size, where that is not in the nature of it.
    """

    how: How
    when: When = When.NOW
    resized: bool = False

    @property
    def in_place(self) -> bool:
        return self.how in IN_PLACE


@frozen
class Version:
    """
    What a file was for a while.

    Args:
        number: Tells it from all others.

        modified: Its date, in nanoseconds since the epoch.
    """

    number: int
    content: bytes = field(repr=lambda content: f"<{len(content)} bytes>")
    modified: int

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def second(self) -> int:
        return self.modified // NANOSECONDS


@lru_cache(maxsize=64)
def noise(number: int, size: int) -> bytes:
    """Bytes of a version: at each offset, they are those of another one by chance only."""
    return random.Random(number).randbytes(size)


class Editable(Protocol):
    """A file that exists in versions, the last of which is the present one; ``None`` while there is none."""

    versions: list[Version]

    @property
    def name(self) -> str: ...
    @property
    def present(self) -> Version | None: ...
    def edit(self, edit: Edit) -> None: ...


@define
class Disk:
    """A file in a directory."""

    path: Path
    versions: list[Version] = field(factory=list)
    present: Version | None = None

    @classmethod
    def made(cls, path: Path, size: int, when: When = When.PAST) -> Disk:
        disk = cls(path)
        disk._put(path, noise(0, size), when)
        disk._look(noise(0, size))
        return disk

    @property
    def name(self) -> str:
        return self.path.name

    def edit(self, edit: Edit) -> None:
        """Do it, and look what has come of it; whatever is done in place to what is gone makes it anew."""
        content = changed(edit, self.versions, self.present)
        if content is None:
            self.path.unlink(missing_ok=True)
            self.present = None
            return
        when = When.NOW if self.present is None else edit.when
        before = self.path.stat().st_ctime_ns if self.present else 0
        if edit.how is How.RECREATE or self.present is None:
            self.path.unlink(missing_ok=True)
            self._put(self.path, content, when)
        elif edit.how is How.TOUCH:
            self._date(self.path, when)
        elif edit.in_place:
            self._write_over(content, edit)
        else:
            beside = self.path.with_suffix(".new")
            self._put(beside, content, when)
            if edit.how is How.RESTORE:
                os.utime(beside, ns=(self.versions[0].modified,) * 2)
            beside.replace(self.path)
        # Before Linux 6.13, its clock ticks every few milliseconds; whatever happens between two ticks has one time.
        while (status := self.path.stat()).st_ctime_ns == before:
            os.utime(self.path, ns=(status.st_mtime_ns,) * 2)
        self._look(content)

    def _write_over(self, content: bytes, edit: Edit) -> None:
        present = self.present
        assert present is not None
        with self.path.open("r+b") as file:
            if edit.how is How.REWRITE:
                file.truncate(0)
            if edit.how is How.APPEND:
                file.seek(present.size)
                file.write(content[present.size :])
            else:
                file.write(content)
            file.truncate(len(content))
        if edit.how is How.RESTORE_IN_PLACE:
            os.utime(self.path, ns=(self.versions[0].modified,) * 2)
        else:
            self._date(self.path, edit.when)

    def _put(self, path: Path, content: bytes, when: When) -> None:
        path.write_bytes(content)
        self._date(path, when)

    def _date(self, path: Path, when: When) -> None:
        if when is When.NOW:
            os.utime(path)
            return
        last = self.versions[-1].modified if self.versions else 0
        modified = {
            When.PAST: time.time_ns() - HOUR + 2 * len(self.versions) * NANOSECONDS,
            When.SAME_SECOND: last - last % NANOSECONDS + (last + 1_000_003) % NANOSECONDS,
            When.SAME: last,
        }[when]
        os.utime(path, ns=(modified, modified))

    def _look(self, content: bytes) -> None:
        self.present = Version(len(self.versions), content, self.path.stat().st_mtime_ns)
        self.versions.append(self.present)


@define
class Stored:
    """An object in a bucket, which is never changed in place and always has the date of now."""

    store: ObjectStore
    name: str
    versions: list[Version] = field(factory=list)
    present: Version | None = None

    @classmethod
    def made(cls, store: ObjectStore, name: str, size: int) -> Stored:
        stored = cls(store, name)
        stored._put(noise(0, size))
        return stored

    def edit(self, edit: Edit) -> None:
        content = changed(edit, self.versions, self.present)
        if content is not None:
            self._put(content)
        elif self.present is not None:
            self.store.delete(self.name)
            self.present = None

    def _put(self, content: bytes) -> None:
        self.store.put(self.name, content)
        self.present = Version(len(self.versions), content, time.time_ns())
        self.versions.append(self.present)


def changed(edit: Edit, versions: list[Version], present: Version | None) -> bytes | None:
    """Return the bytes after an edit; ``None`` if there are none."""
    number, last = len(versions), versions[-1].content
    if edit.how is How.DELETE:
        return None
    if edit.how in (How.RESTORE, How.RESTORE_IN_PLACE):
        return versions[0].content
    if edit.how is How.APPEND:
        return last + noise(number, 1000)
    if edit.how is How.TRUNCATE:
        return last[: len(last) * 2 // 3]
    if edit.how is How.TOUCH and present is not None:
        return last
    return noise(number, len(last) + 777 if edit.resized or edit.how is How.REWRITE else len(last))
