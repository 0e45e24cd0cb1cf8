"""What a URL leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from typing import TYPE_CHECKING
from urllib.parse import unquote

from downloadable.adapters.http.failures import foreign_errors, translated
from downloadable.adapters.http.origins import shown, trusted
from downloadable.adapters.http.transport import (
    ANSWER_TIMEOUT,
    Caller,
    Send,
    Timeout,
    finish,
    give_back,
    send_shared,
)
from downloadable.adapters.remote import RemoteContent, Resumption, not_negative
from downloadable.domain import ContentInvalid
from downloadable.ports import Location, RemoteUrl

if TYPE_CHECKING:
    import requests

__all__ = ["TIMEOUT", "HttpContent"]

TIMEOUT: Timeout = (5.0, 20.0)
LOST_FIELDS = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)


class HttpContent(RemoteContent):
    """
    What a URL leads to.

    Args:
        url: Chosen by the program, never by a client.

        name: The file's name; by default, the last segment of the URL's path.

        send: Sends a request; by default through a session that all such contents share.

        send_elsewhere: Sends one to another origin that was redirected to, and all that follow it.

        plain: Whether *send* adds nothing that makes a difference to the answer, such as credentials, so that somebody
            else may ask for the URL in our place. So it is without *send*.

        timeout: As for :class:`HttpSource`.

        answer_timeout: As for :class:`HttpSource`.

        trusted_origins: As for :class:`HttpSource`.

        resumption: As for :class:`HttpSource`.

        max_size: As for :class:`HttpSource`.

        max_seconds: As for :class:`HttpSource`.

    Raises:
        ValueError: If a limit is negative.
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
        answer_timeout: float | None = ANSWER_TIMEOUT,
        trusted_origins: Iterable[str] = (),
        resumption: Resumption | None = None,
        max_size: int | None = None,
        max_seconds: float | None = None,
    ) -> None:
        not_negative(answer_timeout=answer_timeout)
        caller = Caller(
            send=send,
            send_elsewhere=send_elsewhere,
            timeout=timeout,
            answer_timeout=answer_timeout,
            trusted_origins=trusted(trusted_origins),
        )
        super().__init__(
            HttpOrigin(url, caller),
            name or name_of(url),
            what=shown(url),
            resumption=resumption,
            max_size=max_size,
            max_seconds=max_seconds,
        )
        self._url = url
        self._plain = plain or send is send_shared

    def locations(self) -> tuple[Location, ...]:
        return (RemoteUrl(self._url),) if self._plain else ()


class HttpOrigin:
    """Who answers for a URL."""

    def __init__(self, url: str, caller: Caller) -> None:
        self._url, self._caller = url, caller

    def ask(self, method: str, fields: dict[str, str]) -> HttpReply:
        """Send a request, and return the answer."""
        reply = HttpReply(self._caller.ask(method, self._url, fields))
        if reply.lost_fields():
            reply.close()
            raise ContentInvalid(f"{shown(self._url)!r} sent a field that cannot be read.")
        return reply


class HttpReply:
    """An answer that requests has got."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.status = response.status_code

    @property
    def fields(self) -> Mapping[str, str]:
        return self.response.headers

    def lost_fields(self) -> bool:
        """Tell whether http.client has left out fields, such as the length or framing of what it takes for content."""
        message = getattr(getattr(self.response.raw, "_fp", None), "msg", None)
        return any(isinstance(defect, LOST_FIELDS) for defect in getattr(message, "defects", ()))

    def read(self, most: int) -> bytes:
        raw = self.response.raw
        try:
            chunk: bytes = raw.read1(most, decode_content=False)
        except foreign_errors() as error:
            raise translated(error, shown(self.response.url)) from error
        # http.client reads the size of a chunk as int() does, and behind one below zero takes the framing for content.
        left = getattr(getattr(raw, "_fp", None), "chunk_left", None)
        if isinstance(left, int) and left < 0:
            raise ContentInvalid(f"{shown(self.response.url)!r} sent a chunk of less than nothing.")
        return chunk

    def give_back(self) -> None:
        give_back(self.response)

    def finish(self) -> None:
        finish(self.response)

    def close(self) -> None:
        self.response.close()


def name_of(url: str) -> str:
    _, _, path = url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")
    return unquote(path.rpartition("/")[2]).rpartition("/")[2]
