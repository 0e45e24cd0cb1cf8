"""The page "how did these bytes reach you": a visitor composes a request, and sees what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from demo import settings as site, source_urls, watching
from demo.asking import FIELDS, METHODS, Arrived, NoAnswer, NotAsked, ask, target_of, value_of
from demo.buckets import origin_of
from demo.catalogue import CATALOGUE
from demo.models import Document
from demo.verdicts import Field, Meaning, Sender, counted, dumped, fields_of, meaning_of, sender_of
from demo.watching import Heard, Left

__all__ = ["inspect"]

SOURCES = frozenset(pattern.name for pattern in source_urls.urlpatterns if pattern.name) - {"sources"}
WAIT_SECONDS = 2
"""For what leaves Django, and for observers: both are told when a body has ended, perhaps after the client has it."""


def key_of(name: str) -> str:
    """Return what a form calls a header field."""
    return name.lower().replace("-", "_")


class InspectForm(forms.Form):
    """A request for a download."""

    method = forms.ChoiceField(label=_("Method"), choices=[(one, one) for one in METHODS])
    path = forms.CharField(label=_("What"), widget=forms.TextInput(attrs={"list": "targets", "size": 50}))

    def __init__(self, *args: Any, here: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self._here = here
        for name in FIELDS:
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            self.fields[key_of(name)] = forms.CharField(
                label=name, required=False, strip=False, widget=widget
            )

    def clean_path(self) -> str:
        try:
            return target_of(self.cleaned_data["path"], self._here, SOURCES)
        except NotAsked as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> None:
        for name in FIELDS:
            try:
                self.cleaned_data[key_of(name)] = value_of(self.cleaned_data.get(key_of(name), ""))
            except NotAsked as error:
                self.add_error(key_of(name), str(error))

    def sent(self) -> dict[str, str]:
        """Return the header fields that the visitor has filled in."""
        return {name: value for name in FIELDS if (value := self.cleaned_data[key_of(name)])}


@frozen(kw_only=True)
class Seen:
    """
    What became of a request.

    Args:
        fields: Of the request, as the visitor has filled them in.

        store: What the store has answered, if the client is sent there and the store is the demo's own.
    """

    method: str
    target: str
    sent: Mapping[str, str]
    arrived: Arrived
    left: Left | None
    heard: Heard | None
    store: Arrived | None

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.arrived.status)

    @property
    def sender(self) -> Sender:
        return sender_of(self.method, self.arrived, self.left, self.heard)

    @property
    def fields(self) -> list[Field]:
        return fields_of(self.arrived, self.left)

    @property
    def body(self) -> list[tuple[str, str, str]]:
        return dumped(self.arrived.first)

    @property
    def size(self) -> str:
        return counted(self.arrived.size)

    @property
    def milliseconds(self) -> int:
        return round(self.arrived.seconds * 1000)

    @property
    def stored(self) -> str:
        return "" if self.store is None else f"{self.store.status}, {counted(self.store.size)}"

    @property
    def offers(self) -> list[tuple[str, str, str]]:
        """Name, key and value of the fields that this answer could fill in."""
        tag, date = self.arrived.field("ETag"), self.arrived.field("Last-Modified")
        values = {"If-None-Match": tag, "If-Match": tag, "If-Range": tag or date}
        values |= {"If-Modified-Since": date, "If-Unmodified-Since": date}
        return [(name, key_of(name), values[name]) for name in FIELDS if values.get(name)]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def inspect(request: HttpRequest) -> HttpResponse:
    """Show the form; ask what it says; or fill in what the last answer had."""
    here = request.build_absolute_uri("/")[:-1]
    seen, problem = None, ""
    if request.method != "POST":
        path = request.GET.get("path", reverse("local", args=["random.bin"]))
        form = InspectForm(here=here, initial={"path": path, "method": "GET"})
    elif "use" in request.POST:
        key, _, value = request.POST["use"].partition("=")
        form = InspectForm(here=here, initial={**request.POST.dict(), key: value})
    else:
        form = InspectForm(request.POST, here=here)
        if form.is_valid():
            try:
                seen = look(request, form)
            except NoAnswer as error:
                problem = str(error)
    context = {"here": here, "form": form, "seen": seen, "problem": problem, "targets": targets_of(request)}
    return render(request, "demo/inspect.html", context)


def targets_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what this visitor may ask for: paths, and what they are."""
    documents = [
        (reverse(view, args=[document.pk]), f"{document.title}{how}")
        for document in Document.objects.readable_by(request.user)[:50]
        for view, how in (("document-file", ""), ("document-view", ", to be shown"))
    ]
    return documents + [(one.url, one.title) for downloads in CATALOGUE.values() for one in downloads]


def look(request: HttpRequest, form: InspectForm) -> Seen:
    """
    Ask as this visitor, and gather what was seen on both sides.

    Raises:
        NoAnswer: If there is none.
    """
    method, target, sent = form.cleaned_data["method"], form.cleaned_data["path"], form.sent()
    token = watching.announced()
    arrived = ask(site.ADDRESS, method, target, {**sent, **of_the_visitor(request), watching.FIELD: token})
    left = watching.left(token, WAIT_SECONDS)
    # Observers are told before the last note of what left.
    heard = watching.heard(token, 0)
    return Seen(
        method=method,
        target=target,
        sent=sent,
        arrived=arrived,
        left=left,
        heard=heard,
        store=of_the_store(method, arrived, sent),
    )


def of_the_visitor(request: HttpRequest) -> dict[str, str]:
    """Return the fields by which the site knows this visitor: permissions are theirs, whatever is asked."""
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    cookies = "; ".join(f"{name}={request.COOKIES[name]}" for name in names if name in request.COOKIES)
    return {"Host": request.get_host(), "Cookie": cookies, "X-CSRFToken": get_token(request)}


def of_the_store(method: str, arrived: Arrived, sent: Mapping[str, str]) -> Arrived | None:
    """
    Follow a redirection, as the client would, to the demo's own store and nowhere else.

    Raises:
        NoAnswer: If it does not answer.
    """
    location = arrived.field("Location")
    if not site.BUCKET_URL or not location or not 300 <= arrived.status < 400:
        return None
    store = origin_of(site.BUCKET_URL)
    if not store.startswith("http://127.0.0.1:") or not location.startswith(f"{store}/"):
        return None
    return ask(store, method, location.removeprefix(store), sent)
