"""``docs/public-names.md`` lists what the code has, name by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import downloadable
from tests.documentation.blocks import Block, every_block

ROOT = Path(__file__).parents[2]
PAGE = ROOT.joinpath("docs/public-names.md").read_text()
SECTIONS = dict(re.findall(r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COMPATIBLE = "downloadable.django_ui.downloadview"
MODULES = sorted(SECTIONS.keys() - {"downloadable", COMPATIBLE})
LISTED = re.compile(r"^- \{py:obj\}`(\w+) <([\w.]+)>`$", re.MULTILINE)
HINT = "Say in docs/public-names.md whether it is public, and in changelog.d/ what has changed."


def names_of(module: str) -> set[str]:
    """Read ``__all__`` of a module without importing what it needs."""
    path = ROOT.joinpath("src", *module.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [
            "__all__"
        ]:
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"{module} does not say what it has.")


def inside(module: str) -> set[str]:
    """Return the names that are shared inside, but not public."""
    found = re.search(r"^Inside: (.*)\.$", SECTIONS[module], re.MULTILINE)
    return set(re.findall(r"`(\w+)`", found[1])) if found else set()


def test_the_names_of_the_package_are_listed() -> None:
    """What ``downloadable`` itself has is on the page, each with the place where it comes from."""
    listed = dict(LISTED.findall(SECTIONS["downloadable"]))
    assert listed.keys() | {"__version__"} == set(downloadable.__all__), HINT
    for name, place in listed.items():
        assert place == f"downloadable.{downloadable.MODULE_OF[name]}.{name}"


@pytest.mark.parametrize("module", MODULES)
def test_the_names_of_a_module_are_listed(module: str) -> None:
    """What a public module says it has is either public or said to be for the inside, and nothing is listed twice."""
    listed = LISTED.findall(SECTIONS[module])
    public = {name for name, _ in listed}
    assert len(public) == len(listed)
    assert not public & inside(module)
    assert public | inside(module) == names_of(module), HINT
    assert {place for _, place in listed} == {f"{module}.{name}" for name in public}


def test_where_names_come_from_is_public() -> None:
    """Whatever can be imported from the package itself is also public where it is defined."""
    assert {f"downloadable.{module}" for module in downloadable.MODULE_OF.values()} <= set(MODULES), HINT
    everywhere = {place for module in MODULES for _, place in LISTED.findall(SECTIONS[module])}
    assert {place for _, place in LISTED.findall(SECTIONS["downloadable"])} <= everywhere


def test_compatible_names_are_listed() -> None:
    """The names for projects that come from django-downloadview are those of its modules."""
    listed = re.findall(rf"^- `({COMPATIBLE}[\w.]*)`: (.*)$", SECTIONS[COMPATIBLE], re.MULTILINE)
    assert len(listed) > 10
    for module, names in listed:
        assert set(re.findall(r"`(\w+)`", names)) == names_of(module), module


def imported_in(block: Block) -> set[str]:
    """List what an example imports of this package, each with its module."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(block.code))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "downloadable"
        for alias in node.names
    }


def test_examples_import_what_is_public() -> None:
    """Readers are shown nothing that may change without notice."""
    everywhere = {place for module in MODULES for _, place in LISTED.findall(SECTIONS[module])}
    public = everywhere | {f"downloadable.{name}" for name in downloadable.__all__}
    shown = [block for block in every_block() if block.language == "python" and block.shown]
    used = {(str(block), place) for block in shown for place in imported_in(block)}
    assert len(used) > 100
    assert (
        sorted((where, place) for where, place in used if place not in public and COMPATIBLE not in place)
        == []
    )
