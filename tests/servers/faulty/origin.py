"""
An origin that answers as badly as it is told to, as a process: ``python -m tests.servers.faulty.origin DESCRIPTOR``.

Paths are like those of S3, ``/bucket/key``. PUT says by a plan in JSON how the requests for one are answered, from the
first on; DELETE ends that and tells which ones came.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import re
import socket
import struct
import sys
import termios
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

from attrs import define, field

from tests.servers.faulty.plans import Answer, Break, Plan, Version, page_of

__all__ = ["main"]

CHUNK = 16 * 1024
RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
BOUNDARY = "b0undary"
NO_LINGER = struct.pack("ii", 1, 0)

Fields = dict[str, str | None]


@define
class Path:
    """What is planned for a path, and the requests so far."""

    plan: Plan
    seen: list[Mapping[str, str]] = field(factory=list)

    def answer(self) -> Answer:
        """Return the answer to the request that was seen last."""
        counted = [asked for asked in self.seen if self.plan.heads or asked["method"] != "HEAD"]
        skipped = not counted or counted[-1] is not self.seen[-1]
        turn = len(counted) - (not skipped)
        answers = self.plan.answers
        planned = answers[turn] if turn < len(answers) else Answer(version=self.plan.then)
        return Answer(version=planned.version) if skipped else planned


class Origin:
    """Answers, one connection after another."""

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self.served(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # clients come and go
        finally:
            writer.close()

    async def served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether another may come on the same connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        pairs = (line.partition(":") for line in head[1:] if line)
        asked = {name.lower(): value.strip() for name, _, value in pairs}
        name = target.partition("?")[0]
        if method == "PUT":
            plan = await reader.readexactly(int(asked["content-length"]))
            self.paths[name] = Path(Plan.from_json(plan.decode()))
            writer.write(simple(200, b""))
        elif method == "DELETE":
            path = self.paths.pop(name, Path(Plan()))
            writer.write(simple(200, json.dumps(path.seen).encode()))
        elif name in self.paths:
            path = self.paths[name]
            path.seen.append({"method": method, **asked})
            return await sent(path.plan, path.answer(), method, asked, reader, writer)
        else:
            writer.write(simple(404, b"" if method == "HEAD" else page_of(404)))
        await writer.drain()
        return True


def simple(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def sent(
    plan: Plan,
    answer: Answer,
    method: str,
    asked: Mapping[str, str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> bool:
    """Send an answer, as far as it is to come; tell whether the connection may be used again."""
    version = plan.versions[answer.version]
    status, own, body = content_of(answer, version, asked)
    head = head_of(answer, status, own, body)
    ends = framed(answer, body)
    wire = head + (b"" if method == "HEAD" or status == 304 else b"".join(ends))
    cut = answer.cut
    if cut is not None and (stop := place_of(cut, len(head), ends)) <= len(wire):
        await written(writer, wire[:stop], 0, 0)
        if cut.how != "pause":
            await broken(cut.how, reader, writer)
            return False
        await writer.drain()
        await asyncio.sleep(cut.seconds)
        wire = wire[stop:]
        head = b""
    await written(writer, wire, len(head), answer.drip)
    return answer.framing != "close" and not answer.announced and answer.protocol == "HTTP/1.1"


def content_of(answer: Answer, version: Version, asked: Mapping[str, str]) -> tuple[int, Fields, bytes]:
    """Decide on status, fields and body, as far as the plan leaves that to HTTP."""
    if answer.status != 200:
        return answer.status, {}, page_of(answer.status)
    own: Fields = {
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": version.encoding,
        "ETag": version.etag,
        "Last-Modified": version.modified,
        "Accept-Ranges": "bytes" if answer.ranges else None,
    }
    body = version.body()
    if answer.conditions and (refused := verdict(version, asked)):
        return refused, own, b"" if refused == 304 else page_of(refused)
    found = RANGE.fullmatch(asked.get("range", "")) if answer.ranges else None
    if found is None or not (found[1] or found[2]):
        return 200, own, body
    if answer.conditions and asked.get("if-range") not in (None, version.etag, version.modified):
        return 200, own, body
    first = int(found[1]) if found[1] else max(0, len(body) - int(found[2]))
    last = min(int(found[2]), len(body) - 1) if found[1] and found[2] else len(body) - 1
    if first >= len(body):
        return 416, own | {"Content-Range": f"bytes */{len(body)}"}, page_of(416)
    first, last = first + answer.moved, last + answer.moved
    told = answer.content_range or "bytes {first}-{last}/{size}"
    content_range = told.format(first=first, last=last, size=len(body))
    part = body[first : last + 1]
    if answer.multipart:
        own["Content-Type"] = f"multipart/byteranges; boundary={BOUNDARY}"
        frame = f"--{BOUNDARY}\r\nContent-Range: {content_range}\r\n\r\n".encode()
        return 206, own, frame + part + f"\r\n--{BOUNDARY}--\r\n".encode()
    return 206, own | {"Content-Range": content_range}, part


def verdict(version: Version, asked: Mapping[str, str]) -> int | None:
    """Evaluate the conditions (RFC 9110, 13.2.2)."""
    if "if-match" in asked:
        tags = [tag.strip() for tag in asked["if-match"].split(",")]
        if version.etag is None or version.etag.startswith("W/") or not {"*", version.etag} & set(tags):
            return 412
    elif "if-unmodified-since" in asked and version.modified is not None:
        since = parsedate_to_datetime(asked["if-unmodified-since"])
        if parsedate_to_datetime(version.modified) > since:
            return 412
    if "if-none-match" in asked and version.etag is not None:
        tags = [tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")]
        if {"*", version.etag.removeprefix("W/")} & set(tags):
            return 304
    return None


def head_of(answer: Answer, status: int, own: Fields, body: bytes) -> bytes:
    if answer.framing == "length":
        own = own | {"Content-Length": str(len(body) + answer.announced)}
    elif answer.framing == "chunked":
        own = own | {"Transfer-Encoding": "chunked"}
    if status == 304:
        own.pop("Content-Length", None)
    replaced = {name for name, _ in answer.fields}
    pairs = [pair for pair in own.items() if pair[0] not in replaced] + list(answer.fields)
    lines = [f"{answer.protocol} {status} Said"]
    lines += [f"{name}: {value}" for name, value in pairs if value is not None]
    return answer.preface.encode("latin-1") + "\r\n".join([*lines, "", ""]).encode("latin-1")


def framed(answer: Answer, body: bytes) -> list[bytes]:
    """Frame the body: a list in which each piece of it follows what goes before it on the wire."""
    if answer.framing != "chunked":
        return [b"", body, answer.surplus.encode("latin-1")]
    pieces: list[bytes] = []
    broken_at = None if answer.cut is None or answer.cut.of == "head" else answer.cut.at
    for start in range(0, len(body), CHUNK):
        piece = body[start : start + CHUNK]
        garbled = broken_at is not None and start <= broken_at < start + len(piece)
        line = answer.chunk_line if garbled and answer.chunk_line is not None else f"{len(piece):x}"
        pieces += [(b"\r\n" if start else b"") + f"{line}\r\n".encode("latin-1"), piece]
    line = "0" if answer.chunk_line is None or broken_at is not None else answer.chunk_line
    end = (b"\r\n" if body else b"") + f"{line}\r\n\r\n{answer.surplus}".encode("latin-1")
    return [*pieces, end]


def place_of(cut: Break, head: int, ends: list[bytes]) -> int:
    """Say after how many bytes on the wire it is."""
    if cut.of == "head":
        return min(cut.at, head - 1)
    place, left = head, cut.at
    for framing, piece in zip(ends[::2], ends[1::2], strict=False):
        place += len(framing)
        if left <= len(piece):
            return place + left
        place, left = place + len(piece), left - len(piece)
    return sys.maxsize if left else place


async def written(writer: asyncio.StreamWriter, wire: bytes, head: int, drip: int) -> None:
    """Write bytes, of which *drip* go one by one after the *head*."""
    start = head + drip if drip else 0
    if drip:
        writer.write(wire[:head])
        for place in range(head, min(start, len(wire))):
            writer.write(wire[place : place + 1])
            await asyncio.sleep(0)
    for place in range(start, len(wire), 65_536):
        writer.write(wire[place : place + 65_536])
        await writer.drain()


async def broken(how: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End a connection, once all that was sent has arrived."""
    if how == "stall":
        while await reader.read(1024):
            pass
        return
    if how == "reset":
        connection = writer.get_extra_info("socket")
        # A reset takes along what is still on its way, and nothing tells when that has arrived.
        while not writer.transport.is_closing() and (  # noqa: ASYNC110
            writer.transport.get_write_buffer_size() or unsent(connection.fileno())
        ):
            await asyncio.sleep(0.001)
        if writer.transport.is_closing():
            return  # the client was faster
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        writer.transport.abort()


def unsent(descriptor: int) -> int:
    """Count the bytes that the other side has not acknowledged."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, b"\0" * 4))
    return int(count)


async def main(descriptor: int) -> None:
    """Answer whoever connects to a listening socket, for ever."""
    server = await asyncio.start_server(Origin().connected, sock=socket.socket(fileno=descriptor))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
