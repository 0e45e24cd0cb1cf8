"""Content-Disposition: the name a file gets at the client, safely spelt (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote

from attrs import field, frozen

__all__ = ["Disposition", "clean_name", "spelt_disposition"]

FALLBACK = "download"
LONGEST = 240
"""
Bytes of UTF-8 that a name may have; a longer one is cut before its extension. Of the 255 that file systems take, a
browser needs some while it saves: Chromium adds ``.crdownload``, and saves nothing where that is too long.
"""

# Most names are plain, so what the others need is left as text, and is compiled by re when the first of them is met.

# What Windows takes for a device, in any directory and with any extension: saving there prints, hangs or fails.
DEVICE = r"(?i:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³]|CON(?:IN|OUT)\$)(?=\ *(?:\.|\Z))"
# Names that are already what they should be, in the quoted form as well: no separator, quote, percent sign or colon.
PLAIN_CHAR = r"[!#$&'()+,\-.;=@\[\]^_`{}~0-9A-Za-z]"
PLAIN = re.compile(rf"(?!{DEVICE}){PLAIN_CHAR}(?:[ {PLAIN_CHAR[1:]}{{0,126}}{PLAIN_CHAR})?(?<!\.)")
SEPARATORS = r"[/\\]+"
DRIVES = r"\A(?:\s*[A-Za-z]:)+"
CONTROLS = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"  # the last two separate lines
UNSEEN = (
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls, which make "gpj.exe" look like "exe.jpg"
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f"  # without any width
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# The flags of England and others are spelt with these.
TAGS = "(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
# Emoji are chosen by these, of ASCII only those for keys; behind other ASCII they are just not seen.
VARYING = "(?<![^\x00-\x7f\\s\u200c\u200d])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+(?!\u20e3)"
# Some scripts and emoji are joined by these; beside ASCII they only make two names look like one.
JOINING = "(?<![^\x00-\x7f\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\\s\u200c\u200d])"
UNWANTED = (CONTROLS, UNSEEN, TAGS, VARYING, JOINING)
"""In this order: what one of them takes away brings nothing about that one before it would."""
SURROGATES = "[\ud800-\udfff]"
PERCENT_ENCODED = r"%(?=[0-9A-Fa-f]{2})"
# What Unicode does not take apart into a letter of ASCII and its mark; without these, "Größe" would be "Groe".
SPELT_OUT = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th"}
    | dict(zip("øØđĐðÐłŁħĦıŧŦ", "oOdDdDlLhHitT", strict=True))
    | dict.fromkeys("‐‒–—―−", "-")
    | dict.fromkeys("‘’‚“”„", "'")
)
ATTR_CHARS = "!#$&+-.^_`|~"

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
PARAMETER = re.compile(rf'\s*;\s*({TOKEN})\s*=\s*(?:({TOKEN})|"((?:[^"\\]|\\.)*)")', re.DOTALL)
KIND = re.compile(rf"\s*({TOKEN})")
EXTENDED = r"(?i:UTF-8)'[^']*'(.*)"


def sendable_or_empty(name: str) -> str:
    return sendable_name(name) if name else ""


@frozen
class Disposition:
    """
    Whether a file is saved or shown, and its name.

    Args:
        kind: ``"attachment"`` or ``"inline"``.

        filename: Name at the client, what :func:`sendable_name` makes of it; empty leaves the choice to the client.
    """

    kind: str
    filename: str = field(default="", converter=sendable_or_empty)

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
        extended = re.fullmatch(EXTENDED, parameters.get("filename*", ""))
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
def spelt_disposition(kind: str, filename: str, *, clean: bool = True) -> str:
    """
    Spell the field value of a :class:`Disposition`; recent ones are remembered: many clients ask for few files.

    Args:
        kind: ``"attachment"`` or ``"inline"``.

        filename: Any text; empty for none.

        clean: Whether :func:`clean_name` has a say.
    """
    if PLAIN.fullmatch(filename):
        return f'{kind}; filename="{filename}"'  # as what follows comes to, for nearly every name
    return str(Disposition(kind, clean_name(filename) if clean and filename else filename))


def clean_name(name: str) -> str:
    """
    Turn any text into a file name that is safe to suggest: what it looks like, and a file on every system.

    Returns:
        What :func:`sendable_name` returns, without characters that are not seen, dots and spaces at the end, colons
        (behind one, Windows looks for a stream of the file) and names of devices; ``"download"`` if nothing is left.
    """
    if PLAIN.fullmatch(name):
        return name
    for unwanted in UNWANTED:
        name = re.sub(unwanted, "", name)
    segment = last_segment(name).replace(":", "_")
    return shortened(harmless(segment)) or FALLBACK


def sendable_name(name: str) -> str:
    """
    Turn any text into a file name that can be sent: the last segment of a path.

    Returns:
        A name without separators, control characters and space around it, of 240 bytes at most; ``"download"`` if
        nothing is left.
    """
    if PLAIN.fullmatch(name):
        return name
    segment = last_segment(re.sub(CONTROLS, "", name))
    return FALLBACK if segment in ("", ".", "..") else shortened(segment) or FALLBACK


def last_segment(path: str) -> str:
    # Clients keep the last path segment at best (RFC 6266, 4.3), and a path of the server is nobody's business.
    segment = re.split(SEPARATORS, re.sub(SURROGATES, "\ufffd", path).rstrip("/\\"))[-1]
    return re.sub(DRIVES, "", segment).strip()


def harmless(name: str) -> str:
    """Return *name* as Windows does not: it drops dots and spaces at the end, and looks for devices."""
    name = trimmed(name)
    return f"_{name}" if re.match(DEVICE, name) else name


def trimmed(name: str) -> str:
    end = len(name)
    while end and (name[end - 1] in ".\u200c\u200d" or name[end - 1].isspace()):
        end -= 1
    return name[:end]


def shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, _, extension = name.rpartition(".")
    tail = f".{extension}" if extension and stem and len(extension.encode()) < 20 else ""
    stem = stem if tail else name
    return trimmed(stem.encode()[: LONGEST - len(tail.encode())].decode(errors="ignore")) + tail


def ascii_fallback(name: str) -> str:
    """Spell a clean *name* for clients that read only ``filename=``: ASCII without what some of them misread."""
    # Some clients decode a percent sign with two hexadecimal digits, and some do not undo a backslash, so neither
    # stands in the plain form (RFC 6266, appendix D).
    folded = unicodedata.normalize("NFKD", name.translate(SPELT_OUT)).encode("ascii", "ignore").decode()
    folded = re.sub(PERCENT_ENCODED, "_", re.sub(SEPARATORS, "_", folded)).replace('"', "'").strip()
    if folded == name:
        return name
    folded = harmless(folded)  # folding makes dots and letters of what had looked like them
    if not folded.strip(" ."):
        return FALLBACK
    # Without its stem the name would start with a dot: a hidden file on many systems.
    if folded.startswith(".") and not name.startswith("."):
        return f"{FALLBACK}.{folded.lstrip(' .')}"
    return folded
