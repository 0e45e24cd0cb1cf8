"""Build the package as a release does, look inside, install it alone, import all of it."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

import pytest

import downloadable

PROJECT = Path(__file__).parents[2]

# One is for test suites, which bring pytest along; the other comes with an extra.
NEEDS_MORE = ["downloadable.django_ui.health", "downloadable.ports.contract"]

IMPORT_ALL = """
import importlib, pkgutil, sys
import django
from django.conf import settings

settings.configure()
django.setup()

import downloadable

assert downloadable.__file__.startswith(sys.prefix), downloadable.__file__
for module in pkgutil.walk_packages(downloadable.__path__, "downloadable."):
    if module.name not in sys.argv[1:]:
        importlib.import_module(module.name)
        print(module.name)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program to its end, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def tracked(*under: str) -> list[str]:
    """List the files that git knows, or would if everything were added."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *under, cwd=PROJECT)
    return listed.splitlines()


def build(*kind: str, project: Path, into: Path) -> Path:
    """Build one distribution; without isolation, for the backend is locked like everything else."""
    run(sys.executable, "-m", "build", "--no-isolation", *kind, "--outdir", into, cwd=project)
    (built,) = into.iterdir()
    return built


def digests(wheel: Path) -> dict[str, str]:
    """Map the files in a wheel to the digest of their content."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git knows, so that nothing left behind by an earlier build gets in."""
    copy = tmp_path_factory.mktemp("project")
    for name in tracked():
        original = PROJECT / name
        if not original.is_symlink():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(original, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the project."""
    return build("--wheel", project=project, into=tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    archive = build("--sdist", project=project, into=tmp_path_factory.mktemp("sdist"))
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    (root,) = unpacked.iterdir()
    return root


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel, what it depends on, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    # The locked versions, without their hashes: pip wants either all or none, and a new wheel has none yet.
    locked = (PROJECT / "requirements/dev.txt").read_text()
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.findall(r"^[\w.-]+==[^\\\n]+", locked, flags=re.MULTILINE)))
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    run(python, "-m", "pip", "install", "--disable-pip-version-check", "-c", constraints, wheel, cwd=folder)
    return python


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """The wheel holds the files below src, types marker included, and no other."""
    expected = [f"downloadable/{name.removeprefix('src/')}" for name in tracked("src")]
    assert "downloadable/py.typed" in expected
    assert sorted(name for name in digests(wheel) if ".dist-info/" not in name) == sorted(expected)


def test_wheel_says_what_it_needs(wheel: Path) -> None:
    """The wheel's metadata name the version, the licence, and what must be installed with it."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert metadata["Version"] == downloadable.__version__
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    needed: Sequence[str] = metadata.get_all("Requires-Dist", [])
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert [one for one in needed if "extra ==" not in one] == project["dependencies"]
    assert [one for one in needed if "extra ==" in one] == [
        f'{one}; extra == "{extra}"'
        for extra, several in project["optional-dependencies"].items()
        for one in several
    ]


def test_sdist_builds_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """Whoever builds from the source distribution gets the very wheel of the project."""
    assert digests(build("--wheel", project=sdist, into=tmp_path)) == digests(wheel)


def test_sdist_holds_the_tests(sdist: Path) -> None:
    """Whoever packages the source distribution can test it."""
    assert [
        name for name in tracked("tests", "conftest.py", "pyproject.toml") if not (sdist / name).exists()
    ] == []


def test_every_module_can_be_imported(installed: Path) -> None:
    """The wheel's own dependencies are all that its modules need."""
    names = run(installed, "-I", "-c", IMPORT_ALL, *NEEDS_MORE, cwd=installed.parent).split()
    dotted = (
        f"downloadable.{name.removeprefix('src/').removesuffix('.py').replace('/', '.')}"
        for name in tracked("src/*.py")
    )
    modules = {name.removesuffix(".__init__") for name in dotted}
    assert {"downloadable", *names, *NEEDS_MORE} == modules
