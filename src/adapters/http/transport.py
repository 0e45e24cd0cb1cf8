"""How an origin is called: requests is imported when first used, redirects are checked, connections used again."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from downloadable.adapters.http.failures import causes_of, error_of, foreign_errors, translated
from downloadable.adapters.http.guard import (
    Call,
    anonymous,
    calling,
    public_addresses,
    refuse_internal_peer,
)
from downloadable.adapters.http.origins import allowed, is_trusted, origin_of, redirected, refusal, shown
from downloadable.adapters.outgoing import ANSWER_TIMEOUT
from downloadable.adapters.remote.answers import MEANINGFUL
from downloadable.domain import ContentError, ContentForbidden, ContentInvalid, ContentTimeout

if TYPE_CHECKING:
    import requests

__all__ = [
    "ANSWER_TIMEOUT",
    "Caller",
    "Send",
    "Timeout",
    "finish",
    "give_back",
    "send_by",
    "send_shared",
    "send_through",
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
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

        answer_timeout: Seconds until the fields of an answer must be there, redirects included; ``None`` for no limit.

        trusted_origins: As :func:`~downloadable.adapters.http.origins.trusted` returns them.
    """

    send: Send
    send_elsewhere: Send
    timeout: Timeout
    answer_timeout: float | None = ANSWER_TIMEOUT
    trusted_origins: frozenset[str]

    def ask(self, method: str, url: str, fields: dict[str, str]) -> requests.Response:
        """
        Return an answer that speaks of the content, wherever it was redirected to; the caller closes it.

        Raises:
            ContentError: For any other answer, and for none.
        """
        target, send, leader = url, self.send, ""
        options: dict[str, Any] = {
            "headers": {"Accept-Encoding": "identity", **fields},
            "timeout": self.timeout,
        }
        deadline = math.inf if self.answer_timeout is None else time.monotonic() + self.answer_timeout
        for _ in range(1 + MOST_REDIRECTS):
            response = self.answer(send, method, target, options, self.admitted(target, deadline, leader))
            status, location = response.status_code, response.headers.get("Location")
            if status in MEANINGFUL:
                return response
            finish(response)
            if status not in REDIRECTS or location is None:
                raise error_of(status, response.headers, shown(target))
            leader, target = target, redirected(target, location, self.trusted_origins)
            if origin_of(target) != origin_of(url):
                # What is said to one origin is no business of another, nor what that has said of the first.
                send, options = self.send_elsewhere, {**options, "auth": anonymous}
        raise ContentInvalid(f"{shown(url)!r} redirects more than {MOST_REDIRECTS} times.")

    def answer(
        self, send: Send, method: str, url: str, options: dict[str, Any], call: Call
    ) -> requests.Response:
        self.hold_deadline(url, call.deadline)
        try:
            with calling(call):
                response = repeated(partial(send, method, url, stream=True, allow_redirects=False, **options))
        except foreign_errors() as error:
            raise translated(error, shown(url)) from error
        try:
            self.hold_rules(response, url, call)
            self.hold_deadline(url, call.deadline)
        except ContentError:
            response.close()
            raise
        return response

    def admitted(self, url: str, deadline: float, leader: str = "") -> Call:
        """
        Say how *url* may be called, to which *leader* has redirected, if any.

        Raises:
            ContentForbidden: If it may not be.
        """
        allowed(url, self.trusted_origins)
        origin = origin_of(url)
        trusted = is_trusted(origin, self.trusted_origins)
        # Our trust is for what the program asks for, not for what anybody else would like to have asked.
        if trusted and (not leader or is_trusted(origin_of(leader), self.trusted_origins)):
            return Call(origin=origin, trusted=True, deadline=deadline)
        try:
            return Call(origin=origin, addresses=public_addresses(url), deadline=deadline)
        except ContentForbidden as error:
            if trusted:
                why = f"redirects to {origin!r}, an internal origin, and is not trusted itself"
                raise ContentForbidden(refusal(leader, why)) from error
            raise

    def hold_rules(self, response: requests.Response, url: str, call: Call) -> None:
        """
        Hold what a sender did by itself against the rules: whom it connected to, where it followed redirects to.

        Raises:
            ContentError: If that was not allowed.
        """
        for step in (*response.history[1:], response) if response.history else ():
            leader, url = url, redirected(url, step.url, self.trusted_origins)
            call = self.admitted(url, call.deadline, leader)
        if not (call.trusted or call.guarded):
            refuse_internal_peer(url, response)

    def hold_deadline(self, url: str, deadline: float) -> None:
        """
        Hold the time against *deadline*.

        Raises:
            ContentTimeout: If it is over.
        """
        if time.monotonic() > deadline:
            raise ContentTimeout(f"{shown(url)!r} did not answer in {self.answer_timeout} seconds.")


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
    # Only once: an origin could send an error page byte by byte.
    if left and left <= SMALL and socket is not None:
        with suppress(*foreign_errors()):  # it only costs the connection
            socket.settimeout(AT_ONCE)
            raw.read1(left, decode_content=False)
    give_back(response)


def send_by(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """Send a request by *session*; the body of a redirect is not read."""
    return redirects_unread(partial(session.request, method, url), session.hooks, options)


def send_through(factory: Callable[..., requests.Response], url: str, **options: Any) -> requests.Response:
    """Send a request by what is called like ``requests.get``; if it is that, the body of a redirect is not read."""
    import requests

    session = getattr(factory, "__self__", None)
    if isinstance(session, requests.Session) and getattr(factory, "__func__", None) is requests.Session.get:
        return redirects_unread(partial(factory, url), session.hooks, options)
    if factory is requests.api.get:
        return redirects_unread(partial(factory, url), {}, options)
    return factory(url, **options)


def redirects_unread(
    send: Callable[..., requests.Response], hooks: Mapping[str, Any], options: dict[str, Any]
) -> requests.Response:
    hidden: dict[str, str] = {}

    def hide(response: requests.Response, **_: Any) -> None:
        # Even without following it, requests would read it all into memory only to say where it leads.
        if "Location" in response.headers:
            hidden["Location"] = response.headers.pop("Location")

    # Hooks of a request take the place of those of its session.
    own = (options.pop("hooks", None) or hooks).get("response") or []
    response = send(**options, hooks={"response": [*([own] if callable(own) else own), hide]})
    response.headers.update(hidden)
    return response


@lru_cache(maxsize=1)
def shared_session(process: int) -> requests.Session:
    # Two processes that use one connection, as after a fork, would read each other's answers.
    from downloadable.adapters.http.pooled import new_session

    return new_session()


def send_shared(method: str, url: str, **options: Any) -> requests.Response:
    """Send a request through the session of all contents that come from no source."""
    return send_by(shared_session(os.getpid()), method, url, **options)
