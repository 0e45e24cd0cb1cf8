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

from downloadable.adapters.http.addresses import Address, is_internal
from downloadable.adapters.http.origins import refusal
from downloadable.domain import ContentForbidden

if TYPE_CHECKING:
    import requests

__all__ = [
    "CALL",
    "Call",
    "anonymous",
    "calling",
    "public_addresses",
    "refuse_internal_peer",
    "seconds_left",
]


@define(kw_only=True)
class Call:
    """
    What a session of ours must know of the request that it sends, beside what requests tells it.

    Args:
        origin: Whom the rest is true of.

        addresses: Where it may be called: what its name was found to resolve to.

        trusted: Whether it may be called at whatever address.

        deadline: When the fields of the answer must be there, on the clock of ``time.monotonic``; infinite for never.

        address: Set by the session: whom it is about to connect to.

        guarded: Set by the session: it has seen to it that only one of the addresses, or a proxy, was called.
    """

    origin: str
    addresses: tuple[Address, ...] = ()
    trusted: bool = False
    deadline: float = math.inf
    address: Address | None = None
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


def seconds_left(deadline: float, patience: float | None) -> float | None:
    """
    Return for how long to wait at most: *patience*, or what is left until *deadline*; ``None`` for ever.

    Raises:
        TimeoutError: If nothing is left.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time for an answer is over.")
    if left == math.inf:
        return patience
    return left if patience is None else min(patience, left)


def public_addresses(url: str) -> tuple[Address, ...]:
    """
    Look up the host of *url*.

    One internal address among others is enough to refuse it: a name that leads into this network now and then is no
    public one.

    Returns:
        Its addresses, the best first; none if the name cannot be looked up here, as where only a proxy can.

    Raises:
        ContentForbidden: If any of them is internal.
    """
    host = urlsplit(url).hostname or ""
    try:
        records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    addresses = tuple(ip_address(found[0]) for *_, found in records)
    for address in addresses:
        if is_internal(address):
            raise ContentForbidden(refusal(url, f"leads to {address}, an internal address"))
    return addresses


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
