"""A request of the inspector, over loopback, to this very site: what it may ask, and what has arrived."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from attrs import frozen
from django.urls import Resolver404, resolve
from django.utils.encoding import iri_to_uri

__all__ = ["FIELDS", "METHODS", "Arrived", "NoAnswer", "NotAsked", "ask", "target_of", "value_of"]

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
FIELDS = ("Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since")

DOWNLOADS = frozenset({"document-file", "document-view", "documents-zip", "shared", "report"})
"""Names of the library's views that only send files: no method changes anything there."""

LONGEST = 2000
"""Characters of a path, or of a field's value."""

MOST = 8 * 1024 * 1024
"""Bytes of a body that are taken before the inspector leaves."""

SHOWN = 256
"""Bytes of a body that are kept."""

SECONDS = 10
"""For all of a request."""

VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class NotAsked(ValueError):
    """The inspector does not ask this; the text says why."""


class NoAnswer(Exception):
    """No answer came, or none that is one; the text says what did."""


@frozen(kw_only=True)
class Arrived:
    """
    What has arrived at the client.

    Args:
        size: Bytes of the body that were taken.

        first: The first of them.

        cut: Whether the inspector has left before the end.
    """

    status: int
    fields: tuple[tuple[str, str], ...]
    size: int
    first: bytes
    cut: bool
    seconds: float

    def field(self, name: str) -> str:
        """Return the value of a header field, empty if there is none."""
        return next((value for one, value in self.fields if one.lower() == name.lower()), "")


def target_of(text: str, here: str, also: frozenset[str]) -> str:
    """
    Return what is asked for, as it goes over the wire.

    Args:
        text: A path of this site with its query; or a whole URL, if it begins with *here*.

        here: Such as ``http://127.0.0.1:8000``.

        also: Names of URL patterns that may be asked beside those of the library.

    Raises:
        NotAsked: If it is not a download of this site.
    """
    path = text.strip().removeprefix(here)
    if len(path) > LONGEST or not path.startswith("/") or path.startswith("//") or not path.isprintable():
        raise NotAsked("Ask for a path of this site, such as /documents/1/file.")
    asked = unquote(urlsplit(path.partition("#")[0]).path)
    if not {".", ".."}.isdisjoint(asked.split("/")):
        # Some servers in front would ask for what these segments lead to: a page, perhaps one that changes something.
        raise NotAsked("Ask for a path without segments of dots.")
    try:
        name = resolve(asked).url_name
    except Resolver404:
        raise NotAsked("This site has no such page.") from None
    if name not in DOWNLOADS | also:
        raise NotAsked("That is a page. Ask for a download, such as /documents/1/file.")
    return iri_to_uri(path.partition("#")[0])


def value_of(text: str) -> str:
    """
    Return the value of a header field.

    Raises:
        NotAsked: If it is long, or could end the field and begin another.
    """
    value = text.strip(" ")
    if value and (len(value) > LONGEST or VALUE.fullmatch(value) is None):
        raise NotAsked("A field holds printable ASCII characters.")
    return value


def ask(address: str, method: str, target: str, fields: Mapping[str, str]) -> Arrived:
    """
    Ask, and take the answer as far as it is shown.

    Args:
        address: Of the server that visitors ask, such as ``http://127.0.0.1:8000``; never anything that they say.

        method: One of ``METHODS``.

        target: From :func:`target_of`.

        fields: All that is sent, but what frames the message.

    Raises:
        NoAnswer: If none comes in time.
    """
    begun = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=SECONDS)
    try:
        connection.putrequest(method, target, skip_host="Host" in fields, skip_accept_encoding=True)
        for name, value in {**fields, "Connection": "close"}.items():
            connection.putheader(name, value)
        if method not in ("GET", "HEAD"):
            connection.putheader("Content-Length", "0")
        connection.endheaders()
        with connection.getresponse() as response:
            size, first, cut = taken(response, begun + SECONDS)
            return Arrived(
                status=response.status,
                fields=tuple(response.getheaders()),
                size=size,
                first=first,
                cut=cut,
                seconds=time.monotonic() - begun,
            )
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"No whole answer came: {str(error) or type(error).__name__}.") from error
    finally:
        connection.close()


def taken(response: http.client.HTTPResponse, deadline: float) -> tuple[int, bytes, bool]:
    """Read a body: how many bytes it has, the first of them, and whether there are more than the inspector takes."""
    size, first = 0, b""
    while block := response.read1(64 * 1024):
        size += len(block)
        first = (first + block)[:SHOWN] if len(first) < SHOWN else first
        if size >= MOST or time.monotonic() > deadline:
            # One more byte, or the end: a body that is just as long is whole.
            return size, first, bool(response.read1(1))
    return size, first, False
