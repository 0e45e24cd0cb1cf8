"""A file that is replaced all the time, and a client that is cut all the time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from threading import Event, Thread

from tests.servers.client_model.client import Client, Held, Incoming, announced, range_of

__all__ = ["downloaded", "replacing"]

TRIES = 12
MOST_SECONDS = 0.03
BUSY = (404, 412, 416, 503)
"""What is said of a file that is another at each look."""


@contextmanager
def replacing(path: Path, contents: Sequence[bytes]) -> Iterator[None]:
    """Rename one file after another to *path*, every few milliseconds, until the end of the block."""
    stopped, draw = Event(), random.Random(1)

    def replace() -> None:
        for content in cycle(contents):
            beside = path.with_suffix(".next")
            beside.write_bytes(content)
            beside.replace(path)
            if stopped.wait(draw.random() * MOST_SECONDS):
                return

    thread = Thread(target=replace)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def downloaded(client: Client, draw: random.Random, seen: Counter[int]) -> bytes | None:
    """
    Download with cuts, believing each part that If-Range lets through and that is of a file of the same size.

    Returns:
        What the client has put together; ``None`` if it always had to begin anew.
    """
    held: Held | None = None
    for _ in range(TRIES):
        tag = None if held is None else held.strong_tag
        if held is None or tag is None:
            incoming = client.ask({})
        else:
            incoming = client.ask({"Range": f"bytes={held.gap}-", "If-Range": tag})
        seen[incoming.response.status] += 1
        held = believed(incoming, held)
        if held is not None:
            piece = incoming.read(
                draw.choice([incoming.left, incoming.left // 2, draw.randint(0, incoming.left)])
            )
            held.put(piece.start, piece.data)
        incoming.cut()
        if held is not None and held.complete:
            return bytes(held.data)
    return None


def believed(incoming: Incoming, held: Held | None) -> Held | None:
    """Say what a client holds before it reads a body; ``None`` if it has to begin anew."""
    response = incoming.response
    if response.status == 200:
        return announced(response, incoming.left)
    if response.status == 206:
        found = range_of(response.getheader("Content-Range"))
        assert found is not None
        assert held is not None
        incoming.start, _, size = found
        return held if size == held.size else None
    assert response.status in BUSY, response.status
    return None
