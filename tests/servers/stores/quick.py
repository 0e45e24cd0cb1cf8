"""
A store that speaks as much of S3's API as downloads need, and is no bottleneck: ``python -m`` it, with a file.

It says its URL, has that file under each name, and answers GET and HEAD with ranges and conditions, by sendfile. Who
asks is not checked. ``/-/counts`` tells what was asked for and sent since it was last asked; ``/-/hold?N`` makes it
hold back whatever comes after the first N bytes of an answer, ``/-/go`` lets that go.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock
from typing import Any

PIECE = 64 * 1024
ETAG = '"0123456789abcdef0123456789abcdef"'
CHANGED = "Tue, 01 Jul 2025 10:00:00 GMT"
RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class Store(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, file: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.file = file
        self.size = file.stat().st_size
        self.lock = Lock()
        self.calls: list[str] = []
        self.sent = 0
        self.free = sys.maxsize  # bytes of an answer that are sent at once
        self.go = Event()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Store

    def setup(self) -> None:
        super().setup()
        # What is in its buffer counts as sent: little, so that what nobody reads is hardly counted.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        if self.path.startswith("/-/"):
            self._control()
        elif wanted := self._answer():
            self._send(*wanted)

    def _control(self) -> None:
        store = self.server
        verb, _, number = self.path.removeprefix("/-/").partition("?")
        body = b""
        if verb == "hold":
            store.free = int(number)
            store.go.clear()
        elif verb == "go":
            store.free = sys.maxsize
            store.go.set()
        else:
            with store.lock:
                body = json.dumps({"calls": store.calls, "sent": store.sent}).encode()
                store.calls, store.sent = [], 0
        self._head(200, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _answer(self) -> tuple[int, int] | None:
        """Send the head of an answer; return where its body starts and stops, if there is one."""
        store = self.server
        with store.lock:
            store.calls.append(f"{self.command} {self.headers.get('Range', '')}".strip())
        known = {"ETag": ETAG, "Last-Modified": CHANGED, "x-amz-request-id": "1"}
        unchanged = self.headers.get("If-Modified-Since") == CHANGED and "If-None-Match" not in self.headers
        if unchanged or self.headers.get("If-None-Match") == ETAG:
            self._head(304, known)
            return None
        if self.headers.get("If-Match", ETAG) != ETAG:
            self._head(412, {"Content-Length": "0"})
            return None
        start, stop, status = 0, store.size, 200
        if found := RANGE.fullmatch(self.headers.get("Range", "")):
            first, last = found.groups()
            start = int(first) if first else max(0, store.size - int(last))
            stop = min(int(last) + 1, store.size) if first and last else store.size
            if start >= stop:
                self._head(416, {"Content-Range": f"bytes */{store.size}", "Content-Length": "0"})
                return None
            status = 206
            known["Content-Range"] = f"bytes {start}-{stop - 1}/{store.size}"
        length = {"Content-Length": str(stop - start), "Accept-Ranges": "bytes"}
        self._head(status, {**known, **length, "Content-Type": "application/octet-stream"})
        return start, stop

    def _head(self, status: int, fields: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _send(self, start: int, stop: int) -> None:
        store, position = self.server, start
        with store.file.open("rb") as file:
            while position < stop:
                if position - start >= store.free:
                    store.go.wait()
                most = min(PIECE, stop - position, max(store.free - (position - start), 1))
                try:
                    sent = os.sendfile(self.connection.fileno(), file.fileno(), position, most)
                except OSError:
                    self.close_connection = True  # they have left
                    return
                position += sent
                with store.lock:
                    store.sent += sent


if __name__ == "__main__":
    serving = Store(Path(sys.argv[1]))
    sys.stdout.write(f"http://127.0.0.1:{serving.server_port}\n")
    sys.stdout.flush()
    serving.serve_forever()
