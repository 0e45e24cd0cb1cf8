from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.budgets import BUDGETS, Budget
from benchmarks.figures import OURS, PEERS, Figures
from tests.servers.processes import ROOT, cleaned


@pytest.mark.parametrize(
    ("budget", "ours", "theirs", "verdict"),
    [
        pytest.param(Budget("whole", "ms", 2.0), [1, 2, 9], [], "met", id="the median is at the limit"),
        pytest.param(Budget("whole", "ms", 2.0), [1, 2.1, 9], [], "missed", id="the median is above it"),
        pytest.param(Budget("whole", "growth MiB", 2.0), [0, 0, 9], [], "missed", id="the worst is above it"),
        pytest.param(Budget("whole", "ms", 2.0, "nginx"), [6], [3], "met", id="twice another's"),
        pytest.param(Budget("whole", "ms", 2.0, "nginx"), [7], [3], "missed", id="more than twice another's"),
        pytest.param(
            Budget("whole", "ms", 2.0, "nginx", at_least=True), [7], [3], "met", id="at least twice"
        ),
        pytest.param(Budget("whole", "ms", 2.0, "nginx", at_least=True), [5], [3], "missed", id="not twice"),
        pytest.param(Budget("whole", "ms", 1.0, "nginx"), [0], [0], "met", id="nothing, as another has"),
        pytest.param(Budget("whole", "ms", 1.0, "nginx"), [1], [0], "missed", id="more than nothing"),
        pytest.param(Budget("whole", "ms", 1.0, "nginx"), [1], [], "not measured", id="the other is missing"),
        pytest.param(Budget("whole", "ms", 1.0), [], [1], "not measured", id="ours is missing"),
    ],
)
def test_budgets_are_judged(budget: Budget, ours: list[float], theirs: list[float], verdict: str) -> None:
    """A budget is met if the figure, or what it is to another's, is not beyond its limit."""
    figures = Figures()
    for who, values in ((OURS, ours), ("nginx", theirs)):
        for value in values:
            figures.add(budget.case, who, {budget.figure: value})
    assert budget.judge(figures).verdict == verdict


def test_every_budget_is_measured(tmp_path: Path) -> None:
    """A small run of the benchmarks checks what everybody answers, and has a figure for each budget."""
    small = ("--mib=8", "--rounds=1", "--small-rounds=1", "--slow-readers=5", "--slow-seconds=1")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *small, f"--into={tmp_path}"],
        cwd=ROOT,
        env=cleaned(os.environ),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    measured = json.loads((tmp_path / "measured.json").read_text())["budgets"]
    assert [row["budget"] for row in measured] == [str(budget) for budget in BUDGETS]
    for row, budget in zip(measured, BUDGETS, strict=True):
        assert row["value"] is not None, row
        # Peers are in the environment of make bench only.
        if budget.than not in PEERS or find_spec(PEERS[budget.than] or "django"):
            assert row["verdict"] in {"met", "missed"}, row
    assert "budgets are met." in (tmp_path / "measured.txt").read_text()
