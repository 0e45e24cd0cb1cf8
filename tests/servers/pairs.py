"""A server in front and Django's behind it, both real, with a site whose files the one sends for the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.servers.behind.marks import CUSTOM
from tests.servers.fronts import FRONTS, Front, FrontKind, in_front
from tests.servers.processes import ASGI, GTHREAD, Kind, Server, running

__all__ = ["PAIRS", "Pair", "paired"]

PAIRS = [(front, django) for front in FRONTS for django in (GTHREAD, ASGI)]


@frozen
class Pair:
    """
    Both servers.

    Args:
        ledger: Where the site writes down what has become of each answer, a line each.
    """

    front: Front
    django: Server
    media: Path
    ledger: Path

    @property
    def name(self) -> str:
        """The server in front, as ``downloadable_proxy`` calls it."""
        return self.front.kind.name

    def lines(self) -> list[str]:
        """What the ledger says."""
        return self.ledger.read_text().splitlines() if self.ledger.exists() else []


@contextmanager
def paired(front: FrontKind, django: Kind, directory: Path, var: Path) -> Iterator[Pair]:
    """
    Run both until the end of the block.

    Args:
        front: The server in front.

        django: Django's server.

        directory: For log and ledger.

        var: Where the demo has its files, in ``media``; everybody may read it.
    """
    ledger = directory / "ledger"
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.servers.behind.settings",
        "DEMO_FRONT": front.name,
        "DEMO_VAR": str(var),
        "BEHIND_LEDGER": str(ledger),
    }
    with (
        running(django, "demo", directory / "log", **environment) as behind,
        in_front(front, behind.port, "--keep", CUSTOM[0], DEMO_VAR=str(var)) as before,
    ):
        yield Pair(before, behind, var / "media", ledger)
