"""The blocks of code in what is written: where each is, and in which language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen
from markdown_it import MarkdownIt

from tests.packaging.building import tracked

__all__ = ["ROOT", "Block", "blocks_of", "every_block", "inline_codes", "pages"]

ROOT = Path(__file__).parents[2]
INVISIBLE = re.compile(r"\s*<!---? invisible-code-block: (?P<language>\w+)\n(?P<code>.*?)-->", re.DOTALL)


@frozen
class Block:
    """
    A block of code.

    Args:
        page: Path of the page, relative to the project.

        line: Number of the line at which its code begins, from 1.

        language: What stands behind the opening fence; empty if nothing does.

        code: What is in it.

        shown: Whether readers see it.
    """

    page: str
    line: int
    language: str
    code: str
    shown: bool = True

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def lines(self) -> range:
        """Numbers of the lines that its code takes in the page."""
        return range(self.line, self.line + self.code.count("\n") + 1)


def pages() -> list[str]:
    """List what people read: README and the like, the documentation, and what has changed."""
    return sorted(path for path in tracked() if path.endswith(".md") and not path.startswith("tests/"))


@cache
def blocks_of(page: str) -> tuple[Block, ...]:
    """Return the blocks of a page, in their order."""
    return tuple(found_in(page, ROOT.joinpath(page).read_text(encoding="utf-8")))


def found_in(page: str, text: str) -> Iterator[Block]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.map is None:
            continue
        first = token.map[0] + 1
        if token.type == "fence":
            yield Block(page, first + 1, token.info.strip(), token.content)
        elif token.type == "code_block":
            yield Block(page, first, "", token.content)
        elif token.type == "html_block" and (hidden := INVISIBLE.match(token.content)):
            yield Block(page, first + 1, hidden["language"], hidden["code"], shown=False)


def every_block() -> list[Block]:
    """Return all blocks of all pages."""
    return [block for page in pages() for block in blocks_of(page)]


def inline_codes(page: str) -> list[str]:
    """Return what stands in back quotes within the sentences and tables of a page."""
    text = ROOT.joinpath(page).read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        child.content for token in tokens for child in token.children or [] if child.type == "code_inline"
    ]
