"""
A process with many clients that read slowly: each at its own rate, with small buffers of the kernel between.

It does what a line on its standard input says, and answers each with a line of JSON:

=======  ========================================================================================
come     All connect and ask; answered once each has got the head of its answer.
mark     What is received is counted from here.
report   Bytes that each has received in a second since then, and how many were left by the server.
leave    All go at once, in the middle of what they get.
=======  ========================================================================================
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from attrs import define, field

__all__ = ["Crowd"]

TURN_SECONDS = 0.25
"""How often a reader reads."""

STEPS = 250
"""Parts of a turn: readers of the same part read together, all others at other times."""

PATIENCE_SECONDS = 1.0
"""What a reader did not get in so many seconds is lost to it: it does not read faster later on."""

COMING_SECONDS = 60
RECEIVED_BYTES, SEGMENT_BYTES = 64 * 1024, 1400
"""
Buffer of the kernel for what has arrived, and the most that comes in one segment.

On loopback, a segment is as large as 64 KiB, for ten of which the sender's kernel finds room at once.
"""

NICE = 5
RESET = struct.pack("ii", 1, 0)


@define
class Reader:
    """
    One client.

    Args:
        rate: Bytes that it reads in a second.

        size: Bytes that its answer must have.

        visited: When it last read.

        allowance: Bytes that it may read by then, and has not.

        received: Bytes that it has read *since*.
    """

    socket: socket.socket
    rate: float
    size: int
    visited: float
    allowance: float = 0
    since: float = 0
    received: int = 0
    head: bytes = b""
    begun: bool = False
    ended: bool = False

    def read(self, now: float, buffer: memoryview) -> None:
        """Read what its rate allows by now, as far as it is there."""
        self.allowance = min(
            self.allowance + (now - self.visited) * self.rate,
            PATIENCE_SECONDS * self.rate,
        )
        self.visited = now
        if self.ended or self.allowance < 1:
            return
        try:
            length = self.socket.recv_into(buffer, min(int(self.allowance), len(buffer)))
        except BlockingIOError:
            return
        except OSError:
            length = 0
        self.ended = length == 0
        self.received += length
        self.allowance -= length
        if not self.begun:
            self.begin(bytes(buffer[:length]))

    def begin(self, part: bytes) -> None:
        self.head += part
        head, found, _ = self.head.partition(b"\r\n\r\n")
        if found or self.ended:
            assert head.startswith(b"HTTP/1.1 200 "), head
            assert f"\r\ncontent-length: {self.size}\r\n".encode() in head.lower() + b"\r\n", head
            self.begun = True


@define
class Crowd:
    """
    All clients.

    Args:
        path: What they ask for.

        size: Bytes that it has.
    """

    port: int
    path: str
    size: int
    readers: int
    rate: float
    present: list[Reader] = field(factory=list)

    def come(self) -> dict[str, Any]:
        began = time.monotonic()
        for _ in range(self.readers):
            self.present.append(self.newcomer())
        while not all(reader.begun for reader in self.present):
            assert time.monotonic() - began < COMING_SECONDS, "Not everybody was served in time."
            self.turn(lambda: False)
        return {"seconds": time.monotonic() - began}

    def newcomer(self) -> Reader:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.connect(("127.0.0.1", self.port))
        client.sendall(f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        client.setblocking(False)
        return Reader(client, self.rate, self.size, time.monotonic())

    def turn(self, interrupted: Callable[[], bool]) -> None:
        """Have everybody read once, spread over the time of a turn."""
        buffer = memoryview(bytearray(2 * RECEIVED_BYTES))
        began = time.monotonic()
        for step in range(STEPS):
            time.sleep(max(0.0, began + step * TURN_SECONDS / STEPS - time.monotonic()))
            if interrupted():
                return
            now = time.monotonic()
            for reader in self.present[step::STEPS]:
                reader.read(now, buffer)
        time.sleep(max(0.0, began + TURN_SECONDS - time.monotonic()))

    def mark(self) -> dict[str, Any]:
        for reader in self.present:
            reader.since, reader.received = reader.visited, 0
        return {}

    def report(self) -> dict[str, Any]:
        return {
            "rates": [reader.received / (reader.visited - reader.since) for reader in self.present],
            "ended": sum(reader.ended for reader in self.present),
        }

    def leave(self) -> dict[str, Any]:
        for reader in self.present:
            reader.socket.close()
        self.present.clear()
        return {}

    def obey(self) -> None:
        """Read on and on, until the next line comes, and do what it says; until there are no more."""
        words = {"come": self.come, "mark": self.mark, "report": self.report, "leave": self.leave}
        while True:
            while not asked():
                self.turn(asked)
            word = sys.stdin.readline().strip()
            if not word:
                return
            sys.stdout.write(f"{json.dumps(words[word]())}\n")
            sys.stdout.flush()


def asked() -> bool:
    """Tell whether there is a line to read."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("size", type=int)
    parser.add_argument("readers", type=int)
    parser.add_argument("rate", type=float)
    # Elsewhere, readers are on other machines: they take no time from a server, nor from who else asks it.
    os.nice(NICE)
    Crowd(**vars(parser.parse_args())).obey()


if __name__ == "__main__":
    main()
