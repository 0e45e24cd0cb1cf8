"""Where two contents differ, so that people see it: a few lines, however large they are."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator

__all__ = ["first_difference", "how_they_differ"]

BLOCK = 64 * 1024
LINES = 6
"""Lines of a text to show of each."""

WIDTH = 100
"""Characters of a line to show."""

WINDOW = 2048
"""Bytes to look at around the first difference."""

ROW = 16
"""Bytes in a row of hexadecimal digits."""


def first_difference(sent: bytes, expected: bytes) -> int | None:
    """Return the offset of the first byte that is not the same, or that only one of them has; ``None`` if equal."""
    if sent == expected:
        return None
    shared = min(len(sent), len(expected))
    for start in range(0, shared, BLOCK):
        ours, theirs = sent[start : start + BLOCK], expected[start : start + BLOCK]
        if ours != theirs:
            both = zip(ours, theirs, strict=False)
            return start + next((at for at, (one, other) in enumerate(both) if one != other), shared - start)
    return shared


def how_they_differ(sent: bytes, expected: bytes, *, start: int = 0) -> list[str]:
    """
    Show the surroundings of the first difference: as lines of text where both are text, else in hexadecimal digits.

    Args:
        sent: Came.

        expected: Should have come; not the same.

        start: What the first byte of both is counted as.
    """
    at = first_difference(sent, expected)
    assert at is not None
    begin = beginning(sent, at)
    ours, theirs = text_of(sent, begin, at + WINDOW), text_of(expected, begin, at + WINDOW)
    head = f"the first difference is at byte {start + at}"
    if ours is None or theirs is None:
        return [f"{head}:", *hexadecimal(sent, expected, at, start)]
    line = sent.count(b"\n", 0, at) + 1
    column = len(sent[sent.rfind(b"\n", 0, at) + 1 : at].decode(errors="ignore")) + 1
    where = f", line {line}, column {column}" if start == 0 else ""
    return [f"{head}{where} (- sent, + expected):", *text_lines(ours, theirs, cut=begin > 0)]


def line_start(data: bytes, at: int) -> int:
    """Return where the line begins that *at* is in, as far as one looks back."""
    floor = max(at - WINDOW, 0)
    return data.rfind(b"\n", floor, at) + 1 or floor


def beginning(data: bytes, at: int) -> int:
    """Return where to begin to show: one line before, or in a long line a little before."""
    start = line_start(data, at)
    if at - start > WIDTH // 2:
        start = at - WIDTH // 2
        # Not within a character of several bytes.
        while start < at and data[start] & 0xC0 == 0x80:
            start += 1
        return start
    before = line_start(data, start - 1) if start > 0 else 0
    return before if start - before <= WIDTH else start


def text_of(data: bytes, begin: int, stop: int) -> str | None:
    """Decode a part of *data* that is text; a character that the end cuts through is left out. Else ``None``."""
    try:
        text = getincrementaldecoder("utf-8")().decode(data[begin:stop], final=stop >= len(data))
    except UnicodeDecodeError:
        return None
    return text if all(one.isprintable() or one in "\t\r\n\f" for one in text) else None


def text_lines(sent: str, expected: str, *, cut: bool) -> Iterator[str]:
    """Yield the lines that both have, then those of each; spelled so that blanks and line ends can be seen."""
    ours, theirs = sent.splitlines(keepends=True), expected.splitlines(keepends=True)
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[shared] == theirs[shared]:
        shared += 1
    if cut:
        yield "  …"
    yield from (f"    {spelled(line)}" for line in ours[:shared])
    for sign, lines in (("-", ours[shared:]), ("+", theirs[shared:])):
        yield from (f"  {sign} {spelled(line)}" for line in lines[:LINES])
        if len(lines) > LINES:
            yield f"  {sign} …"
        if not lines:
            yield f"  {sign} (it ends here)"


def spelled(line: str) -> str:
    return repr(line) if len(line) <= WIDTH else f"{line[:WIDTH]!r}…"


def hexadecimal(sent: bytes, expected: bytes, at: int, start: int) -> Iterator[str]:
    """Yield the rows around the first difference, of both."""
    first = max(at // ROW - 1, 0) * ROW
    for name, data in (("sent", sent), ("expected", expected)):
        yield f"  {name}"
        for row in range(first, first + 4 * ROW, ROW):
            piece = data[row : row + ROW]
            if piece:
                shown = "".join(chr(one) if 32 <= one < 127 else "." for one in piece)
                yield f"    {start + row:08x}  {piece.hex(' '):<{3 * ROW - 1}}  {shown}"
        if len(data) <= first + 4 * ROW:
            yield f"    {start + len(data):08x}  (it ends here)"
