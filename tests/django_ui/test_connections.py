"""Database connections are given back before a long answer: counted in a database that is a file."""

from __future__ import annotations

import gzip
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connections, transaction
from django.db.utils import ConnectionHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from pytest_django.plugin import DjangoDbBlocker

from downloadable.adapters.django_files import as_content
from downloadable.adapters.local import LocalContent
from downloadable.django_ui.connections import LONG, agive_back_connections
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.ports import Content
from tests.django_ui.counted_database.base import COUNT
from tests.django_ui.handlers import asgi, started, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent

EVERY_COLOUR = pytest.mark.parametrize(
    "serve", [pytest.param(wsgi, id="wsgi"), pytest.param(asgi, id="asgi")]
)


def query() -> Any:
    """Ask the counted database something."""
    return connections["counted"].cursor().execute("SELECT 1 UNION SELECT 2 ORDER BY 1")


class Reading(RecordingContent):
    """A content that knows how many connections are open while it is read, and leaves none behind."""

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.open, self.read_in = COUNT.open, threading.get_ident()
        connections["counted"].close()
        return super().chunks(start, stop)


class AsyncReading(Reading, AsyncRecordingContent):
    """The same on an event loop, where nothing but a thread could close one."""

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        self.open = COUNT.open
        for chunk in RecordingContent.chunks(self, start, stop):
            yield chunk


class Keeping(Reading):
    """The same for one that says that it needs them."""

    keeps_database = True


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[..., None]]:
    """Have a database beside that of the tests; called with settings such as ``CONN_MAX_AGE``."""

    def configure(**settings: Any) -> None:
        engine = {"ENGINE": "tests.django_ui.counted_database", "NAME": str(tmp_path / "counted.sqlite3")}
        handler = ConnectionHandler({"default": {}, "counted": {**engine, **settings}})
        connections.settings["counted"] = handler.settings["counted"]

    with django_db_blocker.unblock():
        configure()
        COUNT.open, COUNT.failing = 0, False
        COUNT.closed_in.clear()
        yield configure
        connections["counted"].close()
        del connections["counted"], connections.settings["counted"]
    assert COUNT.open == 0


