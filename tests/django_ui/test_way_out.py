"""What becomes of a response that was built by hand, once it meets the request."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt

from downloadable.adapters.delegates import Nginx, PresignedRedirect
from downloadable.adapters.stored_files import StoredContent
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.responses import DownloadResponse
from downloadable.domain import ContentUnavailable, Plan
from downloadable.ports import Location, ResponseOverrides, Served, Signable
from tests.django_ui.doors import ACCEPTING, GZIP
from tests.django_ui.handlers import EVERY_HANDLER, Ask, asgi, exchange, started, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent
from tests.django_ui.senders import Elsewhere, Sender
from tests.django_ui.subjects import descriptors_of
from tests.storages import CountingStorage, OneWay

SMALL = b"small" * 100
XFRAME = "django.middleware.clickjacking.XFrameOptionsMiddleware"

heard: list[Served] = []


def record(served: Served) -> None:
    """Observe what the settings name by a dotted path."""
    heard.append(served)


@pytest.fixture
def observed() -> Iterator[list[Served]]:
    """Hear of every answer."""
    heard.clear()
    with override_settings(DOWNLOADABLE={"OBSERVERS": [f"{__name__}.record"]}):
        yield heard


def by_hand(thing: Any, *delegates: Any, change: Any = None, **arguments: Any) -> Any:
    """Return a view that builds a response for *thing*, which *change* may change, on its way to *delegates*."""

    @delegated_to(*delegates)
    def view(request: HttpRequest) -> HttpResponseBase:
        response = DownloadResponse(thing, **arguments)
        if change is not None:
            change(response)
        return response

    return view


EVERY_SIZE = pytest.mark.parametrize("data", [LARGE, SMALL], ids=["large", "small"])
EVERY_CONTENT = pytest.mark.parametrize(
    "make", [Elsewhere, AsyncRecordingContent], ids=["blocking", "of a loop"]
)


# What was asked


@EVERY_HANDLER
@EVERY_SIZE
@EVERY_CONTENT
@pytest.mark.parametrize(
    ("method", "fields", "status", "start", "stop"),
    [
        pytest.param("GET", {}, 200, 0, None, id="all"),
        pytest.param("GET", {"Range": "bytes=10-19"}, 206, 10, 20, id="a range"),
        pytest.param("GET", {"Range": "bytes=-5"}, 206, -5, None, id="the end"),
        pytest.param("GET", {"Range": "bytes=10-19", "If-Range": '"v1"'}, 206, 10, 20, id="a range of this"),
        pytest.param("GET", {"Range": "bytes=10-19", "If-Range": '"v2"'}, 200, 0, None, id="of another"),
        pytest.param("GET", {"Range": "bytes=9999999-"}, 416, 0, 0, id="no such range"),
        pytest.param("GET", {"If-None-Match": '"v1"'}, 304, 0, 0, id="the same"),
        pytest.param("GET", {"If-Match": '"v2"'}, 412, 0, 0, id="another"),
        pytest.param("HEAD", {}, 200, 0, 0, id="HEAD"),
        pytest.param("HEAD", {"If-None-Match": '"v1"'}, 304, 0, 0, id="HEAD of the same"),
    ],
)
def test_the_request_is_answered(
    ask: Ask,
    make: Any,
    data: bytes,
    method: str,
    fields: dict[str, str],
    status: int,
    start: int,
    stop: int | None,
) -> None:
    """A response by hand answers ranges and conditions as download() does, with one look and one opening."""
    content = make(data)
    answer = ask(by_hand(content), method=method, fields=fields)
    assert (answer.status, answer.body) == (status, data[start:stop])
    assert (content.steps.count("describe"), content.steps.count("acquire")) == (1, 1)
    assert content.closed
    if status in (200, 206):
        length = len(data) if method == "HEAD" else len(answer.body)
        assert answer.field("Content-Length") == str(length)


@EVERY_HANDLER
def test_several_ranges(ask: Ask) -> None:
    """Several ranges are several parts, each of the type of the file."""
    answer = ask(by_hand(RecordingContent(), content_type="image/png"), fields={"Range": "bytes=0-1,500-501"})
    assert answer.status == 206
    assert (answer.field("Content-Type") or "").startswith("multipart/byteranges; boundary=")
    assert answer.body.count(b"Content-Type: image/png") == 2
    assert answer.field("Content-Length") == str(len(answer.body))


@EVERY_HANDLER
def test_several_ranges_of_what_cannot_seek(ask: Ask) -> None:
    """What can be read only once is sent as a whole rather than broken off, if that shows when it is opened."""

    class Connected(CountingStorage):
        def opened(self, data: bytes) -> Any:
            return io.BufferedReader(OneWay(data))

    content = StoredContent(Connected({"a.bin": LARGE}), "a.bin")
    answer = ask(by_hand(content), fields={"Range": "bytes=500-501,0-1"})
    assert (answer.status, answer.body) == (200, LARGE)


@EVERY_HANDLER
def test_the_file_is_kept(ask: Ask) -> None:
    """Whoever looks at the response sees the file that it was made for, whatever was asked."""
    file = io.BytesIO(LARGE)
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponseBase:
        response: Any = by_hand(file)(request)
        seen.append(response.file)
        return response  # type: ignore[no-any-return]

    assert ask(view, fields={"Range": "bytes=0-9"}).body == LARGE[:10]
    assert seen == [file]


@EVERY_HANDLER
def test_an_inner_decision_stands(ask: Ask) -> None:
    """Who is nearest decides; whoever comes later finds a response that knows its request."""
    content = Elsewhere()
    answer = ask(delegated_to(Sender())(by_hand(content)), fields={"Range": "bytes=0-9"})
    assert (answer.status, answer.body, answer.field("X-Sent-By")) == (206, LARGE[:10], None)
    assert content.steps.count("describe") == 1


@EVERY_HANDLER
@pytest.mark.parametrize("make", [lambda: HttpResponse(b"page"), lambda: None])
def test_other_responses_are_left_alone(ask: Ask, make: Any) -> None:
    """What is no download is nothing to decide."""

    @delegated_to(Sender())
    def view(request: HttpRequest) -> Any:
        return make() or HttpResponse(b"page")

    assert ask(view, fields={"Range": "bytes=0-1"}).body == b"page"


# Who sends


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("keeps", [False, True])
def test_a_delegate_sends(ask: Ask, method: str, keeps: bool) -> None:
    """A response by hand is handed over as any other, and its file closed."""
    content = Elsewhere()
    answer = ask(by_hand(content, Sender(keeps=keeps)), method=method, fields={"Range": "bytes=0-9"})
    assert (answer.status, answer.body, answer.field("X-Sent-By")) == (200, b"", "sender")
    assert answer.field("ETag") == ('"v1"' if keeps else None)
    assert content.closed
    assert (content.steps.count("describe"), content.steps.count("acquire")) == (1, 1)


@EVERY_HANDLER
def test_what_a_delegate_does_not_send_is_streamed(ask: Ask) -> None:
    """Without a delegate that can, the request is answered here."""
    content = Elsewhere()
    answer = ask(by_hand(content, Sender(answers=None)), fields={"Range": "bytes=0-9"})
    assert (answer.status, answer.body) == (206, LARGE[:10])
    assert content.closed


@pytest.mark.parametrize("ask", [wsgi, asgi])
def test_an_opened_file_is_closed(ask: Ask, tmp_path: Path) -> None:
    """The file that a view has opened is closed when somebody else sends it."""
    path = tmp_path / "a.txt"
    path.write_bytes(LARGE)
    file = path.open("rb")
    answer = ask(by_hand(file, Nginx({tmp_path: "/p"})))
    assert answer.field("X-Accel-Redirect") == "/p/a.txt"
    assert file.closed
    assert descriptors_of(path) == 0


# What the view has made of it


def changed(response: DownloadResponse) -> None:
    """Set, change and remove fields, and set a cookie."""
    response["X-Of-Ours"] = "1"
    response["Cache-Control"] = "public, max-age=60"
    del response["X-Content-Type-Options"]
    response.set_cookie("seen", "1")


@EVERY_HANDLER
@pytest.mark.parametrize(
    "delegates", [[], [Sender()], [Sender(keeps=True)]], ids=["here", "there", "keeping"]
)
@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"Range": "bytes=0-9"}),
        ("GET", {"Range": "bytes=0-1,500-501"}),
        ("GET", {"If-None-Match": '"v1"'}),
        ("GET", {"If-Match": '"v2"'}),
        ("GET", {"Range": "bytes=9999999-"}),
    ],
    ids=["200", "HEAD", "206", "several", "304", "412", "416"],
)
def test_what_a_view_has_set_is_kept(
    ask: Ask, delegates: list[Any], method: str, fields: dict[str, str]
) -> None:
    """Fields that a view has added, changed or removed are as it wants them in every answer; so are its cookies."""
    answer = ask(by_hand(Elsewhere(), *delegates, change=changed), method=method, fields=fields)
    assert answer.field("X-Of-Ours") == "1"
    assert answer.field("Cache-Control") == "public, max-age=60"
    assert answer.field("X-Content-Type-Options") is None
    assert (answer.field("Set-Cookie") or "").strip().startswith("seen=1")


@EVERY_HANDLER
def test_a_type_that_a_view_has_set(ask: Ask) -> None:
    """A type of the view's own is that of the file, not of a multipart answer, of which nobody could make sense."""

    def typed(response: DownloadResponse) -> None:
        response["Content-Type"] = "image/x-own"

    view = by_hand(Elsewhere(), change=typed)
    assert ask(view).field("Content-Type") == "image/x-own"
    assert ask(by_hand(Elsewhere(), Sender(), change=typed)).field("Content-Type") == "image/x-own"
    one = ask(by_hand(Elsewhere(), change=typed), fields={"Range": "bytes=0-9"})
    assert one.field("Content-Type") == "image/x-own"
    several = ask(by_hand(Elsewhere(), change=typed), fields={"Range": "bytes=0-1,500-501"})
    assert (several.field("Content-Type") or "").startswith("multipart/byteranges")
    missed = ask(by_hand(Elsewhere(), change=typed), fields={"If-None-Match": '"v1"'})
    assert (missed.status, missed.field("Content-Type")) == (304, None)


