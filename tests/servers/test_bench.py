from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.budgets import BUDGETS
from benchmarks.figures import PEERS
from tests.servers.processes import ROOT, cleaned


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
