from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import BadHeaderError, HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings

from downloadable.django_ui.responses import DownloadResponse
from downloadable.domain import ByteRange, ContentNotFound, ContentUnavailable, Plan, PolicyError, Resource
from downloadable.ports import Missing
from tests.django_ui.handlers import EVERY_HANDLER, Ask, exchange
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent


async def agenerated() -> AsyncIterator[bytes]:
    """Yield on an event loop."""
    for start in range(0, len(LARGE), 65_536):
        yield LARGE[start : start + 65_536]


def by_hand(**arguments: Any) -> Any:
    """Return a response for *arguments*."""
    return DownloadResponse(ContentFile(LARGE, name="report.csv"), **arguments)


BY_HAND: list[Any] = [
    pytest.param({}, "Content-Disposition", 'attachment; filename="report.csv"', id="attachment by default"),
    pytest.param({"attachment": False}, "Content-Disposition", 'inline; filename="report.csv"', id="inline"),
    pytest.param({"basename": "b.csv"}, "Content-Disposition", 'attachment; filename="b.csv"', id="basename"),
    pytest.param({}, "Content-Type", "text/csv", id="type guessed"),
    pytest.param({"content_type": "text/x-own"}, "Content-Type", "text/x-own", id="content_type"),
    pytest.param({"file_mimetype": "text/x-own"}, "Content-Type", "text/x-own", id="file_mimetype"),
    pytest.param(
        {"content_type": "text/x-first", "file_mimetype": "text/x-own"},
        "Content-Type",
        "text/x-first",
        id="content_type over file_mimetype",
    ),
    pytest.param({"charset": "latin-1"}, "Content-Type", "text/csv; charset=latin-1", id="charset"),
    pytest.param({}, "Content-Encoding", None, id="no coding by default"),
    pytest.param({"file_encoding": "gzip"}, "Content-Encoding", "gzip", id="file_encoding"),
    pytest.param({}, "Content-Length", str(len(LARGE)), id="length"),
    pytest.param({}, "Accept-Ranges", "bytes", id="ranges"),
    pytest.param({"headers": {"X-Of-Ours": "1"}}, "X-Of-Ours", "1", id="further field"),
    pytest.param({"headers": {"cache-control": "public"}}, "Cache-Control", "public", id="other field"),
]


@pytest.mark.parametrize(("arguments", "name", "value"), BY_HAND)
def test_an_argument_by_hand_reaches_the_answer(
    arguments: dict[str, Any], name: str, value: str | None
) -> None:
    """Each argument of the response does what its name says, and the rest is as it was."""
    response, plain = by_hand(**arguments), by_hand()
    assert response.headers.get(name) == value
    for headers in (response.headers, plain.headers):
        headers.pop(name, None)
        headers.pop("Content-Security-Policy", None)  # it goes with what is shown
    assert dict(response.headers) == dict(plain.headers)
    assert b"".join(response.streaming_content) == LARGE


def test_arguments_by_hand_go_by_position() -> None:
    """The first seven arguments are in the order that projects know."""
    response = DownloadResponse(ContentFile(b"1"), False, "a.txt", 202, "text/plain", "text/csv", "gzip")
    assert response.status_code == 202
    assert response.headers["Content-Disposition"] == 'inline; filename="a.txt"'
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Content-Encoding"] == "gzip"


def test_a_status_and_a_reason_by_hand() -> None:
    """A response can have another status, with words of its own."""
    response = by_hand(status=203, reason="As Far As We Know")
    assert (response.status_code, response.reason_phrase) == (203, "As Far As We Know")


def test_what_a_response_by_hand_tells() -> None:
    """The response says what it was made of."""
    file = ContentFile(LARGE, name="výkaz.csv")
    response = DownloadResponse(file, file_encoding="gzip")
    assert response.file is file
    assert response.basename == "výkaz.csv"
    assert response.attachment
    assert response.get_encoding() == "gzip"
    assert response.default_headers == dict(response.headers)


def test_what_a_response_tells_otherwise() -> None:
    """And says the opposite where the opposite is true."""
    response = DownloadResponse(b"data", attachment=False, content_type="text/plain")
    assert response.basename == ""
    assert not response.attachment
    assert response.get_encoding() is None


def test_a_coding_that_was_added_later_is_not_the_files() -> None:
    """What a middleware compresses is not in a coding of its own."""
    response = by_hand()
    response["Content-Encoding"] = "gzip"
    assert response.get_encoding() is None
    assert "Accept-Ranges" not in dict(response.items())


