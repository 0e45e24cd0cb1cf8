"""
The catalogues of what clients read: ``make translations`` writes them, ``test_catalogues.py`` holds them to the code.

``.venv/bin/python -m tests.translations.catalogues nl`` begins one in another language.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).parents[2]
SOURCES = PROJECT / "src"
LOCALE = SOURCES / "django_ui" / "locale"

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}


class PlainCatalog(Catalog):
    """A catalogue without dates, so that it changes only where a text does."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        assert self.locale is not None
        return [
            ("Project-Id-Version", "downloadable"),
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", f"{self.plural_forms}\n"),
        ]


def texts(sources: Path = SOURCES) -> Catalog:
    """Collect what is to be translated, from modules and templates."""
    collected = Catalog()
    for path in sorted([*sources.rglob("*.py"), *sources.rglob("*.html"), *sources.rglob("*.txt")]):
        code = path.read_text() if path.suffix == ".py" else templatize(path.read_text())
        found = extract("python", BytesIO(code.encode()), KEYWORDS, comment_tags=["Translators:"])
        for _, message, comments, context in found:
            where = [(path.relative_to(sources.parent).as_posix(), 1)]
            collected.add(message, locations=where, auto_comments=comments, context=context)
    return collected


def languages() -> Iterator[str]:
    """Name the languages that there are, as directories are called."""
    return (path.name for path in sorted(LOCALE.iterdir()))


def path_of(language: str, suffix: str) -> Path:
    """Return where a catalogue is: to be edited (``.po``), or compiled (``.mo``)."""
    return LOCALE / language / "LC_MESSAGES" / f"django{suffix}"


def stored(language: str) -> Catalog:
    """Read what translators have written."""
    with path_of(language, ".po").open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, collected: Catalog) -> Catalog:
    """Return the catalogue with the texts there are now: new ones empty, those that are gone left out."""
    known = stored(language) if path_of(language, ".po").exists() else Catalog(locale=language)
    fresh = PlainCatalog(locale=language, header_comment="", fuzzy=False)
    for message in collected:
        if message.id:
            before = known.get(message.id, message.context)
            fresh.add(
                message.id,
                () if before is None else before.string,
                locations=message.locations,
                flags=() if before is None else before.flags,
                auto_comments=message.auto_comments,
                user_comments=() if before is None else before.user_comments,
                context=message.context,
            )
    return fresh


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that nobody has translated, or of which somebody has yet to see whether they still hold."""
    messages = [message for message in catalog if message.id]
    return [str(message.id) for message in messages if message.fuzzy or not all(forms_of(message.string))]


def forms_of(text: str | list[str] | tuple[str, ...] | None) -> list[str] | tuple[str, ...]:
    """Return the forms of a text, of which most have one."""
    return [text] if isinstance(text, str) else text or ("",)


def write(catalog: Catalog, file: BinaryIO, suffix: str) -> None:
    """Write a catalogue for translators, or compiled."""
    if suffix == ".po":
        write_po(file, catalog, width=100, sort_output=True, include_lineno=False)
    else:
        write_mo(file, catalog)


def main(*further: str) -> None:
    """Bring the catalogues of all languages up to date, and those of further ones into being."""
    collected = texts()
    for language in sorted({*languages(), *further}):
        catalog = updated(language, collected)
        path_of(language, ".po").parent.mkdir(parents=True, exist_ok=True)
        for suffix in (".po", ".mo"):
            with path_of(language, suffix).open("wb") as file:
                write(catalog, file, suffix)
        sys.stdout.write(f"{language}: {len(catalog)} texts, {len(untranslated(catalog))} to translate\n")


if __name__ == "__main__":
    try:
        for code in sys.argv[1:]:
            Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        sys.exit(str(error))
    main(*sys.argv[1:])
