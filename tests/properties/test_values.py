from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from hypothesis import example, given, strategies as st

from downloadable.domain import (
    ANY,
    Disposition,
    EntityTag,
    clean_name,
    format_http_date,
    guess_media_type,
    parse_http_date,
    parse_ranges,
    parse_tags,
)
from downloadable.domain.media_types import is_media_type
from tests.properties.strategies import (
    NOW,
    any_text,
    date_fields,
    dates,
    entity_tags,
    field_values,
    names,
    tag_fields,
)

presents = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # the zone is beside it
    max_value=datetime(2900, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
SEPARATORS = set("/\\")
BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = set("\u200e\u200f\u061c")


@given(entity_tags)
def test_tags_come_back(tag: EntityTag) -> None:
    """Parsing what a tag spells gives the tag, alone and in a list."""
    assert EntityTag.parse(str(tag)) == tag
    assert parse_tags(str(tag)) == (tag,)


@given(st.lists(entity_tags))
def test_lists_of_tags_come_back(tags: list[EntityTag]) -> None:
    """Parsing what a list of tags spells gives the list."""
    assert parse_tags(", ".join(map(str, tags))) == tuple(tags)


@given(tag_fields)
def test_tags_that_were_found_are_there(field: str) -> None:
    """Whatever is found in a field stands in it, in this order, and nothing else than tags is."""
    found = parse_tags(field)
    if found is ANY:
        assert field.strip(" \t") == "*"
        return
    position = 0
    for tag in found:
        position = field.index(str(tag), position) + len(str(tag))


@given(entity_tags, entity_tags)
def test_comparisons_are_symmetric(one: EntityTag, other: EntityTag) -> None:
    """It does not matter whose tag comes first, and strong comparison is the stricter one."""
    assert one.matches_strongly(other) == other.matches_strongly(one)
    assert one.matches_weakly(other) == other.matches_weakly(one)
    assert one.matches_weakly(other) or not one.matches_strongly(other)


@given(dates)
def test_dates_come_back(moment: datetime) -> None:
    """Parsing what a date spells gives its second."""
    assert parse_http_date(format_http_date(moment)) == moment.astimezone(UTC).replace(microsecond=0)


@given(dates)
def test_dates_are_spelt_as_others_spell_them(moment: datetime) -> None:
    """The email package writes and reads the same dates."""
    assert format_http_date(moment) == format_datetime(moment.astimezone(UTC), usegmt=True)
    assert parsedate_to_datetime(format_http_date(moment)) == parse_http_date(format_http_date(moment))


@given(date_fields)
def test_whatever_is_a_date_is_aware(field: str) -> None:
    """A date that is found in a field is one in UTC, by whole seconds, that can be sent again."""
    moment = parse_http_date(field, now=NOW)
    if moment is not None:
        assert moment.tzinfo is UTC
        assert moment.microsecond == 0
        assert parse_http_date(format_http_date(moment)) == moment


@given(st.integers(0, 99), presents)
def test_two_digits_are_never_far_ahead(two_digits: int, now: datetime) -> None:
    """A year of two digits is kept, and is never more than 50 years in the future."""
    moment = parse_http_date(f"Monday, 15-Jun-{two_digits:02} 12:00:00 GMT", now=now)
    assert moment is not None
    assert moment.year % 100 == two_digits
    assert (moment.year - 50, 6, 15, 12, 0, 0) <= now.timetuple()[:6]


@given(st.sampled_from(["attachment", "inline"]), names)
@example("attachment", "日本.tar.gz")
def test_dispositions_come_back(kind: str, name: str) -> None:
    """Parsing what a disposition spells gives the disposition: no character of a name is lost."""
    disposition = Disposition(kind, name)
    assert Disposition.parse(str(disposition)) == disposition


@given(st.sampled_from(["attachment", "inline"]), names)
def test_dispositions_are_ascii(kind: str, name: str) -> None:
    """Whatever a name holds, its field is printable ASCII without an escape that some clients do not undo."""
    spelt = str(Disposition(kind, name))
    assert spelt.isascii()
    assert spelt.isprintable()
    assert "\\" not in spelt
    assert spelt.count('"') in (0, 2)


@given(names)
@example("C:D:a.txt")
@example(" C:a.txt")
@example("a" * 239 + " b")
@example("é\u200d\u200ba")
@example("é\u200d\u3000")
@example("C:CON. .")
@example("a\u200d\ufe0f\u200dé")
@example("a\u200b\ufe0f")
@example("\u3000\ufe0fa")
@example("1\ufe0f\ufe0f\u20e3")
@example("a\U000e0067\ufe0f")
@example("\U0001f3f4\u200d\U000e0067a")
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    """A clean name is clean."""
    assert clean_name(clean_name(name)) == clean_name(name)


@given(names)
@example("con.\u200b")
@example("\u200dNUL .txt")
@example("a\u200d\u3000.")
def test_clean_names_are_safe(name: str) -> None:
    """No clean name is a path, hides anything, is empty, or too long for a file system."""
    clean = clean_name(name)
    assert clean not in ("", ".", "..")
    assert clean == clean.strip().rstrip(".")
    assert ":" not in clean
    assert clean.partition(".")[0].rstrip().upper() not in ("CON", "NUL", "COM1", "LPT²")
    assert len(clean.encode()) <= 240
    for character in clean:
        assert character not in SEPARATORS
        assert character not in MARKS
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in BIDI_CONTROLS


@given(st.one_of(names, any_text))
def test_guessed_types_can_be_sent(name: str) -> None:
    """Whatever a name looks like, its type is one."""
    assert is_media_type(guess_media_type(name))


@given(field_values)
def test_ranges_that_were_found_spell_themselves(field: str) -> None:
    """What is understood of a Range field can be asked of somebody else."""
    specs = parse_ranges(field)
    if specs is not None:
        assert parse_ranges("bytes=" + ",".join(map(str, specs))) == specs
