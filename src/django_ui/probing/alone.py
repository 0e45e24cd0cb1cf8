"""The storage alone, and Django alone: what needs no server."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Any

from attrs import frozen
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch
from django.utils.module_loading import import_string

from downloadable.adapters.delegates import PresignedRedirect
from downloadable.adapters.delegating import Delegating, FrontServer
from downloadable.adapters.roots import CannotSend
from downloadable.adapters.store_links import signer_of
from downloadable.django_ui.middleware import DownloadMiddleware
from downloadable.django_ui.probe import BY_DJANGO, MARKER, shown
from downloadable.django_ui.probing.asking import Answer, Django, path_of
from downloadable.django_ui.probing.findings import Finding, failed, right, unknown
from downloadable.django_ui.probing.places import Marker, Place
from downloadable.domain import PLAIN_GET, Plan, decide
from downloadable.ports import Content, Delegate

__all__ = ["INCLUDE", "MIDDLEWARE", "Handing", "django_alone", "hint", "not_stored", "storage_alone"]

INCLUDE = 'path("downloadable-check/", include("downloadable.django_ui.probe"))'
MIDDLEWARE = "downloadable.DownloadMiddleware"


@frozen(kw_only=True)
class Handing:
    """
    How Django hands a marker over.

    Args:
        delegate: Who takes it.

        fields: The delegate's own fields.

        offer: The answer that the client should get, as far as it is known without a look.

        answer: Of Django, alone.

        here: What Django knows the root by.

        there: What the server in front knows it by.

        target: What the server in front is told, not spelt for it yet; empty for a link that is signed.
    """

    delegate: Delegate
    fields: dict[str, str]
    offer: Plan
    answer: Answer
    here: str = ""
    there: str = ""
    target: str = ""


def not_stored(place: Place, error: Exception) -> Finding:
    """Say why no marker could be put there."""
    what = f"No file can be written there: {error!r}."
    if isinstance(error, FileExistsError | FileNotFoundError | NotADirectoryError):
        return failed(
            "storage", str(place), what, "Django settings", "Correct the root, or make the directory."
        )
    if isinstance(error, PermissionError):
        mend = f"Let the user that runs this (uid {os.geteuid()}) write there, or leave it out: --skip"
        return failed("storage", str(place), what, "storage", mend)
    if isinstance(error, ImproperlyConfigured):
        return failed(
            "storage", str(place), what, "Django settings", "Correct STORAGES, or the root's alias."
        )
    return failed("storage", str(place), what, "storage", "See what the storage says, and mend that first.")


def storage_alone(marker: Marker) -> Finding:
    """Say whether the marker, which has been written, is what can be read."""
    where = str(marker.place)
    try:
        found = marker.read()
        path = marker.path
        regular = path is None or stat.S_ISREG(os.lstat(path).st_mode)
    except Exception as error:  # noqa: BLE001  (each storage has errors of its own)
        what = f"What was just written cannot be read: {error!r}."
        return failed("storage", where, what, "storage", "Let Django read what it writes there.")
    if found != marker.data:
        what = f"Of {len(marker.data)} bytes that were written, other {len(found)} are read."
        return failed("storage", where, what, "storage", "No file of this storage arrives as it was saved.")
    if not regular:
        what = f"{marker.name!r} is no regular file on the disk."
        return failed("storage", where, what, "storage", "Delegates hand over regular files only.")
    if not MARKER.fullmatch(marker.name):
        # The view for the check hands over no file that is not called like a marker.
        what = f"It saves files under names of its own, such as {marker.name!r}, so the rest cannot be asked."
        return unknown("storage", where, what)
    return right("storage", where, f"{marker.name!r} was written and read back, {len(found)} bytes.")


def django_alone(
    marker: Marker, delegates: Sequence[Delegate], django: Django
) -> Generator[Finding, None, Handing | None]:
    """Ask the site in this process for the marker; return how it hands the marker over, if it does."""
    where = str(marker.place)
    content = marker.content()
    locations = content.locations()
    if not locations:
        yield unknown("Django", where, "Nobody but Django has what is kept there, so Django sends it.")
        return None
    offer = decide(content.known(), shown().without_validators(), PLAIN_GET)
    found, why = taker(content, offer, delegates)
    try:
        answer = django.ask(path_of(marker.errand()))
    except NoReverseMatch:
        what = "The project has no page for this check."
        yield failed("Django", where, what, "Django settings", f"Add to the URLconf: {INCLUDE}")
        return None
    if found is None:
        kind: Any = marker.storage.__class__
        where_to = "it to the roots in DOWNLOADABLE['DELEGATES']"
        if signer_of(kind):
            where_to = "PresignedRedirect to DOWNLOADABLE['DELEGATES'], or a URL prefix to the roots of Nginx"
        mend = f"Add {where_to}; if Django is meant to send this: --skip"
        yield failed("Django", where, f"Django sends these files itself: {why}.", "Django settings", mend)
        return None
    delegate, own = found
    handing = Handing(
        delegate=delegate,
        fields=dict(own.headers),
        offer=offer,
        answer=answer,
        **mapping(delegate, marker, dict(own.headers)),
    )
    finding = judged(where, answer, handing, own)
    yield finding
    return handing if finding.verdict == "ok" else None


def taker(
    content: Content, offer: Plan, delegates: Sequence[Delegate]
) -> tuple[tuple[Delegate, Plan] | None, str]:
    """Return the first delegate that sends *content*, and its plan; else why each does not."""
    reasons = []
    for delegate in delegates:
        try:
            own = (
                delegate.plan(content.locations(), offer)
                if isinstance(delegate, Delegating)
                else delegate.hand_over(content, offer)
            )
        except CannotSend as error:
            reasons.append(f"{type(delegate).__name__} does not, {error.rule}")
        except Exception as error:  # noqa: BLE001  (it is told, and download() logs it)
            reasons.append(f"{type(delegate).__name__} fails with {error!r}")
        else:
            if own is not None:
                return (delegate, own), ""
            reasons.append(f"{type(delegate).__name__} does not")
    return None, "; ".join(reasons)


def mapping(delegate: Delegate, marker: Marker, fields: dict[str, str]) -> dict[str, str]:
    """Say what the server in front knows the marker by, found out apart from the delegate."""
    if not isinstance(delegate, FrontServer):
        return {}
    path, roots = marker.path, delegate.roots
    for known_as in () if path is None else (path, os.path.realpath(path)):
        for directory in roots.directories:
            for top in (directory.given, directory.real):
                if known_as.startswith(f"{top}/"):
                    target = directory.target + known_as.removeprefix(top)
                    return {"here": top, "there": directory.target, "target": target}
    if marker.place.kind == "storage" and marker.place.root in roots.storages:
        there = roots.storages[marker.place.root]
        here = path.removesuffix(f"/{marker.name}") if path else "the directory of that storage"
        return {"here": here, "there": there, "target": f"{there}/{marker.name}"}
    value = fields.get(delegate.field, "")
    prefixes = (url for url in roots.urls if value.startswith(f"{url.target}/"))
    return next(({"here": url.origin + url.path, "there": url.target} for url in prefixes), {})


def judged(where: str, answer: Answer, handing: Handing, own: Plan) -> Finding:
    """Say whether Django's own answer is what the server in front, or the client, needs."""
    said = ", ".join(f"{name}: {readable(value)}" for name, value in handing.fields.items())
    if answer.status == own.status and not answer.body and not differing(answer, handing):
        return right("Django", where, f"{answer.status}, {said}, and no body.")
    if answer.status == 200 and answer.body.startswith(BY_DJANGO[: len(answer.body) or 1]):
        if not announces():
            what = "No delegate is announced, so Django sends the file itself."
            return failed("Django", where, what, "Django settings", f"Add to MIDDLEWARE: {MIDDLEWARE!r}")
        what = f"Django sends the file itself, although {type(handing.delegate).__name__} would."
        mend = "Put DownloadMiddleware after what replaces the request; see the log for what went wrong."
        return failed("Django", where, what, "Django settings", mend)
    what = f"It answers {answer.status} with {len(answer.body)} bytes, not {own.status} with {said} alone."
    return failed("Django", where, what, "Django settings", hint(answer))


