"""A real little origin on loopback: honest by default, and page by page as dishonest as a test needs it."""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from attrs import define, field, frozen

__all__ = ["PATIENCE_SECONDS", "Handler", "Origin", "Page", "Seen", "serving"]

PATIENCE_SECONDS = 10
RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


@frozen
class Seen:
    """A request that arrived."""

    method: str
    path: str
    fields: Mapping[str, str]


@define(kw_only=True)
class Page:
    """
    What is under a path.

    Args:
        ranges: Whether ranges are announced and served.

        conditions: Whether conditions are looked at.

        chunked: Whether to send chunks in place of a length.

        repeats: Whether a 304 repeats the validators.

        fields: Sent with every answer, in place of fields of the same name; ``None`` leaves one out.

        script: Answers in place of all that.
    """

    body: bytes = b""
    etag: str | None = None
    modified: str | None = None
    ranges: bool = True
    conditions: bool = True
    chunked: bool = False
    repeats: bool = True
    status: int = 200
    fields: dict[str, str | None] = field(factory=dict)
    script: Callable[[Handler], None] | None = None


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        origin = self.server.origin
        origin.saw(Seen(self.command, self.path, {name.lower(): text for name, text in self.headers.items()}))
        page = origin.pages.get(self.path)
        if page is None:
            self.say(404, b"no such page")
        elif page.script is not None:
            page.script(self)
        else:
            self.answer(page)

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, page: Page) -> None:
        fields: dict[str, str | None] = {"Content-Type": "text/plain", "ETag": page.etag}
        fields |= {"Last-Modified": page.modified, "Accept-Ranges": "bytes" if page.ranges else None}
        fields |= page.fields
        if page.status != 200:
            return self.say(page.status, page.body, fields)
        verdict = self.verdict(page)
        if verdict == 304:
            return self.say(304, None, fields if page.repeats else {})
        if verdict is not None:
            return self.say(verdict, b"condition failed")
        body = page.body
        if page.ranges and self.command == "GET" and (asked := self.range_asked(page)):
            first = int(asked[1]) if asked[1] else max(0, len(body) - int(asked[2]))
            last = int(asked[2]) if asked[1] and asked[2] else len(body) - 1
            if first >= len(body):
                return self.say(416, b"no such bytes", {"Content-Range": f"bytes */{len(body)}"})
            part = body[first : last + 1]
            content_range = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
            return self.say(206, part, {"Content-Range": content_range} | fields)
        return self.say(200, body, fields, chunked=page.chunked)

    def verdict(self, page: Page) -> int | None:
        """Evaluate the conditions (RFC 9110, 13.2.2)."""
        if not page.conditions:
            return None
        asked = self.headers
        if (tag := asked["If-Match"]) is not None:
            if tag != page.etag:
                return 412
        elif (since := asked["If-Unmodified-Since"]) is not None and not unchanged(page.modified, since):
            return 412
        if (tags := asked["If-None-Match"]) is not None:
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return 304 if page.etag is not None and known & {"*", page.etag.removeprefix("W/")} else None
        since = asked["If-Modified-Since"]
        return 304 if since is not None and page.modified and unchanged(page.modified, since) else None

    def range_asked(self, page: Page) -> re.Match[str] | None:
        if self.headers.get("If-Range") not in (None, page.etag, page.modified):
            return None
        return RANGE.fullmatch(self.headers.get("Range", ""))

    def say(
        self,
        status: int,
        body: bytes | None = None,
        fields: Mapping[str, str | None] | None = None,
        *,
        chunked: bool = False,
    ) -> None:
        """Send an answer; no field but the length comes by itself."""
        self.send_response_only(status)
        own = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body or b""))}
        own = {} if body is None else own
        for name, value in (own | dict(fields or {})).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or not body:
            body = b""
        if chunked and self.command != "HEAD":
            pieces = [body[start : start + 50_000] for start in range(0, len(body), 50_000)]
            for piece in (*pieces, b""):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        else:
            self.wfile.write(body)

    def raw(self, data: bytes, *, end: bool = True) -> None:
        """Send what need not be HTTP; by default the connection ends there."""
        self.wfile.write(data)
        self.close_connection = end

    def stall(self) -> None:
        """Do nothing until the test lets go, or ends."""
        self.server.origin.let_go.wait(PATIENCE_SECONDS)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent; what arrived is in ``seen``."""


def unchanged(modified: str | None, since: str) -> bool:
    return modified is None or parsedate_to_datetime(modified) <= parsedate_to_datetime(since)


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    daemon_threads = False

    def __init__(self, origin: Origin) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.origin = origin

    def process_request(self, request: Any, client_address: Any) -> None:
        self.origin.opened(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        self.origin.closed(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # Clients that leave in the middle are what many tests are about.
        if error is not None and not isinstance(error, ConnectionError):
            self.origin.errors.append(error)


class Origin:
    """
    Pages by their path, and a record of what was asked.

    Attributes:
        pages: May be changed at any time.

        seen: Requests, in the order they arrived.

        connections: How many connections were ever made.

        let_go: Ends what stalls.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.seen: list[Seen] = []
        self.errors: list[BaseException] = []
        self.connections = 0
        self.let_go = threading.Event()
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._server = Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def saw(self, seen: Seen) -> None:
        with self._changed:
            self.seen.append(seen)
            self._changed.notify_all()

    def opened(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def wait_for_requests(self, count: int) -> None:
        """Wait until *count* requests have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seen) >= count, PATIENCE_SECONDS)

    def wait_for_open(self, most: int) -> None:
        """Wait until no more than *most* connections are open."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._open) <= most, PATIENCE_SECONDS), self._open

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join()
        with self._changed:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster
        self._server.server_close()


@contextmanager
def serving(pages: Mapping[str, Page] | None = None) -> Iterator[Origin]:
    """Run an origin; what went wrong inside it fails the test at the end."""
    origin = Origin()
    origin.pages.update(pages or {})
    try:
        yield origin
    finally:
        origin.close()
    assert not origin.errors, origin.errors
