from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent
from downloadable.django_ui import bridge
from downloadable.django_ui.async_bodies import AsyncBody
from downloadable.django_ui.bodies import Body
from downloadable.django_ui.bridge import MOST, PATIENCE, bridged
from downloadable.django_ui.pace import LEAST, Pace
from downloadable.domain import ByteRange, ContentInvalid, ContentTruncated, ContentUnavailable, Resource
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent

WHOLE = (ByteRange(0, len(LARGE)),)
FRAMED = (b"first", ByteRange(0, 3), b"--", ByteRange(250, 260), b"last")
ONE_CHUNK = 64 * 1024

CONTENTS = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])


async def drained(body: AsyncBody) -> bytes:
    """Read a body to its end."""
    return b"".join([chunk async for chunk in body])


async def put_into(got: list[bytes], body: AsyncBody) -> None:
    """Keep what comes, however the body ends."""
    async for chunk in body:
        got.append(chunk)  # noqa: PERF401  (what came before an error counts)


@CONTENTS
def test_segments_leave_in_their_order(make: type[RecordingContent]) -> None:
    """Bytes are sent as they are, ranges are read, and in the end the content is closed."""
    content = make()
    assert b"".join(Body(content, FRAMED)) == b"first\x00\x01\x02--" + LARGE[250:260] + b"last"
    assert content.closed


