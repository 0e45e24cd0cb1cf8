"""Who is really called: what a name resolves to, and whom a connection leads to. Holds what is known of a call."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define

from downloadable.adapters.http.addresses import Address, is_internal, literal_address
from downloadable.adapters.http.origins import refusal
from downloadable.domain import ContentForbidden

if TYPE_CHECKING:
    import requests

__all__ = [
    "CALL",
    "Call",
    "anonymous",
    "calling",
    "refuse_internal_peer",
    "refuse_internal_records",
    "seconds_left",
]


@define
class Call:
    """
    What a session of ours must know of the request that it sends, beside what requests tells it.

    Args:
        deadline: When the fields of the answer must be there, on the clock of ``time.monotonic``; infinite for never.

        trusted: The origin that may be called at whatever address; empty for none.

        guarded: Set by the session: it has seen to it that only a public address, or a proxy, was called.
    """

    deadline: float
    trusted: str = ""
    guarded: bool = False


CALL: ContextVar[Call | None] = ContextVar("downloadable_call", default=None)


@contextmanager
def calling(call: Call) -> Iterator[None]:
    """Let sessions of ours that are used meanwhile know of *call*."""
    token = CALL.set(call)
    try:
        yield
    finally:
        CALL.reset(token)


def seconds_left(call: Call, patience: float | None) -> float | None:
    """
    Return for how long to wait at most: *patience*, or what is left until the deadline; ``None`` for ever.

    Raises:
        TimeoutError: If nothing is left.
    """
    left = call.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time for an answer is over.")
    if left == math.inf:
        return patience
    return left if patience is None else min(patience, left)


def refuse_internal_records(url: str) -> None:
    """
    Look up the name in *url*.

    One internal address among others is enough: a name that leads into this network now and then is no public one. A
    name that cannot be looked up here leads nowhere, or is for a proxy to look up.

    Raises:
        ContentForbidden: If any of its addresses is internal.
    """
    host = urlsplit(url).hostname or ""
    if literal_address(host) is not None:
        return
    try:
        records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, found in records:
        if is_internal(ip_address(found[0])):
            raise ContentForbidden(refusal(url, f"resolves to {found[0]}, an internal address"))


def refuse_internal_peer(url: str, response: requests.Response) -> None:
    """
    Look at the other end of the connection that *response* comes from, where that can be seen.

    Raises:
        ContentForbidden: If it is internal, and no proxy.
    """
    raw: Any = getattr(response, "raw", None)
    connection = getattr(raw, "connection", None)
    # What a proxy connects to is known to the proxy alone.
    if any(getattr(connection, name, None) for name in ("proxy", "_socks_options")):
        return
    try:
        peer = peer_of(raw.fileno())
    except (AttributeError, OSError, ValueError):
        return  # it has been closed, or never was a socket
    if peer is None or is_internal(peer):
        raise ContentForbidden(refusal(url, f"was answered from {peer or 'this machine'}"))


def peer_of(descriptor: int) -> Address | None:
    """Return the address at the other end of a socket; ``None`` if it needs none, being on this machine."""
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        peer = duplicate.getpeername()
        return ip_address(peer[0]) if duplicate.family in (socket.AF_INET, socket.AF_INET6) else None


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials to *request*, not even those that requests finds in a .netrc file."""
    return request
