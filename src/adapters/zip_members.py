"""What is in an archive, and what is known of it by now."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from downloadable.domain import ContentChanged, DownloadRequest, EntityTag, Resource
from downloadable.domain.zip_layout import ZipEntry
from downloadable.ports import Checksums, Content, LocalFile, RemoteUrl, StoredFile

__all__ = ["HEAD", "Held", "ZipMember"]

HEAD = DownloadRequest(method="HEAD")
"""A look that holds no answer open until its body is read."""


@frozen
class ZipMember:
    """
    A file in an archive.

    Args:
        name: Path in the archive; any text. What is not safe to unpack is made so, and a name that is taken gets a
            number (see :func:`~downloadable.domain.member_names.member_names`).

        thing: A content, or whatever ``download()`` takes: a file field, a path, an open file, bytes, text, and so on.

        size: Length in bytes, if the thing does not know it. Without, of a generator, neither the archive's length nor
            any part of it can be told before it is read.

        crc32: Checksum, if a row or so knows it: then a range is answered without reading what lies before it, and the
            archive can be unpacked while it arrives.

        last_modified: Aware; ``None`` for what the thing says.

    Raises:
        ValueError: If *size* is negative, *crc32* no 32-bit number, or *last_modified* naive.
    """

    name: str
    thing: Any
    size: int | None = field(default=None, kw_only=True)
    crc32: int | None = field(default=None, kw_only=True)
    last_modified: datetime | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        Resource(size=self.size, last_modified=self.last_modified)
        if self.crc32 is not None and not 0 <= self.crc32 < 1 << 32:
            raise ValueError(f"A CRC-32 is a number from 0 to {(1 << 32) - 1}, not {self.crc32!r}.")


@define(eq=False)
class Held:
    """
    A member, and what is known of it by now.

    Attributes:
        shared: Whether another member has the same content, which may have been closed with that.
    """

    member: ZipMember
    name: str
    shared: bool
    entry: ZipEntry = field(init=False)
    resource: Resource = field(init=False)
    _content: Content | None = None
    _described: bool = False
    _acquired: bool = False
    _key: str | None = None
    _checksum: int | None = None
    _asked: bool = False

    def __repr__(self) -> str:
        return repr(self.member.name)

    @property
    def made(self) -> bool:
        """Whether there is a content already."""
        return self._content is not None

    @property
    def content(self) -> Content:
        if self._content is None:
            thing = self.member.thing
            if not isinstance(thing, Content):
                from downloadable.adapters.django_files import as_content

                thing = as_content(thing)
            self._content = thing
        return self._content

    def look(self) -> None:
        """Find out what the archive has to say of it."""
        self._forget()
        resource = self.content.known()
        if resource.size is None or not (resource.digests or is_strong(resource.entity_tag)):
            resource = self.content.describe(HEAD)
            self._described = True
        self.resource, size = resource, self.member.size
        if size is not None and resource.size not in (None, size):
            raise ContentChanged(f"{self!r} has {resource.size} bytes, not {size}.")
        self.entry = ZipEntry(
            name=self.name,
            size=resource.size if size is None else size,
            crc32=self.member.crc32,
            last_modified=self.member.last_modified or resource.last_modified,
        )
        self._key = self._checksum = None
        self._asked = False

    def open(self, asked: DownloadRequest) -> None:
        """
        Get hold of the bytes, if that has not been done.

        Raises:
            ContentChanged: If they are others than those that were looked at.
        """
        if self._acquired and not self.shared:
            return
        # A look that asked for nothing would have all of it fetched.
        if not self._described or self.shared or asked.ranges is not None:
            now = self.content.describe(asked)
            self._described = True
            if differs(self.resource, now):
                raise ContentChanged(f"{self!r} has changed since the archive was begun.")
        self.content.acquire()
        self._acquired = True

    def close(self) -> None:
        if self._content is not None:
            self._content.close()
        self._forget()

    def _forget(self) -> None:
        self._described = self._acquired = False

    def validator(self) -> tuple[object, bool]:
        """Return what tells its bytes from others, if anything does, and whether that is certain."""
        resource = self.resource
        if resource.digests:
            return resource.digests, True
        if is_strong(resource.entity_tag):
            return str(resource.entity_tag), True
        if self.entry.crc32 is not None:
            return self.entry.crc32, True
        return (
            None if resource.entity_tag is None else str(resource.entity_tag)
        ) or resource.last_modified, False

    def known_checksum(self, checksums: Checksums) -> int | None:
        """Return the checksum, if the member tells it, or somebody has read these very bytes before."""
        if not self._asked:
            self._asked = True
            key = self._key_of_bytes() if self.entry.crc32 is None else ""
            self._checksum = checksums.get(key) if key else self.entry.crc32
        return self._checksum

    def remember(self, checksums: Checksums, checksum: int) -> None:
        self._checksum = checksum
        if key := self._key_of_bytes():
            checksums.put(key, checksum)

    def _key_of_bytes(self) -> str:
        """Return what stands for these bytes wherever they are asked for; empty if nothing does."""
        if self._key is None:
            resource = self.resource
            place = "" if resource.digests else place_of(self.content)
            certain = resource.digests or (place and is_strong(resource.entity_tag))
            facts = (place, resource.digests or str(resource.entity_tag), self.entry.size)
            self._key = hashlib.sha256(repr(facts).encode()).hexdigest() if certain else ""
        return self._key


def is_strong(tag: EntityTag | None) -> bool:
    return tag is not None and not tag.weak


def differs(before: Resource, now: Resource) -> bool:
    """Tell whether what is there now cannot be what was there before; what only one of the two says decides nothing."""
    pairs = [(before.size, now.size), (before.last_modified, now.last_modified)]
    tags = (before.entity_tag, now.entity_tag)
    if is_strong(tags[0]) and is_strong(tags[1]):
        pairs.append(tags)  # type: ignore[arg-type]
    return any(first is not None and second is not None and first != second for first, second in pairs)


def place_of(content: Content) -> str:
    """Return where else the very bytes can be found; empty if nobody knows."""
    for location in content.locations():
        match location:
            case LocalFile(path=path):
                return f"file {path}"
            case StoredFile() | RemoteUrl():
                return repr(location)
            case _:
                pass
    return ""
