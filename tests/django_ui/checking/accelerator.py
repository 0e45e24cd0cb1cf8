"""A server in front, in this process: it takes files over as nginx does, or in a way that somebody has got wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from attrs import Factory, define, evolve
from django.core.handlers.wsgi import WSGIHandler
from requests.structures import CaseInsensitiveDict

__all__ = ["Accelerator", "Asked", "Reply", "in_front"]

FIELD = "X-Accel-Redirect"


@define
class Reply:
    """An answer on its way."""

    status: int
    fields: CaseInsensitiveDict[str]
    body: bytes

    def without(self, *names: str) -> Reply:
        kept = {name: value for name, value in self.fields.items() if name.lower() not in names}
        return evolve(self, fields=CaseInsensitiveDict(kept))

    def saying(self, status: int | None = None, body: bytes | None = None, **fields: str) -> Reply:
        """Return this with something else in place of what it says."""
        if body is not None:
            fields.setdefault("Content_Length", str(len(body)))
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return Reply(
            self.status if status is None else status,
            CaseInsensitiveDict({**self.fields, **named}),
            self.body if body is None else body,
        )


@define
class Asked:
    """What was asked: method, path (decoded) and fields."""

    method: str
    path: str
    fields: CaseInsensitiveDict[str]


@define
class Accelerator:
    """
    What a server in front does.

    Args:
        files: By internal location, the directory it stands for.

        open_locations: What it serves to anybody, in the same way.

        name: How it calls itself.

        django: What it makes of Django's answer, before it takes a file over.

        client: What it makes of the answer before the client gets it.

        url: Where it is.
    """

    files: dict[str, Path]
    open_locations: dict[str, Path] = Factory(dict)
    name: str = "nginx/1.99"
    django: Callable[[Asked, Reply], Reply] = lambda _, reply: reply
    client: Callable[[Asked, Reply], Reply] = lambda _, reply: reply
    url: str = ""

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        fields = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        path = environ["PATH_INFO"].encode("latin-1").decode()
        asked = Asked(environ["REQUEST_METHOD"], path, CaseInsensitiveDict(fields))
        reply = self.client(asked, self.answer(asked, environ))
        reply = reply.saying(
            Server=self.name, Content_Length=reply.fields.get("Content-Length") or str(len(reply.body))
        )
        start_response(f"{reply.status} Said", list(reply.fields.items()))
        return [] if asked.method == "HEAD" else [reply.body]

    def answer(self, asked: Asked, environ: Any) -> Reply:
        found = found_in(self.open_locations, asked.path)
        if found is not None:
            return Reply(200, CaseInsensitiveDict(), found.read_bytes())
        reply = self.django(asked, of_django(environ))
        target = reply.fields.get(FIELD)
        if target is None:
            return reply
        file = found_in(self.files, unquote(target))
        if file is None:
            return of_django(environ | {"PATH_INFO": unquote(target).encode().decode("latin-1")})
        if not file.exists():
            return Reply(404, CaseInsensitiveDict(), b"<center>nginx</center>")
        return taken_over(asked, reply.without(FIELD.lower(), "content-length"), file.read_bytes())


def found_in(locations: dict[str, Path], path: str) -> Path | None:
    path = path.partition("?")[0]
    for location, directory in locations.items():
        if path.startswith(location):
            return directory / path.removeprefix(location)
    return None


def of_django(environ: Any) -> Reply:
    """Ask the project, whose settings are those of the test."""
    started: list[Any] = []

    def start_response(*status_and_fields: Any) -> Callable[[bytes], object]:
        started.append(status_and_fields)
        return bytearray().extend

    response: Any = WSGIHandler()({**environ, "wsgi.input": io.BytesIO()}, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()
    status, fields = started[0][:2]
    return Reply(int(status[:3]), CaseInsensitiveDict(fields), body)


def taken_over(asked: Asked, reply: Reply, data: bytes) -> Reply:
    reply = reply.saying(ETag='"of-the-server"', Accept_Ranges="bytes")
    if asked.fields.get("If-None-Match") == '"of-the-server"':
        return reply.saying(304, b"")
    if asked.fields.get("Range"):
        first, _, last = asked.fields["Range"].removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last) + 1]
        return reply.saying(206, part, Content_Range=f"bytes {first}-{last}/{len(data)}")
    return reply.saying(200, data, Content_Length=str(len(data)))


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def in_front(accelerator: Accelerator) -> Iterator[Accelerator]:
    """Let it listen, on a free port of loopback, until the end of the block."""
    server: WSGIServer = make_server("127.0.0.1", 0, accelerator, handler_class=Silent)
    accelerator.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield accelerator
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply_of(status: int, body: bytes = b"", **fields: Any) -> Reply:
    """Return a whole answer."""
    return Reply(status, CaseInsensitiveDict(), body).saying(**fields)


Change = Callable[[Asked, Reply], Reply]


def on_files(change: Callable[[Reply], Reply]) -> Change:
    """Change only answers with a file, or a part of it."""
    return lambda asked, reply: change(reply) if "Content-Disposition" in reply.fields else reply
