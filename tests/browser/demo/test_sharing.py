"""Who gets a file and who does not, with an account, with a link, and without either."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo.conftest import Cookies, Watch, profile
from tests.browser.demo.taking import MIB, Shown, digest, document_page
from tests.browser.demo.uploading import upload
from tests.browser.demo.wire import Wire
from tests.servers.processes import until

REFUSED = "This link has expired. Ask whoever sent it for a new one."


@pytest.fixture
def private(page: Page, base: str, tmp_path: Path) -> Shown:
    """A document that Ada has just uploaded, and shows nobody."""
    title = f"Private {tmp_path.name}"
    file = tmp_path / "private.bin"
    file.write_bytes(bytes(range(256)))
    upload(page, base, file, title)
    return document_page(page, base, title)


def test_the_file_of_another_user(
    browser: Browser, watch: Watch, cookies: Cookies, wire: Wire, private: Shown
) -> None:
    """To another user, neither the page of a private document nor its file is there."""
    watch.expect("status of 404")
    with profile(browser, watch, cookies=cookies("ben")) as context:
        page = context.new_page()
        page.goto(f"{wire.base}/documents/")
        expect(page.get_by_role("link", name="Private")).to_have_count(0)
        for path in (private.path, private.path.removesuffix("file"), private.path.replace("file", "view")):
            answer = page.goto(wire.base + path)
            assert answer
            assert (path, answer.status) == (path, 404)
            assert b"\0\1\2\3" not in answer.body()
        answer = page.goto(f"{wire.base}/documents/zip/?pk={private.path.split('/')[2]}")
        assert answer
        assert answer.status == 404


def link_for(page: Page, seconds: int) -> str:
    """Make a link to the document on *page*."""
    page.get_by_label("Seconds until it expires").fill(str(seconds))
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#shared-link").get_attribute("href")
    assert link
    return link


def test_a_link_that_expires(page: Page, visitor: Page, watch: Watch, private: Shown, tmp_path: Path) -> None:
    """A link opens the file to whoever has it, and no longer once it has expired."""
    watch.expect("status of 403")
    lasting = link_for(page, 60)
    with visitor.expect_download() as saving:
        visitor.evaluate("url => { location.href = url }", lasting)
    assert saving.value.suggested_filename == private.name
    assert digest(Path(saving.value.path())) == private.sha256
    short = link_for(page, 1)
    assert short != lasting
    until(lambda: visitor.request.get(short).status, lambda status: status == 403)
    answer = visitor.goto(short)
    assert answer
    assert answer.status == 403
    expect(visitor.get_by_role("main")).to_contain_text(REFUSED)


def test_a_link_is_copied(page: Page, base: str, private: Shown) -> None:
    """The button beside a link copies it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
    link = link_for(page, 60)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_without_scripts(browser: Browser, watch: Watch, cookies: Cookies, base: str, tmp_path: Path) -> None:
    """Without JavaScript, documents are uploaded and downloaded all the same."""
    file = tmp_path / "plain.bin"
    file.write_bytes(bytes(MIB))
    with profile(browser, watch, cookies=cookies("ada"), scripts=False) as context:
        page = context.new_page()
        upload(page, base, file, "Without scripts")
        with page.expect_download() as saving:
            page.locator("a[data-download]").click()
        assert digest(Path(saving.value.path())) == digest(file)


def test_a_file_that_lies_elsewhere(page: Page, base: str) -> None:
    """Where the server sends the browser to a store, whose answers no script may read, the browser goes itself."""
    shown = document_page(page, base, "A sunset in a bucket")
    with page.expect_download() as saving:
        page.locator("a[data-download]").click()
    expect(page.locator("[data-download-panel]")).to_have_attribute("data-state", "elsewhere")
    assert saving.value.suggested_filename == shown.name
    assert digest(Path(saving.value.path())) == shown.sha256
