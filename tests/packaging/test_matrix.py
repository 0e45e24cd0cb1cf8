"""What ``make matrix`` says where it cannot run what was asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.building import PROJECT


def matrix(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it where there is no Python at all."""
    (folder / ".ci").mkdir()
    program = shutil.copy(PROJECT / ".ci/matrix.py", folder / ".ci")
    env = {"PATH": str(folder), "PYENV_ROOT": str(folder), **environment}
    return subprocess.run(
        [sys.executable, program, *arguments], env=env, check=False, capture_output=True, text=True
    )


def test_what_is_not_in_the_matrix_is_refused(tmp_path: Path) -> None:
    """A pair that is misspelled is a mistake, not something to skip."""
    done = matrix(tmp_path, "--only", "3.13,61")
    assert done.returncode == 2
    assert "3.13,61 is not in the matrix" in done.stderr


@pytest.mark.parametrize(("ci", "code", "told"), [("true", 1, "Nothing ran. "), ("", 0, "")])
def test_a_python_that_is_missing_is_told(tmp_path: Path, ci: str, code: int, told: str) -> None:
    """Nothing that ran is a failure in CI; elsewhere, it is enough that the table says what was skipped, and why."""
    done = matrix(tmp_path, "--only", "3.13,6.1", CI=ci)
    assert (done.returncode, done.stderr.startswith(told)) == (code, True)
    assert "| 3.13 | 6.1 | skipped | no Python 3.13 here |" in done.stdout
