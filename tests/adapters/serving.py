"""What the tests of several adapters do with a content."""

from __future__ import annotations

from downloadable.domain import PLAIN_GET, Resource, ServingPolicy, decide
from downloadable.ports import Content


def served(content: Content) -> tuple[Resource, bytes]:
    """Take a content through its whole life; return how it was described, and its bytes."""
    try:
        resource = content.describe(PLAIN_GET)
        content.acquire()
        return resource, b"".join(content.read(0, resource.size))
    finally:
        content.close()


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
