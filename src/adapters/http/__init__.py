"""Content behind a URL, one round trip for each answer. Uses requests, which is imported when first used."""

from __future__ import annotations

import os
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from downloadable.adapters.http.content import TIMEOUT, HttpContent
from downloadable.adapters.http.origins import origin_of, shown, trusted
from downloadable.adapters.http.transport import ANSWER_TIMEOUT, Timeout, send_by, send_shared
from downloadable.adapters.keys import segments_of
from downloadable.adapters.remote import Resumption, not_negative
from downloadable.domain import ContentNotFound
from downloadable.ports import Content, Missing

if TYPE_CHECKING:
    import requests

__all__ = ["ANSWER_TIMEOUT", "TIMEOUT", "HttpContent", "HttpSource"]


class HttpSource:
    """
    Whatever http and https URLs lead to.

    Args:
        base_url: If given, a key is a path below it, as text that is not encoded; it cannot leave the base. If not, a
            key is a URL; never let clients choose those.

        session: Sends the requests, with its headers, credentials, proxies and certificates; it stays the caller's to
            close, and of one process. By default one without cookies is made when first needed, in each process.
            Either is shared by all threads. To another origin, redirects are followed without it, but for its proxies
            and its ``verify``. What needs a session is never left to the server in front.

        timeout: Seconds to wait for a connection, and for each piece of an answer.

        answer_timeout: Seconds until an answer must have begun, in all: connections, redirects, and the fields before
            the body. ``None`` for no limit. What a given session sends cannot be stopped, only refused afterwards.

        trusted_origins: Origins such as ``"http://minio:9000"`` that may be called although they are internal, and
            that others may redirect to.

        resumption: When to give up an origin that breaks off in the middle of a body.

        max_size: Most bytes of a file; what is longer is answered with 502, or cut where it turns out so later.

        max_seconds: Most seconds to wait for the bytes of one answer, in all, however slowly the client takes them.

    Raises:
        ValueError: If *base_url* or one of *trusted_origins* cannot be one, or a limit is negative.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        answer_timeout: float | None = ANSWER_TIMEOUT,
        trusted_origins: Iterable[str] = (),
        resumption: Resumption | None = None,
        max_size: int | None = None,
        max_seconds: float | None = None,
    ) -> None:
        if base_url is not None and (not origin_of(base_url) or "?" in base_url or "#" in base_url):
            raise ValueError(f"{shown(base_url)!r} must end with its path: keys are put behind it.")
        not_negative(answer_timeout=answer_timeout, max_size=max_size, max_seconds=max_seconds)
        self._base_url = base_url
        self._given = session
        self._made: requests.Session | None = None
        self._process = 0
        self._timeout, self._answer_timeout = timeout, answer_timeout
        self._trusted_origins = trusted(trusted_origins)
        self._resumption, self._max_size, self._max_seconds = resumption, max_size, max_seconds
        self._lock = Lock()

    def open(self, key: str) -> Content:
        url = key if self._base_url is None else below(self._base_url, key)
        if url is None:
            return Missing(ContentNotFound(f"{key!r} is not a path below {self._base_url!r}."))
        return HttpContent(
            url,
            send=self._send,
            send_elsewhere=self._send_elsewhere,
            plain=self._given is None,
            timeout=self._timeout,
            answer_timeout=self._answer_timeout,
            trusted_origins=self._trusted_origins,
            resumption=self._resumption,
            max_size=self._max_size,
            max_seconds=self._max_seconds,
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
            # Two processes that use one connection, as after a fork, would read each other's answers.
            if self._made is None or self._process != os.getpid():
                from downloadable.adapters.http.pooled import new_session

                self._made, self._process = new_session(), os.getpid()
            return self._made


def below(base_url: str, key: str) -> str | None:
    """Put *key* behind *base_url*; ``None`` if it would lead elsewhere, on whatever system the origin runs."""
    if segments_of(key, backslash=True) is None:
        return None
    try:
        return f"{base_url.rstrip('/')}/{quote(key)}"
    except UnicodeEncodeError:
        return None
