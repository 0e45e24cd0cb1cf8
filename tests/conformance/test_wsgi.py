"""The table, asked of Django's WSGI handler with a bare environ."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.conformance.expectations import Answer, assert_answers
from tests.conformance.middleware import MIDDLEWARE, OF_ITS_OWN_MIND, agrees
from tests.conformance.rows import Row
from tests.conformance.table import BY_ID, SERVED

Ask = Callable[..., Answer]
OF_FILES = [row for row in SERVED if not row.of_view]


def environ_of(path: str, method: str, fields: dict[str, str]) -> dict[str, Any]:
    """Make the environ of a request, with nothing that a server would not put there."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields.items()},
    }


def asking(handler: WSGIHandler) -> Ask:
    """Return a function that sends one request to *handler* and takes all of the answer."""

    def ask(path: str, method: str, fields: dict[str, str]) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((status, headers))

        body = handler(environ_of(path, method, fields), start_response)
        try:
            sent = b"".join(body)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
        ((status, headers),) = started
        return Answer(int(status.partition(" ")[0]), tuple(headers), sent)

    return ask


@pytest.fixture(scope="module")
def bare() -> Iterator[Ask]:
    """A site without any middleware."""
    with override_settings(ROOT_URLCONF="tests.conformance.site", MIDDLEWARE=[]):
        yield asking(WSGIHandler())


@pytest.fixture(scope="module")
def usual() -> Iterator[Ask]:
    """A site with the middleware that most have."""
    with override_settings(ROOT_URLCONF="tests.conformance.site", **MIDDLEWARE):
        yield asking(WSGIHandler())


@pytest.mark.parametrize("row", SERVED, ids=lambda row: row.id)
def test_wsgi_answers_the_table(bare: Ask, row: Row) -> None:
    """A view made from a source sends the status, every field and every byte of a row, and nothing else."""
    before = datetime.now(UTC)
    answer = bare(f"/row/{row.id}", row.method, dict(row.asked))
    assert_answers(answer, row, between=(before, datetime.now(UTC)))


@pytest.mark.parametrize("row", OF_FILES, ids=lambda row: row.id)
def test_wsgi_answers_the_table_from_a_function(bare: Ask, row: Row) -> None:
    """A function that calls ``download()`` does the same."""
    before = datetime.now(UTC)
    answer = bare(f"/download/{row.id}", row.method, dict(row.asked))
    assert_answers(answer, row, between=(before, datetime.now(UTC)))


@pytest.mark.parametrize("row", [row for row in SERVED if agrees(row)], ids=lambda row: row.id)
def test_wsgi_answers_the_table_through_middleware(usual: Ask, row: Row) -> None:
    """Sessions, conditional GET and compression that nobody asked for change nothing."""
    before = datetime.now(UTC)
    answer = usual(f"/row/{row.id}", row.method, dict(row.asked))
    assert_answers(answer, row, between=(before, datetime.now(UTC)), besides={"vary"})
    assert row.of_view or "Cookie" in (answer.field("Vary") or "")


@pytest.mark.parametrize(
    "row",
    [row for row in SERVED if agrees(row) and "Accept-Encoding" not in row.asked],
    ids=lambda row: row.id,
)
def test_wsgi_answers_the_table_through_compression(usual: Ask, row: Row) -> None:
    """A whole content may be compressed on the way, nothing else is, and what is announced then holds."""
    before = datetime.now(UTC)
    answer = usual(f"/row/{row.id}", row.method, {**row.asked, "Accept-Encoding": "gzip"})
    assert_answers(answer, row, between=(before, datetime.now(UTC)), besides={"vary"}, compressed=True)


@pytest.mark.parametrize(("id", "status"), OF_ITS_OWN_MIND.items())
def test_middleware_has_its_own_mind(usual: Ask, bare: Ask, id: str, status: int) -> None:
    """A row that is left out above is one that Django's middleware, not this package, answers differently."""
    row = BY_ID[id]
    asked = dict(row.asked)
    answer, untouched = (ask(f"/row/{id}", row.method, asked) for ask in (usual, bare))
    assert answer.status == status
    assert untouched.status == row.status
    assert (answer.status, answer.field("Content-Encoding")) != (row.status, None)
