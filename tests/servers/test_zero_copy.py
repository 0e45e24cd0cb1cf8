from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.processes import (
    ASGI,
    GRANIAN,
    GTHREAD,
    MIB,
    NO_SENDFILE,
    SYNC,
    UWSGI,
    WAITRESS,
    Kind,
    Server,
    running,
)
from tests.servers.test_conformance import answered
from tests.servers.tracing import Trace, traced

SIZE = 4 * MIB + 4099
START, STOP = MIB + 1, 3 * MIB + 17
DATA = b"".join(b"%07x\n" % number for number in range(0, SIZE, 8))[:SIZE]
RANGE = {"Range": f"bytes={START}-{STOP - 1}"}
WAYS = ["local", "alocal", "stored", "field", "opened"]

Watched = Callable[..., tuple[bytes, Trace]]


def of(*kinds: Kind) -> pytest.MarkDecorator:
    """Run a test with each of these servers."""
    return pytest.mark.parametrize("unread", kinds, indirect=True, ids=lambda kind: kind.name)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is larger than what is read at once, each line of which tells where it is."""
    path = tmp_path_factory.mktemp("unread").resolve() / "file.txt"
    path.write_bytes(DATA)
    return path


@pytest.fixture(scope="module")
def unread(
    request: pytest.FixtureRequest, file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server that a test names."""
    log = tmp_path_factory.mktemp("log") / "unread.log"
    with running(request.param, "tests.servers.unread", log, SITE_FILES=str(file.parent)) as server:
        yield server


