from __future__ import annotations

import gzip
import io
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import FileResponse, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory, override_settings

from downloadable.adapters.memory import GeneratedContent, MemoryContent
from downloadable.django_ui.responses import (
    BodilessResponse,
    DownloadResponse,
    NotModifiedResponse,
    bodiless,
)
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentNotFound, ContentUnavailable, Plan, PolicyError, Resource
from downloadable.ports import Missing
from tests.django_ui.handlers import EVERY_HANDLER, Ask, asgi, exchange, site, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent

COMMON = "django.middleware.common.CommonMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
ACCEPTING = {"Accept-Encoding": "gzip"}
SMALL = b"small" * 100

ASKED: list[Any] = [
    pytest.param("GET", {}, 200, id="200"),
    pytest.param("GET", {"Range": "bytes=0-9"}, 206, id="206"),
    pytest.param("GET", {"Range": "bytes=0-9,20-29"}, 206, id="several ranges"),
    pytest.param("HEAD", {}, 200, id="HEAD"),
    pytest.param("GET", {"If-None-Match": '"v1"'}, 304, id="304"),
    pytest.param("GET", {"If-Match": '"v2"'}, 412, id="412"),
    pytest.param("GET", {"Range": "bytes=999999-"}, 416, id="416"),
]
"""Every status that a plan can have."""


def serving(data: bytes = LARGE, **facts: Any) -> Any:
    """Return a view that serves *data*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, RecordingContent(data, **facts))

    return view


@pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_the_fields_are_exactly_those_of_the_plan(
    data: bytes, method: str, fields: dict[str, str], status: int
) -> None:
    """Django adds no field, and guesses none."""
    response: Any = serving(data)(RequestFactory().generic(method, "/", headers=fields))
    assert response.status_code == status
    assert list(response.items()) == list(response.plan.headers)
    assert isinstance(response, HttpResponseNotModified) == (status == 304)
    assert isinstance(response, FileResponse) == bool(response.plan.body)


@EVERY_HANDLER
@pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_common_middleware_adds_no_length(
    ask: Ask, data: bytes, method: str, fields: dict[str, str], status: int
) -> None:
    """An answer without a body announces what the plan says: nothing for 304, the length of GET for HEAD."""
    bare = ask(serving(data), method=method, fields=fields)
    behind = ask(serving(data), method=method, fields=fields, middleware=[COMMON])
    assert behind.status == bare.status == status
    assert behind.field("Content-Length") == bare.field("Content-Length")
    if status == 304:
        assert behind.field("Content-Length") is None
    if method == "HEAD":
        assert behind.field("Content-Length") == str(len(data))


@EVERY_HANDLER
def test_compression_takes_what_holds_no_longer(ask: Ask) -> None:
    """A whole content that is compressed on the way loses its ranges and its length, and its tag is weak."""
    answer = ask(serving(), fields=ACCEPTING, middleware=[GZIP])
    assert (answer.status, answer.field("Content-Encoding")) == (200, "gzip")
    assert gzip.decompress(answer.body) == LARGE
    assert answer.field("ETag") == 'W/"v1"'
    assert answer.field("Accept-Ranges") is None
    assert answer.field("Content-Length") is None
    assert answer.field("Vary") == "Accept-Encoding"


@EVERY_HANDLER
def test_compression_takes_the_digest(ask: Ask) -> None:
    """A digest of the bytes as they are says nothing of them compressed."""
    view = serving(digests=(("sha-256", bytes(32)),))
    assert ask(view, middleware=[GZIP]).field("Repr-Digest") is not None
    assert ask(view, fields=ACCEPTING, middleware=[GZIP]).field("Repr-Digest") is None


@EVERY_HANDLER
@pytest.mark.parametrize(
    "ranges",
    [pytest.param("bytes=0-999", id="one range"), pytest.param("bytes=0-999,5000-5999", id="several")],
)
def test_compression_leaves_parts_alone(ask: Ask, ranges: str) -> None:
    """A part that was compressed could not be put together with its neighbours."""
    bare = ask(serving(), fields={"Range": ranges})
    answer = ask(serving(), fields={"Range": ranges, **ACCEPTING}, middleware=[GZIP])
    assert answer.status == 206
    assert answer.field("Content-Encoding") is None
    assert len(answer.body) == len(bare.body) == int(answer.field("Content-Length") or 0)
    assert answer.field("ETag") == '"v1"'


@EVERY_HANDLER
def test_compression_leaves_what_is_encoded_alone(ask: Ask) -> None:
    """What is in a coding already is sent as it is, ranges and strong tag included."""
    view = serving(gzip.compress(LARGE), content_encoding="gzip")
    answer = ask(view, fields=ACCEPTING, middleware=[GZIP])
    assert answer.field("Content-Encoding") == "gzip"
    assert gzip.decompress(answer.body) == LARGE
    assert answer.field("Accept-Ranges") == "bytes"
    assert answer.field("ETag") == '"v1"'


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_absence_of_a_coding_is_not_sent(ask: Ask, method: str) -> None:
    """That a part must not be compressed is told to the middleware, not to the client."""
    answer = ask(serving(), method=method, fields={"Range": "bytes=0-9"}, middleware=[GZIP, COMMON])
    assert "content-encoding" not in {name.lower() for name, _ in answer.fields}


@EVERY_HANDLER
@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_a_session_adds_its_vary(ask: Ask, method: str, fields: dict[str, str], status: int) -> None:
    """A view that has read the session gets Vary from Django, whatever it answers; another does not."""

    def view(request: HttpRequest) -> HttpResponseBase:
        request.session.get("reader")
        response: HttpResponseBase = serving()(request)
        return response

    asking: dict[str, Any] = {
        "method": method,
        "fields": fields,
        "middleware": [SESSION],
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    assert ask(view, **asking).field("Vary") == "Cookie"
    assert ask(serving(), **asking).field("Vary") is None


@EVERY_HANDLER
def test_conditional_get_middleware_agrees(ask: Ask) -> None:
    """What Django compares as well comes to the same."""
    answer = ask(serving(), fields={"If-None-Match": 'W/"v1"'}, middleware=[CONDITIONAL, COMMON])
    assert (answer.status, answer.body) == (304, b"")
    assert {name for name, _ in answer.fields} == {"ETag", "Cache-Control"}


def test_without_validators_nothing_is_compared() -> None:
    """A policy without validators gives a middleware nothing to answer 304 from."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, RecordingContent(), validators=False)

    assert wsgi(view, fields={"If-None-Match": '"v1"'}, middleware=[CONDITIONAL]).status == 200


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


