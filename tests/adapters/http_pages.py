"""An origin with two pages, and what a client gets of them."""

from __future__ import annotations

from downloadable.domain import DownloadRequest, Plan, ServingPolicy, decide
from downloadable.ports import Content

__all__ = ["DAY", "IMPATIENT", "LARGE", "LATER", "NOTES", "download"]

DAY = "Thu, 29 Feb 2024 12:00:00 GMT"
LATER = "Thu, 29 Feb 2024 13:00:00 GMT"
NOTES = b"0123456789" * 100
LARGE = bytes(range(256)) * 4096
IMPATIENT = (5.0, 0.3)


def download(content: Content, method: str = "GET", **fields: str) -> tuple[Plan, bytes]:
    """Go through the life of a content as a view does, without a framework."""
    asked = DownloadRequest.from_headers(
        method, {name.replace("_", "-"): text for name, text in fields.items()}
    )
    policy, body = ServingPolicy(), b""
    try:
        plan = decide(content.describe(policy.hint(asked)), policy, asked)
        if plan.body:
            content.acquire()
        for segment in plan.body:
            body += (
                segment if isinstance(segment, bytes) else b"".join(content.read(segment.start, segment.stop))
            )
        return plan, body
    finally:
        content.close()
