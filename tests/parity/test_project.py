"""A project that others could have written moves with the command of the guide."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent / "project"
GUIDE = Path(__file__).parents[2] / "docs" / "migrating-from-django-downloadview.md"
COMMANDS = re.findall(r"^\$ (.*\bsed .*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


def run(*command: str, cwd: Path) -> str:
    """Return what a command says, which must succeed."""
    environment = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_guide_has_two_commands() -> None:
    """There is one for a repository, and one for any other directory."""
    assert [command.split()[0] for command in COMMANDS] == ["git", "grep"]


@pytest.mark.parametrize("command", COMMANDS, ids=["git", "grep"])
def test_a_project_moves_with_one_command(command: str, tmp_path: Path) -> None:
    """The project's own tests pass as they are, once every dotted name has been replaced, and without a warning."""
    moved = tmp_path / "moved"
    shutil.copytree(PROJECT, moved, ignore=shutil.ignore_patterns("__pycache__"))
    run("git", "init", "--quiet", cwd=moved)
    run("git", "add", ".", cwd=moved)
    run("bash", "-c", f"set -o pipefail; {command}", cwd=moved)
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in moved.rglob("*.*") if ".git" not in path.parts
    }
    assert not [name for name, text in texts.items() if "django_downloadview" in text]
    assert "django-downloadview" in texts["requirements.txt"]
    assert "OK" in run(sys.executable, "-W", "error", "manage.py", "test", cwd=moved)
    run(sys.executable, "-W", "error", "manage.py", "check", "--fail-level", "WARNING", cwd=moved)
