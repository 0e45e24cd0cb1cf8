"""Content-Disposition: awkward names, and what may be shown (RFC 6266 and RFC 8187)."""

from __future__ import annotations

from tests.conformance.rows import Row

__all__ = ["ROWS"]


def named(id: str, name: str, disposition: str, section: str = "RFC 6266 4.3") -> Row:
    """Ask for a file whose owner calls it *name*."""
    return Row(
        id=id,
        section=section,
        of="named",
        facts={"name": name},
        fields={"Content-Disposition": disposition},
    )


CONFINED = "sandbox; default-src 'none'"
MEDIA = "sandbox allow-same-origin; default-src 'none'; media-src 'self'"


def inline(id: str, media_type: str, kind: str, confined: str | None = CONFINED, **policy: object) -> Row:
    """Ask for a file of *media_type* that the site would like to have shown, and is *confined* if it is."""
    return Row(
        id=id,
        section="RFC 6266 4.2",
        of="named",
        facts={"content_type": media_type},
        policy={"attachment": False, **policy},
        fields={
            "Content-Type": media_type,
            "Content-Disposition": f'{kind}; filename="plain.bin"',
            "Content-Security-Policy": confined if kind == "inline" else None,
        },
    )


PLAIN = [
    named("name-with-space", "annual report.pdf", 'attachment; filename="annual report.pdf"'),
    named("name-with-semicolon", "a;b.txt", 'attachment; filename="a;b.txt"'),
    named("name-with-comma", "a,b.txt", 'attachment; filename="a,b.txt"'),
    named("name-with-equals", "a=b.txt", 'attachment; filename="a=b.txt"'),
    named("name-with-apostrophe", "it's.txt", 'attachment; filename="it\'s.txt"'),
    named("name-with-star", "a*b.txt", 'attachment; filename="a*b.txt"'),
    named("name-with-colon", "10:30.txt", 'attachment; filename="10_30.txt"'),
    named("name-with-angles", "<a>.txt", 'attachment; filename="<a>.txt"'),
    named("name-with-two-extensions", "backup.tar.gz", 'attachment; filename="backup.tar.gz"'),
    named("name-without-extension", "README", 'attachment; filename="README"'),
    named("name-that-starts-with-dot", ".gitignore", 'attachment; filename=".gitignore"'),
    named("name-of-one-letter", "a", 'attachment; filename="a"'),
    named("name-empty", "", "attachment"),
    # A percent sign alone says itself; before two hexadecimal digits some clients decode it (appendix D).
    named("name-with-percent", "100% wool.txt", 'attachment; filename="100% wool.txt"', "RFC 6266 D"),
    named(
        "name-with-percent-and-digits",
        "100%25.txt",
        "attachment; filename=\"100_25.txt\"; filename*=UTF-8''100%2525.txt",
        "RFC 6266 D",
    ),
    named(
        "name-with-quotes",
        'say "hi".txt',
        "attachment; filename=\"say 'hi'.txt\"; filename*=UTF-8''say%20%22hi%22.txt",
    ),
    named(
        "name-that-would-add-a-parameter",
        "x\"; filename*=UTF-8''evil.exe",
        "attachment; filename=\"x'; filename*=UTF-8''evil.exe\"; "
        "filename*=UTF-8''x%22%3B%20filename%2A%3DUTF-8%27%27evil.exe",
    ),
]

PATHS = [
    # "recipients [...] ought to strip all but the last path segment": what they should ignore is not sent.
    named("name-path", "/srv/media/a.txt", 'attachment; filename="a.txt"'),
    named("name-traversal", "../../etc/passwd", 'attachment; filename="passwd"'),
    named("name-windows-path", "C:\\Users\\me\\cv.pdf", 'attachment; filename="cv.pdf"'),
    named("name-windows-traversal", "..\\..\\boot.ini", 'attachment; filename="boot.ini"'),
    named("name-mixed-path", "a\\b/c.txt", 'attachment; filename="c.txt"'),
    named("name-of-a-share", "\\\\host\\share\\a.txt", 'attachment; filename="a.txt"'),
    named("name-with-drive", "C:evil.exe", 'attachment; filename="evil.exe"'),
    named("name-with-drives", "C:D:evil.exe", 'attachment; filename="evil.exe"'),
    named("name-with-drive-behind-space", " C:evil.exe", 'attachment; filename="evil.exe"'),
    named("name-of-a-directory", "photos/", 'attachment; filename="photos"'),
    named("name-dot", ".", 'attachment; filename="download"'),
    named("name-two-dots", "..", 'attachment; filename="download"'),
    named("name-path-to-parent", "a/..", 'attachment; filename="download"'),
    named("name-slash", "/", 'attachment; filename="download"'),
    named("name-spaces", "   ", 'attachment; filename="download"'),
    named("name-spaces-around", "  a.txt  ", 'attachment; filename="a.txt"'),
]

