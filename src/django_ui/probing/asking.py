"""Whom to ask: Django within this process, and the server in front."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import quote, urlsplit, urlunsplit

from attrs import frozen
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.test import RequestFactory
from django.urls import get_script_prefix, reverse
from django.utils.datastructures import CaseInsensitiveMapping

from downloadable.django_ui.probe import NAME, PARAMETER, Errand

__all__ = ["Answer", "Django", "Front", "Unreachable", "path_of"]

LARGEST = 1024 * 1024
"""So many bytes of an answer are read at most; a marker has far less."""


class Unreachable(Exception):
    """Nobody answers, or not to the end; the text says what happened."""


@frozen
class Answer:
    """
    What somebody has answered.

    Args:
        fields: Header fields, by name in any case.
    """

    status: int
    fields: Mapping[str, str]
    body: bytes


def path_of(errand: Errand) -> str:
    """
    Return the path and query under which the site answers *errand*.

    Raises:
        NoReverseMatch: If it has no such page.
    """
    return f"{reverse(NAME)}?{PARAMETER}={quote(errand.token())}"


class Django:
    """
    The site in this process: its middleware and views, and no server.

    Args:
        url: Where it is for clients, for its host name and scheme; ``None`` takes what the settings say.

    Raises:
        ImproperlyConfigured, ImportError: If its middleware cannot be loaded.
    """

    def __init__(self, url: str | None = None) -> None:
        parts = urlsplit(url or "")
        self._host = parts.netloc or host_of_settings()
        self._secure = parts.scheme == "https" if url else settings.SECURE_SSL_REDIRECT
        self._handler = BaseHandler()
        self._handler.load_middleware()

    def ask(self, target: str) -> Answer:
        """Ask for *target*, a path with its query, percent-encoded."""
        prefix = get_script_prefix().rstrip("/")
        request = RequestFactory().get(
            target.removeprefix(prefix),
            secure=self._secure,
            headers={"Host": self._host, "Accept-Encoding": "identity"},
        )
        response = self._handler.get_response(request)
        try:
            return Answer(response.status_code, CaseInsensitiveMapping(response.items()), b"".join(response))
        finally:
            response.close()


def host_of_settings() -> str:
    named = (host.removeprefix(".") for host in settings.ALLOWED_HOSTS if host != "*")
    return next(named, "localhost")


class Front:
    """
    The server in front.

    Redirections are not followed unless by :meth:`follow`, and no proxy, ``.netrc`` or environment is looked at.

    Args:
        url: Where it is; may have a path, under which Django is mounted.

        timeout: Seconds, for connecting, for each piece of the head of an answer, and for all of it but the head.

        ca: A file of certificates to trust, in place of the usual ones.

    Raises:
        ValueError: If *url* or *timeout* cannot be meant.

        OSError: If *ca* cannot be used.
    """

    def __init__(self, url: str, *, timeout: float = 10, ca: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(
                f"{url!r} must be like https://www.example.com: http or https, without user name."
            )
        if parts.query or parts.fragment:
            raise ValueError(f"{url!r} must end with the host, or with the path that Django is mounted at.")
        parts.port  # noqa: B018  raises ValueError if it is none
        if not 0 < timeout <= 3600:
            raise ValueError(f"A timeout of {timeout!r} must be a number of seconds, up to an hour.")
        self.url = url
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._timeout = timeout
        self._trusted = ssl.create_default_context(cafile=ca)

    def send(self, errand: Errand, method: str = "GET", **fields: str) -> Answer:
        """Send *errand* to Django through this server; for errors see :meth:`ask`."""
        path = path_of(errand)
        return self.ask(
            path if path.startswith(f"{self._prefix}/") else self._prefix + path, method, **fields
        )

    def ask(self, target: str, method: str = "GET", **fields: str) -> Answer:
        """
        Ask for *target*, a path with its query, percent-encoded.

        Raises:
            Unreachable: If no whole answer comes in time.
        """
        return self._fetch(f"{self.origin}{target}", method, fields)

    def follow(self, url: str) -> Answer:
        """
        Ask for *url*, as a client does that is sent there.

        Raises:
            Unreachable: If no whole answer comes in time.
        """
        return self._fetch(url, "GET", {})

    def names_itself(self) -> str:
        """
        Return how the server calls itself where Django has no say: when it is asked without a Host, which it refuses.

        Returns:
            The Server field, empty if there is none.
        """
        try:
            with closing(self._connection(self.origin)) as connection:
                connection.putrequest("GET", "/", skip_host=True, skip_accept_encoding=True)
                connection.putheader("Connection", "close")
                connection.endheaders()
                with connection.getresponse() as response:
                    return response.headers.get("Server", "")
        except (OSError, HTTPException):
            return ""  # it has answered before; that it ends the connection is an answer, too

    def _connection(self, url: str) -> HTTPConnection:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return HTTPSConnection(host, parts.port, timeout=self._timeout, context=self._trusted)
        return HTTPConnection(host, parts.port, timeout=self._timeout)

    def _fetch(self, url: str, method: str, fields: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        where = f"{parts.scheme}://{parts.netloc}{parts.path}"
        given = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "downloadable_check"}
        deadline = time.monotonic() + self._timeout
        try:
            with closing(self._connection(url)) as connection:
                target = urlunsplit(parts._replace(scheme="", netloc="", fragment="")) or "/"
                connection.request(method, target, headers={**given, **fields})
                with connection.getresponse() as response:
                    body = b""
                    # Whatever is there, for what drips would fill a larger piece for ever.
                    while len(body) < LARGEST and (chunk := response.read1(64 * 1024)):
                        body += chunk
                        if time.monotonic() > deadline:
                            raise Unreachable(f"{where} did not answer within {self._timeout:g} seconds.")
                    if len(body) < LARGEST and response.length:
                        raise Unreachable(f"{where} sent {response.length} bytes less than it said.")
                    return Answer(response.status, fields_of(response), body)
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{where}: {str(error) or type(error).__name__}.") from error


def fields_of(response: HTTPResponse) -> Mapping[str, str]:
    """Join fields of the same name, as HTTP allows (RFC 9110, 5.3)."""
    return CaseInsensitiveMapping(
        (name, ", ".join(response.headers.get_all(name, []))) for name in dict.fromkeys(response.headers)
    )
