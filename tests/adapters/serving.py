"""What the tests of several adapters do with a content."""

from __future__ import annotations

from collections.abc import Mapping

from downloadable.domain import PLAIN_GET, ByteRange, DownloadRequest, Resource, ServingPolicy, decide
from downloadable.ports import Content


def served(content: Content) -> tuple[Resource, bytes]:
    """Take a content through its whole life; return how it was described, and its bytes."""
    try:
        resource = content.describe(PLAIN_GET)
        content.acquire()
        return resource, b"".join(content.read(0, resource.size))
    finally:
        content.close()


def answer(content: Content, **fields: str) -> tuple[int, bytes, Mapping[str, str]]:
    """Take a content through the life that a request gives it; return status, bytes and fields."""
    method = fields.pop("method", "GET")
    asked = DownloadRequest.from_headers(
        method, {name.replace("_", "-"): value for name, value in fields.items()}
    )
    try:
        plan = decide(content.describe(asked), ServingPolicy(), asked)
        body = b""
        if any(isinstance(segment, ByteRange) for segment in plan.body):
            content.acquire()
        for segment in plan.body:
            body += (
                segment if isinstance(segment, bytes) else b"".join(content.read(segment.start, segment.stop))
            )
    finally:
        content.close()
    return plan.status, body, dict(plan.headers)


def described(content: Content) -> Resource:
    """Return what a look says, such as for HEAD."""
    try:
        return content.describe(PLAIN_GET)
    finally:
        content.close()


def stated_type(resource: Resource) -> str | None:
    """Return the type that is sent because of what is known of it; ``None`` if it would only be guessed."""
    if resource.content_type is None and resource.charset is None:
        return None
    return decide(resource, ServingPolicy(), PLAIN_GET).header("Content-Type")
