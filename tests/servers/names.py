"""Names that are awkward on the way: in a URL, in a header field, in the configuration of a server, on a disk."""

from __future__ import annotations

import os
import random
import re
import unicodedata
from urllib.parse import quote_from_bytes

from attrs import frozen

__all__ = ["MODIFIED", "NAMES", "SIZE", "Name"]

SIZE = 3000
"""Bytes of each file."""

MODIFIED = 1_709_210_096
"""When each was modified, in seconds since the epoch; a fraction of a second later, which no HTTP date can tell."""

TEXT = re.compile(rb"\.txt\Z")


@frozen
class Name:
    """
    A file with an awkward name.

    Args:
        id: What the name is called in a message.

        path: Below the root, as it is on the disk.

        saved_as: Name that the client is told; ``None`` if it is the last segment of the path.
    """

    id: str
    path: bytes
    saved_as: str | None = None

    @property
    def url(self) -> str:
        """Path of the URL to ask for it."""
        # Not every server takes these in a URL, and Django's patterns take them differently.
        told = self.path.decode(errors="replace")
        if "\ufffd" in told or any(ord(char) < 32 or ord(char) == 127 for char in told):
            return f"/hex/{self.path.hex()}"
        return f"/local/{self.quoted}"

    @property
    def quoted(self) -> str:
        """The path as it stands in a URL, with every byte encoded that may be."""
        return quote_from_bytes(self.path, safe="/")

    @property
    def basename(self) -> str:
        """Name that the client is told."""
        return os.fsdecode(self.path).rpartition("/")[2] if self.saved_as is None else self.saved_as

    @property
    def media_type(self) -> str:
        """Type that Django guesses from the extension."""
        return "text/plain" if TEXT.search(self.path) else "application/octet-stream"

    @property
    def content(self) -> bytes:
        """Its bytes, which are no other's."""
        return random.Random(self.path).randbytes(SIZE)


def named(id: str, path: str, saved_as: str | None = None) -> Name:
    return Name(id, path.encode(), saved_as)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


PLAIN = [
    named("plain", "plain.txt"),
    named("without extension", "README"),
    named("leading dot", ".hidden"),
    named("leading dots", "...txt"),
    named("dots inside", "a..b.txt"),
    named("dots at the end", "a.txt..", "a.txt"),
    named("leading dash", "-rf.txt"),
    named("255 bytes", "n" * 251 + ".txt", "n" * 236 + ".txt"),
    named("255 bytes of Japanese", "名" * 83 + "aa.txt", "名" * 78 + ".txt"),
]

SPACES = [
    named("space", "with space.txt"),
    named("spaces", "two  spaces.txt"),
    named("leading space", " leading.txt", "leading.txt"),
    named("trailing space", "trailing.txt ", "trailing.txt"),
    named("only a space before the extension", " .txt", ".txt"),
    named("no-break space", "no\u00a0break.txt"),
    named("no-break space at the end", "end\u00a0", "end"),
    named("ideographic space", "全角\u3000空白.txt"),
]

OF_URLS = [
    named("percent", "100%.txt"),
    named("percent and digits", "a%20b.txt"),
    named("percent and a letter's digits", "%41.txt"),
    named("percent and dots' digits", "%2e%2e.txt"),
    named("parent, encoded", "%2e%2e"),
    named("climbing, encoded", "..%2f..%2fetc%2fpasswd"),
    named("percent and line break's digits", "a%0d%0ab.txt"),
    named("percent and NUL's digits", "a%00b.txt"),
    named("encoded twice", "%2541.txt"),
    named("question mark", "what?.txt"),
    named("query", "a.txt?b=c"),
    named("question mark at the end", "really?"),
    named("hash", "a#b.txt"),
    named("hash at the end", "c#"),
    named("plus", "1+1.txt"),
    named("ampersand", "you&me.txt"),
    named("equals", "e=mc2.txt"),
    named("semicolon", "a;b.txt"),
    named("path parameter", "a.txt;jsessionid=1"),
    named("comma", "a,b.txt"),
    named("colon", "10:30.txt", "10_30.txt"),
    named("at sign", "me@home.txt"),
    named("every reserved character", "!$&'()*+,;=:@.txt", "!$&'()*+,;=_@.txt"),
    named("URL", "http:/127.0.0.1:9/a.txt"),
]