@EVERY_HANDLER
@pytest.mark.parametrize("delegates", [[], [Sender()]], ids=["here", "there"])
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}, {"If-None-Match": '"v1"'}])
def test_a_length_that_a_view_has_set_is_not_believed(
    ask: Ask, delegates: list[Any], fields: dict[str, str]
) -> None:
    """A length is that of what is sent, or servers break the connection off."""

    def measured(response: DownloadResponse) -> None:
        response["Content-Length"] = "7"

    answer = ask(by_hand(Elsewhere(), *delegates, change=measured), fields=fields)
    announced = None if delegates or answer.status == 304 else str(len(answer.body))
    assert answer.field("Content-Length") == announced


@EVERY_HANDLER
def test_a_coding_that_a_view_has_set(ask: Ask) -> None:
    """A coding would not reach the client through a server, so a file in one is streamed."""

    def coded(response: DownloadResponse) -> None:
        response["Content-Encoding"] = "br"

    answer = ask(by_hand(Elsewhere(), Nginx({"archive": "/p"}), change=coded))
    assert (answer.field("Content-Encoding"), answer.field("X-Accel-Redirect")) == ("br", None)
    assert answer.body == LARGE


class Signed(RecordingContent):
    """A content in a store that signs, and keeps what it was asked to sign."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[ResponseOverrides] = []

    def locations(self) -> tuple[Location, ...]:
        return (Signable(self.sign),)

    def sign(self, overrides: ResponseOverrides, method: str, lifetime: timedelta) -> str:
        self.asked.append(overrides)
        return "https://h/a"


def test_what_a_view_has_set_is_signed() -> None:
    """The store sends the name and the type that the view has set, and the redirection is not kept for too long."""

    def named(response: DownloadResponse) -> None:
        response["Content-Disposition"] = 'attachment; filename="own.txt"'
        response["Content-Type"] = "text/x-own"
        response["Cache-Control"] = "public, max-age=86400"

    content = Signed()
    answer = wsgi(by_hand(content, PresignedRedirect(60), change=named))
    (overrides,) = content.asked
    assert (overrides.disposition, overrides.content_type) == ('attachment; filename="own.txt"', "text/x-own")
    assert (answer.status, answer.field("Location")) == (302, "https://h/a")
    assert answer.field("Cache-Control") == "private, max-age=30"
    assert (answer.field("Content-Disposition"), answer.field("Content-Type")) == (None, None)


def test_what_must_not_be_kept_is_not() -> None:
    """A view that is never cached is not, where its file is redirected to."""

    @delegated_to(PresignedRedirect(60))
    @never_cache
    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(Signed())

    answer = wsgi(view)
    assert answer.status == 302
    assert "no-store" in (answer.field("Cache-Control") or "")


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("delegates", "fields"),
    [([], {}), ([], {"Range": "bytes=0-9"}), ([], {"If-None-Match": '"v1"'}), ([Sender()], {})],
    ids=["200", "206", "304", "handed over"],
)
def test_notes_for_middleware_are_kept(ask: Ask, delegates: list[Any], fields: dict[str, str]) -> None:
    """What a decorator has noted on the response is there for the middleware that it is meant for."""
    plain = by_hand(Elsewhere(), *delegates)
    assert ask(plain, fields=fields, middleware=[XFRAME]).field("X-Frame-Options") == "DENY"
    exempt = delegated_to(*delegates)(xframe_options_exempt(lambda request: DownloadResponse(Elsewhere())))
    assert ask(exempt, fields=fields, middleware=[XFRAME]).field("X-Frame-Options") is None


class Branded(DownloadResponse):
    """A response with a field of its own."""

    @property
    def default_headers(self) -> dict[str, str]:
        return {
            **super().default_headers,
            "X-Brand": "ours",
            "X-Length": super().default_headers["Content-Length"],
        }


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("delegates", "fields", "status"),
    [
        ([], {}, 200),
        ([], {"Range": "bytes=0-9"}, 206),
        ([], {"If-None-Match": '"v1"'}, 304),
        ([Sender()], {}, 200),
    ],
    ids=["200", "206", "304", "handed over"],
)
def test_the_fields_of_a_subclass_are_kept(
    ask: Ask, delegates: list[Any], fields: dict[str, str], status: int
) -> None:
    """What a project's own response adds is in every answer, made anew where its class makes it."""
    answer = ask(delegated_to(*delegates)(lambda request: Branded(Elsewhere())), fields=fields)
    assert (answer.status, answer.field("X-Brand")) == (status, "ours")
    if status == 206:
        assert answer.field("X-Length") == "10"


