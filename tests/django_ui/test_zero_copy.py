"""Local files that WSGI servers send by themselves, and what is told of them."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import gunicorn.http.wsgi
import pytest
import waitress.buffers
from django.core.files.storage import FileSystemStorage
from django.core.signals import request_finished
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalContent
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import download
from downloadable.django_ui.zero_copy import BLOCK, FileToStream
from downloadable.domain import ContentError, ContentTruncated
from downloadable.ports import Served
from tests.django_ui.doors import GZIP
from tests.django_ui.handlers import Started, started, wsgi
from tests.django_ui.subjects import descriptors_of
from tests.models import Document

DATA = os.urandom(1536 * 1024)  # more than sockets hold
SIZE = len(DATA)
START, STOP = 300_000, SIZE - 17
RANGE = {"Range": f"bytes={START}-{STOP - 1}"}
OURS = "downloadable.DownloadMiddleware"

WRAPPERS = [FileWrapper, gunicorn.http.wsgi.FileWrapper, waitress.buffers.ReadOnlyFileBasedBuffer]
EVERY_WRAPPER = pytest.mark.parametrize(
    "wrapper", [pytest.param(wrapper, id=wrapper.__module__) for wrapper in WRAPPERS]
)
ASKED = [
    pytest.param({}, 0, SIZE, id="whole"),
    pytest.param(RANGE, START, STOP, id="range"),
]


class Unknown(FileWrapper):
    """The wrapper of a server that nobody has looked at."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is too large to leave in one piece."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def view_of(thing: Any) -> Any:
    """Return a view that serves *thing*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, thing)

    return view


def stream_in(body: Any) -> FileToStream:
    """Return what a server's wrapper was made of."""
    stream = body.file if isinstance(body, waitress.buffers.FileBasedBuffer) else body.filelike
    assert isinstance(stream, FileToStream)
    return stream


# How servers send


def by_iterating(body: Any, length: int, most: int) -> bytes:
    """Take blocks, as servers of wsgiref do, and gunicorn where it cannot use the descriptor."""
    got = b""
    for block in body:
        got += block
        if len(got) >= most:
            break
    return got


