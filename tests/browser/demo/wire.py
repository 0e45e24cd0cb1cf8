"""What lies between the browser and the demo, and breaks where a test wants it to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

from attrs import define, field

__all__ = ["Break", "Wire", "laid"]

BLOCK = 64 * 1024
HOST = "127.0.0.1"


@define
class Break:
    """
    Where answers to one request end.

    Args:
        path: Which request.

        after: Bytes of its answer, header fields included, that pass.

        cuts: Whether the connection ends then; if not, it holds until :attr:`released`.
    """

    path: str
    after: int
    cuts: bool
    reached: Event = field(factory=Event)
    released: Event = field(factory=Event)


@define(eq=False)
class Wire:
    """
    A relay to a server, on a port of its own.

    Args:
        listening: Where the browser comes to.

        target: The port of the server.
    """

    listening: socket.socket
    target: int
    gone: bool = False
    _breaks: list[Break] = field(factory=list)
    _ends: set[socket.socket] = field(factory=set)
    _lock: Lock = field(factory=Lock)

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    @property
    def base(self) -> str:
        """The origin that the browser sees."""
        return f"http://{HOST}:{self.port}"

    def cut(self, path: str, after: int) -> Break:
        """End the next answer to *path* in its middle."""
        return self._break(Break(path, after, cuts=True))

    def hold(self, path: str, after: int) -> Break:
        """Let the next answer to *path* stand still in its middle."""
        return self._break(Break(path, after, cuts=False))

    def _break(self, one: Break) -> Break:
        with self._lock:
            self._breaks.append(one)
        return one

    def mend(self) -> None:
        """Let everything pass again."""
        with self._lock:
            breaks, self._breaks = self._breaks, []
        for one in breaks:
            one.released.set()
        self.gone = False

    def serve(self) -> None:
        """Take connections until nobody listens any more."""
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                Thread(target=self._relay, args=[client], daemon=True).start()

    def sever(self) -> None:
        """End all connections that there are."""
        with self._lock:
            ends = list(self._ends)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.mend()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.sever()

    def _relay(self, client: socket.socket) -> None:
        if self.gone:
            client.close()
            return
        with client, socket.create_connection((HOST, self.target)) as server:
            ends = {client, server}
            with self._lock:
                self._ends |= ends
            asked: list[Break] = []
            answers = Thread(target=self._answer, args=[server, client, asked], daemon=True)
            answers.start()
            for block in blocks(client):
                asked.extend(self._asked(block))
                with suppress(OSError):
                    server.sendall(block)
            for end in ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            answers.join()
            with self._lock:
                self._ends -= ends

    def _asked(self, block: bytes) -> list[Break]:
        """The breaks that begin with this request; each is used up by one."""
        with self._lock:
            found = [one for one in self._breaks if block.startswith(f"GET {one.path} ".encode())]
            self._breaks = [one for one in self._breaks if one not in found]
        return found

    def _answer(self, server: socket.socket, client: socket.socket, asked: list[Break]) -> None:
        passed = 0
        with suppress(OSError):
            for block in blocks(server):
                if not asked or passed + len(block) < asked[0].after:
                    passed += len(block) if asked else 0
                    client.sendall(block)
                    continue
                one = asked.pop()
                left = one.after - passed
                client.sendall(block[:left])
                one.reached.set()
                if one.cuts:
                    break
                one.released.wait()
                client.sendall(block[left:])
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def blocks(sender: socket.socket) -> Iterator[bytes]:
    """Yield what comes, until nothing more does."""
    with suppress(OSError):
        while block := sender.recv(BLOCK):
            yield block


@contextmanager
def laid(target: int) -> Iterator[Wire]:
    """Relay to the port *target* until the end of the block."""
    with socket.create_server((HOST, 0)) as listening:
        wire = Wire(listening, target)
        serving = Thread(target=wire.serve, daemon=True)
        serving.start()
        yield wire
        wire.close()
        serving.join()
