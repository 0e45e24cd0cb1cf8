from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from downloadable.domain import ByteRange, RangeSpec, parse_ranges, select_ranges

sizes = st.integers(0, 30)
limits = st.integers(0, 6)
specs_of_text = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 35), st.integers(0, 35)).map(lambda ends: f"{min(ends)}-{max(ends)}"),
        st.integers(0, 35).map("{}-".format),
        st.integers(0, 35).map("-{}".format),
    ),
    min_size=1,
    max_size=8,
)


def parsed(texts: list[str]) -> tuple[RangeSpec, ...]:
    """Parse what is valid."""
    specs = parse_ranges("bytes=" + ",".join(texts))
    assert specs is not None
    return specs


def bytes_asked(text: str, size: int) -> list[int]:
    """List the positions of the bytes that one spec asks for, by trying each (RFC 9110, 14.1.2)."""
    first, _, last = text.partition("-")
    if not first:
        return [position for position in range(size) if position >= size - int(last)]
    return [
        position for position in range(size) if position >= int(first) and (not last or position <= int(last))
    ]


def expected_ranges(texts: list[str], size: int, limit: int) -> tuple[ByteRange, ...] | None:
    """Select by brute force, byte by byte."""
    if len(texts) > limit:
        return None
    if size == 0 and any(text.startswith("-") and int(text[1:]) for text in texts):
        return None
    asked = [positions for text in texts if (positions := bytes_asked(text, size))]
    if len(asked) > 1 and sum(map(len, asked)) > size:
        return None
    wanted = set().union(*map(set, asked))
    # Runs of neighbouring bytes, each where the first spec that asks for one of them stands.
    found: list[ByteRange] = []
    for positions in asked:
        start, stop = positions[0], positions[0]
        while start - 1 in wanted:
            start -= 1
        while stop in wanted:
            stop += 1
        if ByteRange(start, stop) not in found:
            found.append(ByteRange(start, stop))
    return tuple(found)


@given(specs_of_text, sizes, limits)
def test_selection_agrees_with_brute_force(texts: list[str], size: int, limit: int) -> None:
    """Ranges are what one gets who tries every byte."""
    assert select_ranges(parsed(texts), size, limit) == expected_ranges(texts, size, limit)


@given(specs_of_text, sizes)
def test_ranges_are_within_the_content(texts: list[str], size: int) -> None:
    """Each range exists, none overlaps or touches another, and together they are no more than there is."""
    ranges = select_ranges(parsed(texts), size, limit=16) or ()
    assert sum(one.length or 0 for one in ranges) <= size
    edges = sorted((one.start, one.stop or 0) for one in ranges)
    assert all(0 <= start < stop <= size for start, stop in edges)
    assert all(stop < start for (_, stop), (start, _) in pairwise(edges))
