"""What people do with the demo, from signing in to passing on a link."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.demo.conftest import Cookies, Pictured, Watch, profile, sign_in
from tests.browser.demo.keyboard import Keyboard
from tests.browser.demo.taking import MIB, Taking, digest, document_page
from tests.browser.demo.uploading import submit, upload

# What the bar shows, kept where it outlives the page.
NOTING = """() => {
    const bar = document.querySelector("[data-upload-progress]");
    const note = () => { if (bar.value) sessionStorage.told = `${sessionStorage.told ?? ""} ${bar.value}/${bar.max}`; };
    new MutationObserver(note).observe(bar, {attributes: true});
}"""
# The words of an element, of fifteen letters at most, that are on several lines; a hyphen or a slash ends a word.
BROKEN = """element => {
    const broken = [];
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        for (const word of text.data.matchAll(/(?<![^\\s/-])[^\\s/-]{1,15}(?![^\\s/-])/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)));
            if (lines.size > 1 && text.parentElement.checkVisibility()) broken.push(word[0]);
        }
    }
    return broken;
}"""
CHOSEN = ["Our leaflet", "Sunset", "A tone"]


def test_signing_in(visitor: Page, base: str) -> None:
    """Whoever signs in sees the documents; whoever has not is asked to."""
    visitor.goto(f"{base}/documents/")
    expect(visitor).to_have_url(f"{base}/accounts/login/?next=/documents/")
    sign_in(visitor, base, "ada", "lovelace")
    expect(visitor.get_by_role("link", name=CHOSEN[0], exact=True)).to_be_visible()


def slow_down(page: Page, rate: int) -> None:
    """Let *page* send no more than *rate* bytes in a second."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate},
    )


def test_an_upload(page: Page, base: str, tmp_path: Path) -> None:
    """An upload says how far it is, ends on the page of the document, and comes back as it was."""
    file = tmp_path / "Füße & Hände.bin"
    file.write_bytes(bytes(range(256)) * (3 * MIB // 256))
    page.goto(f"{base}/documents/upload/")
    page.evaluate(NOTING)
    slow_down(page, 2 * MIB)
    submit(page, file, "Uploaded")
    expect(page.get_by_role("heading", level=1)).to_have_text("Uploaded")
    told = [tuple(map(float, pair.split("/"))) for pair in page.evaluate("sessionStorage.told").split()]
    assert told == sorted(told)
    assert 0 < told[0][0] <= told[-1][0] <= told[-1][1]
    assert 3 * MIB < told[-1][1] < 3 * MIB + 10_000
    shown = document_page(page, base, "Uploaded")
    assert (shown.size, shown.sha256) == (3 * MIB, digest(file))
    taking = Taking(page, shown)
    with taking.saved(tmp_path / "saved"):
        taking.start()
    assert shown.name == file.name
    assert digest(tmp_path / "saved") == digest(file)


def test_an_upload_that_is_cancelled(page: Page, base: str, tmp_path: Path) -> None:
    """An upload can be cancelled in its middle, and nothing comes of it."""
    file = tmp_path / "never.bin"
    file.write_bytes(bytes(8 * MIB))
    page.goto(f"{base}/documents/upload/")
    slow_down(page, MIB)
    submit(page, file, "Never")
    expect(page.locator("[data-upload-status]")).to_contain_text("of 8.0 MB sent")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-upload-status]")).to_have_text("Cancelled.")
    expect(page.locator("[data-upload-progress]")).to_be_hidden()
    page.goto(f"{base}/documents/")
    expect(page.get_by_role("link", name="Never")).to_have_count(0)


def test_an_upload_that_is_refused(page: Page, base: str, watch: Watch, tmp_path: Path) -> None:
    """What is wrong with an upload is said at its field, the keyboard is there, and nothing has to be chosen again."""
    watch.expect("status of 400")
    file = tmp_path / "for some.txt"
    file.write_text("For those who are chosen.")
    page.goto(f"{base}/documents/upload/")
    page.get_by_label("the people chosen below").check()
    submit(page, file, "For nobody")
    people = page.get_by_role("group", name="People")
    expect(people).to_have_accessible_description("Choose somebody.")
    first = people.get_by_role("checkbox").first
    expect(first).to_be_focused()
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()
    first.check()
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For nobody")


def test_several_as_one_zip(page: Page, base: str, tmp_path: Path, pictured: Pictured) -> None:
    """Three documents come as one ZIP, and each has the bytes that it has by itself."""
    members = {}
    for title in CHOSEN:
        shown = document_page(page, base, title)
        members[shown.name] = shown
    page.goto(f"{base}/documents/")
    button = page.get_by_role("button", name="ZIP")
    expect(button).to_be_disabled()
    for title in CHOSEN:
        page.get_by_role("checkbox", name=f"Choose {title}", exact=True).check()
    expect(page.locator("[data-selection-summary]")).to_contain_text("3 documents, ")
    expect(button).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    expect(button).to_be_in_viewport(ratio=1)
    pictured(page, "list")
    with page.expect_download() as saving:
        button.click()
    archive = tmp_path / saving.value.suggested_filename
    assert archive.suffix == ".zip"
    saving.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(tmp_path / "python")
    for program, *options in (["unzip", "-q", str(archive), "-d"], ["bsdtar", "-xf", str(archive), "-C"]):
        assert shutil.which(program), f"{program} is missing. This installs it: make system-packages"
        into = tmp_path / program
        into.mkdir()
        subprocess.run([program, *options, into], check=True)
        unpacked = {path.name: digest(path) for path in into.rglob("*") if path.is_file()}
        assert unpacked == {name: shown.sha256 for name, shown in members.items()}
    unpacked = {path.name: digest(path) for path in (tmp_path / "python").rglob("*") if path.is_file()}
    assert unpacked == {name: shown.sha256 for name, shown in members.items()}


def test_a_long_name_in_the_list(page: Page, base: str, tmp_path: Path) -> None:
    """A name without spaces is broken; no other word is, and all columns stay in sight, on a phone, too."""
    file = tmp_path / "long.bin"
    file.write_bytes(b"long")
    upload(page, base, file, "x" * 190)
    for width in (1100, 375):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{base}/documents/")
        assert page.locator("form .scroll").evaluate("box => box.scrollWidth - box.clientWidth") <= 0
        assert page.locator("table").evaluate(BROKEN) == []


def test_the_theme_is_remembered(page: Page, base: str, pictured: Pictured) -> None:
    """Dark, light and as the system has it: the choice outlives the page, and is seen."""
    page.goto(f"{base}/documents/")

    def ground() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = ground()
    button = page.locator("[data-theme-toggle]")
    expect(button).to_have_text("Theme: system")
    button.click()
    button.click()
    expect(button).to_have_text("Theme: dark")
    assert ground() != light
    page.reload()
    expect(button).to_have_text("Theme: dark")
    assert ground() != light
    page.emulate_media(color_scheme="dark")
    pictured(page, "dark")
    dark = ground()
    button.click()
    expect(button).to_have_text("Theme: system")
    assert ground() == dark


def test_by_keyboard_only(visitor: Page, base: str, tmp_path: Path) -> None:
    """Without a mouse: sign in, choose two documents, get them as a ZIP, and download one by itself."""
    keyboard = Keyboard(visitor)
    visitor.goto(base)
    keyboard.go_to("Sign in")
    keyboard.press("Enter")
    visitor.wait_for_url("**/accounts/login/**")
    keyboard.go_to("Username")
    keyboard.write("ada")
    keyboard.go_to("Password")
    keyboard.write("lovelace")
    keyboard.press("Enter")
    visitor.wait_for_url("**/documents/")
    for title in CHOSEN[:2]:
        keyboard.go_to(f"Choose {title}", "checkbox")
        keyboard.press("Space")
    with visitor.expect_download() as saving:
        keyboard.go_to("Download as ZIP", "button")
        keyboard.press("Enter")
    assert zipfile.is_zipfile(saving.value.path())
    keyboard.go_to(CHOSEN[0], "link")
    keyboard.press("Enter")
    expect(visitor.locator("[data-download-panel]")).to_have_attribute("data-state", "idle")
    with visitor.expect_download() as saving:
        keyboard.go_to("Download", "link")
        keyboard.press("Enter")
    expect(visitor.locator("[data-download-panel]").get_by_role("status")).to_contain_text("SHA-256 is equal")


def test_on_a_phone(browser: Browser, watch: Watch, cookies: Cookies, base: str, pictured: Pictured) -> None:
    """On a phone, the list is one column as wide as the screen, and a touch chooses a document."""
    with profile(browser, watch, cookies=cookies("ada"), size=(320, 640), phone=True) as context:
        page = context.new_page()
        page.goto(f"{base}/documents/")
        page.get_by_role("checkbox", name="Choose A test film").tap()
        expect(page.locator("[data-selection-summary]")).to_contain_text("1 document, ")
        widths = page.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect().width)"
        )
        assert {round(width) for width in widths} == {288}
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        pictured(page, "phone")


