"""
What clients read, in their language: as Django translates it, or else by the catalogues of this package.

Django looks into ``LOCALE_PATHS`` and the applications that are installed. This package need not be one of them, so its
own catalogues are asked here for what Django does not find. What a project says in its own catalogues goes first.
"""

from __future__ import annotations

import gettext as catalogues
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.functional import lazy

__all__ = ["gettext", "gettext_lazy", "ngettext"]

LOCALE = Path(__file__).parent / "locale"


def gettext(message: str) -> str:
    """Return *message* in the active language; as it is where nobody has translated it."""
    translated = translation.gettext(message)
    return own_catalogue().gettext(message) if translated == message else translated


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form for *number* in the active language."""
    translated = translation.ngettext(singular, plural, number)
    if translated in (singular, plural):
        return own_catalogue().ngettext(singular, plural, number)
    return translated


gettext_lazy = lazy(gettext, str)
"""Return *message* as a text that is translated each time it is shown: for what is said when a module is imported."""


def own_catalogue() -> catalogues.NullTranslations:
    """Return our catalogue for the active language, which falls back as Django does: to that of the site."""
    language = translation.get_language()
    if not (language and settings.USE_I18N):  # nothing is to be translated
        return catalogues.NullTranslations()
    # Texts are in English, which has no catalogue.
    return catalogue_of(language, None if language.startswith("en") else settings.LANGUAGE_CODE)


@lru_cache(maxsize=128)
def catalogue_of(language: str, otherwise: str | None) -> catalogues.NullTranslations:
    codes = [language] if otherwise is None else [language, otherwise]
    names = [translation.to_locale(code) for code in codes]
    return catalogues.translation("django", LOCALE, names, fallback=True)