OF_CONFIGURATIONS = [
    named("single quote", "it's.txt"),
    named("double quotes", 'say "hi".txt'),
    named("backslash", "back\\slash.txt", "slash.txt"),
    named("backslash before a quote", 'a\\"b.txt', '"b.txt'),
    named("UNC", "\\\\host\\share.txt", "share.txt"),
    named("pipe", "a|b.txt"),
    named("angles", "<b>.txt"),
    named("square brackets", "[1].txt"),
    named("braces", "{1}.txt"),
    named("dollar", "$5.txt"),
    named("backtick", "`id`.txt"),
    named("tilde", "~root.txt"),
    named("star", "*.txt"),
    named("exclamation mark", "hey!.txt"),
    named("caret", "a^b.txt"),
    named("variable of nginx", "$uri.txt"),
    named("variable of nginx, in braces", "${document_root}.txt"),
    named("placeholder of Caddy", "{http.request.host}.txt"),
    named("environment of Caddy", "{$HOME}{env.HOME}.txt"),
    named("variable of Apache", "%{HTTP_HOST}e.txt"),
    named("variable of a template", "{{ settings.SECRET_KEY }}.txt"),
]

OF_LANGUAGES = [
    named("composed", composed("café.txt")),
    named("decomposed", decomposed("thé.txt")),
    named("latin-1 alone", "ünïcödé ÿ.txt"),
    named("ends in a byte that is a latin-1 space", "voilà"),
    named("ends in a byte that is a C1 control", "sehr schÅ"),
    named("euro", "5 €.txt"),
    named("Chinese", "中文文件.txt"),
    named("Japanese", "東京の写真.txt"),
    named("Korean", decomposed("한국어.txt")),
    named("Hebrew", "שלום עולם.txt"),
    named("Arabic", "ملف.txt"),
    named("Devanagari", "हिन्दी.txt"),
    named("emoji", "📎 paper clip.txt"),
    named("emoji of several", "👩‍👩‍👧.txt"),
    named("full-width slash", "a／b.txt"),
    named("MIME word", "=?utf-8?b?YQ==?=.txt"),
    named("right-to-left override", "photo\u202egpj.txt", "photogpj.txt"),
    named("private use", "\ue000\U0010ffff.txt"),
]

CONTROLS = [
    named("TAB", "a\tb.txt", "ab.txt"),
    named("TAB at the end", "tab.txt\t", "tab.txt"),
    named("bell", "a\x07b.txt", "ab.txt"),
    named("escape", "\x1b[31mred.txt", "[31mred.txt"),
    named("delete", "a\x7fb.txt", "ab.txt"),
    named("next line", "a\x85b.txt", "ab.txt"),
    named("line separator", "a\u2028b.txt", "ab.txt"),
    named("line break", "a\nb.txt", "ab.txt"),
    named("line break at the end", "end.txt\n", "end.txt"),
    named("field in a line break", "a\r\nX-Evil: 1.txt", "aX-Evil_ 1.txt"),
]

NOT_UTF_8 = [
    Name("latin-1 on the disk", "Grüße.txt".encode("latin-1"), "Gr\ufffd\ufffde.txt"),
    Name("bytes that are no text", b"\xff\xfe\x80.bin", "\ufffd\ufffd\ufffd.bin"),
    Name("half a letter at the end", "é".encode()[:1], "\ufffd"),
    Name("surrogate in UTF-8", b"\xed\xa0\x80.txt", "\ufffd\ufffd\ufffd.txt"),
    Name("directory in latin-1", b"\xfcber/plain.txt"),
]

IN_DIRECTORIES = [
    named("directory", "sub/directory/plain.txt"),
    named("directory with a space", "my files/plain.txt"),
    named("directory with a space at the end", "my files /my file"),
    named("directory with percent and digits", "50%25/100%.txt"),
    named("directory with a question mark", "why?/because.txt"),
    named("directory with a hash", "#1/#2.txt"),
    named("directory of three dots", ".../plain.txt"),
    named("directory in Japanese", "写真/東京 1.txt"),
    named("directory, decomposed", decomposed("Übung/Köln.txt")),
    named("directory called like the location", "protected/plain.txt"),
    named("directory with a backslash", "a\\b/c.txt"),
    # Encoded, more than the 4 KB that nginx takes for the head of an answer unless it is told otherwise.
    named("path of 1300 bytes", "/".join(["長" * 85] * 5), "長" * 80),
]

NAMES = [
    *PLAIN,
    *SPACES,
    *OF_URLS,
    *OF_CONFIGURATIONS,
    *OF_LANGUAGES,
    *CONTROLS,
    *NOT_UTF_8,
    *IN_DIRECTORIES,
]
