"""Each page of the demo can be used by everybody: by axe-core's rules, on a phone, in the dark."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect

from tests.browser.demo.conftest import DESKTOP, Watch
from tests.browser.demo.taking import document_page

PHONE = (320, 640)
# Frames are documents of their own, of which the PDF viewer is the browser's.
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
# What changes with the theme; all else was looked at in the other one.
COLOURS: dict[str, Any] = OPTIONS | {"runOnly": ["color-contrast", "link-in-text-block"]}
VISITORS = ["/", "/accounts/login/", "/accounts/sign-up/", "/sources/"]
MEMBERS = ["/documents/", "/documents/upload/", "/documents/1/delete", "/inspect/"]
PREVIEWED = ["Sunset", "Our leaflet", "A tone", "A test film", "A page with a script"]


def assert_accessible(page: Page) -> None:
    """See to it that axe finds nothing, in each theme and width, and that nothing is wider than the screen."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for (width, height), theme in product((DESKTOP, PHONE), ("light", "dark")):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": height})
        options = COLOURS if theme == "dark" else OPTIONS
        results = AxeResults(page.evaluate("options => axe.run(options)", options))
        if results.violations_count:
            found.append(f"{theme}, {width} wide: {results.generate_report()}")
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{theme}, {width} wide: takes {needed}")
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("path", VISITORS)
def test_pages_for_visitors(visitor: Page, base: str, path: str) -> None:
    """Pages that need no account are accessible."""
    visitor.goto(base + path)
    assert_accessible(visitor)


@pytest.mark.parametrize("path", MEMBERS)
def test_pages_for_members(page: Page, base: str, path: str) -> None:
    """Pages behind the sign-in are accessible."""
    page.goto(base + path)
    assert_accessible(page)


@pytest.mark.parametrize("title", PREVIEWED)
def test_pages_of_documents(page: Page, base: str, title: str) -> None:
    """The page of a document is accessible, whatever it previews, and while it says how a download went."""
    document_page(page, base, title)
    with page.expect_download():
        page.locator("a[data-download]").click()
    expect(page.locator("[data-download-panel]")).to_have_attribute("data-state", "saved")
    assert_accessible(page)


def test_a_form_with_errors(page: Page, base: str) -> None:
    """What is wrong with a form is said at its fields, accessibly."""
    page.goto(f"{base}/documents/upload/")
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    assert_accessible(page)


def test_the_inspector_with_an_answer(page: Page, base: str) -> None:
    """The answer of the inspector, with its tables and what it offers, is accessible."""
    page.goto(f"{base}/inspect/")
    page.get_by_label("Range:", exact=True).fill("bytes=0-9, 20-29")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("[data-inspect-answer]")).to_contain_text("206")
    assert_accessible(page)


def test_a_choice_for_an_archive(page: Page, base: str) -> None:
    """The bar that offers what was chosen as one ZIP is accessible."""
    page.goto(f"{base}/documents/")
    page.get_by_role("checkbox").first.check()
    assert_accessible(page)


def test_a_failed_sign_in(visitor: Page, base: str) -> None:
    """What was wrong with signing in is said accessibly."""
    visitor.goto(f"{base}/accounts/login/")
    visitor.get_by_label("Username").fill("ada")
    visitor.get_by_label("Password").fill("wrong")
    visitor.get_by_role("main").get_by_role("button").first.click()
    expect(visitor.get_by_role("alert").or_(visitor.locator(".errorlist")).first).to_be_visible()
    assert_accessible(visitor)


def test_a_link_that_is_refused(visitor: Page, base: str, watch: Watch) -> None:
    """The page for a link that does not hold is accessible."""
    watch.expect("status of 403")
    visitor.goto(f"{base}/shared/1/?signature=wrong")
    assert_accessible(visitor)


def test_what_is_not_found(page: Page, base: str, watch: Watch) -> None:
    """The page for what is not there is accessible, too."""
    watch.expect("status of 404")
    page.goto(f"{base}/documents/999/")
    assert_accessible(page)
