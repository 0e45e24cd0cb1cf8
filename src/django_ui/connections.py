"""Database connections, which a long download has no use for."""

from __future__ import annotations

import logging

from asgiref.sync import sync_to_async
from django.db import connections

__all__ = ["LONG", "SMALL", "agive_back_connections", "give_back_connections"]

logger = logging.getLogger("downloadable")

SMALL = 64 * 1024
"""Up to so many bytes are read before the answer is returned, or leave at once: they need no more time than a page."""

LONG = 16 * 1024 * 1024
"""
Bytes from which an answer is long: at 10 Mbit/s they take 13 seconds, beside which connecting anew, some milliseconds,
is nothing.
"""

NO_DATABASE = "django.db.backends.dummy"


def give_back_connections(length: int | None) -> None:
    """
    Close the database connections of this thread that would only wait for the end of an answer.

    One that is closed after the request anyway, or goes back to a pool (``CONN_MAX_AGE = 0``), is closed whenever
    something is streamed; a persistent one only before a long answer. Where the program has a transaction open, it is
    left alone, and for a small answer all are. Whoever queries later, such as an observer, is connected anew by Django.

    Args:
        length: Bytes of the body; ``None`` if nobody knows, which may be long.
    """
    if is_small(length):
        return
    long = length is None or length >= LONG
    for connection in connections.all(initialized_only=True):
        if connection.connection is None or not connection.autocommit:
            continue
        if long or connection.settings_dict["CONN_MAX_AGE"] == 0:
            try:
                connection.close()
            except Exception:
                # The client is about to get the file: that a database has trouble is no reason not to send it.
                logger.exception("Closing the database connection %r failed.", connection.alias)


async def agive_back_connections(length: int | None) -> None:
    """Do the same from an event loop, in Django's thread for this request, which holds the connections."""
    # Without a database, there is nothing to make a thread for.
    if not is_small(length) and any(
        settings["ENGINE"] != NO_DATABASE for settings in connections.settings.values()
    ):
        await sync_to_async(give_back_connections)(length)


def is_small(length: int | None) -> bool:
    return length is not None and length <= SMALL
