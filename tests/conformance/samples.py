"""What the rows of the conformance table ask for."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from downloadable.domain import EntityTag, Resource
from tests.conformance.rows import Sample

__all__ = ["DAY", "SAMPLES"]

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
"""When every sample was last changed, but for those that do not know and the one from the future."""

SPELT_DAY = "Thu, 29 Feb 2024 12:00:00 GMT"


def numbered(size: int) -> bytes:
    """Make bytes that tell where they are: lines of eight, each with its offset."""
    return b"".join(b"%07d\n" % offset for offset in range(0, size, 8))[:size]


def fields(**changed: str | None) -> Mapping[str, str]:
    """List the fields of a plain answer, ``Content_Type`` standing for Content-Type; ``None`` leaves one out."""
    usual: dict[str, str | None] = {
        "Content-Type": "text/plain",
        "Content-Length": "1024",
        "Content-Disposition": 'attachment; filename="notes.txt"',
        "ETag": '"v1"',
        "Last-Modified": SPELT_DAY,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    usual |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in usual.items() if value is not None}


NOTES = numbered(1024)
GZIPPED = gzip.compress(NOTES, mtime=0)
TAG = EntityTag("v1")

SAMPLES: Mapping[str, Sample] = {
    # A text file of 1,024 bytes that knows all there is to know.
    "notes": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024, entity_tag=TAG, last_modified=DAY),
        fields=fields(),
    ),
    "weak": Sample(
        data=NOTES,
        resource=Resource(
            name="notes.txt", size=1024, entity_tag=EntityTag("v1", weak=True), last_modified=DAY
        ),
        fields=fields(ETag='W/"v1"'),
    ),
    "tagged": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024, entity_tag=TAG),
        fields=fields(Last_Modified=None),
    ),
    "dated": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024, last_modified=DAY),
        fields=fields(ETag=None),
    ),
    "bare": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024),
        fields=fields(ETag=None, Last_Modified=None),
    ),
    "future": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024, last_modified=datetime(2999, 1, 1, tzinfo=UTC)),
        fields=fields(ETag=None, Last_Modified="(the present)"),
    ),
    "empty": Sample(
        data=b"",
        resource=Resource(name="empty.txt", size=0, entity_tag=TAG, last_modified=DAY),
        fields=fields(Content_Length="0", Content_Disposition='attachment; filename="empty.txt"'),
    ),
    "byte": Sample(
        data=b"!",
        resource=Resource(name="byte.txt", size=1, entity_tag=TAG, last_modified=DAY),
        fields=fields(Content_Length="1", Content_Disposition='attachment; filename="byte.txt"'),
    ),
    # Large enough for many small parts to be shorter than the whole.
    "film": Sample(
        data=numbered(65_536),
        resource=Resource(name="film.mp4", size=65_536, entity_tag=TAG, last_modified=DAY),
        fields=fields(
            Content_Type="video/mp4",
            Content_Length="65536",
            Content_Disposition='attachment; filename="film.mp4"',
        ),
    ),
    # Made while it is sent: of unknown length, from the start only.
    "stream": Sample(
        data=NOTES,
        resource=Resource(name="export.csv", seekable=False),
        fields=fields(
            Content_Type="text/csv",
            Content_Length=None,
            Content_Disposition='attachment; filename="export.csv"',
            ETag=None,
            Last_Modified=None,
            Accept_Ranges="none",
        ),
    ),
    # Its length is known, but it has to be read from the start.
    "pipe": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", size=1024, entity_tag=TAG, last_modified=DAY, seekable=False),
        fields=fields(Accept_Ranges="none"),
    ),
    "unsized": Sample(
        data=NOTES,
        resource=Resource(name="notes.txt", entity_tag=TAG, last_modified=DAY),
        fields=fields(Content_Length=None, Accept_Ranges="none"),
    ),
    # Kept compressed, to be undone by the client: the tag, the length and the ranges are of the compressed bytes.
    "gzipped": Sample(
        data=GZIPPED,
        resource=Resource(
            name="notes.txt",
            size=len(GZIPPED),
            content_encoding="gzip",
            entity_tag=EntityTag("v1-gzip"),
            last_modified=DAY,
        ),
        fields=fields(Content_Length=str(len(GZIPPED)), Content_Encoding="gzip", ETag='"v1-gzip"'),
    ),
    "archive": Sample(
        data=GZIPPED,
        resource=Resource(name="backup.tar.gz", size=len(GZIPPED), entity_tag=TAG, last_modified=DAY),
        fields=fields(
            Content_Type="application/gzip",
            Content_Length=str(len(GZIPPED)),
            Content_Disposition='attachment; filename="backup.tar.gz"',
        ),
    ),
    "digested": Sample(
        data=b"hello world",
        resource=Resource(
            name="hello.txt", size=11, digests=(("sha-256", hashlib.sha256(b"hello world").digest()),)
        ),
        fields=fields(
            Content_Length="11",
            Content_Disposition='attachment; filename="hello.txt"',
            ETag=None,
            Last_Modified=None,
            Repr_Digest="sha-256=:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:",
        ),
    ),
    # What the rows about names and types vary.
    "named": Sample(
        data=b"0123456789",
        resource=Resource(name="plain.bin", size=10, content_type="application/octet-stream"),
        fields=fields(
            Content_Type="application/octet-stream",
            Content_Length="10",
            Content_Disposition='attachment; filename="plain.bin"',
            ETag=None,
            Last_Modified=None,
        ),
    ),
    "typed": Sample(
        data=b"0123456789",
        resource=Resource(name="file", size=10),
        fields=fields(
            Content_Type="application/octet-stream",
            Content_Length="10",
            Content_Disposition='attachment; filename="file"',
            ETag=None,
            Last_Modified=None,
        ),
    ),
}
