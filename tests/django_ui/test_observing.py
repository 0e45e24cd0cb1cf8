from __future__ import annotations

import asyncio
import gc
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIHandler
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from django.urls import ResolverMatch
from django.utils.asyncio import async_unsafe
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject
from django.views import View

from downloadable import Nginx, PresignedRedirect, Resource, Served
from downloadable.django_ui.asgi import PathSend
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.observing import ledger_for
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import download
from downloadable.django_ui.signals import download_finished
from downloadable.domain import ByteRange, ContentUnavailable, DownloadRequest, Plan
from downloadable.ports import LocalFile, Signable
from tests.django_ui.handlers import EVERY_HANDLER, Ask, exchange, scope_of, site, started
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent
from tests.django_ui.senders import Elsewhere, Sender

EVERY_CONTENT = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])
# Django leaves the empty body of a request to the garbage collector if its answer fails; what is heard has the request.
FAILING = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")


@contextmanager
def receiving(receiver: Callable[..., object], sender: object = None) -> Iterator[None]:
    """Connect *receiver* for a while."""
    download_finished.connect(receiver, sender=sender)
    try:
        yield
    finally:
        assert download_finished.disconnect(receiver, sender=sender)


@pytest.fixture
def signals() -> Iterator[list[dict[str, Any]]]:
    """Return what comes with each signal."""
    sent: list[dict[str, Any]] = []

    def receive(**named: Any) -> None:
        sent.append(named)

    with receiving(receive):
        yield sent
    sent.clear()


@pytest.fixture
def database(transactional_db: None) -> Iterator[None]:
    """Allow queries in every thread; at the end, close what Django never does: connections to a database in memory."""
    made: list[Any] = []

    def keep(connection: Any, **_: Any) -> None:
        made.append(connection)

    connection_created.connect(keep)
    yield
    assert connection_created.disconnect(keep)
    for one in made:
        if one is not connections["default"]:
            one.connection.close()


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """Return what is logged of downloads."""
    kept, logger = Lines(), logging.getLogger("downloadable.served")
    logger.addHandler(kept)
    with caplog.at_level(logging.INFO, logger=logger.name):
        yield kept.records
    logger.removeHandler(kept)