def test_a_response_by_hand_looks_and_opens_once() -> None:
    """Making the response is the last moment at which an error has a status, so all that can fail has been done."""
    content = RecordingContent()
    response = DownloadResponse(content)
    assert content.steps == ["describe", "acquire"]
    assert b"".join(response) == LARGE
    assert content.closed


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda: Missing(ContentNotFound("Gone.")), ContentNotFound, id="missing"),
        pytest.param(lambda: Path("/nowhere/at/all"), ContentNotFound, id="no such path"),
        pytest.param(object, TypeError, id="stranger"),
    ],
)
def test_an_error_by_hand_is_raised(make: Any, error: type[Exception]) -> None:
    """There is no response for what cannot be had."""
    with pytest.raises(error):
        DownloadResponse(make())


@pytest.mark.parametrize(
    ("failing", "arguments", "error"),
    [
        pytest.param({"describe": ContentUnavailable()}, {}, ContentUnavailable, id="describe"),
        pytest.param({"acquire": ContentUnavailable()}, {}, ContentUnavailable, id="acquire"),
        pytest.param({}, {"content_type": "none"}, PolicyError, id="impossible type"),
        pytest.param({}, {"status": 99}, ValueError, id="impossible status"),
        pytest.param({}, {"headers": {"X-Broken": "a\nb"}}, ValueError, id="impossible field"),
    ],
)
def test_an_error_by_hand_closes(failing: Any, arguments: Any, error: type[Exception]) -> None:
    """Whatever keeps a response from being made, the file is closed."""
    content = RecordingContent(failing=failing)
    with pytest.raises(error):
        DownloadResponse(content, **arguments)
    assert content.closed


@EVERY_HANDLER
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: LARGE, id="bytes"),
        pytest.param(lambda: io.BytesIO(LARGE), id="file"),
        pytest.param(lambda: iter([LARGE]), id="iterator"),
        pytest.param(agenerated, id="async generator"),
        pytest.param(AsyncRecordingContent, id="content of an event loop"),
    ],
)
@pytest.mark.parametrize("colour", ["sync view", "async view"])
def test_a_response_by_hand_is_sent_by_every_handler(ask: Ask, make: Any, colour: str) -> None:
    """A response that knows no request arrives complete under both handlers."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(make())

    async def aview(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(make())

    answer = ask(view if colour == "sync view" else aview)
    assert (answer.status, answer.body) == (200, LARGE)


async def test_a_response_by_hand_is_closed_under_asgi() -> None:
    """A client that leaves a response by hand leaves nothing open."""
    content = RecordingContent()
    async with exchange(lambda request: DownloadResponse(content)) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()
    assert content.closed


@override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store"}})
def test_a_response_by_hand_follows_the_policy_of_the_site() -> None:
    """What the site decides holds for responses by hand, too."""
    assert by_hand().headers["Cache-Control"] == "private, no-store"


@override_settings(DOWNLOADABLE={"POLICY": {"charset": "utf-8", "cache_control": "no-store"}})
def test_what_is_not_said_is_as_the_site_says() -> None:
    """An argument that was left out takes nothing from the policy of the site."""
    response = DownloadResponse(ContentFile(b"Hello", name="a.txt"))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_subclass_may_add_to_the_default_headers() -> None:
    """What a project has always sent is sent, also in answers that a view makes."""

    class Branded(DownloadResponse):
        @property
        def default_headers(self) -> dict[str, str]:
            return {**super().default_headers, "X-Brand": "ours"}

    assert Branded(b"Hello").headers["X-Brand"] == "ours"
    plan = Plan(200, (("Content-Length", "5"),), (ByteRange(0, 5),))
    content = RecordingContent(b"Hello")
    response = Branded.carrying_out(plan, Resource(), content, request=RequestFactory().get("/"))
    assert response.headers["X-Brand"] == "ours"
    assert response.headers["Content-Length"] == "5"


def test_a_subclass_may_take_from_the_default_headers() -> None:
    """What it leaves out is not sent, and what it says otherwise is; with a line break in it, it is refused."""

    class Reserved(DownloadResponse):
        @property
        def default_headers(self) -> dict[str, str]:
            fields = super().default_headers
            del fields["Content-Disposition"]
            return {**fields, "Cache-Control": self.caching}

        caching = "no-store"

    response = Reserved(b"Hello")
    assert "Content-Disposition" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert dict(response.items()) == response.default_headers
    Reserved.caching = "no-store\r\nX-Other: a"
    with pytest.raises(BadHeaderError):
        Reserved(b"Hello")
