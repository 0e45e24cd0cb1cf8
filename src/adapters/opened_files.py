"""An open file object of any kind, of bytes or of text, as a content."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE, FileContent, flush, is_seekable
from downloadable.adapters.iterator_files import BytesIteratorIO, TextIteratorIO
from downloadable.adapters.memory import GeneratedContent, MemoryContent
from downloadable.domain import PLAIN_GET, DownloadRequest, Resource
from downloadable.ports import Content

__all__ = ["TextContent", "file_content", "in_charset"]


def file_content(file: Any, resource: Resource | None = None, *, owner: Any = None) -> Content:
    """
    Wrap an open file object; what holds text is served as its bytes. Nothing is read, and nothing is looked at.

    Args:
        file: Anything with ``read``.

        resource: What is known beside what the file itself tells.

        owner: What *file* was taken out of, if anything; it is closed with the content, in the file's place. A buffer
            in memory that has no owner stays open: there is nothing to release.

    Raises:
        TypeError: If there is no ``read``.
    """
    if type(file) is io.BytesIO:
        return MemoryContent(file.getvalue(), resource, owner=owner)
    if type(file) is io.StringIO:
        return TextContent(file.getvalue, resource, owner=owner)
    # Wrappers of all kinds pass this on, while their classes tell nothing.
    encoding = getattr(file, "encoding", None)
    owner = file if owner is None else owner
    if isinstance(file, BytesIteratorIO):
        return GeneratedContent(Pieces(file.pieces(), owner), resource)
    if isinstance(file, TextIteratorIO):
        return GeneratedContent(Pieces(file.pieces(), owner), in_charset(resource or Resource(), "utf-8"))
    if isinstance(encoding, str) and hasattr(file, "buffer"):
        return BufferContent(file, in_charset(resource or Resource(), encoding), owner)
    if isinstance(encoding, str) or isinstance(file, io.TextIOBase | codecs.StreamReader):
        return GeneratedContent(Pieces(text_of(file), owner), in_charset(resource or Resource(), "utf-8"))
    if not hasattr(file, "read"):
        raise TypeError(f"{type(file).__qualname__!r} is no file: it has no read().")
    return FileContent(file, resource, owner=owner)


class BufferContent(FileContent):
    """The bytes below a file of text."""

    def __init__(self, text: Any, resource: Resource, owner: Any) -> None:
        super().__init__(text.buffer, resource, owner=owner)
        self._text = text

    def describe(self, asked: DownloadRequest) -> Resource:
        flush(self._text)
        return super().describe(asked)


class TextContent(Content):
    """
    Text, encoded when it is looked at; its length counts bytes.

    Args:
        text: Gives the text; asked at each look.

        resource: What is known beforehand. If it has a *size*, exactly so many bytes must come of it.

        owner: What the text was taken out of, if anything: closed with the content.
    """

    def __init__(
        self, text: Callable[[], str], resource: Resource | None = None, *, owner: Any = None
    ) -> None:
        self._text = text
        self._owner = owner
        self._resource = in_charset(resource or Resource(), "utf-8")
        self._encoded: MemoryContent | None = None

    def known(self) -> Resource:
        return self._resource

    def describe(self, asked: DownloadRequest) -> Resource:
        self._encoded = MemoryContent(self._text().encode(), self._resource)
        return self._encoded.describe(asked)

    def acquire(self) -> None:
        if self._encoded is None:
            self.describe(PLAIN_GET)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.acquire()
        assert self._encoded is not None
        return self._encoded.read(start, stop)

    def close(self) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.close()


class Pieces:
    """What a file yields piece by piece, and what to close after that."""

    def __init__(self, pieces: Iterator[bytes | str], owner: Any) -> None:
        self._pieces, self._owner = pieces, owner

    def __iter__(self) -> Iterator[bytes | str]:
        return self._pieces

    def close(self) -> None:
        self._owner.close()


def text_of(file: Any) -> Iterator[str]:
    """Yield the text of a file from its start, where it can go back there."""
    if is_seekable(file):
        file.seek(0)
    while piece := file.read(CHUNK_SIZE):
        yield piece


def in_charset(resource: Resource, encoding: str) -> Resource:
    """Say that *resource* is text in *encoding*, by the name that browsers know it under."""
    return evolve(resource, charset=charset_of(encoding))


def charset_of(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name.removesuffix("-sig")
    except LookupError:
        return encoding
