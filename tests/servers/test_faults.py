"""One fault of an origin after another, through the whole stack, and what a client gets of each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.servers.faulty.control import FaultyOrigin
from tests.servers.faulty.faults import FAULTS, Cut, Fault, Refused
from tests.servers.faulty.site import METADATA, PATIENCE, watch_connections
from tests.servers.faulty.ways import IN_PROCESS, SERVED, Way

NUMBERS = count()

pytestmark = pytest.mark.filterwarnings(
    # Django leaves the empty body of a request to the garbage collector if its answer fails.
    "ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"
)


@pytest.fixture(scope="module", params=[*IN_PROCESS, *SERVED])
def way(
    request: pytest.FixtureRequest, faulty: FaultyOrigin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Way]:
    """Each way of a client to the origin's files."""
    name: str = request.param
    watch_connections()
    log = tmp_path_factory.mktemp("log") / "server.log"
    opened = IN_PROCESS[name](faulty, PATIENCE) if name in IN_PROCESS else SERVED[name](faulty, log)
    with opened as way:
        yield way


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_of_the_origin(faulty: FaultyOrigin, way: Way, fault: Fault) -> None:
    """The client gets the whole right body, an error, or the right beginning and a broken connection."""
    key = f"single-{next(NUMBERS)}.bin"
    with faulty.serving(key, fault.plan) as seen:
        got = way.ask(key, fault.asked, method=fault.method)
    expected = fault.expected
    assert got.status == expected.status
    assert {name: got.fields.get(name) for name in expected.fields} == expected.fields
    assert fault.requests in (None, len(seen))
    assert METADATA not in way.connected()
    if isinstance(expected, Refused):
        assert got.whole
        assert b"content" not in got.body
        return
    assert got.whole is not isinstance(expected, Cut)
    version = fault.plan.versions[expected.version]
    body = version.body()[expected.start : expected.stop] if fault.method == "GET" else b""
    assert body.startswith(got.body)
    assert got.body == body or not got.whole
    (told,) = way.told(key, 1)
    assert told.resumed == expected.resumed
    assert (told.outcome == "completed") == got.whole
