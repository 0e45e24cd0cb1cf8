"""An origin that is right, or wrong in a way that it is told: what the model must acquit, and convict."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from attrs import frozen

__all__ = ["Fault", "origin"]

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Fault(Enum):
    """What an origin may do wrong."""

    IGNORES_IF_RANGE = "sends the part, whatever If-Range says"
    TAKES_WEAK_FOR_STRONG = "compares If-Range weakly"
    IGNORES_IF_MATCH = "sends the part, whatever If-Match says"
    KEEPS_ITS_FIRST_TAG = "names the tag of what it was first"
    KEEPS_ITS_FIRST_BYTES = "sends what it was first under the present tag"
    SHIFTS = "sends one byte further"
    MISCOUNTS = "says another size in Content-Range"
    NEVER_MODIFIED = "answers 304 to any If-None-Match"
    ALWAYS_MODIFIED = "answers 304 to no If-None-Match"
    IGNORES_RANGE = "sends all, always"
    BREAKS_OFF = "leaves out the last byte"


class Server(ThreadingHTTPServer):
    """Serves the files of a directory."""

    daemon_threads = True

    def __init__(self, directory: Path, fault: Fault | None) -> None:
        super().__init__(("127.0.0.1", 0), Origin)
        self.directory, self.fault = directory, fault
        self.first: dict[str, bytes] = {}


@frozen
class File:
    """
    What is sent, and what is said of it.

    Args:
        tagged: The bytes that the tag is of.
    """

    content: bytes
    tagged: bytes
    modified: str

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.tagged).hexdigest()[:16]}"'


class Origin(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        file = self._file()
        if file is None:
            self._send(404, {}, b"")
            return
        fields = {"ETag": file.tag, "Last-Modified": file.modified, "Accept-Ranges": "bytes"}
        if self._fails(file):
            self._send(412, fields, b"")
        elif self._has_it(file):
            self._send(304, fields, b"")
        elif (wanted := self._wanted(file)) is None:
            self._send(200, fields, file.content)
        elif wanted[0] >= wanted[1]:
            self._send(416, fields, b"")
        else:
            start, stop = wanted
            size = len(file.content) + (self.server.fault is Fault.MISCOUNTS)
            shift = int(self.server.fault is Fault.SHIFTS)
            body = (file.content + b"\0")[start + shift : stop + shift]
            self._send(206, {**fields, "Content-Range": f"bytes {start}-{stop - 1}/{size}"}, body)

    def _file(self) -> File | None:
        path = self.server.directory / self.path.rpartition("/")[2]
        if not path.exists():
            return None
        content, modified = path.read_bytes(), datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        first = self.server.first.setdefault(path.name, content)
        old = self.server.fault is Fault.KEEPS_ITS_FIRST_BYTES and len(first) == len(content)
        return File(
            first if old else content,
            first if self.server.fault is Fault.KEEPS_ITS_FIRST_TAG else content,
            format_datetime(modified, usegmt=True),
        )

    def _fails(self, file: File) -> bool:
        tag, date = self.headers["If-Match"], self.headers["If-Unmodified-Since"]
        if tag is not None:
            return tag != file.tag and self.server.fault is not Fault.IGNORES_IF_MATCH
        return date is not None and newer(file.modified, date)

    def _has_it(self, file: File) -> bool:
        tag, date = self.headers["If-None-Match"], self.headers["If-Modified-Since"]
        if tag is not None:
            if self.server.fault in (Fault.NEVER_MODIFIED, Fault.ALWAYS_MODIFIED):
                return self.server.fault is Fault.NEVER_MODIFIED
            return bool(tag == file.tag)
        return date is not None and not newer(file.modified, date)

    def _wanted(self, file: File) -> tuple[int, int] | None:
        """Say which bytes are asked for; all of them where there are several ranges."""
        found = RANGE.fullmatch(self.headers["Range"] or "")
        condition, size = self.headers["If-Range"], len(file.content)
        if found is None or self.server.fault is Fault.IGNORES_RANGE:
            return None
        if condition is not None and self.server.fault is Fault.TAKES_WEAK_FOR_STRONG:
            condition = condition.removeprefix("W/")
        if (
            condition not in (None, file.tag, file.modified)
            and self.server.fault is not Fault.IGNORES_IF_RANGE
        ):
            return None
        if not found[1]:
            return max(0, size - int(found[2])), size
        return int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)

    def _send(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.fault is Fault.BREAKS_OFF and status == 206:
            body = body[:-1]
        if self.command == "GET":
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True


def newer(modified: str, date: str) -> bool:
    return parsedate_to_datetime(modified) > parsedate_to_datetime(date)


@contextmanager
def origin(directory: Path, fault: Fault | None = None) -> Iterator[int]:
    """Serve a directory on a port until the end of the block."""
    with Server(directory, fault) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
