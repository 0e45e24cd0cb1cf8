"""``DownloadMiddleware``, and Django's own middleware around what is handed over."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.utils import translation

from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.middleware import DownloadMiddleware
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.ports import Content, Served
from tests.django_ui.doors import ACCEPTING, COMMON, CONDITIONAL, GZIP, SESSION
from tests.django_ui.handlers import EVERY_HANDLER, Ask, exchange, wsgi
from tests.django_ui.recording import LARGE
from tests.django_ui.senders import Elsewhere, Sender

OURS = "downloadable.django_ui.middleware.DownloadMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
LOCALE = "django.middleware.locale.LocaleMiddleware"
XFRAME = "django.middleware.clickjacking.XFrameOptionsMiddleware"
SENDER = {"BACKEND": "tests.django_ui.senders.Sender", "OPTIONS": {"name": "site"}}
KEEPING = {"BACKEND": "tests.django_ui.senders.Sender", "OPTIONS": {"name": "site", "keeps": True}}

heard: list[Served] = []


def record(served: Served) -> None:
    """Observe what the settings name by a dotted path."""
    heard.append(served)


@pytest.fixture(autouse=True)
def site_with_a_sender() -> Iterator[None]:
    """Be a site whose downloads are handed over."""
    heard.clear()
    with override_settings(DOWNLOADABLE={"DELEGATES": [SENDER], "OBSERVERS": [f"{__name__}.record"]}):
        yield


def view(request: HttpRequest) -> HttpResponseBase:
    """Serve with download()."""
    return download(request, Elsewhere())


async def aview(request: HttpRequest) -> HttpResponseBase:
    """Serve with adownload()."""
    return await adownload(request, Elsewhere())


def view_by_hand(request: HttpRequest) -> HttpResponseBase:
    """Serve with a response that was built by hand."""
    return DownloadResponse(Elsewhere())


async def aview_by_hand(request: HttpRequest) -> HttpResponseBase:
    """Serve with one from a coroutine."""
    return DownloadResponse(Elsewhere())


class Source:
    """Has one file under every key."""

    def open(self, key: str) -> Content:
        return Elsewhere()


EVERY_VIEW = pytest.mark.parametrize(
    "one",
    [
        pytest.param(view, id="download()"),
        pytest.param(aview, id="adownload()"),
        pytest.param(view_by_hand, id="by hand"),
        pytest.param(aview_by_hand, id="by hand, async"),
        pytest.param(download_view(Source(), key=lambda request: "a"), id="download_view()"),
    ],
)


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_delegates_of_the_site_send(ask: Ask, one: Any, method: str) -> None:
    """With the middleware, every download is offered to the delegates of the settings."""
    answer = ask(one, method=method, middleware=[OURS], fields={"Range": "bytes=0-9"})
    assert (answer.status, answer.body, answer.field("X-Sent-By")) == (200, b"", "site")
    assert [(served.outcome, served.delegate) for served in heard] == [("handed over", "Sender")]


@EVERY_HANDLER
@EVERY_VIEW
def test_without_the_middleware_nobody_is_announced(ask: Ask, one: Any) -> None:
    """Settings alone hand nothing over."""
    assert ask(one).body == LARGE


@EVERY_HANDLER
@EVERY_VIEW
def test_a_decorator_is_nearer(ask: Ask, one: Any) -> None:
    """A decorator replaces the delegates of the site, and turns them off."""
    own = ask(delegated_to(Sender("own"))(one), middleware=[OURS])
    assert own.field("X-Sent-By") == "own"
    off = ask(delegated_to()(one), middleware=[OURS], fields={"Range": "bytes=0-9"})
    assert (off.status, off.body, off.field("X-Sent-By")) == (206, LARGE[:10], None)


@EVERY_HANDLER
@pytest.mark.parametrize(("delegates", "expected"), [([Sender("own")], "own"), ([], None), (None, "site")])
def test_a_factory_is_nearest(ask: Ask, delegates: Any, expected: str | None) -> None:
    """The delegates of download_view() replace all others."""
    one = download_view(Source(), key=lambda request: "a", delegates=delegates)
    assert ask(one, middleware=[OURS]).field("X-Sent-By") == expected


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view_by_hand, aview_by_hand])
@override_settings(DOWNLOADABLE={})
def test_without_delegates_the_request_is_answered(ask: Ask, one: Any) -> None:
    """The middleware answers the request for responses by hand, also where nobody else sends."""
    assert ask(one, middleware=[OURS], fields={"Range": "bytes=0-9"}).body == LARGE[:10]
    assert ask(one, middleware=[OURS], fields={"If-None-Match": '"v1"'}).status == 304
    assert ask(one, middleware=[OURS]).body == LARGE


@EVERY_HANDLER
def test_other_responses_pass(ask: Ask) -> None:
    """What is no download passes as it is."""
    assert ask(lambda request: HttpResponse(b"page"), middleware=[OURS]).body == b"page"


async def test_large_files_are_streamed_under_asgi() -> None:
    """The middleware reads nothing ahead: the first chunk is there before the second is read."""

    def streaming(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(LARGE)

    async with exchange(streaming, middleware=[OURS]) as client:
        await client.take()
        assert 0 < len(await client.chunk()) <= len(LARGE)
        await client.leave()
    assert [served.outcome for served in heard] == ["aborted"]


def test_the_middleware_is_of_the_colour_of_what_it_wraps() -> None:
    """Under ASGI it is a coroutine function, under WSGI it is none, and hops nowhere for that."""

    async def next_one(request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"page")

    assert iscoroutinefunction(DownloadMiddleware(next_one))
    assert not iscoroutinefunction(DownloadMiddleware(lambda request: HttpResponse(b"page")))
    assert asyncio.run(DownloadMiddleware(next_one)(HttpRequest())).content == b"page"  # type: ignore[arg-type]


@override_settings(DOWNLOADABLE={"DELEGATES": [{"BACKEND": "tests.no_such_thing"}]})
def test_a_mistake_stops_the_server() -> None:
    """What is wrong with the settings is told when the server starts."""
    with pytest.raises(ImproperlyConfigured, match="no_such_thing"):
        DownloadMiddleware(lambda request: HttpResponse())


def test_an_error_of_the_view_passes(caplog: pytest.LogCaptureFixture) -> None:
    """A view that fails fails as it would without the middleware."""

    def failing(request: HttpRequest) -> HttpResponseBase:
        raise PermissionError

    assert wsgi(failing, middleware=[OURS], DEBUG_PROPAGATE_EXCEPTIONS=False).status == 500


# Django's own around it


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("around", [[COMMON], [CONDITIONAL, COMMON], [GZIP, CONDITIONAL, COMMON]])
def test_what_is_handed_over_gets_no_length_tag_or_coding(
    ask: Ask, one: Any, method: str, around: list[str]
) -> None:
    """Nothing is said of the empty body that Django has: a length of 0 breaks servers off."""
    answer = ask(one, method=method, fields=ACCEPTING, middleware=[*around, OURS])
    assert answer.field("X-Sent-By") == "site"
    names = {name.lower() for name, _ in answer.fields}
    assert names.isdisjoint({"content-length", "etag", "content-encoding", "accept-ranges", "last-modified"})


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        ({"If-None-Match": '"v1"'}, 304),
        ({"If-None-Match": '"v2"'}, 200),
        ({"If-Match": '"v1"'}, 200),
        ({"If-Match": '"v2"'}, 412),
    ],
    ids=["plain", "the same", "unless another", "if the same", "if another"],
)
def test_conditional_get_middleware_agrees_with_who_keeps_ours(
    ask: Ask, one: Any, fields: dict[str, str], status: int
) -> None:
    """What Django compares as well comes to the same, and no field to hand over goes with a 304 or 412."""
    with override_settings(DOWNLOADABLE={"DELEGATES": [KEEPING]}):
        answer = ask(one, fields=fields, middleware=[CONDITIONAL, COMMON, OURS])
    assert answer.status == status
    assert (answer.field("X-Sent-By") is not None) == (status == 200)
    assert answer.field("ETag") == '"v1"'


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
def test_conditional_get_middleware_leaves_other_validators_alone(ask: Ask, one: Any) -> None:
    """A tag of the server's own is nothing that Django could compare."""
    fields = {"If-None-Match": '"nginx"', "If-Match": '"nginx"'}
    answer = ask(one, fields=fields, middleware=[CONDITIONAL, COMMON, OURS])
    assert (answer.status, answer.field("X-Sent-By")) == (200, "site")


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
def test_security_headers_survive(ask: Ask, one: Any) -> None:
    """What protects the client is on what is handed over, too."""
    answer = ask(
        one,
        middleware=[SECURITY, XFRAME, OURS],
        SECURE_REFERRER_POLICY="same-origin",
        SECURE_CROSS_ORIGIN_OPENER_POLICY="same-origin",
    )
    assert answer.field("X-Content-Type-Options") == "nosniff"
    assert answer.field("X-Frame-Options") == "DENY"
    assert answer.field("Referrer-Policy") == "same-origin"
    assert answer.field("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.field("X-Sent-By") == "site"


@EVERY_HANDLER
@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("inside", [False, True], ids=["session outside", "session inside"])
def test_a_session_survives(ask: Ask, by_hand: bool, inside: bool) -> None:
    """A session that the view has changed is saved, wherever its middleware stands."""

    def changing(request: HttpRequest) -> HttpResponseBase:
        request.session["seen"] = 1
        return (view_by_hand if by_hand else view)(request)

    order = [OURS, SESSION] if inside else [SESSION, OURS]
    answer = ask(changing, middleware=order, SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies")
    assert answer.field("X-Sent-By") == "site"
    assert "sessionid=" in (answer.field("Set-Cookie") or "")
    assert answer.field("Vary") == "Cookie"


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
@pytest.mark.parametrize("order", [[LOCALE, OURS], [OURS, LOCALE]], ids=["outside", "inside"])
def test_the_language_survives(ask: Ask, one: Any, order: list[str]) -> None:
    """What the client may keep this for is said, wherever the middleware stands."""
    # The middleware leaves its language to the thread, and so to other tests.
    with translation.override(translation.get_language()):
        answer = ask(one, middleware=order, fields={"Accept-Language": "de"})
    assert answer.field("X-Sent-By") == "site"
    assert answer.field("Vary") == "Accept-Language"
    assert answer.field("Content-Language") is not None


@EVERY_HANDLER
def test_compression_inside_takes_the_file(ask: Ask) -> None:
    """What was compressed before the decision is sent as it is, whole, by Django: the order that a check warns of."""
    answer = ask(view_by_hand, fields=ACCEPTING, middleware=[OURS, GZIP])
    assert (answer.status, answer.field("X-Sent-By")) == (200, None)
    assert answer.field("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.body) == LARGE


@pytest.mark.parametrize("one", [view, view_by_hand])
def test_what_is_handed_over_can_be_cached(one: Any) -> None:
    """Django's cache keeps what is public, also of a response that held an open file."""
    caches = "django.middleware.cache.{}CacheMiddleware"
    around = [caches.format("Update"), caches.format("FetchFrom"), OURS]
    public = {"DELEGATES": [SENDER], "POLICY": {"cache_control": "public, max-age=60"}}
    cache.clear()
    with override_settings(DOWNLOADABLE=public):
        answers = [wsgi(one, middleware=around) for _ in range(2)]
    cache.clear()
    assert [answer.field("X-Sent-By") for answer in answers] == ["site", "site"]
    assert [answer.field("Age") is not None for answer in answers] == [False, True]


@EVERY_HANDLER
def test_a_page_in_place_of_the_file(ask: Ask) -> None:
    """A middleware that makes a 403 of what is handed over sends no field with it."""
    answer = ask(view, middleware=[f"{__name__}.forbidding", OURS])
    assert (answer.status, answer.field("X-Sent-By")) == (403, None)


def forbidding(get_response: Any) -> Any:
    """Make a 403 of everything, late."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        response.status_code = 403
        return response

    return middleware


@EVERY_HANDLER
@pytest.mark.parametrize("one", [view, view_by_hand])
def test_nginx_by_its_settings(ask: Ask, one: Any, tmp_path: Path) -> None:
    """What the settings describe is what sends."""
    (tmp_path / "a.txt").write_bytes(LARGE)
    nginx = {
        "BACKEND": "downloadable.adapters.delegates.Nginx",
        "OPTIONS": {"roots": {tmp_path: "/protected/"}, "buffering": False},
    }

    def serving(request: HttpRequest) -> HttpResponseBase:
        path = tmp_path / "a.txt"
        return DownloadResponse(path) if one is view_by_hand else download(request, path)

    with override_settings(DOWNLOADABLE={"DELEGATES": [nginx]}):
        answer = ask(serving, middleware=[OURS])
    assert answer.field("X-Accel-Redirect") == "/protected/a.txt"
    assert answer.field("X-Accel-Buffering") == "no"
