"""The server alone: whether it answers, who it is, and what it gives to anybody who asks."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import frozen
from django.conf import settings
from django.urls import NoReverseMatch

from downloadable.adapters.delegates import Caddy, Nginx
from downloadable.adapters.delegating import encoded
from downloadable.django_ui.probe import Errand
from downloadable.django_ui.probing.advice import Advice, advice_for, recognised
from downloadable.django_ui.probing.alone import INCLUDE, Handing, hint
from downloadable.django_ui.probing.asking import Answer, Django, Front, Unreachable, path_of
from downloadable.django_ui.probing.findings import Finding, failed, right
from downloadable.django_ui.probing.places import Marker

__all__ = ["Met", "account_in", "met", "server_alone", "told_to"]


SIGNS = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
"""What Django's middleware says with whatever answer."""


@frozen
class Met:
    """
    The server in front, which has answered.

    Args:
        name: How it calls itself; empty if it does not say.

        secure: Whether the Django behind it takes requests to have come over TLS.
    """

    name: str
    secure: bool

    @property
    def recognised(self) -> Advice | None:
        return recognised(self.name)


def met(front: Front, django: Django) -> Generator[Finding, None, Met | None]:
    """Find out whether the server answers, and Django behind it."""
    try:
        answer = front.send(Errand())
    except Unreachable as error:
        mend = f"Start the server, or correct the URL {front.url}; look for firewalls and names in between."
        if "certificate" in str(error):
            mend = "Get a certificate that clients trust, or name the file of your own: --ca"
        yield failed("server", "", f"Nobody answers: {error}", "network", mend)
        return None
    except NoReverseMatch:
        what = "The project has no page for this check, so the server cannot be asked for one."
        yield failed("server", "", what, "Django settings", f"Add to the URLconf: {INCLUDE}")
        return None
    # Some pass on how Django's server calls itself, alone or after their own name.
    name = front.names_itself() or answer.fields.get("Server", "").partition(",")[0]
    account = account_in(answer)
    if account is None:
        yield no_django(answer, front, name, django)
        return None
    who = f"It calls itself {name!r}" if name else "It does not say what it is"
    yield right("server", "", f"{front.url} answers, and Django behind it. {who}.")
    return Met(name, bool(account.get("secure")))


def account_in(answer: Answer) -> dict[str, Any] | None:
    """Return what the site tells of itself; ``None`` if this is no answer of the view for the check."""
    if answer.status != 200 or not answer.fields.get("Content-Type", "").startswith("application/json"):
        return None
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("delegates"), list) else None


def no_django(answer: Answer, front: Front, name: str, django: Django) -> Finding:
    who = name or "The server"
    what = f"{who} answers {answer.status} where Django should tell of itself"
    own = django.ask(path_of(Errand()))
    if own.status == answer.status and account_in(own) is None:
        return failed("server", "", f"{what}, and so does Django alone.", "Django settings", hint(own))
    if answer.status in (502, 503, 504):
        mend = "Start Django's server, or correct where the server in front looks for it (proxy_pass, ProxyPass …)."
        return failed("server", "", f"{what}: it reaches no Django.", "server", mend)
    from_django = is_from_django(answer, own)
    if answer.status == 404 and from_django:
        mend = f"Deploy the URLconf with {INCLUDE}, and give this command the SECRET_KEY and the clock of the site."
        return failed("server", "", f"{what}.", "Django settings", mend)
    if answer.status == 400:
        mend = f"Add {urlsplit(front.url).hostname!r} to ALLOWED_HOSTS, and let the server in front pass the Host on."
        return failed("server", "", f"{what}.", "Django settings", mend)
    if 300 <= answer.status < 400:
        to = answer.fields.get("Location", "").partition("?")[0]
        if to.startswith(f"{front.origin}/"):
            what = f"{what}: it redirects to where it has been asked."
            mend = "Let the server in front send X-Forwarded-Proto, and set SECURE_PROXY_SSL_HEADER."
            return failed("server", "", what, "Django settings", mend)
        mend = f"Give this command the address that it redirects to, {to!r}, if that is where clients go."
        return failed("server", "", f"{what}.", "server", mend)
    if from_django:
        mend = "See Django's log, and restart it with the settings of this command."
        return failed("server", "", f"{what}.", "Django settings", mend)
    mend = (
        f"Let it pass requests for {urlsplit(front.url).netloc} on to Django: another site of it may answer."
    )
    return failed("server", "", f"{what}, and does not ask it.", "server", mend)


