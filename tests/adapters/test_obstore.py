"""Objects by obstore: in memory, on the disk, and in S3 over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from downloadable.adapters.obstore import ObstoreContent, ObstoreSource, Wanted
from downloadable.adapters.read_ahead import BLOCK_SIZE
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports.contract import SourceContract
from tests.adapters.cutting import Cutter, cutter
from tests.object_store import BUCKET, KEYS, REGION, ObjectStore as Running, object_store

DATA = bytes(range(251)) * 4000


class Filled(SourceContract):
    """An answer that was kept is of the object that was described, whatever has become of it since."""

    store: ObjectStore

    def filled(self, files: Mapping[str, bytes]) -> ObstoreSource:
        for name, data in files.items():
            obstore.put(self.store, f"media/{name}", data)
        return ObstoreSource(self.store, "media")

    def test_describe_sees_a_change(self, source: Any) -> None:
        """A new look tells of the object that is there now."""
        content = source.open("hello.txt")
        before = content.describe(PLAIN_GET)
        obstore.put(self.store, "media/hello.txt", b"other bytes")
        assert content.describe(PLAIN_GET).entity_tag != before.entity_tag
        assert b"".join(content.read(0, None)) == b"other bytes"


class TestMemory(Filled):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> ObstoreSource:
        self.store = MemoryStore()
        return self.filled(files)


class TestLocal(Filled):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> ObstoreSource:
        self.store = LocalStore(tmp_path)
        return self.filled(files)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Run S3's API on loopback."""
    with object_store() as running:
        yield running


