"""Which body carries out a plan: what was read at once, or what is read while it is sent; for a loop or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from downloadable.django_ui.async_bodies import AsyncBody, SmallBody
from downloadable.django_ui.bodies import Body, read_in_one
from downloadable.django_ui.connections import SMALL
from downloadable.django_ui.observed_bodies import ObservedAsyncBody, ObservedBody
from downloadable.domain import Plan, Resource, Segment
from downloadable.domain.plan import length_of
from downloadable.ports import AsyncContent, Content
from downloadable.ports.observer import Ledger

__all__ = ["body_of"]


def body_of(
    plan: Plan,
    resource: Resource,
    content: Content,
    *,
    asynchronous: bool,
    ledger: Ledger | None,
    at_once: bool,
) -> Any:
    """Return what Django is to iterate over; *at_once* says that a small one may be read here."""
    length = length_of(plan.body)
    small = at_once and length is not None and length <= SMALL and not isinstance(content, AsyncContent)
    body: Any
    chunks = (
        at_once_of(content, plan.body, length or 0, asynchronous) if small and resource.seekable else None
    )
    if chunks is not None:
        body = SmallBody(chunks) if asynchronous else chunks
    else:
        body = AsyncBody(content, plan.body) if asynchronous else Body(content, plan.body)
        if small and not resource.seekable:
            # What is made while it is sent has its own end, which may come late or never.
            body.begin(length)
    if ledger is None:
        return body
    return ObservedAsyncBody(body, ledger) if asynchronous else ObservedBody(body, ledger)


def at_once_of(
    content: Content, segments: Sequence[Segment], length: int, asynchronous: bool
) -> list[bytes] | None:
    """Read a small body, and close its content; ``None`` if an event loop would have to wait for it."""
    if asynchronous:
        chunks = list(at_hand_of(content, segments))
        if len(chunks) == len(segments):
            content.close()
            return [b"".join(chunks)]
        if on_a_loop():
            return None
    try:
        return [read_in_one(content, segments, length)]
    finally:
        content.close()


def at_hand_of(content: Content, segments: Sequence[Segment]) -> Iterator[bytes]:
    """Yield the *segments* of a plan, as far as what is read from *content* is at hand, all of it."""
    for segment in segments:
        if isinstance(segment, bytes):
            yield segment
        else:
            chunk = content.read_nowait(segment.start, segment.stop)
            if chunk is None or len(chunk) != segment.length:
                return
            yield chunk


def on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