def serving(content: Any, **fields: Any) -> Any:
    """Return a view that serves *content*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, content, **fields)

    return view


# The signal


@EVERY_HANDLER
@EVERY_CONTENT
def test_a_download_is_signalled(
    ask: Ask, make: type[RecordingContent], signals: list[dict[str, Any]]
) -> None:
    """Receivers hear once of each answer, with who asked for it and by which view."""
    view = serving(make())
    assert ask(view, fields={"Range": "bytes=10-19", "X-From": "here"}).status == 206
    (sent,) = signals
    assert (sent["signal"], sent["sender"]) == (download_finished, view)
    served, request = sent["served"], sent["request"]
    assert (served.outcome, served.ranges) == ("completed", (ByteRange(10, 20),))
    assert served.request is request
    assert request.headers["X-From"] == "here"
    assert served.asked == DownloadRequest.from_headers("GET", {"Range": "bytes=10-19"})


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("HEAD", {}, 200),
        ("GET", {"If-None-Match": '"v1"'}, 304),
        ("GET", {"If-Match": '"v2"'}, 412),
        ("GET", {"Range": "bytes=999999-"}, 416),
    ],
)
def test_an_answer_without_a_body_is_signalled(
    ask: Ask, method: str, fields: dict[str, str], status: int, signals: list[dict[str, Any]]
) -> None:
    """What sends nothing is an answer, and no download."""
    ask(serving(RecordingContent()), method=method, fields=fields)
    served = signals[0]["served"]
    assert (served.plan.status, served.outcome, served.ranges) == (status, "completed", ())
    assert (served.asked.method, served.counts_as_download) == (method, False)
    assert served.request.method == method


@EVERY_HANDLER
@pytest.mark.parametrize("keeps", [False, True], ids=["with validators of its own", "with ours"])
@pytest.mark.parametrize("by_hand", [False, True], ids=["by function", "by hand"])
@pytest.mark.parametrize(
    ("fields", "counts"),
    [({}, True), ({"Range": "bytes=5-"}, False), ({"If-None-Match": '"v0"'}, None)],
    ids=["plain", "range", "condition"],
)
def test_what_is_handed_over_is_signalled(
    ask: Ask,
    keeps: bool,
    by_hand: bool,
    fields: dict[str, str],
    counts: bool | None,
    signals: list[dict[str, Any]],
) -> None:
    """Whether it counts shows by what was asked, unless a condition was left to the other server."""

    @delegated_to(Sender(keeps=keeps))
    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(Elsewhere()) if by_hand else download(request, Elsewhere())

    ask(view, fields=fields)
    (sent,) = signals
    served = sent["served"]
    assert (served.outcome, served.delegate, served.bytes_sent) == ("handed over", "Sender", 0)
    assert served.request is sent["request"]
    assert sent["request"].method == "GET"
    assert served.counts_as_download is (keeps if counts is None else counts)


@EVERY_CONTENT
@pytest.mark.parametrize("took", [0, 1])
def test_an_abort_is_signalled(
    make: type[RecordingContent], took: int, signals: list[dict[str, Any]]
) -> None:
    """It counts once its first byte was taken."""
    with started(serving(make())) as answer:
        for _ in range(took):
            assert next(iter(answer.body))
    served = signals[0]["served"]
    assert (served.outcome, served.counts_as_download) == ("aborted", bool(took))


@EVERY_CONTENT
async def test_an_abort_is_signalled_under_asgi(
    make: type[RecordingContent], signals: list[dict[str, Any]]
) -> None:
    """The same on an event loop."""
    async with exchange(serving(make(LARGE * 8))) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()
    served = signals[0]["served"]
    assert (served.outcome, served.counts_as_download) == ("aborted", True)
    assert 0 < served.ranges[0].stop < len(LARGE * 8)


@FAILING
@EVERY_HANDLER
@EVERY_CONTENT
def test_a_failure_is_signalled(
    ask: Ask, make: type[RecordingContent], signals: list[dict[str, Any]]
) -> None:
    """A body that goes wrong half-way is told as such."""
    with suppress(ContentUnavailable):
        ask(serving(make(failing={"read": ContentUnavailable("The line is dead.")})))
    gc.collect()
    assert [sent["served"].outcome for sent in signals] == ["failed"]


@EVERY_HANDLER
@pytest.mark.parametrize("error", [Http404, PermissionDenied, ContentUnavailable("down")])
def test_an_error_is_not_signalled(
    ask: Ask, error: Any, signals: list[dict[str, Any]], lines: list[logging.LogRecord]
) -> None:
    """Where there was no file to answer with, there is nothing to tell of it."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, RecordingContent(failing={"describe": error}))

    assert ask(view).status in (403, 404, 503)
    assert not signals
    assert not lines


def test_receivers_can_ask_for_one_view(signals: list[dict[str, Any]]) -> None:
    """A class-based view is named by its class, a function by itself; others are not heard of."""

    class Reports(View):
        def get(self, request: HttpRequest) -> HttpResponseBase:
            return download(request, b"report")

    named, own = [], []

    def receive(served: Served, **_: Any) -> None:
        named.append(served)

    def receive_own(served: Served, **_: Any) -> None:
        own.append(served)

    function = serving(b"text")
    with receiving(receive, Reports), receiving(receive_own, function):
        for view in (Reports.as_view(), function):
            with started(view) as answer:
                list(answer.body)
    assert [served.plan.body for served in named] == [(ByteRange(0, 6),)]
    assert [served.plan.body for served in own] == [(ByteRange(0, 4),)]
    assert [sent["sender"] for sent in signals] == [Reports, function]


def test_a_request_that_no_url_led_to_has_no_view(signals: list[dict[str, Any]]) -> None:
    """As from a middleware, or in a test that calls a view."""
    assert b"".join(download(RequestFactory().get("/"), b"text")) == b"text"
    assert signals[0]["sender"] is None


