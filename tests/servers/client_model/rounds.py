"""What a client may do, and what may happen to the file, drawn at random."""

from __future__ import annotations

from enum import Enum

from attrs import frozen
from hypothesis import strategies as st

from tests.servers.client_model.client import Guard, Held
from tests.servers.client_model.versions import Edit, How, When

__all__ = ["ROUNDS", "SIZES", "Round", "Where", "ranges"]


class Where(Enum):
    """Which part a client asks for."""

    REST = "from the first byte that is missing"
    OVERLAPPING = "from a few bytes before it"
    MIDDLE = "a piece of what is missing"
    SUFFIX = "the last bytes"
    SEVERAL = "several pieces"


@frozen
class Round:
    """
    What a client does once: it asks, reads some of what comes, and leaves; and what happens to the file meanwhile.

    Args:
        guard: How it goes on with what it has; without anything, it begins.

        compares: Whether it compares the validators of a part with those that it has; always where it has no condition.

        where: Which part it asks for.

        by: How long, or how far off, that is, in bytes.

        percent: How much it reads of what comes, in two goes.

        reset: Whether it leaves by a reset.

        looks: Whether it asks by HEAD, and whether what it has is still right, before it goes.

        meanwhile: Edits between the two goes; those in place wait until it is gone.

        afterwards: Edits after it is gone.
    """

    guard: Guard
    compares: bool
    where: Where
    by: int
    percent: int
    reset: bool
    looks: bool
    meanwhile: tuple[Edit, ...]
    afterwards: tuple[Edit, ...]


RARELY = st.sampled_from([False, False, False, True])


def at_most(count: int) -> st.SearchStrategy[tuple[Edit, ...]]:
    # What keeps the size is harder to see.
    how = st.sampled_from([*How, How.REPLACE, How.OVERWRITE, How.RECREATE])
    edits = st.builds(Edit, how, st.sampled_from(When), RARELY)
    return st.lists(edits, max_size=count).map(tuple)


SIZES = st.sampled_from([65_537, 300_001, 1_000, 17, 1, 0, 3_000_017])
ROUNDS = st.builds(
    Round,
    guard=st.sampled_from(Guard),
    compares=RARELY,
    where=st.sampled_from(Where),
    by=st.integers(1, 70_000),
    percent=st.integers(0, 100),
    reset=st.booleans(),
    looks=st.booleans(),
    meanwhile=at_most(1),
    afterwards=at_most(2),
)


def ranges(where: Where, held: Held, by: int) -> str:
    """Spell what a client asks for that has some of a file."""
    gap, last = held.gap, held.size - 1
    if where is Where.OVERLAPPING:
        return f"{max(0, gap - by)}-"
    if where is Where.MIDDLE:
        start = min(last, gap + by)
        return f"{start}-{start + by}"
    if where is Where.SUFFIX:
        return f"-{by}"
    if where is Where.SEVERAL:
        pieces = [(gap, gap + by // 9), (gap + by, gap + by + by // 5), (gap + 2 * by, last)]
        return ",".join(f"{start}-{stop}" for start, stop in pieces if start <= min(stop, last))
    return f"{gap}-"