@pytest.fixture(scope="module")
def switched_off(
    request: pytest.FixtureRequest, file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server that a test names, with ``DownloadResponse.zero_copy = False``."""
    log = tmp_path_factory.mktemp("log") / "off.log"
    environment = {"SITE_FILES": str(file.parent), "SITE_ZERO_COPY": "off"}
    with running(request.param, "tests.servers.unread", log, **environment) as server:
        yield server


@pytest.fixture
def watched(file: Path, tmp_path: Path) -> Watched:
    """Fetch the file from a server one way, and tell what its worker has done with it meanwhile."""

    def fetch(server: Server, way: str, /, **fields: str) -> tuple[bytes, Trace]:
        pid = server.worker().pid
        with traced(pid, file, tmp_path) as trace:
            # Once the connection is closed, the call that has sent the last byte has come back, too.
            answer = answered(server.port, "GET", f"/{way}/{file.name}", fields)
        assert answer.status in (200, 206)
        return answer.body, trace

    return fetch


@of(SYNC, GTHREAD)
@pytest.mark.parametrize("way", WAYS)
def test_gunicorn_sends_a_whole_file_by_itself(unread: Server, way: str, watched: Watched) -> None:
    """Whatever a local file came as, the kernel sends all of it, and not one byte comes into the process."""
    received, trace = watched(unread, way)
    assert received == DATA
    assert (trace.sent(), trace.read()) == (SIZE, 0)


@of(SYNC, GTHREAD)
@pytest.mark.parametrize("way", WAYS)
def test_gunicorn_sends_a_range_by_itself(unread: Server, way: str, watched: Watched) -> None:
    """So it does with a range: from its first byte to its last, and no more."""
    received, trace = watched(unread, way, **RANGE)
    assert received == DATA[START:STOP]
    assert (trace.sent(), trace.read()) == (STOP - START, 0)


@of(SYNC, GTHREAD)
def test_several_ranges_are_read(unread: Server, watched: Watched) -> None:
    """What is sent between several ranges is not the file's."""
    received, trace = watched(unread, "local", Range=f"bytes=0-{MIB - 1},{2 * MIB}-{3 * MIB - 1}")
    assert DATA[:MIB] in received
    assert (trace.sent(), trace.read()) == (0, 2 * MIB)


@of(SYNC, GTHREAD)
@pytest.mark.parametrize(
    ("method", "conditional", "status"),
    [pytest.param("HEAD", False, 200, id="HEAD"), pytest.param("GET", True, 304, id="not modified")],
)
def test_nothing_is_sent_where_there_is_no_body(
    unread: Server, file: Path, tmp_path: Path, method: str, conditional: bool, status: int
) -> None:
    """Without a body, the file is neither sent nor read."""
    fields = {}
    if conditional:
        with unread.answer(f"/local/{file.name}", Range="bytes=0-0") as response:
            fields = {"If-None-Match": response.headers["ETag"]}
    connection = unread.connect()
    with traced(unread.worker().pid, file, tmp_path) as trace:
        connection.request(method, f"/local/{file.name}", headers={"Connection": "close"} | fields)
        with connection.getresponse() as answer:
            assert (answer.status, answer.read()) == (status, b"")
    connection.close()
    assert trace.calls == []


@of(SYNC, GTHREAD, WAITRESS, UWSGI, ASGI, GRANIAN)
def test_what_is_compressed_is_sent_and_not_the_file(unread: Server, watched: Watched) -> None:
    """Where GZipMiddleware's like has compressed the body, that is what goes out."""
    received, trace = watched(unread, "zipped", **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(received) == DATA
    assert trace.sent() == 0


@of(SYNC, GTHREAD, WAITRESS, UWSGI, ASGI, GRANIAN)
@pytest.mark.parametrize("fields", [{}, RANGE], ids=["whole", "range"])
def test_what_is_changed_is_sent_and_not_the_file(
    unread: Server, watched: Watched, fields: dict[str, str]
) -> None:
    """Where somebody has put another stream in the place of ours, that is what goes out."""
    received, trace = watched(unread, "mapped", **fields)
    assert received == (DATA[START:STOP] if fields else DATA).swapcase()
    assert trace.sent() == 0


@of(NO_SENDFILE)
@pytest.mark.parametrize("fields", [{}, RANGE], ids=["whole", "range"])
def test_gunicorn_reads_where_it_may_not_send(
    unread: Server, watched: Watched, fields: dict[str, str]
) -> None:
    """With --no-sendfile, it reads the same bytes in large blocks."""
    received, trace = watched(unread, "local", **fields)
    assert received == (DATA[START:STOP] if fields else DATA)
    assert (trace.sent(), trace.read()) == (0, len(received))
    assert len(trace.calls) <= len(received) / (256 * 1024) + 2


@of(WAITRESS, UWSGI)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fields", [{}, RANGE], ids=["whole", "range"])
def test_other_servers_get_the_right_bytes(
    unread: Server, way: str, watched: Watched, fields: dict[str, str]
) -> None:
    """Waitress reads what it was given; uWSGI, which would begin at the file's first byte, is given no range."""
    received, trace = watched(unread, way, **fields)
    assert received == (DATA[START:STOP] if fields else DATA)
    if fields:
        assert trace.sent() == 0
        assert trace.read() >= STOP - START


@of(GRANIAN)
@pytest.mark.parametrize("way", ["local", "alocal", "stored", "field"])
def test_granian_sends_a_whole_file_by_itself(unread: Server, way: str, watched: Watched) -> None:
    """Granian reads the file it was told of, and we nothing: it calls read(), and we pread() and its like."""
    received, trace = watched(unread, way)
    assert received == DATA
    assert trace.read_by("read") == SIZE
    assert trace.read_by("pread64", "preadv", "preadv2") == 0


@of(GRANIAN)
def test_granian_gets_the_bytes_of_a_range(unread: Server, watched: Watched) -> None:
    """A path has neither start nor end, so a range is read here."""
    received, trace = watched(unread, "local", **RANGE)
    assert received == DATA[START:STOP]
    assert trace.read_by("read") == 0


@pytest.mark.parametrize("switched_off", [SYNC, GTHREAD, GRANIAN], indirect=True, ids=lambda kind: kind.name)
@pytest.mark.parametrize("way", ["local", "field"])
@pytest.mark.parametrize("fields", [{}, RANGE], ids=["whole", "range"])
def test_all_is_read_where_it_is_switched_off(
    switched_off: Server, way: str, watched: Watched, fields: dict[str, str]
) -> None:
    """Without zero_copy, the same bytes come, and all of them are read here."""
    received, trace = watched(switched_off, way, **fields)
    assert received == (DATA[START:STOP] if fields else DATA)
    assert trace.sent() == trace.read_by("read") == 0
    assert trace.read() == len(received)