@EVERY_HANDLER
def test_a_receiver_that_fails_is_logged(
    ask: Ask, signals: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets its file, and the others hear of it."""

    def failing(**_: Any) -> None:
        raise ZeroDivisionError("a mistake")

    async def failing_too(**_: Any) -> None:
        raise ZeroDivisionError("another")

    with receiving(failing), receiving(failing_too):
        assert ask(serving(RecordingContent())).body == LARGE
    assert [sent["served"].outcome for sent in signals] == ["completed"]
    assert [(record.name, record.exc_info[0]) for record in caplog.records if record.exc_info] == [
        ("django.dispatch", ZeroDivisionError)
    ] * 2


@EVERY_HANDLER
@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@pytest.mark.usefixtures("database")
def test_receivers_may_query(ask: Ask, data: bytes) -> None:
    """Asynchronous or not, and whoever sends the answer, what they write is there."""

    def record(served: Served, **_: Any) -> None:
        Group.objects.create(name=f"sync {served.bytes_sent}")

    async def arecord(served: Served, **_: Any) -> None:
        await Group.objects.acreate(name=f"async {served.bytes_sent}")

    def observe(served: Served) -> None:
        Group.objects.create(name=f"observer {served.bytes_sent}")

    with (
        receiving(record),
        receiving(arecord),
        override_settings(DOWNLOADABLE={"OBSERVERS": [observe]}),
    ):
        assert ask(serving(RecordingContent(data))).body == data
    names = Group.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == [f"{kind} {len(data)}" for kind in ("async", "observer", "sync")]


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("data", "fields", "within"),
    [
        pytest.param(LARGE, {}, False, id="large"),
        pytest.param(b"small", {}, False, id="small"),
        pytest.param(LARGE, {"If-None-Match": '"v1"'}, True, id="no body"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_is_streamed_ends_after_the_transaction(
    ask: Ask, data: bytes, fields: dict[str, str], within: bool
) -> None:
    """A listener that hears of a body writes after the view's transaction; of an answer without one, within it."""
    found: list[bool] = []

    def receive(**_: Any) -> None:
        found.append(connection.in_atomic_block)

    with receiving(receive):
        ask(transaction.atomic(serving(RecordingContent(data))), fields=fields)
    assert found == [within]


@EVERY_HANDLER
@pytest.mark.usefixtures("database")
def test_receivers_know_who_asked(ask: Ask) -> None:
    """A user that is looked up only when it is needed can be, although the view is long over."""
    User.objects.create_user("ada")
    names: list[str] = []

    def middleware(get_response: Any) -> Any:
        def lazily(request: HttpRequest) -> HttpResponseBase:
            user: Any = SimpleLazyObject(lambda: User.objects.get(username="ada"))
            request.user = user
            response: HttpResponseBase = get_response(request)
            return response

        return lazily

    def record(request: HttpRequest, **_: Any) -> None:
        names.append(str(request.user))

    with receiving(record):
        ask(middleware(serving(RecordingContent())))
    assert names == ["ada"]


# A response that was built by hand


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_response_by_hand_meets_its_request(ask: Ask, method: str, signals: list[dict[str, Any]]) -> None:
    """With DownloadMiddleware, it is told of once, and of whom it went to."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(RecordingContent())

    ask(view, method=method, fields={"X-From": "here"}, middleware=["downloadable.DownloadMiddleware"])
    (sent,) = signals
    assert sent["request"].headers["X-From"] == "here"
    assert (sent["served"].asked.method, sent["served"].outcome) == (method, "completed")
    assert sent["served"].counts_as_download is (method == "GET")


@EVERY_HANDLER
def test_a_response_by_hand_that_meets_none_has_none(ask: Ask, signals: list[dict[str, Any]]) -> None:
    """Without the middleware, nobody has told it of a request."""
    assert ask(lambda request: DownloadResponse(RecordingContent())).body == LARGE
    (sent,) = signals
    assert (sent["request"], sent["sender"]) == (None, None)
    assert (sent["served"].outcome, sent["served"].bytes_sent) == ("completed", len(LARGE))


async def test_what_a_thread_reads_ahead_is_not_sent(signals: list[dict[str, Any]]) -> None:
    """Of a response by hand, a thread reads on while the server sends; only what the server took counts."""
    going_on, gone_on = threading.Event(), threading.Event()

    class InSteps(RecordingContent):
        def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
            yield self.data[:10]
            assert going_on.wait(10)
            gone_on.set()
            yield self.data[10:20]

    body: Any = aiter(DownloadResponse(InSteps()))
    assert await anext(body) == LARGE[:10]
    going_on.set()
    assert await asyncio.to_thread(gone_on.wait, 10)
    await body.aclose()  # waits for the thread
    served = signals[0]["served"]
    assert (served.outcome, served.bytes_sent, served.ranges) == ("aborted", 10, (ByteRange(0, 10),))


# What the server sends by itself


@pytest.fixture
def local(tmp_path: Path) -> Any:
    """Return a view of a file on the disk."""
    path = tmp_path / "data.bin"
    path.write_bytes(LARGE)
    return serving(path)


@pytest.mark.parametrize(
    ("fields", "ranges"),
    [({}, (ByteRange(0, len(LARGE)),)), ({"Range": "bytes=100000-299999"}, (ByteRange(100_000, 300_000),))],
    ids=["all", "range"],
)
def test_what_leaves_by_the_servers_wrapper_is_signalled(
    local: Any, fields: dict[str, str], ranges: tuple[ByteRange, ...], signals: list[dict[str, Any]]
) -> None:
    """A file that the server was given counts as what it took of it."""
    with started(local, fields=fields) as answer:
        assert isinstance(answer.body, FileWrapper)
        list(answer.body)
    served = signals[0]["served"]
    assert (served.outcome, served.ranges, served.delegate) == ("completed", ranges, None)


def test_an_abort_of_the_servers_wrapper_is_signalled(local: Any, signals: list[dict[str, Any]]) -> None:
    """So it does if the client left."""
    with started(local) as answer:
        took = len(next(iter(answer.body)))
    served = signals[0]["served"]
    assert (served.outcome, served.ranges) == ("aborted", (ByteRange(0, took),))
    assert 0 < took < len(LARGE)


async def test_a_path_that_is_sent_is_signalled(local: Any, signals: list[dict[str, Any]]) -> None:
    """An ASGI server that opens the file itself tells nobody how far it came; that it began is known."""
    messages: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop() if messages else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = scope_of("/", "GET", {"If-None-Match": '"v0"'}) | {"extensions": {"http.response.pathsend": {}}}
    with site(local):
        await PathSend(ASGIHandler())(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.pathsend"]
    served = signals[0]["served"]
    assert (served.outcome, served.delegate, served.bytes_sent) == ("handed over", "PathSend", 0)
    assert served.counts_as_download
    assert served.request.method == "GET"


# The log


def fields_of(line: logging.LogRecord) -> dict[str, Any]:
    """Return what the line has for formatters, beside what every record has."""
    return {name: value for name, value in vars(line).items() if name not in ORDINARY}


ORDINARY = {*vars(logging.makeLogRecord({})), "message", "asctime"}


@EVERY_HANDLER
@EVERY_CONTENT
def test_a_download_is_one_line(
    ask: Ask, make: type[RecordingContent], lines: list[logging.LogRecord]
) -> None:
    """The line can be read, and its fields are what JSON can say."""
    ask(serving(make()), fields={"Range": "bytes=0-9"})
    (line,) = lines
    assert (line.name, line.levelname) == ("downloadable.served", "INFO")
    seconds = fields_of(line)["seconds"]
    assert line.getMessage() == (
        f"GET 'data.bin': 206 completed, 10 bytes in {seconds:.3f} s (0-9 of {len(LARGE)})"
    )
    assert json.loads(json.dumps(fields_of(line))) == {
        "method": "GET",
        "file_name": "data.bin",
        "status_code": 206,
        "outcome": "completed",
        "size": len(LARGE),
        "bytes_sent": 10,
        "ranges": "0-9",
        "seconds": seconds,
        "delegate": None,
        "resumed": 0,
        "counts_as_download": True,
        "view": f"{__name__}.view",
    }


@pytest.mark.parametrize(
    ("method", "fields", "message"),
    [
        ("GET", {}, "GET 'data.bin': 200 completed, 524288 bytes in # s"),
        ("HEAD", {}, "HEAD 'data.bin': 200 completed, 0 bytes in # s"),
        ("GET", {"If-None-Match": '"v1"'}, "GET 'data.bin': 304 completed, 0 bytes in # s"),
        (
            "GET",
            {"Range": "bytes=0-1,5-7"},
            "GET 'data.bin': 206 completed, @ bytes in # s (0-1,5-7 of 524288)",
        ),
    ],
    ids=["all", "HEAD", "304", "ranges"],
)
def test_what_the_line_says(
    method: str, fields: dict[str, str], message: str, lines: list[logging.LogRecord]
) -> None:
    """It says what was answered, and how much of it the server took."""
    with started(serving(RecordingContent()), method=method, fields=fields) as answer:
        list(answer.body)
    (line,) = lines
    known = fields_of(line)
    told = message.replace("#", f"{known['seconds']:.3f}").replace("@", str(known["bytes_sent"]))
    assert line.getMessage() == told


class Secret(RecordingContent):
    """A content that others find by what must not be in a log."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def locations(self) -> tuple[Any, ...]:
        return (LocalFile(str(self.path)), Signable(lambda *_, **__: "https://store/x?sig=secret"))


@pytest.mark.parametrize(
    ("make", "status"),
    [(lambda root: Nginx({root: "/secret/"}), 200), (lambda root: PresignedRedirect(), 302)],
    ids=["Nginx", "PresignedRedirect"],
)
def test_the_line_tells_no_secret(
    make: Callable[[Path], Any], status: int, tmp_path: Path, lines: list[logging.LogRecord]
) -> None:
    """Neither where a file is, nor a link to it, nor the query of the request is in it or in its fields."""
    path = tmp_path / "secret" / "data.bin"
    path.parent.mkdir()
    path.write_bytes(LARGE)
    delegate = make(path.parent)

    @delegated_to(delegate)
    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, Secret(path))

    assert view(RequestFactory().get("/?signature=secret")).status_code == status
    (line,) = lines
    name = type(delegate).__name__
    assert line.getMessage() == f"GET 'data.bin': {status} handed over to {name}"
    assert fields_of(line)["delegate"] == name
    assert "secret" not in line.getMessage() + json.dumps(fields_of(line))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("a\r\nGET 'b': 200", r"a\r\nGET 'b': 200", id="a line of its own"),
        pytest.param("a\x1b[31mb", r"a\x1b[31mb", id="a colour"),
        pytest.param("a\u202eb", r"a\u202eb", id="another direction"),
        pytest.param("a\u2028b", r"a\u2028b", id="a separator of lines"),
        pytest.param("a\udce9b", r"a\udce9b", id="no character"),
        pytest.param("Bücher 日本.pdf", "Bücher 日本.pdf", id="in any script"),
        pytest.param("/srv/media/a.pdf", "a.pdf", id="a path"),
        pytest.param("C:\\media\\a.pdf", "a.pdf", id="a path of Windows"),
    ],
)
def test_no_name_forges_the_line(name: str, told: str, lines: list[logging.LogRecord]) -> None:
    """Names come from uploads: what is no printable character is escaped, and directories are left out."""
    with started(serving(RecordingContent(name=name), basename="a.bin")) as answer:
        list(answer.body)
    (line,) = lines
    assert fields_of(line)["file_name"] == told
    assert line.getMessage().startswith(f"GET {told!r}: 200 ")
    assert line.getMessage().isprintable()
    line.getMessage().encode()