UNSEEN = [
    named("name-with-line-break", "a\r\nSet-Cookie: b=c.txt", 'attachment; filename="aSet-Cookie_ b=c.txt"'),
    named("name-with-nul", "a\x00.txt", 'attachment; filename="a.txt"'),
    named("name-with-tab", "a\tb.txt", 'attachment; filename="ab.txt"'),
    named("name-with-escape", "\x1b[31mred.txt", 'attachment; filename="[31mred.txt"'),
    named("name-with-delete", "a\x7fb.txt", 'attachment; filename="ab.txt"'),
    named("name-with-c1-control", "a\x85b.txt", 'attachment; filename="ab.txt"'),
    named("name-with-bidi-override", "photo\u202egpj.exe", 'attachment; filename="photogpj.exe"'),
    named("name-with-bidi-isolates", "\u2066a\u2069.txt", 'attachment; filename="a.txt"'),
    named("name-with-bidi-mark", "\u200fa.txt", 'attachment; filename="a.txt"'),
    named("name-with-line-separator", "a\u2028b.txt", 'attachment; filename="ab.txt"'),
    named("name-of-controls-alone", "\x00\x01\u202e", 'attachment; filename="download"'),
    named("name-of-hidden-dots", ".\u202e.", 'attachment; filename="download"'),
]

EXTENDED = [
    named(
        "name-accented",
        "naïve café.txt",
        "attachment; filename=\"naive cafe.txt\"; filename*=UTF-8''na%C3%AFve%20caf%C3%A9.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-decomposed",
        "cafe\u0301.txt",
        "attachment; filename=\"cafe.txt\"; filename*=UTF-8''cafe%CC%81.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-euro",
        "€ rates.txt",
        "attachment; filename=\"rates.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt",
        "RFC 8187 3.2.3",
    ),
    named(
        "name-japanese",
        "日本.txt",
        "attachment; filename=\"download.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-japanese-without-extension",
        "日本",
        "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC",
        "RFC 8187 3.2",
    ),
    named(
        "name-japanese-with-two-extensions",
        "日本.tar.gz",
        "attachment; filename=\"download.tar.gz\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.tar.gz",
        "RFC 8187 3.2",
    ),
    named(
        "name-japanese-extension",
        "a.日本",
        "attachment; filename=\"a\"; filename*=UTF-8''a.%E6%97%A5%E6%9C%AC",
        "RFC 8187 3.2",
    ),
    named(
        "name-hebrew",
        "שלום.pdf",
        "attachment; filename=\"download.pdf\"; filename*=UTF-8''%D7%A9%D7%9C%D7%95%D7%9D.pdf",
        "RFC 8187 3.2",
    ),
    named(
        "name-emoji",
        "📎.pdf",
        "attachment; filename=\"download.pdf\"; filename*=UTF-8''%F0%9F%93%8E.pdf",
        "RFC 8187 3.2",
    ),
    named(
        "name-ligature",
        "ﬁle.txt",
        "attachment; filename=\"file.txt\"; filename*=UTF-8''%EF%AC%81le.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-full-width-slash",
        "a／b.txt",
        "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%EF%BC%8Fb.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-full-width-quote",
        "a＂b.txt",
        "attachment; filename=\"a'b.txt\"; filename*=UTF-8''a%EF%BC%82b.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-accented-percent",
        "é%41.txt",
        "attachment; filename=\"e_41.txt\"; filename*=UTF-8''%C3%A9%2541.txt",
        "RFC 8187 3.2",
    ),
    named(
        "name-lone-surrogate",
        "a\udce9.txt",
        "attachment; filename=\"a.txt\"; filename*=UTF-8''a%EF%BF%BD.txt",
        "RFC 8187 3.2",
    ),
    # Every other character than attr-char is encoded: none of ' ( ) * , / : ; < = > ? @ [ \ ] { }.
    named(
        "name-with-every-separator",
        "é'()*,:;<=>?@[]{}.txt",
        'attachment; filename="e\'()*,_;<=>?@[]{}.txt"; '
        "filename*=UTF-8''%C3%A9%27%28%29%2A%2C_%3B%3C%3D%3E%3F%40%5B%5D%7B%7D.txt",
        "RFC 8187 3.2.1",
    ),
    named(
        "name-with-every-attr-char",
        "é!#$&+-.^_`|~09azAZ",
        "attachment; filename=\"e!#$&+-.^_`|~09azAZ\"; filename*=UTF-8''%C3%A9!#$&+-.^_`|~09azAZ",
        "RFC 8187 3.2.1",
    ),
    named(
        "name-too-long",
        "a" * 300 + ".txt",
        f'attachment; filename="{"a" * 236}.txt"',
    ),
    named(
        "name-too-long-in-utf-8",
        "é" * 200 + ".txt",
        f"attachment; filename=\"{'e' * 118}.txt\"; filename*=UTF-8''{'%C3%A9' * 118}.txt",
        "RFC 8187 3.2",
    ),
]

