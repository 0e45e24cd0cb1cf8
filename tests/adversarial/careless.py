"""Somebody who reads as much into a path as anybody ever did: what he takes for a secret is worth refusing."""

from __future__ import annotations

import html
import os
import re
import unicodedata
from urllib.parse import unquote_to_bytes

__all__ = ["careless"]

# A lead byte of a sequence that is longer than its character needs, and its continuations.
OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|[\xf0-\xfd][\x80-\xbf]{3,5}")
BROKEN = re.compile(rb"\xc0(?=[\x2e\x2f])")
UTF_16 = re.compile(rb"\xfe\xff|\x00")
ESCAPED = re.compile(r"%u([0-9a-f]{4})|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", re.IGNORECASE)
ALIKE = str.maketrans(
    {"\u2044": "/", "\u2215": "/", "\u29f8": "/", "\u2216": "\\", "\u29f5": "\\", "\u3002": "."}
)
UNSEEN = re.compile("[\x00-\x1f\u00ad\u034f\u200b-\u200f\ufeff]")


def careless(directory: str, target: str) -> str:
    """Return the path below *directory* that *target* stands for, to somebody careless."""
    before = None
    while target != before:
        before, target = target, plainer(target)
    segments = [segment.partition(";")[0].rstrip(" +") for segment in target.replace("\\", "/").split("/")]
    return os.path.normpath("/".join([directory, *segments]))


def plainer(text: str) -> str:
    data = unquote_to_bytes(os.fsencode(text))
    data = OVERLONG.sub(shortest, BROKEN.sub(b"", data)).replace(b"\xae\xae", b"..")
    text = os.fsdecode(UTF_16.sub(b"", data)).replace("+AC4-", ".")
    text = ESCAPED.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), html.unescape(text))
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(ALIKE))


def shortest(found: re.Match[bytes]) -> bytes:
    lead, *others = found[0]
    value = lead & (0x7F >> (len(others) + 1))
    for other in others:
        value = value << 6 | other & 0x3F
    return bytes([value]) if value < 0x80 else found[0]
