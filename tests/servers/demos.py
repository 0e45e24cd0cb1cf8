"""The demo as ``make demo`` starts it, and somebody who clicks through it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Self

import psutil
import requests
from attrs import define, field

__all__ = ["Demo", "Visitor", "running"]

RUN = Path(__file__).parents[2] / "demo/run.py"
SECONDS = 30


@define
class Demo:
    """A demo that runs, and the lines that it has printed."""

    process: subprocess.Popen[str]
    port: int
    var: Path
    printed: list[str]
    reading: Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """All processes of the demo."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def ports(self) -> set[int]:
        """Where they listen."""
        return {
            one.laddr.port
            for process in self.processes()
            for one in process.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN
        }

    def directories(self) -> list[Path]:
        """The temporary directories that it has told of."""
        return [
            Path(found).parent for found in re.findall(r"/tmp/downloadable-\S+conf", "".join(self.printed))
        ]

    def said(self) -> list[str]:
        """Return all that it has printed, once it has ended."""
        self.process.wait(timeout=SECONDS)
        self.reading.join()
        return self.printed


@contextmanager
def running(var: Path, **variables: str) -> Iterator[Demo]:
    """
    Start the demo on a free port, and end it however the block ends.

    Args:
        var: Where its files are.

        **variables: ``SERVER``, ``FRONT`` and the like.

    Raises:
        AssertionError: If it does not say where it is.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DEMO_", "DJANGO_", "AWS_"))
    }
    with subprocess.Popen(
        [sys.executable, RUN],
        env=environment | {"DEMO_VAR": str(var), "PORT": "0"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        reading = Thread(target=printed.extend, args=[process.stdout])
        try:
            for line in process.stdout:
                printed.append(line)
                if found := re.fullmatch(
                    r"The demo is on http://127\.0\.0\.1:([0-9]+)/ until Ctrl-C\.\n", line
                ):
                    break
            else:
                raise AssertionError(f"The demo does not start:\n{''.join(printed)}")
            # Nobody else reads the rest, and a full pipe would stop the demo.
            reading.start()
            yield Demo(process, int(found[1]), var, printed, reading)
        finally:
            process.terminate()
            try:
                process.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            if reading.ident is not None:
                reading.join()


class Listed(HTMLParser):
    """The list of documents: their ids, titles and hashes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.titles: dict[str, int] = {}
        self.hashes: dict[int, str] = {}
        self._link: int | None = None
        self._last = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        found = re.fullmatch("/documents/([0-9]+)/", said.get("href") or "")
        if tag == "a" and found:
            self._link = self._last = int(found[1])
        if tag == "abbr" and said.get("class") == "hash":
            self.hashes[self._last] = said["title"] or ""

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self.titles[data] = self._link
            self._link = None


@define
class Visitor:
    """
    Somebody with a browser, but without JavaScript.

    Use it as a context: it has connections.
    """

    demo: Demo
    session: requests.Session = field(factory=requests.Session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, **fields: str) -> requests.Response:
        """Ask for a path, and stay where it leads to."""
        return self.session.get(f"{self.demo.url}{path}", headers=fields, timeout=SECONDS)

    def post(self, to: str, page: str | None = None, **values: str) -> requests.Response:
        """Fill in the form on *page*, by default the one that it is sent to, and send it."""
        form = self.get(page or to).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None, form
        values["csrfmiddlewaretoken"] = token[1]
        answer = self.session.post(f"{self.demo.url}{to}", data=values, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer

    def sign_in(self, username: str, password: str) -> Listed:
        """Sign in, and return the documents that are listed then."""
        answer = self.post("/accounts/login/", username=username, password=password)
        assert answer.url == f"{self.demo.url}/documents/"
        return Listed(answer.text)

    def link(self, document: int, lifetime: int) -> str:
        """Make a link that expires after so many seconds."""
        page = f"/documents/{document}/"
        answer = self.post(f"{page}link", page, lifetime=str(lifetime))
        found = re.search(r'id="shared-link" href="([^"]+)"', answer.text)
        assert found is not None, answer.text
        return unescape(found[1])

    def inspected(self, path: str, method: str = "GET", **fields: str) -> str:
        """Ask the inspector, and return what it says, without markup."""
        answer = self.post("/inspect/", path=path, method=method, **fields).text
        return plain(answer.partition("data-inspect-answer>")[2])

    def sender(self, path: str, method: str = "GET", **fields: str) -> str:
        """Ask the inspector, and return whom it names."""
        return self.inspected(path, method, **fields).partition("Who sent the body ")[2]


def plain(html: str) -> str:
    """Take the words out of markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