HARMLESS = [
    named("name-of-a-device", "con.txt", 'attachment; filename="_con.txt"'),
    named("name-of-a-device-in-a-path", "a/LPT1", 'attachment; filename="_LPT1"'),
    named(
        "name-of-a-device-with-superscript",
        "COM¹.txt",
        "attachment; filename=\"_COM1.txt\"; filename*=UTF-8''_COM%C2%B9.txt",
    ),
    named("name-with-dots-at-the-end", "a.exe. .", 'attachment; filename="a.exe"'),
    named("name-of-a-stream", "a.txt:b.exe", 'attachment; filename="a.txt_b.exe"'),
    named("name-without-width", "a\u200b\ufeff.txt", 'attachment; filename="a.txt"'),
    Row(
        id="name-as-it-is",
        section="RFC 6266 4.3",
        of="named",
        facts={"name": "con:\u200b.txt"},
        policy={"clean_names": False},
        fields={
            "Content-Disposition": "attachment; filename=\"con:.txt\"; filename*=UTF-8''con%3A%E2%80%8B.txt"
        },
    ),
    Row(
        id="name-as-it-is-but-for-a-line-break",
        section="RFC 6266 4.3",
        of="named",
        facts={"name": "../a.\r\nX-Evil: 1."},
        policy={"clean_names": False},
        fields={"Content-Disposition": 'attachment; filename="a.X-Evil: 1."'},
    ),
    Row(
        id="basename-of-a-device",
        section="RFC 6266 4.3",
        policy={"basename": "nul"},
        fields={"Content-Disposition": 'attachment; filename="_nul"'},
    ),
]

BASENAMES = [
    Row(
        id="basename",
        section="RFC 6266 4.3",
        policy={"basename": "Invoice 7.txt"},
        fields={"Content-Disposition": 'attachment; filename="Invoice 7.txt"'},
    ),
    Row(
        id="basename-does-not-change-the-type",
        section="8.3",
        policy={"basename": "invoice.pdf"},
        fields={"Content-Disposition": 'attachment; filename="invoice.pdf"'},
    ),
    Row(
        id="basename-with-path",
        section="RFC 6266 4.3",
        policy={"basename": "../../invoice.txt"},
        fields={"Content-Disposition": 'attachment; filename="invoice.txt"'},
    ),
    Row(
        id="basename-accented",
        section="RFC 8187 3.2",
        policy={"basename": "reçu.txt"},
        fields={"Content-Disposition": "attachment; filename=\"recu.txt\"; filename*=UTF-8''re%C3%A7u.txt"},
    ),
    Row(id="basename-empty", section="RFC 6266 4.3", policy={"basename": ""}),
    Row(
        id="basename-of-the-nameless",
        section="RFC 6266 4.3",
        of="typed",
        facts={"name": ""},
        policy={"basename": "table.csv"},
        fields={"Content-Type": "text/csv", "Content-Disposition": 'attachment; filename="table.csv"'},
    ),
    Row(
        id="basename-in-a-part",
        section="15.3.7",
        policy={"basename": "Invoice 7.txt"},
        asked={"Range": "bytes=0-4"},
        status=206,
        fields={"Content-Disposition": 'attachment; filename="Invoice 7.txt"'},
        parts=((0, 5),),
    ),
    Row(
        id="basename-in-parts",
        section="15.3.7",
        policy={"basename": "Invoice 7.txt"},
        asked={"Range": "bytes=0-4,10-14"},
        status=206,
        fields={"Content-Disposition": 'attachment; filename="Invoice 7.txt"'},
        parts=((0, 5), (10, 15)),
    ),
]