def view_of(content: Content, before: Callable[[], object] = query) -> Any:
    """Return a view that uses the database, and serves *content*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        before()
        return download(request, content)

    return view


@EVERY_COLOUR
@pytest.mark.parametrize(
    ("age", "size", "left"),
    [
        pytest.param(0, len(LARGE), 0, id="closed at the end anyway"),
        pytest.param(60, len(LARGE), 1, id="persistent, short"),
        pytest.param(60, LONG - 1, 1, id="persistent, nearly long"),
        pytest.param(60, LONG, 0, id="persistent, long"),
        pytest.param(None, LONG, 0, id="for good, long"),
        pytest.param(60, None, 0, id="persistent, of unknown length"),
    ],
)
def test_connections_are_given_back(
    database: Any, serve: Any, age: int | None, size: int | None, left: int
) -> None:
    """Before the first chunk, what costs nothing is closed; a persistent connection only if the answer is long."""
    database(CONN_MAX_AGE=age)
    # A content of another length than it says is cut or ends in an error, after what this is about.
    content = Reading(LARGE if size is None else bytes(size), size=size)
    assert serve(view_of(content)).status == 200
    assert content.open == left


@EVERY_COLOUR
def test_connections_are_closed_where_they_are(database: Any, serve: Any) -> None:
    """A connection belongs to its thread, so that one closes it, and not whoever sends."""
    asked_in: list[int] = []

    def before() -> None:
        query()
        asked_in.append(threading.get_ident())

    content = Reading()
    serve(view_of(content, before))
    assert COUNT.closed_in == asked_in == [content.read_in]


def test_connections_are_given_back_for_a_native_content(database: Any) -> None:
    """A content that is read on the event loop has them closed in the thread of the request."""
    content = AsyncReading()
    assert asgi(view_of(content)).body == LARGE
    assert content.open == 0


def test_connections_are_given_back_by_an_async_view(database: Any) -> None:
    """What an async view has asked the database was in that same thread."""
    content = AsyncReading()

    async def view(request: HttpRequest) -> HttpResponseBase:
        await sync_to_async(query)()
        return await adownload(request, content)

    assert asgi(view).body == LARGE
    assert content.open == 0


@EVERY_COLOUR
def test_connections_are_given_back_for_a_response_by_hand(database: Any, serve: Any) -> None:
    """A response that was made by hand streams, too."""
    content = Reading()

    def view(request: HttpRequest) -> HttpResponseBase:
        query()
        return DownloadResponse(content)

    assert serve(view).body == LARGE
    assert content.open == 0


class AtHand(Reading):
    """A content that an event loop reads without a thread."""

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        self.open = COUNT.open
        return self.data[start:stop]


def test_connections_are_given_back_for_what_is_at_hand(database: Any) -> None:
    """What is read without a thread has them closed in the thread that they belong to."""
    content = AtHand()
    assert asgi(view_of(content)).body == LARGE
    assert content.open == 0


@pytest.mark.parametrize(("kept", "left"), [(False, 0), (True, 1)])
@pytest.mark.parametrize(
    ("fields", "given"),
    [
        pytest.param({}, True, id="all"),
        pytest.param({"Range": "bytes=70000-"}, True, id="range"),
        pytest.param({"Range": "bytes=1-9"}, False, id="few bytes"),
    ],
)
def test_connections_are_given_back_before_a_server_sends(
    database: Any, tmp_path: Path, fields: dict[str, str], given: bool, kept: bool, left: int
) -> None:
    """A file that the server sends by itself needs no database while it does."""
    path = tmp_path / "file.bin"
    path.write_bytes(LARGE)
    content = LocalContent(path)
    content.keeps_database = kept
    with started(view_of(content), fields=fields) as answer:
        assert isinstance(answer.body, FileWrapper) is given
        assert COUNT.open == (left if given else 1)
        list(answer.body)
    connections["counted"].close()


@EVERY_COLOUR
def test_connections_stay_for_who_needs_them(database: Any, serve: Any) -> None:
    """Where the content is code of the program, which may hold a cursor, nothing is closed."""
    content = Keeping()
    serve(view_of(content))
    assert content.open == 1


@EVERY_COLOUR
def test_a_generator_goes_on_with_its_cursor(database: Any, serve: Any) -> None:
    """Rows that a view has begun to fetch come to their end in the answer."""

    def rows(cursor: Any) -> Iterator[str]:
        for (number,) in cursor:
            yield f"{number}\n"
        connections["counted"].close()

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, rows(query()))

    assert serve(view).body == b"1\n2\n"


def in_a_transaction() -> None:
    """Be in a transaction that the view does not end, as tests of a project are."""
    transaction.atomic(using="counted").__enter__()
    query()


def without_autocommit() -> None:
    """Manage transactions by hand."""
    transaction.set_autocommit(False, using="counted")
    query()


@EVERY_COLOUR
@pytest.mark.parametrize("before", [in_a_transaction, without_autocommit])
def test_connections_stay_in_a_transaction(database: Any, serve: Any, before: Any) -> None:
    """What has been begun and not committed is not thrown away."""

    class Ending(Reading):
        def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
            connections["counted"].in_atomic_block = False
            return super().chunks(start, stop)

    content = Ending()
    serve(view_of(content, before))
    assert content.open == 1


@EVERY_COLOUR
def test_trouble_with_a_database_is_none_of_the_download(
    database: Any, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that cannot be closed is logged, and the file arrives."""
    COUNT.failing = True
    content = RecordingContent()
    assert serve(view_of(content)).body == LARGE
    assert "'counted' failed" in caplog.text


@pytest.mark.parametrize("seekable", [True, False])
@EVERY_COLOUR
def test_a_small_answer_leaves_connections_alone(database: Any, serve: Any, seekable: bool) -> None:
    """What is read before the answer begins is done with as soon as any page."""
    content = Reading(b"small", size=5, seekable=seekable)
    serve(view_of(content))
    assert content.open == 1


async def test_no_database_costs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project without a database has no thread made to close what it has not."""
    monkeypatch.setattr("downloadable.django_ui.connections.connections", ConnectionHandler({}))
    before = threading.active_count()
    async with ThreadSensitiveContext():
        await agive_back_connections(None)
        assert threading.active_count() == before


@pytest.mark.parametrize(
    ("make", "keeps"),
    [
        pytest.param(lambda path: (b"" for _ in ()), True, id="generator"),
        pytest.param(lambda path: path, False, id="path"),
        pytest.param(lambda path: path.open("rb"), False, id="file"),
        pytest.param(lambda path: path.open("rb", buffering=0), False, id="unbuffered file"),
        pytest.param(lambda path: path.open(), False, id="text file"),
        pytest.param(gzip.open, True, id="file over a file"),
        pytest.param(lambda path: File(path.open("rb")), False, id="file of Django"),
        pytest.param(default_storage.open, False, id="file of a storage"),
        pytest.param(lambda path: b"bytes", False, id="bytes"),
    ],
)
def test_code_of_the_program_keeps_connections(
    tmp_path: Path, settings: Any, make: Callable[[Path], Any], keeps: bool
) -> None:
    """Whatever is more than a plain file or bytes may go on with a cursor."""
    settings.MEDIA_ROOT = tmp_path
    path = tmp_path / "file.txt"
    path.write_bytes(b"bytes")
    content = as_content(make(path))
    assert content.keeps_database == keeps
    content.close()
