"""Contents are closed in every case, on an event loop too."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from downloadable.adapters.http import HttpSource
from downloadable.adapters.local import LocalContent
from downloadable.adapters.remote import Resumption
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentUnavailable, DownloadRequest, Resource
from tests.adapters.origin import PATIENCE_SECONDS, Handler, Page, serving
from tests.django_ui.doors import CONDITIONAL, GZIP
from tests.django_ui.handlers import Answer, Exchange, aasgi, exchange, scope_of
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent
from tests.django_ui.subjects import EVERY_VIEW, Subject, async_view, descriptors_of, sync_view

pytestmark = pytest.mark.usefixtures("only_what_is_new")


FAILING = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])


async def all_taken(view: Any) -> None:
    """Take all."""
    assert (await aasgi(view)).body == LARGE


async def all_taken_compressed(view: Any) -> None:
    """Take all of what a middleware makes of it."""
    answer = await aasgi(view, fields={"Accept-Encoding": "gzip"}, middleware=[GZIP])
    assert answer.field("Content-Encoding") == "gzip"


async def gone_half_way(view: Any) -> None:
    """Leave after the first chunk."""
    async with exchange(view) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()


async def gone_half_way_while_compressed(view: Any) -> None:
    """Leave after the first chunk of what a middleware makes of it."""
    async with exchange(view, fields={"Accept-Encoding": "gzip"}, middleware=[GZIP]) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()


async def gone_before_the_first_chunk(view: Any) -> None:
    """Leave when the header fields are there."""
    async with exchange(view) as client:
        assert (await client.take())["status"] == 200
        await client.leave()


async def only_asked_about_on_a_loop(view: Any) -> None:
    """Ask without wanting the body."""
    assert (await aasgi(view, method="HEAD")).body == b""


@EVERY_VIEW
@pytest.mark.parametrize(
    "end",
    [
        all_taken,
        all_taken_compressed,
        gone_half_way,
        gone_half_way_while_compressed,
        gone_before_the_first_chunk,
        only_asked_about_on_a_loop,
    ],
)
async def test_it_is_closed_under_asgi(subject: Subject, view_of: Any, end: Any) -> None:
    """However much of the answer the client waits for, nothing stays open."""
    await end(view_of(subject))
    gc.collect()
    assert subject.closed()


@EVERY_VIEW
async def test_it_is_closed_when_a_middleware_drops_it_under_asgi(subject: Subject, view_of: Any) -> None:
    """An answer that ConditionalGetMiddleware replaces by its own 304 is closed, although nobody closes it."""
    view = view_of(subject)

    async def tagging(request: HttpRequest) -> HttpResponseBase:
        response = view(request)
        if inspect.isawaitable(response):
            response = await response
        response["ETag"] = '"its own"'
        made: HttpResponseBase = response
        return made

    answer = await aasgi(tagging, fields={"If-None-Match": '"its own"'}, middleware=[CONDITIONAL])
    gc.collect()
    assert answer.status == 304
    assert subject.closed()


async def test_it_is_closed_when_the_view_fails_after_under_asgi(subject: Subject) -> None:
    """An answer that an async view has made and not returned is closed."""
    view = async_view(subject)

    async def failing(request: HttpRequest) -> HttpResponseBase:
        response = await view(request)
        raise ZeroDivisionError(f"There was a {response.status_code} already.")

    assert (await aasgi(failing)).status == 500
    gc.collect()
    assert subject.closed()


@async_only_middleware
def failing_after(get_response: Any) -> Any:
    """Be a middleware that goes wrong when it has its response."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await get_response(request)
        raise ZeroDivisionError(f"There was a {response.status_code} already.")

    return middleware


@EVERY_VIEW
async def test_it_is_closed_when_a_middleware_fails_after_under_asgi(subject: Subject, view_of: Any) -> None:
    """An answer that a middleware has got and not passed on is closed."""
    assert (await aasgi(view_of(subject), middleware=[f"{__name__}.failing_after"])).status == 500
    gc.collect()
    assert subject.closed()


async def test_nobody_waits_for_an_origin_that_hangs() -> None:
    """A client that leaves while the origin stalls is gone when its patience is over; the next one has its answer."""
    with serving({"/stalls": Page(script=half_of_it), "/well": Page(body=LARGE, etag='"v1"')}) as origin:
        source = HttpSource(
            f"{origin.url}/",
            timeout=(5, 0.2),
            trusted_origins=[origin.url],
            resumption=Resumption(attempts=0),
        )
        view = download_view(source)
        async with exchange(view, "/stalls", route="<path:path>") as client:
            await client.take()
            size = 0
            while size < len(LARGE):
                size += len(await client.chunk())
            stalled = asyncio.ensure_future(client.chunk())
            await asyncio.wait([stalled], timeout=0.1)
            stalled.cancel()
            other, left = asyncio.ensure_future(aasgi_within(view)), time.monotonic()
            await client.leave()
            assert time.monotonic() - left < PATIENCE_SECONDS / 2
            assert (await other).body == LARGE
        origin.let_go.set()
        await asyncio.to_thread(origin.wait_for_open, 1)  # which is kept for the next one
        source.close()


