"""Many contents as one ZIP archive that is made while it is sent, and that can be asked for any of its ranges."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from threading import Lock
from typing import Generic, TypeVar
from zlib import crc32 as crc32_of

from attrs import frozen

from downloadable.adapters.checksums import MemoryChecksums
from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.zip_members import Held, ZipMember
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentTruncated,
    DownloadRequest,
    EntityTag,
    Resource,
)
from downloadable.domain.member_names import member_names
from downloadable.domain.zip_layout import (
    Extent,
    PlacedEntry,
    central_directory,
    data_descriptor,
    data_descriptor_size,
    extent_of,
    local_header,
    local_header_size,
)
from downloadable.ports import Checksums, Content

__all__ = ["ZipContent", "ZipSource"]

Key = TypeVar("Key")

LAYOUT = b"1"
"""To be counted on whenever the same members come to be other bytes."""

CHECKSUMS = MemoryChecksums()
"""What this process has read, for archives that are not told of another memory."""


class ZipSource(Generic[Key]):
    """
    Archives, for ``download_view()``.

    Args:
        members_of: Says what is in the archive under a key; may raise a ``ContentError``, such as ``ContentNotFound``.

        name: File name at the client, or what makes it of a key.

        checksums: See :class:`ZipContent`.
    """

    def __init__(
        self,
        members_of: Callable[[Key], Iterable[ZipMember]],
        *,
        name: str | Callable[[Key], str] = "archive.zip",
        checksums: Checksums = CHECKSUMS,
    ) -> None:
        self._members_of, self._name, self._checksums = members_of, name, checksums

    def open(self, key: Key) -> Content:
        name = self._name if isinstance(self._name, str) else self._name(key)
        return ZipContent(name, self._members_of(key), checksums=self._checksums)


class ZipContent(Content):
    """
    A ZIP archive of other contents, which are stored in it as they are.

    Its bytes follow from its members alone, and so do its length and the place of each of them: it can be resumed, and
    asked for any range. No member is held in memory, and one is open at a time, but for those that cannot be opened
    again, such as open files.

    The checksum of a member stands in the archive behind it, and once more at the end. One that is neither told by the
    member nor remembered takes reading that member, once: also where only a range behind it is asked for.

    Each look looks at all members, but for those that know their size and a strong entity tag or digest by themselves,
    as those of rows do. The archive has an entity tag if each member has a tag, a digest, a checksum or a date; and a
    strong one if each has one of the first three. It has no time of change: taking a member away would not show in it.

    Args:
        name: File name at the client.

        members: What is in it, in this order.

        checksums: Where checksums are kept of what was read, for later ranges: this process remembers 50,000 of them,
            unless you say more (:class:`~downloadable.adapters.cached_checksums.CachedChecksums`).
    """

    def __init__(self, name: str, members: Iterable[ZipMember], *, checksums: Checksums = CHECKSUMS) -> None:
        self._name = name
        members = tuple(members)
        names = member_names(member.name for member in members)
        times = Counter(id(member.thing) for member in members)
        self._held = [
            Held(member, name, times[id(member.thing)] > 1)
            for member, name in zip(members, names, strict=True)
        ]
        self._checksums = checksums
        self._extent: Extent | None = None
        self._asked_for_all = True
        self._lock = Lock()
        self._closed = False

    @property
    def resumed(self) -> int:  # type: ignore[override]  # the port has a plain attribute for the many that never are
        """How often reading a member went on by another request."""
        return sum(held.content.resumed for held in self._held if held.made)

    @property
    def keeps_database(self) -> bool:  # type: ignore[override]
        """Whether reading any of the members may need a connection."""
        return any(held.content.keeps_database for held in self._held)

    @property
    def reopens(self) -> bool:  # type: ignore[override]
        """Whether all members do."""
        return all(held.content.reopens for held in self._held)

    def known(self) -> Resource:
        return Resource(name=self._name, content_type="application/zip")

    def describe(self, asked: DownloadRequest) -> Resource:
        self._asked_for_all, self._closed = asked.ranges is None, False
        for held in self._held:
            held.look()
        self._extent = extent = extent_of(held.entry for held in self._held)
        return Resource(
            name=self._name,
            content_type="application/zip",
            size=None if extent is None else extent.size,
            entity_tag=self._entity_tag(),
            seekable=extent is not None and all(held.resource.seekable for held in self._held),
        )

    def _entity_tag(self) -> EntityTag | None:
        """Make a tag of all that the bytes follow from."""
        hashed, weak = hashlib.sha256(LAYOUT), False
        for held in self._held:
            validator, strong = held.validator()
            if validator is None:
                return None
            weak = weak or not strong
            hashed.update(repr((held.entry, validator)).encode())
        return EntityTag(hashed.hexdigest()[:32], weak=weak)

    def acquire(self) -> None:
        if self._asked_for_all and self._held:
            self._opened(self._held[0], PLAIN_GET)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return gathered(piece for piece in self._pieces(start, stop) if piece)

    def _pieces(self, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the part from *start* to *stop* of one piece of the archive after the other; some are empty."""
        part = Part(start, stop)
        offset, placed = 0, []
        for held in self._held:
            entry = held.entry
            if not part.goes_beyond(offset):
                return
            yield part.of(local_header(entry), offset)
            data = offset + local_header_size(entry)
            if entry.size is None or part.touches(data, data + entry.size) or self._lacks(held, part, data):
                size, checksum = yield from self._data(held, part, data)
            else:
                size, checksum = entry.size, held.known_checksum(self._checksums) or 0
            if not part.goes_beyond(data + size):
                return
            yield part.of(data_descriptor(entry, size, checksum), data + size)
            placed.append(PlacedEntry(entry, offset, size, checksum))
            offset = data + size + data_descriptor_size(entry)
        end = offset
        for piece in central_directory(placed, end):
            yield part.of(piece, offset)
            offset += len(piece)
        if stop is not None and stop > offset:
            raise ContentTruncated(f"There are {offset} bytes of {self._name!r}, not {stop}.")

    def _lacks(self, held: Held, part: Part, data: int) -> bool:
        """Tell whether a checksum is wanted that only reading the member can tell."""
        entry = held.entry
        assert entry.size is not None
        if self._extent is None:
            return True  # then all of it is wanted
        after = data + entry.size
        wanted = part.touches(after, after + data_descriptor_size(entry)) or part.goes_beyond(
            self._extent.directory
        )
        return wanted and held.known_checksum(self._checksums) is None

    def _data(self, held: Held, part: Part, data: int) -> Generator[bytes, None, tuple[int, int]]:
        """Yield what *part* has of a member, which begins at *data*; return its size and its checksum."""
        size = held.entry.size
        first, last = 0, size
        if size is not None and not self._lacks(held, part, data):
            first = max(part.start - data, 0)
            last = size if part.stop is None else min(part.stop - data, size)
        whole = first == 0 and last == size
        position, checksum = first, 0
        # Whoever does not know its size is asked for all there is, so that it shows if that is more.
        stop = None if whole and held.resource.size is None else last
        asked = PLAIN_GET if whole else asking_for(first, last)
        for chunk in self._opened(held, asked).read(first, stop):
            if last is not None and position + len(chunk) > last:
                raise ContentChanged(f"{held!r} has more than {last} bytes.")
            if whole:
                checksum = crc32_of(chunk, checksum)
            yield part.of(chunk, data + position)
            position += len(chunk)
        if last is not None and position != last:
            raise ContentTruncated(f"{held!r} has {position} bytes, not {last}.")
        self._release(held)
        if whole:
            self._hold_checksum(held, checksum)
        else:
            checksum = held.known_checksum(self._checksums) or 0  # nobody wants it, or it is known
        return position if size is None else size, checksum

    def _hold_checksum(self, held: Held, checksum: int) -> None:
        expected = held.known_checksum(self._checksums)
        if expected is None:
            held.remember(self._checksums, checksum)
        elif expected != checksum:
            raise ContentChanged(f"{held!r} has the checksum {checksum:08x}, not {expected:08x}.")

    def _opened(self, held: Held, asked: DownloadRequest) -> Content:
        """Return a member's content, ready for what is *asked* of it."""
        with self._lock:
            if self._closed:
                raise ContentError(f"{self._name!r} was closed.")
            held.open(asked)
            return held.content

    def _release(self, held: Held) -> None:
        """Let go of a member; the next range may want it once more."""
        with self._lock:
            if held.content.reopens:
                held.close()

    def give_up(self) -> None:
        self._closed = True
        for held in self._held:
            if held.made:
                held.content.give_up()

    def close(self) -> None:
        self._closed = True
        with self._lock:
            for held in self._held:
                held.close()


