"""The catalogues hold what the code says, and nothing else; all of it is translated, and compiled."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.translations.catalogues import (
    languages,
    main,
    path_of,
    stored,
    texts,
    untranslated,
    updated,
    write,
)

LANGUAGES = list(languages())
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def collected() -> Catalog:
    """What the code says."""
    return texts()


def test_the_languages_are_there() -> None:
    """Those that the documentation names."""
    assert {"da", "de", "es", "fr"} <= set(LANGUAGES)


@EVERY_LANGUAGE
@pytest.mark.parametrize("suffix", [".po", ".mo"])
def test_catalogues_are_up_to_date(language: str, suffix: str, collected: Catalog) -> None:
    """``make translations`` would change nothing."""
    fresh = BytesIO()
    write(updated(language, collected), fresh, suffix)
    assert path_of(language, suffix).read_bytes() == fresh.getvalue()


@EVERY_LANGUAGE
def test_everything_is_translated(language: str) -> None:
    """No text is missing, and of none somebody has yet to see whether it still holds."""
    assert untranslated(stored(language)) == []


@EVERY_LANGUAGE
def test_translations_fit_their_texts(language: str) -> None:
    """They have the same placeholders, as many forms as the language has, and the same end."""
    catalog = stored(language)
    assert [(message.id, errors) for message, errors in catalog.check()] == []
    for message in catalog:
        singular = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else message.string or ()
        if singular:
            assert all(form.endswith(".") == singular.endswith(".") for form in forms), singular


def test_a_new_language_begins_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With all texts, to be translated; what a translator has written stays when it is made again."""
    monkeypatch.setattr("tests.translations.catalogues.LOCALE", tmp_path)
    main("nl")
    count = len([message for message in texts() if message.id])
    assert capsys.readouterr().out == f"nl: {count} texts, {count} to translate\n"
    path = path_of("nl", ".po")
    sentence = 'msgid "This link has expired."\nmsgstr '
    written = path.read_text().replace(f'{sentence}""', f'{sentence}"Deze link is verlopen."')
    path.write_text(written)
    main()
    assert capsys.readouterr().out == f"nl: {count} texts, {count - 1} to translate\n"
    assert path.read_text() == written


def test_texts_of_templates_are_collected(tmp_path: Path) -> None:
    """As those of modules are."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.html").write_text("{% load i18n %}<p>{% translate 'One.' %}</p>")
    (source / "b.py").write_text('from a import gettext as _\n\ndef b():\n    return _("Two.")\n')
    assert [message.id for message in texts(source) if message.id] == ["One.", "Two."]
