"""Every sentence that a client can read goes through gettext."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from tests.translations.catalogues import SOURCES
from tests.translations.sentences import EAGER, LAZY, untranslated_in_code, untranslated_in_template

ANSWERING = SOURCES / "django_ui"

INSTALLED = {"src/django_ui/apps.py", "src/django_ui/downloadview/apps.py"}
"""Modules that speak only where the application is installed, and before Django is ready."""


def test_every_sentence_for_clients_goes_through_gettext() -> None:
    """In all that answers; what is said when a module is imported, lazily."""
    wrong = {
        path.name: found
        for path in ANSWERING.rglob("*.py")
        if path != ANSWERING / "translation.py" and (found := untranslated_in_code(path.read_text()))
    }
    assert wrong == {}


def test_nothing_else_answers() -> None:
    """Below, errors have texts for the log, which no client reads."""
    answering = re.compile(r"\b(HttpResponse\w*|Http404|PermissionDenied|BadRequest)\(")
    assert [
        path.name
        for path in SOURCES.rglob("*.py")
        if not path.is_relative_to(ANSWERING) and answering.search(path.read_text())
    ] == []


def test_templates_have_no_words_of_their_own() -> None:
    """What they say stands in {% translate %}."""
    wrong = {
        path.relative_to(SOURCES).as_posix(): found
        for path in [*SOURCES.rglob("*.html"), *SOURCES.rglob("*.txt")]
        if (found := untranslated_in_template(path.read_text()))
    }
    assert wrong == {}


def test_translations_are_found_where_the_application_is_not_installed() -> None:
    """Django's own functions would look into installed applications only."""
    users = {
        path.relative_to(SOURCES.parent).as_posix()
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "django.utils.translation"
        and any(alias.name in EAGER | LAZY for alias in node.names)
    }
    assert users == INSTALLED


WRONG: list[Any] = [
    pytest.param('HttpResponse("No.")', id="answer"),
    pytest.param('raise Http404("No.")', id="404"),
    pytest.param('raise exceptions.PermissionDenied("No.") from error', id="403"),
    pytest.param('HttpResponse(content="No.", status=500)', id="keyword"),
    pytest.param('HttpResponseForbidden(b"" or "No.")', id="expression"),
    pytest.param('HttpResponse(f"No, {name}.")', id="f-string"),
    pytest.param('HttpResponse("No, %s." % name)', id="percent"),
    pytest.param('HttpResponse("No, {}.".format(name))', id="format"),
    pytest.param('HttpResponse(" ".join(["No", name]))', id="join"),
    pytest.param('HttpResponse(_("No.") + "Go.")', id="half of it"),
    pytest.param('return refusal("No.", error)', id="function of ours"),
    pytest.param('APIException("No.")', id="REST framework"),
    pytest.param('messages.success(request, "Done.")', id="message"),
    pytest.param('format_html("<b>No {}</b>", name)', id="markup"),
    pytest.param('class A:\n    verbose_name = "Files"', id="attribute"),
    pytest.param('class A:\n    verbose_name: str = "Files"', id="attribute with a type"),
    pytest.param('link.short_description = "File"', id="attribute of a function"),
    pytest.param('@admin.display(description="File")\ndef link(self): ...', id="decorator"),
    pytest.param("def a():\n    return HttpResponse(_(sentence))", id="variable"),
    pytest.param('def a():\n    return HttpResponse(_(f"No, {name}."))', id="f-string within"),
    pytest.param('from a import gettext as _\nNO = _("No.")', id="not lazy"),
    pytest.param('from a import gettext as _\nclass A:\n    no = {"no": _("No.")}', id="not lazy in a class"),
    pytest.param('from a import gettext as _\ndef a(no=_("No.")): ...', id="not lazy as a default"),
    pytest.param("from a import gettext_lazy as _\nNO = f\"{_('No.')}\"", id="frozen in an f-string"),
    pytest.param('from a import gettext_lazy as _\nNO = str(_("No."))', id="frozen by str"),
    pytest.param('from a import gettext_lazy as _\nNO = _("No.") + "!"', id="frozen by an operator"),
]


@pytest.mark.parametrize("code", WRONG)
def test_what_does_not_is_found(code: str) -> None:
    """In whatever shape it comes."""
    assert len(untranslated_in_code(code)) >= 1


RIGHT: list[Any] = [
    pytest.param('def a():\n    return HttpResponse(_("No."))', id="answer"),
    pytest.param("def a():\n    return HttpResponse(f\"{_('No.')}\\n\")", id="line end"),
    pytest.param('def a():\n    return HttpResponse(_("No, %(name)s.") % {"name": name})[0]', id="names"),
    pytest.param('HttpResponse(headers={"Allow": "GET"}, content_type="text/plain")', id="for programs"),
    pytest.param("raise Http404", id="without a word"),
    pytest.param("HttpResponse(sentence)", id="what was translated before"),
    pytest.param('from a import gettext_lazy as _\nNO = {"no": _("No.")}', id="lazy"),
    pytest.param("format_html('<a href=\"{}\">{}</a>&nbsp;', url, name)", id="markup"),
    pytest.param('log.warning("Answered with 403")', id="log"),
    pytest.param('raise ValueError("No.")', id="mistake of the program"),
]


@pytest.mark.parametrize("code", RIGHT)
def test_what_does_is_left_alone(code: str) -> None:
    """And so is what no client reads."""
    assert untranslated_in_code(code) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>No.</p>", ["No."]),
        ("<p title='x'>{% if a %}No {{ b }}{% endif %}</p>", ["No"]),
        (
            "{% load i18n %}{# words #}<style>p { color: red }</style><p>{% translate 'No.' %} – {{ a }}</p>",
            [],
        ),
        ("{% blocktranslate with a=b %}No {{ a }}.{% endblocktranslate %}", []),
    ],
)
def test_words_of_a_template_are_found(template: str, words: list[str]) -> None:
    """All that stands between its tags."""
    assert untranslated_in_template(template) == words
