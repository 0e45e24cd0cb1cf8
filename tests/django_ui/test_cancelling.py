"""A task may be cancelled wherever it waits: each of these places in turn, and nothing stays open."""

from __future__ import annotations

import asyncio
import gc
import inspect
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import Executor, Future
from functools import partial
from types import coroutine
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings

from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentError, DownloadRequest, Resource
from downloadable.ports import Content, Served
from tests.django_ui.handlers import EVERY_HANDLER, Ask, aasgi, scope_of, site
from tests.django_ui.recording import AsyncRecordingContent, RecordingContent
from tests.django_ui.subjects import EVERY_VIEW, Subject

pytestmark = [
    pytest.mark.usefixtures("only_what_is_new"),
    # Django leaves the body of a request that is cancelled to the collector.
    pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning"),
]

FEWEST_STEPS, MOST_STEPS = 3, 100


class Cancelled:
    """Cancels a task when it waits for the n-th time; afterwards, ``reached`` says whether it ever did."""

    def __init__(self, step: int) -> None:
        self.step, self.reached = step, False

    @coroutine
    def at_its_step(self, going_on: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        assert task is not None
        waits, go_on, value = 0, going_on.send, None
        while True:
            try:
                future = go_on(value)
            except StopIteration as end:
                return end.value
            if waits == self.step:
                self.reached = True
                task.cancel()
            waits += 1
            try:
                go_on, value = going_on.send, (yield future)
            except BaseException as error:  # noqa: BLE001  (whatever it is, it is the coroutine's)
                go_on, value = going_on.throw, error


async def served(wrap: Callable[[Any], Any], whose: str) -> None:
    """Serve one request whose task, or the server's, is wrapped; the client takes all that comes."""
    loop = asyncio.get_running_loop()
    requests: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    def making(loop: Any, going_on: Any, **options: Any) -> asyncio.Task[Any]:
        chosen = going_on.__name__ == whose
        return asyncio.Task(awaiting(wrap(going_on)) if chosen else going_on, loop=loop, **options)

    async def awaiting(wrapped: Any) -> Any:
        return await wrapped

    async def receive() -> Any:
        if requests:
            return requests.pop()
        return await asyncio.Future()

    async def send(message: Any) -> None:
        await asyncio.sleep(0)

    async def serve() -> None:
        await ASGIHandler()(scope_of("/", "GET", {}), receive, send)

    loop.set_task_factory(making)
    try:
        await asyncio.wait([loop.create_task(serve())])
    finally:
        loop.set_task_factory(None)
    # As asyncio.run() does at its end, when a server has cancelled its own tasks only.
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Watched(Subject):
    """A subject of which one can tell whether it was made at all."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.made = subject, False

    def make(self) -> Any:
        self.made = True
        return self.subject.make()

    def closed(self) -> bool:
        return not self.made or self.subject.closed()


TASKS = ["serve"]
if "process_request" in inspect.getsource(ASGIHandler.handle):
    TASKS.append("process_request")  # which has a task of its own before Django 6.1


@EVERY_VIEW
@pytest.mark.parametrize("whose", TASKS)
async def test_it_is_closed_wherever_its_task_is_cancelled(
    subject: Subject, view_of: Any, whose: str
) -> None:
    """However far an answer has come, a cancelled task leaves nothing open."""
    for step in range(MOST_STEPS):
        watched, cancelled = Watched(subject), Cancelled(step)
        with site(view_of(watched)):
            await served(cancelled.at_its_step, whose)
        gc.collect()  # some versions of Django leave what they drop in a cycle
        assert watched.closed(), f"It is open after its task was cancelled at step {step}."
        if not cancelled.reached:
            break
    assert not cancelled.reached
    assert step >= FEWEST_STEPS


class Slow:
    """Something that a thread waits for until the test lets it go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.begun.set()
        assert self.let_go.wait(10)


def thread_of_this_request() -> Executor:
    """Return what runs the synchronous code of the request at hand."""
    return SyncToAsync.context_to_thread_executor[SyncToAsync.thread_sensitive_context.get()]


class SlowSource:
    """A source whose one content takes its time to be opened."""

    def __init__(self) -> None:
        self.slow, self.content = Slow(), RecordingContent()

    def open(self, key: str) -> Content:
        self.slow.wait()
        return self.content


async def key_of(request: HttpRequest) -> str:
    """Make a view asynchronous."""
    return "key"


@pytest.mark.parametrize("late", [False, True], ids=["while it is opened", "just after"])
async def test_what_a_source_opens_for_nobody_is_closed(late: bool) -> None:
    """A view that is cancelled while a thread opens its content has it closed, whoever of the two comes first."""
    source = SlowSource()
    view = download_view(source, key=key_of)
    async with ThreadSensitiveContext():
        answering = asyncio.ensure_future(view(RequestFactory().get("/")))
        await asyncio.to_thread(source.slow.begun.wait, 10)
        thread = thread_of_this_request()
        if late:
            source.slow.let_go.set()
            thread.submit(int).result(10)  # this loop cannot know yet that the thread is done
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        source.slow.let_go.set()
        await asyncio.wrap_future(thread.submit(int))
        assert source.content.steps == ["close"]


async def test_what_no_thread_has_begun_to_open_is_closed() -> None:
    """A task that is cancelled while its thread has other things to do closes what it was given."""
    slow, file = Slow(), tempfile.TemporaryFile()
    async with ThreadSensitiveContext():
        before = asyncio.ensure_future(sync_to_async(slow.wait)())
        await asyncio.to_thread(slow.begun.wait, 10)
        answering = asyncio.ensure_future(adownload(RequestFactory().get("/"), file))
        await asyncio.sleep(0)
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert file.closed
        slow.let_go.set()
        await before


class Hesitating(Executor):
    """A thread that has taken a call, too late to be called off, and begins it when the test says so."""

    def __init__(self) -> None:
        self.taken: list[Callable[[], object]] = []
        self.has_taken = asyncio.Event()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        self.taken.append(partial(fn, *args, **options))
        self.has_taken.set()
        return future


async def test_what_a_thread_begins_too_late_is_left_alone() -> None:
    """A thread that comes to a download after its task has given it up does not touch what was closed."""
    hesitating, content = Hesitating(), RecordingContent()
    async with ThreadSensitiveContext(executor=hesitating):
        answering = asyncio.ensure_future(adownload(RequestFactory().get("/"), content))
        await hesitating.has_taken.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        with pytest.raises(ContentError, match="Nobody waits"):
            await asyncio.to_thread(hesitating.taken.pop())
    assert content.steps == ["close"]


class SlowContent(RecordingContent):
    """A content that takes its time to be described."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = Slow()

    def describe(self, asked: DownloadRequest) -> Resource:
        self.slow.wait()
        return super().describe(asked)


async def test_a_view_may_limit_its_time() -> None:
    """A timeout around adownload() ends it at once, and what its thread still does is closed."""
    content = SlowContent()

    async def view(request: HttpRequest) -> HttpResponseBase:
        try:
            async with asyncio.timeout(0.01):
                return await adownload(request, content)
        except TimeoutError:
            assert not content.slow.let_go.is_set()
            content.slow.let_go.set()
            return HttpResponse("It takes too long.", status=504)

    assert (await aasgi(view)).status == 504
    assert content.closed


async def test_a_group_that_fails_closes_what_was_ready() -> None:
    """Of two downloads in a task group, the one that is not answered with is closed when the other fails."""
    ready = RecordingContent()

    async def view(request: HttpRequest) -> HttpResponseBase:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(adownload(request, ready))
                group.create_task(adownload(request, RecordingContent(), no_such_field=True))
        except ExceptionGroup:
            return HttpResponse("One of them is a mistake.", status=500)
        raise AssertionError("The group has not failed.")

    assert (await aasgi(view)).status == 500
    gc.collect()
    assert ready.closed


class CancellingItself(AsyncRecordingContent):
    """A content that waits for what somebody else has cancelled."""

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        yield self.data[:1]
        waiting = asyncio.ensure_future(asyncio.Event().wait())
        waiting.cancel()
        await waiting


# Django leaves the body of a request to the garbage collector if its answer fails, and what was heard has the request.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@EVERY_HANDLER
def test_a_content_that_cancels_itself_has_failed(ask: Ask) -> None:
    """Nobody has left: it is an error, and told as one, in either colour."""
    content, heard = CancellingItself(), list[Served]()
    with (
        override_settings(DOWNLOADABLE={"OBSERVERS": [heard.append]}),
        pytest.raises(ContentError, match="cancelled itself"),
    ):
        ask(lambda request: download(request, content))
    assert [served.outcome for served in heard] == ["failed"]
    assert content.closed
    heard.clear()
