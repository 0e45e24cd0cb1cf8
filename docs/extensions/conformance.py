"""
Writes the conformance table into the page that leaves room for it, from the very rows that the tests ask.

The table is HTML: its values hold every character that Markdown would take for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from sphinx.application import Sphinx

from tests.conformance.expectations import BOUNDARY, expected_answer
from tests.conformance.middleware import agrees
from tests.conformance.rows import Row
from tests.conformance.samples import SAMPLES
from tests.conformance.sections import SECTIONS, address_of, cited
from tests.conformance.table import ROWS, SERVED
from tests.conformance.topics import TOPICS
from tests.servers.processes import SERVERS

ROOM = re.compile(r"^% the (\w+) go here$", re.MULTILINE)
"""A comment in the page, where something of this is to stand."""

LONGEST = 160
"""Characters of a value that are shown; a few rows ask for hundreds of ranges."""

REFUSALS = (304, 405, 412, 416)
"""Answers whose few fields are all told; of others, only what is not as in a plain answer."""


def write_rooms(app: Sphinx, docname: str, source: list[str]) -> None:
    """Fill in what the page leaves room for."""
    if docname == "conformance":
        source[0] = filled(source[0])


def filled(page: str) -> str:
    """Return *page* with all that it leaves room for."""
    rooms = {"ways": ways, "samples": samples, "rows": rows}
    return ROOM.sub(lambda found: rooms[found[1]](), page)


def ways() -> str:
    """List through what each row goes, and how many of them."""
    of_files = [row for row in SERVED if not row.of_view]
    agreed = [row for row in SERVED if agrees(row)]
    uncoded = [row for row in agreed if "Accept-Encoding" not in row.asked]
    decided = [row for row in ROWS if not row.of_view]
    names = ", ".join(f"`{kind.name}` ({kind.interface.upper()})" for kind in SERVERS)
    of_doors = 2 * len(SERVED) + 2 * len(of_files)
    wsgi, asgi = "Django's WSGI handler", "Django's ASGI handler"
    told = [
        ("`decide()` alone", "no framework", len(decided)),
        (wsgi, "a view of `download_view()`", len(SERVED)),
        (wsgi, "a function that calls `download()`", len(of_files)),
        (wsgi, "a view behind sessions, conditional GET and compression that nobody asked for", len(agreed)),
        (wsgi, "the same, asked with `Accept-Encoding: gzip`", len(uncoded)),
        (asgi, "an async view of `download_view()`", len(SERVED)),
        (asgi, "a function that calls `download()`", len(of_files)),
        (asgi, "an async function that awaits `adownload()`", len(of_files)),
        (asgi, "an async view behind the same middleware, asked with `Accept-Encoding: gzip`", len(uncoded)),
        (f"real servers, over a socket: {names}", "on each, view and function, sync and async", of_doors),
    ]
    lines = ["| through | answered by | rows |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {how} | {what} | {count} |" for how, what, count in told)])


def samples() -> str:
    """List what the rows ask for, with the fields of a plain answer."""
    cells = (
        ([named("sample", name), count_of(len(sample.data))], field_lines(sample.fields))
        for name, sample in SAMPLES.items()
    )
    return table(("sample", "answered to a plain GET"), cells)


def rows() -> str:
    """Write all rows, by topic."""
    return "\n\n".join(
        f"### {topic.title}\n\n{topic.says}\n\n"
        + table(
            ("row", "asked", "answered"),
            (([named("row", row.id), rule(row)], asked(row), answered(row)) for row in topic.rows),
        )
        for topic in TOPICS
    )


def asked(row: Row) -> list[str]:
    """Say what is asked, and of what."""
    of = f'<a href="#sample-{row.of}">{row.of}</a>'
    facts = [f"{of} with {code(f'{name}={value!r}')}" for name, value in row.facts.items()] or [of]
    policy = [f"policy {code(f'{name}={told(value)}')}" for name, value in row.policy.items()]
    clock = [] if row.now is None else [f"at {code(row.now.isoformat(' '))}"]
    return [f"<strong>{row.method}</strong> {facts[0]}", *facts[1:], *policy, *clock, *field_lines(row.asked)]


def answered(row: Row) -> list[str]:
    """Say what must come: the status, the fields that are not as in a plain answer, and which bytes."""
    answer = expected_answer(row, BOUNDARY)
    usual: Mapping[str, str] = {} if row.status in REFUSALS else SAMPLES[row.of].fields
    fields = dict(answer.fields)
    other = {name: value for name, value in fields.items() if usual.get(name) != value}
    return [
        f"<strong>{answer.status}</strong> {body_of(row)}",
        *field_lines(other),
        *(f"no {code(name)}" for name in usual if name not in fields),
    ]


def body_of(row: Row) -> str:
    if row.method == "HEAD" or row.status in REFUSALS:
        return "no body"
    size = len(SAMPLES[row.of].data)
    if row.status != 206:
        return f"the whole: {count_of(size)}"
    spans = [f"{start}–{stop - 1}" for start, stop in row.parts]
    shown = spans if len(spans) <= 4 else [*spans[:2], "…", spans[-1]]
    return f"bytes {', '.join(shown)} of {size}" + (f", in {len(spans)} parts" if len(spans) > 1 else "")


def count_of(size: int) -> str:
    return "1 byte" if size == 1 else f"{size} bytes"


def rule(row: Row) -> str:
    """Link to the section of the rule that a row follows."""
    rfc, number = cited(row.section)
    title = SECTIONS[rfc][number]
    return f'<a class="reference external" href="{address_of(rfc, number)}">RFC {rfc}, {number}</a> {escape(title)}'


def named(kind: str, name: str) -> str:
    return f'<a id="{kind}-{name}" href="#{kind}-{name}">{name}</a>'


def field_lines(fields: Mapping[str, str]) -> list[str]:
    return [code(f"{name}: {value.replace(BOUNDARY, '…')}") for name, value in fields.items()]


def told(value: Any) -> str:
    """Spell a value as Python does; sets in order, so that the page is the same each time."""
    return f"{{{', '.join(map(repr, sorted(value)))}}}" if isinstance(value, frozenset) else repr(value)


def code(text: str) -> str:
    """Show *text* as it is, but for its middle if it is long, and for what nobody would see."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 8 :]}"
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return f"<code>{escape(shown)}</code>"


def table(titles: tuple[str, ...], rows: Iterable[tuple[list[str], ...]]) -> str:
    """Write a table whose rows stand below one another on a narrow screen."""
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    written = (("<br>".join(lines) for lines in cells) for cells in rows)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in written)
    return f'<table class="conformance">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("source-read", write_rooms)
    app.add_css_file("conformance.css")
    return {"parallel_read_safe": True}