# What is left alone


@EVERY_HANDLER
@pytest.mark.parametrize("status", [203, 403, 404, 500])
def test_a_status_by_hand_is_left_alone(ask: Ask, status: int) -> None:
    """Whoever has set another status wants that, and the server in front gets no field with it."""

    def spoiled(response: DownloadResponse) -> None:
        response.status_code = status

    for view in (
        by_hand(Elsewhere(), Sender(), change=spoiled),
        by_hand(Elsewhere(), Sender(), status=status),
    ):
        answer = ask(view, fields={"Range": "bytes=0-9"})
        assert (answer.status, answer.body, answer.field("X-Sent-By")) == (status, LARGE, None)


@EVERY_HANDLER
def test_a_stream_that_was_replaced_is_left_alone(ask: Ask) -> None:
    """What somebody has put in the place of the file is sent, by nobody else."""
    content = Elsewhere()

    def replaced(response: DownloadResponse) -> None:
        response.streaming_content = iter([b"other"])

    answer = ask(by_hand(content, Sender(), change=replaced), fields={"Range": "bytes=0-1"})
    assert (answer.status, answer.body, answer.field("X-Sent-By")) == (200, b"other", None)
    assert content.closed


@EVERY_HANDLER
def test_compression_outside_finds_nothing(ask: Ask) -> None:
    """GZipMiddleware around the decision compresses what is streamed, and leaves what is handed over."""
    streamed = ask(by_hand(Elsewhere()), fields=ACCEPTING, middleware=[GZIP])
    assert streamed.field("Content-Encoding") == "gzip"
    handed = ask(by_hand(Elsewhere(), Sender()), fields=ACCEPTING, middleware=[GZIP])
    assert (handed.field("X-Sent-By"), handed.field("Content-Encoding"), handed.body) == ("sender", None, b"")


