"""What holds for every archive, whatever its members are called."""

from __future__ import annotations

import unicodedata

from hypothesis import given, strategies as st

from downloadable.domain import clean_name
from downloadable.domain.member_names import LONGEST, member_names
from downloadable.domain.zip_layout import (
    Extent,
    PlacedEntry,
    ZipEntry,
    central_directory,
    data_descriptor,
    extent_of,
    local_header,
)
from tests.properties.strategies import any_text

PIECES = st.sampled_from(
    ["a", "A", "é", "e\u0301", "ﬁ", "ß", "..", ".", "", " ", "CON", "C:", "a (2)", "a.txt", "\\"]
)
NAMES = st.lists(
    st.one_of(any_text, st.lists(PIECES, max_size=4).map("/".join), st.sampled_from(["a", "a/b", "a/b/c"])),
    max_size=8,
)


def unpacked(path: str) -> str:
    """Return what a file system that tells the fewest names apart makes of one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@given(NAMES)
def test_names_are_safe_and_different(names: list[str]) -> None:
    """Each leads down, to a place that no other needs, as a file or as a directory; the same ones each time."""
    paths = list(member_names(names))
    assert len(paths) == len(names)
    files = {unpacked(path) for path in paths}
    assert len(files) == len(paths)
    for path in paths:
        segments = path.split("/")
        assert len(path.encode()) <= LONGEST + 10 * len(segments)
        assert all(segment == clean_name(segment) for segment in segments)
        above = {unpacked("/".join(segments[:depth])) for depth in range(1, len(segments))}
        assert not above & files
    assert list(member_names(names)) == paths


ENTRIES = st.builds(
    ZipEntry,
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    size=st.integers(0, 40),
    crc32=st.none() | st.integers(0, (1 << 32) - 1),
    last_modified=st.none() | st.datetimes(timezones=st.timezones()),
)


@given(st.lists(ENTRIES, max_size=6))
def test_the_extent_is_what_is_written(entries: list[ZipEntry]) -> None:
    """The length of an archive, and where its directory begins, are announced as they come to be."""
    offset, placed = 0, []
    for entry in entries:
        assert entry.size is not None
        placed.append(PlacedEntry(entry, offset, entry.size, 1))
        offset += len(local_header(entry)) + entry.size + len(data_descriptor(entry, entry.size, 1))
    end = sum(map(len, central_directory(placed, offset)))
    assert extent_of(entries) == Extent(offset, offset + end)
