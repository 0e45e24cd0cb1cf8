from __future__ import annotations

import io
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.adapters.memory import GeneratedContent, MemoryContent, MemorySource
from downloadable.django_ui import serving
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import (
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    PolicyError,
    Resource,
    ServingPolicy,
    SignatureExpired,
    SignatureInvalid,
)
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE, TAG, AsyncRecordingContent, RecordingContent

SECRET = "/srv/secrets/plan.txt"
TEXT = "Žluťoučký kůň — ďábelské ódy\n"


def sync_view_of(make: Callable[[], Any], policy: ServingPolicy | None = None, /, **fields: Any) -> Any:
    """Return a view that serves what *make* makes, anew for each request."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, make(), policy, **fields)

    return view


def async_view_of(make: Callable[[], Any], policy: ServingPolicy | None = None, /, **fields: Any) -> Any:
    """Return an async view that does the same."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, make(), policy, **fields)

    return view


EVERY_VIEW = pytest.mark.parametrize(
    "view_of", [pytest.param(sync_view_of, id="sync view"), pytest.param(async_view_of, id="async view")]
)


def at_the_end(file: Any, content: Any) -> Any:
    """Write to a buffer, and leave its position there."""
    file.write(content)
    return file


def written(directory: Path, data: bytes) -> Path:
    """Return the path of a file that holds *data*."""
    path = directory / "on disk.txt"
    path.write_bytes(data)
    return path


def generated(data: bytes) -> Iterator[bytes]:
    """Yield *data* in pieces."""
    for start in range(0, len(data), 4096):
        yield data[start : start + 4096]


async def agenerated(data: bytes) -> AsyncIterator[bytes]:
    """Yield *data* in pieces on an event loop."""
    for chunk in generated(data):
        yield chunk


OCTETS = "application/octet-stream"
PLAIN = "text/plain"
UTF8 = "text/plain; charset=utf-8"
KINDS: dict[str, tuple[Callable[[bytes, Path], Any], str, str]] = {
    "bytes": (lambda data, _: data, "attachment", OCTETS),
    "bytearray": (lambda data, _: bytearray(data), "attachment", OCTETS),
    "memoryview": (lambda data, _: memoryview(data), "attachment", OCTETS),
    "str": (lambda data, _: data.decode(), "attachment", UTF8),
    "Path": (lambda data, at: written(at, data), 'attachment; filename="on disk.txt"', PLAIN),
    "BytesIO at its start": (lambda data, _: io.BytesIO(data), "attachment", OCTETS),
    "BytesIO at its end": (lambda data, _: at_the_end(io.BytesIO(), data), "attachment", OCTETS),
    "StringIO at its start": (lambda data, _: io.StringIO(data.decode()), "attachment", UTF8),
    "StringIO at its end": (lambda data, _: at_the_end(io.StringIO(), data.decode()), "attachment", UTF8),
    "open binary file": (
        lambda data, at: written(at, data).open("rb"),
        'attachment; filename="on disk.txt"',
        PLAIN,
    ),
    "open text file": (
        lambda data, at: written(at, data).open(encoding="utf-8"),
        'attachment; filename="on disk.txt"',
        UTF8,
    ),
    "File": (
        lambda data, at: File(written(at, data).open("rb"), name="given.txt"),
        'attachment; filename="given.txt"',
        PLAIN,
    ),
    "ContentFile": (
        lambda data, _: ContentFile(data, name="made.txt"),
        'attachment; filename="made.txt"',
        PLAIN,
    ),
    "ContentFile of text": (
        lambda data, _: ContentFile(data.decode(), name="made.txt"),
        'attachment; filename="made.txt"',
        UTF8,
    ),
    "ContentFile without a name": (lambda data, _: ContentFile(data), "attachment", OCTETS),
    "upload": (
        lambda data, _: SimpleUploadedFile("sent.bin", data, content_type="application/x-of-its-own"),
        'attachment; filename="sent.bin"',
        "application/x-of-its-own",
    ),
    "list": (lambda data, _: list(generated(data)), "attachment", OCTETS),
    "generator": (lambda data, _: generated(data), "attachment", OCTETS),
    "generator of text": (
        lambda data, _: iter(data.decode().splitlines(keepends=True)),
        "attachment",
        OCTETS,
    ),
    "async generator": (lambda data, _: agenerated(data), "attachment", OCTETS),
    "content": (
        lambda data, _: MemoryContent.named("memory.csv", data),
        'attachment; filename="memory.csv"',
        "text/csv",
    ),
    "content of a source": (
        lambda data, at: LocalSource(at).open(written(at, data).name),
        'attachment; filename="on disk.txt"',
        PLAIN,
    ),
}
"""What can be passed to ``download()``: how to make it, and the name and type that are known of it."""


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("size", [pytest.param(1, id="small"), pytest.param(6000, id="large")])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_downloaded(
    ask: Ask, view_of: Any, kind: str, size: int, tmp_path: Path
) -> None:
    """Whatever a project calls a file arrives complete, by its name, in both colours."""
    make, disposition, content_type = KINDS[kind]
    data = TEXT.encode() * size
    answer = ask(view_of(lambda: make(data, tmp_path)))
    assert answer.status == 200
    assert answer.body == data
    assert answer.field("Content-Disposition") == disposition
    assert answer.field("Content-Type") == content_type
    # The length is announced wherever it is known, and then it is right.
    assert answer.field("Content-Length") in {str(len(data)), None}
    assert (answer.field("Content-Length") is None) == (
        kind in {"list", "generator", "generator of text", "async generator"}
    )