# What goes wrong


class Shrinking(Elsewhere):
    """A content that turns out to be shorter than it said."""

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.steps.append("read")
        yield b"short"


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("make", "status"),
    [
        pytest.param(lambda: Shrinking(SMALL), 502, id="shorter"),
        pytest.param(
            lambda: Elsewhere(SMALL, piece=1, failing={"read": ContentUnavailable()}), 503, id="unreadable"
        ),
    ],
)
def test_an_error_on_the_way_out_has_its_status(ask: Ask, make: Any, status: int) -> None:
    """A small file is read while there is still a status to say what is wrong, and then closed."""
    content = make()
    answer = ask(by_hand(content))
    assert answer.status == status
    assert content.closed


# Who is told


@pytest.mark.parametrize("ask", [wsgi, asgi])
@EVERY_SIZE
@pytest.mark.parametrize(
    ("delegates", "method", "fields", "status", "outcome", "delegate", "sent"),
    [
        pytest.param([], "GET", {}, 200, "completed", None, None, id="200"),
        pytest.param([], "GET", {"Range": "bytes=0-9"}, 206, "completed", None, 10, id="206"),
        pytest.param([], "GET", {"If-None-Match": '"v1"'}, 304, "completed", None, 0, id="304"),
        pytest.param([], "GET", {"If-Match": '"v2"'}, 412, "completed", None, 0, id="412"),
        pytest.param([], "GET", {"Range": "bytes=9999999-"}, 416, "completed", None, 0, id="416"),
        pytest.param([], "HEAD", {}, 200, "completed", None, 0, id="HEAD"),
        pytest.param([Sender()], "GET", {}, 200, "handed over", "Sender", 0, id="handed over"),
        pytest.param(
            [Sender(keeps=True)], "GET", {"If-None-Match": '"v1"'}, 304, "completed", None, 0, id="kept 304"
        ),
    ],
)
def test_observers_hear_of_each_answer_once(
    ask: Ask,
    data: bytes,
    observed: list[Served],
    delegates: list[Any],
    method: str,
    fields: dict[str, str],
    status: int,
    outcome: str,
    delegate: str | None,
    sent: int | None,
) -> None:
    """Of a response that took another's place, observers hear; of the other, they do not."""
    answer = ask(by_hand(Elsewhere(data), *delegates), method=method, fields=fields)
    assert answer.status == status
    (served,) = observed
    assert (served.outcome, served.delegate, served.plan.status) == (outcome, delegate, status)
    assert served.bytes_sent == (len(data) if sent is None else sent)


