"""``docs/security.md`` names tests that exist, and fields that a policy has."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from attrs import fields

from downloadable.domain import ServingPolicy

ROOT = Path(__file__).parents[1]
PAGE = ROOT.joinpath("docs/security.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?P<number>\d+\.\d+\.\d+) \|(?P<rest>(?:[^|\n]*\|){4})$", re.MULTILINE)


@cache
def named_in(path: str) -> frozenset[str]:
    """List the tests of a file."""
    tree = ast.parse(ROOT.joinpath(path).read_text())
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(PAGE))), ids="::".join)
def test_every_named_test_exists(path: str, name: str) -> None:
    """What is said to be shown by a test is."""
    assert name in named_in(path)


def test_every_requirement_names_a_test() -> None:
    """No row of what is done goes without one, and the chapter on files is complete."""
    rows = {found["number"]: found["rest"] for found in ROW.finditer(PAGE)}
    assert len(rows) > 10
    assert [number for number, rest in rows.items() if not NAMED.search(rest)] == []
    chapter = {
        f"5.{section}.{number}"
        for section, last in ((1, 1), (2, 6), (3, 3), (4, 3))
        for number in range(1, last + 1)
    }
    assert [number for number in sorted(chapter) if number not in PAGE] == []


def test_every_default_is_in_the_policy() -> None:
    """The page names the fields by which a default is switched off, and a policy has them."""
    table = PAGE.partition("## The defaults")[2].partition("###")[0]
    named = set(re.findall(r"`(\w+)=", table))
    assert named == {
        "attachment",
        "inline_types",
        "content_security_policy",
        "nosniff",
        "cache_control",
        "clean_names",
    }
    assert named <= {field.name for field in fields(ServingPolicy)}


def test_the_policies_of_the_page_are_those_that_are_sent() -> None:
    """What the page says of each type is what goes out with it."""
    from downloadable.domain.media_types import confinement

    for media_type in ("image/png", "video/mp4", "application/pdf"):
        assert f"`{confinement(media_type)}`" in PAGE
