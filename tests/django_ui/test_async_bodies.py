"""What is at hand leaves without a thread; what is not takes one, and no longer than it must."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext

from downloadable.adapters.memory import MemoryContent
from downloadable.django_ui import async_bodies
from downloadable.django_ui.async_bodies import MISSED, MOST, TURN, AsyncBody
from downloadable.django_ui.pace import LEAST, PROMPTLY
from downloadable.domain import ByteRange, ContentInvalid, ContentTruncated, ContentUnavailable
from tests.django_ui.recording import LARGE, RecordingContent

SIZE = len(LARGE)
WHOLE = (ByteRange(0, SIZE),)
COLD = b""
NEVER = None


class AtHand(RecordingContent):
    """
    Bytes of which most are at hand.

    Args:
        answers: What is given in place of the bytes, by the position they are asked from; ``COLD`` until they are read.
    """

    keeps_database = True  # so that no thread is needed for that

    def __init__(
        self, data: bytes = LARGE, answers: Mapping[int, bytes | None] | None = None, **facts: Any
    ) -> None:
        super().__init__(data, **facts)
        self.answers = dict(answers or {})
        self.read_in: list[int] = []
        self.closed_in: list[int] = []

    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        self.steps.append("nowait")
        return self.answers[start] if start in self.answers else self.data[start:stop]

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.read_in.append(threading.get_ident())
        self.read_ranges = [*getattr(self, "read_ranges", []), (start, stop)]
        self.answers.pop(start, None)
        yield from super().read(start, stop)

    def close(self) -> None:
        self.closed_in.append(threading.get_ident())
        super().close()


async def chunks_of(body: AsyncBody) -> list[bytes]:
    """Read a body to its end."""
    return [chunk async for chunk in body]


async def put_into(got: list[bytes], body: AsyncBody) -> None:
    """Keep what comes, however the body ends."""
    async for chunk in body:
        got.append(chunk)  # noqa: PERF401  (what came before an error counts)


async def test_what_is_at_hand_needs_no_thread() -> None:
    """Nothing but the loop has a part in sending what is at hand, and in closing it."""
    content, before = AtHand(), threading.active_count()
    async with ThreadSensitiveContext():
        chunks = await chunks_of(AsyncBody(content, WHOLE))
        assert threading.active_count() == before
    assert b"".join(chunks) == LARGE
    assert max(map(len, chunks)) <= MOST
    assert content.closed
    assert set(content.closed_in) == {threading.get_ident()}
    assert "read" not in content.steps


@pytest.mark.parametrize("cold", [0, LEAST, 3 * LEAST])
async def test_a_miss_takes_a_thread_and_goes_on_without(cold: int) -> None:
    """Only what is not at hand is waited for in a thread, some of it at a time; what is after that is at hand again."""
    content = AtHand(bytes(3) + LARGE, {cold: COLD})
    body = AsyncBody(content, (ByteRange(0, SIZE + 3),))
    assert b"".join(await chunks_of(body)) == bytes(3) + LARGE
    assert content.read_ranges == [(cold, min(cold + MISSED, SIZE + 3))]
    assert threading.get_ident() not in content.read_in
    after = content.steps[content.steps.index("read") :]
    assert ("nowait" in after) is (cold + MISSED < SIZE + 3)
    assert content.closed


async def test_all_that_is_cold_comes_from_threads() -> None:
    """A file that is not in memory at all is read hop by hop."""
    content = AtHand(answers=dict.fromkeys(range(0, SIZE, LEAST), COLD))
    assert b"".join(await chunks_of(AsyncBody(content, WHOLE))) == LARGE
    assert content.read_ranges == [(0, MISSED), (MISSED, 2 * MISSED)]
    assert content.closed


@pytest.mark.parametrize("since", [0, LEAST, 2 * LEAST])
async def test_what_is_never_at_hand_is_left_to_a_thread(since: int) -> None:
    """Once a content says that nothing more will be at hand, it is not asked again, and a thread reads and closes."""
    content = AtHand(answers={since: NEVER})
    segments = (b"first", ByteRange(0, 3 * LEAST), b"--", ByteRange(5, 10), b"last")
    assert b"".join(await chunks_of(AsyncBody(content, segments))) == (
        b"first" + LARGE[: 3 * LEAST] + b"--" + LARGE[5:10] + b"last"
    )
    assert content.read_ranges == [(since, 3 * LEAST), (5, 10)]
    assert "nowait" not in content.steps[content.steps.index("read") :]
    assert content.closed
    assert content.closed_in[0] != threading.get_ident()


@pytest.mark.parametrize("cold", [None, 10, 300_000])
async def test_sets_of_ranges_leave_in_their_order(cold: int | None) -> None:
    """Framing is sent as it is, and each range is at hand or waited for by itself."""
    content = AtHand(answers={} if cold is None else {cold: COLD})
    segments = (b"first", ByteRange(300_000, 300_005), b"--", ByteRange(10, 20), b"last")
    assert b"".join(await chunks_of(AsyncBody(content, segments))) == (
        b"first" + LARGE[300_000:300_005] + b"--" + LARGE[10:20] + b"last"
    )
    assert len(content.read_in) == (cold is not None)
    assert content.closed


class Strict(AtHand):
    """One that takes it amiss to be asked for more than there is."""

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield from super().chunks(start, stop)
        if stop is not None and stop > len(self.data):
            raise ContentTruncated("There are fewer bytes.")


@pytest.mark.parametrize("cold", [None, 0, LEAST, SIZE])
async def test_what_has_no_length_is_sent_to_its_end(cold: int | None) -> None:
    """Of an unknown length, whatever is there is sent; only reading shows that it is the end."""
    content = Strict(answers={} if cold is None else {cold: COLD}, size=None)
    assert b"".join(await chunks_of(AsyncBody(content, (ByteRange(0, None),)))) == LARGE
    assert content.closed


@pytest.mark.parametrize("answers", [{}, {0: COLD}, {LEAST: COLD}, {LEAST: NEVER}], ids=str)
async def test_a_short_content_is_an_error(answers: dict[int, bytes | None]) -> None:
    """If there are fewer bytes than were announced, all of them are sent, and the end is an error."""
    content = AtHand(answers=answers)
    got: list[bytes] = []
    with pytest.raises(ContentTruncated):
        await put_into(got, AsyncBody(content, (ByteRange(0, SIZE + 1), b"framing")))
    assert b"".join(got) == LARGE
    assert content.closed


@pytest.mark.parametrize("position", [0, LEAST])
async def test_more_than_was_asked_for_is_an_error(position: int) -> None:
    """A content that gives more than its part would push its bytes into what follows."""
    content = AtHand(answers={position: bytes(2 * LEAST)})
    got: list[bytes] = []
    with pytest.raises(ContentInvalid):
        await put_into(got, AsyncBody(content, (ByteRange(0, LEAST + 1), b"framing")))
    assert b"".join(got) == LARGE[:position]
    assert content.closed


async def test_an_error_in_looking_closes() -> None:
    """What fails to say whether it is at hand is closed."""

    class Failing(AtHand):
        def read_nowait(self, start: int, stop: int | None) -> bytes | None:
            raise ContentUnavailable("The disk is gone.")

    content = Failing()
    with pytest.raises(ContentUnavailable):
        await chunks_of(AsyncBody(content, WHOLE))
    assert content.closed


# Ending early


class Disk(AtHand):
    """A content whose cold bytes keep a thread waiting until they are released."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(answers={LEAST: COLD}, **facts)
        self.reading, self.released = threading.Event(), threading.Event()

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.reading.set()
        assert self.released.wait(10)
        self.steps.append("end")
        yield from super().chunks(start, stop)


