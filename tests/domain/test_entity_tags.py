from __future__ import annotations

import pytest

from downloadable.domain import ANY, EntityTag, parse_tags

A, B = EntityTag("a"), EntityTag("b")
WEAK_A, WEAK_B = EntityTag("a", weak=True), EntityTag("b", weak=True)


@pytest.mark.parametrize(
    ("one", "other", "strongly", "weakly"),
    [
        pytest.param(WEAK_A, WEAK_A, False, True, id="both weak"),
        pytest.param(WEAK_A, WEAK_B, False, False, id="both weak, different"),
        pytest.param(WEAK_A, A, False, True, id="one weak"),
        pytest.param(A, WEAK_A, False, True, id="other weak"),
        pytest.param(A, A, True, True, id="both strong"),
        pytest.param(A, B, False, False, id="both strong, different"),
        pytest.param(A, EntityTag("A"), False, False, id="other case"),
        pytest.param(EntityTag(""), EntityTag(""), True, True, id="both empty"),
    ],
)
def test_comparison(one: EntityTag, other: EntityTag, strongly: bool, weakly: bool) -> None:
    """Tags are compared as the table of RFC 9110, section 8.8.3.2, says."""
    assert one.matches_strongly(other) is strongly
    assert one.matches_weakly(other) is weakly


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('"v1"', EntityTag("v1"), id="strong"),
        pytest.param('W/"v1"', EntityTag("v1", weak=True), id="weak"),
        pytest.param(' \t"v1"\t ', EntityTag("v1"), id="space around"),
        pytest.param('""', EntityTag(""), id="empty"),
        pytest.param('"*"', EntityTag("*"), id="star"),
        pytest.param('"W/"', EntityTag("W/"), id="looks weak"),
        pytest.param('"a,b"', EntityTag("a,b"), id="comma"),
        pytest.param('"a\\b"', EntityTag("a\\b"), id="backslash escapes nothing"),
        pytest.param('"caf\xe9"', EntityTag("caf\xe9"), id="latin-1"),
        pytest.param("v1", None, id="no quotes"),
        pytest.param('"v1', None, id="one quote"),
        pytest.param("'v1'", None, id="other quotes"),
        pytest.param('w/"v1"', None, id="small w"),
        pytest.param('W / "v1"', None, id="spaces within"),
        pytest.param('W"v1"', None, id="no slash"),
        pytest.param('"a b"', None, id="space"),
        pytest.param('"a"b"', None, id="quote within"),
        pytest.param('"a", "b"', None, id="two"),
        pytest.param('"a\n"', None, id="line break"),
        pytest.param('"v1"\n', None, id="line break behind"),
        pytest.param('"日本"', None, id="not latin-1"),
        pytest.param("*", None, id="any"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_parse(text: str, expected: EntityTag | None) -> None:
    """One entity tag is read as RFC 9110, section 8.8.3, spells it, and nothing else is."""
    assert EntityTag.parse(text) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param(EntityTag("v1"), '"v1"', id="strong"),
        pytest.param(EntityTag("v1", weak=True), 'W/"v1"', id="weak"),
        pytest.param(EntityTag(""), '""', id="empty"),
    ],
)
def test_str(tag: EntityTag, expected: str) -> None:
    """A tag is spelt with its quotes."""
    assert str(tag) == expected


@pytest.mark.parametrize("opaque", ['"', "a b", "a\tb", "a\r\nX: y", "\0", "\x7f", "日本"])
def test_opaque_text_must_fit_into_a_field(opaque: str) -> None:
    """What cannot stand between the quotes is refused where the tag is made."""
    with pytest.raises(ValueError, match="hash or quote it first"):
        EntityTag(opaque)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("*", ANY, id="any"),
        pytest.param(" * ", ANY, id="any with space"),
        pytest.param('"a"', (A,), id="one"),
        pytest.param('"a", W/"b"', (A, WEAK_B), id="two"),
        pytest.param('"a","b"', (A, B), id="no space"),
        pytest.param('"a"\t ,\t"b"', (A, B), id="tabs"),
        pytest.param(',, "a",, ,"b" ,', (A, B), id="empty elements"),
        pytest.param('"a,b", "b"', (EntityTag("a,b"), B), id="comma within"),
        pytest.param('"a, "b"', (), id="open quote swallows what follows"),
        pytest.param('"a", rubbish, "b"', (A, B), id="rubbish is passed over"),
        pytest.param('"a" rubbish, "b"', (B,), id="rubbish behind a tag"),
        pytest.param('"a b", "b"', (B,), id="no tag in quotes"),
        pytest.param('*, "a"', (A,), id="any within a list is none"),
        pytest.param('"*"', (EntityTag("*"),), id="quoted star is a tag"),
        pytest.param('"a" "b"', (), id="no comma"),
        pytest.param("rubbish", (), id="rubbish"),
        pytest.param('"a', (), id="one quote"),
        pytest.param('"a\nb", "b"', (B,), id="line break"),
        pytest.param("", (), id="nothing"),
        pytest.param(" ,\t,", (), id="commas"),
    ],
)
def test_parse_tags(field: str, expected: object) -> None:
    """A list of tags is read as RFC 9110, sections 5.6.1 and 13.1.1, spell it; what is no tag matches nothing."""
    assert parse_tags(field) == expected


def test_a_long_list_is_read_in_no_time() -> None:
    """No list of thousands of quotes, commas or spaces takes long to read."""
    for element in ('"', '"a,', 'W/"', ",", '"a" ', "\t,", '"a"\x01,'):
        parse_tags(element * (30_000 // len(element)))
