"""``Content-Security-Policy`` of what is shown: ours, the site's, and both together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
import pytest
from asgiref.sync import iscoroutinefunction
from django.core.files.base import ContentFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings
from django.utils.decorators import sync_and_async_middleware

from downloadable.django_ui.factory import download_view
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import download
from downloadable.domain import Plan, ServingPolicy
from downloadable.ports import Content
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.senders import Elsewhere

NAME = "Content-Security-Policy"
CONFINED = "sandbox; default-src 'none'"
OF_THE_SITE = "default-src 'self'"
OURS = "downloadable.django_ui.middleware.DownloadMiddleware"
SENDING = {"DELEGATES": [{"BACKEND": "tests.django_ui.senders.Sender", "OPTIONS": {"name": "site"}}]}
KEEPING = {"DELEGATES": [{"BACKEND": "tests.django_ui.senders.Sender", "OPTIONS": {"keeps": True}}]}

Middleware = Callable[[HttpRequest], Any]


def made_of(change: Callable[[HttpResponseBase], None]) -> Callable[[Middleware], Middleware]:
    """Return a middleware that changes each response."""

    @sync_and_async_middleware
    def middleware(get_response: Middleware) -> Middleware:
        if iscoroutinefunction(get_response):

            async def later(request: HttpRequest) -> HttpResponseBase:
                response: HttpResponseBase = await get_response(request)
                change(response)
                return response

            return later

        def now(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = get_response(request)
            change(response)
            return response

        return now

    return middleware


def set_if_absent(response: HttpResponseBase) -> None:
    """Set a policy as Django's middleware does, and django-csp's."""
    if NAME not in response:
        response.headers[NAME] = OF_THE_SITE


def set_if_no_field(response: HttpResponseBase) -> None:
    """Set a policy as one does who looks at the fields themselves."""
    if NAME not in response.headers:
        response.headers[NAME] = OF_THE_SITE


def set_by_default(response: HttpResponseBase) -> None:
    """Set a policy as Django's middleware does its other fields."""
    response.headers.setdefault(NAME, OF_THE_SITE)


def set_always(response: HttpResponseBase) -> None:
    """Set a policy as many a middleware does that a project has written."""
    response[NAME] = OF_THE_SITE


def drop(response: HttpResponseBase) -> None:
    """Take the policy away."""
    del response[NAME]


courteous = made_of(set_if_absent)
looking = made_of(set_if_no_field)
defaulting = made_of(set_by_default)
imperious = made_of(set_always)
lenient = made_of(drop)

WAYS = [
    pytest.param(f"{__name__}.courteous", id="if absent"),
    pytest.param(f"{__name__}.looking", id="if no field"),
    pytest.param(f"{__name__}.defaulting", id="by default"),
    pytest.param(f"{__name__}.imperious", id="always"),
]
if django.VERSION >= (6, 0):
    WAYS.append(pytest.param("django.middleware.csp.ContentSecurityPolicyMiddleware", id="Django's own"))
EVERY_WAY = pytest.mark.parametrize("way", WAYS)

SITE = {"SECURE_CSP": {"default-src": ["'self'"]}}
"""What Django's own middleware makes OF_THE_SITE of."""


def view(request: HttpRequest) -> HttpResponseBase:
    """Show a page that the site lets be shown."""
    return download(request, b"<p>Hi", basename="a.html", attachment=False, inline_types={"text/html"})


def saved(request: HttpRequest) -> HttpResponseBase:
    """Let the same be saved."""
    return download(request, b"<p>Hi", basename="a.html")


def by_hand(request: HttpRequest) -> HttpResponseBase:
    """Show a file with a response that was built by hand."""
    return DownloadResponse(ContentFile(b"data", name="a.txt"), attachment=False)


class Tagged(Elsewhere):
    """A file that another server has, and whose type is one to show."""

    def __init__(self) -> None:
        super().__init__(name="a.txt")


def elsewhere(request: HttpRequest) -> HttpResponseBase:
    """Show a file that another server has."""
    return download(request, Tagged(), attachment=False)


def elsewhere_by_hand(request: HttpRequest) -> HttpResponseBase:
    """The same with a response that was built by hand."""
    return DownloadResponse(Tagged(), attachment=False)


@EVERY_HANDLER
@EVERY_WAY
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("one", [view, by_hand])
def test_both_policies_are_sent(ask: Ask, way: str, method: str, one: Any) -> None:
    """Browsers enforce each policy of a list, so that neither is weakened."""
    answer = ask(one, method=method, middleware=[way, OURS], **SITE)
    assert (answer.status, answer.field(NAME)) == (200, f"{OF_THE_SITE}, {CONFINED}")


@EVERY_HANDLER
@EVERY_WAY
@pytest.mark.parametrize("order", ["outside", "inside"])
@pytest.mark.parametrize("keeping", [SENDING, KEEPING], ids=["sender's validators", "ours"])
@pytest.mark.parametrize("one", [elsewhere, elsewhere_by_hand])
def test_both_policies_are_handed_over(
    ask: Ask, way: str, order: str, keeping: dict[str, Any], one: Any
) -> None:
    """Who sends in our place gets both, wherever the site's middleware stands."""
    middleware = [way, OURS] if order == "outside" else [OURS, way]
    answer = ask(one, middleware=middleware, DOWNLOADABLE=keeping, **SITE)
    assert answer.field("X-Sent-By") is not None
    assert answer.field(NAME) == f"{OF_THE_SITE}, {CONFINED}"


