"""How an origin is called: requests is imported when first used, redirects are checked, connections used again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from downloadable.adapters.http.failures import causes_of, error_of, foreign_errors, translated
from downloadable.adapters.http.origins import allowed, origin_of, redirected, shown
from downloadable.adapters.remote.answers import MEANINGFUL
from downloadable.domain import ContentError, ContentInvalid

if TYPE_CHECKING:
    import requests

__all__ = [
    "Caller",
    "Send",
    "Timeout",
    "finish",
    "give_back",
    "new_session",
    "send_by",
    "send_shared",
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
POOL_SIZE = 64
SMALL = 16 * 1024
"""Up to so many bytes of an error page, reading them costs less than a new connection."""

AT_ONCE = 0.05
"""Seconds that an error page may take to come: nobody waits longer for what nobody wants."""

Timeout: TypeAlias = tuple[float, float]
"""Seconds to wait for a connection, and for each piece of an answer."""

Send: TypeAlias = "Callable[..., requests.Response]"
"""Takes a method, a URL and keywords of ``requests.request``, all of which it has to respect."""


@frozen(kw_only=True)
class Caller:
    """
    Sends requests to where that is allowed.

    Args:
        send: Sends one request; follows no redirect.

        send_elsewhere: Sends one request to another origin than the first, with nothing that is meant for that one.

        timeout: Given to both.

        trusted_origins: As :func:`~downloadable.adapters.http.origins.trusted` returns them.
    """

    send: Send
    send_elsewhere: Send
    timeout: Timeout
    trusted_origins: frozenset[str]

    def ask(self, method: str, url: str, fields: dict[str, str]) -> requests.Response:
        """
        Return an answer that speaks of the content, wherever it was redirected to; the caller closes it.

        Raises:
            ContentError: For any other answer, and for none.
        """
        target, send = url, self.send
        options: dict[str, Any] = {
            "headers": {"Accept-Encoding": "identity", **fields},
            "timeout": self.timeout,
        }
        for _ in range(1 + MOST_REDIRECTS):
            response = self.answer(send, method, target, options)
            status, location = response.status_code, response.headers.get("Location")
            if status in MEANINGFUL:
                return response
            finish(response)
            if status not in REDIRECTS or location is None:
                raise error_of(status, response.headers, shown(target))
            target = redirected(target, location, self.trusted_origins)
            if origin_of(target) != origin_of(url):
                # What is said to one origin is no business of another, nor what that has said of the first.
                send, options = self.send_elsewhere, {**options, "auth": anonymous}
        raise ContentInvalid(f"{shown(url)!r} redirects more than {MOST_REDIRECTS} times.")

    def answer(self, send: Send, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        allowed(url, self.trusted_origins)
        try:
            response = repeated(partial(send, method, url, stream=True, allow_redirects=False, **options))
        except foreign_errors() as error:
            raise translated(error, shown(url)) from error
        if response.history:  # A sender that follows redirects all the same does not lose the guard.
            try:
                allowed(redirected(url, response.url, self.trusted_origins), self.trusted_origins)
            except ContentError:
                response.close()
                raise
        return response


def repeated(request: Callable[[], requests.Response]) -> requests.Response:
    """Send a GET or HEAD request, once more if its connection was closed in place of an answer."""
    try:
        return request()
    except foreign_errors() as error:
        # "Idempotent methods are distinguished because the request can be repeated automatically if a communication
        # failure occurs before the client is able to read the server's response."  (RFC 9110, 9.2.2)  An origin may
        # end an idle connection just when it is used again.
        if not isinstance(causes_of(error)[-1], ConnectionResetError):
            raise
    return request()


def give_back(response: requests.Response) -> None:
    """Close *response*; if all that it announced was read, its connection is used again. Does no I/O."""
    raw, fields = response.raw, response.headers
    # http.client takes any answer but 100 for the last one (RFC 9110, 15.2), and expects nothing behind the fields of
    # a 1xx or an answer to HEAD. What comes there all the same, as from an origin that answers HEAD like GET, must not
    # become somebody else's answer. A 304 with a body would break every client, so its connection is trusted.
    if (
        getattr(raw, "length_remaining", None) == 0
        and response.status_code >= 200
        and response.status_code != 204
        and getattr(response.request, "method", None) != "HEAD"
        and fields.get("Content-Length", "0") == str(raw.tell())
        and "Transfer-Encoding" not in fields
    ):
        raw.drain_conn()
    response.close()


def finish(response: requests.Response) -> None:
    """Close *response*, of which nobody wants the body; if that is small and comes at once, it is read before."""
    raw = response.raw
    left, socket = (
        getattr(raw, "length_remaining", None),
        getattr(getattr(raw, "connection", None), "sock", None),
    )
    # Only once, and not with urllib3 1: an origin could send an error page byte by byte.
    if left and left <= SMALL and socket is not None and hasattr(raw, "read1"):
        with suppress(*foreign_errors()):  # it only costs the connection
            socket.settimeout(AT_ONCE)
            raw.read1(left, decode_content=False)
    give_back(response)


def new_session() -> requests.Session:
    """Make a session for many threads and clients: a large pool, and no cookies."""
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=POOL_SIZE))
    # What an origin tells one client to remember must not be sent for another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def send_by(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """Send a request by *session*; the body of a redirect is not read."""
    hidden: dict[str, str] = {}

    def hide(response: requests.Response, **_: Any) -> None:
        # Even without following it, requests would read it all into memory only to say where it leads.
        if "Location" in response.headers:
            hidden["Location"] = response.headers.pop("Location")

    # Hooks of a request take the place of those of its session.
    own = (options.pop("hooks", None) or session.hooks).get("response") or []
    hooks = {"response": [*([own] if callable(own) else own), hide]}
    response = session.request(method, url, hooks=hooks, **options)
    response.headers.update(hidden)
    return response


@cache
def shared_session() -> requests.Session:
    return new_session()


def send_shared(method: str, url: str, **options: Any) -> requests.Response:
    """Send a request through the session of all contents that come from no source."""
    return send_by(shared_session(), method, url, **options)


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials, not even those that requests finds in a .netrc file."""
    return request