INLINE = [
    inline("inline-text", "text/plain", "inline"),
    inline("inline-image", "image/png", "inline"),
    inline("inline-pdf", "application/pdf", "inline", "default-src 'none'; style-src 'unsafe-inline'"),
    inline("inline-sound", "Audio/MPEG", "inline", MEDIA),
    inline("inline-video", 'video/mp4; codecs="avc1"', "inline", MEDIA),
    inline("inline-json", "application/json", "inline"),
    inline("inline-in-capitals", "Image/PNG", "inline"),
    inline("inline-with-parameter", "text/plain; charset=utf-8", "inline"),
    # Whatever can script is saved, although the site would like it shown.
    inline("inline-html", "text/html", "attachment"),
    inline("inline-html-in-capitals", "TEXT/HTML", "attachment"),
    inline("inline-html-with-parameter", "text/html; charset=utf-8", "attachment"),
    inline("inline-svg", "image/svg+xml", "attachment"),
    inline("inline-xml", "text/xml", "attachment"),
    inline("inline-xhtml", "application/xhtml+xml", "attachment"),
    inline("inline-javascript", "text/javascript", "attachment"),
    inline("inline-unknown", "application/octet-stream", "attachment"),
    inline("inline-html-where-allowed", "text/html", "inline", inline_types=frozenset({"text/html"})),
    inline("inline-text-where-nothing-is", "text/plain", "attachment", inline_types=frozenset()),
    inline("inline-unconfined", "text/plain", "inline", None, content_security_policy=None),
    inline(
        "inline-confined-by-the-site",
        "application/pdf",
        "inline",
        "default-src 'self'",
        content_security_policy="default-src 'self'",
    ),
    Row(
        id="inline-nameless",
        section="RFC 6266 4.2",
        of="named",
        facts={"name": "", "content_type": "text/plain"},
        policy={"attachment": False},
        fields={
            "Content-Type": "text/plain",
            "Content-Disposition": "inline",
            "Content-Security-Policy": CONFINED,
        },
    ),
    Row(
        id="inline-accented",
        section="RFC 6266 4.3",
        policy={"attachment": False, "basename": "reçu.txt"},
        fields={
            "Content-Disposition": "inline; filename=\"recu.txt\"; filename*=UTF-8''re%C3%A7u.txt",
            "Content-Security-Policy": CONFINED,
        },
    ),
    Row(
        id="inline-guessed",
        section="RFC 6266 4.2",
        policy={"attachment": False},
        fields={"Content-Disposition": 'inline; filename="notes.txt"', "Content-Security-Policy": CONFINED},
    ),
    Row(
        id="inline-of-a-wrong-type",
        section="RFC 6266 4.2",
        of="named",
        facts={"content_type": "text/plain\r\nX-Evil: 1"},
        policy={"attachment": False},
    ),
    Row(
        id="inline-where-the-policy-says-html",
        section="RFC 6266 4.2",
        policy={"attachment": False, "content_type": "text/html"},
        fields={"Content-Type": "text/html"},
    ),
    Row(
        id="inline-part",
        section="15.3.7",
        policy={"attachment": False},
        asked={"Range": "bytes=0-4"},
        status=206,
        fields={"Content-Disposition": 'inline; filename="notes.txt"', "Content-Security-Policy": CONFINED},
        parts=((0, 5),),
    ),
    Row(
        id="inline-parts",
        section="15.3.7",
        policy={"attachment": False},
        asked={"Range": "bytes=0-4,10-14"},
        status=206,
        fields={"Content-Disposition": 'inline; filename="notes.txt"', "Content-Security-Policy": CONFINED},
        parts=((0, 5), (10, 15)),
    ),
    Row(
        id="inline-not-modified",
        section="RFC 9111 3.2",
        policy={"attachment": False},
        asked={"If-None-Match": '"v1"'},
        status=304,
        fields={"Content-Security-Policy": CONFINED},
    ),
    Row(
        id="inline-not-modified-unconfined",
        section="RFC 9111 3.2",
        policy={"attachment": False, "content_security_policy": None},
        asked={"If-None-Match": '"v1"'},
        status=304,
        fields={},
    ),
    Row(
        id="inline-failed",
        section="13.1.1",
        policy={"attachment": False},
        asked={"If-Match": '"v2"'},
        status=412,
        fields={},
    ),
    Row(
        id="inline-head",
        section="9.3.2",
        method="HEAD",
        policy={"attachment": False},
        fields={"Content-Disposition": 'inline; filename="notes.txt"', "Content-Security-Policy": CONFINED},
    ),
]

ROWS = [*PLAIN, *PATHS, *UNSEEN, *EXTENDED, *HARMLESS, *BASENAMES, *INLINE]
