"""Which body carries out a plan: what was read at once, or what is read while it is sent; for a loop or without one."""

from __future__ import annotations

from typing import Any

from downloadable.django_ui.async_bodies import AsyncBody, SmallBody
from downloadable.django_ui.bodies import Body, read_in_one
from downloadable.django_ui.connections import SMALL
from downloadable.django_ui.observed_bodies import ObservedAsyncBody, ObservedBody
from downloadable.domain import Plan, Resource
from downloadable.domain.plan import length_of
from downloadable.ports import AsyncContent, Content
from downloadable.ports.observer import Ledger

__all__ = ["BLOCK", "body_of"]

BLOCK = 256 * 1024
"""Bytes that a server reads at once of a file which it was given and does not send from the descriptor."""


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
    if small and resource.seekable:
        try:
            chunks = [read_in_one(content, plan.body, length or 0)]
        finally:
            content.close()
        body = SmallBody(chunks) if asynchronous else chunks
    else:
        body = AsyncBody(content, plan.body) if asynchronous else Body(content, plan.body)
        if small:
            # What is made while it is sent has its own end, which may come late or never.
            body.begin(length)
    if ledger is None:
        return body
    return ObservedAsyncBody(body, ledger) if asynchronous else ObservedBody(body, ledger)
