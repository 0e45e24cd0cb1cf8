"""A client that takes up downloads where they were cut: what it holds, what it asks, and what it believes."""

from __future__ import annotations

import http.client
import re
import socket
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Literal

from attrs import define, field, frozen

from tests.conformance.expectations import Answer
from tests.servers.reading import parts_of

__all__ = [
    "RELIED",
    "Client",
    "Guard",
    "Held",
    "Incoming",
    "Piece",
    "Relied",
    "announced",
    "parts",
    "range_of",
]

ANSWERING_SECONDS = 30
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER without patience: closing is a reset."""


class Guard(Enum):
    """By what a client makes sure that it gets more of the same."""

    NONE = "nothing"
    TAG = "If-Range with the ETag"
    WEAK = "If-Range with a weak ETag, as no client should"
    DATE = "If-Range with the date"
    MATCH = "If-Match"
    UNMODIFIED = "If-Unmodified-Since"
    BOTH = "If-Match and If-Unmodified-Since"


Relied = Literal["tag", "weak tag", "date", "not newer"]
"""On what a client relies: that two versions have equal tags, or equal dates, or that the present one is not newer."""


@define
class Held:
    """
    What a client has of a file, with holes, and by what it would know the file again.

    Args:
        size: Of the whole file.

        tag: The ETag, quotes and all.

        modified: Last-Modified, as it was spelled.

        settled: Whether the second of that date was over when the answer was made, so that the date is a strong
            validator (RFC 9110, 8.8.2.2).
    """

    size: int
    tag: str | None
    modified: str | None
    settled: bool
    data: bytearray = field(init=False, repr=False)
    have: bytearray = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.data, self.have = bytearray(self.size), bytearray(self.size)

    @property
    def complete(self) -> bool:
        return 0 not in self.have

    @property
    def count(self) -> int:
        """How many bytes are there."""
        return self.have.count(1)

    @property
    def gap(self) -> int:
        """Where the first hole begins."""
        found = self.have.find(0)
        return self.size if found < 0 else found

    @property
    def strong_tag(self) -> str | None:
        return None if self.tag is None or self.tag.startswith("W/") else self.tag

    def put(self, start: int, data: bytes) -> bool:
        """Put bytes in their place; tell whether none was there already that is another."""
        stop = start + len(data)
        agrees = all(
            self.data[begin:end] == data[begin - start : end - start]
            for begin, end in self._runs(start, stop)
        )
        self.data[start:stop] = data
        self.have[start:stop] = b"\1" * len(data)
        return agrees

    def _runs(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield where there are bytes between *start* and *stop*."""
        while (begin := self.have.find(1, start, stop)) >= 0:
            end = self.have.find(0, begin, stop)
            start = stop if end < 0 else end
            yield begin, start

    def shares(self, other: Held) -> Relied | None:
        """
        Say by which strong validator both are of one version, if by any.

        "A client that has received multiple partial responses to GET requests on a target resource MAY combine those
        responses into a larger continuous range if they share the same strong validator."  (RFC 9110, 15.3.7.3)
        """
        if self.size != other.size or self.tag != other.tag:
            return None
        if self.strong_tag is not None:
            return "tag"
        if self.modified is not None and self.modified == other.modified and self.settled and other.settled:
            return "date"
        return None

    def fields(self, guard: Guard) -> dict[str, str] | None:
        """Spell a condition; ``None`` without the validator that it takes."""
        tag, date = self.strong_tag, self.modified
        if guard is Guard.WEAK:
            return None if self.tag is None else {"If-Range": f"W/{self.tag.removeprefix('W/')}"}
        if (tag is None and guard in (Guard.TAG, Guard.MATCH, Guard.BOTH)) or (
            date is None and guard in (Guard.DATE, Guard.UNMODIFIED, Guard.BOTH)
        ):
            return None
        return {
            Guard.NONE: {},
            Guard.TAG: {"If-Range": f"{tag}"},
            Guard.DATE: {"If-Range": f"{date}"},
            Guard.MATCH: {"If-Match": f"{tag}"},
            Guard.UNMODIFIED: {"If-Unmodified-Since": f"{date}"},
            Guard.BOTH: {"If-Match": f"{tag}", "If-Unmodified-Since": f"{date}"},
        }[guard]


RELIED: dict[Guard, Relied | None] = {
    Guard.NONE: None,
    Guard.TAG: "tag",
    Guard.WEAK: "tag",
    Guard.DATE: "date",
    Guard.MATCH: "tag",
    Guard.UNMODIFIED: "not newer",
    Guard.BOTH: "tag",
}


@frozen
class Piece:
    """Bytes at a place of the whole file."""

    start: int
    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")


@define
class Incoming:
    """
    An answer with a body that is not read to its end yet.

    Args:
        start: Where in the file its next byte belongs.

        left: How many bytes are to come.
    """

    connection: http.client.HTTPConnection
    response: http.client.HTTPResponse
    start: int
    left: int

    def read(self, size: int) -> Piece:
        """Read up to *size* bytes; fewer, if they are all or the connection breaks."""
        try:
            data = self.response.read(min(size, self.left))
        except (http.client.IncompleteRead, ConnectionError) as error:
            data = error.partial if isinstance(error, http.client.IncompleteRead) else b""
        piece = Piece(self.start, data)
        self.start += len(data)
        self.left -= len(data)
        return piece

    def cut(self, *, reset: bool = False) -> None:
        """Leave, by an end or by a reset."""
        if reset and self.connection.sock is not None:
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.response.close()
        self.connection.close()


@frozen
class Client:
    """
    Asks for one URL, each time on a connection of its own.

    Args:
        url: A path.
    """

    port: int
    url: str

    def ask(self, fields: dict[str, str], method: str = "GET") -> Incoming:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERING_SECONDS)
        connection.request(method, self.url, headers={"Connection": "close", **fields})
        # With "Connection: close", the connection lets go of its socket, which a reset still needs.
        held = connection.sock
        response = connection.getresponse()
        connection.sock = held
        return Incoming(connection, response, 0, response.length or 0)


def announced(response: http.client.HTTPResponse, size: int) -> Held:
    """Make what a client holds after the fields of an answer: nothing yet, of a file of *size* bytes."""
    modified, date = response.getheader("Last-Modified"), response.getheader("Date")
    then, now = moment(modified), moment(date)
    return Held(
        size,
        response.getheader("ETag"),
        modified,
        settled=then is not None and now is not None and now - then >= timedelta(seconds=1),
    )


def moment(field: str | None) -> datetime | None:
    return None if field is None else parsedate_to_datetime(field)


def range_of(field: str | None) -> tuple[int, int, int] | None:
    """Read Content-Range: where the part starts and stops, and the size of the whole."""
    found = CONTENT_RANGE.fullmatch(field or "")
    return None if found is None else (int(found[1]), int(found[2]) + 1, int(found[3]))


def parts(response: http.client.HTTPResponse, body: bytes) -> tuple[list[Piece], int] | None:
    """Take a multipart answer apart; the size of the whole must be the same in each part."""
    taken = parts_of(Answer(206, tuple(response.getheaders()), body))
    ranges = [range_of(field) for _, field, _ in taken]
    pieces = [Piece(found[0], data) for found, (_, _, data) in zip(ranges, taken, strict=True) if found]
    sizes = {found[2] for found in ranges if found}
    return (pieces, sizes.pop()) if len(pieces) == len(taken) and len(sizes) == 1 else None
