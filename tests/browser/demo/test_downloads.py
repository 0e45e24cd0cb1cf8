"""Downloads that are interrupted, in each way that one can be, and what is saved in the end."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.demo.conftest import Demo, Pictured, Watch
from tests.browser.demo.taking import MIB, Taking, digest, document_page, reloaded
from tests.browser.demo.uploading import upload
from tests.browser.demo.wire import Wire
from tests.servers.processes import until

LARGE = "A large file"
CUT = "ERR_CONTENT_LENGTH_MISMATCH"
SMALL = 6 * MIB
# No pause between two tries ends by itself.
PATIENCE = """
    const timeout = window.setTimeout;
    window.setTimeout = (work, wait) => timeout(work, 1000 <= wait && wait <= 15000 ? 1e9 : wait);
"""
LATER = "const now = Date.now; Date.now = () => now() + 61_000"
# How many downloads the browser keeps something of.
KEPT = """async () => {
    const root = await navigator.storage.getDirectory();
    const names = [];
    for await (const name of (await root.getDirectoryHandle("downloads", {create: true})).keys()) names.push(name);
    return names.length;
}"""


@pytest.fixture
def large(page: Page, base: str) -> Taking:
    """The download of 64 MiB."""
    taking = Taking(page, document_page(page, base, LARGE))
    assert taking.shown.size == 64 * MIB
    return taking


@pytest.fixture
def own(page: Page, base: str, tmp_path: Path) -> Taking:
    """The download of a file that Ada has just uploaded."""
    title = f"Own {tmp_path.name}"
    file = tmp_path / "own.bin"
    file.write_bytes(bytes(range(256)) * (SMALL // 256))
    upload(page, base, file, title)
    return Taking(page, document_page(page, base, title))


def test_it_is_saved_whole(large: Taking, tmp_path: Path) -> None:
    """Uninterrupted, one request fetches the file, and what is saved is what the page says."""
    with large.saved(tmp_path / "saved"):
        large.start()
    expect(large.status).to_have_text("SHA-256 is equal. Saved.")
    assert large.ranges() == [(200, None)]
    assert digest(tmp_path / "saved") == large.shown.sha256


def test_what_is_saved_is_not_kept(own: Taking, page: Page, tmp_path: Path) -> None:
    """The visit after that which saved a file leaves nothing of it in the browser's storage."""
    with own.saved(tmp_path / "saved"):
        own.start()
    expect(own.status).to_have_text("SHA-256 is equal. Saved.")
    assert page.evaluate(KEPT) == 1
    reloaded(page)
    assert until(lambda: page.evaluate(KEPT), lambda count: count == 0) == 0


def test_what_is_saved_is_not_kept_for_ever(own: Taking, base: str, page: Page, tmp_path: Path) -> None:
    """The page of any other document, too, leaves nothing of it, once the browser must have copied it."""
    with own.saved(tmp_path / "saved"):
        own.start()
    expect(own.status).to_have_text("SHA-256 is equal. Saved.")
    document_page(page, base, "Sunset")
    assert page.evaluate(KEPT) == 1
    page.add_init_script(LATER)
    document_page(page, base, "Sunset")
    assert until(lambda: page.evaluate(KEPT), lambda count: count == 0) == 0


@pytest.mark.parametrize("title", ["Loans of 2025", "A tone from another server"])
def test_without_a_digest(page: Page, base: str, title: str, tmp_path: Path) -> None:
    """What has no SHA-256 that anybody knows is saved as it came, and that is said."""
    taking = Taking(page, document_page(page, base, title))
    assert taking.shown.sha256 == ""
    with taking.saved(tmp_path / "saved"):
        taking.start()
    expect(taking.status).to_have_text("Saved. There was no SHA-256 to compare it with.")
    sent = page.request.get(base + taking.shown.path).body()
    assert (tmp_path / "saved").read_bytes() == sent != b""


