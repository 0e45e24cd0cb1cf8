"""A client's ways to the same view: Django's handlers in this process, and real servers."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen

from downloadable import download_view
from downloadable.adapters.http.transport import Timeout
from downloadable.domain import ContentError
from tests.django_ui.handlers import exchange, started
from tests.servers.faulty.control import FaultyOrigin
from tests.servers.faulty.site import CONNECTED, TOLD, Told, http_source, observe
from tests.servers.processes import ASGI, GTHREAD, Kind, Server, running, until

__all__ = ["IN_PROCESS", "SERVED", "Got", "Way"]

Fields = Mapping[str, str]


@frozen(kw_only=True)
class Got:
    """
    What came back.

    Args:
        status: Status code.

        fields: By their names in lower case.

        body: As much of it as came.

        whole: Whether it ended as was announced; if not, the client sees that it is broken.
    """

    status: int
    fields: Fields
    body: bytes
    whole: bool


class Way(Protocol):
    """Asks for what the origin has under a key."""

    def ask(self, key: str, fields: Fields | None = None, *, method: str = "GET") -> Got: ...

    def told(self, key: str, count: int) -> list[Told]:
        """Return what an observer has heard of it, once that is so many answers."""

    def connected(self) -> list[str]:
        """Return which link-local hosts anybody has tried to connect to."""


class InProcess:
    """Goes through one of Django's handlers, with no server around it."""

    def __init__(self, origin: FaultyOrigin, ask: Callable[..., Got], patience: Timeout) -> None:
        self.source = http_source(origin.url, patience)
        self._view, self._ask = download_view(self.source), ask

    def ask(self, key: str, fields: Fields | None = None, *, method: str = "GET") -> Got:
        got = self._ask(
            self._view,
            f"/{key}",
            route="<path:path>",
            fields=fields or {},
            method=method,
            DOWNLOADABLE={"OBSERVERS": [observe]},
        )
        announced = got.fields.get("content-length")
        # A server would go on to wait for the rest.
        assert not got.whole or method == "HEAD" or announced in (None, str(len(got.body)))
        return got

    def told(self, key: str, count: int) -> list[Told]:
        return TOLD[key.rpartition("/")[2]]

    def connected(self) -> list[str]:
        return CONNECTED


def wsgi(view: Any, target: str, **asked: Any) -> Got:
    body, whole = b"", True
    with started(view, target, **asked) as answer:
        try:
            for chunk in answer.body:
                body += chunk
        except ContentError:
            whole = False
    fields = {name.lower(): value for name, value in answer.fields}
    return Got(status=answer.status, fields=fields, body=body, whole=whole)


def asgi(view: Any, target: str, **asked: Any) -> Got:
    return asyncio.run(aasgi(view, target, **asked))


async def aasgi(view: Any, target: str, **asked: Any) -> Got:
    body, whole, more = b"", True, True
    async with exchange(view, target, **asked) as going_on:
        start = await going_on.take()
        try:
            while more:
                message = await going_on.take()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        except ContentError:
            whole = False
    fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Got(status=start["status"], fields=fields, body=body, whole=whole)


class ThroughServer:
    """Goes through a real server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def ask(self, key: str, fields: Fields | None = None, *, method: str = "GET") -> Got:
        connection = self.server.connect()
        try:
            connection.request(method, f"/http/{key}", headers={"Connection": "close", **(fields or {})})
            with connection.getresponse() as response:
                return received(response, method)
        finally:
            connection.close()

    def told(self, key: str, count: int) -> list[Told]:
        # A client has the end of a body before the server is done with it.
        name = key.rpartition("/")[2]
        return until(
            lambda: [Told(**one) for one in self._state(name)["told"]], lambda told: len(told) >= count
        )

    def connected(self) -> list[str]:
        connected: list[str] = self._state("nothing")["connected"]
        return connected

    def _state(self, name: str) -> Any:
        return json.loads(self.server.fetch(f"/told/{name}"))


def received(response: http.client.HTTPResponse, method: str) -> Got:
    body, whole = b"", True
    try:
        while chunk := response.read1(65_536):
            body += chunk
    except (http.client.HTTPException, ConnectionError):
        whole = False
    announced = response.getheader("Content-Length")
    whole = whole and (method == "HEAD" or announced in (None, str(len(body))))
    fields = {name.lower(): value for name, value in response.getheaders()}
    return Got(status=response.status, fields=fields, body=body, whole=whole)


@contextmanager
def in_process(ask: Callable[..., Got], origin: FaultyOrigin, patience: Timeout) -> Iterator[Way]:
    way = InProcess(origin, ask, patience)
    try:
        yield way
    finally:
        way.source.close()
        # What failed answers leave to the garbage collector is found here, and not in somebody else's test.
        gc.collect()


@contextmanager
def through(kind: Kind, origin: FaultyOrigin, log: Path) -> Iterator[Way]:
    """Start a server with the same site."""
    with running(kind, "tests.servers.faulty", log, SITE_ORIGIN=origin.url) as server:
        yield ThroughServer(server)


IN_PROCESS = {"wsgi": partial(in_process, wsgi), "asgi": partial(in_process, asgi)}
"""What opens a way through one of the handlers, by its name."""

SERVED = {kind.name: partial(through, kind) for kind in (GTHREAD, ASGI)}
"""The same through a server."""
