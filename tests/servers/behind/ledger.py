"""Writes down who has sent each file, and how much of it."""

from __future__ import annotations

import os
from pathlib import Path

from downloadable.ports import Served

__all__ = ["record"]


def record(served: Served) -> None:
    """Append a line to the file that ``BEHIND_LEDGER`` names: the outcome, the delegate, and the bytes from here."""
    line = f"{served.outcome};{served.delegate};{served.bytes_sent}\n"
    with Path(os.environ["BEHIND_LEDGER"]).open("a") as ledger:
        ledger.write(line)