def test_what_has_no_name_is_told_by_the_clients(lines: list[logging.LogRecord]) -> None:
    """What is made for one answer is known by the name it is saved under."""
    with started(serving(b"a,b", basename="report.csv")) as answer:
        list(answer.body)
    assert lines[0].getMessage().startswith("GET 'report.csv': 200 completed, 3 bytes in ")


def test_the_line_names_the_route(lines: list[logging.LogRecord]) -> None:
    """Beside the file, it says by which URL pattern it was asked for, which has no secrets."""
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(serving(b""), (), {}, url_name="report", namespaces=["shop"])
    assert b"".join(download(request, b"a")) == b"a"
    assert fields_of(lines[0])["view"] == "shop:report"


# Where nobody listens


def every_answer(request: HttpRequest) -> Iterator[Any]:
    """Return each kind of answer, the streamed ones not yet sent."""
    yield download(request, RecordingContent())
    yield download(request, RecordingContent(b"small"))
    yield DownloadResponse(RecordingContent())


def test_without_listeners_nothing_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    """There is no ledger, and so no body that counts."""
    with caplog.at_level(logging.WARNING, logger="downloadable.served"):
        for request in (RequestFactory().get("/"), AsyncRequestFactory().get("/")):
            assert ledger_for(request, Resource(), Plan(200)) is None
            for response in every_answer(request):
                assert response._ledger is None
                assert "Observed" not in type(response._body).__name__
                response.close()