def test_how_bytes_came(page: Page, base: str, pictured: Pictured) -> None:
    """The inspector asks for a part of a document, and shows the answer without leaving the page."""
    shown = document_page(page, base, "Our leaflet")
    page.goto(f"{base}/inspect/")
    page.evaluate("window.stayed = true")
    page.get_by_label("What").fill(shown.path)
    page.get_by_label("Range:", exact=True).fill("bytes=0-99")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="206 Partial Content")).to_be_visible()
    expect(page.get_by_role("row", name="Content-Range")).to_contain_text(f"bytes 0-99/{shown.size}")
    assert page.evaluate("window.stayed")
    page.get_by_role("heading", name="206 Partial Content").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('[data-inspect-answer]').scrollIntoView({behavior: 'instant'})")
    pictured(page, "inspector")


def test_how_bytes_came_after_an_error(page: Page, base: str, watch: Watch) -> None:
    """Whoever puts a field right gets the answer and what it offers, and the keyboard keeps its place."""
    page.goto(f"{base}/inspect/")
    what, button = page.get_by_label("What"), page.get_by_role("button", name="Ask")
    asked = what.input_value()
    what.fill("/nowhere")
    button.click()
    expect(page.get_by_text("This site has no such page.")).to_be_visible()
    expect(what).to_be_focused()
    what.fill(asked)
    button.click()
    expect(page.get_by_role("heading", name="200 OK")).to_be_visible()
    expect(page.get_by_role("button", name="If-None-Match: ")).to_be_visible()
    expect(button).to_be_focused()
    # As after signing in again in another tab.
    watch.expect("status of 403")
    page.context.clear_cookies(name="csrftoken")
    button.click()
    expect(page.locator("[data-inspect-answer]")).to_have_text(re.compile("has answered 403"))


def test_an_upload_of_nobody(page: Page, base: str, tmp_path: Path) -> None:
    """Whoever is not signed in any more is told so, and nothing is uploaded."""
    file = tmp_path / "never.bin"
    file.write_bytes(b"never")
    page.goto(f"{base}/documents/upload/")
    page.context.clear_cookies(name="sessionid")
    submit(page, file, "Never")
    expect(page.locator("[data-upload-status]")).to_contain_text("Sign in, and send it again.")
