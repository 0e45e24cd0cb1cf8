from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from docs.extensions.conformance import filled
from tests.conformance.rows import Row
from tests.conformance.samples import SAMPLES
from tests.conformance.sections import address_of, cited
from tests.conformance.table import ROWS
from tests.servers.processes import SERVERS

PAGE = filled(Path(__file__).parents[2].joinpath("docs/conformance.md").read_text())
TOLD = {
    found[1]: unescape(found[0])
    for found in re.finditer(r'^<tr><td><a id="row-([\w-]+)".*</tr>$', PAGE, re.MULTILINE)
}


def test_every_row_has_its_place() -> None:
    """The page has each row of the table once, under a name of its own, and no room is left empty."""
    assert len(TOLD) == len(ROWS) == PAGE.count('id="row-')
    assert "go here" not in PAGE


@pytest.mark.parametrize("of", [pytest.param(ROWS[start::50], id=f"{start}") for start in range(50)])
def test_a_row_tells_what_is_asked_and_answered(of: tuple[Row, ...]) -> None:
    """What is asked, the status that must come, and the section of the rule can be read in the row."""
    for row in of:
        text = TOLD[row.id]
        assert f"<strong>{row.method}</strong>" in text
        assert f"<strong>{row.status}</strong>" in text
        assert f'href="{address_of(*cited(row.section))}"' in text
        for name in row.asked:
            assert f"<code>{name}:" in text
        for name, value in row.fields.items() if row.status in (200, 206) else ():
            usual = SAMPLES[row.of].fields.get(name)
            told = f"no <code>{name}</code>" if value is None else f"<code>{name}: "
            assert value == usual or told in text or row.parts[1:]


def test_the_page_says_how_rows_are_asked() -> None:
    """Both handlers and every server that the table is asked of are named."""
    for way in ("decide()", "WSGI handler", "ASGI handler", *(kind.name for kind in SERVERS)):
        assert way in PAGE