@pytest.mark.parametrize("listening", ["an observer", "a receiver", "the log"])
def test_any_listener_has_it_counted(listening: str, caplog: pytest.LogCaptureFixture) -> None:
    """One of the three is enough, from the next answer on, and until it has gone."""

    def receive(**_: Any) -> None: ...

    def observe(served: Served) -> None: ...

    request = RequestFactory().get("/")
    assert ledger_for(request, Resource(), Plan(200)) is None
    match listening:
        case "an observer":
            with override_settings(DOWNLOADABLE={"OBSERVERS": [observe]}):
                assert ledger_for(request, Resource(), Plan(200)) is not None
        case "a receiver":
            with receiving(receive):
                assert ledger_for(request, Resource(), Plan(200)) is not None
        case "the log":
            with caplog.at_level(logging.INFO, logger="downloadable.served"):
                assert ledger_for(request, Resource(), Plan(200)) is not None
    assert ledger_for(request, Resource(), Plan(200)) is None


# Where an event loop runs


@contextmanager
def telling_apart() -> Iterator[None]:
    """Wait at the end for the threads in which listeners are told."""
    yield
    for thread in threading.enumerate():
        if thread.name == "downloadable-served":
            thread.join(timeout=10)
            assert not thread.is_alive()


@async_unsafe
def query() -> None:
    """Stand for a query, which Django refuses where an event loop runs."""


