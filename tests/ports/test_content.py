from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

import pytest

from downloadable.domain import PLAIN_GET, ContentError, ContentForbidden, DownloadRequest, Resource
from downloadable.ports import AsyncContent, Content, Missing
from downloadable.ports.contract import open_descriptors


class Plain(Content):
    """The least that a content has to say."""

    def describe(self, asked: DownloadRequest) -> Resource:
        return Resource(size=0)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return iter(())


class Digits(AsyncContent):
    """Ten bytes, one at a time, each from an event loop; says what became of it."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.finished: list[asyncio.AbstractEventLoop] = []
        self.closed: list[asyncio.AbstractEventLoop] = []

    def describe(self, asked: DownloadRequest) -> Resource:
        return Resource(name="digits", size=10)

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        try:
            for digit in range(start, 10 if stop is None else stop):
                await asyncio.sleep(0)
                self.loops.append(asyncio.get_running_loop())
                yield b"%d" % digit
        finally:
            self.finished.append(asyncio.get_running_loop())

    async def aclose(self) -> None:
        self.closed.append(asyncio.get_running_loop())


def test_a_content_needs_no_more_than_to_describe_and_to_read() -> None:
    """The rest has an answer that is right for a content without a name, a place or a descriptor."""
    content = Plain()
    assert content.known() == Resource()
    assert content.locations() == ()
    assert content.fileno() is None
    assert not content.at_hand()
    assert content.read_nowait(0, 4) is None
    content.acquire()
    content.close()
    content.close()


def test_missing_raises_its_error_wherever_it_is_used() -> None:
    """Nothing can be had of what is missing, but it can be closed, and it says nothing before it is described."""
    error = ContentForbidden("Not yours.")
    content = Missing(error)
    assert content.known() == Resource()
    assert content.locations() == ()
    with pytest.raises(ContentForbidden) as described:
        content.describe(PLAIN_GET)
    with pytest.raises(ContentForbidden) as acquired:
        content.acquire()
    with pytest.raises(ContentForbidden) as read:
        content.read(0, None)
    assert {described.value, acquired.value, read.value} == {error}
    content.close()


def test_an_error_that_is_raised_often_does_not_grow() -> None:
    """What a source hands out for good holds the frames of one request, not those of all that there were."""
    content = Missing(ContentForbidden("Not yours."))
    lengths = []
    for _ in range(3):
        with pytest.raises(ContentForbidden) as raised:
            content.describe(PLAIN_GET)
        lengths.append(len(raised.traceback))
    assert lengths == lengths[:1] * 3


def test_async_content_is_read_from_synchronous_code() -> None:
    """Under WSGI, the bytes come in order, through a loop that only turns for them."""
    content = Digits()
    assert list(content.read(0, 10)) == [b"%d" % digit for digit in range(10)]
    content.close()


def test_several_reads_share_one_loop() -> None:
    """The ranges of one answer come from the same loop, so that what one opened the next can use."""
    content = Digits()
    assert b"".join(content.read(2, 4)) == b"23"
    assert b"".join(content.read(7, None)) == b"789"
    content.close()
    assert len(set(content.loops)) == 1


def test_closing_half_way_ends_what_is_being_read() -> None:
    """Closing runs the end of a read that stopped half-way, and ``aclose``, on the loop that reads, and closes that."""
    content = Digits()
    chunks = content.read(0, 10)
    assert next(chunks) == b"0"
    content.close()
    (loop,) = set(content.loops)
    assert content.closed == [loop]
    assert content.finished == [loop]
    assert loop.is_closed()


def test_reading_on_after_close_is_an_error() -> None:
    """A read that was under way when the content was closed says so."""
    content = Digits()
    chunks = content.read(0, 10)
    next(chunks)
    content.close()
    with pytest.raises(ContentError):
        next(chunks)


def test_closing_twice_is_closing_once() -> None:
    """The second close finds nothing to do."""
    content = Digits()
    list(content.read(0, 10))
    content.close()
    content.close()
    assert len(content.closed) == 1


def test_what_was_not_read_has_no_loop_to_close() -> None:
    """Closing an unread content makes no loop for that."""
    gc.collect()
    before = open_descriptors()
    content = Digits()
    content.close()
    assert content.closed == []
    assert open_descriptors() <= before


def test_no_loop_is_left_behind() -> None:
    """Read, half-read and failed contents leave no descriptor and no warning behind."""
    gc.collect()  # what other tests have left behind
    gc.collect()
    before = open_descriptors()
    for _ in range(3):
        content = Digits()
        next(content.read(0, 10))
        content.close()
    gc.collect()
    assert open_descriptors() <= before


def test_a_task_that_still_runs_is_ended() -> None:
    """What a content started on the loop beside its reading is cancelled with it."""
    ended = []

    class WithTask(Digits):
        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            self.task = asyncio.create_task(self.forever())
            async for chunk in super().aread(start, stop):
                yield chunk

        async def forever(self) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

    content = WithTask()
    assert b"".join(content.read(0, 3)) == b"012"
    content.close()
    assert ended == [True]


def test_an_error_on_the_way_arrives() -> None:
    """What ``aread`` raises, ``read`` raises; closing still works."""

    class Failing(Digits):
        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            yield b"0"
            raise ContentForbidden("No more.")

    content = Failing()
    chunks = content.read(0, 10)
    assert next(chunks) == b"0"
    with pytest.raises(ContentForbidden):
        next(chunks)
    content.close()
    assert len(content.closed) == 1


def test_an_error_in_closing_still_closes_the_loop() -> None:
    """Whatever ``aclose`` raises, the loop does not stay open."""

    class Failing(Digits):
        async def aclose(self) -> None:
            await super().aclose()
            raise ContentForbidden("Won't.")

    content = Failing()
    list(content.read(0, 10))
    with pytest.raises(ContentForbidden):
        content.close()
    assert content.closed[0].is_closed()


def test_closing_waits_for_the_chunk_in_flight() -> None:
    """From another thread, closing waits for the step that is being taken; the loop is never turned by two."""
    started, go_on = threading.Event(), threading.Event()

    class Slow(Digits):
        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            started.set()
            await asyncio.get_running_loop().run_in_executor(None, go_on.wait)
            yield b"0"

    content = Slow()
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(next(content.read(0, 10))))
    reader.start()
    started.wait()
    closer = threading.Thread(target=content.close)
    closer.start()
    go_on.set()
    reader.join()
    closer.join()
    assert got == [b"0"]
    assert content.closed[0].is_closed()


async def test_on_a_loop_of_its_own_reader_nothing_is_bridged() -> None:
    """Under ASGI the content is read on the server's loop, and closing it needs no other."""
    content = Digits()
    assert [chunk async for chunk in content.aread(8, None)] == [b"8", b"9"]
    await content.aclose()
    content.close()
    assert set(content.loops) == {asyncio.get_running_loop()} == set(content.closed)


async def test_aclose_has_nothing_to_do_by_default() -> None:
    """A content that acquires nothing on the loop need not say how it is released."""

    class Simple(AsyncContent):
        def describe(self, asked: DownloadRequest) -> Resource:
            return Resource()

        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            yield b"0"

    content = Simple()
    assert [chunk async for chunk in content.aread(0, None)] == [b"0"]
    await content.aclose()


def test_context_of_the_caller_is_seen() -> None:
    """What the request put into context variables is there where the bytes are made."""
    tenant: ContextVar[bytes] = ContextVar("tenant")

    class Tenant(Digits):
        async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
            yield tenant.get()

    tenant.set(b"acme")
    content = Tenant()
    assert list(content.read(0, None)) == [b"acme"]
    content.close()