def test_a_response_of_a_view_tells_the_same() -> None:
    """A response of ``download()`` has the same attributes."""
    content = RecordingContent(name="report.csv")
    response: Any = download(RequestFactory().get("/"), content, attachment=False)
    assert (response.basename, response.attachment, response.get_encoding()) == ("report.csv", False, None)
    assert response.file is content


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


def test_only_parts_are_untouchable() -> None:
    """A whole content may be compressed, and says so."""
    whole: Any = serving()(RequestFactory().get("/"))
    part: Any = serving()(RequestFactory().get("/", headers={"Range": "bytes=0-9"}))
    assert ("Content-Encoding" in whole, "Content-Encoding" in part) == (False, True)
    assert ("ETag" in whole, "X-Unheard-Of" in part) == (True, False)


def test_the_test_client_reads_downloads() -> None:
    """Django's test client gets the fields and the bytes."""
    with site(serving()):
        response: Any = Client().get("/")
        assert response.getvalue() == LARGE
        assert response.headers["Content-Length"] == str(len(LARGE))
        assert Client().head("/").headers["Content-Length"] == str(len(LARGE))
        assert Client().get("/", headers={"If-None-Match": '"v1"'}).status_code == 304


async def test_the_async_test_client_reads_downloads() -> None:
    """So does the asynchronous one."""
    with site(serving()):
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


@override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store"}})
def test_a_response_by_hand_follows_the_policy_of_the_site() -> None:
    """What the site decides holds for responses by hand, too."""
    assert by_hand().headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("method", "fields", "status"), ASKED)
def test_two_handlers_agree(method: str, fields: dict[str, str], status: int) -> None:
    """The same view gives the same answer under both handlers."""
    answer = wsgi(serving(SMALL), method=method, fields=fields)
    assert answer.status == status
    # Several parts are told apart by what nobody can guess.
    if "," not in fields.get("Range", ""):
        assert asgi(serving(SMALL), method=method, fields=fields) == answer


@EVERY_HANDLER
def test_an_empty_file_is_a_complete_answer(ask: Ask) -> None:
    """A file without a byte is sent as such."""
    answer = ask(serving(b""))
    assert (answer.status, answer.body, answer.field("Content-Length")) == (200, b"", "0")
