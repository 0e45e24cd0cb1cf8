"""
What really leaves Django for a request that the inspector makes.

The inspector announces a token and sends it along. For such a request, and for no other, the edge of Django (around the
application, where the server takes over) and an observer of downloads write down what they see. They may run in another
process than the inspector, so the notes are in a cache that all processes share.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from attrs import define, frozen
from django.core.cache import BaseCache, caches

from downloadable.domain import ByteRange
from downloadable.ports import Served

__all__ = ["FIELD", "Heard", "Left", "announced", "heard", "left", "record", "watched_asgi", "watched_wsgi"]

FIELD = "X-Inspection"
"""The header field that carries the token."""

TOKEN = re.compile(r"[0-9a-f]{32}")
KEPT_SECONDS = 60
TICK_SECONDS = 0.02

How = Literal["descriptor", "file", "path", "blocks"]


@frozen(kw_only=True)
class Left:
    """
    What Django has given to its server.

    Args:
        server: The module that took it.

        how: An open file, of which it took the descriptor and read nothing itself, or which it read; the path of a
            file; or blocks of bytes.

        blocks: How many of these had bytes.

        size: Bytes in all blocks.

        largest: Bytes in the largest.
    """

    server: str
    status: int
    fields: tuple[tuple[str, str], ...]
    how: How
    blocks: int = 0
    size: int = 0
    largest: int = 0


@frozen(kw_only=True)
class Heard:
    """
    What an observer of downloads was told, as far as it can be kept.

    Args:
        segments: The body of the plan, each part in words.
    """

    status: int
    fields: tuple[tuple[str, str], ...]
    segments: tuple[str, ...]
    name: str
    size: int | None
    outcome: str
    bytes_sent: int
    delegate: str | None


def notes() -> BaseCache:
    return caches["inspections"]


def announced() -> str:
    """Return a new token, whose request is watched if it comes within a minute."""
    token = secrets.token_hex(16)
    notes().set(f"{token}-announced", True, KEPT_SECONDS)
    return token


def is_announced(token: str) -> bool:
    """Tell whether the inspector has made *token*: nobody else can have anything written down."""
    return TOKEN.fullmatch(token) is not None and notes().get(f"{token}-announced", False) is True


def left(token: str, seconds: float) -> Left | None:
    """Return what left Django, waiting so long for it; ``None`` if nothing has."""
    found: Left | None = waited_for(f"{token}-left", seconds)
    return found


def heard(token: str, seconds: float) -> Heard | None:
    """Return what became of the download, waiting so long for it; ``None`` if no download was decided."""
    found: Heard | None = waited_for(f"{token}-heard", seconds)
    return found


def waited_for(key: str, seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while (found := notes().get(key)) is None and time.monotonic() < deadline:
        time.sleep(TICK_SECONDS)
    return found


def record(served: Served) -> None:
    """Be the observer in the settings."""
    token = "" if served.request is None else served.request.headers.get(FIELD, "")
    if not is_announced(token):
        return
    noted = Heard(
        status=served.plan.status,
        fields=served.plan.headers,
        segments=tuple(map(spelt, served.plan.body)),
        name=served.resource.name,
        size=served.resource.size,
        outcome=served.outcome,
        bytes_sent=served.bytes_sent,
        delegate=served.delegate,
    )
    notes().add(f"{token}-heard", noted, KEPT_SECONDS)


def spelt(segment: bytes | ByteRange) -> str:
    """Say what a segment is, with the last byte of a range as Content-Range has it."""
    if isinstance(segment, bytes):
        return f"{len(segment)} bytes as they are: {segment!r}"
    if segment.stop is None:
        return f"the content from byte {segment.start} to its end"
    if segment.start == segment.stop:
        return "the content, which is empty"
    return f"bytes {segment.start} to {segment.stop - 1} of the content: {segment.length} bytes"


Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def watched_wsgi(application: Application) -> Application:
    """Note what *application* gives to its server (PEP 3333)."""

    def watch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        token = environ.get(f"HTTP_{FIELD.upper().replace('-', '_')}", "")
        if not is_announced(token):
            return application(environ, start_response)
        head: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def started(status: str, fields: list[tuple[str, str]], *more: Any) -> Any:
            head[:] = [(int(status.split(maxsplit=1)[0]), tuple(fields))]
            return start_response(status, fields, *more)

        body = application(environ, started)
        server = start_response.__module__.partition(".")[0]
        wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(wrapper, type) and isinstance(body, wrapper):

            def taken(how: How) -> None:
                status, fields = head[0]
                write(token, Left(server=server, status=status, fields=fields, how=how))

            # Whoever wraps it takes the file away from the server: so it is passed on as it is.
            watch_file(body, taken)
            return body

        def noted(count: Count) -> None:
            status, fields = head[0]
            write(token, count.noted(server=server, status=status, fields=fields, how="blocks"))

        return Watched(body, noted)

    return watch


def watch_file(wrapper: Any, taken: Callable[[How], None]) -> None:
    """Note which way a server takes an open file, and say so once it is closed."""
    file, close = wrapper.filelike, wrapper.close
    fileno, read = file.fileno, file.read
    ways: list[How] = []

    def lent() -> Any:
        ways.append("descriptor")
        return fileno()

    def read_by_itself(*args: Any) -> Any:
        ways.append("file")
        return read(*args)

    def closed() -> None:
        try:
            close()
        finally:
            taken("descriptor" if "descriptor" in ways and "file" not in ways else "file")

    file.fileno, file.read, wrapper.close = lent, read_by_itself, closed


@define
class Count:
    """Counts blocks."""

    blocks: int = 0
    size: int = 0
    largest: int = 0

    def add(self, block: bytes) -> None:
        if block:
            self.blocks += 1
            self.size += len(block)
            self.largest = max(self.largest, len(block))

    def noted(self, **facts: Any) -> Left:
        return Left(blocks=self.blocks, size=self.size, largest=self.largest, **facts)


class Watched:
    """A body that counts its blocks, and says so once it is closed."""

    def __init__(self, body: Iterable[bytes], noted: Callable[[Count], None]) -> None:
        self._body, self._noted, self._count = body, noted, Count()

    def __iter__(self) -> Iterator[bytes]:
        for block in self._body:
            self._count.add(block)
            yield block

    def close(self) -> None:
        """Close the body, and write the note."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._noted(self._count)


