"""What a URL leads to: asked for once, and then only for more of the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import unquote

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.http.answers import body_of, further_fields, sent_along, understood
from downloadable.adapters.http.origins import shown, trusted
from downloadable.adapters.http.transport import (
    Caller,
    Send,
    Stream,
    Timeout,
    finish,
    give_back,
    send_shared,
)
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentError,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content, Location, RemoteUrl

if TYPE_CHECKING:
    import requests

__all__ = ["TIMEOUT", "HttpContent"]

TIMEOUT: Timeout = (5.0, 20.0)


class HttpContent(Content):
    """
    What a URL leads to.

    The answer to the one request that describes it is kept open and becomes the body. Whatever else is read, such as
    the second of several ranges, is asked for on the condition that the content is still the one that was described.

    Args:
        url: Chosen by the program, never by a client.

        name: The file's name; by default, the last segment of the URL's path.

        send: Sends a request; by default through a session that all such contents share.

        send_elsewhere: Sends one to another origin that was redirected to, and all that follow it.

        plain: Whether *send* adds nothing that makes a difference to the answer, such as credentials, so that somebody
            else may ask for the URL in our place. So it is without *send*.

        timeout: As for :class:`HttpSource`.

        trusted_origins: As for :class:`HttpSource`.
    """

    def __init__(
        self,
        url: str,
        name: str = "",
        *,
        send: Send = send_shared,
        send_elsewhere: Send = send_shared,
        plain: bool = False,
        timeout: Timeout = TIMEOUT,
        trusted_origins: Iterable[str] = (),
    ) -> None:
        self._url = url
        self._name = name or name_of(url)
        self._caller = Caller(
            send=send,
            send_elsewhere=send_elsewhere,
            timeout=timeout,
            trusted_origins=trusted(trusted_origins),
        )
        self._plain = plain or send is send_shared
        self._described: Resource | None = None
        self._stream: Stream | None = None
        self._closed = False
        self._lock = Lock()

    def known(self) -> Resource:
        return Resource(name=self._name)

    def locations(self) -> tuple[Location, ...]:
        return (RemoteUrl(self._url),) if self._plain else ()

    def describe(self, asked: DownloadRequest) -> Resource:
        with self._lock:
            self._drop()
            self._closed = False
        return self._look(asked)

    def acquire(self) -> None:
        described = self._described or self.describe(PLAIN_GET)
        if self._stream is None:
            self._stream_of(described, ByteRange(0, described.size))

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        described = self._described
        if described is None:
            raise ContentError(
                f"{shown(self._url)!r} was not described: what it is can change between reads."
            )
        announced = described.size if stop is None else stop
        end = announced if described.size is None else min(announced or 0, described.size)
        position = start
        if end is None or start < end:
            stream = self._stream_of(described, ByteRange(start, end))
            for chunk in self._chunks(stream, end):
                # Where a range was ignored, what comes before it is passed over.
                if stream.position > start:
                    yield chunk[max(0, len(chunk) - (stream.position - start)) :]
            position = max(start, stream.position)
        if announced is not None and position < announced:
            raise ContentTruncated(f"{shown(self._url)!r} ended at byte {position} instead of {announced}.")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _look(self, asked: DownloadRequest) -> Resource:
        method = "HEAD" if asked.method == "HEAD" else "GET"
        response = self._caller.ask(method, self._url, sent_along(asked))
        try:
            answer = understood(self._name, response.status_code, response.headers, asked)
            if answer is None or answer.body is None or asked.method == "HEAD":
                finish(response)
            else:
                self._keep(response, answer.body)
        except ContentError:
            response.close()
            raise
        if answer is not None:
            self._described = answer.resource
            return answer.resource
        resource = self._look(DownloadRequest(method=asked.method))
        # An origin that answered with other bytes than those asked for is better not asked for ranges again.
        self._described = evolve(resource, seekable=False) if response.status_code == 206 else resource
        return self._described

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            give_back(stream.response)

    def _keep(self, response: requests.Response, body: ByteRange) -> Stream:
        with self._lock:
            if self._closed:
                raise ContentError(f"{shown(self._url)!r} was closed while it was asked for.")
            self._stream = Stream(response, body)
            return self._stream

    def _stream_of(self, described: Resource, wanted: ByteRange) -> Stream:
        with self._lock:
            if self._closed:
                raise ContentError(f"{shown(self._url)!r} is closed.")
            if self._stream is not None and self._stream.holds(wanted):
                return self._stream
            self._drop()
        response = self._caller.ask("GET", self._url, further_fields(described, wanted))
        try:
            body = body_of(response.status_code, response.headers, described, wanted)
            return self._keep(response, body)
        except ContentError:
            response.close()
            raise

    def _chunks(self, stream: Stream, stop: int | None) -> Iterator[bytes]:
        """Yield what comes from *stream*, up to *stop* in the content."""
        while stop is None or stream.position < stop:
            most = CHUNK_SIZE if stop is None else min(CHUNK_SIZE, stop - stream.position)
            # Closing waits for the read in flight: a connection that is given back under it is somebody else's.
            with self._lock:
                if self._stream is not stream:
                    raise ContentError(f"{shown(self._url)!r} was closed while it was read.")
                chunk = stream.read(most)
            if not chunk:
                return
            yield chunk


def name_of(url: str) -> str:
    _, _, path = url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")
    return unquote(path.rpartition("/")[2]).rpartition("/")[2]
