"""Objects of S3, Google Cloud Storage, Azure and others by obstore, which is imported when first used."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.keys import segments_of
from downloadable.adapters.obstore_terms import facts_of_object, hold_process, obstore_errors, options_for
from downloadable.adapters.read_ahead import BLOCK_SIZE
from downloadable.adapters.remote import tells_versions_apart
from downloadable.adapters.remote.answers import understood
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    Resource,
)
from downloadable.ports import AsyncContent, Content, Missing

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import ObjectStore

__all__ = ["ObstoreContent", "ObstoreSource"]

logger = logging.getLogger("downloadable")

NOT_MODIFIED = 304


class ObstoreSource:
    r"""
    The objects below a prefix of a store that obstore speaks to.

    A key is a relative path with ``/`` between its segments; keys with empty segments, ``.``, ``..`` or NUL are not
    found, nor is what would be one of these where ``\`` separates segments, too.

    An answer takes one request, and another for each further range of a set. Where a store breaks off in the middle of
    an object, obstore itself goes on from there if it is still the same object; how often is in the ``retry_config`` of
    the store, and timeouts are in its ``client_options``. Where obstore gives up, the rest is asked for in blocks. Its
    links cannot say what a file should be called, so none are signed: such objects are always streamed.

    Args:
        store: Such as ``obstore.store.S3Store("bucket")``; it serves all threads, and belongs to whoever made it. Use
            it first after the process has forked: reading raises ``RuntimeError`` in a child of one that has read.

        prefix: What comes before each key, such as ``"media"``.
    """

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store = store
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def open(self, key: str) -> Content:
        segments = segments_of(key, backslash=True)
        if segments is None:
            return Missing(ContentNotFound(f"{key!r} is not the name of an object."))
        return ObstoreContent(self._store, self._prefix + key, segments[-1])


class ObstoreContent(AsyncContent):
    """
    An object of a store.

    The answer to the request that describes it is kept, and becomes the body. Whatever else is read is asked for on the
    condition that it is still the object that was described.

    obstore lets no answer outlive the timeouts and retries of its store, by default three minutes and a half, however
    well it does: a slow client is enough. What is left then is asked for in blocks, each of which is read at once.

    Args:
        store: As for :class:`ObstoreSource`.

        path: The object's path in the store.

        name: The file's name; by default, the last segment of *path*.
    """

    reopens = True

    def __init__(self, store: ObjectStore, path: str, name: str = "") -> None:
        self._store = store
        self._path = path
        self._name = name or path.rpartition("/")[2]
        self._described: Resource | None = None
        self._pinned = False  # the facts tell versions apart
        self._tag: str | None = None  # as the store spells it
        self._kept: GetResult | None = None
        self._closed = False

    def known(self) -> Resource:
        return Resource(name=self._name)

    def describe(self, asked: DownloadRequest) -> Resource:
        from obstore.exceptions import BaseError, NotModifiedError

        self._kept, self._closed = None, False
        options = options_for(asked)
        try:
            with obstore_errors(self._path):
                result = self._get(options)
        except ContentError as error:
            cause = error.__cause__
            if isinstance(cause, NotModifiedError):
                answer = understood(self._name, NOT_MODIFIED, {}, asked)
                return self.describe(asked.unconditional()) if answer is None else answer.resource
            # It may be that there is no such range, and then how long the object is has to be told.
            if "range" not in options or not isinstance(cause, BaseError):
                raise
            return self.describe(DownloadRequest(method="HEAD"))
        if asked.method != "HEAD":
            self._kept = result
        self._tag = result.meta["e_tag"]
        self._described = described = facts_of_object(self._name, result)
        self._pinned = tells_versions_apart(described)
        self.resumed = 0
        return described

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
        if self._kept is None:
            with obstore_errors(self._path):
                self._kept = self._held(described, self._get(self._same()))

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        described, wanted = self._wanted(start, stop)
        try:
            with obstore_errors(self._path):
                result = self._taken(wanted)
                if result is None and not wanted.done:
                    result = self._held(described, self._get(self._same(wanted.all())))
                for chunk in () if result is None else result.stream(CHUNK_SIZE):
                    if self._closed or wanted.done:
                        break
                    yield wanted.cut(chunk)
        except ContentUnavailable as error:
            self._go_on(wanted, error)
            with obstore_errors(self._path):
                while not (self._closed or wanted.done):
                    result = self._held(described, self._get(self._same(wanted.block())))
                    yield wanted.cut(result.bytes().to_bytes())
        self._check(wanted)

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        described, wanted = self._wanted(start, stop)
        try:
            with obstore_errors(self._path):
                result = self._taken(wanted)
                if result is None and not wanted.done:
                    result = self._held(described, await self._aget(self._same(wanted.all())))
                if result is not None:
                    async for chunk in result.stream(CHUNK_SIZE):
                        if self._closed or wanted.done:
                            break
                        yield wanted.cut(chunk)
        except ContentUnavailable as error:
            self._go_on(wanted, error)
            with obstore_errors(self._path):
                while not (self._closed or wanted.done):
                    result = self._held(described, await self._aget(self._same(wanted.block())))
                    yield wanted.cut((await result.bytes_async()).to_bytes())
        self._check(wanted)

    def close(self) -> None:
        self._kept, self._closed = None, True

    async def aclose(self) -> None:
        self.close()

    def _get(self, options: GetOptions) -> GetResult:
        import obstore

        hold_process()
        return obstore.get(self._store, self._path, options=options)

    async def _aget(self, options: GetOptions) -> GetResult:
        import obstore

        hold_process()
        return await obstore.get_async(self._store, self._path, options=options)

    def _same(self, wanted: tuple[int, int] | None = None) -> GetOptions:
        """Ask for these bytes, or all, of the object that was described."""
        options: GetOptions = {}
        if self._tag is not None:
            options["if_match"] = self._tag
        if wanted is not None:
            options["range"] = wanted
        return options

    def _held(self, described: Resource, result: GetResult) -> GetResult:
        """Hold what an answer tells against what was described: a store may not know the condition."""
        if facts_of_object(self._name, result) != described:
            raise ContentChanged(f"{self._path!r} is no longer what was described.")
        return result

    def _wanted(self, start: int, stop: int | None) -> tuple[Resource, Wanted]:
        described = self._described
        if described is None or described.size is None or self._closed:
            raise ContentError(f"{self._path!r} is not open: describe() before reading, close() after.")
        announced = described.size if stop is None else stop
        return described, Wanted(start, min(announced, described.size), announced)

    def _taken(self, wanted: Wanted) -> GetResult | None:
        """Return the answer that was kept, if what is wanted comes next in it; it serves once."""
        result, self._kept = self._kept, None
        if result is None:
            return None
        start, stop = result.range
        return result if start == wanted.position and wanted.stop <= stop else None

    def _go_on(self, wanted: Wanted, error: ContentUnavailable) -> None:
        """Let the rest be asked for, or raise *error* if nobody can tell whether it is of the same object."""
        if not self._pinned:
            raise error
        self.resumed += 1
        logger.warning("%r broke off at byte %d, going on from there: %s", self._path, wanted.position, error)

    def _check(self, wanted: Wanted) -> None:
        if self._closed and not wanted.done:
            raise ContentError(f"{self._path!r} was closed while it was read.")
        if wanted.position < wanted.announced:
            raise ContentTruncated(
                f"{self._path!r} ended at byte {wanted.position} instead of {wanted.announced}."
            )


class Wanted:
    """What is still to be read: from *position* to *stop*, of what was *announced* to go up to there."""

    def __init__(self, position: int, stop: int, announced: int) -> None:
        self.position, self.stop, self.announced = position, stop, announced

    @property
    def done(self) -> bool:
        return self.position >= self.stop

    def all(self) -> tuple[int, int]:
        return self.position, self.stop

    def block(self) -> tuple[int, int]:
        """Return where the next block of it starts and stops."""
        return self.position, min(self.position + BLOCK_SIZE, self.stop)

    def cut(self, chunk: bytes) -> bytes:
        """
        Return what is wanted of the next *chunk*.

        Raises:
            ContentTruncated: If it is empty.
        """
        if not chunk:
            raise ContentTruncated(
                f"Nothing came at byte {self.position}, {self.stop - self.position} too early."
            )
        piece = chunk[: self.stop - self.position]
        self.position += len(piece)
        return piece
