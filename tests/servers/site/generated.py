"""Contents that are made while they are sent, and what this process knows about them."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from threading import Event, Lock

from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent
from downloadable.domain import Resource
from downloadable.ports import Content

__all__ = ["GENERATED", "TALLY", "let_go"]

CHUNK = bytes(range(256)) * 256
ANNOUNCED = 8 * 1024 * 1024
SENT = 1024 * 1024
PATIENCE_SECONDS = 60
"""After which a generator that nobody lets go fails."""


class Tally:
    """Counts generators that have begun and not ended, and the chunks that they have made."""

    def __init__(self) -> None:
        self.open = self.begun = self.chunks = 0
        self._lock = Lock()

    def begin(self) -> None:
        with self._lock:
            self.begun += 1
            self.open += 1

    def made(self) -> None:
        with self._lock:
            self.chunks += 1

    def end(self) -> None:
        with self._lock:
            self.open -= 1


TALLY = Tally()
HELD: defaultdict[str, Event] = defaultdict(Event)


def let_go(name: str) -> None:
    """Let the generator called *name* go on after its first chunk."""
    HELD[name].set()


def endless() -> Iterator[bytes]:
    TALLY.begin()
    try:
        while True:
            TALLY.made()
            yield CHUNK
    finally:
        TALLY.end()


async def aendless() -> AsyncIterator[bytes]:
    TALLY.begin()
    try:
        while True:
            TALLY.made()
            yield CHUNK
    finally:
        TALLY.end()


def limited(size: int) -> Iterator[bytes]:
    for _ in range(0, size, len(CHUNK)):
        yield CHUNK


async def alimited(size: int) -> AsyncIterator[bytes]:
    for chunk in limited(size):
        yield chunk


def failing() -> Iterator[bytes]:
    yield from limited(SENT)
    raise RuntimeError("What makes the content has failed half-way.")


async def afailing() -> AsyncIterator[bytes]:
    for chunk in failing():
        yield chunk


def held(name: str) -> Iterator[bytes]:
    yield b"first"
    assert HELD[name].wait(PATIENCE_SECONDS)
    yield b"last"


async def aheld(name: str) -> AsyncIterator[bytes]:
    yield b"first"
    assert await asyncio.to_thread(HELD[name].wait, PATIENCE_SECONDS)
    yield b"last"


def noted(name: str) -> Iterator[bytes]:
    try:
        while True:
            yield CHUNK
    finally:
        note(name)


async def anoted(name: str) -> AsyncIterator[bytes]:
    try:
        while True:
            yield CHUNK
    finally:
        note(name)


def stuck(name: str) -> Iterator[bytes]:
    try:
        yield CHUNK
        Event().wait(PATIENCE_SECONDS)
    finally:
        note(name)


def note(name: str) -> None:
    Path(os.environ["SITE_FILES"], name).touch()


LYING = Resource(name="lying.bin", size=ANNOUNCED)
FLOWING_OVER = Resource(name="overflowing.bin", size=SENT - 1)

GENERATED: Mapping[str, Callable[[str], Content]] = {
    "endless": lambda _: GeneratedContent(endless()),
    "aendless": lambda _: AsyncGeneratedContent(aendless()),
    # They announce more than they make.
    "lying": lambda _: GeneratedContent(limited(SENT), LYING),
    "alying": lambda _: AsyncGeneratedContent(alimited(SENT), LYING),
    "overflowing": lambda _: GeneratedContent(limited(SENT), FLOWING_OVER),
    "aoverflowing": lambda _: AsyncGeneratedContent(alimited(SENT), FLOWING_OVER),
    # They announce nothing, and fail.
    "failing": lambda _: GeneratedContent(failing()),
    "afailing": lambda _: AsyncGeneratedContent(afailing()),
    # They make the rest only once they are let go.
    "held": lambda name: GeneratedContent(held(name)),
    "aheld": lambda name: AsyncGeneratedContent(aheld(name)),
    # They leave a file of their name when they end, for whoever comes after the process.
    "noted": lambda name: GeneratedContent(noted(name)),
    "anoted": lambda name: AsyncGeneratedContent(anoted(name)),
    "stuck": lambda name: GeneratedContent(stuck(name)),
}
"""Contents by kind, each made anew for a name; those with an ``a`` come from asynchronous generators."""
