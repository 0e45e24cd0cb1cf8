"""What is saved has the name that it should have on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.names import NAMES
from tests.servers.processes import until


@pytest.fixture
def saving(page: Page, tmp_path: Path) -> Path:
    """Where the browser saves files by itself, under the names that it chooses."""
    session = page.context.new_cdp_session(page)
    target = session.send("Target.getTargetInfo")["targetInfo"]
    browser = page.context.browser
    assert browser is not None
    browser.new_browser_cdp_session().send(
        "Browser.setDownloadBehavior",
        {
            "behavior": "allow",
            "downloadPath": str(tmp_path),
            "browserContextId": target["browserContextId"],
        },
    )
    return tmp_path


def test_names_on_the_disk(page: Page, base: str, saving: Path) -> None:
    """Quotes, accents, emoji, percent signs, paths, devices: each file is saved under a name that is right and safe."""
    page.goto(f"{base}/page?how=img&of=/favicon.ico")
    saved: dict[str, list[str]] = {}
    for number, name in enumerate(NAMES):
        page.evaluate("url => { location.href = url }", f"/name/{number}")
        there = until(lambda: finished(saving), lambda there: there != [])
        saved[name.what] = [path.name for path in there]
        for path in there:
            path.unlink()
    assert saved == {name.what: [name.saved] for name in NAMES}


def finished(directory: Path) -> list[Path]:
    """List what is saved to its end."""
    return [path for path in directory.iterdir() if path.suffix != ".crdownload" and path.stat().st_size == 7]
