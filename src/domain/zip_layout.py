"""
Where each byte of a ZIP archive lies whose members are stored, not compressed (PKWARE's APPNOTE 6.3.10).

Such an archive is its members with something small before and after each, so its length, and the place of every byte,
are known before any member is read. A checksum that is known beforehand stands before its member; any other follows it,
in a data descriptor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from attrs import field, frozen

__all__ = [
    "PlacedEntry",
    "ZipEntry",
    "central_directory",
    "central_directory_size",
    "data_descriptor",
    "data_descriptor_size",
    "local_header",
    "local_header_size",
]

MOST_16 = 0xFFFF
MOST_32 = 0xFFFFFFFF
"""What is not less stands elsewhere, in more bytes: in an extra field of Zip64 (4.5.3), or a record of it (4.3.14)."""

LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7
DESCRIPTOR = struct.Struct("<4s3L")  # 4.3.9
DESCRIPTOR_64 = struct.Struct("<4sLQQ")  # 4.3.9.2
CENTRAL = struct.Struct("<4s6H3L5H2L")  # 4.3.12
END_64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
LOCATOR_64 = struct.Struct("<4sLQL")  # 4.3.15
END = struct.Struct("<4s4H2LH")  # 4.3.16

STORED = 0
CHECKED_AFTERWARDS = 1 << 3  # checksum and sizes follow the data (4.4.4)
UTF_8 = 1 << 11
VERSION, VERSION_64 = 20, 45  # what it takes to unpack (4.4.3)
UNIX = 3 << 8  # whose file attributes these are (4.4.2)
REGULAR_FILE = 0o100644 << 16
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
"""What the clock of MS-DOS can say (4.4.6)."""


@frozen(kw_only=True)
class ZipEntry:
    """
    What an archive says of one member.

    Args:
        name: Path in the archive, separated by ``/``; at most 65,535 bytes of UTF-8.

        size: Length in bytes; ``None`` if it is only known once the member was read.

        crc32: Checksum, if it is known beforehand; else it follows the data.

        last_modified: Aware; the archive says it in UTC, to two seconds, and to one second for those who look further.
    """

    name: str
    size: int | None = None
    crc32: int | None = None
    last_modified: datetime | None = None
    encoded: bytes = field(init=False, eq=False, repr=False)

    @encoded.default
    def _encoded(self) -> bytes:
        encoded = self.name.encode()
        if not 0 < len(encoded) <= MOST_16:
            raise ValueError(f"A name in an archive has 1 to {MOST_16} bytes, not {len(encoded)}.")
        return encoded

    @property
    def is_large(self) -> bool:
        """Whether its size takes more than 32 bits, as far as that is known."""
        return self.size is None or self.size >= MOST_32

    @property
    def checked_afterwards(self) -> bool:
        """Whether a data descriptor follows."""
        return self.crc32 is None or self.size is None

    @property
    def flags(self) -> int:
        descriptor = CHECKED_AFTERWARDS if self.checked_afterwards else 0
        return descriptor | (0 if self.encoded.isascii() else UTF_8)


@frozen
class PlacedEntry:
    """
    A member in its place.

    Args:
        entry: What is known of it beforehand.

        offset: Where its local header begins in the archive, in bytes.

        size: Its length in bytes.

        crc32: Its checksum.
    """

    entry: ZipEntry
    offset: int
    size: int
    crc32: int


@frozen
class Extent:
    """
    How far an archive goes.

    Args:
        directory: Where its members end and the central directory begins, in bytes.

        size: Its whole length in bytes.
    """

    directory: int
    size: int


def local_header(entry: ZipEntry) -> bytes:
    """Return what stands before a member (4.3.7)."""
    extra = timestamp(entry)
    if entry.checked_afterwards:
        crc32 = size = 0
    else:
        assert entry.crc32 is not None
        assert entry.size is not None
        crc32, size = entry.crc32, entry.size
    if entry.is_large:
        extra = struct.pack("<2H2Q", 1, 16, size, size) + extra
        size = MOST_32
    head = LOCAL.pack(
        b"PK\3\4",
        VERSION_64 if entry.is_large else VERSION,
        entry.flags,
        STORED,
        *dos_time(entry.last_modified),
        crc32,
        size,
        size,
        len(entry.encoded),
        len(extra),
    )
    return head + entry.encoded + extra


def local_header_size(entry: ZipEntry) -> int:
    """Return the length of :func:`local_header` in bytes."""
    return LOCAL.size + len(entry.encoded) + len(timestamp(entry)) + (20 if entry.is_large else 0)


def data_descriptor(entry: ZipEntry, size: int, crc32: int) -> bytes:
    """Return what stands behind a member (4.3.9): nothing if its header has said it all."""
    if not entry.checked_afterwards:
        return b""
    form = DESCRIPTOR_64 if entry.is_large else DESCRIPTOR
    return form.pack(b"PK\7\x08", crc32, size, size)


def data_descriptor_size(entry: ZipEntry) -> int:
    """Return the length of :func:`data_descriptor` in bytes."""
    if not entry.checked_afterwards:
        return 0
    return DESCRIPTOR_64.size if entry.is_large else DESCRIPTOR.size


def central_directory(placed: Iterable[PlacedEntry], offset: int) -> Iterator[bytes]:
    """
    Yield the end of an archive: a header for each member, and the record that says where they begin (4.3.12 to 16).

    Args:
        placed: The members.

        offset: Where the first of these bytes stands in the archive.
    """
    count = size = 0
    for member in placed:
        header = central_header(member)
        count += 1
        size += len(header)
        yield header
    yield end_of_directory(count, size, offset)


def central_directory_size(placed: Iterable[PlacedEntry], offset: int) -> int:
    """Return the length of :func:`central_directory` in bytes; the checksums make no difference."""
    count = size = 0
    for member in placed:
        count += 1
        size += (
            CENTRAL.size + len(member.entry.encoded) + len(timestamp(member.entry)) + len(large_facts(member))
        )
    return size + len(end_of_directory(count, size, offset))


def extent_of(entries: Iterable[ZipEntry]) -> Extent | None:
    """Tell how long an archive is; ``None`` if that depends on a size which is only known once the member was read."""
    offset, placed = 0, []
    for entry in entries:
        if entry.size is None:
            return None
        placed.append(PlacedEntry(entry, offset, entry.size, 0))
        offset += local_header_size(entry) + entry.size + data_descriptor_size(entry)
    return Extent(offset, offset + central_directory_size(placed, offset))


def central_header(member: PlacedEntry) -> bytes:
    entry, large = member.entry, large_facts(member)
    extra = large + timestamp(entry)
    size = min(member.size, MOST_32)
    head = CENTRAL.pack(
        b"PK\1\2",
        UNIX | VERSION_64,
        VERSION_64 if large or entry.is_large else VERSION,
        entry.flags,
        STORED,
        *dos_time(entry.last_modified),
        member.crc32,
        size,
        size,
        len(entry.encoded),
        len(extra),
        0,  # no comment
        0,  # on the first disk
        0,  # not said to be text
        REGULAR_FILE,
        min(member.offset, MOST_32),
    )
    return head + entry.encoded + extra


def large_facts(member: PlacedEntry) -> bytes:
    """Return the extra field for what takes more than 32 bits (4.5.3): nothing if nothing does."""
    facts = [member.size, member.size] if member.size >= MOST_32 else []
    facts += [member.offset] if member.offset >= MOST_32 else []
    return struct.pack(f"<2H{len(facts)}Q", 1, 8 * len(facts), *facts) if facts else b""


def end_of_directory(count: int, size: int, offset: int) -> bytes:
    large = b""
    if count >= MOST_16 or size >= MOST_32 or offset >= MOST_32:
        record = END_64.pack(
            b"PK\6\6", END_64.size - 12, UNIX | VERSION_64, VERSION_64, 0, 0, count, count, size, offset
        )
        large = record + LOCATOR_64.pack(b"PK\6\7", 0, offset + size, 1)
    counted = min(count, MOST_16)
    return large + END.pack(b"PK\5\6", 0, 0, counted, counted, min(size, MOST_32), min(offset, MOST_32), 0)


def timestamp(entry: ZipEntry) -> bytes:
    """Return the extra field with the time in UTC, which 32 bits can say until 2038: nothing without one."""
    if entry.last_modified is None:
        return b""
    seconds = int(entry.last_modified.timestamp())
    return struct.pack("<2HBl", 0x5455, 5, 1, seconds) if 0 <= seconds < 1 << 31 else b""


def dos_time(moment: datetime | None) -> tuple[int, int]:
    """Return time and date as MS-DOS has them (4.4.6): in UTC, since it knows no time zones."""
    moment = FIRST if moment is None else min(max(moment.astimezone(UTC), FIRST), LAST)
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (moment.year - FIRST.year) << 9 | moment.month << 5 | moment.day
