"""A project that others could have written moves with the command of the guide."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1] / "parity" / "project"
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


def test_the_guide_has_its_commands() -> None:
    """There is one for a repository, one for any other directory, and one for imports from deeper modules."""
    assert [command.split()[0] for command in COMMANDS] == ["git", "grep", "git"]


DEEP = """
from django_downloadview.views.path import PathDownloadView
from django_downloadview.nginx.decorators import x_accel_redirect
from django_downloadview.nginx import tests, x_accel_redirect as accelerated
import django_downloadview.apache.response
MIDDLEWARE = ["django_downloadview.middlewares.SmartDownloadMiddleware"]
"""

FLAT = """
from downloadable.django_ui.downloadview.views import PathDownloadView
from downloadable.django_ui.downloadview.nginx import x_accel_redirect
from downloadable.django_ui.downloadview.nginx import tests, x_accel_redirect as accelerated
import downloadable.django_ui.downloadview.apache
MIDDLEWARE = ["downloadable.django_ui.downloadview.middlewares.SmartDownloadMiddleware"]
"""


def test_imports_from_deeper_modules_can_be_repaired(tmp_path: Path) -> None:
    """What was imported from a part of a module is imported from the module, and no other name is touched."""
    code = tmp_path / "views.py"
    code.write_text(DEEP)
    run("git", "init", "--quiet", cwd=tmp_path)
    run("git", "add", ".", cwd=tmp_path)
    for command in (COMMANDS[0], COMMANDS[2]):
        run("bash", "-c", f"set -o pipefail; {command}", cwd=tmp_path)
    assert code.read_text() == FLAT


@pytest.mark.parametrize("command", COMMANDS[:2], ids=["git", "grep"])
def test_text_is_replaced_in_any_file_and_data_in_none(command: str, tmp_path: Path) -> None:
    """A database or a picture that holds the name stays as it is; a text may be called as it likes."""
    data = b"\x00\x13django_downloadview\xff"
    (tmp_path / "db.sqlite3").write_bytes(data)
    for name in ("it's a read me.txt", "café.txt"):
        (tmp_path / name).write_text("# django_downloadview\n")
    run("git", "init", "--quiet", cwd=tmp_path)
    run("git", "add", ".", cwd=tmp_path)
    run("bash", "-c", f"set -o pipefail; {command}", cwd=tmp_path)
    assert (tmp_path / "db.sqlite3").read_bytes() == data
    for name in ("it's a read me.txt", "café.txt"):
        assert (tmp_path / name).read_text() == "# downloadable.django_ui.downloadview\n"


@pytest.mark.parametrize("command", COMMANDS[:2], ids=["git", "grep"])
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
