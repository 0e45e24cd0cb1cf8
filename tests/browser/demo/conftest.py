from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from attrs import define, field, frozen
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState, expect

from tests.browser.demo.wire import Wire, laid
from tests.servers.processes import until

ROOT = Path(__file__).parents[3]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")
STARTING_SECONDS = 60
LOOKING_MILLISECONDS = 15_000
DESKTOP = (1280, 800)


# A machine that does much else at the same time takes longer than the five seconds that are usual.
expect.set_options(timeout=LOOKING_MILLISECONDS)


@frozen
class Demo:
    """The demo, as ``make demo`` starts it."""

    port: int
    var: Path

    @property
    def database(self) -> Path:
        return self.var / "library.sqlite3"

    @property
    def documents(self) -> Path:
        """The directory of the documents on disk."""
        return self.var / "documents"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with its samples, of which one has 64 MiB."""
    var = tmp_path_factory.mktemp("var")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("DEMO_", "DJANGO_"))}
    mine |= {"DEMO_VAR": str(var), "PORT": "0", "PYTHONUNBUFFERED": "1"}
    log = tmp_path_factory.mktemp("log") / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, ROOT / "demo/run.py"],
            env=mine,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # What it starts is ended with it.
            start_new_session=True,
        )
    try:
        found = until(
            lambda: ADDRESS.search(log.read_text()), lambda found: found is not None, STARTING_SECONDS
        )
        assert found, f"The demo does not start:\n{log.read_text()}"
        yield Demo(int(found[1]), var)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def line(demo: Demo) -> Iterator[Wire]:
    """The only way from the browser to the demo."""
    with laid(demo.port) as wire:
        yield wire


@pytest.fixture
def wire(line: Wire) -> Iterator[Wire]:
    """The same, whole again after each test."""
    yield line
    line.mend()


@define(slots=False)  # Playwright sets attributes of whoever listens
class Watch:
    """
    What went wrong in a browser, or left the machine.

    Args:
        expected: What a test provokes: part of what the browser says of it.
    """

    seen: list[str] = field(factory=list)
    expected: list[str] = field(factory=list)

    def expect(self, *parts: str) -> None:
        self.expected.extend(parts)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        # What a page or a player breaks off itself, and navigation that turns out to be a download.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"failed: {request.url} {request.failure}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.seen.append(f"outside: {request.url}")

    def unexpected(self) -> list[str]:
        return [one for one in self.seen if not any(part in one for part in self.expected)]


@contextmanager
def profile(
    browser: Browser,
    watch: Watch,
    *,
    size: tuple[int, int] = DESKTOP,
    theme: str = "light",
    cookies: StorageState | None = None,
    phone: bool = False,
    scripts: bool = True,
) -> Iterator[BrowserContext]:
    """Open a profile that is watched; anything unexpected fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="en",
        color_scheme="dark" if theme == "dark" else "light",
        # Else a page is looked at while its colours change.
        reduced_motion="reduce",
        storage_state=cookies,
        is_mobile=phone,
        has_touch=phone,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(LOOKING_MILLISECONDS)
    watch.over(context)
    yield context
    context.close()
    assert watch.unexpected() == []


@pytest.fixture
def watch() -> Watch:
    """What goes wrong in the test."""
    return Watch()


Cookies = Callable[[str], StorageState]


@pytest.fixture(scope="session")
def cookies(browser: Browser, line: Wire) -> Cookies:
    """Sign a user in, once in a session: another test does it step by step."""
    passwords = {"ada": "lovelace", "ben": "franklin", "alan": "turing"}
    signed_in: dict[str, StorageState] = {}

    def cookies_of(user: str) -> StorageState:
        if user not in signed_in:
            with profile(browser, Watch()) as context:
                page = context.new_page()
                sign_in(page, line.base, user, passwords[user])
                signed_in[user] = context.storage_state()
        return signed_in[user]

    return cookies_of


def sign_in(page: Page, base: str, user: str, password: str) -> None:
    """Sign in as people do."""
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/documents/")


@pytest.fixture
def context(browser: Browser, watch: Watch, cookies: Cookies, wire: Wire) -> Iterator[BrowserContext]:
    """A profile in which Ada is signed in."""
    with profile(browser, watch, cookies=cookies("ada")) as context:
        yield context


@pytest.fixture
def base(wire: Wire) -> str:
    """The origin of the demo."""
    return wire.base


@pytest.fixture
def visitor(browser: Browser, watch: Watch, wire: Wire) -> Iterator[Page]:
    """A page of somebody who has not signed in."""
    with profile(browser, watch) as context:
        yield context.new_page()


Pictured = Callable[[Page, str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For pictures, run the tests that take some and no others: what these upload would be seen."""
    if "PICTURES" in os.environ:
        items[:] = [item for item in items if "pictured" in getattr(item, "fixturenames", ())]


@pytest.fixture
def pictured() -> Pictured:
    """Take a picture for the documentation, where ``PICTURES`` names the directory; else nothing is written."""
    into = os.environ.get("PICTURES")

    def take(page: Page, name: str) -> None:
        if into is not None:
            page.mouse.move(0, 0)
            page.screenshot(path=Path(into) / f"{name}.png", animations="disabled", caret="hide")

    return take
