"""Django's middleware around downloads."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable.django_ui.serving import download
from tests.django_ui.doors import ACCEPTING, ASKED, COMMON, CONDITIONAL, GZIP, SESSION, SMALL, serving_bytes
from tests.django_ui.handlers import EVERY_HANDLER, Ask, wsgi
from tests.django_ui.recording import LARGE, RecordingContent


@EVERY_HANDLER
@pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_common_middleware_adds_no_length(
    ask: Ask, data: bytes, method: str, fields: dict[str, str], status: int
) -> None:
    """An answer without a body announces what the plan says: nothing for 304, the length of GET for HEAD."""
    bare = ask(serving_bytes(data), method=method, fields=fields)
    behind = ask(serving_bytes(data), method=method, fields=fields, middleware=[COMMON])
    assert behind.status == bare.status == status
    assert behind.field("Content-Length") == bare.field("Content-Length")
    if status == 304:
        assert behind.field("Content-Length") is None
    if method == "HEAD":
        assert behind.field("Content-Length") == str(len(data))


@EVERY_HANDLER
def test_compression_takes_what_holds_no_longer(ask: Ask) -> None:
    """A whole content that is compressed on the way loses its ranges and its length, and its tag is weak."""
    answer = ask(serving_bytes(), fields=ACCEPTING, middleware=[GZIP])
    assert (answer.status, answer.field("Content-Encoding")) == (200, "gzip")
    assert gzip.decompress(answer.body) == LARGE
    assert answer.field("ETag") == 'W/"v1"'
    assert answer.field("Accept-Ranges") is None
    assert answer.field("Content-Length") is None
    assert answer.field("Vary") == "Accept-Encoding"


@EVERY_HANDLER
def test_compression_takes_the_digest(ask: Ask) -> None:
    """A digest of the bytes as they are says nothing of them compressed."""
    view = serving_bytes(digests=(("sha-256", bytes(32)),))
    assert ask(view, middleware=[GZIP]).field("Repr-Digest") is not None
    assert ask(view, fields=ACCEPTING, middleware=[GZIP]).field("Repr-Digest") is None


@EVERY_HANDLER
@pytest.mark.parametrize(
    "ranges",
    [pytest.param("bytes=0-999", id="one range"), pytest.param("bytes=0-999,5000-5999", id="several")],
)
def test_compression_leaves_parts_alone(ask: Ask, ranges: str) -> None:
    """A part that was compressed could not be put together with its neighbours."""
    bare = ask(serving_bytes(), fields={"Range": ranges})
    answer = ask(serving_bytes(), fields={"Range": ranges, **ACCEPTING}, middleware=[GZIP])
    assert answer.status == 206
    assert answer.field("Content-Encoding") is None
    assert len(answer.body) == len(bare.body) == int(answer.field("Content-Length") or 0)
    assert answer.field("ETag") == '"v1"'


@EVERY_HANDLER
def test_compression_leaves_what_is_encoded_alone(ask: Ask) -> None:
    """What is in a coding already is sent as it is, ranges and strong tag included."""
    view = serving_bytes(gzip.compress(LARGE), content_encoding="gzip")
    answer = ask(view, fields=ACCEPTING, middleware=[GZIP])
    assert answer.field("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.body) == LARGE
    assert answer.field("Accept-Ranges") == "bytes"
    assert answer.field("ETag") == '"v1"'


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_absence_of_a_coding_is_not_sent(ask: Ask, method: str) -> None:
    """That a part must not be compressed is told to the middleware, not to the client."""
    answer = ask(serving_bytes(), method=method, fields={"Range": "bytes=0-9"}, middleware=[GZIP, COMMON])
    assert "content-encoding" not in {name.lower() for name, _ in answer.fields}


@EVERY_HANDLER
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_a_session_adds_its_vary(ask: Ask, method: str, fields: dict[str, str], status: int) -> None:
    """A view that has read the session gets Vary from Django, whatever it answers; another does not."""

    def view(request: HttpRequest) -> HttpResponseBase:
        request.session.get("reader")
        response: HttpResponseBase = serving_bytes()(request)
        return response

    asking: dict[str, Any] = {
        "method": method,
        "fields": fields,
        "middleware": [SESSION],
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    assert ask(view, **asking).field("Vary") == "Cookie"
    assert ask(serving_bytes(), **asking).field("Vary") is None


@EVERY_HANDLER
def test_conditional_get_middleware_agrees(ask: Ask) -> None:
    """What Django compares as well comes to the same."""
    answer = ask(serving_bytes(), fields={"If-None-Match": 'W/"v1"'}, middleware=[CONDITIONAL, COMMON])
    assert (answer.status, answer.body) == (304, b"")
    assert {name for name, _ in answer.fields} == {"ETag", "Cache-Control"}


def test_without_validators_nothing_is_compared() -> None:
    """A policy without validators gives a middleware nothing to answer 304 from."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, RecordingContent(), validators=False)

    assert wsgi(view, fields={"If-None-Match": '"v1"'}, middleware=[CONDITIONAL]).status == 200


def test_only_parts_are_untouchable() -> None:
    """A whole content may be compressed, and says so."""
    whole: Any = serving_bytes()(RequestFactory().get("/"))
    part: Any = serving_bytes()(RequestFactory().get("/", headers={"Range": "bytes=0-9"}))
    assert ("Content-Encoding" in whole, "Content-Encoding" in part) == (False, True)
    assert ("ETag" in whole, "X-Unheard-Of" in part) == (True, False)