@EVERY_HANDLER
@EVERY_WAY
@pytest.mark.parametrize("order", ["outside", "inside"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [({"Range": "bytes=0-0"}, 206), ({"If-None-Match": '"v1"'}, 304)],
    ids=["part", "not modified"],
)
@pytest.mark.parametrize("one", [elsewhere, elsewhere_by_hand])
def test_both_policies_are_sent_whatever_is_asked(
    ask: Ask, way: str, order: str, fields: dict[str, str], status: int, one: Any
) -> None:
    """A part has both, and a 304 has both, too: what is stored takes over its fields (RFC 9111, 3.2)."""
    middleware = [way, OURS] if order == "outside" else [OURS, way]
    answer = ask(one, fields=fields, middleware=middleware, **SITE)
    assert (answer.status, answer.field(NAME)) == (status, f"{OF_THE_SITE}, {CONFINED}")


@EVERY_HANDLER
@EVERY_WAY
def test_what_is_saved_has_the_policy_of_the_site_alone(ask: Ask, way: str) -> None:
    """An attachment is no document of the browser's, so there is nothing to confine."""
    assert ask(saved, middleware=[way], **SITE).field(NAME) == OF_THE_SITE
    assert ask(saved).field(NAME) is None


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, by_hand, elsewhere])
def test_dropping_the_field_switches_it_off(ask: Ask, one: Any) -> None:
    """What somebody has taken away stays away."""
    assert ask(one, middleware=[f"{__name__}.lenient", OURS]).field(NAME) is None


@EVERY_HANDLER
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-0"}, {"If-None-Match": '"v1"'}], ids=str)
def test_dropping_it_by_hand_holds_for_what_is_decided_again(ask: Ask, fields: dict[str, str]) -> None:
    """A view that takes the field from its response takes it from what becomes of that, too."""

    def dropping(request: HttpRequest) -> HttpResponseBase:
        response = DownloadResponse(Tagged(), attachment=False)
        del response[NAME]
        return response

    assert ask(dropping, fields=fields, middleware=[OURS]).field(NAME) is None


@EVERY_HANDLER
@EVERY_WAY
def test_a_policy_switches_it_off(ask: Ask, way: str) -> None:
    """``content_security_policy=None`` leaves the field to the site."""

    def unconfined(request: HttpRequest) -> HttpResponseBase:
        return download(request, b"text", basename="a.txt", attachment=False, content_security_policy=None)

    assert ask(unconfined).field(NAME) is None
    assert ask(unconfined, middleware=[way], **SITE).field(NAME) == OF_THE_SITE


class Source:
    """Has one text under every key."""

    def open(self, key: str) -> Content:
        return Tagged()


DOORS: list[Any] = [
    pytest.param(lambda request: download(request, Tagged(), attachment=False), id="function"),
    pytest.param(
        lambda request: download_view(Source(), policy=ServingPolicy(attachment=False))(request, path="a"),
        id="factory",
    ),
    pytest.param(lambda request: DownloadResponse(Tagged(), attachment=False), id="response"),
]


@pytest.mark.parametrize("door", DOORS)
def test_a_test_client_sees_it(door: Any) -> None:
    """The field is there from the start, and not only where a handler asks for all of them."""
    response = door(RequestFactory().get("/"))
    assert response.headers[NAME] == CONFINED
    response.close()


@pytest.mark.parametrize("door", DOORS[::2])
def test_the_setting_reaches_every_door(door: Any) -> None:
    """The policy of the site is the one that answers differ from."""
    with override_settings(DOWNLOADABLE={"POLICY": {"content_security_policy": OF_THE_SITE}}):
        response = door(RequestFactory().get("/"))
    assert response.headers[NAME] == OF_THE_SITE
    response.close()


def test_asking_for_the_fields_twice_adds_nothing() -> None:
    """A middleware that logs all fields, say, changes none."""
    response = view(RequestFactory().get("/"))
    response[NAME] = OF_THE_SITE
    assert dict(response.items()) == dict(response.items())
    assert dict(response.items())[NAME] == f"{OF_THE_SITE}, {CONFINED}"
    assert NAME in response


def test_a_list_with_ours_in_it_is_left_alone() -> None:
    """Who has set our policy, too, is not told it again."""
    response = view(RequestFactory().get("/"))
    response[NAME] = f"{CONFINED}, {OF_THE_SITE}"
    assert dict(response.items())[NAME] == f"{CONFINED}, {OF_THE_SITE}"


def test_a_redirection_has_none() -> None:
    """What describes the file is where the file is."""
    offer = Plan(200, ((NAME, CONFINED), ("Cache-Control", "no-store")))
    sent = offer.sent_by(Plan(302, (("Location", "https://store.example/a"),)))
    assert sent.header(NAME) is None
    assert sent.header("Cache-Control") == "no-store"
