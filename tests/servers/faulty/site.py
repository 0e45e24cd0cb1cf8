"""What is served, and what a process has to tell of it: the same in a server and in a test's own process."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

from attrs import frozen

from downloadable import HttpSource
from downloadable.adapters.http.transport import Timeout
from downloadable.adapters.remote import Resumption
from downloadable.ports import Served
from tests.servers.faulty.control import BUCKET

__all__ = [
    "CONNECTED",
    "LIMITS",
    "METADATA",
    "PATIENCE",
    "TOLD",
    "Told",
    "http_source",
    "observe",
    "watch_connections",
]

METADATA = "169.254.169.254"
"""Where clouds tell a machine its secrets."""

PATIENCE = (5.0, 0.4)
"""Seconds to wait for a connection, and for each piece of an answer."""

LIMITS = Resumption(attempts=5, seconds=20.0, wait=0.01)


@frozen
class Told:
    """What an observer heard of one answer."""

    outcome: str
    resumed: int
    bytes_sent: int


TOLD: defaultdict[str, list[Told]] = defaultdict(list)
CONNECTED: list[str] = []
"""Link-local hosts that somebody tried to connect to."""


def observe(served: Served) -> None:
    """Keep what became of an answer, by the name of the file."""
    TOLD[served.resource.name].append(Told(served.outcome, served.resumed, served.bytes_sent))


def http_source(origin: str, patience: Timeout = PATIENCE) -> HttpSource:
    """Make a source of what is in the origin's bucket."""
    return HttpSource(f"{origin}/{BUCKET}", trusted_origins=[origin], timeout=patience, resumption=LIMITS)


def watch_connections() -> None:
    """From now on, let nobody connect to what is link-local, and note who tries."""
    sys.addaudithook(refuse_link_local)


def refuse_link_local(event: str, args: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = str(args[1][0])
    if host.startswith("169.254."):
        CONNECTED.append(host)
        raise OSError(f"A connection to {host}.")
