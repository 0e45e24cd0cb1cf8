"""What strangers upload never runs as a page of the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import opened

# All at once: by an element, by an event, and in the place of whoever has it in a page.
TELLING = "fetch('/beacon'); document.title = 'ran'; if (parent !== window) parent.document.title = 'ran';"
UPLOADS = {
    "page.html": f"""<!doctype html><title>upload</title><script>{TELLING}</script>
        <img src="/nothing" onerror="{TELLING}"><body onload="{TELLING}"><p>the end</p>""",
    "page.txt": f"<!doctype html><title>upload</title><script>{TELLING}</script><p>the end</p>",
    "drawing.svg": f"""<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" onload="{TELLING}">
        <title>upload</title><script>{TELLING}</script><text y="20">the end</text></svg>""",
    "page.xhtml": f"""<html xmlns="http://www.w3.org/1999/xhtml"><head><title>upload</title>
        <script>{TELLING}</script></head><body onload="{TELLING}"><p>the end</p></body></html>""",
    "page.xml": f"""<page xmlns:h="http://www.w3.org/1999/xhtml"><h:script>{TELLING}</h:script>the end</page>""",
    "script.txt": TELLING,
}
PAGES = ["page.html", "drawing.svg", "page.xhtml", "page.xml"]
FRAMES = ["iframe", "object", "embed"]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests, since a new one takes longer than most of them: answers are asked for each time."""
    with opened(browser) as context:
        yield context


@pytest.fixture(scope="module", autouse=True)
def uploads(files: Path) -> None:
    """What strangers have uploaded."""
    for name, text in UPLOADS.items():
        (files / name).write_text(text)


def has_run(page: Page, asked: list[Request]) -> bool:
    """Tell whether a script has: pages are loaded only after it."""
    return page.title() == "ran" or any("beacon" in request.url for request in asked)


@pytest.mark.parametrize("name", PAGES)
def test_without_our_policy_a_script_runs(page: Page, asked: list[Request], base: str, name: str) -> None:
    """A site that switches everything off gets what it asks for: what follows here can fail."""
    page.goto(f"{base}/file/unconfined/{name}")
    assert has_run(page, asked)


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_without_our_policy_a_script_runs_within_a_page(
    page: Page, asked: list[Request], base: str, name: str, how: str
) -> None:
    """So it does in a page, and changes that."""
    page.goto(f"{base}/page?how={how}&of=/file/unconfined/{name}")
    assert page.title() == "ran"
    assert has_run(page, asked)


@pytest.mark.parametrize("how", ["default", "shown"])
@pytest.mark.parametrize("name", PAGES)
def test_what_can_script_is_saved(page: Page, asked: list[Request], base: str, name: str, how: str) -> None:
    """Whether or not the site asks for inline, the browser saves what could run scripts."""
    page.goto(f"{base}/page?how=img&of=/file/{how}/photo.png")
    with page.expect_download() as saved:
        page.evaluate("url => { location.href = url }", f"/file/{how}/{name}")
    assert saved.value.suggested_filename == name
    assert not has_run(page, asked)


@pytest.mark.parametrize("how", ["widened", "policed"])
@pytest.mark.parametrize("name", PAGES)
def test_what_is_shown_all_the_same_does_not_run(
    page: Page, asked: list[Request], base: str, name: str, how: str
) -> None:
    """A site that lets HTML and SVG be shown, even with a policy of its own that allows scripts, runs none of them."""
    page.goto(f"{base}/file/{how}/{name}")
    expect(page.get_by_text("the end")).to_be_visible()
    assert not has_run(page, asked)


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_it_does_not_run_within_a_page_either(
    page: Page, asked: list[Request], base: str, name: str, how: str
) -> None:
    """However a page of the site has an upload in it, the upload is seen, and changes nothing."""
    page.goto(f"{base}/page?how={how}&of=/file/widened/{name}")
    (frame,) = page.main_frame.child_frames
    expect(frame.get_by_text("the end")).to_be_visible()
    assert page.title() == "page"
    assert not has_run(page, asked)


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_what_is_saved_is_part_of_no_page(
    page: Page, asked: list[Request], base: str, name: str, how: str
) -> None:
    """By default, no page can have an upload in it that could script."""
    page.goto(f"{base}/page?how={how}&of=/file/default/{name}")
    assert any(name in request.url for request in asked)
    assert all(frame.get_by_text("the end").count() == 0 for frame in page.frames)
    assert not has_run(page, asked)


def test_its_origin_is_not_the_site_s(page: Page, base: str) -> None:
    """What is shown has an origin of its own: no cookie, no storage, and no form that is sent in the site's name."""
    page.goto(f"{base}/file/widened/page.html")
    assert page.evaluate("window.origin") == "null"


def test_a_text_that_looks_like_a_page_is_a_text(page: Page, asked: list[Request], base: str) -> None:
    """Nobody looks into a file to see whether it could be HTML."""
    for how in ("shown", "unconfined"):
        page.goto(f"{base}/file/{how}/page.txt")
        assert page.evaluate("document.contentType") == "text/plain"
        assert "<script>" in page.inner_text("body")
    assert not has_run(page, asked)


@pytest.mark.parametrize(
    ("how", "runs"),
    [pytest.param("shown", False, id="nosniff"), pytest.param("sniffed", True, id="switched off")],
)
def test_a_text_is_no_script_of_a_page(
    page: Page, asked: list[Request], base: str, how: str, *, runs: bool
) -> None:
    """With nosniff, no page can have a text file run as its script, as browsers would without."""
    page.goto(f"{base}/page?how=script&of=/file/{how}/script.txt")
    assert has_run(page, asked) is runs
