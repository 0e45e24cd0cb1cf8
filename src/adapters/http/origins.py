"""Which URLs may be called: http and https, without credentials, and nothing internal that is not trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from urllib.parse import urljoin, urlsplit

from downloadable.adapters.http.addresses import is_internal, is_own_name, literal_address
from downloadable.adapters.outgoing import Everywhere, trust_also
from downloadable.domain import ContentForbidden, ContentInvalid

__all__ = [
    "allowed",
    "is_trusted",
    "origin_of",
    "redirected",
    "refusal",
    "shown",
    "trust_also",
    "trusted",
]

PORTS = {"http": 80, "https": 443}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# No name outside of ASCII: one that folds to "127.0.0.1" on its way to the resolver must not look like another here.
HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f:.]*:[0-9a-f:.]*")
LONGEST_HOST = 253
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
        if "[" in parts.netloc:  # "[v1.a]" is no host of any program, but reads as one
            IPv6Address(host)
    except ValueError:
        # Their errors quote what may be a password.
        raise ValueError("This is not a URL.") from None
    host_is_name = len(host) <= LONGEST_HOST and HOST.fullmatch(host) is not None
    if CONTROL.search(url) or parts.scheme not in PORTS or port == 0 or not host_is_name:
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


def is_trusted(origin: str, trusted_origins: frozenset[str]) -> bool:
    """Tell whether *origin*, as :func:`origin_of` spells it, is trusted by a source or by the program as a whole."""
    return origin in trusted_origins or origin in Everywhere.origins()


def allowed(url: str, trusted_origins: frozenset[str]) -> str:
    """
    Return *url* if it may be called, as far as its spelling tells; names are not resolved here.

    Raises:
        ContentForbidden: If it is not an http or https URL, holds credentials, or names an internal host that is not
            trusted.
    """
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise ContentForbidden(str(error)) from None
    if is_internal_host(urlsplit(origin).hostname or "") and not is_trusted(origin, trusted_origins):
        raise ContentForbidden(refusal(url, "is on an internal host"))
    return url


def redirected(url: str, location: str, trusted_origins: frozenset[str]) -> str:
    """
    Return where a redirect leads; whether that may be called is for :func:`allowed` to say, and for its addresses.

    Raises:
        ContentForbidden: If it leads from https to http, which anybody on the way can read and change, and the target
            is not trusted.

        ContentInvalid: If it leads nowhere.
    """
    try:
        target = urljoin(url, as_sent(location))
        origin = origin_of(target)
    except ValueError as error:
        raise ContentInvalid(f"{shown(url)!r} redirects to what is no URL: {error}") from None
    downgraded = origin_of(url).startswith("https:") and origin.startswith("http:")
    if downgraded and not is_trusted(origin, trusted_origins):
        raise ContentForbidden(refusal(target, f"was redirected to by {shown(url)!r}, without TLS"))
    return target


def as_sent(location: str) -> str:
    """Read a Location as UTF-8, which origins send without being asked, where http.client has read it as Latin-1."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def is_internal_host(host: str) -> bool:
    address = literal_address(host)
    return is_own_name(host) if address is None else is_internal(address)


def refusal(url: str, why: str) -> str:
    """Say that *url* was refused and *why*, and what to add to the settings if it may be called."""
    return (
        f"{shown(url)!r} {why}. If it may be called, say so: "
        f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{origin_of(url)}"]}}.'
    )


def shown(url: str) -> str:
    """Return *url* for a log: without credentials, and without its query, which may hold a signature."""
    return CREDENTIALS.sub(r"\1", QUERY.sub("", url))
