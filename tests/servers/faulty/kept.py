"""Plans that once made a wrong body, as small as they came out of the search."""

from __future__ import annotations

from tests.servers.faulty.plans import Answer, Break, Plan, Version

__all__ = ["KEPT"]

KEPT = {
    "a head that ends like an empty file": Plan(
        (Answer(cut=Break(at=12, how="close", of="head")),), (Version(size=1),)
    ),
    "a part whose end nobody looks for": Plan(
        (
            Answer(framing="chunked", cut=Break(at=1)),
            Answer(framing="close", cut=Break(at=1, how="close")),
        ),
        (Version(size=3),),
    ),
    "a chunk of less than nothing": Plan(
        (Answer(framing="chunked", chunk_line="-1", cut=Break(how="pause", seconds=0.002)),),
        (Version(size=0, coded=True),),
    ),
    "a chunk of less than nothing, gone on from": Plan(
        (
            Answer(framing="chunked", chunk_line="-1", cut=Break(at=100, how="pause", seconds=0.002)),
            Answer(cut=Break(at=10)),
        ),
        (Version(size=90_000),),
    ),
}
"""By what was wrong with them."""
