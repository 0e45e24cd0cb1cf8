from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.browser.samples import write_samples
from tests.servers.processes import GTHREAD, Server, running

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    # Whatever it may want to ask for by itself: there is nothing but loopback.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; it is never skipped, since make test-browser says how to get it."""
    program = shutil.which("chromium")
    assert program is not None, "Chromium is missing. This installs it: make system-packages"
    return program


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A real browser, without a window."""
    # Its own sandbox needs another user than root.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *alone])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser) -> Iterator[BrowserContext]:
    """Open a profile without a past, and see to it that it asks nobody outside."""
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 240, "height": 240}, locale="en")
    context.set_default_timeout(15_000)
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    strangers = [url for url in asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")]
    assert [url for url in strangers if urlsplit(url).hostname != "127.0.0.1"] == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for each test."""
    with opened(browser) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty page."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def asked(page: Page) -> list[Request]:
    """What *page* asks for, in this order."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  (it takes plain functions only)
    return requests


@pytest.fixture(scope="session")
def files(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The uploads of the site."""
    directory = tmp_path_factory.mktemp("files")
    with opened(browser) as context:
        write_samples(directory, context.new_page())
    return directory


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The site, behind a server that a test may choose."""
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running(
        getattr(request, "param", GTHREAD), "tests.browser.site", log, SITE_FILES=str(files)
    ) as server:
        yield server


@pytest.fixture
def base(server: Server) -> str:
    """The origin of the site."""
    return f"http://127.0.0.1:{server.port}"