@FAILING
@EVERY_CONTENT
async def test_what_is_dropped_is_told_apart_from_the_loop(
    make: type[RecordingContent], caplog: pytest.LogCaptureFixture
) -> None:
    """Where only the garbage collector ends an answer, on a loop, listeners may query and await all the same."""
    outcomes: list[str] = []

    def receive(served: Served, **_: Any) -> None:
        query()
        outcomes.append(served.outcome)

    async def areceive(served: Served, **_: Any) -> None:
        await asyncio.sleep(0)
        outcomes.append(f"async {served.outcome}")

    def observe(served: Served) -> None:
        query()
        outcomes.append(f"observed {served.outcome}")

    with override_settings(DOWNLOADABLE={"OBSERVERS": [observe]}), receiving(receive), receiving(areceive):
        response: Any = download(AsyncRequestFactory().get("/"), make())
        with telling_apart():
            del response
            gc.collect()
    assert sorted(outcomes) == ["aborted", "async aborted", "observed aborted"]
    assert not caplog.records


async def test_a_sync_call_on_a_loop_is_told_apart_from_it(caplog: pytest.LogCaptureFixture) -> None:
    """So it is where an async view calls download() itself."""
    outcomes: list[str] = []

    def receive(served: Served, **_: Any) -> None:
        query()
        outcomes.append(served.outcome)

    with receiving(receive), telling_apart():
        download(AsyncRequestFactory().head("/"), RecordingContent())
    assert outcomes == ["completed"]
    assert not caplog.records


# What is known where the answer is decided

correlation: ContextVar[str] = ContextVar("correlation", default="none")


@sync_and_async_middleware
def traced(get_response: Any) -> Any:
    """Be a middleware that marks what happens within a request, as those of tracing and structured logs do."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = correlation.set("this request")
        try:
            response: HttpResponseBase = get_response(request)
            return response
        finally:
            correlation.reset(token)

    async def amiddleware(request: HttpRequest) -> HttpResponseBase:
        token = correlation.set("this request")
        try:
            response: HttpResponseBase = await get_response(request)
            return response
        finally:
            correlation.reset(token)

    return amiddleware if iscoroutinefunction(get_response) else middleware


@EVERY_HANDLER
@EVERY_CONTENT
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_listeners_find_the_context_of_the_request(
    ask: Ask, make: type[RecordingContent], method: str
) -> None:
    """When the body ends, the middleware that has set it is long over."""
    found: list[str] = []

    def receive(**_: Any) -> None:
        found.append(correlation.get())

    async def areceive(**_: Any) -> None:
        found.append(correlation.get())

    def observe(served: Served) -> None:
        found.append(correlation.get())

    with receiving(receive), receiving(areceive), override_settings(DOWNLOADABLE={"OBSERVERS": [observe]}):
        ask(serving(make()), method=method, middleware=[f"{__name__}.traced"])
    assert found == ["this request"] * 3
