"""Read the demo's page as a browser does."""

from __future__ import annotations

import shlex
from html.parser import HTMLParser
from urllib.parse import urlsplit

from attrs import frozen


@frozen
class CurlLines:
    """Commands that belong together, split into words, and the status that the last of them gets."""

    commands: tuple[tuple[str, ...], ...]
    status: int

    @property
    def url(self) -> str:
        return self.commands[-1][-1]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


class Page(HTMLParser):
    """A page: its elements with their attributes, the links of its own content, and its curl lines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.curl_lines: list[CurlLines] = []
        self._texts = {"samp": "", "pre": ""}
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "main":
            self._inside.append(tag)
        if tag == "a" and "main" in self._inside:
            self.links.append(dict(attrs)["href"] or "")
        if tag in self._texts:
            self._texts[tag] = ""
            self._inside.append(tag)

    def handle_data(self, data: str) -> None:
        for tag in self._inside:
            if tag in self._texts:
                self._texts[tag] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)
        if tag == "pre":
            commands = tuple(tuple(shlex.split(line)) for line in self._texts["pre"].splitlines())
            self.curl_lines.append(CurlLines(commands, int(self._texts["samp"])))
