"""Files of stores that are asked for block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import evolve

from downloadable.adapters.read_ahead import blocks_of, read_ahead
from downloadable.adapters.remote import Resuming, Resumption
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentChanged,
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content

__all__ = ["BlockContent", "BlockReader"]


class BlockReader(Protocol):
    """One file of a store: what is known of it, and any of its bytes. Holds nothing that must be closed."""

    def look(self) -> Resource:
        """
        Ask the store for the facts, the size among them, and remember which version of the file they are about.

        Raises:
            ContentError: If the file cannot be had; ``ContentNotFound`` if there is none.
        """

    def fetch(self, start: int, stop: int) -> bytes:
        """
        Return exactly these bytes of the version that was looked at last.

        Called from other threads, too; for what a reader ahead of its client asks, never twice at once.

        Raises:
            ContentChanged: If the file has another version by now.

            ContentUnavailable: If the store breaks off. The same may be asked for again.
        """


class BlockContent(Content):
    """
    A file of a store that hands out bytes by position, and tells versions apart.

    One request describes it. Its bytes are fetched in blocks of at most 4 MiB, the next while the present one is sent;
    the first, which the client waits for, is smaller, and is fetched while an error can still become a status.

    Args:
        reader: Asks the store.

        name: The file's name.

        resumption: When to give up a store that breaks off.
    """

    def __init__(self, reader: BlockReader, name: str, *, resumption: Resumption | None = None) -> None:
        self._reader, self._name = reader, name
        self._limits = Resumption() if resumption is None else resumption
        self._resuming = Resuming(self._limits, name)
        self._asked = PLAIN_GET
        self._described: Resource | None = None
        self._first: tuple[int, bytes] | None = None
        self._closed = False

    @property
    def resumed(self) -> int:  # type: ignore[override]  # the port has a plain attribute for the many that never are
        """How often reading went on by another request."""
        return self._resuming.resumed

    def known(self) -> Resource:
        return Resource(name=self._name)

    def describe(self, asked: DownloadRequest) -> Resource:
        self._first, self._closed = None, False
        self._resuming = Resuming(self._limits, self._name)
        self._asked = asked
        self._described = evolve(self._reader.look(), name=self._name)
        if self._described.size is None:
            raise ContentInvalid(f"The store does not say how long {self._name!r} is.")
        return self._described

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
        assert described.size is not None
        wanted = ByteRange(0, described.size)
        if self._asked.ranges:
            wanted = self._asked.ranges[0].within(described.size) or wanted
        start, stop = next(blocks_of(wanted.start, wanted.stop or 0), (0, 0))
        if self._first is None and start < stop:
            blocks = self._resuming.read(start, lambda begun: read_ahead(iter([(begun, stop)]), self._fetch))
            self._first = start, next(blocks)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        described = self._described
        if described is None or described.size is None:
            raise ContentError(f"{self._name!r} was not described: what it is can change between reads.")
        announced = described.size if stop is None else stop
        end = min(announced, described.size)
        position = start
        for chunk in self._resuming.read(start, lambda begun: read_ahead(blocks_of(begun, end), self._fetch)):
            position += len(chunk)
            yield chunk
        if position < announced:
            raise ContentTruncated(f"{self._name!r} ended at byte {position} instead of {announced}.")

    def close(self) -> None:
        """Let go of what was fetched; a request that is under way ends by itself."""
        self._closed = True
        self._resuming.close()
        self._first = None

    def _fetch(self, start: int, stop: int) -> bytes:
        if self._closed:
            raise ContentError(f"{self._name!r} is closed.")
        first, self._first = self._first, None
        if first is not None and first[0] == start and len(first[1]) >= stop - start:
            return first[1][: stop - start]
        try:
            block = self._reader.fetch(start, stop)
        except ContentNotFound as error:
            raise ContentChanged(f"{self._name!r} is gone since it was described.") from error
        if len(block) < stop - start:
            raise ContentTruncated(
                f"The store sent {len(block)} bytes of {self._name!r}, not {stop - start}."
            )
        if len(block) > stop - start:
            raise ContentInvalid(f"The store sent {len(block)} bytes of {self._name!r}, not {stop - start}.")
        return block
