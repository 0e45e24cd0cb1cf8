"""File objects over iterators: what is made while it is read, wherever a file is wanted."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["BytesIteratorIO", "StringIteratorIO", "TextIteratorIO"]

Piece = TypeVar("Piece", bytes, str)


class BytesIteratorIO(io.BufferedIOBase):
    """
    A file object that reads what an iterator yields: on demand, once, and no more of it than is asked for.

    Args:
        iterator: Yields ``bytes``, or text, which is encoded in UTF-8. Its ``close``, if it has one, is called when
            the file is closed.
    """

    def __init__(self, iterator: Iterable[bytes | str]) -> None:
        self._supply = Supply(iterator, b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._supply.take(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._supply.rest(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._supply.line(b"\n", -1 if size is None else size)

    def pieces(self) -> Iterator[bytes]:
        """Yield what the iterator yields, from where reading has come to."""
        return self._supply.pieces()

    def close(self) -> None:
        self._supply.close()
        super().close()


class TextIteratorIO(io.TextIOBase):
    """
    The same for text; ends of lines are left as they are.

    Args:
        iterator: Yields ``str``, or UTF-8 in ``bytes``. Its ``close``, if it has one, is called when the file is
            closed.
    """

    def __init__(self, iterator: Iterable[str | bytes]) -> None:
        self._supply = Supply(iterator, "")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        return self._supply.take(-1 if size is None else size)

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # None is taken elsewhere, too
        return self._supply.line("\n", size)

    def pieces(self) -> Iterator[str]:
        """Yield what the iterator yields, from where reading has come to."""
        return self._supply.pieces()

    def close(self) -> None:
        self._supply.close()
        super().close()


StringIteratorIO = TextIteratorIO


class Supply(Generic[Piece]):
    """What is left of an iterator, of which no more than one piece is held."""

    def __init__(self, pieces: Iterable[bytes | str], empty: Piece) -> None:
        self._pieces: Iterator[Any] = iter(pieces)
        self._empty: Piece = empty
        self._piece: Piece = empty
        self._at = 0
        self._closed = False

    def take(self, size: int) -> Piece:
        """Return the next *size* bytes or characters, or what is left if there are fewer or *size* is negative."""
        parts: list[Piece] = []
        while size != 0 and (part := self.rest(size)):
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return self._empty.join(parts)

    def line(self, newline: Piece, size: int) -> Piece:
        """Return all up to and including the next *newline*, or *size* if that is less and not negative."""
        parts: list[Piece] = []
        while size != 0 and self._at_hand():
            found = self._piece.find(newline, self._at)
            part = self.rest(size if found < 0 else least(found + 1 - self._at, size))
            parts.append(part)
            size -= len(part) if size > 0 else 0
            if part.endswith(newline):
                break
        return self._empty.join(parts)

    def rest(self, size: int) -> Piece:
        """Return what is left of the piece at hand, or of the next one; *size* at most if that is not negative."""
        if size == 0 or not self._at_hand():
            return self._empty
        part = self._piece[self._at : None if size < 0 else self._at + size]
        self._at += len(part)
        return part

    def pieces(self) -> Iterator[Piece]:
        while piece := self.rest(-1):
            yield piece

    def close(self) -> None:
        self._closed = True
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()

    def _at_hand(self) -> bool:
        """Move on to the next piece that is not empty, if the one at hand is used up."""
        if self._closed:
            raise ValueError("I/O operation on closed file.")
        while self._at == len(self._piece):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._piece, self._at = self._of_its_kind(piece), 0
        return True

    def _of_its_kind(self, piece: Any) -> Any:
        if isinstance(piece, type(self._empty)):
            return piece
        if isinstance(piece, bytes | str):
            return piece.encode() if isinstance(piece, str) else piece.decode()
        wanted, got = type(self._empty).__qualname__, type(piece).__qualname__
        raise TypeError(f"The iterator of this file must yield {wanted}, but gave {got}.")


def least(length: int, size: int) -> int:
    return length if size < 0 else min(length, size)
