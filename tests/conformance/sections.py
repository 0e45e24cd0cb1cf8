"""The sections whose rules the rows of the conformance table follow, and where they can be read."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SECTIONS", "address_of", "cited"]

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "9110": {
        "5.6.1": "Lists",
        "5.6.1.2": "Lists: Recipient Requirements",
        "5.6.7": "Date/Time Formats",
        "8.3": "Content-Type",
        "8.3.1": "Media Type",
        "8.3.2": "Charset",
        "8.4": "Content-Encoding",
        "8.4.1": "Content Codings",
        "8.8": "Validator Fields",
        "8.8.2": "Last-Modified",
        "8.8.2.1": "Last-Modified: Generation",
        "8.8.2.2": "Last-Modified: Comparison",
        "8.8.3": "ETag",
        "9.3.1": "GET",
        "9.3.2": "HEAD",
        "12.5.3": "Accept-Encoding",
        "13.1.1": "If-Match",
        "13.1.2": "If-None-Match",
        "13.1.3": "If-Modified-Since",
        "13.1.4": "If-Unmodified-Since",
        "13.1.5": "If-Range",
        "13.2.2": "Precedence of Preconditions",
        "14.1": "Range Units",
        "14.1.1": "Range Specifiers",
        "14.1.2": "Byte Ranges",
        "14.2": "Range",
        "14.3": "Accept-Ranges",
        "14.6": "Media Type multipart/byteranges",
        "15.3.7": "206 Partial Content",
        "15.3.7.2": "206: Multiple Parts",
        "15.4.5": "304 Not Modified",
        "15.5.6": "405 Method Not Allowed",
        "15.5.17": "416 Range Not Satisfiable",
        "17.15": "Denial-of-Service Attacks Using Range",
    },
    "6266": {
        "4.2": "Disposition Type",
        "4.3": "Disposition Parameter: Filename",
        "D": "Advice on Generating Content-Disposition",
    },
    "8187": {
        "3.2": "Parameter Value Character Encoding",
        "3.2.1": "Parameter Value Character Encoding: Definition",
        "3.2.3": "Parameter Value Character Encoding: Examples",
    },
    "9111": {
        "3.2": "Updating Stored Header Fields",
        "5.2": "Cache-Control",
    },
    "9530": {
        "3": "The Repr-Digest Field",
    },
}
"""Titles, by the number of the RFC and of the section."""


def cited(section: str) -> tuple[str, str]:
    """Split what a row cites into the number of the RFC, 9110 unless it names another, and of the section."""
    if not section.startswith("RFC "):
        return "9110", section
    _, rfc, number = section.split(" ")
    return rfc, number


def address_of(rfc: str, number: str) -> str:
    """Return the URL at which a section can be read."""
    kind = "section" if number[0].isdigit() else "appendix"
    return f"https://www.rfc-editor.org/rfc/rfc{rfc}#{kind}-{number}"
