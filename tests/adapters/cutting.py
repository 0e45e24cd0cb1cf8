"""What stands between a client and a store, and breaks off."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

AT_ONCE = struct.pack("ii", 1, 0)
"""Closing a socket that lingers so long resets the connection."""


class Cutter:
    """
    Passes connections on to a server that closes each after its answer.

    Attributes:
        after: How many bytes of the answers to pass on, the head included, connection by connection; ``None`` for all.
            Connections beyond are passed on as a whole.

        passed: Bytes of answers that were passed on.

        lies: Text in the head of an answer, and what is said in its place.

        resets: Whether to reset what is cut; else it just ends.
    """

    def __init__(self, url: str) -> None:
        self.after: list[int | None] = []
        self.passed = 0
        self.lies: tuple[str, str] = ("", "")
        self.resets = False
        parts = urlsplit(url)
        self._target = parts.hostname, parts.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                limit = self.after.pop(0) if self.after else None
                Thread(target=self._pass_on, args=(client, limit), daemon=True).start()

    def _pass_on(self, client: socket.socket, limit: int | None) -> None:
        with client, socket.create_connection(self._target) as server, suppress(OSError):
            server.sendall(head_of(client))
            left = limit
            told, meant = (text.encode() for text in self.lies)
            data = head_of(server).replace(told, meant)
            while data and (left is None or left > 0):
                client.sendall(data[:left])
                self.passed += len(data[:left])
                left = None if left is None else left - len(data)
                data = server.recv(64 * 1024)
            if limit is not None and self.resets:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def head_of(sender: socket.socket) -> bytes:
    """Read up to the end of a head, and what has come with it."""
    head = b""
    while b"\r\n\r\n" not in head and (data := sender.recv(64 * 1024)):
        head += data
    return head


@contextmanager
def cutter(url: str) -> Iterator[Cutter]:
    """Stand before the server at *url*."""
    cutting = Cutter(url)
    try:
        yield cutting
    finally:
        cutting.stop()
