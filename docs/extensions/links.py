"""
Looks, without any network, whether links lead somewhere: in what was written, and in what was built of it.

What leads elsewhere is a link that a reader may follow, to a host that is known here, by https; no page loads anything
of another host.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import Factory, define
from markdown_it import MarkdownIt
from sphinx.application import Sphinx
from sphinx.util import logging

KNOWN_HOSTS = frozenset(
    {
        "developmentseed.org",
        "django-storages.readthedocs.io",
        "docs.djangoproject.com",
        "docs.getmoto.org",
        "drf-spectacular.readthedocs.io",
        "filesystem-spec.readthedocs.io",
        "github.com",
        "pradyunsg.me",  # the theme's own line at the foot
        "requests.readthedocs.io",
        "semver.org",
        "www.attrs.org",
        "www.djangoproject.com",
        "www.rfc-editor.org",
        "www.sphinx-doc.org",
    }
)
"""Hosts that pages may lead to. Another one is added once somebody has looked at what is there."""

OWN_MACHINE = ("http://localhost", "http://127.0.0.1")
"""Where a reader's own server listens, as when the demo runs."""

LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href",),
    "video": ("src", "poster"),
}
"""Attributes by which a page loads something when it is shown."""

IN_STYLES = re.compile(r"""url\(\s*['"]?(?P<url>[^'")\s]+)|@import\s+['"](?P<import>[^'"]+)""")

Pages = Mapping[str, "Page"]

logger = logging.getLogger(__name__)


@define
class Page:
    """
    What a page refers to, and what can be referred to in it.

    Args:
        links: Addresses that a reader may follow, as they are written.

        loads: Addresses that are loaded with the page.

        ids: What fragments may name.
    """

    links: list[str] = Factory(list)
    loads: list[str] = Factory(list)
    ids: set[str] = Factory(set)


class HtmlPage(HTMLParser):
    """Reads a page that was built."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.page = Page()
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        self.page.ids |= {
            found[name] for name in ("id", "name") if name in found and (name == "id" or tag == "a")
        }
        if tag in ("a", "area") and "href" in found:
            self.page.links.append(found["href"])
        # What a search engine or another program may look up is not loaded.
        if tag == "link" and found.get("rel") in ("canonical", "next", "prev", "search", "index", "author"):
            self.page.links.append(found.get("href", ""))
            return
        for name in LOADED.get(tag, ()):
            self.page.loads += addresses_in(found.get(name, ""), several=name == "srcset")
        self.page.loads += addresses_in_style(found.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.page.loads += addresses_in_style(data)
            self._in_style = False


def addresses_in(value: str, *, several: bool) -> list[str]:
    return (
        [part.split()[0] for part in value.split(",") if part.strip()] if several else [value] * bool(value)
    )


def addresses_in_style(text: str) -> list[str]:
    return [found["url"] or found["import"] for found in IN_STYLES.finditer(text)]


def page_of_markdown(text: str) -> Page:
    """Read what was written, as GitHub shows it: headings can be linked to by what they say."""
    page = Page()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            page.ids.add(unused(slug_of(tokens[position + 1].children or []), page.ids))
        for child in token.children or []:
            if child.type == "link_open":
                page.links.append(str(child.attrs["href"]))
            elif child.type == "image":
                page.loads.append(str(child.attrs["src"]))
    return page


def slug_of(children: list[Any]) -> str:
    """Return what GitHub makes of a heading."""
    said = "".join(child.content for child in children if child.type in ("text", "code_inline"))
    return re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")


def unused(slug: str, taken: set[str]) -> str:
    count = 0
    while (candidate := f"{slug}-{count}" if count else slug) in taken:
        count += 1
    return candidate


def broken_links(pages: Pages, others: frozenset[str]) -> Iterator[str]:
    """
    Yield a sentence for each address that leads nowhere.

    Args:
        pages: By their paths, relative to one root.

        others: Paths of what else is there: pictures, styles, scripts.
    """
    for path, page in sorted(pages.items()):
        for address in page.loads:
            yield from wrong_load(path, address, pages, others)
        for address in page.links:
            yield from wrong_link(path, address, pages, others)


def wrong_load(path: str, address: str, pages: Pages, others: frozenset[str]) -> Iterator[str]:
    if address.startswith("data:"):
        return
    if urlsplit(address).scheme or address.startswith("//"):
        yield f"{path} loads {address!r} from another host."
        return
    yield from wrong_path(path, address, pages, others)


def wrong_link(path: str, address: str, pages: Pages, others: frozenset[str]) -> Iterator[str]:
    parts = urlsplit(address)
    if address.startswith(OWN_MACHINE) or parts.scheme == "mailto":
        return
    if parts.scheme or address.startswith("//"):
        if parts.scheme != "https" or parts.hostname not in KNOWN_HOSTS:
            yield f"{path} leads to {address!r}: by https, and to known hosts only (KNOWN_HOSTS)."
        return
    yield from wrong_path(path, address, pages, others)


def wrong_path(path: str, address: str, pages: Pages, others: frozenset[str]) -> Iterator[str]:
    parts = urlsplit(address)
    target = (
        posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
        if parts.path
        else path
    )
    if address.startswith("/") or (target not in pages and target not in others):
        yield f"{path} leads to {address!r}, which is not there."
    elif parts.fragment and unquote(parts.fragment) not in pages.get(target, Page()).ids:
        yield f"{path} leads to {address!r}, where nothing is called that."


def built_pages(root: Path) -> tuple[dict[str, Page], frozenset[str]]:
    """Read all that was built below *root*: its pages and styles, and the paths of what else is there."""
    pages: dict[str, Page] = {}
    others: set[str] = set()
    for file in root.rglob("*"):
        path = file.relative_to(root).as_posix()
        if file.suffix == ".html":
            pages[path] = HtmlPage(file.read_text(encoding="utf-8")).page
        elif file.suffix == ".css":
            pages[path] = Page(loads=addresses_in_style(file.read_text(encoding="utf-8")))
        elif file.is_file():
            others.add(path)
    return pages, frozenset(others)


def check_built(app: Sphinx, exception: Exception | None) -> None:
    """Warn of each link of the built pages that leads nowhere."""
    if exception is None and app.builder.format == "html":
        for sentence in broken_links(*built_pages(Path(app.outdir))):
            logger.warning(sentence)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("build-finished", check_built)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
