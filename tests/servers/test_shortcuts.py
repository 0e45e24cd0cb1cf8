from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.conformance.expectations import OF_SERVERS, assert_answers
from tests.conformance.rows import Row
from tests.conformance.table import SERVED
from tests.servers.processes import (
    ASGI,
    GRANIAN,
    GTHREAD,
    NO_SENDFILE,
    SYNC,
    UWSGI,
    WAITRESS,
    Server,
    running,
)
from tests.servers.test_conformance import answered

# Under WSGI, what a coroutine function has made goes the ways of the others;
# contents in memory are asked where test_conformance.py does not.
DOORS = {
    SYNC: ["local"],
    GTHREAD: ["local", "alocal"],
    NO_SENDFILE: ["local"],
    WAITRESS: ["local", "row"],
    UWSGI: ["local", "row"],
    ASGI: ["local", "alocal"],
    GRANIAN: ["local", "alocal", "row", "arow"],
}


@pytest.fixture(scope="module", params=DOORS, ids=lambda kind: kind.name)
def shortcuts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, with the table's samples as files that it may send by itself."""
    log = tmp_path_factory.mktemp("log") / "shortcuts.log"
    files = tmp_path_factory.mktemp("samples")
    with running(request.param, "tests.servers.shortcuts", log, SITE_FILES=str(files)) as server:
        yield server


# A row takes 2 ms, in a test of its own it would be 8.
def test_the_table_holds_through_every_shortcut(shortcuts: Server) -> None:
    """Whether the server sends a file by itself or is given its bytes, each row gets its status, fields and bytes."""
    rows = [(door, row) for door in DOORS[shortcuts.kind] for row in SERVED]
    wrong = {f"{door}/{row.id}": why for door, row in rows if (why := fault(shortcuts, door, row))}
    assert not wrong


def fault(server: Server, door: str, row: Row) -> str | None:
    """Ask for a row; return what is wrong with the answer."""
    before = datetime.now(UTC)
    answer = answered(server.port, row.method, f"/{door}/{row.id}", row.asked)
    try:
        assert_answers(answer, row, between=(before, datetime.now(UTC)), besides=OF_SERVERS)
    except AssertionError as error:
        return str(error)
    return None
