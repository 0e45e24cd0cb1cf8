"""A large object of a store: when its first byte leaves, what it costs the store, and what it costs the process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import ASGI, GTHREAD, MIB, Server, running, until
from tests.servers.stores.client import QuickStore, quick_store

SIZE = int(os.environ.get("STORED_MIB", "256")) * MIB
MOST_GROWN = 32 * MIB

through_each_library = pytest.mark.parametrize("library", ["storage", "fsspec", "obstore", "http"])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file in which no two places are alike."""
    path = tmp_path_factory.mktemp("objects") / "large.bin"
    with path.open("wb") as large:
        for number in range(SIZE // MIB):
            large.write(number.to_bytes(8, "big") * (MIB // 8))
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def running_store(file: Path) -> Iterator[QuickStore]:
    """Run a store for all tests of this module."""
    with quick_store(file) as store:
        yield store


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def server(
    request: pytest.FixtureRequest, running_store: QuickStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Run a site that serves from the store."""
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running(request.param, "tests.servers.stores", log, STORE_URL=running_store.url) as server:
        yield server


@pytest.fixture
def store(running_store: QuickStore, server: Server, library: str) -> QuickStore:
    """Have everything connected, and forget what was asked."""
    server.fetch(f"/{library}/warm.bin", Range="bytes=0-9")
    # The store counts what it has sent a little later than that may arrive.
    until(lambda: running_store.counts().sent, bool)
    return running_store


@through_each_library
def test_the_first_byte_leaves_before_the_object_is_there(
    server: Server, store: QuickStore, library: str
) -> None:
    """While the store holds back nearly all of an object, the client has the beginning of it."""
    store.hold(2 * MIB)
    try:
        with server.answer(f"/{library}/large.bin") as response:
            assert response.getheader("Content-Length") == str(SIZE)
            assert response.read(MIB) == bytes(MIB)
            # Two blocks of this answer, and what the one of another test may still have been sent.
            assert store.counts().sent < SIZE // 8
    finally:
        store.go()


@through_each_library
def test_a_whole_object_costs_no_memory(server: Server, store: QuickStore, library: str, file: Path) -> None:
    """All of it arrives intact, by few requests, none of them twice, and the process grows by less than 32 MiB."""
    worker = server.worker()
    before = worker.resident()
    worker.forget_peak()
    received = hashlib.sha256()
    with server.answer(f"/{library}/large.bin") as response:
        while block := response.read(MIB):
            received.update(block)
    grown = worker.peak() - before
    with file.open("rb") as original:
        assert received.hexdigest() == hashlib.file_digest(original, "sha256").hexdigest()
    counted = store.counts()
    assert counted.sent == SIZE
    gets = [call for call in counted.calls if call.startswith("GET")]
    assert len(gets) <= (SIZE // (4 * MIB) + 2 if library == "fsspec" else 1)
    assert len(counted.calls) - len(gets) <= (2 if library == "fsspec" else 0)
    assert grown < MOST_GROWN


@through_each_library
def test_a_range_costs_little_more_than_itself(
    server: Server, store: QuickStore, library: str, file: Path
) -> None:
    """One MiB from the middle is one request for just that; a view that looks first has one look more."""
    start = SIZE // 2 + 12_345
    wanted = f"bytes={start}-{start + MIB - 1}"
    with file.open("rb") as original:
        original.seek(start)
        assert server.fetch(f"/{library}/large.bin", Range=wanted) == original.read(MIB)
    counted = store.counts()
    assert counted.sent == MIB
    assert [call for call in counted.calls if call.startswith("GET")] == [f"GET {wanted}"]
    assert len(counted.calls) <= (3 if library == "fsspec" else 1)


@through_each_library
def test_a_304_is_one_request_without_a_byte(server: Server, store: QuickStore, library: str) -> None:
    """Whoever has the object already costs one look at it."""
    with server.answer(f"/{library}/large.bin", Range="bytes=0-9") as response:
        tag = response.getheader("ETag")
        response.read()
    assert tag is not None
    store.counts()
    with server.answer(f"/{library}/large.bin", **{"If-None-Match": tag}) as response:
        assert response.status == 304
    counted = store.counts()
    assert len(counted.calls) == 1
    assert counted.sent == 0


@through_each_library
def test_who_leaves_early_costs_little(server: Server, store: QuickStore, library: str) -> None:
    """What a client does not want any more is not fetched from the store."""
    server.cut_off(f"/{library}/large.bin", after=MIB)
    server.fetch(
        f"/{library}/warm.bin", Range="bytes=0-9"
    )  # the server has noticed by now, or does so with this
    assert store.counts().sent < SIZE // 4


@pytest.mark.parametrize("library", ["django-storages"])
def test_all_this_is_seen_where_it_is_otherwise(server: Server, store: QuickStore, library: str) -> None:
    """The file object of the storage itself fetches all of an object, into memory, for one MiB of it."""
    worker = server.worker()
    before = worker.resident()
    worker.forget_peak()
    assert len(server.fetch(f"/{library}/large.bin", Range=f"bytes={MIB}-{2 * MIB - 1}")) == MIB
    assert store.counts().sent == SIZE
    assert worker.peak() - before > MOST_GROWN
