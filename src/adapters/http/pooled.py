"""
Sessions of ours: they connect to public addresses only, and wait for an answer no longer than is left in all.

Built on requests, urllib3 and requests-hardened, so it is imported when the first request is sent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from http.client import HTTPResponse, IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from io import BufferedReader, RawIOBase
from socket import gaierror, socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

from downloadable.adapters.http.addresses import Address
from downloadable.adapters.http.failures import causes_of
from downloadable.adapters.http.guard import CALL, Call, anonymous, calling, public_addresses, seconds_left
from downloadable.adapters.http.origins import origin_of, refusal
from downloadable.domain import ContentForbidden

__all__ = ["new_session"]

POOL_SIZE = 64
"""Most idle connections to an address, and most addresses that have some."""


class Hurried(RawIOBase):
    """
    Reads a socket until a deadline, however many pieces come until then.

    What comes byte by byte, each of them in time, may never end: a header, or what is said of a chunk before it and
    after the last. If the fields before the body break off, that is an error, too: http.client would take what there
    is for all of it.
    """

    def __init__(self, sock: socket, deadline: float) -> None:
        self._sock, self._patience = sock, sock.gettimeout()
        self._deadline = deadline
        self._raw = sock.makefile("rb", buffering=0)
        self._begun = self._relaxed = False

    def makefile(self, mode: str) -> BufferedReader:
        """Return what http.client reads from, which takes this for the socket."""
        return BufferedReader(self)

    def hurry(self) -> None:
        """Wait for the next piece of the body as long as the session says, not for each byte of it."""
        self._patience = self._sock.gettimeout()
        self._deadline = math.inf if self._patience is None else time.monotonic() + self._patience

    def relax(self) -> None:
        """Leave the socket as patient as it was: the fields are there, or a piece of the body."""
        self._deadline, self._relaxed = math.inf, True
        if not self.closed:
            self._sock.settimeout(self._patience)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(seconds_left(self._deadline, self._patience))
        count = self._raw.readinto(buffer)
        if not count and self._begun and not self._relaxed:
            raise IncompleteRead(b"")
        self._begun = True
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class InTime(HTTPResponse):
    """An answer whose status and fields have come before the deadline of the call, and each piece of it in time."""

    def __init__(self, sock: socket, *args: Any, **options: Any) -> None:
        call = CALL.get()
        self._hurried = Hurried(sock, math.inf if call is None else call.deadline)
        read: Any = self._hurried
        super().__init__(read, *args, **options)

    def begin(self) -> None:
        super().begin()
        self._hurried.relax()

    def read1(self, n: int = -1) -> bytes:
        self._hurried.hurry()
        try:
            return super().read1(n)
        finally:
            self._hurried.relax()


# Connections are typed as urllib3 leaves them: with a timeout of seconds once they connect.
class PlainConnection(HTTPConnection):
    """A connection that is made before the deadline of the call."""

    response_class = InTime

    def connect(self) -> None:
        self.timeout = in_time(self.timeout)
        super().connect()


class TlsConnection(HTTPSConnection):
    """The same, with TLS."""

    response_class = InTime

    def connect(self) -> None:
        self.timeout = in_time(self.timeout)
        super().connect()


def in_time(patience: Any) -> Any:
    call = CALL.get()
    return patience if call is None else seconds_left(call.deadline, patience)


class PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection


class TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": PlainPool, "https": TlsPool}


class PooledAdapter(HTTPAdapter):
    """Connects to wherever it is told to, in time; a large pool."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(POOL_SIZE, POOL_SIZE, block, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager


class GuardedAdapter(PooledAdapter, IPFilterAdapter):
    """
    Connects to the very addresses that were found to be public, whatever the name resolves to a moment later.

    Called at whatever address are the trusted origin of the call, and a proxy. That one looks names up itself.
    """

    def __init__(self, *, tls: bool) -> None:
        self._unguarded = PooledAdapter()
        super().__init__(is_https_proto=tls)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = request.url or ""
        call, origin = CALL.get(), origin_of(url)
        if call is None or call.origin != origin:
            call = Call(origin=origin, addresses=public_addresses(url))
        call.guarded = True
        if call.trusted or select_proxy(url, proxies):
            return self._unguarded.send(request, stream, timeout, verify, cert, proxies)
        with calling(call):
            for address in call.addresses[:-1]:
                call.address = address
                try:
                    return super().send(request, stream, timeout, verify, cert, proxies)
                except requests.ConnectionError as error:
                    if not is_unconnected(error):
                        raise
            call.address = call.addresses[-1] if call.addresses else None
            return super().send(request, stream, timeout, verify, cert, proxies)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Put the address in the place of the name, but for Host, SNI and the certificate; a second look at it."""
        url, call = request.url or "", CALL.get()
        if call is None or call.address is None:
            raise requests.ConnectionError(f"{origin_of(url)!r} cannot be looked up.")
        at_address = request.copy()
        at_address.url = url_at(call.address, url)
        try:
            host_params, options = super().build_connection_pool_key_attributes(at_address, verify, cert)
        except InvalidIPAddress as error:
            raise ContentForbidden(refusal(url, f"leads to {call.address}, an internal address")) from error
        host = origin_of(url).partition("://")[2]
        request.headers["Host"] = host
        if host_params["scheme"] == "https":
            name = urlsplit(f"//{host}").hostname
            options = {**options, "assert_hostname": name, "server_hostname": name}
        return host_params, options

    def close(self) -> None:
        self._unguarded.close()
        super().close()


def is_unconnected(error: requests.ConnectionError) -> bool:
    """Tell whether nobody has heard of a request, so that another address may be tried."""
    # Without IPv6, requests-hardened cannot read such an address.
    if isinstance(error.__cause__, gaierror):
        return True
    return any(isinstance(cause, ConnectTimeoutError) for cause in causes_of(error))


def url_at(address: Address, url: str) -> str:
    parts = urlsplit(url)
    host = f"[{address}]" if address.version == 6 else str(address)
    return parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}").geturl()


def new_session() -> requests.Session:
    """Make a session for many threads and clients: without cookies, and without credentials that nobody gave it."""
    session = requests.Session()
    session.mount("http://", GuardedAdapter(tls=False))
    session.mount("https://", GuardedAdapter(tls=True))
    # What an origin tells one client to remember must not be sent for another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Else requests would send what a .netrc file says of a host to whatever URL names that host.
    session.auth = anonymous
    return session
