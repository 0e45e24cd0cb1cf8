"""Python's zipfile reads what the layout says, at each limit of 16 and of 32 bits, from files that are mostly holes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from downloadable.domain.zip_layout import (
    Extent,
    PlacedEntry,
    ZipEntry,
    central_directory,
    data_descriptor,
    data_descriptor_size,
    extent_of,
    local_header,
    local_header_size,
)

LIMIT = 0xFFFFFFFF
CHANGED = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)


def write_holes(path: Path, entries: Sequence[ZipEntry], crc32: int = 0) -> Extent:
    """Write an archive whose members are holes; return where it ended up."""
    offset, placed = 0, []
    with path.open("wb") as file:
        for entry in entries:
            assert entry.size is not None
            file.seek(offset)
            assert file.write(local_header(entry)) == local_header_size(entry)
            file.seek(entry.size, 1)
            assert file.write(data_descriptor(entry, entry.size, crc32)) == data_descriptor_size(entry)
            placed.append(PlacedEntry(entry, offset, entry.size, crc32))
            offset = file.tell()
        file.writelines(central_directory(placed, offset))
        return Extent(offset, file.tell())


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 1 << 40])
@pytest.mark.parametrize("crc32", [None, 0x12345678])
def test_sizes(tmp_path: Path, size: int, crc32: int | None) -> None:
    """Members of any size are found, and what follows them, too: sizes and offsets beyond 32 bits are in Zip64."""
    entries = [
        ZipEntry(name="first", size=size, crc32=crc32),
        ZipEntry(name="second", size=3, crc32=crc32, last_modified=CHANGED),
    ]
    path = tmp_path / "a.zip"
    assert write_holes(path, entries, 0x12345678) == extent_of(entries)
    with zipfile.ZipFile(path) as archive:
        first, second = archive.infolist()
        assert [(info.filename, info.file_size, info.CRC) for info in (first, second)] == [
            ("first", size, 0x12345678),
            ("second", 3, 0x12345678),
        ]
        assert second.date_time == (2024, 5, 17, 12, 30, 14)
        # It reads the local header, and refuses one that is not what the directory says.
        archive.open(second).close()


@pytest.mark.parametrize("count", [0, 1, 0xFFFE, 0xFFFF, 0x10001])
def test_counts(tmp_path: Path, count: int) -> None:
    """As many members as there are, none and more than 16 bits count included."""
    entries = [ZipEntry(name=f"{number}", size=0) for number in range(count)]
    path = tmp_path / "a.zip"
    assert write_holes(path, entries) == extent_of(entries)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == count
        assert [info.filename for info in archive.infolist()[-1:]] == [str(count - 1)][:count]


def test_what_is_known_needs_no_descriptor() -> None:
    """A checksum that is known stands before the data: nothing follows, and nothing says that something did."""
    entry = ZipEntry(name="a", size=3, crc32=zlib.crc32(b"abc"))
    assert data_descriptor(entry, 3, zlib.crc32(b"abc")) == b""
    assert entry.flags == 0
    assert local_header(entry)[14:26] == zlib.crc32(b"abc").to_bytes(4, "little") + b"\3\0\0\0" * 2


@pytest.mark.parametrize("entry", [ZipEntry(name="a", size=3), ZipEntry(name="a", crc32=1)])
def test_what_is_not_known_follows(entry: ZipEntry) -> None:
    """Without a checksum or a size, the header says zero and where to look (APPNOTE 4.4.4)."""
    assert entry.flags == 1 << 3
    assert local_header(entry)[14:18] == bytes(4)
    assert data_descriptor(entry, 3, 7)[:8] == b"PK\7\x08\7\0\0\0"


def test_an_unknown_size_has_room_for_any() -> None:
    """What may become large is announced in Zip64, and nobody can tell the length of the whole."""
    entry = ZipEntry(name="a")
    assert data_descriptor_size(entry) == len(data_descriptor(entry, 1 << 40, 0)) == 24
    assert extent_of([ZipEntry(name="b", size=1), entry]) is None


@pytest.mark.parametrize(("name", "flags"), [("a.txt", 0), ("ü.txt", 1 << 11)])
def test_only_what_needs_it_is_said_to_be_utf_8(name: str, flags: int) -> None:
    """The flag of UTF-8 is for names that are not the same in every code page (APPNOTE, appendix D)."""
    assert ZipEntry(name=name, size=0, crc32=0).flags == flags


@pytest.mark.parametrize("name", ["", "a" * 0x10000])
def test_names_have_a_length(name: str) -> None:
    """A name that the format cannot say is refused at once."""
    with pytest.raises(ValueError, match="bytes"):
        ZipEntry(name=name)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(None, (1980, 1, 1, 0, 0, 0), id="unknown"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0), id="before the first"),
        pytest.param(datetime(2200, 1, 1, tzinfo=UTC), (2107, 12, 31, 23, 59, 58), id="after the last"),
        pytest.param(
            datetime(2024, 1, 1, 1, 0, 1, tzinfo=timezone(timedelta(hours=2))),
            (2023, 12, 31, 23, 0, 0),
            id="in UTC",
        ),
    ],
)
def test_times(tmp_path: Path, moment: datetime | None, expected: tuple[int, ...]) -> None:
    """A time that MS-DOS cannot say is the nearest that it can."""
    path = tmp_path / "a.zip"
    entries = [ZipEntry(name="a", size=0, last_modified=moment)]
    assert write_holes(path, entries) == extent_of(entries)
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].date_time == expected