def by_buffer(body: Any, length: int, most: int) -> bytes:
    """Ask for much and take some of it, as waitress does."""
    got = b""
    left = body.prepare(length)
    assert left == length
    while left and len(got) < most:
        block = body.get(4 * 1024 * 1024)
        assert block
        some = block[: len(block) * 2 // 3 + 1]
        got += some
        body.skip(len(some), True)
        left -= len(some)
    return got


def by_descriptor(body: Any, length: int, most: int) -> bytes:
    """Have the system send from the descriptor, as gunicorn does; the client takes what it wants, and leaves."""
    stream = stream_in(body)
    offset = os.lseek(stream.fileno(), 0, os.SEEK_CUR)
    ours, theirs = socket.socketpair()
    got: list[bytes] = []

    def take() -> None:
        with theirs, theirs.makefile("rb", buffering=0) as file:
            while sum(map(len, got)) < most and (block := file.read(65_536)):
                got.append(block)

    client = threading.Thread(target=take)
    client.start()
    try:
        with ours, suppress(BrokenPipeError, ConnectionResetError):
            ours.sendfile(stream, offset=offset, count=length)
    finally:
        client.join()
    return b"".join(got)


SENDING: list[Any] = [
    pytest.param(FileWrapper, by_iterating, id="wsgiref"),
    pytest.param(gunicorn.http.wsgi.FileWrapper, by_descriptor, id="gunicorn"),
    pytest.param(gunicorn.http.wsgi.FileWrapper, by_iterating, id="gunicorn without sendfile"),
    pytest.param(waitress.buffers.ReadOnlyFileBasedBuffer, by_buffer, id="waitress"),
]
EVERY_SERVER = pytest.mark.parametrize(("wrapper", "send"), SENDING)


@EVERY_SERVER
@pytest.mark.parametrize(("fields", "start", "stop"), ASKED)
def test_the_server_sends_what_was_asked_for(
    path: Path, served: list[Served], wrapper: Any, send: Any, fields: Any, start: int, stop: int
) -> None:
    """Whole files and single ranges leave by the server's own means, to the byte, and count when it is done."""
    with started(view_of(path), wrapper=wrapper, fields=fields) as answer:
        assert type(answer.body) is wrapper
        stream = stream_in(answer.body)
        assert os.lseek(stream.fileno(), 0, os.SEEK_CUR) == stream.tell() == start
        assert dict(answer.fields)["Content-Length"] == str(stop - start)
        assert send(answer.body, stop - start, SIZE) == DATA[start:stop]
        assert served == []
    assert [(heard.outcome, heard.bytes_sent) for heard in served] == [("completed", stop - start)]
    assert descriptors_of(path) == 0


@EVERY_SERVER
def test_a_client_that_leaves_is_counted(path: Path, served: list[Served], wrapper: Any, send: Any) -> None:
    """What the server has taken until the client left is known, by whichever means it took it."""
    with started(view_of(path), wrapper=wrapper, fields=RANGE) as answer:
        got = send(answer.body, STOP - START, 70_000)
        position = stream_in(answer.body).tell()
    assert DATA[START:STOP].startswith(got)
    (heard,) = served
    assert heard.outcome == "aborted"
    assert heard.bytes_sent == position - START
    assert 0 < len(got) <= heard.bytes_sent < STOP - START
    assert descriptors_of(path) == 0


@EVERY_SERVER
@pytest.mark.parametrize("left", [START - 1, START + 500_000])
def test_a_file_that_got_shorter_is_an_error(
    path: Path, served: list[Served], wrapper: Any, send: Any, left: int
) -> None:
    """However the server sends, it is told once that there is less than it announced, and so are observers."""
    told = []
    with site_of(path, wrapper) as answer:
        os.truncate(path, left)
        try:
            assert DATA[START:left].startswith(send(answer.body, STOP - START, SIZE))
        except ContentTruncated:  # so it is where the server reads
            told.append("reading")
        try:
            answer.close()
        except ContentTruncated:
            told.append("closing")
    assert told == ["closing" if send is by_descriptor else "reading"]
    assert [heard.outcome for heard in served] == ["failed"]
    assert descriptors_of(path) == 0


@contextmanager
def site_of(path: Path, wrapper: Any) -> Iterator[Started]:
    """Ask for a range, and leave closing to the test."""
    with started(view_of(path), wrapper=wrapper, fields=RANGE) as answer:
        yield answer
        answer.body = []


# Who gets it


@EVERY_WRAPPER
@pytest.mark.parametrize(
    "thing",
    [
        lambda path: path,
        lambda path: path.open("rb"),
        lambda path: path.open("rb", buffering=0),
        lambda path: FieldFile(Document(), FileField(storage=FileSystemStorage(path.parent)), path.name),
        lambda path: StorageSource(FileSystemStorage(path.parent)).open(path.name),
    ],
    ids=["path", "file", "unbuffered file", "FieldFile", "storage"],
)
def test_whatever_is_a_local_file_is_sent_by_the_server(
    path: Path, wrapper: Any, thing: Callable[[Path], Any]
) -> None:
    """Wherever a file comes from: if it is on this machine's disk, its bytes need not come through here."""
    with started(view_of(thing(path)), wrapper=wrapper, fields=RANGE) as answer:
        assert type(answer.body) is wrapper
        assert by_iterating(answer.body, STOP - START, SIZE) == DATA[START:STOP]
    assert descriptors_of(path) == 0


@EVERY_WRAPPER
@pytest.mark.parametrize("middleware", [[], [OURS]], ids=["alone", "with our middleware"])
def test_a_response_by_hand_is_sent_by_the_server(path: Path, wrapper: Any, middleware: list[str]) -> None:
    """Like Django's own response for files; with the middleware, ranges too."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(path.open("rb"))

    with started(view, wrapper=wrapper, middleware=middleware, fields=RANGE) as answer:
        start, stop = (START, STOP) if middleware else (0, SIZE)
        assert type(answer.body) is wrapper
        assert os.lseek(stream_in(answer.body).fileno(), 0, os.SEEK_CUR) == start
        assert by_iterating(answer.body, stop - start, SIZE) == DATA[start:stop]
    assert descriptors_of(path) == 0


@pytest.mark.parametrize(("middleware", "given"), [([], True), ([OURS], False)])
def test_a_response_by_hand_asks_once_it_knows_the_server(
    path: Path, middleware: list[str], given: bool
) -> None:
    """Without the middleware, it is as with Django's own response, whose whole file any server gets."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(path.open("rb"))

    with started(view, wrapper=Unknown, middleware=middleware) as answer:
        assert isinstance(answer.body, Unknown) is given
        assert b"".join(answer.body) == DATA
    assert descriptors_of(path) == 0


def by_descriptor_in_silence(body: Any, length: int, most: int) -> bytes:
    """Have the system send from the descriptor, and tell nobody, as uWSGI and mod_wsgi do."""
    descriptor = stream_in(body).fileno()
    return b"".join(iter(lambda: os.read(descriptor, 1024 * 1024), b""))


@pytest.mark.parametrize(
    ("wrapper", "send", "told"),
    [
        pytest.param(Unknown, by_descriptor_in_silence, ("handed over", "file_wrapper", 0), id="silent"),
        pytest.param(Unknown, by_iterating, ("completed", None, SIZE), id="reading"),
        pytest.param(gunicorn.http.wsgi.FileWrapper, by_descriptor, ("completed", None, SIZE), id="gunicorn"),
    ],
)
def test_of_a_server_that_tells_nothing_observers_hear_nothing_untrue(
    path: Path, served: list[Served], wrapper: Any, send: Any, told: tuple[str, str | None, int]
) -> None:
    """Any server gets the file of a response by hand; where it never says how far it came, it was handed over."""
    with started(lambda request: DownloadResponse(path), wrapper=wrapper) as answer:
        assert send(answer.body, SIZE, SIZE) == DATA
    assert [(heard.outcome, heard.delegate, heard.bytes_sent) for heard in served] == [told]
    assert served[0].counts_as_download


@pytest.mark.parametrize("wrapper", [Unknown, gunicorn.http.wsgi.FileWrapper], ids=["unknown", "gunicorn"])
def test_what_no_server_has_begun_with_is_aborted(path: Path, served: list[Served], wrapper: Any) -> None:
    """A server that has not even taken the descriptor has sent nothing."""
    with started(lambda request: DownloadResponse(path), wrapper=wrapper):
        pass
    assert [(heard.outcome, heard.bytes_sent) for heard in served] == [("aborted", 0)]


def wrapping(get_response: Any) -> Any:
    """Be a middleware that does something to each chunk."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: StreamingHttpResponse = get_response(request)
        response.streaming_content = (bytes(chunk) for chunk in response.streaming_content)  # type: ignore[union-attr]
        return response

    return middleware


def forgetting(get_response: Any) -> Any:
    """Be a middleware that leaves the length to the server."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        del response["Content-Length"]
        return response

    return middleware


@EVERY_WRAPPER
@pytest.mark.parametrize(
    ("method", "fields", "middleware", "status"),
    [
        pytest.param("GET", {"Range": "bytes=0-99999,200000-299999"}, [], 206, id="several ranges"),
        pytest.param("GET", {"Range": "bytes=10-19"}, [], 206, id="few bytes"),
        pytest.param("GET", {"If-None-Match": "*"}, [], 304, id="nothing new"),
        pytest.param("GET", {"Range": f"bytes={SIZE}-"}, [], 416, id="no such range"),
        pytest.param("HEAD", {}, [], 200, id="HEAD"),
        pytest.param("GET", {"Accept-Encoding": "gzip"}, [GZIP], 200, id="compressed"),
        pytest.param("GET", {}, [f"{__name__}.wrapping"], 200, id="wrapped"),
        pytest.param("GET", RANGE, [f"{__name__}.forgetting"], 206, id="without a length"),
    ],
)
def test_other_answers_are_sent_from_here(
    path: Path, wrapper: Any, method: str, fields: dict[str, str], middleware: list[str], status: int
) -> None:
    """What is no single part of the file as it is leaves as it always did, and closes."""
    asked: Any = {"method": method, "fields": fields, "middleware": middleware}
    with started(view_of(path), wrapper=wrapper, **asked) as answer:
        assert not isinstance(answer.body, wrapper)
        assert answer.status == status
        body = b"".join(answer.body)
    assert len(body) == 0 or "Accept-Encoding" in fields or status == 206 or body == DATA
    assert descriptors_of(path) == 0


@pytest.mark.parametrize(("fields", "start", "stop"), ASKED)
def test_an_unknown_server_gets_bytes(path: Path, fields: Any, start: int, stop: int) -> None:
    """A server of which nobody knows whether it stays within a range is given no file."""
    with started(view_of(path), wrapper=Unknown, fields=fields) as answer:
        assert not isinstance(answer.body, FileWrapper)
        assert b"".join(answer.body) == DATA[start:stop]


@pytest.mark.parametrize(("fields", "start", "stop"), ASKED)
def test_it_can_be_switched_off(
    path: Path, fields: Any, start: int, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one line, all bytes come through here, and are the same."""
    monkeypatch.setattr(DownloadResponse, "zero_copy", False)
    with started(view_of(path), fields=fields) as answer:
        assert not isinstance(answer.body, FileWrapper)
        assert b"".join(answer.body) == DATA[start:stop]
    assert wsgi(lambda request: DownloadResponse(path)).body == DATA
    assert descriptors_of(path) == 0


# Ending


@pytest.fixture
def finished() -> Iterator[list[object]]:
    """How often Django was told that a request is over."""
    heard: list[object] = []

    def receive(**_: Any) -> None:
        heard.append(None)

    request_finished.connect(receive)
    yield heard
    request_finished.disconnect(receive)


@EVERY_WRAPPER
@pytest.mark.parametrize("taken", [0, 1, SIZE], ids=["nothing", "a block", "all"])
def test_closing_ends_the_request_once(
    path: Path, finished: list[object], served: list[Served], wrapper: Any, taken: int
) -> None:
    """However much the server has taken: its one close() closes the file, and tells Django and observers."""
    with started(view_of(path), wrapper=wrapper) as answer:
        if taken:
            by_iterating(answer.body, SIZE, taken)
        assert descriptors_of(path) == 1
        assert finished == []
    assert descriptors_of(path) == 0
    assert finished == [None]
    assert len(served) == 1


@EVERY_WRAPPER
def test_a_server_that_forgets_closes_nothing_for_good(path: Path, wrapper: Any) -> None:
    """A server that neither reads nor closes leaves it to the garbage collector."""
    with started(view_of(path), wrapper=wrapper) as answer:
        assert descriptors_of(path) == 1
        answer.body = []
    gc.collect()
    assert descriptors_of(path) == 0


def test_an_error_of_reading_is_a_failure(path: Path, served: list[Served]) -> None:
    """What goes wrong in any other way than by a short file is no client that has left."""
    content = LocalContent(path)
    with started(view_of(content)) as answer:
        next(iter(answer.body))
        content.close()
        with pytest.raises(ContentError):
            list(answer.body)
    assert [(heard.outcome, heard.bytes_sent) for heard in served] == [("failed", BLOCK)]
