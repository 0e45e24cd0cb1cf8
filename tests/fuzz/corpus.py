"""
The targets, and what is tried on each in every run: what has once led somewhere new, or was a mistake.

Each target has a text file of its name, with the literal of a ``bytes`` object on each line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from tests.adversarial.payloads import PAYLOADS
from tests.conformance.table import ROWS
from tests.fuzz.field_targets import FIELD_TARGETS
from tests.fuzz.place_targets import PLACE_TARGETS

__all__ = ["CORPUS", "TARGETS", "Target", "from_tables", "keep", "kept"]

Target: TypeAlias = Callable[[bytes], None]

TARGETS: dict[str, Target] = {target.__name__: target for target in (*FIELD_TARGETS, *PLACE_TARGETS)}

CORPUS = Path(__file__).with_name("corpus")


def kept(name: str) -> list[bytes]:
    """Return what is kept for the target called *name*."""
    return [ast.literal_eval(line) for line in (CORPUS / f"{name}.txt").read_text("ascii").splitlines()]


def keep(name: str, entries: Iterable[bytes]) -> None:
    """Keep *entries*, and nothing else."""
    lines = [f"{entry!r}\n" for entry in sorted(set(entries), key=lambda entry: (len(entry), entry))]
    (CORPUS / f"{name}.txt").write_text("".join(lines), "ascii")


def from_tables(name: str) -> list[bytes]:
    """Return what other tables of these tests say to the target called *name*."""
    asked = [dict(row.asked) for row in ROWS]
    fields = {
        "ranges": "Range",
        "entity_tags": "If-None-Match",
        "http_dates": "If-Modified-Since",
        "multipart": "Range",
    }
    if name == "requests":
        return [
            "\n".join(f"{field}: {value}" for field, value in one.items()).encode("latin-1") for one in asked
        ]
    if name in fields:
        return [one[fields[name]].encode("latin-1") for one in asked if fields[name] in one]
    if name in ("keys", "archive_names", "remote_urls"):
        return [unquote_to_bytes(payload.target) for family in PAYLOADS.values() for payload in family]
    return []
