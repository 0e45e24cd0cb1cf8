"""What another machine holds: asked for once, then only for more of the same, and again where it breaks off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.remote.answers import Answer, body_of, further_fields, sent_along, understood
from downloadable.adapters.remote.origins import Origin, Reply, Stream
from downloadable.adapters.remote.resuming import NEVER, Resuming, Resumption, not_negative
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentError,
    ContentInvalid,
    ContentTimeout,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content

__all__ = ["RemoteContent"]


class RemoteContent(Content):
    """
    A content that an origin holds.

    The answer to the one request that describes it is kept open and becomes the body. Whatever else is read, such as
    the second of several ranges, or what is left when the origin has broken off, is asked for on the condition that the
    content is still the one that was described. Where it has no strong validator to tell by, several ranges are
    answered with the whole, and a break is the end.

    Args:
        origin: Who holds it.

        name: The file's name.

        what: What to call it in logs.

        resumption: When to give up an origin that breaks off.

        max_size: Most bytes; what is longer, or turns out to be, is ``ContentInvalid``. ``None`` for no limit.

        max_seconds: Most time to wait for the bytes of one answer, in all; what the client takes its time for is not
            counted. ``None`` for no limit.

    Raises:
        ValueError: If a limit is negative.
    """

    reopens = True

    def __init__(
        self,
        origin: Origin,
        name: str,
        *,
        what: str = "",
        resumption: Resumption | None = None,
        max_size: int | None = None,
        max_seconds: float | None = None,
    ) -> None:
        self._origin = origin
        self._name = name
        self._what = what or name
        self._limits = Resumption() if resumption is None else resumption
        not_negative(max_size=max_size, max_seconds=max_seconds)
        self._max_size, self._max_seconds = max_size, max_seconds
        self._described: Resource | None = None
        self._pinned = False
        self._waited = 0.0
        self._resuming = Resuming(self._limits, self._what)
        self._stream: Stream | None = None
        self._closed = False
        self._lock = Lock()

    @property
    def resumed(self) -> int:  # type: ignore[override]  # the port has a plain attribute for the many that never are
        """How often reading went on by another request."""
        return self._resuming.resumed

    def known(self) -> Resource:
        return Resource(name=self._name)

    def describe(self, asked: DownloadRequest) -> Resource:
        with self._lock:
            self._drop()
            self._closed = False
            self._waited = 0.0
            self._resuming = Resuming(self._limits, self._what)
        answer = self._look(asked)
        # Each range of a set is a request of its own, and nothing would tell if the content changed in between.
        if len(asked.ranges or ()) > 1 and answer.body is not None and not answer.pinned:
            if answer.body != ByteRange(0, answer.resource.size):
                with self._lock:
                    self._drop()
                answer = self._look(DownloadRequest(method=asked.method))
            answer = evolve(answer, resource=evolve(answer.resource, seekable=False))
        self._described, self._pinned = answer.resource, answer.pinned
        return answer.resource

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
        if self._stream is None:
            self._stream_of(described, ByteRange(0, described.size))

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        described = self._described
        if described is None:
            raise ContentError(f"{self._what!r} was not described: what it is can change between reads.")
        announced = described.size if stop is None else stop
        end = announced if described.size is None else min(announced or 0, described.size)
        position = start
        asked = time.monotonic()
        for chunk in self._resuming_if_pinned().read(start, lambda begun: self._from(described, begun, end)):
            self._waited += time.monotonic() - asked
            position += len(chunk)
            self._hold_limits(position)
            if chunk:
                yield chunk
            asked = time.monotonic()
        # Of what was not described so long, there is no more to be asked for.
        if announced is not None and position < announced:
            raise self._too_short(position, announced)

    def give_up(self) -> None:
        self._resuming.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._resuming.close()
            self._drop()

    def _look(self, asked: DownloadRequest) -> Answer:
        method = "HEAD" if asked.method == "HEAD" else "GET"
        reply = self._origin.ask(method, sent_along(asked))
        try:
            answer = understood(self._name, reply.status, reply.fields, asked)
            if answer is not None:
                self._hold_size(answer.resource.size)
            if answer is None or answer.body is None or asked.method == "HEAD":
                reply.finish()
            else:
                self._keep(reply, answer.body)
        except ContentError:
            reply.close()
            raise
        if answer is not None:
            return answer
        answer = self._look(DownloadRequest(method=asked.method))
        # An origin that answered with other bytes than those asked for is better not asked for ranges again.
        if reply.status == 206:
            return evolve(answer, resource=evolve(answer.resource, seekable=False))
        return answer

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.reply.give_back()

    def _keep(self, reply: Reply, body: ByteRange) -> Stream:
        with self._lock:
            if self._closed:
                raise ContentError(f"{self._what!r} was closed while it was asked for.")
            self._stream = Stream(reply, body)
            return self._stream

    def _stream_of(self, described: Resource, wanted: ByteRange) -> Stream:
        with self._lock:
            if self._closed:
                raise ContentError(f"{self._what!r} is closed.")
            if self._stream is not None and self._stream.holds(wanted):
                return self._stream
            self._drop()
        reply = self._origin.ask("GET", further_fields(described, wanted))
        try:
            return self._keep(reply, body_of(reply.status, reply.fields, described, wanted))
        except ContentError:
            reply.close()
            raise

    def _resuming_if_pinned(self) -> Resuming:
        # What comes after a break must be known to be of the same content as what came before.
        return self._resuming if self._pinned else Resuming(NEVER, self._what)

    def _from(self, described: Resource, start: int, end: int | None) -> Iterator[bytes]:
        """Yield the bytes from *start* on, by the answer that is open or by a further one; or nothing now and then."""
        if end is not None and start >= end:
            return
        stream = self._stream_of(described, ByteRange(start, end))
        # Of a content of unknown size, a further answer may know it.
        for chunk in self._chunks(stream, stream.stop if end is None else end):
            # Where a range was ignored, what comes before it is passed over: nothing of it is left, but it took time.
            yield chunk[max(0, len(chunk) - max(0, stream.position - start)) :]
        # Its end is not that of what has come already.
        if stream.position < start:
            raise self._too_short(stream.position, start)

    def _chunks(self, stream: Stream, stop: int | None) -> Iterator[bytes]:
        """Yield what comes from *stream*, up to *stop* in the content."""
        while stop is None or stream.position < stop:
            most = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - stream.position)
            # Closing waits for the read in flight: a connection that is given back under it is somebody else's.
            with self._lock:
                if self._stream is not stream:
                    raise ContentError(f"{self._what!r} was closed while it was read.")
                chunk = self._chunk(stream, most, stop)
            if not chunk:
                return
            yield chunk

    def _chunk(self, stream: Stream, most: int, stop: int | None) -> bytes:
        """Read on; a stream that breaks off, or ends before *stop*, is nobody's any more."""
        try:
            chunk = stream.read(most)
            if not chunk and stop is not None:
                raise self._too_short(stream.position, stop)
            if not chunk and stream.suspicious:
                raise ContentTruncated(f"{self._what!r} ended before its first byte.")
        except ContentError:
            self._stream = None
            stream.reply.close()
            raise
        return chunk

    def _hold_size(self, size: int | None) -> None:
        if self._max_size is not None and size is not None and size > self._max_size:
            raise ContentInvalid(f"{self._what!r} has {size} bytes, more than the {self._max_size} allowed.")

    def _hold_limits(self, position: int) -> None:
        """
        Hold what was read against the limits of one answer.

        Raises:
            ContentInvalid: If it is too long.

            ContentTimeout: If it takes too long.
        """
        self._hold_size(position)
        if self._max_seconds is not None and self._waited > self._max_seconds:
            raise ContentTimeout(f"{self._what!r} took more than {self._max_seconds} seconds in all.")

    def _too_short(self, position: int, announced: int) -> ContentTruncated:
        return ContentTruncated(f"{self._what!r} ended at byte {position} instead of {announced}.")
