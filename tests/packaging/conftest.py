"""What is built from the project, as a release builds it, and environments that hold nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.building import PROJECT, built, copied, run


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source distribution, and the wheel that was built from it."""
    return built(copied(tmp_path_factory.mktemp("release"), 1_000_000_000))


@pytest.fixture(scope="session")
def wheel(release: dict[str, Path]) -> Path:
    """The wheel."""
    return release[".whl"]


@pytest.fixture(scope="session")
def sdist(release: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(release[".gz"]) as tar:
        tar.extractall(unpacked, filter="data")
    (root,) = unpacked.iterdir()
    return root


@pytest.fixture(scope="session")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make an environment that holds the wheel, what it depends on, what is asked for, and nothing else."""
    # The locked versions, without their hashes: pip wants either all or none, and a new wheel has none yet.
    locked = (PROJECT / "requirements/dev.txt").read_text()
    constraints = tmp_path_factory.mktemp("locked") / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^[\w.-]+==[^\\\n]+", locked, flags=re.MULTILINE)))

    def make(*more: str) -> Path:
        folder = tmp_path_factory.mktemp("installed")
        venv.create(folder, with_pip=False, symlinks=True)
        python = folder / "bin/python"
        # As strangers do it where that is what is tested; else uv, in a fraction of the time.
        pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install")
        uv = (sys.executable, "-m", "uv", "pip", "install", "--python", python)
        what: tuple[str | Path, ...] = ("--quiet", "--constraint", constraints, wheel, *more)
        if not more or subprocess.run([*uv, *what], cwd=folder, check=False, capture_output=True).returncode:
            run(*pip, *what, cwd=folder)
        return python

    return make


@pytest.fixture(scope="session")
def installed(install: Callable[..., Path]) -> Path:
    """The Python of an environment that holds the wheel, what it depends on, and nothing else."""
    return install()