def half_of_it(handler: Handler) -> None:
    """Send half of what is announced, and do nothing any more."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {2 * len(LARGE)}\r\n\r\n"
    handler.raw(head.encode() + LARGE, end=False)
    handler.stall()


async def aasgi_within(view: Any) -> Answer:
    """Ask the site that is there already."""
    going_on = Exchange(scope_of("/well", "GET", {}))
    answer = await going_on.answer()
    going_on.left.set()
    return answer


class Meeting:
    """A point where a view waits until the handler has given it up."""

    latest: Meeting

    def __init__(self) -> None:
        self.arrived, self.given_up = threading.Event(), threading.Event()
        Meeting.latest = self

    def wait(self) -> None:
        """Arrive in the thread of the view."""
        self.arrived.set()
        assert self.given_up.wait(10)

    async def leave(self, client: Exchange) -> None:
        """Leave when the view has arrived; return when nobody waits for the view any more."""
        assert await asyncio.to_thread(self.arrived.wait, 10)
        await client.leave()
        assert self.given_up.is_set()


@async_only_middleware
def noticing(get_response: Any) -> Any:
    """Notice that the handler gives a view up."""

    async def middleware(request: HttpRequest) -> Any:
        try:
            return await get_response(request)
        except asyncio.CancelledError:
            Meeting.latest.given_up.set()
            raise

    return middleware


NOTICING = [f"{__name__}.noticing"]


async def test_it_is_closed_when_the_client_left_a_sync_view(subject: Subject) -> None:
    """What a sync view returns after the client has left goes nowhere, and nothing stays open."""
    meeting, view = Meeting(), sync_view(subject)

    def late(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = view(request)
        meeting.wait()
        return response

    async with exchange(late, middleware=NOTICING) as client:
        await meeting.leave(client)
    gc.collect()
    assert subject.closed()


async def test_it_is_closed_when_the_client_left_an_async_view(subject: Subject) -> None:
    """A view that is cancelled after it has made its answer leaves nothing open."""
    view, made = async_view(subject), asyncio.Event()

    async def late(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await view(request)
        made.set()
        await asyncio.Future()
        return response

    async with exchange(late) as client:
        await made.wait()
        await client.leave()
    gc.collect()
    assert subject.closed()


class SlowToDescribe(LocalContent):
    """A file of a slow disk."""

    def __init__(self, path: Path, meeting: Meeting) -> None:
        super().__init__(path)
        self.meeting = meeting

    def describe(self, asked: DownloadRequest) -> Resource:
        self.meeting.wait()
        return super().describe(asked)


async def test_it_is_closed_when_adownload_is_cancelled(tmp_path: Path) -> None:
    """A task that is cancelled while a thread opens the file leaves no descriptor."""
    path, meeting = tmp_path / "large.bin", Meeting()
    path.write_bytes(LARGE)

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, SlowToDescribe(path, meeting))

    async with exchange(view, middleware=NOTICING) as client:
        await meeting.leave(client)
    gc.collect()
    assert descriptors_of(path) == 0


# Django leaves the body of such a request to the collector.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@FAILING
@pytest.mark.parametrize("middleware", [[], [GZIP]], ids=["bare", "compressed"])
async def test_it_is_closed_when_its_body_fails_under_asgi(
    make: type[RecordingContent], middleware: list[str]
) -> None:
    """A body that goes wrong half-way ends the answer with the error, never with a last message, and closed."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, content)

    with pytest.raises(ContentUnavailable):
        await aasgi(view, fields={"Accept-Encoding": "gzip"}, middleware=middleware)
    gc.collect()
    assert content.closed


def by_hand(content: RecordingContent) -> Any:
    """Return a view that makes its response by hand."""
    return lambda request: DownloadResponse(content)


def by_function(content: RecordingContent) -> Any:
    """Return a view that lets ``download()`` make it."""
    return lambda request: download(request, content)


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@FAILING
@pytest.mark.parametrize("view_of", [by_hand, by_function])
async def test_it_is_closed_when_sending_fails(make: type[RecordingContent], view_of: Any) -> None:
    """A server that raises where it cannot send has the content closed, and not by the collector."""
    content = make(LARGE * 4)
    async with exchange(view_of(content)) as client:
        await client.take()
        assert await client.chunk()
        client.broken = OSError("The client is gone.")
        with pytest.raises(OSError, match="gone"):
            await client.rest()
        assert client.trace is not None
        assert content.closed
    gc.collect()
