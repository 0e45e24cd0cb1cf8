"""Files of stores that are asked for block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from attrs import evolve

from downloadable.adapters.read_ahead import FIRST_BLOCK_SIZE, blocks_of, read_ahead
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
    ServingPolicy,
    decide,
)
from downloadable.ports import Content

__all__ = ["BlockContent", "BlockReader", "EagerBlockReader"]

FAR = 1 << 63
"""Longer than any file."""


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


@runtime_checkable
class EagerBlockReader(BlockReader, Protocol):
    """One whose store tells the facts along with the bytes, so that both take one request."""

    def begin(self, start: int, stop: int) -> tuple[Resource, bytes] | None:
        """
        Look, and return the facts with those of these bytes that exist.

        Returns:
            ``None`` if none do, or the store has to be asked for the facts alone for any other reason.

        Raises:
            ContentError: As for ``look``.
        """


class BlockContent(Content):
    """
    A file of a store that hands out bytes by position, and tells versions apart.

    One request describes it, and fetches the first block along, if the reader can do that. Blocks have 4 MiB at most,
    and the next is fetched while the present one is sent; the first, which the client waits for, is smaller, and is
    fetched while an error can still become a status.

    Args:
        reader: Asks the store.

        name: The file's name.

        resumption: When to give up a store that breaks off.
    """

    reopens = True

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
        described = self._begun(asked) or self._reader.look()
        self._described = evolve(described, name=self._name)
        if described.size is None:
            raise ContentInvalid(f"The store does not say how long {self._name!r} is.")
        return self._described

    def _begun(self, asked: DownloadRequest) -> Resource | None:
        """Look at it with the block that will be wanted, if there is one for sure."""
        wanted = asked.ranges[0].within(FAR) if asked.ranges else ByteRange(0, FAR)
        if asked not in (PLAIN_GET, DownloadRequest(ranges=asked.ranges)) or wanted is None:
            return None
        start, stop = wanted.start, min(wanted.stop or FAR, wanted.start + FIRST_BLOCK_SIZE)
        # What counts from the end begins nobody knows where.
        if start >= FAR // 2 or not isinstance(self._reader, EagerBlockReader):
            return None
        begun = self._reader.begin(start, stop)
        if begun is None:
            return None
        self._first = start, begun[1]
        return begun[0]

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
        assert described.size is not None
        body = decide(described, ServingPolicy(), self._asked).body
        wanted = next((part for part in body if isinstance(part, ByteRange)), ByteRange(0, described.size))
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

    def give_up(self) -> None:
        self._resuming.close()

    def close(self) -> None:
        """Let go of what was fetched; a request that is under way ends by itself."""
        self._closed = True
        self._resuming.close()
        self._first = None

    def _fetch(self, start: int, stop: int) -> bytes:
        if self._closed:
            raise ContentError(f"{self._name!r} is closed.")
        first, self._first = self._first, None
        begun = first[1][: stop - start] if first is not None and first[0] == start else b""
        if len(begun) == stop - start:
            return begun
        try:
            block = begun + self._reader.fetch(start + len(begun), stop)
        except ContentNotFound as error:
            raise ContentChanged(f"{self._name!r} is gone since it was described.") from error
        if len(block) < stop - start:
            raise ContentTruncated(
                f"The store sent {len(block)} bytes of {self._name!r}, not {stop - start}."
            )
        if len(block) > stop - start:
            raise ContentInvalid(f"The store sent {len(block)} bytes of {self._name!r}, not {stop - start}.")
        return block