async def test_closing_waits_for_the_thread_that_reads() -> None:
    """A task that is cancelled while a thread waits for the disk closes after that."""
    content = Disk()
    task = asyncio.ensure_future(chunks_of(AsyncBody(content, WHOLE)))
    await asyncio.to_thread(content.reading.wait, 10)
    task.cancel()
    await asyncio.wait([task], timeout=0.02)
    assert not task.done()
    assert "close" not in content.steps
    content.released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert content.steps.index("end") < content.steps.index("close")
    assert content.closed


async def test_who_is_cancelled_twice_does_not_close_on_the_loop() -> None:
    """Closing would wait for the thread that reads, and all others with it."""
    content = Disk()
    task = asyncio.ensure_future(chunks_of(AsyncBody(content, WHOLE)))
    await asyncio.to_thread(content.reading.wait, 10)
    for _ in range(2):
        task.cancel()
        await asyncio.wait([task], timeout=0.02)
    assert not task.done()
    content.released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert content.steps.index("end") < content.steps.index("close")
    assert content.closed_in[0] != threading.get_ident()


@pytest.mark.parametrize("answers", [{}, {0: COLD}, {LEAST: COLD}, {LEAST: NEVER}], ids=str)
@pytest.mark.parametrize("taken", [0, 1, 2, 3])
async def test_a_body_may_be_closed_at_any_moment(answers: dict[int, bytes | None], taken: int) -> None:
    """However much of it was read, and however that was, it ends there, and nothing stays open."""
    content = AtHand(answers=answers)
    body = AsyncBody(content, WHOLE)
    got = [await anext(body) for _ in range(taken)]
    await body.aclose()
    assert content.closed
    assert LARGE.startswith(b"".join(got))
    assert await chunks_of(body) == []
    await body.aclose()
    assert content.closed


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Let nothing go but what nobody refers to."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("answers", [{}, {0: COLD}, {LEAST: NEVER}], ids=str)
@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_a_forgotten_body_closes_at_once(answers: dict[int, bytes | None], taken: int) -> None:
    """A body that a middleware drops closes without waiting for the garbage collector."""
    content = AtHand(answers=answers)
    body = AsyncBody(content, WHOLE)
    for _ in range(taken):
        await anext(body)
    del body
    assert content.closed


