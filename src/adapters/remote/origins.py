"""Who holds a content on another machine, in the terms of HTTP, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from downloadable.domain import ByteRange

__all__ = ["Origin", "Reply", "Stream"]

FRAMING = ("Content-Length", "Transfer-Encoding")


class Reply(Protocol):
    """An open answer of an origin, in the terms of HTTP, whatever library has got it."""

    @property
    def status(self) -> int:
        """200, 206, 304, 412 or 416."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Header fields, found by their name in any case."""

    def read(self, most: int) -> bytes:
        """
        Return what has arrived of the body, *most* bytes at most, as the origin encoded it; nothing at the end.

        Raises:
            ContentError: If the connection breaks, or the answer ends before its announced end.
        """

    def give_back(self) -> None:
        """Close it without any I/O; if all that was announced has been read, its connection may be used again."""

    def finish(self) -> None:
        """Close it; nobody wants the body, of which a little may be read to keep the connection."""

    def close(self) -> None:
        """Close it, and its connection."""


class Origin(Protocol):
    """One content on another machine."""

    def ask(self, method: str, fields: dict[str, str]) -> Reply:
        """
        Send a GET or HEAD request with these header fields; the caller closes the answer.

        Raises:
            ContentError: For an answer that does not speak of the content, and for none.
        """


class Stream:
    """
    An open answer, and which bytes of the content are still to come from it.

    Attributes:
        suspicious: Whether nothing has come of it, and nothing said that so it would be.
    """

    def __init__(self, reply: Reply, body: ByteRange) -> None:
        self.reply, self.position, self.stop = reply, body.start, body.stop
        # http.client takes a head that breaks off for a whole one. So does an origin that fails before its first byte
        # look like one with an empty file, unless it says how long that is.
        self.suspicious = not any(name in reply.fields for name in FRAMING)

    def holds(self, wanted: ByteRange) -> bool:
        """Tell whether all that is *wanted* comes next."""
        if self.position != wanted.start:
            return False
        return self.stop is None or (wanted.stop is not None and wanted.stop <= self.stop)

    def read(self, most: int) -> bytes:
        """Return what has arrived, *most* bytes at most; nothing at the end."""
        chunk = self.reply.read(most)
        self.position += len(chunk)
        self.suspicious = self.suspicious and not chunk
        return chunk