def readable(value: str) -> str:
    """Return a field with the letters that its bytes stand for, if it holds a name in UTF-8, and no signature."""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    link, question, _ = value.partition("?")
    return f"{link}?..." if question else link


def differing(answer: Answer, handing: Handing) -> bool:
    """Tell whether the fields that hand over are not as they must be, or a length stands beside the empty body."""
    if answer.fields.get("Content-Length", "0") != "0":
        return True
    if isinstance(handing.delegate, PresignedRedirect):
        # Each link is signed anew, so that only where it leads can be compared.
        link, expected = answer.fields.get("Location", ""), handing.fields["Location"]
        return link.partition("?")[0] != expected.partition("?")[0]
    if isinstance(handing.delegate, FrontServer) and handing.target:
        return answer.fields.get(handing.delegate.field) != handing.delegate.spelled(handing.target)
    return not handing.fields.keys() <= {name for name in handing.fields if name in answer.fields}


def announces() -> bool:
    return any(
        isinstance(made := import_string(name), type) and issubclass(made, DownloadMiddleware)
        for name in settings.MIDDLEWARE
    )


def hint(answer: Answer) -> str:
    """Say how to mend what Django answers to the check."""
    if answer.status == 400:
        return "ALLOWED_HOSTS must have the host of the URL."
    if 300 <= answer.status < 400:
        to = answer.fields.get("Location", "").partition("?")[0]
        other = "give this command the URL that clients end at, or " if "://" in to else ""
        return f"It redirects to {to!r}: {other}let a middleware make an exception for this path."
    if answer.status in (401, 403):
        return "A middleware refuses the check; let it make an exception for this path."
    if answer.status >= 500:
        return "See Django's log."
    return "A middleware changes the answer; compare MIDDLEWARE with the documentation."
