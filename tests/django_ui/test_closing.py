"""Contents are closed in every case: counted with contents that record, and with real descriptors."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.utils.decorators import async_only_middleware

from downloadable.adapters.local import LocalContent
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentUnavailable, DownloadRequest, Resource
from tests.django_ui.handlers import Exchange, Started, aasgi, environ_of, exchange, site, started, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent

CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"


@pytest.fixture(scope="module", autouse=True)
def only_what_is_new() -> Iterator[None]:
    """Look for garbage only among what these tests make, which saves most of their time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def descriptors_of(path: Path) -> int:
    """Count the descriptors of this process that are open on the file at *path*."""
    found, wanted = 0, path.stat()
    for descriptor in Path("/dev/fd").iterdir():
        # The one of this very directory is gone already.
        with suppress(OSError):
            found += os.path.samestat(os.fstat(int(descriptor.name)), wanted)
    return found


class Subject:
    """Something to download, of which one can tell whether it is closed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def make(self) -> Any:
        """Return a thing to pass to ``download()``; called once."""
        raise NotImplementedError

    def closed(self) -> bool:
        """Tell whether it is closed."""
        raise NotImplementedError


class Recorded(Subject):
    """A content that says itself what was asked of it."""

    make_content: type[RecordingContent] = RecordingContent

    def make(self) -> RecordingContent:
        self.content = self.make_content()
        return self.content

    def closed(self) -> bool:
        return self.content.closed


class RecordedOnALoop(Recorded):
    """The same for one that is read on an event loop."""

    make_content = AsyncRecordingContent


class Local(Subject):
    """A path, whose descriptor nobody closes but the content."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.path = directory / "large.bin"
        self.path.write_bytes(LARGE)

    def make(self) -> Any:
        return self.path

    def closed(self) -> bool:
        return descriptors_of(self.path) == 0


class Opened(Local):
    """A file that the view has opened."""

    def make(self) -> Any:
        self.file = self.path.open("rb")
        return self.file

    def closed(self) -> bool:
        return self.file.closed and super().closed()


class Generated(Subject):
    """A generator, which has something to clean up."""

    def make(self) -> Generator[bytes]:
        self.generator = (LARGE[start : start + 65_536] for start in range(0, len(LARGE), 65_536))
        return self.generator

    def closed(self) -> bool:
        return inspect.getgeneratorstate(self.generator) == inspect.GEN_CLOSED


@pytest.fixture(params=[Recorded, RecordedOnALoop, Local, Opened, Generated])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """One thing after another; what is logged is not kept, for it would hold on to responses."""
    logging.disable(logging.CRITICAL)
    yield request.param(tmp_path)
    logging.disable(logging.NOTSET)


def sync_view(subject: Subject) -> Any:
    """Return a view that serves *subject*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, subject.make())

    return view


def async_view(subject: Subject) -> Any:
    """Return an async view that does the same."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, subject.make())

    return view


EVERY_VIEW = pytest.mark.parametrize(
    "view_of", [pytest.param(sync_view, id="sync view"), pytest.param(async_view, id="async view")]
)


def with_a_tag_of_its_own(view: Any) -> Any:
    """Return *view*, whose answers a middleware will compare by another tag."""

    def tagging(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = view(request)
        response["ETag"] = '"its own"'
        return response

    return tagging


def with_an_error_after(view: Any) -> Any:
    """Return *view*, which goes wrong when it has its response."""

    def failing(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = view(request)
        raise ZeroDivisionError(f"There was a {response.status_code} already.")

    return failing


def finished(view: Any) -> None:
    """Take all."""
    assert wsgi(view).body == LARGE


def aborted(view: Any) -> None:
    """Take the first chunk, and close."""
    with started(view) as answer:
        assert next(iter(answer.body))


def aborted_while_compressed(view: Any) -> None:
    """Take the first chunk of what a middleware makes of it, and close."""
    with started(view, fields={"Accept-Encoding": "gzip"}, middleware=[GZIP]) as answer:
        assert next(iter(answer.body))


def never_read(view: Any) -> None:
    """Close before the first chunk."""
    with started(view) as answer:
        assert answer.status == 200


def dropped(view: Any) -> None:
    """Forget the answer without closing it."""
    with site(view):
        assert Started(environ_of("/", "GET", {})).status == 200


def partly(view: Any) -> None:
    """Take a part."""
    assert wsgi(view, fields={"Range": "bytes=0-99999"}).status in {200, 206}


def only_asked_about(view: Any) -> None:
    """Ask without wanting the body."""
    assert wsgi(view, method="HEAD").body == b""


@EVERY_VIEW
@pytest.mark.parametrize(
    "end",
    [finished, aborted, aborted_while_compressed, never_read, dropped, partly, only_asked_about],
)
def test_it_is_closed_under_wsgi(subject: Subject, view_of: Any, end: Callable[[Any], None]) -> None:
    """However much of the answer the server takes, nothing stays open."""
    end(view_of(subject))
    gc.collect()
    assert subject.closed()


def test_it_is_closed_when_a_middleware_drops_it(subject: Subject) -> None:
    """An answer that ConditionalGetMiddleware replaces by its own 304 is closed, although nobody closes it."""
    view = with_a_tag_of_its_own(sync_view(subject))
    answer = wsgi(view, fields={"If-None-Match": '"its own"'}, middleware=[CONDITIONAL])
    gc.collect()
    assert answer.status == 304
    assert subject.closed()


def test_it_is_closed_when_the_view_fails_after(subject: Subject) -> None:
    """An answer that a view has made and not returned is closed."""
    assert wsgi(with_an_error_after(sync_view(subject))).status == 500
    gc.collect()
    assert subject.closed()


def test_it_is_closed_when_the_policy_is_impossible(subject: Subject) -> None:
    """What was opened for an answer that cannot be is closed at once."""
    with pytest.raises(ValueError, match="no field"):
        download(RequestFactory().get("/"), subject.make(), as_attachment=True)
    assert subject.closed()


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


FAILING = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])


@FAILING
@pytest.mark.parametrize("middleware", [[], [GZIP]], ids=["bare", "compressed"])
def test_it_is_closed_when_its_body_fails(make: type[RecordingContent], middleware: list[str]) -> None:
    """A body that goes wrong half-way ends the answer with the error, short, and closed."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})
    with (
        started(
            lambda request: download(request, content),
            fields={"Accept-Encoding": "gzip"},
            middleware=middleware,
        ) as answer,
        pytest.raises(ContentUnavailable),
    ):
        assert len(b"".join(answer.body)) < len(LARGE)
    assert content.closed


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


@pytest.mark.parametrize("step", ["describe", "acquire"])
def test_it_is_closed_when_it_is_refused(step: str) -> None:
    """An answer that is an error has closed what it could not have."""
    content = RecordingContent(failing={step: ContentUnavailable("Down.")})
    assert wsgi(lambda request: download(request, content)).status == 503
    assert content.closed