def asking_for(first: int, last: int | None) -> DownloadRequest:
    """Make the request for a part, as a client would: then whoever is far away sends that, and nothing else."""
    return DownloadRequest.from_headers("GET", {"Range": f"bytes={first}-{'' if last is None else last - 1}"})


@frozen
class Part:
    """The part of an archive that is wanted: from *start* up to, not including, *stop*."""

    start: int
    stop: int | None

    def of(self, piece: bytes, offset: int) -> bytes:
        """Return what belongs to it of a piece that stands at *offset*."""
        if self.start <= offset and (self.stop is None or offset + len(piece) <= self.stop):
            return piece
        last = len(piece) if self.stop is None else max(self.stop - offset, 0)
        return piece[max(self.start - offset, 0) : last]

    def touches(self, first: int, last: int) -> bool:
        """Tell whether a byte from *first* up to, not including, *last* belongs to it."""
        return max(self.start, first) < (last if self.stop is None else min(self.stop, last))

    def goes_beyond(self, offset: int) -> bool:
        """Tell whether it goes on after *offset* bytes."""
        return self.stop is None or self.stop > offset


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield small *pieces* together: each chunk is a step of the server."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > CHUNK_SIZE and waiting:
            yield b"".join(waiting)
            waiting, size = [], 0
        if len(piece) >= CHUNK_SIZE // 4 and not waiting:
            yield piece
            continue
        waiting.append(piece)
        size += len(piece)
    if waiting:
        yield b"".join(waiting)
