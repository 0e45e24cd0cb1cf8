"""What a response delivers, for tests: its fields, its body and the parts of that, read and closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from attrs import frozen
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase

from downloadable.django_ui.bodiless import BodilessResponse, ProxiedDownloadResponse

__all__ = ["Part", "body_of", "ended", "fields_of", "parts_of", "request_of", "span_of", "was_head"]

T = TypeVar("T")

CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.ASCII)


def fields_of(response: Any) -> Mapping[str, str]:
    """Return the header fields that go out, by their names in lower case."""
    return {name.lower(): value for name, value in response.items()}


def request_of(response: Any) -> Any:
    """Return the request that a test client has sent, if one has."""
    return getattr(response, "wsgi_request", None) or getattr(response, "asgi_request", None)


def was_head(response: Any) -> bool:
    """Tell whether this answers HEAD, so that there is no body whatever is announced."""
    request = request_of(response)
    if request is not None:
        return bool(request.method == "HEAD")
    # No client was there, only a view. It has decided so itself, or nobody knows.
    return (
        isinstance(response, BodilessResponse)
        and not isinstance(response, ProxiedDownloadResponse)
        and response.status_code in (200, 206)
    )


def body_of(response: Any, limit: int | None = None) -> bytes:
    """
    Return the body of any response, streaming or not, synchronous or not.

    Args:
        response: Stays open.

        limit: Once so many bytes have come, no more are asked for: a body may have no end.
    """
    if not response.streaming:
        return bytes(response.content)
    if not response.is_async:
        return sync_body_of(response, limit)
    if not on_a_loop():
        return async_to_sync(async_body_of)(response, limit)
    # An asynchronous test, whose loop waits for this function: another has to read the body.
    return apart(lambda: asyncio.run(async_body_of(response, limit)))


def sync_body_of(response: Any, limit: int | None) -> bytes:
    body = bytearray()
    for chunk in response.streaming_content:
        body += chunk
        if limit is not None and len(body) >= limit:
            close = getattr(response._iterator, "close", None)
            if close is not None:
                close()
            break
    return bytes(body)


async def async_body_of(response: Any, limit: int | None) -> bytes:
    body = bytearray()
    async for chunk in response.streaming_content:
        body += chunk
        if limit is not None and len(body) >= limit:
            aclose = getattr(response._iterator, "aclose", None)
            if aclose is not None:
                await aclose()
            break
    return bytes(body)


def ended(response: HttpResponseBase) -> None:
    """Close *response*, as a server would; the test's connections stay open, as they do for Django's test clients."""
    if response.closed:
        return
    detached = request_finished.disconnect(close_old_connections)
    try:
        if on_a_loop():
            apart(response.close)
        else:
            response.close()
    finally:
        if detached:
            request_finished.connect(close_old_connections)


def on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def apart(function: Callable[[], T]) -> T:
    """Call *function* in another thread, where no loop runs, and wait for it."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(function).result()


@frozen(kw_only=True)
class Part:
    """
    One range that was sent.

    Args:
        start, stop: Which bytes of the content these are said to be.

        total: How many the content is said to have; ``None`` if it is not said.

        data: The bytes.

        content_type: Of this part, among several.
    """

    start: int
    stop: int
    total: int | None
    data: bytes = b""
    content_type: str | None = None


def span_of(content_range: str | None) -> tuple[int, int, int | None] | None:
    """Return start, stop and complete length that a Content-Range tells (RFC 9110, 14.4); ``None`` if it is broken."""
    found = CONTENT_RANGE.fullmatch(content_range or "")
    if found is None:
        return None
    start, stop = int(found[1]), int(found[2]) + 1
    total = None if found[3] == "*" else int(found[3])
    return None if start >= stop or (total is not None and stop > total) else (start, stop, total)


def parts_of(body: bytes, boundary: str) -> list[Part]:
    """
    Take a multipart/byteranges body apart (RFC 9110, 14.6).

    Raises:
        ValueError: If it is none, with what was expected where.
    """
    delimiter = f"--{boundary}".encode()
    parts: list[Part] = []
    at = 2 if body.startswith(b"\r\n" + delimiter) else 0
    while True:
        at = after(body, at, delimiter)
        if parts and body.startswith(b"--", at):
            if body[at + 2 :] not in (b"", b"\r\n"):
                raise ValueError(f"after the last delimiter, there are {len(body) - at - 2} bytes")
            return parts
        at = after(body, at, b"\r\n")
        end = body.find(b"\r\n\r\n", at)
        if end < 0:
            raise ValueError(f"the fields at byte {at} do not end")
        fields = fields_in(body[at:end])
        span = span_of(fields.get("content-range"))
        if span is None:
            raise ValueError(f"the part at byte {at} has the Content-Range {fields.get('content-range')!r}")
        start, stop, total = span
        at = end + 4 + stop - start
        data = body[end + 4 : at]
        parts.append(
            Part(start=start, stop=stop, total=total, data=data, content_type=fields.get("content-type"))
        )
        at = after(body, at, b"\r\n")


def after(body: bytes, at: int, expected: bytes) -> int:
    """Return where *expected* ends, which begins at byte *at*."""
    if not body.startswith(expected, at):
        raise ValueError(f"at byte {at} there is {body[at : at + len(expected)]!r}, not {expected!r}")
    return at + len(expected)


def fields_in(head: bytes) -> Mapping[str, str]:
    lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n")]
    return {name.strip().lower(): value.strip() for name, _, value in lines}
