"""What is said about the content: types, codings, caching, validators; HEAD (RFC 9110, 8, 9.3.2 and 15)."""

from __future__ import annotations

from tests.conformance.rows import Row
from tests.conformance.samples import SAMPLES

__all__ = ["ROWS"]

SAME = "Thu, 29 Feb 2024 12:00:00 GMT"
DAY_BEFORE = "Wed, 28 Feb 2024 12:00:00 GMT"

EACH_SAMPLE = [
    *(Row(id=f"get-{of}", section="9.3.1", of=of) for of in SAMPLES),
    *(Row(id=f"head-{of}", section="9.3.2", of=of, method="HEAD") for of in SAMPLES),
    # "GET is the only method for which range handling is defined."
    *(
        Row(id=f"head-{of}-with-range", section="14.2", of=of, method="HEAD", asked={"Range": "bytes=0-4"})
        for of in ("empty", "stream", "pipe", "gzipped", "bare")
    ),
    Row(id="head-with-set", section="14.2", method="HEAD", asked={"Range": "bytes=0-9,20-29"}),
    Row(id="head-with-range-past-the-end", section="14.2", method="HEAD", asked={"Range": "bytes=5000-"}),
    Row(id="head-with-malformed-range", section="14.2", method="HEAD", asked={"Range": "bytes=abc"}),
    Row(id="head-with-unknown-unit", section="14.2", method="HEAD", asked={"Range": "items=0-4"}),
]


def guessed(id: str, name: str, media_type: str) -> Row:
    return Row(
        id=id,
        section="8.3",
        of="typed",
        facts={"name": name},
        fields={
            "Content-Type": media_type,
            "Content-Disposition": f'attachment; filename="{name.rstrip(".")}"',
        },
    )


def typed(
    id: str,
    sent: str,
    *,
    owner: str | None = None,
    site: str | None = None,
    charset: str | None = None,
    section: str = "8.3.1",
) -> Row:
    """Ask for ``file``, whose type its owner, the site, both or neither tells."""
    return Row(
        id=id,
        section=section,
        of="typed",
        facts={"content_type": owner},
        policy={"content_type": site, "charset": charset},
        fields={"Content-Type": sent},
    )