def is_from_django(answer: Answer, own: Answer) -> bool:
    """Tell whether a refusal has gone through Django's middleware, which says something with each answer."""
    signs = [name for name in SIGNS if name in own.fields]
    return any(name in answer.fields for name in signs) if signs else answer.status == 404


def server_alone(
    marker: Marker, handing: Handing, front: Front, django: Django, *, public: bool
) -> Iterator[Finding]:
    """
    Ask the server for the marker past Django.

    Raises:
        Unreachable: If no whole answer comes in time.
    """
    where, advice = str(marker.place), advice_for(handing.delegate)
    uri = told_to(handing)
    if uri and front.ask(uri).body == marker.data:
        what = f"It gives {handing.there}/ to anybody who asks for it."
        yield failed("server", where, what, "server", advice.protect.format(there=handing.there))
        return
    if public:
        yield right("server", where, "Whether clients get it without Django was not asked.")
        return
    told, usual = addresses(marker, front), usual_addresses(marker)
    for url in dict.fromkeys((*told, *usual)):
        if front.ask(url).body != marker.data or (url not in told and is_sent_by(django, url, marker)):
            continue
        what = f"It gives {PurePath(url).parent}/ to anybody, past Django and whoever it would refuse."
        mend = "Serve no MEDIA_URL in the server in front; if this is meant to be public: --public"
        yield failed("server", where, what, "server", mend)
        return
    yield right("server", where, "It does not give the marker to who asks past Django.")


def told_to(handing: Handing) -> str:
    """Return the internal URI of the marker, as a client would ask for it; empty if the server is told a path."""
    if not isinstance(handing.delegate, Nginx | Caddy):
        return ""
    return encoded(handing.target) if handing.target else handing.fields[handing.delegate.field]


def addresses(marker: Marker, front: Front) -> tuple[str, ...]:
    """Return paths under which the marker would be public, by what the settings say."""
    found = []
    if marker.place.kind == "storage":
        try:
            url = urlsplit(marker.storage.url(marker.name))
        except (NotImplementedError, ValueError):
            pass
        else:
            if f"{url.scheme}://{url.netloc}" in ("://", front.origin):
                found.append(url.path)
    for root, prefix in (
        (settings.MEDIA_ROOT, settings.MEDIA_URL),
        (settings.STATIC_ROOT, settings.STATIC_URL),
    ):
        if root and prefix and marker.path and PurePath(marker.path).is_relative_to(root):
            found.append(prefix + quote(str(PurePath(marker.path).relative_to(root))))
    return tuple(path for path in found if path.startswith("/"))


def usual_addresses(marker: Marker) -> tuple[str, ...]:
    """Return paths under which sites often serve a directory: a server may do so still, and no setting tells."""
    if marker.path is None:
        return ()
    path = PurePath(marker.path)
    return tuple(quote(f"/{directory}/{path.name}") for directory in ("media", path.parent.name))


def is_sent_by(django: Django, url: str, marker: Marker) -> bool:
    """Tell whether a view sends the marker, or hands it over, to anybody: then that is what it is for."""
    own = django.ask(url)
    return own.status == 200 and own.body in (b"", marker.data)


def is_page_of_django(answer: Answer, uri: str, django: Django) -> bool:
    """Tell whether a refusal is the one that Django itself has for *uri*: the server has passed it on."""
    own = django.ask(uri)
    return own.status == answer.status and own.body == answer.body and answer.body != b""
