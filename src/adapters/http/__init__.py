"""Content behind a URL, one round trip for each answer. Uses requests, which is imported when first used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from attrs import evolve

from downloadable.adapters.file_objects import CHUNK_SIZE
from downloadable.adapters.http.answers import body_of, further_fields, sent_along, understood
from downloadable.adapters.http.origins import origin_of, shown, trusted
from downloadable.adapters.http.transport import (
    Caller,
    Send,
    Stream,
    Timeout,
    finish,
    give_back,
    new_session,
    send_by,
    send_shared,
)
from downloadable.adapters.keys import segments_of
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentError,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    Resource,
)
from downloadable.ports import Content, Location, Missing, RemoteUrl

if TYPE_CHECKING:
    import requests

__all__ = ["HttpContent", "HttpSource"]

TIMEOUT: Timeout = (5.0, 20.0)


class HttpSource:
    """
    Whatever http and https URLs lead to.

    Args:
        base_url: If given, a key is a path below it, as text that is not encoded; it cannot leave the base. If not, a
            key is a URL; never let clients choose those.

        session: Sends the requests, with its headers, credentials, proxies and certificates; it stays the caller's to
            close. By default one without cookies is made when first needed. Either is shared by all threads. To
            another origin, redirects are followed without it, but for its proxies and its ``verify``.

        timeout: Seconds to wait for a connection, and for each piece of an answer.

        trusted_origins: Origins such as ``"http://minio:9000"`` that may be called although they are internal, and
            that others may redirect to.

    Raises:
        ValueError: If *base_url* or one of *trusted_origins* cannot be one.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        trusted_origins: Iterable[str] = (),
    ) -> None:
        if base_url is not None and (not origin_of(base_url) or "?" in base_url or "#" in base_url):
            raise ValueError(f"{shown(base_url)!r} must end with its path: keys are put behind it.")
        self._base_url = base_url
        self._given = session
        self._made: requests.Session | None = None
        self._timeout = timeout
        self._trusted_origins = trusted(trusted_origins)
        self._lock = Lock()

    def open(self, key: str) -> Content:
        url = key if self._base_url is None else below(self._base_url, key)
        if url is None:
            return Missing(ContentNotFound(f"{key!r} is not a path below {self._base_url!r}."))
        return HttpContent(
            url,
            send=self._send,
            send_elsewhere=self._send_elsewhere,
            timeout=self._timeout,
            trusted_origins=self._trusted_origins,
        )

    def close(self) -> None:
        """Close the session and its connections, unless it was given."""
        with self._lock:
            session, self._made = self._made, None
        if session is not None:
            session.close()

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        return send_by(self._session(), method, url, **options)

    def _send_elsewhere(self, method: str, url: str, **options: Any) -> requests.Response:
        session = self._session()
        return send_shared(method, url, proxies={**session.proxies}, verify=session.verify, **options)

    def _session(self) -> requests.Session:
        if self._given is not None:
            return self._given
        with self._lock:
            if self._made is None:
                self._made = new_session()
            return self._made


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
        self._described: Resource | None = None
        self._stream: Stream | None = None
        self._closed = False
        self._lock = Lock()

    def known(self) -> Resource:
        return Resource(name=self._name)

    def locations(self) -> tuple[Location, ...]:
        return (RemoteUrl(self._url),)

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


def below(base_url: str, key: str) -> str | None:
    """Put *key* behind *base_url*; ``None`` if it would lead elsewhere, on whatever system the origin runs."""
    if segments_of(key, backslash=True) is None:
        return None
    try:
        return f"{base_url.rstrip('/')}/{quote(key)}"
    except UnicodeEncodeError:
        return None


def name_of(url: str) -> str:
    _, _, path = url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")
    return unquote(path.rpartition("/")[2]).rpartition("/")[2]