@CONTENTS
async def test_segments_leave_in_their_order_on_a_loop(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    content = make()
    assert await drained(AsyncBody(content, FRAMED)) == b"first\x00\x01\x02--" + LARGE[250:260] + b"last"
    assert content.closed


async def test_native_content_is_read_on_the_loop() -> None:
    """A content that can be read on an event loop never goes through a thread."""
    content = AsyncRecordingContent()
    assert await drained(AsyncBody(content, WHOLE)) == LARGE
    assert "read" not in content.steps
    assert content.steps[0] == "aread"
    assert "aclose" in content.steps


def unstarted(body: Body) -> None:
    """Close a body that nobody has begun to read."""
    body.close()


def half_read(body: Body) -> None:
    """Close a body after a piece of it."""
    assert next(body) == LARGE[:ONE_CHUNK]
    body.close()


def read_to_the_end(body: Body) -> None:
    """Close a body of which nothing is left."""
    assert b"".join(body) == LARGE
    body.close()


def closed_twice(body: Body) -> None:
    """Close a body more often than needed."""
    next(body)
    body.close()
    body.close()


ENDS = pytest.mark.parametrize("end", [unstarted, half_read, read_to_the_end, closed_twice])


@CONTENTS
@ENDS
def test_a_closed_body_has_closed_its_content(make: type[RecordingContent], end: Any) -> None:
    """Wherever a body is closed, its content is closed and yields nothing more."""
    content = make()
    body = Body(content, WHOLE)
    end(body)
    assert content.closed
    assert list(body) == []
    assert content.steps.count("read") <= 1


@CONTENTS
@pytest.mark.parametrize("chunks", [0, 1, 2])
async def test_a_closed_body_has_closed_its_content_on_a_loop(
    make: type[RecordingContent], chunks: int
) -> None:
    """The same on an event loop, closed more often than needed."""
    content = make()
    body = AsyncBody(content, WHOLE)
    for _ in range(chunks):
        await anext(body)
    await body.aclose()
    await body.aclose()
    body.close()
    assert content.closed
    assert [chunk async for chunk in body] == []


@CONTENTS
@pytest.mark.parametrize("chunks", [0, 1])
def test_a_dropped_body_closes_its_content(make: type[RecordingContent], chunks: int) -> None:
    """A body that everybody forgot, begun or not, leaves nothing open."""
    content = make()
    body = Body(content, WHOLE)
    for _ in range(chunks):
        next(body)
    del body
    gc.collect()
    assert content.closed


@CONTENTS
async def test_a_dropped_body_closes_its_content_on_a_loop(make: type[RecordingContent]) -> None:
    """A body for an event loop that nobody began to read leaves nothing open."""
    content = make()
    body = AsyncBody(content, WHOLE)
    del body
    gc.collect()
    assert content.closed


def test_what_was_begun_comes_first_and_once() -> None:
    """What was read while an error could still be answered is the first chunk, and nothing of a body that is closed."""
    left, dropped = (Body(RecordingContent(b"abcdef", piece=2), (ByteRange(0, 6),)) for _ in range(2))
    for body in (left, dropped):
        body.begin(3)
    assert list(left) == [b"abcd", b"ef"]
    dropped.close()
    assert list(dropped) == []


@CONTENTS
def test_an_error_half_way_closes(make: type[RecordingContent]) -> None:
    """What goes wrong after the first byte is raised, so that the server drops the connection, and closes."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})
    body = Body(content, WHOLE)
    assert next(body) == LARGE[:ONE_CHUNK]
    with pytest.raises(ContentUnavailable):
        next(body)
    assert content.closed
    assert list(body) == []


@CONTENTS
async def test_an_error_half_way_closes_on_a_loop(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})
    with pytest.raises(ContentUnavailable):
        await drained(AsyncBody(content, WHOLE))
    assert content.closed


@CONTENTS
def test_a_short_content_is_an_error(make: type[RecordingContent]) -> None:
    """A content that ends before its announced length never passes for complete."""
    content = make(LARGE[:100])
    got: list[bytes] = []
    with pytest.raises(ContentTruncated, match=f"ended {len(LARGE) - 100} bytes before"):
        got.extend(Body(content, WHOLE))
    assert b"".join(got) == LARGE[:100]
    assert content.closed


@CONTENTS
async def test_a_short_content_is_an_error_on_a_loop(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    content = make(LARGE[:100])
    with pytest.raises(ContentTruncated, match=f"ended {len(LARGE) - 100} bytes before"):
        await drained(AsyncBody(content, WHOLE))
    assert content.closed


class Generous(RecordingContent):
    """A content that gives more than it is asked for."""

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        return super().chunks(start, None)


class AsyncGenerous(Generous, AsyncRecordingContent):
    """The same on an event loop."""


LONG = pytest.mark.parametrize("make", [Generous, AsyncGenerous])
STOPS = pytest.mark.parametrize("stop", [1, ONE_CHUNK - 1, ONE_CHUNK, ONE_CHUNK + 1])


@LONG
@STOPS
def test_a_long_content_is_an_error(make: type[RecordingContent], stop: int) -> None:
    """No chunk that goes on after the announced length is cut to it: what would come of it is another version."""
    content, got = make(), list[bytes]()
    with pytest.raises(ContentInvalid, match="after the announced length"):
        got.extend(Body(content, (ByteRange(0, stop), b"!")))
    assert b"".join(got) == LARGE[: stop // ONE_CHUNK * ONE_CHUNK]
    assert content.closed


@LONG
@STOPS
async def test_a_long_content_is_an_error_on_a_loop(make: type[RecordingContent], stop: int) -> None:
    """The same on an event loop."""
    content, got = make(), list[bytes]()
    with pytest.raises(ContentInvalid, match="after the announced length"):
        await put_into(got, AsyncBody(content, (ByteRange(0, stop), b"!")))
    assert b"".join(got) == LARGE[: stop // ONE_CHUNK * ONE_CHUNK]
    assert content.closed


class Stumbling(RecordingContent):
    """A content that fails after its last byte."""

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield from super().chunks(start, stop)
        raise ContentUnavailable("The line is dead.")


class AsyncStumbling(Stumbling, AsyncRecordingContent):
    """The same on an event loop."""


STUMBLING = pytest.mark.parametrize("make", [Stumbling, AsyncStumbling])


@STUMBLING
def test_what_fails_at_its_end_has_been_sent(make: type[RecordingContent]) -> None:
    """The last chunk does not wait for the content to come to its end; whoever listens hears how that was."""
    got: list[bytes] = []
    with pytest.raises(ContentUnavailable):
        got.extend(Body(make(), WHOLE))
    assert b"".join(got) == LARGE


@STUMBLING
async def test_what_fails_at_its_end_has_been_sent_on_a_loop(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    got: list[bytes] = []
    with pytest.raises(ContentUnavailable):
        await put_into(got, AsyncBody(make(), WHOLE))
    assert b"".join(got) == LARGE


def test_no_client_waits_for_an_end_that_never_comes() -> None:
    """A synchronous iterator that gives all it announced, and then blocks, is sent whole on an event loop, too."""
    release = threading.Event()

    def endless() -> Iterator[bytes]:
        yield LARGE
        release.wait()

    async def sent() -> bytes:
        body = AsyncBody(GeneratedContent(endless(), Resource(size=len(LARGE))), WHOLE)
        try:
            async with asyncio.timeout(10):
                return await anext(body)
        finally:
            release.set()
            await body.aclose()

    assert asyncio.run(sent()) == LARGE


@CONTENTS
def test_what_has_no_length_is_sent_to_its_end(make: type[RecordingContent]) -> None:
    """Where no length was announced, the content says where it ends."""
    assert b"".join(Body(make(), (ByteRange(0, None),))) == LARGE


@CONTENTS
async def test_what_has_no_length_is_sent_to_its_end_on_a_loop(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    assert await drained(AsyncBody(make(), (ByteRange(0, None),))) == LARGE


class Slow(RecordingContent):
    """A content whose second chunk is there only after a while."""

    def __init__(self) -> None:
        super().__init__(piece=ONE_CHUNK)
        self.reading, self.released = threading.Event(), threading.Event()

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        first, *rest = super().chunks(start, stop)
        yield first
        self.steps.append("begin")
        self.reading.set()
        assert self.released.wait(10)
        self.steps.append("end")
        yield from rest


def test_closing_waits_for_the_read_in_flight() -> None:
    """What a thread is reading is closed only when it has got it: its descriptor may be another file's after that."""
    content = Slow()
    body = Body(content, WHOLE)
    reader = threading.Thread(target=lambda: [next(body), next(body)])
    closer = threading.Thread(target=body.close)
    reader.start()
    assert content.reading.wait(10)
    closer.start()
    closer.join(0.05)
    assert closer.is_alive()
    content.released.set()
    reader.join(10)
    closer.join(10)
    assert content.steps == ["read", "begin", "end", "close"]


async def test_closing_waits_for_the_read_in_flight_on_a_loop() -> None:
    """A task that is cancelled while a thread reads for it closes after that."""
    content = Slow()
    task = asyncio.ensure_future(drained(AsyncBody(content, WHOLE)))
    await asyncio.to_thread(content.reading.wait, 10)
    task.cancel()
    await asyncio.wait([task], timeout=0.05)
    assert not task.done()
    content.released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert content.steps == ["read", "begin", "end", "close"]


async def test_a_generator_is_not_read_ahead_without_bounds() -> None:
    """However much there is, an event loop gets it hop by hop, and holds no more than one hop's bytes."""
    made = 0

    def endless() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += ONE_CHUNK
            yield bytes(ONE_CHUNK)

    body = AsyncBody(GeneratedContent(endless()), (ByteRange(0, None),))
    sent = 0
    for _ in range(100):
        sent += len(await anext(body))
        assert made - sent < MOST
    await body.aclose()


async def test_the_first_chunk_of_a_generator_leaves_at_once() -> None:
    """Nobody waits for the second chunk to see the first."""
    seen = threading.Event()

    def patient() -> Iterator[bytes]:
        yield b"first"
        assert seen.wait(10)
        yield b"second"

    body = AsyncBody(GeneratedContent(patient()), (ByteRange(0, None),))
    assert await anext(body) == b"first"
    seen.set()
    assert await anext(body) == b"second"
    assert [chunk async for chunk in body] == []


async def test_chunks_of_an_async_generator_leave_one_by_one() -> None:
    """What is made on an event loop is sent as it is made."""
    seen = asyncio.Event()

    async def patient() -> AsyncIterator[bytes]:
        yield b"first"
        await seen.wait()
        yield b"second"

    body = AsyncBody(AsyncGeneratedContent(patient()), (ByteRange(0, None),))
    assert await anext(body) == b"first"
    seen.set()
    assert await drained(body) == b"second"


async def test_an_iterator_that_never_waits_leaves_turns_to_others() -> None:
    """However fast chunks come, other tasks of the loop go on, among them the one that sees a client leave."""
    left = False

    async def leave() -> None:
        nonlocal left
        left = True

    async def breathless() -> AsyncIterator[bytes]:
        for _ in range(1_000_000):
            if left:
                return
            yield b"more"
        raise AssertionError("Nobody else had a turn.")

    leaving = asyncio.create_task(leave())
    assert set(await drained(AsyncBody(AsyncGeneratedContent(breathless()), (ByteRange(0, None),)))) == set(
        b"more"
    )
    await leaving


async def test_an_async_generator_that_never_waits_lets_others_run() -> None:
    """What is always ready at once does not keep the event loop for itself."""
    ended = False

    async def tireless() -> AsyncIterator[bytes]:
        nonlocal ended
        until = time.monotonic() + 10
        while time.monotonic() < until:
            yield b"x"
        ended = True

    body = AsyncBody(AsyncGeneratedContent(tireless()), (ByteRange(0, None),))
    task = asyncio.ensure_future(drained(body))
    await asyncio.wait([task], timeout=0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not ended


class Iterating(AsyncRecordingContent):
    """A content whose bytes come from an iterator that is no generator."""

    def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        return Chunks(self.chunks(start, stop))


class Chunks:
    """Chunks for an event loop, which have nothing to close."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self.chunks:
            return chunk
        raise StopAsyncIteration


async def test_any_async_iterator_will_do() -> None:
    """A content need not write its chunks as a generator."""
    content = Iterating()
    assert await drained(AsyncBody(content, WHOLE)) == LARGE
    assert content.closed


async def test_chunks_of_a_sized_content_are_gathered() -> None:
    """A hop to a thread is paid for a quarter of a mebibyte, not for each small chunk."""
    content = RecordingContent(piece=100)
    chunks = [chunk async for chunk in AsyncBody(content, WHOLE)]
    assert b"".join(chunks) == LARGE
    assert all(chunks)
    assert content.closed


async def test_a_bridge_leaves_its_iterator_open() -> None:
    """Whoever made an iterator closes it, in the thread that reads it."""
    first = b"a" * LEAST
    generator = (chunk for chunk in (first, b"b"))
    bridge = bridged(generator)
    assert await anext(bridge) == first
    await bridge.aclose()
    assert next(generator) == b"b"


async def test_what_comes_before_an_error_leaves() -> None:
    """Chunks that were gathered in the same hop as an error are sent before it is raised."""

    def breaking() -> Iterator[bytes]:
        yield b"one "
        yield b"two "
        raise ContentTruncated("The third one is missing.")

    chunks = bridged(breaking())
    assert await anext(chunks) == b"one two "
    with pytest.raises(ContentTruncated):
        await anext(chunks)


async def test_a_chunk_does_not_wait_for_one_that_takes_its_time() -> None:
    """What is there leaves, although more is to come: only for a moment is it held back to gather."""
    go_on = threading.Event()

    def hesitating() -> Iterator[bytes]:
        yield b"one "
        yield b"two "
        assert go_on.wait(60)
        yield b"three"

    chunks = bridged(hesitating())
    before = await anext(chunks)
    while before != b"one two ":
        before += await anext(chunks)
    go_on.set()
    assert b"".join([chunk async for chunk in chunks]) == b"three"


async def test_one_context_spans_the_hops() -> None:
    """A context variable that an iterator sets is there when it goes on."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")

    def setting() -> Iterator[bytes]:
        variable.set("set")
        yield b"x" * LEAST
        yield variable.get().encode()

    assert (await drained(bridged(setting())))[LEAST:] == b"set"  # type: ignore[arg-type]  # any will do


async def test_one_context_is_left_as_it_was_found() -> None:
    """What an iterator sets before its first chunk it can take back after its last, hops apart."""
    variable: ContextVar[str] = ContextVar("taken_back", default="unset")

    def borrowing() -> Iterator[bytes]:
        token = variable.set("set")
        for _ in range(4):
            yield b"x" * LEAST
        variable.reset(token)

    assert len(await drained(bridged(borrowing()))) == 4 * LEAST  # type: ignore[arg-type]  # any will do


async def test_a_slow_iterator_gives_its_thread_back() -> None:
    """Whatever else the request does in its thread waits for one chunk at most, not for a quarter of a mebibyte."""
    hops: list[int] = []

    class Slow:
        """Three chunks, each of which takes longer than a hop is patient."""

        def __init__(self) -> None:
            self.left = 3

        def __iter__(self) -> Iterator[bytes]:
            hops.append(self.left)  # each hop begins anew
            return self

        def __next__(self) -> bytes:
            if not self.left:
                raise StopIteration
            self.left -= 1
            threading.Event().wait(2 * PATIENCE)
            return b"x"

    assert await drained(bridged(Slow())) == b"xxx"  # type: ignore[arg-type]  # any will do
    assert hops == [3, 2, 1, 0]


async def test_a_bridge_without_a_thread_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be had, the error is told, and nobody waits for ever."""

    def refused(function: Any) -> Any:
        async def call() -> None:
            raise RuntimeError("no thread to be had")

        return call

    monkeypatch.setattr("downloadable.django_ui.bridge.sync_to_async", refused)
    with pytest.raises(RuntimeError, match="no thread"):
        await asyncio.wait_for(anext(bridged(iter([b"x"]))), 20)


async def test_an_iterator_that_ends_badly_keeps_nothing_open() -> None:
    """The content is closed although its iterator raises when it is given up."""

    class Unwilling(AsyncRecordingContent):
        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            try:
                yield b"x" * 10
                yield b"y" * 10
            finally:
                raise OSError("It does not want to end.")

    content = Unwilling()
    body = AsyncBody(content, WHOLE)
    await anext(body)
    with pytest.raises(OSError, match="does not want"):
        await body.aclose()
    assert content.closed


class Patient(RecordingContent):
    """Waits for an origin that never comes back, unless it is told that nobody wants it any more."""

    def __init__(self) -> None:
        super().__init__()
        self.waits, self.given_up = threading.Event(), threading.Event()

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield LARGE[:10]
        self.waits.set()
        if not self.given_up.wait(20):
            raise AssertionError("Nobody said that it need not wait.")
        raise ContentUnavailable("The origin is away.")

    def give_up(self) -> None:
        self.given_up.set()


async def test_who_leaves_a_wait_for_an_origin_ends_it() -> None:
    """Closing a body on its loop does not wait for an origin to come back, or for patience to run out."""
    content = Patient()
    body = AsyncBody(content, WHOLE)
    assert await anext(body) == LARGE[:10]
    waiting = asyncio.ensure_future(anext(body))
    await asyncio.to_thread(content.waits.wait, 20)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert content.given_up.is_set()
    assert content.closed


def test_closing_from_another_thread_ends_the_wait() -> None:
    """So it is where there is no loop."""
    content = Patient()
    body = Body(content, WHOLE)
    next(body)
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            next(body)
        except ContentUnavailable as error:
            raised.append(error)

    reader = threading.Thread(target=wait)
    reader.start()
    content.waits.wait(20)
    body.close()
    reader.join(20)
    assert [type(error) for error in raised] == [ContentUnavailable]
    assert content.closed


async def test_only_what_was_given_counts_for_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was given a few bytes, and took them promptly, has not shown that it could take many."""
    told: list[int] = []

    class Noted(Pace):
        def took(self, size: int, seconds: float) -> None:
            told.append(size)
            super().took(size, seconds)

    monkeypatch.setattr(bridge, "Pace", Noted)
    assert await drained(bridged(iter([b"a", b"bc", b"d"]))) == b"abcd"  # type: ignore[arg-type]  # any will do
    assert sum(told) == 4
