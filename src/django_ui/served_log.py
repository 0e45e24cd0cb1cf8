"""One line in the log for each answer: to be read by people, with the same in fields for formatters."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from downloadable.domain import ByteRange, Disposition
from downloadable.ports import Served

__all__ = ["logger", "write"]

logger = logging.getLogger("downloadable.served")


def write(served: Served) -> None:
    """Be the observer that writes the line: no path, no URL, and nothing that could pass for another line."""
    name, method = printable(name_of(served)), printable(served.asked.method)
    ranges = spelt(served.ranges)
    match = getattr(served.request, "resolver_match", None)
    logger.info(
        "%s %s: %d %s",
        method,
        repr(name),
        served.plan.status,
        told(served, ranges),
        extra={
            "method": method,
            "file_name": name,
            "status_code": served.plan.status,
            "outcome": served.outcome,
            "size": served.resource.size,
            "bytes_sent": served.bytes_sent,
            "ranges": ranges,
            "seconds": served.seconds,
            "delegate": served.delegate,
            "resumed": served.resumed,
            "counts_as_download": served.counts_as_download,
            "view": "" if match is None else match.view_name,
        },
    )


def told(served: Served, ranges: str) -> str:
    """Say how it ended, as a person would."""
    if served.outcome == "handed over":
        return f"handed over to {served.delegate}"
    sent = f"{served.outcome}, {served.bytes_sent} bytes in {served.seconds:.3f} s"
    return f"{sent} ({ranges} of {served.resource.size})" if served.plan.status == 206 and ranges else sent


def name_of(served: Served) -> str:
    """Return the last segment of the name: what a source of somebody's own calls a name may be a path."""
    name = served.resource.name
    if not name:
        disposition = Disposition.parse(served.plan.header("Content-Disposition") or "")
        name = "" if disposition is None else disposition.filename
    return name.replace("\\", "/").rpartition("/")[2]


def printable(text: str) -> str:
    """Escape what could begin a line, colour a terminal, or turn the direction of what follows."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def spelt(ranges: Iterable[ByteRange]) -> str:
    """Spell ranges as clients do, such as ``0-499,700-799``: with their last bytes."""
    return ",".join(f"{part.start}-{part.stop - 1}" for part in ranges if part.stop is not None)
