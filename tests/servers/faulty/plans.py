"""What an origin is to do wrong: values that go over the wire as JSON, known to both sides."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import asdict, field, frozen

__all__ = ["DAY", "Answer", "Break", "Plan", "Version", "page_of"]

LARGEST = 2 * 1024 * 1024
APART = 4099
DAY = "Thu, 29 Feb 2024 12:00:00 GMT"


@frozen(kw_only=True)
class Version:
    """
    The content at one time.

    Args:
        seed: Which bytes: two seeds have no byte at the same place.

        size: How many, before they are coded.

        etag: Field value; ``None`` sends none.

        modified: Value of Last-Modified; ``None`` sends none.

        coded: Whether the bytes are compressed by gzip.

        says_coded: Whether Content-Encoding says so.
    """

    seed: int = 1
    size: int = 300_000
    etag: str | None = '"v1"'
    modified: str | None = DAY
    coded: bool = False
    says_coded: bool = True

    def body(self) -> bytes:
        """Return the bytes that are sent for it."""
        return coded(self.seed, self.size) if self.coded else plain(self.seed, self.size)

    @property
    def encoding(self) -> str | None:
        """Value of Content-Encoding."""
        return "gzip" if self.coded and self.says_coded else None


@frozen(kw_only=True)
class Break:
    """
    What ends an answer before its end.

    Args:
        at: After so many bytes.

        how: ``"reset"``, ``"close"``, ``"stall"`` until the client leaves, or ``"pause"``.

        of: ``"body"`` counts from its start, without the framing; ``"head"`` from the start of the answer, and
            is before the body in any case.

        seconds: How long a pause is.
    """

    at: int = 0
    how: str = "reset"
    of: str = "body"
    seconds: float = 0.0


@frozen(kw_only=True)
class Answer:
    """
    How one request is answered; by default, as it should be.

    Args:
        version: Which of the plan's versions it is about.

        status: If not 200, an error page or a redirection comes in place of the content.

        fields: In place of the field of the same name, which ``None`` leaves out; one that is there twice comes twice.

        protocol: First word of the status line.

        preface: What comes before it.

        ranges: Whether a range is served.

        conditions: Whether If-Match, If-Unmodified-Since and If-Range are looked at.

        framing: How the body ends: by its ``"length"``, ``"chunked"``, or when the connection ``"close"``-s.

        announced: So many bytes more than there are, or less, are announced.

        moved: A range that begins so many bytes later is served in place of the one asked for, and told.

        content_range: What Content-Range says in place of the truth, with ``{first}``, ``{last}`` and ``{size}``.

        multipart: Whether a range comes as multipart/byteranges.

        chunk_line: What comes in place of the size of the chunk in which the body breaks off, or else of the last one.

        surplus: What comes after the end.

        drip: So many bytes of the body come one by one.

        cut: What ends it.
    """

    version: int = 0
    status: int = 200
    fields: tuple[tuple[str, str | None], ...] = ()
    protocol: str = "HTTP/1.1"
    preface: str = ""
    ranges: bool = True
    conditions: bool = True
    framing: str = "length"
    announced: int = 0
    moved: int = 0
    content_range: str | None = None
    multipart: bool = False
    chunk_line: str | None = None
    surplus: str = ""
    drip: int = 0
    cut: Break | None = None


@frozen
class Plan:
    """
    What becomes of the requests for one path.

    Args:
        answers: One for each request, in turn.

        versions: What the content is, and will be.

        then: Which version is served, as it should be, to all further requests.

        heads: Whether answers are for HEAD, too; else it is answered as it should be, with the version that is next.
    """

    answers: tuple[Answer, ...] = ()
    versions: tuple[Version, ...] = (Version(),)
    then: int = 0
    heads: bool = field(default=True, kw_only=True)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        said = json.loads(text)
        answers = tuple(map(answer_of, said["answers"]))
        return cls(
            answers,
            tuple(Version(**version) for version in said["versions"]),
            said["then"],
            heads=said["heads"],
        )


def answer_of(said: Mapping[str, Any]) -> Answer:
    fields = tuple((name, value) for name, value in said["fields"])
    cut = None if said["cut"] is None else Break(**said["cut"])
    return Answer(**{**said, "fields": fields, "cut": cut})


def page_of(status: int) -> bytes:
    """Return the page that comes with an error, which nobody may take for the content."""
    return f"This is no content, but {status}.\n".encode()


@cache
def base() -> bytes:
    return random.Random(1).randbytes(LARGEST + APART)


def plain(seed: int, size: int) -> bytes:
    # What one place has in common with another place is chance; with the same place of another seed, nothing.
    moved = bytes((byte + seed) % 256 for byte in range(256))
    start = size % APART
    return base()[start : start + size].translate(moved)


def coded(seed: int, size: int) -> bytes:
    # Stored, which takes no time; it is gzip all the same.
    return gzip.compress(plain(seed, size), 0, mtime=0)
