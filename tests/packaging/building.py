"""How the package is built, and from what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PROJECT", "built", "copied", "run", "tracked"]

PROJECT = Path(__file__).parents[2]
SOURCES = PROJECT / "downloadable.egg-info/SOURCES.txt"
LINK = ".ci/typing/downloadable"
"""What setup.py puts into an sdist beside what is listed there."""


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None, umask: int = -1) -> str:
    """Run a program to its end, and return what it printed."""
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        command, cwd=cwd, env=environment, umask=umask, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def tracked(*under: str) -> list[str]:
    """List the files that git knows, or would if everything were added; in an sdist, those that it lists."""
    if not (PROJECT / ".git").exists():
        listed = [*SOURCES.read_text().splitlines(), LINK]
        return [name for name in listed if not under or any(name.startswith(one) for one in under)]
    found = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *under, cwd=PROJECT)
    return [name for name in found.splitlines() if os.path.lexists(PROJECT / name)]


def copied(into: Path, seconds: int) -> Path:
    """Copy what git knows, so that nothing left behind by an earlier build gets in; all of it changed at that time."""
    for name in tracked():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, into / name, follow_symlinks=False)
        os.utime(into / name, (seconds, seconds), follow_symlinks=False)
    return into


def built(project: Path, *kinds: str, **around: str) -> dict[str, Path]:
    """Build; without isolation, for the backend is locked like everything else. Map suffixes to what was built."""
    into = project.with_name(f"{project.name}-built")
    umask = int(around.pop("umask", "022"), 8)
    build = (sys.executable, "-m", "build", "--no-isolation", *kinds)
    run(*build, "--outdir", into, project, cwd=project, env=around, umask=umask)
    return {path.suffix: path for path in into.iterdir()}