@pytest.mark.parametrize("changes", [False, True], ids=["the same", "another"])
def test_a_whole_file_once_more(own: Taking, demo: Demo, changes: bool, tmp_path: Path) -> None:
    """What is here as a whole is sent again if it is another file by now; the old one is never saved as the new."""
    file = tmp_path / "saved"
    with own.saved(file):
        own.start()
    expect(own.status).to_have_text("SHA-256 is equal. Saved.")
    if changes:
        new = tmp_path / "new"
        new.write_bytes(bytes(reversed(range(256))) * (SMALL // 256))
        replace(demo, own, new)
        file = new
    with own.saved(tmp_path / "again"):
        own.start()
    assert digest(tmp_path / "again") == digest(file)
    assert own.ranges() == [(200, None), (200 if changes else 304, None)]


def test_a_broken_connection(large: Taking, wire: Wire, watch: Watch, tmp_path: Path) -> None:
    """After the connection broke, the page goes on by itself from where it was."""
    watch.expect(CUT)
    wire.cut(large.shown.path, 40 * MIB)
    with large.saved(tmp_path / "saved"):
        large.start()
    large.went_on()
    expect(large.status).to_have_text("SHA-256 is equal. Saved.")
    assert "The connection is interrupted. Trying again soon." in large.said()
    assert digest(tmp_path / "saved") == large.shown.sha256


def test_a_reloaded_page(large: Taking, wire: Wire, tmp_path: Path, page: Page, pictured: Pictured) -> None:
    """After a reload, what had come is still there, and only the rest is asked for."""
    held = wire.hold(large.shown.path, 40 * MIB)
    large.start()
    assert held.reached.wait(15)
    expect(large.page.locator(".numbers")).to_contain_text(re.compile(r"^(39\.9|40\.0) MB of 64\.0 MB"))
    pictured(page, "download")
    page.reload()
    wire.mend()
    expect(large.status).to_contain_text(re.compile(r"Paused: [34]\d\.\d MB are kept"))
    with large.saved(tmp_path / "saved"):
        large.button("Resume").click()
    large.went_on()
    assert digest(tmp_path / "saved") == large.shown.sha256


def test_a_pause(own: Taking, wire: Wire, tmp_path: Path) -> None:
    """A pause ends the request; resuming asks for the rest."""
    held = wire.hold(own.shown.path, SMALL // 2)
    own.start_until(held)
    own.button("Pause").click()
    expect(own.status).to_contain_text("Paused")
    expect(own.button("Pause")).to_be_hidden()
    wire.mend()
    with own.saved(tmp_path / "saved"):
        own.button("Resume").click()
    own.went_on()
    assert digest(tmp_path / "saved") == own.shown.sha256


def test_a_server_that_is_gone(own: Taking, wire: Wire, watch: Watch, page: Page, tmp_path: Path) -> None:
    """While nobody answers, the page tries again, now if somebody does not want to wait."""
    watch.expect(CUT, "ERR_EMPTY_RESPONSE", "ERR_CONNECTION")
    page.add_init_script(PATIENCE)
    reloaded(page)
    own.start_until(wire.hold(own.shown.path, SMALL // 2))
    wire.gone = True
    wire.sever()
    expect(own.button("Try now")).to_be_visible()
    wire.mend()
    with own.saved(tmp_path / "saved"):
        own.button("Try now").click()
    own.went_on()
    assert digest(tmp_path / "saved") == own.shown.sha256


def test_without_files_of_its_own(
    context: BrowserContext, own: Taking, wire: Wire, watch: Watch, page: Page, tmp_path: Path
) -> None:
    """Where the browser keeps no files for a site, memory does, and the rest is asked for as well."""
    watch.expect(CUT)
    context.add_init_script("delete FileSystemFileHandle.prototype.createWritable")
    reloaded(page)
    own.start_until(wire.hold(own.shown.path, SMALL // 2))
    with own.saved(tmp_path / "saved"):
        wire.sever()
    own.went_on()
    assert page.evaluate(KEPT) == 0
    assert digest(tmp_path / "saved") == own.shown.sha256


def test_a_file_that_changed(own: Taking, wire: Wire, demo: Demo, tmp_path: Path) -> None:
    """When the file is another one by now, all of it comes anew, and what is saved has nothing of the old one."""
    held = wire.hold(own.shown.path, SMALL // 2)
    own.start_until(held)
    own.button("Pause").click()
    expect(own.status).to_contain_text("Paused")
    wire.mend()
    new = tmp_path / "new"
    new.write_bytes(bytes(reversed(range(256))) * (SMALL // 256))
    replace(demo, own, new)
    with own.saved(tmp_path / "saved"):
        own.button("Resume").click()
    expect(own.status).to_have_text("The file had changed. SHA-256 is equal. Saved.")
    (first, _), (second, start) = own.ranges()
    assert (first, second) == (200, 200)
    assert start
    assert digest(tmp_path / "saved") == digest(new)


def test_other_bytes_than_promised(own: Taking, demo: Demo, page: Page) -> None:
    """When the SHA-256 is not the one that was promised, nothing is saved, and it is said."""
    saved: list[object] = []
    page.on("download", lambda download: saved.append(download))  # noqa: PLW0108  (it takes plain functions only)
    with closing(sqlite3.connect(demo.database)) as rows, rows:
        changed = rows.execute(
            "UPDATE demo_document SET sha256 = ? WHERE sha256 = ? AND title LIKE 'Own %'",
            ["0" * 64, own.shown.sha256],
        )
        assert changed.rowcount
    reloaded(page)
    own.start()
    expect(own.status).to_have_text("SHA-256 differs: nothing is saved.")
    assert saved == []


def replace(demo: Demo, taking: Taking, new: Path) -> None:
    """Put the file *new* in the place of a document's, as an editor of the row would."""
    number = int(taking.shown.path.split("/")[2])
    with closing(sqlite3.connect(demo.database)) as rows, rows:
        ((stored,),) = rows.execute("SELECT file FROM demo_document WHERE id = ?", [number])
        rows.execute("UPDATE demo_document SET sha256 = ? WHERE id = ?", [digest(new), number])
    (demo.documents / stored).write_bytes(new.read_bytes())
