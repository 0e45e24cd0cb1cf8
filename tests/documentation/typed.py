"""
Checks the types of the Python in README.md and the documentation: python -m tests.documentation.typed.

Each page becomes a module whose lines have the numbers that they have in the page. Examples are short, so that nobody
has to annotate in them; names, attributes and arguments must be right all the same.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen
from mypy import api

from tests.documentation.blocks import ROOT, Block, blocks_of, pages

PLACE = ROOT / ".cache" / "typing"
PACKAGE = "pages"
FIXTURES = "from tests.documentation.fixtures import *"
SAID = re.compile(rf"{PACKAGE}/(?P<module>\w+)\.py:(?P<line>\d+): (?P<kind>error|note): (?P<text>.*)")

EXCUSED = {
    r'"HttpResponseBase \| Awaitable\[HttpResponseBase\]"': (
        "Django's stubs say of any middleware, and of any decorated view, that it may be async."
    ),
    r'"type\[\w+\]" has no attribute "objects"': "Only models of applications that are installed get a manager.",
    r"'Settings' object has no attribute": "Settings are those of the reader's project.",
    r'Definition of "\w+" in base class "DownloadMixin" is incompatible': (
        "Mixed into a view that answers with a page, it answers with a file."
    ),
    r'"__iadd__" of "list" has incompatible type "list\[URLPattern \| URLResolver\]"': (
        "Nobody says of urlpatterns that it may also include others."
    ),
    r'"FieldFile" has no attribute "_committed"': "Django has no public word for a file that is not saved yet.",
    r'Item "None" of "Any \| None" has no attribute': "An earlier step has set it: contents have a life in order.",
}
"""What is said of examples that are right, and why; each must be said at least once."""


@frozen
class Complaint:
    """What mypy says of a line of a page."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def module_of(page: str) -> str:
    """Name the module that a page becomes."""
    return re.sub(r"\W", "_", page.removesuffix(".md"))


def python_of(page: str) -> list[Block]:
    """Return the blocks of Python in a page, those that readers do not see among them."""
    return [block for block in blocks_of(page) if block.language == "python"]


def module_text(blocks: Sequence[Block]) -> str:
    """Put the blocks of a page where they are in it, behind what tests give to pages."""
    lines = [FIXTURES]  # in place of the title
    for block in blocks:
        lines += [""] * (block.line - 1 - len(lines))
        lines += block.code.splitlines()
    return "\n".join(lines) + "\n"


def write_modules() -> dict[str, str]:
    """Write the modules anew, those alone that are others now, and return the page that each is of."""
    package = PLACE / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    with_code = {module_of(page): page for page in pages() if python_of(page)}
    for old in package.glob("*.py"):
        if old.stem not in with_code:
            old.unlink()
    for module, page in with_code.items():
        path, text = package / f"{module}.py", module_text(python_of(page))
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return with_code


def complaints(report: str, pages_of: dict[str, str]) -> Iterator[Complaint]:
    """Yield what mypy says of lines that readers see."""
    for found in SAID.finditer(report):
        page, line = pages_of[found["module"]], int(found["line"])
        if found["kind"] == "error" and any(line in block.lines for block in python_of(page) if block.shown):
            yield Complaint(page, line, found["text"])


def main() -> int:
    """Check all pages, say what is wrong, and return whether anything is."""
    pages_of = write_modules()
    os.environ["MYPYPATH"] = str(PLACE)
    os.chdir(ROOT)
    paths = [str(path.relative_to(ROOT)) for path in sorted(Path(PLACE, PACKAGE).glob("*.py"))]
    report, errors, status = api.run(["--hide-error-context", "--no-error-summary", "--no-pretty", *paths])
    if status not in (0, 1):
        sys.stderr.write(report + errors)
        return status
    left, excuses = [], set()
    for complaint in complaints(report, pages_of):
        excuse = next((pattern for pattern in EXCUSED if re.search(pattern, complaint.text)), None)
        if excuse is None:
            left.append(str(complaint))
        excuses.add(excuse)
    left += [
        f"Nothing is said like {pattern!r}: excuse it no longer."
        for pattern in EXCUSED
        if pattern not in excuses
    ]
    elsewhere = [line for line in report.splitlines() if ": error: " in line and not SAID.search(line)]
    sys.stdout.write("\n".join([*elsewhere, *left, f"Checked the Python of {len(pages_of)} pages.", ""]))
    return 1 if left or elsewhere else 0


if __name__ == "__main__":
    sys.exit(main())
