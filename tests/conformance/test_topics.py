from __future__ import annotations

from tests.conformance.sections import SECTIONS, cited
from tests.conformance.table import ROWS
from tests.conformance.topics import TOPICS


def test_every_row_belongs_to_one_topic() -> None:
    """What readers are shown is the table, with no row left out or told twice."""
    assert sorted(row.id for topic in TOPICS for row in topic.rows) == sorted(row.id for row in ROWS)


def test_every_row_names_a_section() -> None:
    """Each row follows a rule that can be looked up, and no section is listed whose rule no row follows."""
    named = {cited(row.section) for row in ROWS}
    assert named == {(rfc, number) for rfc, titles in SECTIONS.items() for number in titles}
