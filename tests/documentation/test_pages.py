"""The pages of ports and adapters are complete, and the commands that any page names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from downloadable import ports
from tests.documentation import shell
from tests.documentation.blocks import ROOT, inline_codes, pages
from tests.documentation.test_public_names import MODULES

OF_PORTS = sorted(path for path in ROOT.joinpath("docs/ports").glob("*.md") if path.stem != "index")
OF_ADAPTERS = sorted(ROOT.joinpath("docs/adapters").glob("*.md"))
DESCRIBED = re.compile(r"^\.\. (?:auto\w+|py:\w+):: (downloadable\.[\w.]+)$", re.MULTILINE)
RUNNABLE = re.compile(r"(?:make|manage\.py|pip install) .+|\.venv/bin/python -m .+")
SKIP = re.compile(r"<!---? skip: (.*?)-->", re.DOTALL)


@pytest.mark.parametrize(
    "page", [*OF_PORTS, *OF_ADAPTERS], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_page_tells_the_contract(page: Path) -> None:
    """What it is for comes first, then how to get it, what it promises, costs, raises and does not, and docstrings."""
    text = page.read_text(encoding="utf-8")
    parts = ["# ", "\n\n", "**Get it:**", "\n## Contract\n", "\n## Reference\n", "```{eval-rst}"]
    places = [text.find(part) for part in parts]
    assert places == sorted(places)
    assert -1 not in places
    contract = text.partition("\n## Contract\n")[2].partition("\n## ")[0].lower()
    for word in ("error", "not"):
        assert word in contract
    assert re.search(r"\bcosts?\b|\bwait\b|\blooks\b|takes a second", contract)


def test_every_port_has_a_page() -> None:
    """Each public name of the ports is described on the page of its port."""
    described = {name for page in OF_PORTS for name in DESCRIBED.findall(page.read_text(encoding="utf-8"))}
    assert {f"downloadable.ports.{name}" for name in ports.__all__} <= described


def test_every_adapter_has_a_page() -> None:
    """Each public module of the adapters is described on a page of theirs."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in OF_ADAPTERS)
    described = {
        *DESCRIBED.findall(text),
        *re.findall(r"^\.\. py:currentmodule:: (\S+)$", text, re.MULTILINE),
    }
    modules = [module for module in MODULES if module.startswith("downloadable.adapters.")]
    assert modules
    for module in modules:
        assert any(name == module or name.startswith(f"{module}.") for name in described), module


def spelt_out(code: str) -> str:
    """Make a command of what a sentence says: one of several alternatives, and without dots for the rest."""
    one = re.sub(r"(?<=\w)(\|\w+)+", "", code).replace("…", "").replace("...", "")
    return f"python {one}" if one.startswith("manage.py") else one


@pytest.mark.parametrize("page", pages())
def test_commands_within_sentences_exist(page: str) -> None:
    """A target of the Makefile, a command of Django or an extra that a sentence names is there."""
    said = set(filter(RUNNABLE.fullmatch, inline_codes(page)))
    # A name alone stands for the command, and need not be one that can be run.
    names = {code for code in said if re.fullmatch(r"manage\.py \w+", code)}
    assert {name.partition(" ")[2] for name in names} <= shell.django_commands().keys()
    wrong = [
        shell.complaint(command)
        for code in said - names
        for command in shell.commands_in(spelt_out(code), prompted=False)
    ]
    assert [sentence for sentence in wrong if sentence] == []


@pytest.mark.parametrize("page", pages())
def test_what_is_not_run_says_why(page: str) -> None:
    """An example that is left out when pages are run has its reason beside it."""
    for said in SKIP.findall(ROOT.joinpath(page).read_text(encoding="utf-8")):
        assert re.fullmatch(r'(next|start|end)( "[^"]+")?\s*', said)
        assert '"' in said or said.strip() == "end"
