"""Carrying out a plan where nobody else has to be waited for: without an event loop."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from threading import Lock
from typing import Self

from downloadable.django_ui.connections import give_back_connections
from downloadable.domain import ContentInvalid, ContentTruncated, Segment
from downloadable.domain.plan import length_of
from downloadable.ports import Content

__all__ = ["Body", "Left", "carried_out", "read_in_one"]


class Body:
    """
    The segments of a plan as chunks of bytes; closes the content when it ends, however it ends.

    An object and not a generator: one that never started would not close anything.
    """

    def __init__(self, content: Content, segments: Sequence[Segment]) -> None:
        self._content: Content | None = content
        self._chunks = streamed(content, segments)
        self._begun = b""
        self._lock = Lock()
        self.closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            if self._begun:
                begun, self._begun = self._begun, b""
                return begun
            try:
                return next(self._chunks)
            except BaseException:
                self._release()
                raise

    def begin(self, length: int) -> None:
        """Read so many bytes, and nothing after them, for the first chunk: what fails here can still be answered."""
        chunks: list[bytes] = []
        while length > 0:
            chunks.append(next(self))
            length -= len(chunks[-1])
        self._begun = b"".join(chunks)

    def give_up(self) -> None:
        """Let the content wait no longer for what nobody wants any more; may be called while it is read."""
        content = self._content
        if content is not None:
            content.give_up()

    def close(self) -> None:
        """Close the content, once a chunk that is being read in another thread is there; may be called twice."""
        if self._lock.locked():
            self.give_up()
        with self._lock:
            self._release()

    def let_go(self) -> None:
        """Leave the content to another body; of this one, which nobody has begun to read, nothing is sent."""
        self._content = None
        self.close()

    def _release(self) -> None:
        self._begun = b""
        content, self._content = self._content, None
        try:
            self._chunks.close()
        finally:
            if content is not None:
                content.close()
            self.closed = True

    # Some responses are dropped without being closed, by Django or by a middleware that puts its own in their place.
    def __del__(self) -> None:
        self.close()


def streamed(content: Content, segments: Sequence[Segment]) -> Generator[bytes]:
    """Carry out a plan whose answer goes out while it is read: from its first chunk on, it needs no database."""
    if not content.keeps_database:
        give_back_connections(length_of(segments))
    yield from carried_out(content, segments)


def carried_out(content: Content, segments: Iterable[Segment]) -> Generator[bytes]:
    """Yield the *segments* of a plan, read from *content* as far as they are not bytes already."""
    for segment in segments:
        if isinstance(segment, bytes):
            yield segment
        else:
            left = Left(segment.length)
            for chunk in content.read(segment.start, segment.stop):
                yield left.counted(chunk)
            left.check()


class Left:
    """
    Holds what a content yields against the length that was announced.

    A chunk that keeps to it is sent at once, the last one, too: whether more follows may show late, or never, and the
    client must not wait for what it does not get.
    """

    def __init__(self, length: int | None) -> None:
        self._length = length

    def counted(self, chunk: bytes) -> bytes:
        """
        Count *chunk*, and return it to be sent.

        Raises:
            ContentInvalid: If it is longer than what is left. None of it is sent: with fewer bytes, another version
                would pass for the one that was announced.
        """
        if self._length is not None:
            self._length -= len(chunk)
            if self._length < 0:
                raise ContentInvalid(f"The content goes on {-self._length} bytes after the announced length.")
        return chunk

    def check(self) -> None:
        """
        Make sure that all has come.

        Raises:
            ContentTruncated: If there should be more: the client sees that the body is short.
        """
        if self._length:
            raise ContentTruncated(f"The content ended {self._length} bytes before the announced length.")


def read_in_one(content: Content, segments: Sequence[Segment], length: int) -> bytes:
    """Read a small body. A single range, which nearly all are, is held against its length once, not chunk by chunk."""
    segment = segments[0]
    if len(segments) > 1 or isinstance(segment, bytes):
        return b"".join(carried_out(content, segments))
    parts: list[bytes] = []
    size = 0
    for chunk in content.read(segment.start, segment.stop):
        parts.append(chunk)
        size += len(chunk)
        if size >= length:
            break
    if size < length:
        raise ContentTruncated(f"The content ended {length - size} bytes before the announced length.")
    if size > length:
        raise ContentInvalid(f"The content goes on {size - length} bytes after the announced length.")
    return b"".join(parts)
