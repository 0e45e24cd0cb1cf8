"""Names that files have, and what a browser should save them as."""

from __future__ import annotations

from attrs import frozen

__all__ = ["NAMES", "Name"]


@frozen
class Name:
    """
    An awkward name.

    Args:
        what: A word for it.

        given: What the project calls the file.

        saved: What Chromium saves it as; it replaces by itself what no system that it runs on takes.
    """

    what: str
    given: str
    saved: str


NAMES = [
    Name("plain", "report.pdf", "report.pdf"),
    Name("quotes", "say \"hi\" to 'us'.txt", "say _hi_ to 'us'.txt"),
    Name("accents", "Résumé à l'été.pdf", "Résumé à l'été.pdf"),
    Name("apart accents", "re\u0301sume\u0301.pdf", "résumé.pdf"),
    Name("other scripts", "報告 отчёт تقرير.pdf", "報告 отчёт تقرير.pdf"),
    Name("emoji", "👍🏽 team 👩\u200d👧.txt", "👍🏽 team 👩_👧.txt"),
    Name("percent", "100% wool.txt", "100% wool.txt"),
    Name("percent and digits", "100%25 %2e%2e%2fwool.txt", "100%25 %2e%2e%2fwool.txt"),
    Name("semicolon and equals", "a; filename=b.exe;.txt", "a; filename=b.exe;.txt"),
    Name("spaces", "  annual   report .txt ", "annual   report .txt"),
    Name("path", "../../etc/passwd", "passwd"),
    Name("path on Windows", "..\\..\\boot.ini", "boot.ini"),
    Name("path with a drive", "C:\\temp\\report.pdf", "report.pdf"),
    Name("wide slash", "a／b.txt", "a／b.txt"),
    Name("line break", "a\r\nSet-Cookie x=y.txt", "aSet-Cookie x=y.txt"),
    Name("bidi", "invoice\u202efdp.exe", "invoicefdp.exe"),
    Name("without width", "in\u200bvoice\ufeff.txt", "invoice.txt"),
    Name("device", "CON.txt", "_CON.txt"),
    Name("device with superscript", "com¹.txt", "_com¹.txt"),
    Name("stream", "a.txt:b.exe", "a.txt_b.exe"),
    Name("dots at the end", "a.txt. . .", "a.txt"),
    Name("long", "é" * 300 + ".txt", "é" * 118 + ".txt"),
]
