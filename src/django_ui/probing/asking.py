"""Whom to ask: Django within this process, and the server in front."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import requests
from attrs import frozen
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.test import RequestFactory
from django.urls import reverse
from requests.structures import CaseInsensitiveDict

from downloadable.django_ui.probe import NAME, PARAMETER, Errand

__all__ = ["Answer", "Django", "Front", "Unreachable", "fetched", "path_of"]

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
        request = RequestFactory().get(
            target, secure=self._secure, headers={"Host": self._host, "Accept-Encoding": "identity"}
        )
        response = self._handler.get_response(request)
        try:
            return Answer(response.status_code, CaseInsensitiveDict(response.items()), b"".join(response))
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

        timeout: Seconds, for connecting, and for all of an answer.

        ca: A file of certificates to trust, in place of the usual ones.

    Raises:
        ValueError: If *url* or *timeout* cannot be meant.
    """

    def __init__(self, url: str, *, timeout: float = 10, ca: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(
                f"{url!r} must be like https://www.example.com: http or https, without user name."
            )
        if parts.query or parts.fragment:
            raise ValueError(f"{url!r} must end with the host, or with the path that Django is mounted at.")
        if not 0 < timeout <= 3600:
            raise ValueError(f"A timeout of {timeout!r} must be a number of seconds, up to an hour.")
        self.url = url
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._parts, self._prefix = parts, parts.path.rstrip("/")
        self._timeout, self._ca = timeout, ca

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
        return fetched(self.origin + target, method, fields, timeout=self._timeout, ca=self._ca)

    def follow(self, url: str) -> Answer:
        """
        Ask for *url*, as a client does that is sent there.

        Raises:
            Unreachable: If no whole answer comes in time.
        """
        return fetched(url, "GET", {}, timeout=self._timeout, ca=self._ca)

    def names_itself(self) -> str:
        """
        Return how the server calls itself where Django has no say: when it is asked without a Host, which it refuses.

        Returns:
            The Server field, empty if there is none.
        """
        host, port = self._parts.hostname or "", self._parts.port
        connection: http.client.HTTPConnection
        if self._parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._ca)
            connection = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        try:
            connection.putrequest("GET", "/", skip_host=True, skip_accept_encoding=True)
            connection.putheader("Connection", "close")
            connection.endheaders()
            return connection.getresponse().headers.get("Server", "")
        except (OSError, http.client.HTTPException):
            return ""  # it has answered before; that it ends the connection is an answer, too
        finally:
            connection.close()


def fetched(
    url: str, method: str, fields: Mapping[str, str], *, timeout: float, ca: str | None = None
) -> Answer:
    """Ask for *url* on a connection of its own; for the rest see :class:`Front`."""
    deadline = time.monotonic() + timeout
    given = {"Accept-Encoding": "identity", "User-Agent": "downloadable_check", **fields}
    body = b""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                method,
                url,
                headers=given,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                verify=ca or True,
            ) as answer:
                for chunk in answer.iter_content(64 * 1024):
                    body += chunk
                    if len(body) > LARGEST:
                        break
                    if time.monotonic() > deadline:
                        raise Unreachable(
                            f"{url.partition('?')[0]} did not answer within {timeout:g} seconds."
                        )
                return Answer(answer.status_code, answer.headers, body)
    except (requests.RequestException, OSError) as error:
        raise Unreachable(f"{url.partition('?')[0]}: {cause_of(error)}") from error


def cause_of(error: BaseException) -> str:
    """Return the innermost reason, which says more than what requests has wrapped around it."""
    seen = {id(error)}
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            inner = next((one for one in error.args if isinstance(one, BaseException)), None)
        if inner is None or id(inner) in seen:
            return str(error) or type(error).__name__
        seen.add(id(inner))
        error = inner
