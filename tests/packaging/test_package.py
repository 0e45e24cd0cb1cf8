"""Build the package as a release does, look inside, install it alone, import all of it."""

from __future__ import annotations

import sys
import tomllib
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from packaging.metadata import Metadata

import downloadable
from tests.packaging.building import PROJECT, built, copied, run, tracked

# What comes with an extra, or is for test suites, which bring pytest along.
NEEDS_MORE = [
    "downloadable.django_ui.health",
    "downloadable.django_ui.rest",
    "downloadable.django_ui.rest_schema",
    "downloadable.ports.contract",
    "downloadable.pytest_plugin",
]

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

LIST_FILES = r"from tests.packaging.building import tracked; print(*tracked(), sep='\n')"
# What an sdist has, and git has not.
MADE = ("PKG-INFO", "setup.cfg", "downloadable.egg-info/")


def names_in(wheel: Path) -> list[str]:
    """List the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> str:
    """What the wheel says of itself."""
    (name,) = (name for name in names_in(wheel) if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """The wheel holds the files below src, types marker included, and no other."""
    expected = [f"downloadable/{name.removeprefix('src/')}" for name in tracked("src")]
    assert "downloadable/py.typed" in expected
    assert sorted(name for name in names_in(wheel) if ".dist-info/" not in name) == sorted(expected)


def test_wheel_says_what_it_needs(metadata: str) -> None:
    """The wheel's metadata name the version, the licence, and what must be installed with it."""
    said = Parser().parsestr(metadata)
    assert said["Version"] == downloadable.__version__
    assert said["License-Expression"] == "BSD-3-Clause"
    assert said["Requires-Python"] == ">=3.11"
    needed: Sequence[str] = said.get_all("Requires-Dist", [])
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert [one for one in needed if "extra ==" not in one] == project["dependencies"]
    assert [one for one in needed if "extra ==" in one] == [
        f'{one}; extra == "{extra}"'
        for extra, several in project["optional-dependencies"].items()
        for one in several
    ]


def test_an_index_takes_the_metadata(metadata: str) -> None:
    """Every field of the metadata is valid, and the description is the README, as Markdown."""
    said = Metadata.from_email(metadata, validate=True)
    assert said.description_content_type == "text/markdown"
    assert (said.description or "").startswith("# downloadable")


def test_no_link_of_the_description_leads_nowhere(metadata: str) -> None:
    """An index shows the README without links that only work within the project; it says where those pages are."""
    description = Metadata.from_email(metadata).description or ""
    tokens = [
        token for block in MarkdownIt("commonmark").parse(description) for token in block.children or ()
    ]
    targets = [token.attrs[name] for token in tokens for name in ("href", "src") if name in token.attrs]
    assert [
        target for target in targets if not str(target).startswith(("https://", "http://127.0.0.1"))
    ] == []
    assert "`docs/security.md`" in description
    assert "come with the source distribution" in description
    assert "<!--" not in description


def test_the_same_files_give_the_same_bytes(
    release: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever builds from the project, or from its source distribution, at any time, anywhere, gets the very same."""
    elsewhere = copied(tmp_path_factory.mktemp("elsewhere, later"), 1_700_000_000)
    for path in elsewhere.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    again = built(elsewhere, "--wheel", "--sdist", umask="077", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert sorted(again) == sorted(release) == [".gz", ".whl"]
    for suffix, first in release.items():
        assert again[suffix].name == first.name
        assert again[suffix].read_bytes() == first.read_bytes()


def test_sdist_holds_what_git_does(sdist: Path) -> None:
    """Whoever has the source distribution has all of the project: to build, test, read and release it."""
    held = [str(path.relative_to(sdist)) for path in sdist.rglob("*") if path.is_symlink() or path.is_file()]
    expected = [name for name in tracked() if not name.startswith(MADE)]
    assert sorted(name for name in held if not name.startswith(MADE)) == sorted(expected)
    assert (sdist / ".ci/typing/downloadable/py.typed").exists()


def test_sdist_can_be_tested(sdist: Path) -> None:
    """Without git, tests know the same files, so that they look at no fewer, and at nothing that was built."""
    told = run(sys.executable, "-c", LIST_FILES, cwd=sdist).splitlines()
    expected = [name for name in tracked() if not name.startswith(MADE)]
    assert sorted(name for name in told if not name.startswith(MADE)) == sorted(expected)
    links = ("tests/documentation/test_links.py", "-p", "no:cacheprovider")
    assert " passed" in run(sys.executable, "-m", "pytest", *links, cwd=sdist)


def test_every_module_can_be_imported(installed: Path) -> None:
    """The wheel's own dependencies are all that its modules need."""
    names = run(installed, "-I", "-c", IMPORT_ALL, *NEEDS_MORE, cwd=installed.parent).split()
    dotted = (
        f"downloadable.{name.removeprefix('src/').removesuffix('.py').replace('/', '.')}"
        for name in tracked("src")
        if name.endswith(".py")
    )
    modules = {name.removesuffix(".__init__") for name in dotted}
    assert {"downloadable", *names, *NEEDS_MORE} == modules
