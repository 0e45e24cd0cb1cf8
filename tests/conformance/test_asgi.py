"""The table, asked of Django's ASGI handler with a bare scope."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings

from tests.conformance.expectations import Answer, assert_answers
from tests.conformance.middleware import MIDDLEWARE, agrees
from tests.conformance.rows import Row
from tests.conformance.table import SERVED

Ask = Callable[..., Awaitable[Answer]]
OF_FILES = [row for row in SERVED if not row.of_view]


def scope_of(path: str, method: str, fields: dict[str, str]) -> dict[str, Any]:
    """Make the scope of a request, with nothing that a server would not put there."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }


def asking(handler: ASGIHandler) -> Ask:
    """Return a function that sends one request to *handler* and takes all of the answer."""

    async def ask(path: str, method: str, fields: dict[str, str]) -> Answer:
        requests: list[dict[str, Any]] = [{"type": "http.request", "body": b"", "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> Any:
            if requests:
                return requests.pop()
            return await asyncio.Future()  # the client stays

        async def send(message: Any) -> None:
            sent.append(message)

        await handler(scope_of(path, method, fields), receive, send)
        start, *rest = sent
        assert start["type"] == "http.response.start"
        assert {message["type"] for message in rest} == {"http.response.body"}
        assert [message.get("more_body", False) for message in rest] == [True] * (len(rest) - 1) + [False]
        return Answer(
            start["status"],
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]),
            b"".join(message.get("body", b"") for message in rest),
        )

    return ask


@pytest.fixture(scope="module")
def bare() -> Iterator[Ask]:
    """A site without any middleware."""
    with override_settings(ROOT_URLCONF="tests.conformance.site", MIDDLEWARE=[]):
        yield asking(ASGIHandler())


@pytest.fixture(scope="module")
def usual() -> Iterator[Ask]:
    """A site with the middleware that most have."""
    with override_settings(ROOT_URLCONF="tests.conformance.site", **MIDDLEWARE):
        yield asking(ASGIHandler())


@pytest.mark.parametrize("row", SERVED, ids=lambda row: row.id)
async def test_asgi_answers_the_table(bare: Ask, row: Row) -> None:
    """An async view made from a source sends the status, every field and every byte of a row, and nothing else."""
    before = datetime.now(UTC)
    answer = await bare(f"/arow/{row.id}", row.method, dict(row.asked))
    assert_answers(answer, row, between=(before, datetime.now(UTC)))


@pytest.mark.parametrize("row", OF_FILES, ids=lambda row: row.id)
@pytest.mark.parametrize("door", ["download", "adownload"])
async def test_asgi_answers_the_table_from_a_function(bare: Ask, door: str, row: Row) -> None:
    """A function of either colour, sync or async, does the same."""
    before = datetime.now(UTC)
    answer = await bare(f"/{door}/{row.id}", row.method, dict(row.asked))
    assert_answers(answer, row, between=(before, datetime.now(UTC)))


@pytest.mark.parametrize(
    "row",
    [row for row in SERVED if agrees(row) and "Accept-Encoding" not in row.asked],
    ids=lambda row: row.id,
)
async def test_asgi_answers_the_table_through_middleware(usual: Ask, row: Row) -> None:
    """A whole content may be compressed on the way, nothing else is, and what is announced then holds."""
    before = datetime.now(UTC)
    answer = await usual(f"/arow/{row.id}", row.method, {**row.asked, "Accept-Encoding": "gzip"})
    assert_answers(answer, row, between=(before, datetime.now(UTC)), besides={"vary"}, compressed=True)
    assert row.of_view or "Cookie" in (answer.field("Vary") or "")
