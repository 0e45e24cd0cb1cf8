"""A download whose every answer is held against what the file was when it was asked for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

from tests.servers.client_model.client import (
    RELIED,
    Client,
    Guard,
    Held,
    Incoming,
    Piece,
    Relied,
    announced,
    parts,
    range_of,
)
from tests.servers.client_model.versions import Editable, Version

__all__ = ["Blind", "Download"]

Blind = Callable[[Relied, Version, Version], bool]
"""Tells of an older and a newer version of other bytes whether a server's validators say nothing of it."""


class Download:
    """
    What a client has of a file, and what it is receiving of it.

    Whatever proves the server wrong is an ``AssertionError``.

    Args:
        client: Asks for it.

        file: What is asked for.

        blind: Where the server's validators are blind.

        seen: Counts what happens.

        story: Tells it.
    """

    def __init__(
        self, client: Client, file: Editable, blind: Blind, seen: Counter[str], story: list[str]
    ) -> None:
        self.client, self.file, self.blind = client, file, blind
        self.seen, self.story = seen, story
        self.held: Held | None = None
        self.origin: Version | None = None  # what the client holds parts of
        self.incoming: Incoming | None = None
        self.sent: Version | None = None  # what the answer that comes in is of
        self.disturbed = False  # the file was edited while it came in

    def begin(self) -> None:
        self._receive(self.client.ask({}), Guard.NONE, compares=True)

    def go_on(self, held: Held, guard: Guard, wanted: str, *, compares: bool) -> None:
        """Ask for more, and believe what comes if it *compares* right, or if the condition was enough."""
        fields = held.fields(guard)
        if fields is None:
            guard, fields = Guard.NONE, {}
        self._saw(f"asks with {guard.name}")
        incoming = self.client.ask({"Range": f"bytes={wanted}", **fields})
        status = incoming.response.status
        unedited = self.file.present is self.origin
        self._receive(incoming, guard, compares=compares or guard is Guard.NONE)
        assert guard is not Guard.WEAK or status != 206, "A weak tag promises no equal bytes."
        if unedited and guard in (Guard.NONE, Guard.TAG, Guard.MATCH, Guard.BOTH) and "," not in wanted:
            assert status == 206, "What nobody has edited is not taken up."

    def take(self, size: int) -> None:
        """Read on, and hold it against what the file was when it was asked for."""
        incoming = self.incoming
        if incoming is None:
            return
        piece = incoming.read(size)
        self._put(piece)
        if self.incoming is not None and (incoming.left == 0 or (size and not piece.data)):
            assert incoming.left == 0 or self.disturbed, "The connection breaks for no reason."
            self.drop()

    def drop(self, *, reset: bool = False) -> None:
        """Leave, by an end or by a reset."""
        if self.incoming is not None:
            self.incoming.cut(reset=reset)
            self.incoming = None

    def compare(self, *, by_date: bool) -> None:
        """Ask whether what is held is still what there is."""
        held, origin, present = self.held, self.origin, self.file.present
        if held is None or origin is None:
            return
        name, value = ("If-Modified-Since", held.modified) if by_date else ("If-None-Match", held.tag)
        if value is None:
            return
        incoming = self.client.ask({name: value})
        status = incoming.response.status
        incoming.cut()
        self._saw(f"gets {status} to {name}")
        if present is None:
            assert status == 404
        elif status == 304:
            relied: Relied = "not newer" if by_date else "tag" if held.strong_tag else "weak tag"
            same = present.content == origin.content
            assert same or self._is_blind(relied, present), f"A 304 takes {origin} for {present}."
        else:
            assert status == 200
            assert by_date or present is not origin, "What nobody has edited is said to be modified."

    def check_end(self) -> None:
        """Check that this is the whole of one version."""
        assert self.held is not None
        assert self.origin is not None
        assert self.held.complete, "The download does not come to an end."
        got, expected = (hashlib.sha256(data).hexdigest() for data in (self.held.data, self.origin.content))
        assert got == expected
        self._saw("is complete")

    def _receive(self, incoming: Incoming, guard: Guard, *, compares: bool) -> None:
        """Believe an answer, or not."""
        response = incoming.response
        self.incoming, self.sent, self.disturbed = incoming, self.file.present, False
        said = [response.getheader(name) for name in ("Content-Range", "ETag", "Last-Modified")]
        self.story.append(f"{guard.name}: {response.status}, {said}")
        self._saw(f"gets {response.status}")
        if self.sent is None:
            assert response.status == 404
            self._restart()
        elif response.status == 200:
            size = response.getheader("Content-Length")
            assert size == str(self.sent.size)
            self.held, self.origin = announced(response, int(size)), self.sent
            self.take(0)
        elif response.status == 206:
            self._receive_part(guard, compares=compares)
        else:
            assert response.status in (412, 416), response.status
            self._restart()

    def _receive_part(self, guard: Guard, *, compares: bool) -> None:
        incoming, sent, held = self.incoming, self.sent, self.held
        assert incoming is not None
        assert sent is not None
        assert held is not None
        found = range_of(incoming.response.getheader("Content-Range"))
        taken = None if found else parts(incoming.response, incoming.read(incoming.left).data)
        if found:
            incoming.start, stop, size = found
            assert incoming.left == stop - incoming.start
        else:
            assert taken is not None, "Nobody can tell what this is part of."
            size = taken[1]
        assert size == sent.size
        if not self._believes(guard, announced(incoming.response, size), compares=compares):
            self._restart()
        elif taken is not None:
            self.drop()
            for piece in taken[0]:
                self._put(piece)

    def _believes(self, guard: Guard, part: Held, *, compares: bool) -> bool:
        """Tell whether a client puts this to what it has; convict the server if that is wrong."""
        assert self.held is not None
        assert self.origin is not None
        assert self.sent is not None
        relied = self.held.shares(part) if compares else RELIED[guard]
        if relied is None or part.size != self.held.size:
            return False
        if self.sent.content == self.origin.content:
            return True
        assert self._is_blind(relied, self.sent), (
            f"A client that relies on {relied} mixes {self.origin} and {self.sent}."
        )
        return False

    def _is_blind(self, relied: Relied, present: Version) -> bool:
        assert self.origin is not None
        blind = self.blind(relied, self.origin, present)
        if blind:
            self._saw(f"cannot be seen by {relied}")
        return blind

    def _put(self, piece: Piece) -> None:
        assert self.sent is not None
        assert self.held is not None
        end = piece.start + len(piece.data)
        assert piece.data == self.sent.content[piece.start : end], f"{piece} is not of {self.sent}."
        if not self.held.put(piece.start, piece.data):
            self._saw("sees by itself that it would mix")
            self._restart()

    def _restart(self) -> None:
        """Throw away what is held, and what is coming in."""
        self.drop()
        self.held = self.origin = None
        self._saw("starts anew")

    def _saw(self, what: str) -> None:
        self.seen[what] += 1
