"""Writes what the next release brings into the changelog's page, from the fragments in ``changelog.d/``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]

ROOM = "% what is coming goes here\n"
"""A comment in the page, where they are to stand."""


def write_coming(app: Sphinx, docname: str, source: list[str]) -> None:
    """Fill in what the page leaves room for."""
    if docname == "changelog":
        source[0] = source[0].replace(ROOM, coming())


def coming() -> str:
    """Return the section that towncrier would write for the next release, under a heading without its date."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "next"]
    drafted = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    _, found, fragments = drafted.partition("## next")
    if not found:
        raise ValueError(f"towncrier has drafted no section: {drafted!r}.")
    return "## Not yet released\n" + fragments.partition("\n")[2]


def setup(app: Sphinx) -> dict[str, bool]:
    """Have Sphinx write them."""
    app.connect("source-read", write_coming)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
