"""Media types: guessed from a name, checked before they are sent, and which of them are safe to show."""

from __future__ import annotations

import mimetypes
import re

__all__ = [
    "CONFINED",
    "INLINE_SAFE",
    "OCTET_STREAM",
    "confinement",
    "essence",
    "guess_media_type",
    "is_content_coding",
    "is_media_type",
    "with_charset",
]

OCTET_STREAM = "application/octet-stream"

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
MEDIA_TYPE = re.compile(rf'{TOKEN}/{TOKEN}(?:[ \t]*;[ \t]*{TOKEN}=(?:{TOKEN}|"[ !#-\[\]-~\t]*"))*')
CONTENT_CODING = re.compile(rf"{TOKEN}(?:[ \t]*,[ \t]*{TOKEN})*")

# What a browser shows without running any script of the file in the origin of the site: no HTML, SVG or XML.
INLINE_SAFE = frozenset(
    {
        "application/json",
        "application/pdf",
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "audio/x-wav",
        "image/avif",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/vnd.microsoft.icon",
        "image/webp",
        "text/csv",
        "text/plain",
        "video/mp4",
        "video/ogg",
        "video/webm",
    }
)

CONFINED = "sandbox; default-src 'none'"
"""Content-Security-Policy of what is shown: it runs no script, loads nothing, and has an origin of its own."""

# What would not show so gets the strictest policy under which it does.
CONFINED_MEDIA = "sandbox allow-same-origin; default-src 'none'; media-src 'self'"
"""A browser shows a sound or video in a page that it makes, and this page loads the file: from its own origin."""

CONFINED_PDF = "default-src 'none'; style-src 'unsafe-inline'"
"""
Firefox and Safari show no PDF in a sandbox, and Chromium does not apply one: scripts of a PDF run in the viewer, never
in the origin of the site. The viewers of some versions are laid out by styles in line.
"""

# A compressed file is delivered as the file it is, never as a coding that the client would undo on arrival.
TYPE_OF_CODED = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip2",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


def guess_media_type(name: str) -> str:
    """Guess from the extension of *name*, as :mod:`mimetypes` knows it; ``application/octet-stream`` if it does not."""
    _, dot, extension = name.rpartition(".")
    if not dot:
        return OCTET_STREAM
    if not mimetypes.inited:
        mimetypes.init()
    suffix = f".{extension}"
    lowered = suffix.lower()
    # Nearly every extension is in this table; taking a name to pieces as if it were a URL costs many times as much.
    if suffix not in mimetypes.encodings_map and lowered not in mimetypes.suffix_map:
        return mimetypes.types_map.get(lowered, OCTET_STREAM)
    # Only the extension is handed over: mimetypes would read "data:text/html,.png" as a URL.
    media_type, coding = mimetypes.guess_type(f"_{suffix}")
    if coding is not None:
        return TYPE_OF_CODED.get(coding, OCTET_STREAM)
    return media_type or OCTET_STREAM


def essence(media_type: str) -> str:
    """Return the type and subtype of *media_type* in lower case, without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def confinement(media_type: str) -> str:
    """Return the strictest Content-Security-Policy under which browsers show what has this *essence*."""
    if media_type == "application/pdf":
        return CONFINED_PDF
    return CONFINED_MEDIA if media_type.startswith(("audio/", "video/")) else CONFINED


def with_charset(media_type: str, charset: str | None) -> str:
    """Add *charset* to a ``text/*`` type that names none; return any other type as it is."""
    if charset is None or not media_type.lower().startswith("text/") or "charset=" in media_type.lower():
        return media_type
    return f"{media_type}; charset={charset}"


def is_media_type(text: str) -> bool:
    """Tell whether *text* can stand in a Content-Type field (RFC 9110, 8.3.1)."""
    return MEDIA_TYPE.fullmatch(text) is not None


def is_content_coding(text: str) -> bool:
    """Tell whether *text* can stand in a Content-Encoding field (RFC 9110, 8.4)."""
    return CONTENT_CODING.fullmatch(text) is not None
