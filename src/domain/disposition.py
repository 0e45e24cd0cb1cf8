"""Content-Disposition: the name a file gets at the client, safely spelt (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote

from attrs import field, frozen

__all__ = ["Disposition", "clean_name", "spelt_disposition"]

FALLBACK = "download"
LONGEST = 255
"""Bytes of UTF-8 that a name may have on the common file systems; a longer one is cut before its extension."""

# Names that are already what they should be, in the quoted form as well: no separator, quote, percent sign or colon.
PLAIN_CHAR = r"[!#$&'()+,\-.;=@\[\]^_`{}~0-9A-Za-z]"
PLAIN = re.compile(rf"(?!\.{{1,2}}\Z){PLAIN_CHAR}(?:(?:{PLAIN_CHAR}| ){{0,126}}{PLAIN_CHAR})?")
SEPARATORS = re.compile(r"[/\\]+")
DRIVES = re.compile(r"\A(?:\s*[A-Za-z]:)+")
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls, which make "gpj.exe" look like "exe.jpg"
    "\u2028\u2029]"  # line and paragraph separators
)
SURROGATES = re.compile("[\ud800-\udfff]")
PERCENT_ENCODED = re.compile(r"%(?=[0-9A-Fa-f]{2})")
ATTR_CHARS = "!#$&+-.^_`|~"

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
PARAMETER = re.compile(rf'\s*;\s*({TOKEN})\s*=\s*(?:({TOKEN})|"((?:[^"\\]|\\.)*)")', re.DOTALL)
KIND = re.compile(rf"\s*({TOKEN})")
EXTENDED = re.compile(r"UTF-8'[^']*'(.*)", re.IGNORECASE)


def cleaned_or_empty(name: str) -> str:
    return clean_name(name) if name else ""


@frozen
class Disposition:
    """
    Whether a file is saved or shown, and its name.

    Args:
        kind: ``"attachment"`` or ``"inline"``.

        filename: Name at the client, cleaned by :func:`clean_name`; empty leaves the choice to the client.
    """

    kind: str
    filename: str = field(default="", converter=cleaned_or_empty)

    @classmethod
    def parse(cls, text: str) -> Disposition | None:
        """
        Read a field value, the extended name before the plain one (RFC 6266, 4.3).

        Returns:
            ``None`` if it is none.
        """
        found = KIND.match(text)
        if found is None:
            return None
        kind, position = found[1].lower(), found.end()
        parameters: dict[str, str] = {}
        while found := PARAMETER.match(text, position):
            plain = found[2] if found[3] is None else re.sub(r"\\(.)", r"\1", found[3])
            parameters.setdefault(found[1].lower(), plain)
            position = found.end()
        if text[position:].strip(" \t;"):
            return None
        extended = EXTENDED.fullmatch(parameters.get("filename*", ""))
        return cls(kind, unquote(extended[1]) if extended else parameters.get("filename", ""))

    def __str__(self) -> str:
        name = self.filename
        if not name:
            return self.kind
        if PLAIN.fullmatch(name):
            return f'{self.kind}; filename="{name}"'
        plain = ascii_fallback(name)
        if plain == name:
            return f'{self.kind}; filename="{name}"'
        # Both are sent, the plain one first: clients that understand filename* are told to prefer it, some old ones
        # take whichever comes first (RFC 6266, 4.3 and appendix D).
        return f"{self.kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=ATTR_CHARS)}"


@lru_cache(maxsize=1024)
def spelt_disposition(kind: str, filename: str) -> str:
    """Spell the field value of a :class:`Disposition`; recent ones are remembered: many clients ask for few files."""
    return str(Disposition(kind, filename))


def clean_name(name: str) -> str:
    """
    Turn any text into a file name that is safe to suggest: the last segment of a path, without what cannot be seen.

    Returns:
        A name without separators, control and bidi characters; ``"download"`` if nothing is left.
    """
    if PLAIN.fullmatch(name):
        return name
    # Clients keep the last path segment at best (RFC 6266, 4.3), and a path of the server is nobody's business.
    name = SURROGATES.sub("\ufffd", UNSEEN.sub("", name))
    segment = SEPARATORS.split(name.rstrip("/\\"))[-1]
    segment = DRIVES.sub("", segment).strip()
    if segment in ("", ".", ".."):
        return FALLBACK
    return shortened(segment)


def shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f".{extension}" if dot and stem and len(extension.encode()) < 20 else ""
    stem = stem if tail else name
    return stem.encode()[: LONGEST - len(tail.encode())].decode(errors="ignore").rstrip() + tail


def ascii_fallback(name: str) -> str:
    """Spell a clean *name* for clients that read only ``filename=``: ASCII without what some of them misread."""
    # Some clients decode a percent sign with two hexadecimal digits, and some do not undo a backslash, so neither
    # stands in the plain form (RFC 6266, appendix D).
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    folded = PERCENT_ENCODED.sub("_", SEPARATORS.sub("_", folded)).replace('"', "'").strip()
    if not folded.strip(" ."):
        return FALLBACK
    # Without its stem the name would start with a dot: a hidden file on many systems.
    if folded.startswith(".") and not name.startswith("."):
        return f"{FALLBACK}.{folded.lstrip(' .')}"
    return folded