TYPES = [
    guessed("type-of-text", "a.txt", "text/plain"),
    guessed("type-of-csv", "a.csv", "text/csv"),
    guessed("type-of-pdf", "a.pdf", "application/pdf"),
    guessed("type-of-capitals", "A.PDF", "application/pdf"),
    guessed("type-of-image", "a.b.png", "image/png"),
    guessed("type-of-html", "a.html", "text/html"),
    guessed("type-of-unknown", "a.unknown-extension", "application/octet-stream"),
    guessed("type-of-nothing", "a.", "application/octet-stream"),
    # A compressed file is delivered as it is: neither its inner type nor a coding that the client would undo.
    guessed("type-of-tar-gz", "a.tar.gz", "application/gzip"),
    guessed("type-of-csv-gz", "a.csv.gz", "application/gzip"),
    guessed("type-of-tgz", "a.tgz", "application/gzip"),
    guessed("type-of-tar-bz2", "a.tar.bz2", "application/x-bzip2"),
    guessed("type-of-tar-xz", "a.tar.xz", "application/x-xz"),
    guessed("type-of-br", "a.txt.br", "application/x-brotli"),
    Row(
        id="type-of-a-name-like-a-url",
        section="8.3",
        of="typed",
        facts={"name": "data:text/html,.png"},
        fields={"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="html,.png"'},
    ),
    typed("type-from-owner", "image/gif", owner="image/gif"),
    typed("type-from-site", "image/gif", site="image/gif"),
    typed("type-from-site-over-owner", "image/gif", owner="image/png", site="image/gif"),
    typed("type-with-parameter", 'text/plain; charset="utf-8"', owner='text/plain; charset="utf-8"'),
    typed("type-that-is-none", "application/octet-stream", owner="nonsense"),
    typed("type-that-would-add-a-field", "application/octet-stream", owner="text/html\r\nX-Evil: 1"),
    typed("type-in-other-letters", "application/octet-stream", owner="текст/plain"),
    typed("charset-on-text", "text/csv; charset=utf-8", owner="text/csv", charset="utf-8", section="8.3.2"),
    typed(
        "charset-on-site-type", "text/csv; charset=utf-8", site="text/csv", charset="utf-8", section="8.3.2"
    ),
    typed(
        "charset-on-capitals", "TEXT/CSV; charset=utf-8", owner="TEXT/CSV", charset="utf-8", section="8.3.2"
    ),
    typed("charset-not-on-image", "image/png", owner="image/png", charset="utf-8", section="8.3.2"),
    typed(
        "charset-not-on-json", "application/json", owner="application/json", charset="utf-8", section="8.3.2"
    ),
    typed("charset-not-on-unknown", "application/octet-stream", charset="utf-8", section="8.3.2"),
    typed(
        "charset-not-twice",
        "text/csv; charset=latin-1",
        owner="text/csv; charset=latin-1",
        charset="utf-8",
        section="8.3.2",
    ),
    Row(
        id="charset-on-guessed-text",
        section="8.3.2",
        policy={"charset": "utf-8"},
        fields={"Content-Type": "text/plain; charset=utf-8"},
    ),
]

CODINGS = [
    Row(
        id="coding-from-site",
        section="8.4",
        policy={"content_encoding": "gzip"},
        fields={"Content-Encoding": "gzip"},
    ),
    Row(
        id="coding-from-site-over-owner",
        section="8.4",
        of="gzipped",
        policy={"content_encoding": "br"},
        fields={"Content-Encoding": "br"},
    ),
    Row(
        id="coding-of-two",
        section="8.4",
        facts={"content_encoding": "gzip, br"},
        fields={"Content-Encoding": "gzip, br"},
    ),
    Row(id="coding-identity", section="8.4.1", facts={"content_encoding": "identity"}),
    Row(id="coding-identity-from-site", section="8.4.1", of="notes", policy={"content_encoding": "Identity"}),
    Row(id="coding-that-would-add-a-field", section="8.4", facts={"content_encoding": "gzip\r\nX-Evil: 1"}),
    Row(
        id="coding-not-guessed-inline",
        section="8.4",
        of="archive",
        policy={"attachment": False},
    ),
    Row(
        id="coding-of-an-archive-asked-with-gzip",
        section="8.4",
        of="archive",
        asked={"Accept-Encoding": "identity"},
    ),
]

HOUR = "public, max-age=3600"
CACHING = [
    Row(
        id="caching-of-the-site",
        section="RFC 9111 5.2",
        policy={"cache_control": HOUR},
        fields={"Cache-Control": HOUR},
    ),
    Row(
        id="caching-unsaid",
        section="RFC 9111 5.2",
        policy={"cache_control": None},
        fields={"Cache-Control": None},
    ),
    Row(
        id="caching-of-a-part",
        section="15.3.7",
        policy={"cache_control": HOUR},
        asked={"Range": "bytes=0-4"},
        status=206,
        fields={"Cache-Control": HOUR},
        parts=((0, 5),),
    ),
    Row(
        id="caching-of-not-modified",
        section="15.4.5",
        policy={"cache_control": HOUR},
        asked={"If-None-Match": '"v1"'},
        status=304,
        fields={"Cache-Control": HOUR},
    ),
    Row(
        id="caching-unsaid-of-not-modified",
        section="15.4.5",
        policy={"cache_control": None},
        asked={"If-None-Match": '"v1"'},
        status=304,
        fields={"Cache-Control": None},
    ),
    Row(
        id="caching-of-not-satisfiable",
        section="15.5.17",
        policy={"cache_control": HOUR},
        asked={"Range": "bytes=5000-"},
        status=416,
        fields={"Cache-Control": HOUR},
    ),
    Row(
        id="sniffing-allowed",
        section="8.3",
        policy={"nosniff": False},
        fields={"X-Content-Type-Options": None},
    ),
    Row(
        id="sniffing-allowed-of-a-part",
        section="8.3",
        policy={"nosniff": False},
        asked={"Range": "bytes=0-4"},
        status=206,
        fields={"X-Content-Type-Options": None},
        parts=((0, 5),),
    ),
]


def unvalidated(
    id: str, section: str, *, method: str = "GET", parts: tuple[tuple[int, int], ...] = (), **asked: str
) -> Row:
    """Ask where the site shows no validators: what nobody was told, nobody can have kept."""
    return Row(
        id=id,
        section=section,
        method=method,
        policy={"validators": False},
        asked={name.replace("_", "-"): value for name, value in asked.items()},
        status=206 if parts else 200,
        fields={"ETag": None, "Last-Modified": None},
        parts=parts,
    )


WITHOUT_VALIDATORS = [
    unvalidated("unvalidated", "8.8"),
    unvalidated("unvalidated-head", "8.8", method="HEAD"),
    unvalidated("unvalidated-if-none-match", "13.1.2", If_None_Match='"v1"'),
    unvalidated("unvalidated-if-none-match-any", "13.1.2", If_None_Match="*"),
    unvalidated("unvalidated-if-modified-since", "13.1.3", If_Modified_Since=SAME),
    unvalidated("unvalidated-if-match", "13.1.1", If_Match='"v0"'),
    unvalidated("unvalidated-if-unmodified-since", "13.1.4", If_Unmodified_Since=DAY_BEFORE),
    unvalidated("unvalidated-range", "14.2", parts=((0, 5),), Range="bytes=0-4"),
    unvalidated("unvalidated-if-range-tag", "13.1.5", Range="bytes=0-4", If_Range='"v1"'),
    unvalidated("unvalidated-if-range-date", "13.1.5", Range="bytes=0-4", If_Range=SAME),
    Row(
        id="unvalidated-range-past-the-end",
        section="15.5.17",
        policy={"validators": False},
        asked={"Range": "bytes=5000-"},
        status=416,
        fields={"ETag": None, "Last-Modified": None},
    ),
]


def settled(id: str, status: int, *, of: str = "notes", method: str = "GET", **asked: str) -> Row:
    """Ask where the site says that nothing has changed, whatever the dates are."""
    return Row(
        id=id,
        section="13.1.3",
        of=of,
        method=method,
        policy={"not_modified": True},
        asked={name.replace("_", "-"): value for name, value in asked.items()},
        status=status,
        parts=((0, 5),) if status == 206 else (),
    )


def changed(id: str, status: int, *, method: str = "GET", **asked: str) -> Row:
    """Ask where the site says that it has changed, so that no date is told."""
    return Row(
        id=id,
        section="13.1.3",
        method=method,
        policy={"not_modified": False},
        asked={name.replace("_", "-"): value for name, value in asked.items()},
        status=status,
        fields={"Last-Modified": None},
        parts=((0, 5),) if status == 206 else (),
    )


SITE_SAYS = [
    settled("not-modified-says-the-site", 304, If_Modified_Since=DAY_BEFORE),
    settled("not-modified-says-the-site-head", 304, method="HEAD", If_Modified_Since=DAY_BEFORE),
    settled("not-modified-says-the-site-of-bare", 304, of="bare", If_Modified_Since=DAY_BEFORE),
    settled("not-modified-says-the-site-of-a-stream", 304, of="stream", If_Modified_Since=DAY_BEFORE),
    settled("not-modified-says-the-site-with-range", 304, If_Modified_Since=DAY_BEFORE, Range="bytes=0-4"),
    settled("not-modified-says-the-site-unasked", 200),
    settled("not-modified-says-the-site-unasked-range", 206, Range="bytes=0-4"),
    settled("not-modified-says-the-site-of-a-broken-date", 200, If_Modified_Since="yesterday"),
    # Whatever the site says replaces the comparison of dates only.
    settled("not-modified-says-the-site-but-not-the-tag", 200, If_None_Match='"v0"', If_Modified_Since=SAME),
    settled(
        "not-modified-says-the-site-and-the-tag", 304, If_None_Match='"v1"', If_Modified_Since=DAY_BEFORE
    ),
    settled("not-modified-says-the-site-but-if-match", 412, If_Match='"v0"', If_Modified_Since=DAY_BEFORE),
    changed("modified-says-the-site", 200, If_Modified_Since=SAME),
    changed("modified-says-the-site-head", 200, method="HEAD", If_Modified_Since=SAME),
    changed("modified-says-the-site-unasked", 200),
    changed("modified-says-the-site-but-the-tag", 304, If_None_Match='"v1"'),
    changed("modified-says-the-site-no-date-to-compare", 200, If_Unmodified_Since=DAY_BEFORE),
    changed("modified-says-the-site-range", 206, If_Modified_Since=SAME, Range="bytes=0-4"),
    changed("modified-says-the-site-if-range-date", 200, If_Range=SAME, Range="bytes=0-4"),
    changed("modified-says-the-site-if-range-tag", 206, If_Range='"v1"', Range="bytes=0-4"),
]

VIEW = [
    Row(id=f"method-{method.lower()}", section="15.5.6", method=method, status=405, of_view=True)
    for method in ("PUT", "PATCH", "DELETE")
]

ROWS = [*EACH_SAMPLE, *TYPES, *CODINGS, *CACHING, *WITHOUT_VALIDATORS, *SITE_SAYS, *VIEW]
