"""Who hears of an answer: observers of the settings, receivers of the signal, the log."""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from functools import partial
from threading import Thread

from django.db import connections
from django.http import HttpRequest

from downloadable.django_ui import served_log, signals
from downloadable.django_ui.asked import asked_of
from downloadable.django_ui.conf import observers
from downloadable.domain import PLAIN_GET, DownloadRequest, Plan, Resource
from downloadable.ports import Content, Observer, Served
from downloadable.ports.observer import Ledger

__all__ = ["ledger_for", "listeners"]


def ledger_for(
    request: HttpRequest | None,
    resource: Resource,
    plan: Plan,
    content: Content | None = None,
    *,
    asked: DownloadRequest | None = None,
) -> Ledger | None:
    """
    Return what keeps count for an answer that begins now; ``None`` if nobody wants to hear of it.

    Args:
        request: What is answered, if it is known.

        resource: What was described.

        plan: What is answered.

        content: What the body is read from, if it is.

        asked: What of the request is answered, if that is not all.
    """
    heard = listeners()
    if not heard:
        return None
    if asked is None:
        asked = PLAIN_GET if request is None else asked_of(request)
    return ThreadedLedger(resource, plan, heard, content, asked=asked, request=request)


class ThreadedLedger(Ledger):
    """
    A ledger whose observers never run where an event loop does, so that they may query.

    Responding ends answers in threads. An event loop's is only left where the garbage collector ends one, or an async
    view calls ``download()`` instead of ``adownload()``.
    """

    def tell(self, served: Served) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            super().tell(served)
        else:
            tell = partial(copy_context().run, self._tell_apart, served)
            Thread(target=tell, name="downloadable-served").start()

    def _tell_apart(self, served: Served) -> None:
        try:
            super().tell(served)
        finally:
            connections.close_all()  # this thread's own, which nobody else would close


def listeners() -> tuple[Observer, ...]:
    """Return who wants to hear of answers now."""
    heard: tuple[Observer, ...] = observers()
    if signals.download_finished.receivers:
        heard += (signals.send,)
    if served_log.logger.isEnabledFor(logging.INFO):
        heard += (served_log.write,)
    return heard
