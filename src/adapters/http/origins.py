"""Which URLs may be called: http and https, without credentials, and nothing internal that is not trusted."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urljoin, urlsplit

from downloadable.domain import ContentForbidden, ContentInvalid

__all__ = ["allowed", "origin_of", "redirected", "shown", "trust_also", "trusted"]

PORTS = {"http": 80, "https": 443}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# No name outside of ASCII: one that folds to "127.0.0.1" on its way to the resolver must not look like another here.
HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")
# What hosts files call the machine itself.
OWN_NAMES = frozenset({"localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"})
OWN_DOMAINS = (".localhost", ".localdomain", ".localdomain4", ".localdomain6")
# Addresses for special uses that some versions of Python take for global.
NOT_GLOBAL = tuple(map(ip_network, ("192.0.0.0/24", "fec0::/10")))
QUERY = re.compile(r"[?#].*", re.DOTALL)
CREDENTIALS = re.compile(r"^([^:]*:/*)[^/]*@")


def origin_of(url: str) -> str:
    """
    Return scheme, host and port of *url* in the one spelling that is compared, such as ``"http://minio:9000"``.

    Raises:
        ValueError: If it is not an http or https URL, or holds credentials.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
        if ":" in host:
            IPv6Address(host)
    except ValueError:
        # Their errors quote what may be a password.
        raise ValueError("This is not a URL.") from None
    if CONTROL.search(url) or parts.scheme not in PORTS or HOST.fullmatch(host) is None:
        raise ValueError(f"{shown(url)!r} is not an http or https URL with an ASCII host name.")
    if "@" in parts.netloc:
        raise ValueError(f"{shown(url)!r} holds credentials; set them on the session instead.")
    spelt_port = "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{spelt_port}"


def trusted(origins: Iterable[str]) -> frozenset[str]:
    """
    Return *origins* as they are compared.

    Raises:
        TypeError: If they are one text.

        ValueError: If one is more or less than scheme, host and port.
    """
    if isinstance(origins, str):
        raise TypeError(f"Origins must be a list, such as [{shown(origins)!r}].")
    return frozenset(map(trusted_origin, origins))


def trusted_origin(text: str) -> str:
    origin = origin_of(text)
    parts = urlsplit(text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{shown(text)!r} is more than an origin such as {origin!r}.")
    return origin


class Everywhere:
    """What the program as a whole trusts, beside what a single source does."""

    origins: Callable[[], frozenset[str]] = staticmethod(frozenset)


def trust_also(origins: Callable[[], frozenset[str]]) -> None:
    """Trust what *origins* returns, as :func:`trusted` does, in every source: where a program's settings come in."""
    Everywhere.origins = staticmethod(origins)


def is_trusted(origin: str, trusted_origins: frozenset[str]) -> bool:
    return origin in trusted_origins or origin in Everywhere.origins()


def allowed(url: str, trusted_origins: frozenset[str]) -> str:
    """
    Return *url* if it may be called; names are not resolved here.

    Raises:
        ContentForbidden: If it is not an http or https URL, holds credentials, or names an internal host that is not
            trusted.
    """
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise ContentForbidden(str(error)) from None
    if is_internal(urlsplit(origin).hostname or "") and not is_trusted(origin, trusted_origins):
        raise ContentForbidden(
            f"{origin!r} is an internal host. If it may be called, say so: "
            f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{origin}"]}}.'
        )
    return url


def redirected(url: str, location: str, trusted_origins: frozenset[str]) -> str:
    """
    Return where a redirect leads; whether that may be called is for :func:`allowed` to say.

    Raises:
        ContentForbidden: If it leads to another origin that is not trusted.

        ContentInvalid: If it leads nowhere.
    """
    try:
        target = urljoin(url, location)
        origin = origin_of(target)
    except ValueError as error:
        raise ContentInvalid(f"{shown(url)!r} redirects to what is no URL: {error}") from None
    if origin != origin_of(url) and not is_trusted(origin, trusted_origins):
        raise ContentForbidden(
            f"{shown(url)!r} redirects to another origin. If that may be called, say so: "
            f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{origin}"]}}.'
        )
    return target


def is_internal(host: str) -> bool:
    if host in OWN_NAMES or host.endswith(OWN_DOMAINS):
        return True
    address = literal_address(host)
    if address is None:
        return False
    special = any(address in network for network in NOT_GLOBAL)
    return special or not address.is_global or address.is_multicast or address.is_reserved


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    if ":" in host:
        address = IPv6Address(host)
        return address.ipv4_mapped or address.sixtofour or address
    try:
        # Resolvers take "127.1", "0x7f.0.0.1" and "2130706433" for addresses, too.
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def shown(url: str) -> str:
    """Return *url* for a log: without credentials, and without its query, which may hold a signature."""
    return CREDENTIALS.sub(r"\1", QUERY.sub("", url))