@EVERY_HANDLER
@EVERY_VIEW
def test_a_range_of_an_open_file_is_counted_from_its_start(ask: Ask, view_of: Any, tmp_path: Path) -> None:
    """A file that was read before is served whole, so its ranges count from its first byte."""

    def half_read() -> Any:
        file = written(tmp_path, LARGE).open("rb")
        file.read(1000)
        return file

    answer = ask(view_of(half_read), fields={"Range": "bytes=10-19"})
    assert (answer.status, answer.body) == (206, LARGE[10:20])
    assert answer.field("Content-Range") == f"bytes 10-19/{len(LARGE)}"


POLICIES: list[Any] = [
    pytest.param({}, "Content-Disposition", 'attachment; filename="data.txt"', id="attachment by default"),
    pytest.param({"attachment": False}, "Content-Disposition", 'inline; filename="data.txt"', id="inline"),
    pytest.param({"basename": "b.txt"}, "Content-Disposition", 'attachment; filename="b.txt"', id="basename"),
    pytest.param({"content_type": "text/csv"}, "Content-Type", "text/csv", id="content_type"),
    pytest.param({"content_encoding": "gzip"}, "Content-Encoding", "gzip", id="content_encoding"),
    pytest.param({}, "Content-Encoding", None, id="no coding by default"),
    pytest.param({"charset": "utf-8"}, "Content-Type", "text/plain; charset=utf-8", id="charset"),
    pytest.param({}, "Cache-Control", "private, no-cache", id="revalidated by default"),
    pytest.param({"cache_control": "public"}, "Cache-Control", "public", id="cache_control"),
    pytest.param({"cache_control": None}, "Cache-Control", None, id="no cache_control"),
    pytest.param({}, "ETag", '"v1"', id="validators by default"),
    pytest.param({"validators": False}, "ETag", None, id="no validators"),
    pytest.param({}, "X-Content-Type-Options", "nosniff", id="nosniff by default"),
    pytest.param({"nosniff": False}, "X-Content-Type-Options", None, id="no nosniff"),
    pytest.param({"max_ranges": 0}, "Accept-Ranges", "none", id="max_ranges"),
    pytest.param(
        {"attachment": False, "inline_types": ()},
        "Content-Disposition",
        'attachment; filename="data.txt"',
        id="inline_types",
    ),
]


