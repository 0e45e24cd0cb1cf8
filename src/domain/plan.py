"""The answer: a status, header fields, and a body made of segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from attrs import evolve, field, frozen

from downloadable.domain.byte_ranges import ByteRange

__all__ = ["Headers", "Plan", "Segment", "length_of"]

Headers: TypeAlias = tuple[tuple[str, str], ...]
Segment: TypeAlias = bytes | ByteRange
"""Bytes to send as they are, or an interval to read from the content."""

OF_THE_BODY = frozenset({"content-length", "content-encoding", "content-range", "accept-ranges"})
OF_THE_FILE = frozenset({"content-type", "content-disposition", "repr-digest"})
OF_THE_BODY_AND_FILE = OF_THE_BODY | OF_THE_FILE
OF_WHAT_IS_ELSEWHERE = OF_THE_BODY_AND_FILE | {"content-security-policy"}


@frozen
class Plan:
    """
    What to answer, complete but for the bytes of the content.

    Args:
        status: Status code.

        headers: Fields in the order to send them; no name occurs twice.

        body: What to send after them; ``()`` for an answer without a body.

    Attributes:
        fields: The header fields, each by its name in lower case.
    """

    status: int
    headers: Headers = ()
    body: tuple[Segment, ...] = ()
    fields: Mapping[str, tuple[str, str]] = field(init=False, eq=False, repr=False)

    @fields.default
    def _by_name(self) -> Mapping[str, tuple[str, str]]:
        return {one[0].lower(): one for one in self.headers}

    def header(self, name: str) -> str | None:
        """Return the value of the field *name*, in any case; ``None`` if the plan has none."""
        found = self.fields.get(name.lower())
        return None if found is None else found[1]

    def without(self, name: str) -> Plan:
        """Return this plan without the field *name*, in any case."""
        wanted = name.lower()
        if wanted not in self.fields:
            return self
        return evolve(self, headers=tuple(one for key, one in self.fields.items() if key != wanted))

    @property
    def whole(self) -> bool:
        """Whether this sends exactly the content, all of it."""
        return (
            self.status == 200
            and len(self.body) == 1
            and isinstance(self.body[0], ByteRange)
            and self.body[0].start == 0
        )

    def without_body(self) -> Plan:
        """Return this plan as the answer to a HEAD request (RFC 9110, 9.3.2)."""
        return Plan(self.status, self.headers)

    def sent_by(self, own: Plan) -> Plan:
        """
        Return this offer as it goes out when somebody else sends the bytes.

        Args:
            own: Status and fields of the sender; each takes the place of the offer's field of that name. What speaks of
                a body that is not ours to send is dropped; with a redirection, also what describes the file, which is
                elsewhere.
        """
        dropped = OF_WHAT_IS_ELSEWHERE if 300 <= own.status < 400 else OF_THE_BODY
        kept = dict(self.fields)
        for name in (*dropped, *own.fields):
            kept.pop(name, None)
        return Plan(own.status, (*kept.values(), *own.headers), own.body)


def length_of(body: Iterable[Segment]) -> int | None:
    """Add up the bytes of a body; ``None`` if one of its segments has no known end."""
    length = 0
    for segment in body:
        one = len(segment) if isinstance(segment, bytes) else segment.length
        if one is None:
            return None
        length += one
    return length
