"""What was measured, by case, by who answered, and by what a figure is called."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

__all__ = ["FLOOR", "OURS", "PEERS", "Figures"]

OURS = "downloadable"
FLOOR = "floor"
PEERS = {
    "FileResponse": "django",
    "downloadview": "django_downloadview",
    "sendfile2": "django_sendfile",
    "WhiteNoise": "whitenoise",
    "Starlette": "starlette",
    "nginx": "",
}
"""Who has a column of its own in the table, and the package that must be installed for it."""

AT_WORST = ("growth MiB", "growth KiB a reader")
"""Figures of which the highest counts: a server that has grown once does not grow again. Of others, the median."""


@define
class Figures:
    """
    All that a run has measured.

    Attributes:
        values: What was measured for one ``(case, who, name)``, round by round.

        otherwise: What those answered who did not answer a case as they were asked, by ``(case, who)``.

        notes: What else there is to say, each in a sentence.
    """

    values: dict[tuple[str, str, str], list[float]] = field(factory=dict)
    otherwise: dict[tuple[str, str], str] = field(factory=dict)
    notes: list[str] = field(factory=list)

    def add(self, case: str, who: str, named: Mapping[str, float]) -> None:
        """Add the figures of one measurement, by their names."""
        for name, value in named.items():
            self.values.setdefault((case, who, name), []).append(value)

    def of(self, case: str, who: str, name: str) -> float | None:
        """Return what counts of a figure; ``None`` if it was not measured."""
        measured = self.values.get((case, who, name))
        if not measured:
            return None
        return max(measured) if name in AT_WORST else statistics.median(measured)

    def whose(self, case: str, name: str) -> list[str]:
        """List everybody who was asked this, in the order in which they were."""
        asked = [*(who for one, who, called in self.values if (one, called) == (case, name))]
        return asked + [who for one, who in self.otherwise if one == case and who not in asked]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield everything for JSON."""
        for (case, who, name), measured in self.values.items():
            yield {
                "case": case,
                "who": who,
                "figure": name,
                "value": self.of(case, who, name),
                "least": min(measured),
                "most": max(measured),
                "times": len(measured),
            }
        for (case, who), answer in self.otherwise.items():
            yield {"case": case, "who": who, "answered": answer}
