"""What a URL leads to, as a Django ``File``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from downloadable.adapters.django_files import as_content
from downloadable.adapters.http import TIMEOUT, HttpContent
from downloadable.adapters.http.origins import shown
from downloadable.adapters.http.transport import send_shared, send_through
from downloadable.adapters.iterator_files import BytesIteratorIO
from downloadable.adapters.lazy_files import LazyFile
from downloadable.adapters.outgoing import ANSWER_TIMEOUT
from downloadable.adapters.remote import Resumption
from downloadable.adapters.wrapped_files import WrappedContent, overrides
from downloadable.domain import PLAIN_GET, Resource
from downloadable.ports import Content

if TYPE_CHECKING:
    import requests

__all__ = ["HTTPFile"]

HARMLESS = frozenset({"allow_redirects", "stream", "timeout", "verify"})
"""Keywords of a request that do not change what an origin answers."""

WAY = frozenset({"proxies", "verify"})
"""Those that say by which way to call an origin, whichever it is."""


class HTTPFile(LazyFile):
    """
    What a URL leads to; nothing is asked for before it is needed.

    http and https only, and nothing internal that is not trusted, wherever it redirects to. Errors are a
    :class:`~downloadable.domain.ContentError`.

    Args:
        request_factory: Called with a URL and the keywords of ``requests.get``; by default, requests are sent through
            one pooled session. It is checked as far as that can be done from outside: what the host's name resolves to
            before it is called, and afterwards the other end of the connection, where the answer tells. Whatever comes
            with a redirect, requests reads it whole before it returns, unless this is ``requests.get`` or the ``get``
            of a session.

        url: Chosen by the program, never by a client.

        name: File name; by default, the last segment of the URL's path.

        trusted_origins: Origins such as ``"http://minio:9000"`` that may be called although they are internal.

        answer_timeout: As for :class:`~downloadable.adapters.http.HttpSource`, and so are *resumption*, *max_size*
            and *max_seconds*.

        **kwargs: Further keywords for each request, such as ``headers``, ``params`` or ``timeout``. What an origin
            redirects to elsewhere is asked for without them, but for ``proxies`` and ``verify``, and without the
            factory.
    """

    def __init__(
        self,
        request_factory: Callable[..., requests.Response] | None = None,
        url: str = "",
        name: str = "",
        *,
        trusted_origins: Iterable[str] = (),
        answer_timeout: float | None = ANSWER_TIMEOUT,
        resumption: Resumption | None = None,
        max_size: int | None = None,
        max_seconds: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.request_factory = request_factory
        self.url = url
        self.kwargs = kwargs
        timeout = kwargs.pop("timeout", TIMEOUT)
        self.content = HttpContent(
            url,
            name,
            send=self._send,
            send_elsewhere=self._send_elsewhere,
            plain=request_factory is None and HARMLESS.issuperset(kwargs),
            timeout=timeout,
            answer_timeout=answer_timeout,
            trusted_origins=trusted_origins,
            resumption=resumption,
            max_size=max_size,
            max_seconds=max_seconds,
        )
        self._facts: Resource | None = None
        super().__init__(self.content.known().name)

    @property
    def size(self) -> int:
        """
        Length in bytes.

        Raises:
            AttributeError: If the origin does not say.
        """
        size = self._described().size
        if size is None:
            raise AttributeError(f"The origin does not say how long {shown(self.url)!r} is.")
        return size

    @property
    def content_type(self) -> str | None:
        """Media type, as the origin says."""
        return self._described().content_type

    def seekable(self) -> bool:
        """It is read onwards; a content of an :class:`~downloadable.adapters.http.HttpSource` knows ranges."""
        return False

    def close(self) -> None:
        """Close the connection, if there is one; it is made anew when it is next needed."""
        super().close()
        self._facts = None
        self.content.close()

    def _described(self) -> Resource:
        if self._facts is None:
            self._facts = self.content.describe(PLAIN_GET)
        return self._facts

    def _opened(self, mode: str) -> BytesIteratorIO:
        self._described()
        self.content.acquire()
        return BytesIteratorIO(self.content.read(0, None))

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        own = self.kwargs
        if url != self.url:
            own = {key: value for key, value in own.items() if key != "params"}
        options = {**own, **options, "headers": {**(own.get("headers") or {}), **options["headers"]}}
        if self.request_factory is None:
            return send_shared(method, url, **options)
        return send_through(self.request_factory, url, **options)

    def _send_elsewhere(self, method: str, url: str, **options: Any) -> requests.Response:
        return send_shared(
            method, url, **{key: self.kwargs[key] for key in self.kwargs if key in WAY}, **options
        )


@as_content.register(HTTPFile)
def _(thing: HTTPFile) -> Content:
    own = overrides(thing, HTTPFile) or type(thing).content_type is not HTTPFile.content_type
    return WrappedContent(thing) if own else thing.content
