"""Downloads as somebody sees them who sits before the browser."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from playwright.sync_api import Download, Locator, Page, Response, expect

from tests.browser.demo.wire import Break

__all__ = ["MIB", "Shown", "Taking", "digest", "document_page", "reloaded", "taken_over"]

MIB = 1024 * 1024
# What is said while nobody looks is heard all the same.
HEARING = """panel => {
    window.said = [];
    const note = () => {
        const status = panel.querySelector("[role=status]").textContent;
        if (status && status !== window.said.at(-1)) window.said.push(status);
    };
    new MutationObserver(note).observe(panel, {childList: true, characterData: true, subtree: true});
}"""


@frozen
class Shown:
    """
    What the page of a document says of its download.

    Args:
        path: Where it is.

        name: What it is saved as.

        size: Bytes; 0 where nobody knows before.

        sha256: In hexadecimal; empty where nobody knows it.
    """

    path: str
    name: str
    size: int
    sha256: str


def document_page(page: Page, base: str, title: str) -> Shown:
    """Go to the page of the document called *title*, until its scripts have taken over."""
    page.goto(f"{base}/documents/")
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    taken_over(page)
    link = page.locator("a[data-download]")
    facts = {name: link.get_attribute(name) for name in ("href", "data-name", "data-size", "data-sha256")}
    path, name, size, sha256 = (value or "" for value in facts.values())
    return Shown(path, name, int(size or 0), sha256)


def taken_over(page: Page) -> None:
    """Wait until the scripts of a document's page have taken over its download."""
    expect(page.locator("[data-download-panel]")).to_have_attribute("data-state", "idle")


def reloaded(page: Page) -> None:
    """Load the page of a document again."""
    page.reload()
    taken_over(page)


def digest(path: Path) -> str:
    """The SHA-256 of the file at *path*."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Taking:
    """The download on a page of a document, and each answer that it gets."""

    def __init__(self, page: Page, shown: Shown) -> None:
        self.page, self.shown = page, shown
        self.answers: list[Response] = []
        page.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        if answer.url.endswith(self.shown.path):
            self.answers.append(answer)

    @property
    def status(self) -> Locator:
        """What is said of it."""
        return self.page.locator("[data-download-panel]").get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.page.locator("[data-download-panel]").get_by_role("button", name=name)

    def said(self) -> list[str]:
        """Return what was said of it since :meth:`start`."""
        heard: list[str] = self.page.evaluate("window.said")
        return heard

    def start(self) -> None:
        self.page.locator("[data-download-panel]").evaluate(HEARING)
        self.page.locator("a[data-download]").click()

    def start_until(self, held: Break) -> None:
        """Start, until an answer stands still and some of it is there."""
        self.start()
        assert held.reached.wait(15)
        expect(self.page.locator(".numbers")).to_contain_text(re.compile(r"^[1-9][\d.]* MB of"))

    @contextmanager
    def saved(self, into: Path) -> Iterator[None]:
        """Wait for the end of what the block does, and keep what the browser saves as *into*."""
        with self.page.expect_download(timeout=30_000) as saving:
            yield
        download: Download = saving.value
        assert download.suggested_filename == self.shown.name
        download.save_as(into)

    def ranges(self) -> list[tuple[int, int | None]]:
        """Status of each answer, and from which byte on it had been asked for."""
        return [(answer.status, first_byte(answer.request.headers.get("range"))) for answer in self.answers]

    def went_on(self) -> None:
        """See to it that the second answer was the rest of the first, and nothing else came."""
        (first, nothing), (second, start) = self.ranges()
        assert (first, nothing, second) == (200, None, 206)
        assert start is not None
        assert 0 < start < self.shown.size
        before, after = self.answers
        assert after.request.headers["if-range"] == before.headers["etag"]
        last = self.shown.size - 1
        assert after.headers["content-range"] == f"bytes {start}-{last}/{self.shown.size}"


def first_byte(field: str | None) -> int | None:
    if field is None:
        return None
    asked = re.fullmatch(r"bytes=(\d+)-", field)
    assert asked, field
    return int(asked[1])
