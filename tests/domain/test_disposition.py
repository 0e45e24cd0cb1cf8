from __future__ import annotations

import pytest

from downloadable.domain import Disposition, clean_name
from downloadable.domain.disposition import sendable_name, spelt_disposition


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a.txt", "a.txt", id="plain"),
        pytest.param("naïve 日本.txt", "naïve 日本.txt", id="other scripts stay"),
        pytest.param('say "hi" 100%.txt', 'say "hi" 100%.txt', id="quotes and percent stay"),
        pytest.param(".bashrc", ".bashrc", id="starts with a dot"),
        pytest.param("...", "download", id="three dots"),
        pytest.param("/srv/media/a.txt", "a.txt", id="path"),
        pytest.param("../a.txt", "a.txt", id="traversal"),
        pytest.param("..\\a.txt", "a.txt", id="traversal on Windows"),
        pytest.param("C:\\a.txt", "a.txt", id="path on Windows"),
        pytest.param("C:a.txt", "a.txt", id="drive"),
        pytest.param("C:D:a.txt", "a.txt", id="drives"),
        pytest.param(" C:a.txt", "a.txt", id="drive behind a space"),
        pytest.param("12:a.txt", "12_a.txt", id="no drive"),
        pytest.param("a/b\\", "b", id="directory"),
        pytest.param("a\0\r\n\x1b\x7f\x9f.txt", "a.txt", id="controls"),
        pytest.param("a\u202e\u2066\u200f\u061c.txt", "a.txt", id="bidi"),
        pytest.param("a\u2028\u2029.txt", "a.txt", id="separators of lines"),
        pytest.param("a\udce9.txt", "a\ufffd.txt", id="surrogate"),
        pytest.param(" \u3000a.txt\xa0 ", "a.txt", id="space around"),
        pytest.param("", "download", id="nothing"),
        pytest.param(".", "download", id="dot"),
        pytest.param("..", "download", id="two dots"),
        pytest.param("a/..", "download", id="parent"),
        pytest.param("/", "download", id="slash"),
        pytest.param("C:", "download", id="drive alone"),
        pytest.param(" \x00\u202e ", "download", id="nothing visible"),
        pytest.param("a" * 240, "a" * 240, id="as long as allowed"),
        pytest.param("a" * 241, "a" * 240, id="too long"),
        pytest.param("a" * 300 + ".txt", "a" * 236 + ".txt", id="too long with extension"),
        pytest.param("é" * 200 + ".txt", "é" * 118 + ".txt", id="too long in UTF-8"),
        pytest.param("a." + "b" * 300, "a." + "b" * 238, id="too long extension"),
        pytest.param("." + "b" * 300, "." + "b" * 239, id="too long and starts with a dot"),
        pytest.param("a" * 239 + " b", "a" * 239, id="cut at a space"),
        pytest.param("a.exe.", "a.exe", id="dot at the end"),
        pytest.param("a.txt . . ", "a.txt", id="dots and spaces at the end"),
        pytest.param("a.\u3000.", "a", id="wide space between dots at the end"),
        pytest.param("a.txt:b.exe", "a.txt_b.exe", id="stream of a file"),
        pytest.param("a.txt::$DATA", "a.txt__$DATA", id="stream with a type"),
        pytest.param("a\u200b\u2060\ufeff\xad.txt", "a.txt", id="without width"),
        pytest.param("a\u3164.txt", "a.txt", id="filler"),
        pytest.param("a\u200db\u200c.txt", "ab.txt", id="joiners that join nothing"),
        pytest.param("نمی\u200cخواهم.txt", "نمی\u200cخواهم.txt", id="joiner of a script"),
        pytest.param("👩\u200d👧.txt", "👩\u200d👧.txt", id="joined emoji"),
        pytest.param("é\u200d\u200ba.txt", "éa.txt", id="joiner that is left alone"),
        pytest.param("❤\ufe0f.txt", "❤\ufe0f.txt", id="variant of an emoji"),
        pytest.param("a\U000e0041\U000e0042.txt", "a.txt", id="tags"),
        pytest.param(
            "\U0001f3f4\U000e0067\U000e0062\U000e007f.txt",
            "\U0001f3f4\U000e0067\U000e0062\U000e007f.txt",
            id="flag with tags",
        ),
        pytest.param("a\ufe0fb\U000e0100.exe", "ab.exe", id="variations of nothing"),
        pytest.param("1\ufe0f\u20e3 \u2764\ufe0f.txt", "1\ufe0f\u20e3 \u2764\ufe0f.txt", id="variations"),
        pytest.param("a" * 237 + "é\u200dé", "a" * 237 + "é", id="cut behind a joiner"),
    ],
)
def test_clean_name(name: str, expected: str) -> None:
    """A name is the last segment of a path, visible, and no longer than a file system takes."""
    assert clean_name(name) == expected


@pytest.mark.parametrize("extension", ["", ".txt", ".tar.gz", " .txt", ".", " "])
@pytest.mark.parametrize(
    "device",
    ["CON", "prn", "Aux", "NUL", "CONIN$", "conout$", "COM0", "com1", "COM9", "LPT1", "lpt9", "COM¹", "LPT³"],
)
def test_devices_of_windows_are_no_names(device: str, extension: str) -> None:
    """No name opens a device where it is saved, with whatever extension and however it is spelt."""
    assert clean_name(f"/a/{device}{extension}") == f"_{device}{extension}".rstrip(" .")


