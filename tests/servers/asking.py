"""A client that trusts nobody: it shows each byte of an answer, and keeps its connection."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tests.conformance.expectations import Answer

__all__ = ["Client", "Question", "ask_all"]

ANSWERING_SECONDS = 30
WITHOUT_BODY = (204, 304)
AT_ONCE = 3
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9]{2} [^\r\n]*\r\n")

Question = tuple[str, str, Mapping[str, str]]
"""Method, request target and fields."""


def ask_all(port: int, questions: Sequence[Question]) -> list[Answer]:
    """Ask *questions* over a few connections, so that nobody waits for us; the answers come in their order."""

    def ask_some(start: int) -> list[Answer]:
        with Client(port) as client:
            return [
                client.ask(target, fields, method=method)
                for method, target, fields in questions[start::AT_ONCE]
            ]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answered = [iter(some) for some in threads.map(ask_some, range(AT_ONCE))]
    return [next(answered[number % AT_ONCE]) for number in range(len(questions))]


class Client:
    """
    One connection to a port of loopback, which is made anew whenever the server closes it.

    Use it as a context, or close it.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(
        self,
        target: str,
        fields: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        version: str = "1.1",
        body: bytes = b"",
    ) -> Answer:
        """
        Ask for *target*, a request target as it goes over the wire.

        Raises:
            OSError: If no answer comes.
        """
        lines = [f"{method} {target} HTTP/{version}", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in (fields or {}).items()]
        sent = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        reused = self._connection is not None
        try:
            return self._exchange(sent, method)
        except ConnectionError:
            # A server may close a connection that it has kept, just when it is used again (RFC 9112, 9.3.1).
            self.close()
            if not reused:
                raise
            return self._exchange(sent, method)

    def _exchange(self, sent: bytes, method: str) -> Answer:
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=ANSWERING_SECONDS)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._reading = self._connection.makefile("rb")
        self._connection.sendall(sent)
        # A server that sends head and body one by one would wait for us in between (RFC 896, RFC 1122, 4.2.3.2).
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        line = self._reading.readline()
        if not line:
            raise ConnectionResetError("The server has closed the connection.")
        # Such as a body after the answer to HEAD.
        assert STATUS_LINE.match(line), f"The server has sent no status line, but {line!r}."
        version, status = line.split()[:2]
        pairs = []
        while (line := self._reading.readline()) != b"\r\n":
            assert line.endswith(b"\r\n"), f"The header section ends in {line!r}."
            name, _, value = line.decode("latin-1").partition(":")
            pairs.append((name, value.strip(" \t\r\n")))
        head = Answer(int(status), tuple(pairs), b"")
        bodiless = method == "HEAD" or head.status in WITHOUT_BODY
        answer = head if bodiless else Answer(head.status, head.fields, self._body(head))
        if "close" in (head.field("Connection") or "").lower() or version == b"HTTP/1.0":
            self.close()
        return answer

    def _body(self, head: Answer) -> bytes:
        if head.field("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self._reading.readline(), 16):
                body += self._reading.read(size)
                assert self._reading.readline() == b"\r\n"
            assert self._reading.readline() == b"\r\n"
            return body
        length = head.field("Content-Length")
        if length is None:
            body = self._reading.read()
            self.close()
            return body
        body = self._reading.read(int(length))
        assert len(body) == int(length), f"{int(length) - len(body)} bytes of the body are missing."
        return body