# Pace and turns


class Clock:
    """A clock that goes on when it is told to, and by *step* whenever somebody looks."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 1000.0, step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now


async def sizes_of(clock: Clock, seconds: Iterator[float]) -> list[int]:
    """Take a chunk for each of the *seconds* that the client takes for it; return how large they were."""
    sizes: list[int] = []
    content = MemoryContent(bytes(32 * 1024 * 1024))
    body = AsyncBody(content, (ByteRange(0, 32 * 1024 * 1024),))
    for taken in seconds:
        sizes.append(len(await anext(body)))
        clock.now += taken
    await body.aclose()
    return sizes


async def test_who_keeps_up_is_given_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that takes all promptly, for long, gets larger chunks, up to the most; they begin small."""
    monkeypatch.setattr(async_bodies, "time", clock := Clock())
    sizes = await sizes_of(clock, iter([PROMPTLY / 2] * 70))
    assert sizes[0] == LEAST
    assert sizes == sorted(sizes)
    assert sizes[-1] == MOST


async def test_who_takes_his_time_holds_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow clients, of whom there may be thousands, are given no more at a time than at first."""
    monkeypatch.setattr(async_bodies, "time", clock := Clock())
    assert set(await sizes_of(clock, iter([PROMPTLY * 2] * 70))) == {LEAST}


async def test_who_becomes_slow_holds_little_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that took too long is followed by as much as it takes promptly, which may be the least."""
    monkeypatch.setattr(async_bodies, "time", clock := Clock())
    sizes = await sizes_of(clock, iter([*[PROMPTLY / 2] * 70, PROMPTLY * 2, PROMPTLY * 100, 0]))
    assert sizes[-3] == MOST
    assert sizes[-2] == pytest.approx(MOST / 2, rel=0.01)
    assert sizes[-1] == LEAST


async def test_a_body_leaves_turns_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a body is drained by somebody who never waits, other tasks have their turn every now and then."""
    monkeypatch.setattr(async_bodies, "time", Clock(step=TURN / 2))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    chunks = await chunks_of(AsyncBody(AtHand(LARGE * 4), (ByteRange(0, 4 * SIZE),)))
    task.cancel()
    assert len(chunks) / 4 <= turns < len(chunks)