@EVERY_VIEW
@pytest.mark.parametrize(("fields", "name", "value"), POLICIES)
def test_a_policy_field_reaches_the_answer(
    view_of: Any, fields: dict[str, Any], name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each field of a policy can be given to the function itself."""
    monkeypatch.setattr(serving, "told", set())
    response = called(view_of(lambda: RecordingContent(name="data.txt"), **fields))
    assert response.headers.get(name) == value


@EVERY_VIEW
def test_fields_go_before_a_policy(view_of: Any) -> None:
    """A policy that is given as a whole holds where no field of its own is given."""
    policy = ServingPolicy(basename="policy.txt", cache_control="public")
    response = called(view_of(RecordingContent, policy, basename="field.txt"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="field.txt"'
    assert response.headers["Cache-Control"] == "public"


@EVERY_VIEW
@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        pytest.param(
            {"as_attachment": True}, "no field 'as_attachment'; did you mean 'attachment'", id="unknown"
        ),
        pytest.param({"content_type": "text"}, "'text' is not a media type", id="wrong value"),
    ],
)
def test_an_impossible_policy_is_an_error_and_closes(view_of: Any, fields: dict[str, Any], hint: str) -> None:
    """A field that does not exist or cannot be meant is the program's mistake, and nothing stays open for it."""
    content = RecordingContent()
    with pytest.raises(PolicyError, match=hint):
        called(view_of(lambda: content, **fields))
    assert content.steps == ["close"]


@EVERY_VIEW
@pytest.mark.parametrize("stranger", [None, 42, pytest.param(object(), id="an object")], ids=repr)
def test_a_stranger_is_a_type_error(view_of: Any, stranger: object) -> None:
    """What nobody has said how to serve is told by the name of its class."""
    with pytest.raises(TypeError, match=rf"Cannot serve '{type(stranger).__name__}'; teach as_content"):
        called(view_of(lambda: stranger))


def called(view: Any, method: str = "GET", **fields: str) -> Any:
    """Call a view of either colour as a program would, so that its errors are seen."""
    request = RequestFactory().generic(method, "/", headers=fields)
    return async_to_sync(view)(request) if iscoroutinefunction(view) else view(request)


STATUSES: list[Any] = [
    pytest.param(ContentNotFound(SECRET), 404, None, id="not found"),
    pytest.param(ContentForbidden(SECRET), 403, None, id="forbidden"),
    pytest.param(SignatureInvalid(SECRET), 403, None, id="invalid signature"),
    pytest.param(SignatureExpired(SECRET), 403, None, id="expired signature"),
    pytest.param(ContentUnavailable(SECRET), 503, None, id="unavailable"),
    pytest.param(ContentUnavailable(SECRET, retry_after=120), 503, "120", id="unavailable for two minutes"),
    pytest.param(ContentTimeout(SECRET), 504, None, id="timeout"),
    pytest.param(ContentTimeout(SECRET, retry_after=0), 504, "0", id="timeout that is over"),
    pytest.param(ContentInvalid(SECRET), 502, None, id="invalid"),
    pytest.param(ContentTruncated(SECRET), 502, None, id="truncated"),
    pytest.param(ContentChanged(SECRET), 503, None, id="changed"),
    pytest.param(ContentError(SECRET), 500, None, id="mistake"),
]


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("step", ["describe", "acquire"])
@pytest.mark.parametrize(("error", "status", "retry_after"), STATUSES)
def test_an_error_before_the_first_byte_has_a_status(
    ask: Ask, view_of: Any, step: str, error: Exception, status: int, retry_after: str | None
) -> None:
    """Each error becomes its status, whose body holds neither a path nor the error's own text."""
    content = RecordingContent(failing={step: error})
    answer = ask(view_of(lambda: content))
    assert answer.status == status
    assert answer.field("Retry-After") == retry_after
    assert SECRET.encode() not in answer.body
    assert answer.field("Content-Disposition") is None
    assert content.closed


@EVERY_VIEW
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        pytest.param(
            ContentUnavailable(SECRET), 503, "The file is not available for the moment.\n", id="503"
        ),
        pytest.param(ContentTimeout(SECRET), 504, "The file did not arrive in time.\n", id="504"),
        pytest.param(ContentInvalid(SECRET), 502, "The file did not arrive intact.\n", id="502"),
    ],
)
def test_a_failure_is_told_in_one_sentence(
    view_of: Any, error: Exception, status: int, sentence: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets a fixed sentence that no cache keeps; the log gets what happened."""
    response = called(view_of(lambda: RecordingContent(failing={"describe": error})), method)
    assert (response.status_code, response.content.decode()) == (status, sentence)
    assert response.headers == {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", f"Answered with {status}: {SECRET}")
    ]


@EVERY_VIEW
@pytest.mark.parametrize(
    ("error", "raised"), [(ContentNotFound(SECRET), Http404), (ContentForbidden(SECRET), PermissionDenied)]
)
def test_not_found_and_forbidden_are_raised(
    view_of: Any, error: ContentError, raised: type[Exception]
) -> None:
    """The project's own pages for 404 and 403 get the exceptions of Django, with the cause."""
    with pytest.raises(raised) as caught:
        called(view_of(lambda: RecordingContent(failing={"describe": error})))
    assert caught.value.__cause__ is error
    assert SECRET not in str(caught.value)


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize(
    ("error", "handler", "status"),
    [(ContentNotFound(SECRET), "handler404", 404), (ContentForbidden(SECRET), "handler403", 403)],
)
def test_the_pages_of_the_project_apply(
    ask: Ask, view_of: Any, error: ContentError, handler: str, status: int
) -> None:
    """What a project shows for 404 and 403 is what a client sees."""

    def page(request: HttpRequest, exception: Exception) -> HttpResponse:
        return HttpResponse(f"our own page: {exception}", status=status)

    answer = ask(view_of(lambda: RecordingContent(failing={"describe": error})), handlers={handler: page})
    assert answer.status == status
    assert answer.body.startswith(b"our own page: ")
    assert SECRET.encode() not in answer.body


@EVERY_VIEW
def test_a_mistake_of_the_program_stays_what_it_is(view_of: Any) -> None:
    """An error that is nobody's but the program's is raised as it is, and the content closed."""
    content = RecordingContent(failing={"describe": ZeroDivisionError("a mistake")})
    with pytest.raises(ZeroDivisionError):
        called(view_of(lambda: content))
    assert content.steps == ["describe", "close"]


@EVERY_VIEW
def test_content_that_changed_is_described_once_more(view_of: Any) -> None:
    """A file that is replaced between the look and the opening is looked at again, and then served."""
    content = RecordingContent(failing={"acquire": [ContentChanged(SECRET)]})
    response = called(view_of(lambda: content))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == LARGE
    assert content.steps == ["describe", "acquire", "describe", "acquire", "read", "close"]


@EVERY_VIEW
def test_content_that_keeps_changing_is_unavailable(view_of: Any) -> None:
    """A file that is replaced again and again is a 503, after two looks."""
    content = RecordingContent(failing={"acquire": ContentChanged(SECRET)})
    assert called(view_of(lambda: content)).status_code == 503
    assert content.steps == ["describe", "acquire", "describe", "acquire", "close"]


@EVERY_VIEW
def test_what_was_described_last_counts(view_of: Any, tmp_path: Path) -> None:
    """The second look decides the answer: size, tag and bytes are those of the file that is sent."""

    class ReplacedOnce(LocalContent):
        def describe(self, asked: Any) -> Resource:
            described = super().describe(asked)
            if tmp_path.joinpath("new").exists():
                tmp_path.joinpath("new").rename(path)
            return described

    path = written(tmp_path, b"old")
    tmp_path.joinpath("new").write_bytes(b"the new bytes")
    response = called(view_of(lambda: ReplacedOnce(path)))
    assert response.headers["Content-Length"] == "13"
    assert b"".join(response.streaming_content) == b"the new bytes"


EMPTY: list[Any] = [
    pytest.param("HEAD", {}, 200, id="HEAD"),
    pytest.param("GET", {"If-None-Match": str(TAG)}, 304, id="304"),
    pytest.param("HEAD", {"If-None-Match": str(TAG)}, 304, id="304 to HEAD"),
    pytest.param("GET", {"If-Match": '"other"'}, 412, id="412"),
    pytest.param("GET", {"Range": f"bytes={len(LARGE)}-"}, 416, id="416"),
]


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize(("method", "fields", "status"), EMPTY)
def test_an_answer_without_a_body_acquires_nothing(
    ask: Ask, view_of: Any, method: str, fields: dict[str, str], status: int
) -> None:
    """One look is all that HEAD, 304, 412 and 416 cost."""
    content = RecordingContent()
    answer = ask(view_of(lambda: content), method=method, fields=fields)
    assert (answer.status, answer.body) == (status, b"")
    assert content.steps == ["describe", "close"]


@EVERY_VIEW
@pytest.mark.parametrize(
    ("method", "matching", "status", "opened"),
    [("GET", False, 200, 1), ("GET", True, 304, 0), ("HEAD", False, 200, 0)],
)
def test_a_local_file_is_opened_only_to_be_read(
    view_of: Any,
    method: str,
    matching: bool,
    status: int,
    opened: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A 304 and a HEAD of a local file open nothing; a GET opens it once."""
    written(tmp_path, LARGE)
    view = view_of(lambda: LocalSource(tmp_path).open("on disk.txt"))
    tag = called(view, "HEAD").headers["ETag"]
    paths: list[Any] = []
    really_open = os.open

    def counting_open(path: Any, *args: Any, **kwargs: Any) -> int:
        paths.append(path)
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counting_open)
    response = called(view, method, **({"If-None-Match": tag} if matching else {}))
    response.close()
    assert response.status_code == status
    assert len(paths) == opened


def test_wrapping_reads_nothing(tmp_path: Path) -> None:
    """A HEAD of a sparse file of 1 GiB knows its size, and no byte of it was read."""
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(2**30)

    class Unreadable(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("It was read.")

        readinto = readall = read  # type: ignore[assignment]

    with Unreadable(path) as unreadable:
        response = called(sync_view_of(lambda: unreadable), "HEAD")
    assert response.headers["Content-Length"] == str(2**30)


@EVERY_HANDLER
@EVERY_VIEW
def test_post_gets_the_file(ask: Ask, view_of: Any) -> None:
    """A view that makes a file from a form answers with all of it, whatever the range or date."""
    content = RecordingContent()
    answer = ask(
        view_of(lambda: content),
        method="POST",
        fields={"Range": "bytes=0-1", "If-Modified-Since": "Fri, 31 Dec 2099 23:59:59 GMT"},
    )
    assert (answer.status, answer.body) == (200, LARGE)
    assert answer.field("Content-Length") == str(len(LARGE))


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was said about inline types before."""
    monkeypatch.setattr(serving, "told", set())


@pytest.mark.usefixtures("untold")
@EVERY_VIEW
def test_an_unsafe_type_is_never_inline(view_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A type that can script is saved although inline was asked, and the log says so once for each type."""
    for name in ("page.html", "other.html", "drawing.svg"):
        response = called(view_of(lambda name=name: RecordingContent(name=name), attachment=False))
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert [record.getMessage().partition(" is sent")[0] for record in caplog.records] == [
        "text/html",
        "image/svg+xml",
    ]


@pytest.mark.usefixtures("untold")
def test_ranges_of_an_unsafe_type_say_nothing_new(caplog: pytest.LogCaptureFixture) -> None:
    """A client cannot fill the log, or the memory of what was logged, by asking for ranges."""
    view = sync_view_of(lambda: RecordingContent(name="page.html"), attachment=False)
    for _ in range(3):
        assert called(view, Range="bytes=0-0,9-9").status_code == 206
    assert not serving.told
    assert not caplog.records


@pytest.mark.usefixtures("untold")
def test_what_is_safe_inline_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said where inline is granted."""
    response = called(sync_view_of(lambda: RecordingContent(name="a.pdf"), attachment=False))
    assert response.headers["Content-Disposition"] == 'inline; filename="a.pdf"'
    assert not caplog.records


def test_a_wrapped_request_is_one_of_its_kind() -> None:
    """A framework that wraps the request of an event loop gets a body for that loop."""

    class Wrapped:
        def __init__(self, request: HttpRequest) -> None:
            self._request = request

        def __getattr__(self, name: str) -> Any:
            return getattr(self._request, name)

    wrapped: Any = Wrapped(RequestFactory().get("/"))
    assert not getattr(download(wrapped, RecordingContent()), "is_async", None)
    wrapped._request.scope = {"type": "http"}
    assert getattr(download(wrapped, RecordingContent()), "is_async", None)


@EVERY_HANDLER
def test_the_one_liner(ask: Ask) -> None:
    """One line serves a file."""
    source = MemorySource({"a.txt": b"hello"})
    answer = ask(lambda request: download(request, source.open("a.txt"), basename="b.txt"))
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.field("Content-Disposition") == 'attachment; filename="b.txt"'


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])
def test_a_content_is_read_once_and_closed(ask: Ask, view_of: Any, make: Any) -> None:
    """Whatever the colours of view, handler and content, one read brings all of it."""
    content = make()
    assert ask(view_of(lambda: content)).body == LARGE
    assert content.closed
    assert content.steps.count("read") + content.steps.count("aread") == 1


@EVERY_HANDLER
@EVERY_VIEW
def test_a_small_failure_while_reading_still_has_a_status(ask: Ask, view_of: Any) -> None:
    """Small files are read before the answer begins, so that a read that fails is not a broken download."""
    content = RecordingContent(b"small", failing={"read": ContentUnavailable(SECRET)})
    assert ask(view_of(lambda: content)).status == 503
    assert content.closed


def test_errors_are_logged_with_their_cause(caplog: pytest.LogCaptureFixture) -> None:
    """The log holds the traceback that the client does not see."""
    error = ContentUnavailable(SECRET)
    error.__cause__ = ConnectionError("refused")
    with caplog.at_level(logging.ERROR, "downloadable"):
        called(sync_view_of(lambda: RecordingContent(failing={"describe": error})))
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_a_generated_content_with_a_size_announces_it() -> None:
    """Whoever knows how much will come may say so."""
    content = GeneratedContent([b"12", b"345"], Resource(name="n.txt", size=5))
    response = called(sync_view_of(lambda: content))
    assert response.headers["Content-Length"] == "5"
    assert b"".join(response.streaming_content) == b"12345"
