"""What a client reads, in its language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils import translation
from django.utils.translation import trans_real
from rest_framework.views import APIView

from downloadable import ContentNotFound, download_view
from downloadable.adapters.memory import MemorySource
from downloadable.django_ui.health import BLAMED
from downloadable.django_ui.rest import DownloadAPIViewMixin
from downloadable.django_ui.translation import gettext, gettext_lazy, ngettext
from downloadable.domain import (
    ContentForbidden,
    ContentInvalid,
    ContentTimeout,
    ContentUnavailable,
    SignatureExpired,
    SignatureInvalid,
)
from tests.django_ui.doors import async_view_of, sync_view_of
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import RecordingContent
from tests.translations.catalogues import languages, main, path_of

LOCALE = "django.middleware.locale.LocaleMiddleware"
COUNTED = "%(count)d of the checks failed; to blame: %(culprits)s"


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    """Let Django read its catalogues anew: which there are depends on the settings of a test."""
    django: Any = trans_real
    remembered = (django._translations, django._default)
    django._translations, django._default = {}, None
    yield
    django._translations, django._default = remembered


def page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Be the project's own page, which shows what was raised."""
    return HttpResponse(f"{exception}\n", status=404 if isinstance(exception, ContentNotFound) else 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Be the one for 404."""
    return HttpResponse(f"{exception}\n", status=404)


def forbidding() -> Any:
    """Return a view whose files nobody may have."""
    return download_view(MemorySource({}), key=lambda request: "a", authorize=lambda request, key: False)


def failing(error: Exception) -> Any:
    """Return what makes a content that cannot be had."""
    return lambda: RecordingContent(failing={"describe": error})


ANSWERS: list[Any] = [
    pytest.param(ContentNotFound("x"), 404, "Diese Datei gibt es nicht.", id="404"),
    pytest.param(ContentForbidden("x"), 403, "Diese Datei darf nicht heruntergeladen werden.", id="403"),
    pytest.param(SignatureExpired("x"), 403, "Dieser Link ist abgelaufen.", id="expired"),
    pytest.param(SignatureInvalid("x"), 403, "Dieser Link ist nicht gültig.", id="not valid"),
    pytest.param(ContentInvalid("x"), 502, "Die Datei ist nicht unversehrt angekommen.", id="502"),
    pytest.param(ContentUnavailable("x"), 503, "Die Datei ist im Moment nicht verfügbar.", id="503"),
    pytest.param(ContentTimeout("x"), 504, "Die Datei ist nicht rechtzeitig angekommen.", id="504"),
]
ASKED = {"middleware": [LOCALE], "handlers": {"handler404": page_not_found, "handler403": page}}


@EVERY_HANDLER
@pytest.mark.parametrize("view_of", [sync_view_of, async_view_of])
@pytest.mark.parametrize(("error", "status", "sentence"), ANSWERS)
def test_a_client_reads_its_language(
    ask: Ask, view_of: Any, error: Exception, status: int, sentence: str
) -> None:
    """Although the package is not among the installed applications, as it need not be."""
    assert "downloadable.django_ui" not in settings.INSTALLED_APPS
    view = view_of(failing(error))
    answer = ask(view, fields={"Accept-Language": "de"}, **ASKED)
    assert (answer.status, answer.body.decode()) == (status, f"{sentence}\n")
    # And the next one reads another.
    other = ask(view, fields={"Accept-Language": "en"}, **ASKED)
    assert other.status == status
    assert sentence not in other.body.decode()


@EVERY_HANDLER
def test_who_is_not_allowed_reads_so(ask: Ask) -> None:
    """The factory's refusal, too."""
    answer = ask(forbidding(), fields={"Accept-Language": "fr"}, **ASKED)
    assert (answer.status, answer.body.decode()) == (
        403,
        "Le téléchargement de ce fichier n’est pas autorisé.\n",
    )


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        pytest.param(None, 416, "Die Datei hat den gewünschten Bereich nicht.", id="416"),
        *(param for param in ANSWERS if param.values[1] > 403),
    ],
)
def test_a_client_of_an_api_reads_its_language(
    ask: Ask, error: Exception | None, status: int, sentence: str
) -> None:
    """Django REST framework's renderers word it."""
    content = RecordingContent(failing={} if error is None else {"describe": error})

    class Api(DownloadAPIViewMixin, APIView):
        authentication_classes = ()

        def get_file(self) -> Any:
            return content

    fields = {"Accept-Language": "de", "Range": "bytes=99999999-"}
    answer = ask(Api.as_view(), fields=fields, middleware=[LOCALE])
    assert (answer.status, json.loads(answer.body)["detail"]) == (status, sentence)


@pytest.mark.parametrize("language", list(languages()))
@pytest.mark.parametrize("installed", [False, True])
def test_every_language_is_spoken(language: str, installed: bool) -> None:
    """Installed or not."""
    apps = [*settings.INSTALLED_APPS, *(["downloadable.django_ui"] if installed else [])]
    with override_settings(INSTALLED_APPS=apps), translation.override(language):
        assert gettext("This link has expired.") not in ("", "This link has expired.")
        one, three = (ngettext(COUNTED, COUNTED, number) for number in (1, 3))
        assert len({COUNTED, one, three}) == 3


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param("de-at", "Dieser Link ist abgelaufen.", id="variant of a language"),
        pytest.param("en", "This link has expired.", id="English"),
        pytest.param("en-gb", "This link has expired.", id="British English"),
        pytest.param("fi", "Linket er udløbet.", id="unknown: the site's"),
        pytest.param(None, "This link has expired.", id="none"),
    ],
)
@override_settings(LANGUAGE_CODE="da")
def test_languages_without_a_catalogue(language: str | None, sentence: str) -> None:
    """What is not translated is said as Django would: in the language of the site, or as it stands in the code."""
    with translation.override(language):
        assert gettext("This link has expired.") == sentence


@override_settings(LANGUAGE_CODE="de")
def test_the_language_of_the_site_is_spoken_where_nobody_has_chosen() -> None:
    """Without LocaleMiddleware, such as in a command."""
    translation.deactivate()
    assert gettext("This link has expired.") == "Dieser Link ist abgelaufen."


@override_settings(LANGUAGE_CODE="de", USE_I18N=False)
def test_sites_can_switch_translation_off() -> None:
    """Then nothing is translated, as of Django's own."""
    translation.deactivate()
    assert gettext("This link has expired.") == "This link has expired."


def test_what_the_project_says_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue in LOCALE_PATHS replaces ours, text by text."""
    monkeypatch.setattr("tests.translations.catalogues.LOCALE", tmp_path)
    main("de")
    path = path_of("de", ".po")
    sentence = 'msgid "This link has expired."\nmsgstr '
    path.write_text(path.read_text().replace(f'{sentence}""', f'{sentence}"Zu spät."'))
    main()
    with override_settings(LOCALE_PATHS=[tmp_path]), translation.override("de"):
        assert gettext("This link has expired.") == "Zu spät."
        assert gettext("This link is not valid.") == "Dieser Link ist nicht gültig."


def test_what_is_said_at_import_is_not_frozen() -> None:
    """Each time it is shown, it is in the language of who looks."""
    lazy = gettext_lazy("This link has expired.")
    for language, sentence, network in (
        ("de", "Dieser Link ist abgelaufen.", "Netzwerk"),
        ("es", "Este enlace ha caducado.", "red"),
        ("en", "This link has expired.", "network"),
    ):
        with translation.override(language):
            assert (str(lazy), str(BLAMED["network"])) == (sentence, network)