@pytest.mark.parametrize("name", ["CONSOLE.txt", "COM.txt", "COM10.txt", "aCON", "a.CON", "LPT", "nul-1.txt"])
def test_other_names_are_no_devices(name: str) -> None:
    """What only begins or ends like a device stays."""
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("CON.txt", "CON.txt", id="device"),
        pytest.param("a.txt.", "a.txt.", id="dot at the end"),
        pytest.param("10:30.txt", "10:30.txt", id="colon"),
        pytest.param("a\u200b\u202e.txt", "a\u200b\u202e.txt", id="unseen"),
        pytest.param("../a\r\n\0.txt", "a.txt", id="path and control characters"),
        pytest.param("..", "download", id="parent"),
        pytest.param("a" * 300, "a" * 240, id="too long"),
        pytest.param("." * 300, "download", id="dots, too long"),
        pytest.param("\u200d" * 300, "download", id="joiners, too long"),
    ],
)
def test_sendable_name(name: str, expected: str) -> None:
    """What can be sent at all is no path and no line break, even if nobody cleans it further."""
    assert sendable_name(name) == expected
    assert Disposition.parse(spelt_disposition("attachment", name, clean=False)) == Disposition(
        "attachment", expected
    )


@pytest.mark.parametrize(
    ("name", "fallback"),
    [
        pytest.param("日本.txt", "download.txt", id="nothing but the extension"),
        pytest.param("日本.tar.gz", "download.tar.gz", id="nothing but two extensions"),
        pytest.param("日 .txt", "download.txt", id="space before the extension"),
        pytest.param("日本", "download", id="nothing"),
        pytest.param("日.本", "download", id="nothing but the dot"),
        pytest.param(".日本", "download", id="nothing but its dot"),
        pytest.param(".é", ".e", id="starts with a dot"),
        pytest.param("é.txt", "e.txt", id="accent"),
        pytest.param("Größe – Maß.txt", "Grosse - Mass.txt", id="sharp s and dash"),
        pytest.param("Łódź Ærø Iğdır.txt", "Lodz AEro Igdir.txt", id="letters that do not come apart"),
        pytest.param("„Ada’s“.txt", "'Ada's'.txt", id="curly quotes"),
        pytest.param("é%41%4.txt", "e_41%4.txt", id="percent"),
        pytest.param('é".txt', "e'.txt", id="quote"),
        pytest.param("é／＼.txt", "e_.txt", id="wide separators"),
        pytest.param("é％４１.txt", "e_41.txt", id="wide percent"),
        pytest.param("ＣＯＮ.txt", "_CON.txt", id="wide device"),
        pytest.param("COM¹é.日", "COM1e", id="dot that folding leaves at the end"),
    ],
)
def test_names_fold_to_ascii(name: str, fallback: str) -> None:
    """Clients that read only ``filename=`` get an ASCII name that none of them misreads (RFC 6266, appendix D)."""
    assert str(Disposition("attachment", name)).startswith(
        f"attachment; filename=\"{fallback}\"; filename*=UTF-8''"
    )


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        pytest.param(Disposition("attachment"), "attachment", id="no name"),
        pytest.param(Disposition("inline", "a.txt"), 'inline; filename="a.txt"', id="inline"),
        pytest.param(
            Disposition("attachment", "10: b.txt"), 'attachment; filename="10: b.txt"', id="not quite plain"
        ),
        pytest.param(
            Disposition("inline", "€.txt"),
            "inline; filename=\"download.txt\"; filename*=UTF-8''%E2%82%AC.txt",
            id="both forms",
        ),
    ],
)
def test_str(disposition: Disposition, expected: str) -> None:
    """A name is sent as it is where that is enough, and in the extended form beside it where it is not."""
    assert str(disposition) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("attachment", Disposition("attachment"), id="no name"),
        pytest.param('inline; filename="a b.txt"', Disposition("inline", "a b.txt"), id="quoted"),
        pytest.param('INLINE ;FILENAME="a.txt"', Disposition("inline", "a.txt"), id="capitals"),
        pytest.param('attachment; filename="a\\"b.txt"', Disposition("attachment", 'a"b.txt'), id="escaped"),
        pytest.param(
            "attachment; filename*=UTF-8''%C3%A9.txt", Disposition("attachment", "é.txt"), id="extended"
        ),
        pytest.param(
            "attachment; filename=\"e.txt\"; filename*=UTF-8''%C3%A9.txt",
            Disposition("attachment", "é.txt"),
            id="extended over quoted",
        ),
        pytest.param("", None, id="nothing"),
        pytest.param("; filename=x", None, id="no kind"),
        pytest.param("attachment; filename=a.txt", Disposition("attachment", "a.txt"), id="unquoted"),
        pytest.param(
            "inline; filename*=UTF-8'en'%C3%A9.txt; filename=\"e.txt\"; size=3",
            Disposition("inline", "é.txt"),
            id="in any order, with others",
        ),
        pytest.param("attachment; filename*=latin-1''a", Disposition("attachment"), id="another charset"),
        pytest.param("attachment;", Disposition("attachment"), id="closing semicolon"),
        pytest.param("attachment nonsense", None, id="rubbish"),
        pytest.param('attachment; filename="a', None, id="open quote"),
    ],
)
def test_parse(text: str, expected: Disposition | None) -> None:
    """What this class writes, it reads; the extended name counts where there are two (RFC 6266, 4.3)."""
    assert Disposition.parse(text) == expected
