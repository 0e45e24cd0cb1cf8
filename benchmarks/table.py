"""What a run prints: each budget, what was reached, and how everybody else does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.budgets import OVER, Judged
from benchmarks.figures import FLOOR, OURS, PEERS, Figures

__all__ = ["table"]

EXPLAINED = f"""\
"{OURS}" is what was measured; "reached", what of it is held against the budget. Below each other's name is what was
measured, divided by what the other has: of costs, less than 1 is better, of MiB/s, more. ">": the other has nothing of
it, or less than the floor. "200": it sends the whole file, whatever is asked. "-": it does not do this, or was not
asked.
"""
NO_OTHERS = (OURS, FLOOR, "PathDownloadView", *PEERS)
"""Who is no other beside those with a column, or has one."""


def table(figures: Figures, judged: Sequence[Judged]) -> str:
    """Return a row for each budget."""
    heads = ["", "figure", OURS, "budget", "reached", "", *PEERS, "others"]
    rows = [heads, *(row(figures, one) for one in judged)]
    widths = [max(len(cells[number]) for cells in rows) for number in range(len(heads))]
    lines = ["  ".join(aligned(cells, widths)).rstrip() for cells in rows]
    met = sum(one.verdict == "met" for one in judged)
    return "\n".join([EXPLAINED, *lines, "", f"{met} of {len(judged)} budgets are met."])


def row(figures: Figures, judged: Judged) -> list[str]:
    budget = judged.budget
    case = budget.case if budget.who == OURS else f"{budget.case}: {budget.who}"
    told = [
        f"{who} {compared(figures, judged, who)}"
        for who in figures.whose(budget.case, budget.figure)
        if who not in NO_OTHERS
    ]
    if budget.figure == OVER:
        told.append(f"floor {short(figures.of(budget.case, FLOOR, 'us'))} us")
    return [
        case,
        budget.figure,
        short(judged.value),
        str(budget),
        short(judged.reached),
        judged.verdict,
        *(compared(figures, judged, who) for who in PEERS),
        ", ".join(told),
    ]


def compared(figures: Figures, judged: Judged, who: str) -> str:
    budget = judged.budget
    answered = figures.otherwise.get((budget.case, who))
    if answered is not None:
        return answered[:3]
    theirs = figures.of(budget.case, who, budget.figure)
    if theirs is None or judged.value is None:
        return "-"
    if theirs <= 0:
        # Less than the floor, or nothing at all: there is no ratio to that.
        return "0" if judged.value <= 0 else ">"
    return short(judged.value / theirs)


def short(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def aligned(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    words = {0, 1, 3, 5, len(widths) - 1}  # columns that hold them, not numbers
    return (
        cell.ljust(width) if number in words else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
