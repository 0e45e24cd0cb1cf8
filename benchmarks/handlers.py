"""Django's two handlers, asked as servers ask them."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from wsgiref.util import FileWrapper

import django
from attrs import frozen
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from benchmarks.cases import Case


@frozen
class Reply:
    """What a server got to send."""

    status: int
    fields: Sequence[tuple[str, str]]
    length: int


os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()


@cache
def wsgi_handler(middleware: tuple[str, ...]) -> WSGIHandler:
    """Make a handler that goes through *middleware*."""
    settings.MIDDLEWARE = list(middleware)
    return WSGIHandler()


@cache
def asgi_handler(middleware: tuple[str, ...]) -> ASGIHandler:
    """Make a handler that goes through *middleware*."""
    settings.MIDDLEWARE = list(middleware)
    return ASGIHandler()


def asked_of_wsgi(case: Case) -> Reply:
    """Ask as a WSGI server does: iterate over the response, and close it."""
    settings.ROOT_URLCONF = case.urlconf
    case.prepare()
    return sent_by_wsgi(wsgi_handler(case.middleware), environ_of(case))


def environ_of(case: Case) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/files/{next(case.names)}",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_USER_AGENT": "bench",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in case.asked.items()},
    }


def sent_by_wsgi(handler: WSGIHandler, environ: dict[str, Any]) -> Reply:
    started: list[Any] = []

    def start_response(
        status: str, fields: list[tuple[str, str]], failure: Any = None
    ) -> Callable[[bytes], object]:
        started.extend((status, fields))
        return started.append

    length = 0
    response = handler(environ, start_response)
    try:
        for chunk in response:
            length += len(chunk)
    finally:
        response.close()
    return Reply(int(started[0][:3]), started[1], length)


def wsgi_microseconds(case: Case, requests: int) -> float:
    settings.ROOT_URLCONF = case.urlconf
    case.prepare()
    handler = wsgi_handler(case.middleware)
    sent_by_wsgi(handler, environ_of(case))
    environs = [environ_of(case) for _ in range(requests)]
    start = time.process_time_ns()
    for environ in environs:
        sent_by_wsgi(handler, environ)
    return (time.process_time_ns() - start) / requests / 1000


def scope_of(case: Case) -> dict[str, Any]:
    path = f"/files/{next(case.names)}"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate, br"),
            (b"user-agent", b"bench"),
            *((name.lower().encode(), value.encode()) for name, value in case.asked.items()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }


async def sent_by_asgi(app: Any, scope: dict[str, Any]) -> Reply:
    """Ask as an ASGI server does: one request message, then nothing until the client leaves, which it never does."""
    never: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    received = False
    started: dict[str, Any] = {}
    length = 0

    async def receive() -> Any:
        nonlocal received
        if received:
            return await never
        received = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal length
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            length += len(message.get("body", b""))

    await app(scope, receive, send)
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in started["headers"]]
    return Reply(started["status"], fields, length)


async def asked_of_asgi(case: Case) -> Reply:
    settings.ROOT_URLCONF = case.urlconf
    case.prepare()
    return await sent_by_asgi(case.app or asgi_handler(case.middleware), scope_of(case))


async def asgi_microseconds(case: Case, requests: int) -> float:
    settings.ROOT_URLCONF = case.urlconf
    case.prepare()
    app = case.app or asgi_handler(case.middleware)
    await sent_by_asgi(app, scope_of(case))
    scopes = [scope_of(case) for _ in range(requests)]
    start = time.process_time_ns()
    for scope in scopes:
        await sent_by_asgi(app, scope)
    return (time.process_time_ns() - start) / requests / 1000