def s3(running: Running | Cutter) -> S3Store:
    """Speak to it."""
    return S3Store(
        BUCKET,
        endpoint=running.url,
        region=REGION,
        access_key_id=KEYS["access_key"],
        secret_access_key=KEYS["secret_key"],
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def asking(method: str = "GET", **fields: str) -> DownloadRequest:
    """Parse a request; ``If_Range`` stands for If-Range."""
    return DownloadRequest.from_headers(
        method, {name.replace("_", "-"): text for name, text in fields.items()}
    )


def answered(content: Any, asked: DownloadRequest) -> tuple[int, bytes]:
    """Answer a request as a view would: the status, and the bytes of the content in the body."""
    plan = decide(content.describe(asked), ServingPolicy(), asked)
    body = b""
    if plan.body:
        content.acquire()
        for segment in plan.body:
            body += b"" if isinstance(segment, bytes) else b"".join(content.read(segment.start, segment.stop))
    content.close()
    return plan.status, body


@pytest.fixture(scope="module")
def tag(running: Running) -> str:
    """Put an object, and return its entity tag."""
    running.put("media/a.bin", DATA, ContentType="video/mp4")
    answer = obstore.head(s3(running), "media/a.bin")
    assert answer["e_tag"]
    return answer["e_tag"]


@pytest.mark.parametrize(
    ("asked", "status", "wanted", "calls"),
    [
        pytest.param(lambda tag: asking(), 200, slice(None), 1, id="whole"),
        pytest.param(lambda tag: asking("HEAD"), 200, slice(0), 1, id="HEAD"),
        pytest.param(lambda tag: asking(Range="bytes=7-99999"), 206, slice(7, 100_000), 1, id="range"),
        pytest.param(lambda tag: asking(Range="bytes=900000-"), 206, slice(900_000, None), 1, id="rest"),
        pytest.param(lambda tag: asking(Range="bytes=-100"), 206, slice(-100, None), 1, id="suffix"),
        pytest.param(lambda tag: asking(If_None_Match=tag), 304, slice(0), 1, id="not modified"),
        pytest.param(lambda tag: asking(If_None_Match=f'"no", {tag}'), 304, slice(0), 1, id="one of two"),
        pytest.param(lambda tag: asking(If_None_Match="*"), 304, slice(0), 1, id="any"),
        pytest.param(lambda tag: asking(If_None_Match='"no"'), 200, slice(None), 1, id="modified"),
        pytest.param(lambda tag: asking(If_Match='"no"'), 412, slice(0), 1, id="precondition failed"),
        pytest.param(lambda tag: asking(Range="bytes=9999999-"), 416, slice(0), 2, id="unsatisfiable"),
        pytest.param(lambda tag: asking(Range="bytes=-0"), 416, slice(0), 2, id="empty suffix"),
        pytest.param(
            lambda tag: asking(Range="bytes=5-9", If_Range=tag),
            206,
            slice(5, 10),
            1,
            id="If-Range that holds",
        ),
        pytest.param(
            lambda tag: asking(Range="bytes=5-9", If_Range='"no"'),
            200,
            slice(None),
            2,
            id="If-Range that fails",
        ),
    ],
)
def test_an_answer_is_one_request(
    running: Running,
    tag: str,
    asked: Callable[[str], DownloadRequest],
    status: int,
    wanted: slice,
    calls: int,
) -> None:
    """Describing and reading share a request, in which conditions and a range are passed on."""
    running.forget()
    content = ObstoreSource(s3(running), "media").open("a.bin")
    assert answered(content, asked(tag)) == (status, DATA[wanted])
    assert len(running.seen) == calls


@pytest.mark.parametrize(
    ("name", "coding", "told"),
    [
        ("a.txt", "gzip", "gzip"),
        ("a.tar.gz", "gzip", None),
        ("a.txt", "aws-chunked", None),
        ("a.txt", None, None),
    ],
)
def test_a_coding_goes_along_where_browsers_should_undo_it(
    name: str, coding: str | None, told: str | None
) -> None:
    """An archive arrives as the file that was stored, whatever coding the store tells."""
    store = MemoryStore()
    obstore.put(store, name, DATA, attributes={"Content-Encoding": coding} if coding else {})
    assert ObstoreSource(store).open(name).describe(PLAIN_GET).content_encoding == told


@pytest.mark.parametrize(("tags", "size"), [("*", None), ('"no", "0"', len(DATA))])
def test_which_of_several_tags_was_meant_is_asked(tags: str, size: int | None) -> None:
    """A 304 that could be for any of several tags is asked once more, without conditions."""
    store = MemoryStore()
    obstore.put(store, "a.bin", DATA)
    content = ObstoreSource(store).open("a.bin")
    assert answered(content, asking(If_None_Match=tags)) == (304, b"")
    assert content.describe(asking(If_None_Match=tags)).size == size


def test_several_ranges_are_a_request_each(running: Running, tag: str) -> None:
    """The first is the one that describes; the others are for the same object, or nothing."""
    running.forget()
    content = ObstoreSource(s3(running), "media").open("a.bin")
    status, body = answered(content, asking(Range="bytes=0-9,500000-500009"))
    assert (status, body) == (206, DATA[:10] + DATA[500_000:500_010])
    assert [fields.get("if-match") for fields in running.heard] == [None, tag]


def test_an_object_is_described_by_what_the_store_says(running: Running) -> None:
    """Size, type, coding, date and a strong entity tag come with the answer."""
    running.put("media/b.csv", b"1,2\n", ContentType="text/csv", ContentEncoding="br")
    told = ObstoreSource(s3(running), "media").open("b.csv").describe(PLAIN_GET)
    assert (told.name, told.size, told.content_type, told.content_encoding) == (
        "b.csv",
        4,
        "text/csv",
        "br",
    )
    assert told.entity_tag is not None
    assert not told.entity_tag.weak
    assert told.last_modified is not None
    assert abs((datetime.now(UTC) - told.last_modified).total_seconds()) < 600


def test_the_object_of_another_moment_is_not_mixed_in(running: Running) -> None:
    """Between two ranges, the object became another."""
    running.put("media/c.bin", DATA)
    content = ObstoreSource(s3(running), "media").open("c.bin")
    content.describe(asking(Range="bytes=0-9"))
    assert b"".join(content.read(0, 10)) == DATA[:10]
    running.put("media/c.bin", DATA[::-1])
    with pytest.raises(ContentChanged):
        list(content.read(500_000, 500_010))
    with pytest.raises(ContentChanged):
        content.acquire()


class Forgetful(ObstoreContent):
    """As over a store that does not know conditions."""

    def _same(self, wanted: Any = None) -> Any:
        return {key: value for key, value in super()._same(wanted).items() if key != "if_match"}


def test_a_store_that_ignores_conditions_is_found_out() -> None:
    """What an answer tells of itself is held against what was described."""
    store = MemoryStore()
    obstore.put(store, "a.bin", DATA)
    content = Forgetful(store, "a.bin")
    content.describe(asking(Range="bytes=0-9"))
    obstore.put(store, "a.bin", DATA[::-1])
    with pytest.raises(ContentChanged):
        list(content.read(500_000, 500_010))


@pytest.mark.parametrize("key", ["", "..", "../a", "a/../b", "a//b", "a\0b", "a\\..\\b", ".", "a/", "\udcff"])
def test_a_key_leads_nowhere_else(key: str) -> None:
    """What is no name below the prefix is not found."""
    store = MemoryStore()
    obstore.put(store, "secret.txt", b"secret")
    with pytest.raises(ContentNotFound):
        ObstoreSource(store, "/media/").open(key).describe(PLAIN_GET)


def test_a_wrong_key_is_forbidden(running: Running) -> None:
    """A store that refuses us is not the client's fault, nor is anything wrong with it."""
    anonymous = S3Store(
        BUCKET, endpoint=running.url, region=REGION, skip_signature=True, client_options={"allow_http": True}
    )
    with pytest.raises(ContentForbidden):
        ObstoreSource(anonymous).open("media/a.bin").describe(PLAIN_GET)


def test_a_store_that_is_away_is_unavailable(unused_tcp_port: int) -> None:
    """Nobody answers there."""
    store = S3Store(
        BUCKET,
        endpoint=f"http://127.0.0.1:{unused_tcp_port}",
        region=REGION,
        skip_signature=True,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(ContentUnavailable):
        ObstoreSource(store).open("a.bin").describe(asking(Range="bytes=0-9"))


def test_a_store_that_says_nothing_is_timed_out() -> None:
    """Somebody takes the connection, and leaves it at that."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = S3Store(
            BUCKET,
            endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}",
            region=REGION,
            skip_signature=True,
            client_options={"allow_http": True, "read_timeout": "50ms"},
            retry_config={"max_retries": 0},
        )
        with pytest.raises(ContentTimeout):
            ObstoreSource(store).open("a.bin").describe(PLAIN_GET)


def test_closing_ends_reading() -> None:
    """What is read while it is closed ends with an error, not as if it were complete."""
    store = MemoryStore()
    obstore.put(store, "a.bin", b"0123456789")
    content = ObstoreSource(store).open("a.bin")
    content.describe(PLAIN_GET)
    chunks = content.read(0, None)
    content.close()
    with pytest.raises(ContentError):
        list(chunks)
    with pytest.raises(ContentError):
        list(ObstoreSource(store).open("a.bin").read(0, None))


def test_asynchronously_it_is_the_same() -> None:
    """On an event loop, an answer that was kept is used, and a further one is for the same object."""
    store = MemoryStore()
    obstore.put(store, "a.bin", DATA)

    async def read() -> list[bytes]:
        content = ObstoreContent(store, "a.bin")
        assert content.known() == Resource(name="a.bin")
        content.describe(PLAIN_GET)
        parts = [
            b"".join([chunk async for chunk in content.aread(start, stop)])
            for start, stop in ((0, None), (5, 500_000), (7, 7))
        ]
        with pytest.raises(ContentTruncated):
            [chunk async for chunk in content.aread(0, len(DATA) + 1)]
        await content.aclose()
        return parts

    assert asyncio.run(read()) == [DATA, DATA[5:500_000], b""]


LONG = bytes(range(251)) * 40_000


def synchronously(content: ObstoreContent, start: int, stop: int | None) -> Iterator[bytes]:
    """Read as under WSGI."""
    yield from content.read(start, stop)


def on_a_loop(content: ObstoreContent, start: int, stop: int | None) -> Iterator[bytes]:
    """Read as under ASGI."""
    with asyncio.Runner() as runner:
        chunks = aiter(content.aread(start, stop))

        async def following() -> bytes | None:
            return await anext(chunks, None)

        while (chunk := runner.run(following())) is not None:
            yield chunk


IN_BOTH_COLOURS = pytest.mark.parametrize("read", [synchronously, on_a_loop])


@pytest.fixture
def cut(running: Running) -> Iterator[tuple[Cutter, ObstoreContent]]:
    """Describe an object of a store whose first answer breaks off, which obstore does not go on with."""
    running.put("media/long.bin", LONG)
    with cutter(running.url) as cutting:
        cutting.after = [2_000_000]
        content = ObstoreSource(s3(cutting), "media").open("long.bin")
        assert isinstance(content, ObstoreContent)
        content.describe(PLAIN_GET)
        content.acquire()
        running.forget()
        yield cutting, content


@IN_BOTH_COLOURS
@pytest.mark.parametrize("stop", [None, 9_000_000])
def test_what_obstore_gives_up_goes_on_in_blocks(
    running: Running, cut: tuple[Cutter, ObstoreContent], read: Any, stop: int | None
) -> None:
    """The rest is asked for piece by piece, on the condition that it is the same object, and nothing of it twice."""
    _, content = cut
    assert b"".join(read(content, 0, stop)) == LONG[:stop]
    assert content.resumed == 1
    assert all("if-match" in fields for fields in running.heard)
    wanted = [fields["range"].removeprefix("bytes=").split("-") for fields in running.heard]
    lengths = [int(last) + 1 - int(first) for first, last in wanted]
    assert sum(lengths) < len(LONG)
    assert max(lengths) <= BLOCK_SIZE


@IN_BOTH_COLOURS
def test_what_obstore_gives_up_is_not_mixed_with_another_object(
    running: Running, cut: tuple[Cutter, ObstoreContent], read: Any
) -> None:
    """What was put in its place is not appended."""
    _, content = cut
    running.put("media/long.bin", LONG[::-1])
    received: list[bytes] = []
    with pytest.raises(ContentChanged):
        received.extend(read(content, 0, None))
    assert received
    assert LONG.startswith(b"".join(received))


@IN_BOTH_COLOURS
def test_a_store_that_breaks_off_again_is_given_up(cut: tuple[Cutter, ObstoreContent], read: Any) -> None:
    """How often a block is asked for is up to obstore."""
    cutting, content = cut
    cutting.after = [100_000]
    with pytest.raises(ContentUnavailable):
        list(read(content, 0, None))


def test_an_empty_piece_does_not_go_on_for_ever() -> None:
    """A store that answers with nothing where there should be something has cut the object off."""
    with pytest.raises(ContentTruncated):
        Wanted(5, 10, 10).cut(b"")


class Untold(ObstoreContent):
    """As over a store that says nothing by which versions could be told apart."""

    def describe(self, asked: DownloadRequest) -> Resource:
        told = super().describe(asked)
        self._pinned = False
        return told


def test_what_nobody_can_tell_apart_does_not_go_on(running: Running) -> None:
    """Without a strong tag or an old date, a break is the end."""
    running.put("media/long.bin", LONG)
    with cutter(running.url) as cutting:
        cutting.after = [2_000_000]
        content = Untold(s3(cutting), "media/long.bin")
        content.describe(PLAIN_GET)
        with pytest.raises(ContentUnavailable):
            list(content.read(0, None))


def read_in_a_child(source: ObstoreSource) -> int:
    """Read in a process that was forked off, and return its exit status: 0 if it was refused."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    signal.alarm(10)
    try:
        source.open("a.bin").describe(PLAIN_GET)
    except RuntimeError as error:
        os._exit(0 if "before this process was forked" in str(error) else 2)
    finally:
        os._exit(1)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_after_a_fork_it_is_an_error_rather_than_no_end(running: Running, tag: str) -> None:
    """The threads of obstore stay behind: who reads in a child would wait for ever, and is told why."""
    source = ObstoreSource(s3(running), "media")
    source.open("a.bin").describe(PLAIN_GET)
    assert read_in_a_child(source) == 0


def test_it_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is not the first to read has a parent that was."""
    store = MemoryStore()
    obstore.put(store, "a.bin", DATA)
    ObstoreSource(store).open("a.bin").describe(PLAIN_GET)
    monkeypatch.setattr(os, "getpid", lambda: 0)
    with pytest.raises(RuntimeError, match="before this process was forked"):
        ObstoreSource(store).open("a.bin").describe(PLAIN_GET)