def write(token: str, noted: Left) -> None:
    # The first counts: nginx may fetch a remote document from another process of this demo, and pass the token on.
    notes().add(f"{token}-left", noted, KEPT_SECONDS)


def watched_asgi(application: Any) -> Any:
    """Note what *application* gives to its server (ASGI), which may be the path of a file."""

    async def watch(scope: dict[str, Any], receive: Any, send: Any) -> None:
        name = FIELD.lower().encode()
        token = next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), "")
        if scope["type"] != "http" or not token or not await asyncio.to_thread(is_announced, token):
            await application(scope, receive, send)
            return
        head: list[tuple[int, tuple[tuple[str, str], ...]]] = []
        ways: list[How] = []
        count = Count()

        async def noting(message: dict[str, Any]) -> None:
            match message["type"]:
                case "http.response.start":
                    fields = (
                        (key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]
                    )
                    head[:] = [(message["status"], tuple(fields))]
                case "http.response.body":
                    count.add(message.get("body", b""))
                case "http.response.pathsend":
                    ways.append("path")
            await send(message)

        try:
            await application(scope, receive, noting)
        finally:
            if head:
                server = type(getattr(send, "__self__", send)).__module__
                status, fields = head[0]
                how: How = "path" if ways else "blocks"
                left = count.noted(server=server.partition(".")[0], status=status, fields=fields, how=how)
                await asyncio.to_thread(write, token, left)

    return watch
