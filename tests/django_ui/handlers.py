"""Requests to one view through Django's own handlers, step by step where a test wants to interfere."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, TypeAlias
from wsgiref.util import FileWrapper

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from django.urls import path

from downloadable.domain import ContentError
from tests.conformance.expectations import Answer

__all__ = ["EVERY_HANDLER", "Answer", "Ask", "Exchange", "asgi", "exchange", "scope_of", "site", "wsgi"]

Ask: TypeAlias = Callable[..., Answer]
View: TypeAlias = Callable[..., Any]


class Urls:
    """A URLconf that is made on the spot."""

    def __init__(self, view: View, route: str, handlers: Mapping[str, View]) -> None:
        self.urlpatterns = [path(route, view)]
        for name, handler in handlers.items():
            setattr(self, name, handler)


@contextmanager
def site(
    view: View,
    *,
    route: str = "",
    middleware: Sequence[str] = (),
    handlers: Mapping[str, View] | None = None,
    **settings: Any,
) -> Iterator[None]:
    """Be a site that has nothing but *view* at *route*, and error pages of its own if there are *handlers*."""
    urls = Urls(view, route, handlers or {})
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=list(middleware), **settings), kept_connections():
        yield


@contextmanager
def kept_connections() -> Iterator[None]:
    """Let handlers leave the connections alone that other tests have made, as Django's test client does."""
    signals = [
        signal for signal in (request_started, request_finished) if signal.disconnect(close_old_connections)
    ]
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def environ_of(target: str, method: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Make the environ of a request, with nothing that a server would not put there."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": target.encode().decode("latin-1"),
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields.items()},
    }


class Started:
    """The answer of a WSGI application that has begun, and whose body is still to come."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.status = 0
        self.fields: tuple[tuple[str, str], ...] = ()
        self.body: Iterable[bytes] = WSGIHandler()(environ, self.start_response)

    def start_response(
        self, status: str, fields: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        self.status, self.fields = int(status.partition(" ")[0]), tuple(fields)
        return bytearray().extend

    def close(self) -> None:
        """End the exchange, as every server must, however much of the body it has taken."""
        close = getattr(self.body, "close", None)
        if close is not None:
            close()


@contextmanager
def started(
    view: View,
    target: str = "/",
    *,
    method: str = "GET",
    fields: Mapping[str, str] | None = None,
    wrapper: Any = FileWrapper,
    **of_site: Any,
) -> Iterator[Started]:
    """Ask for *target* over WSGI; take what is wanted of the body inside, and close at the end."""
    with site(view, **of_site):
        answer = Started({**environ_of(target, method, fields or {}), "wsgi.file_wrapper": wrapper})
        try:
            yield answer
        finally:
            answer.close()


def wsgi(
    view: View,
    target: str = "/",
    *,
    method: str = "GET",
    fields: Mapping[str, str] | None = None,
    **options: Any,
) -> Answer:
    """Ask for *target* over WSGI, and take all of the answer."""
    with started(view, target, method=method, fields=fields, **options) as answer:
        return Answer(answer.status, answer.fields, b"".join(answer.body))


def scope_of(target: str, method: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Make the scope of a request, with nothing that a server would not put there."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }


class Exchange:
    """
    A request over ASGI whose answer is taken message by message.

    The server waits with each message until the test has taken the one before, so what it has read ahead is known.

    Attributes:
        left: Set when the client goes away.

        broken: Raised when a message is sent, as servers do that notice so that the client has gone.

        trace: Of what the handler raised, until the end of the exchange.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1)
        self.left = asyncio.Event()
        self.broken: OSError | None = None
        self.trace: TracebackType | None = None
        self.requests: list[dict[str, Any]] = [{"type": "http.request", "body": b"", "more_body": False}]
        self.task = asyncio.ensure_future(self.serve(scope))

    async def serve(self, scope: dict[str, Any]) -> None:
        try:
            await ASGIHandler()(scope, self.receive, self.send)
        except (ContentError, OSError) as error:
            # It holds on to the request and the response, and would long after the test.
            self.trace = error.__traceback__
            raise error.with_traceback(None) from None

    async def receive(self) -> Any:
        if self.requests:
            return self.requests.pop()
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.messages.put(message)
        if self.broken is not None:
            raise self.broken

    async def take(self) -> dict[str, Any]:
        """Take the next message; what the handler raises instead is raised here."""
        taking = asyncio.ensure_future(self.messages.get())
        await asyncio.wait([taking, self.task], return_when=asyncio.FIRST_COMPLETED)
        if taking.done():
            return taking.result()
        taking.cancel()
        self.task.result()
        raise AssertionError("The handler ended without another message.")

    async def chunk(self) -> bytes:
        """Take the next message, which is a piece of the body."""
        message = await self.take()
        assert message["type"] == "http.response.body"
        return bytes(message.get("body", b""))

    async def answer(self) -> Answer:
        """Take all of the answer."""
        start = await self.take()
        assert start["type"] == "http.response.start"
        fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
        return Answer(start["status"], fields, await self.rest())

    async def rest(self) -> bytes:
        """Take what is left of the body."""
        chunks, more = [], True
        while more:
            message = await self.take()
            assert message["type"] == "http.response.body"
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        await self.task
        return b"".join(chunks)

    async def leave(self) -> None:
        """Be a client that goes away; returns when the server is done with it."""
        self.left.set()
        await self.task


@asynccontextmanager
async def exchange(
    view: View,
    target: str = "/",
    *,
    method: str = "GET",
    fields: Mapping[str, str] | None = None,
    **of_site: Any,
) -> AsyncIterator[Exchange]:
    """Ask for *target* over ASGI; the client has left at the end."""
    with site(view, **of_site):
        going_on = Exchange(scope_of(target, method, fields or {}))
        try:
            yield going_on
        finally:
            going_on.left.set()
            await asyncio.wait([going_on.task])
            going_on.trace = None


async def aasgi(view: View, target: str = "/", **asked: Any) -> Answer:
    """Ask for *target* over ASGI, and take all of the answer."""
    async with exchange(view, target, **asked) as going_on:
        return await going_on.answer()


def asgi(view: View, target: str = "/", **asked: Any) -> Answer:
    """Ask for *target* over ASGI, on an event loop of its own."""
    return asyncio.run(aasgi(view, target, **asked))


EVERY_HANDLER = pytest.mark.parametrize("ask", [pytest.param(wsgi, id="wsgi"), pytest.param(asgi, id="asgi")])
"""Run a test once through each of Django's handlers."""
