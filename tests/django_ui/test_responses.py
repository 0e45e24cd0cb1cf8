from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import FileResponse, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory

from downloadable.adapters.memory import GeneratedContent, MemoryContent
from downloadable.django_ui.bodiless import BodilessResponse, NotModifiedResponse, bodiless
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import Plan, Resource
from tests.django_ui.doors import ACCEPTING, ASKED, GZIP, SMALL, serving_bytes
from tests.django_ui.handlers import EVERY_HANDLER, Ask, asgi, exchange, site, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent


@pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_the_fields_are_exactly_those_of_the_plan(
    data: bytes, method: str, fields: dict[str, str], status: int
) -> None:
    """Django adds no field, and guesses none."""
    response: Any = serving_bytes(data)(RequestFactory().generic(method, "/", headers=fields))
    assert response.status_code == status
    assert list(response.items()) == list(response.plan.headers)
    assert isinstance(response, HttpResponseNotModified) == (status == 304)
    assert isinstance(response, FileResponse) == bool(response.plan.body)


@pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])
async def test_is_async_tells_the_truth(data: bytes, make: type[RecordingContent]) -> None:
    """The request, not the view, says who will read the body, and middleware can rely on it."""
    for request in (RequestFactory().get("/"), AsyncRequestFactory().get("/")):
        for response in (download(request, make(data)), await adownload(request, make(data))):
            assert isinstance(response, DownloadResponse)
            assert response.is_async == hasattr(request, "scope")
            response.close()


def endless(made: list[int]) -> Iterator[bytes]:
    """Yield for ever, and count what was made."""
    while True:
        made[0] += 65_536
        yield bytes(65_536)


async def test_a_sync_generator_never_becomes_a_list() -> None:
    """Under ASGI an endless generator is streamed, at most some hops ahead of the client."""
    made, taken = [0], 0

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, endless(made))

    async with exchange(view) as client:
        await client.take()
        for _ in range(40):
            taken += len(await client.chunk())
            # One hop is being sent, and one message waits to be taken.
            assert made[0] - taken <= 2 * 2**18
        await client.leave()


async def test_a_response_by_hand_never_becomes_a_list() -> None:
    """Neither does the body of a response that knows no request, nor what a middleware makes of it."""
    made = [0]

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(endless(made))

    for middleware in ([], [GZIP]):
        async with exchange(view, fields=ACCEPTING, middleware=middleware) as client:
            await client.take()
            assert await client.chunk()
            await client.leave()


async def test_the_first_chunk_leaves_before_the_second_is_made() -> None:
    """What a sync generator has made is sent under ASGI while it makes the rest."""
    seen = threading.Event()

    def patient() -> Iterator[bytes]:
        yield b"first"
        assert seen.wait(10)
        yield b"second"

    async with exchange(lambda request: download(request, patient())) as client:
        await client.take()
        assert await client.chunk() == b"first"
        seen.set()
        assert await client.chunk() == b"second"


def test_a_response_of_a_view_tells_the_same() -> None:
    """A response of ``download()`` has the same attributes."""
    content = RecordingContent(name="report.csv")
    response: Any = download(RequestFactory().get("/"), content, attachment=False)
    assert (response.basename, response.attachment, response.get_encoding()) == ("report.csv", False, None)
    assert response.file is content


@EVERY_HANDLER
def test_cookies_go_along(ask: Ask) -> None:
    """A view can set cookies and fields on what it got from ``download()``."""

    def view(request: HttpRequest) -> HttpResponseBase:
        response: Any = download(request, RecordingContent())
        response.set_cookie("seen", "1")
        response["X-Of-Ours"] = "1"
        made: HttpResponseBase = response
        return made

    for fields in ({}, {"If-None-Match": '"v1"'}):
        answer = ask(view, fields=fields)
        assert answer.field("X-Of-Ours") == "1"
        assert (answer.field("Set-Cookie") or "").strip().startswith("seen=1")


PLAN = Plan(304, (("ETag", '"v1"'),))


def test_a_bodiless_response_has_the_fields_of_its_plan() -> None:
    """Nothing of Django's is left in it, and a view may still add to it."""
    response = BodilessResponse(Plan(412, (("Content-Length", "0"), ("X-Of-Plan", "1"))))
    assert (response.status_code, response.content) == (412, b"")
    assert dict(response.items()) == {"Content-Length": "0", "X-Of-Plan": "1"}
    response["X-Of-Ours"] = "2"
    assert response.headers["X-Of-Ours"] == "2"


def test_a_304_is_one_of_djangos() -> None:
    """Whoever asks for Django's class of a 304 recognizes ours, and any other is none."""
    response = bodiless(PLAN)
    assert isinstance(response, NotModifiedResponse)
    assert isinstance(response, HttpResponseNotModified)
    assert dict(response.items()) == {"ETag": '"v1"'}
    assert not isinstance(bodiless(Plan(412)), HttpResponseNotModified)


def test_a_bodiless_response_wants_no_length() -> None:
    """It claims to have a length, so that nobody adds one; it does not claim anything else."""
    response = bodiless(PLAN)
    assert response.has_header("Content-Length")
    assert "content-length" in response
    assert not response.has_header("Content-Type")
    assert "ETag" in response


def test_the_test_client_reads_downloads() -> None:
    """Django's test client gets the fields and the bytes."""
    with site(serving_bytes()):
        response: Any = Client().get("/")
        assert response.getvalue() == LARGE
        assert response.headers["Content-Length"] == str(len(LARGE))
        assert Client().head("/").headers["Content-Length"] == str(len(LARGE))
        assert Client().get("/", headers={"If-None-Match": '"v1"'}).status_code == 304


async def test_the_async_test_client_reads_downloads() -> None:
    """So does the asynchronous one."""
    with site(serving_bytes()):
        response: Any = await AsyncClient().get("/")
        assert b"".join([chunk async for chunk in response.streaming_content]) == LARGE


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(MemoryContent.named("a.txt", b"x" * 65_536), id="up to 64 KiB"),
        pytest.param(GeneratedContent([b"abc"], Resource(size=3)), id="small and made"),
    ],
)
def test_a_small_file_is_read_at_once(made: Any) -> None:
    """A small file is in the response when it is returned, and nothing is open any more."""
    content = RecordingContent(b"x" * 65_536)
    response: Any = download(RequestFactory().get("/"), content)
    assert content.steps == ["describe", "acquire", "read", "close"]
    assert b"".join(response) == content.data
    assert b"".join(DownloadResponse(made))


def test_a_larger_file_is_not_read_at_once() -> None:
    """One byte more, and nothing is read before the server wants it."""
    content = RecordingContent(b"x" * 65_537)
    response: Any = download(RequestFactory().get("/"), content)
    assert content.steps == ["describe", "acquire"]
    assert b"".join(response) == content.data


@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_two_handlers_agree(method: str, fields: dict[str, str], status: int) -> None:
    """The same view gives the same answer under both handlers."""
    answer = wsgi(serving_bytes(SMALL), method=method, fields=fields)
    assert answer.status == status
    # Several parts are told apart by what nobody can guess.
    if "," not in fields.get("Range", ""):
        assert asgi(serving_bytes(SMALL), method=method, fields=fields) == answer


@EVERY_HANDLER
def test_an_empty_file_is_a_complete_answer(ask: Ask) -> None:
    """A file without a byte is sent as such."""
    answer = ask(serving_bytes(b""))
    assert (answer.status, answer.body, answer.field("Content-Length")) == (200, b"", "0")