def test_observers_hear_of_who_has_left(observed: list[Served]) -> None:
    """A client that leaves half-way is told of, and leaves nothing open."""
    content = RecordingContent()
    with started(by_hand(content)) as answer:
        assert next(iter(answer.body))
        assert observed == []
    assert [served.outcome for served in observed] == ["aborted"]
    assert content.closed


async def test_observers_hear_of_who_has_left_under_asgi(observed: list[Served]) -> None:
    """The same on an event loop."""
    content = RecordingContent()
    async with exchange(by_hand(content)) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()
    assert [served.outcome for served in observed] == ["aborted"]
    assert content.closed


@pytest.mark.parametrize("delegates", [[], [Sender()]], ids=["here", "there"])
def test_a_response_that_is_never_sent(delegates: list[Any], tmp_path: Path) -> None:
    """What a middleware drops in favour of its own page leaves no descriptor open."""
    path = tmp_path / "a.bin"
    path.write_bytes(LARGE)

    def dropping(request: HttpRequest) -> HttpResponseBase:
        by_hand(path, *delegates)(request)
        return HttpResponse(b"page")

    assert wsgi(dropping).body == b"page"
    assert descriptors_of(path) == 0


# Both colours


@EVERY_HANDLER
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}])
def test_an_async_view_may_build_by_hand(ask: Ask, fields: dict[str, str]) -> None:
    """A coroutine's response is decided in a thread, where looking and signing may take their time."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(Elsewhere())

    here = ask(delegated_to()(view), fields=fields)
    assert here.body == (LARGE[:10] if fields else LARGE)
    assert ask(delegated_to(Sender())(view), fields=fields).field("X-Sent-By") == "sender"


def test_the_plan_tells_who_sends() -> None:
    """The response that goes out knows what it carries out."""

    def view(request: HttpRequest) -> HttpResponseBase:
        response: Any = by_hand(Elsewhere(), Sender())(request)
        assert isinstance(response.plan, Plan)
        assert response.plan.header("X-Sent-By") == "sender"
        return response  # type: ignore[no-any-return]

    assert wsgi(view).status == 200
