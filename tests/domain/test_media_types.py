from __future__ import annotations

import mimetypes

import pytest

from downloadable.domain import INLINE_SAFE, guess_media_type
from downloadable.domain.media_types import essence, is_content_coding, is_media_type, with_charset


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "text/plain"),
        ("A.TXT", "text/plain"),
        ("a.b.csv", "text/csv"),
        (".png", "image/png"),
        ("a.tar.gz", "application/gzip"),
        ("a.svgz", "application/gzip"),
        ("a.txt.bz2", "application/x-bzip2"),
        ("a.txt.xz", "application/x-xz"),
        ("a.txt.br", "application/x-brotli"),
        ("a.txt.Z", "application/x-compress"),
        ("data:text/html,.png", "image/png"),
        ("a.no-such-extension", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("txt", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_guess_media_type(name: str, expected: str) -> None:
    """The extension tells the type; a compressed file is delivered as the file it is."""
    assert guess_media_type(name) == expected


def test_unknown_coding_is_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coding that Python knows and this package does not is delivered as bytes, not as what is inside."""
    mimetypes.init()
    monkeypatch.setitem(mimetypes.encodings_map, ".zst", "zstd")
    assert guess_media_type("a.txt.zst") == "application/octet-stream"


def test_extensions_may_stand_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a site tells :mod:`mimetypes` is heard, a synonym as well as a type."""
    mimetypes.init()
    monkeypatch.setitem(mimetypes.suffix_map, ".synonym", ".csv")
    monkeypatch.setitem(mimetypes.types_map, ".of-this-site", "text/csv")
    assert guess_media_type("a.synonym") == "text/csv"
    assert guess_media_type("a.of-this-site") == "text/csv"


def test_the_first_guess_reads_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not matter whether anybody has guessed before."""
    monkeypatch.setattr(mimetypes, "inited", False)
    assert guess_media_type("a.csv") == "text/csv"


@pytest.mark.parametrize(
    ("media_type", "charset", "expected"),
    [
        ("text/plain", None, "text/plain"),
        ("text/plain", "utf-8", "text/plain; charset=utf-8"),
        ("Text/Plain", "utf-8", "Text/Plain; charset=utf-8"),
        ("text/plain; charset=latin-1", "utf-8", "text/plain; charset=latin-1"),
        ("text/plain;Charset=latin-1", "utf-8", "text/plain;Charset=latin-1"),
        ("text/plain; format=flowed", "utf-8", "text/plain; format=flowed; charset=utf-8"),
        ("application/json", "utf-8", "application/json"),
        ("image/png", "utf-8", "image/png"),
    ],
)
def test_with_charset(media_type: str, charset: str | None, expected: str) -> None:
    """A charset is added to text that names none, and to nothing else (RFC 9110, 8.3.2)."""
    assert with_charset(media_type, charset) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text/plain", True),
        ("application/vnd.api+json", True),
        ("text/plain; charset=utf-8", True),
        ('text/plain ;\tcharset="utf-8";q=1', True),
        ("", False),
        ("text", False),
        ("text/", False),
        ("/plain", False),
        ("text/plain;", False),
        ("text/plain; charset", False),
        ("text/plain; charset = utf-8", False),
        ("text/pla in", False),
        ("text/plain\r\nX-Evil: 1", False),
        ("text/plain\n", False),
        ("text/plain, text/html", False),
        ("текст/plain", False),
    ],
)
def test_is_media_type(text: str, expected: bool) -> None:
    """A media type is spelt as in RFC 9110, section 8.3.1."""
    assert is_media_type(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gzip", True),
        ("gzip, br", True),
        ("gzip,br", True),
        ("", False),
        ("gzip,", False),
        ("gzip br", False),
        ("gzip\r\nX-Evil: 1", False),
    ],
)
def test_is_content_coding(text: str, expected: bool) -> None:
    """Content codings are spelt as in RFC 9110, section 8.4."""
    assert is_content_coding(text) is expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("text/plain", "text/plain"), ("Text/HTML ; charset=utf-8", "text/html"), ("", "")],
)
def test_essence(media_type: str, expected: str) -> None:
    """Types are compared without their parameters and in small letters."""
    assert essence(media_type) == expected


@pytest.mark.parametrize(
    "media_type",
    [
        "application/javascript",
        "application/octet-stream",
        "application/xhtml+xml",
        "application/xml",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/xml",
    ],
)
def test_nothing_that_can_script_is_shown(media_type: str) -> None:
    """By default, no type that runs in the origin of the site is shown in it."""
    assert media_type not in INLINE_SAFE


def test_inline_safe_is_spelt_as_compared() -> None:
    """Each type stands there as it is compared."""
    assert {essence(media_type) for media_type in INLINE_SAFE} == INLINE_SAFE
