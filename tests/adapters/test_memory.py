from __future__ import annotations

import array
import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from downloadable.adapters.memory import (
    HASHED,
    AsyncGeneratedContent,
    GeneratedContent,
    MemoryContent,
    MemorySource,
)
from downloadable.domain import (
    PLAIN_GET,
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTruncated,
    EntityTag,
    Resource,
)
from downloadable.ports import Content, Missing
from downloadable.ports.contract import SourceContract


class TestMemorySource(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> MemorySource:
        return MemorySource(files)


class Generating:
    """Each file as chunks that are made when asked for."""

    def __init__(self, files: Mapping[str, bytes], kind: type[Content], sized: bool) -> None:
        self.files, self.kind, self.sized = files, kind, sized

    def open(self, key: str) -> Content:
        data = self.files.get(key)
        if data is None:
            return Missing(ContentNotFound(key))
        resource = Resource(name=key, size=len(data) if self.sized else None)
        chunks = (data[start : start + 65_537] for start in range(0, len(data), 65_537))
        if self.kind is GeneratedContent:
            return GeneratedContent(chunks, resource)
        return AsyncGeneratedContent(later(chunks), resource)


async def later(chunks: Iterator[Any]) -> AsyncIterator[Any]:
    """Yield *chunks*, each after a turn of the event loop."""
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


class TestGenerated(SourceContract):
    kind: type[Content] = GeneratedContent
    sized = False

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Generating:
        return Generating(files, self.kind, self.sized)


class TestGeneratedOfKnownSize(TestGenerated):
    sized = True


class TestAsyncGenerated(TestGenerated):
    kind = AsyncGeneratedContent


class TestAsyncGeneratedOfKnownSize(TestAsyncGenerated):
    sized = True


# Bytes at hand


def test_a_key_with_directories_names_its_last_segment() -> None:
    """What the client saves is called by the last segment of the key."""
    assert MemorySource({"a/b/c.txt": b""}).open("a/b/c.txt").known().name == "c.txt"


def test_a_mapping_is_looked_up_for_each_content() -> None:
    """What was opened stays what it is; what is opened next is what is there then."""
    files = {"a.txt": b"before"}
    source = MemorySource(files)
    content = source.open("a.txt")
    files["a.txt"] = b"after"
    assert b"".join(content.read(0, None)) == b"before"
    assert b"".join(source.open("a.txt").read(0, None)) == b"after"


def test_named_takes_further_facts() -> None:
    """A custom source says in one line what it hands out."""
    content = MemoryContent.named("a.bin", b"abc", content_type="text/x-a", entity_tag=EntityTag("v1"))
    expected = Resource(name="a.bin", size=3, content_type="text/x-a", entity_tag=EntityTag("v1"))
    assert content.known() == content.describe(PLAIN_GET) == expected


def test_an_announced_size_must_be_that_of_the_bytes() -> None:
    """Whoever says so many bytes shall not get others, nor wonder where the rest is."""
    assert MemoryContent(b"abc", Resource(size=3)).describe(PLAIN_GET).size == 3
    content = MemoryContent(b"abc", Resource(name="a.txt", size=7))
    with pytest.raises(ContentInvalid, match=r"'a\.txt' has 3 bytes, not the 7"):
        content.describe(PLAIN_GET)


def test_an_owner_of_bytes_is_closed_once() -> None:
    """What the bytes were taken out of may have more to release."""
    owner = Closeable()
    content = MemoryContent(b"abc", owner=owner)
    assert b"".join(content.read(0, None)) == b"abc"
    content.close()
    content.close()
    assert owner.closed == 1


@pytest.mark.parametrize(
    ("size", "tagged"),
    [(0, True), (11, True), (HASHED - 1, True), (HASHED, True), (HASHED + 1, False)],
)
def test_small_contents_have_a_strong_tag(size: int, tagged: bool) -> None:
    """Up to 64 KiB, the tag is a hash of the bytes; beyond that, hashing would cost more than sending."""
    data = b"x" * size
    tag = MemoryContent(data).describe(PLAIN_GET).entity_tag
    assert tag == (EntityTag(hashlib.sha256(data).hexdigest()[:32]) if tagged else None)


def test_hashing_waits_for_a_look() -> None:
    """Where somebody else sends the bytes, or the policy compares nothing, nothing is hashed."""
    content = MemoryContent(b"abc")
    assert content.known().entity_tag is None
    content.describe(PLAIN_GET)
    assert content.known().entity_tag is not None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytearray(b"0123456789ab"), id="bytearray"),
        pytest.param(memoryview(b"0123456789ab"), id="memoryview"),
        pytest.param(memoryview(b"..0123456789ab..")[2:-2], id="part of a memoryview"),
        pytest.param(memoryview(array.array("I", b"0123456789ab")), id="memoryview of integers"),
    ],
)
def test_whatever_holds_bytes_is_served_as_bytes(data: bytearray | memoryview) -> None:
    """Lengths are counted in bytes and chunks are bytes, whatever the buffer holds."""
    content = MemoryContent(data)
    assert content.describe(PLAIN_GET).size == 12
    chunks = list(content.read(3, 10))
    assert chunks == [b"3456789"]
    assert type(chunks[0]) is bytes


def test_memory_is_not_copied_beforehand() -> None:
    """Wrapping takes a view: the bytes are copied chunk by chunk, when they are sent."""
    data = bytearray(b"before")
    content = MemoryContent(data)
    data[:] = b"after."
    assert b"".join(content.read(0, None)) == b"after."


# Bytes that are made


def generated(chunks: Any, resource: Resource | None = None, **options: Any) -> GeneratedContent:
    """Make a content of *chunks* that come one by one."""
    return GeneratedContent(iter(chunks), resource, **options)


def async_generated(chunks: Any, resource: Resource | None = None, **options: Any) -> AsyncGeneratedContent:
    """Make the same of an asynchronous iterator."""
    return AsyncGeneratedContent(later(iter(chunks)), resource, **options)


both = pytest.mark.parametrize("make", [generated, async_generated])


@both
def test_generated_content_is_read_from_its_start(make: Any) -> None:
    """Nothing that is made on the way can start in the middle, whatever was told beforehand."""
    content = make([b"abc"], Resource(name="a.txt", size=3, seekable=True))
    expected = Resource(name="a.txt", size=3, seekable=False)
    assert content.known() == content.describe(PLAIN_GET) == expected
    content.close()


@both
@pytest.mark.parametrize(
    ("chunks", "encoding", "expected"),
    [
        pytest.param(["naïve", b"\xff"], "utf-8", "naïve".encode() + b"\xff", id="text and bytes"),
        pytest.param(["naïve"], "latin-1", b"na\xefve", id="another charset"),
        pytest.param([bytearray(b"ab"), memoryview(b"cd")], "utf-8", b"abcd", id="other bytes"),
        pytest.param([b"", "", b"a", b""], "utf-8", b"a", id="empty chunks"),
        pytest.param([], "utf-8", b"", id="nothing"),
    ],
)
def test_chunks_may_be_bytes_or_text(make: Any, chunks: Any, encoding: str, expected: bytes) -> None:
    """Text is encoded, the like of bytes becomes bytes, and what is empty is left out."""
    content = make(chunks, encoding=encoding)
    got = list(content.read(0, None))
    content.close()
    assert b"".join(got) == expected
    assert all(type(chunk) is bytes and chunk for chunk in got)


@both
@pytest.mark.parametrize("chunk", [7, None, ["a"], object()])
def test_other_chunks_are_a_clear_mistake(make: Any, chunk: object) -> None:
    """What is neither bytes nor text is refused by name; even ``None``, which must not pass for the end."""
    content = make([b"a", chunk, b"b"])
    with pytest.raises(TypeError, match="must be bytes or str"):
        list(content.read(0, None))
    content.close()


@both
@pytest.mark.parametrize(
    ("size", "error", "sent"),
    [
        pytest.param(6, None, b"abcdef", id="as announced"),
        pytest.param(7, ContentTruncated, b"abcdef", id="too long"),
        pytest.param(5, ContentInvalid, b"abc", id="too short, within a chunk"),
        pytest.param(3, ContentInvalid, b"abc", id="too short, between two"),
        pytest.param(0, ContentInvalid, b"", id="not empty"),
    ],
)
def test_an_announced_size_is_kept(
    make: Any, size: int, error: type[ContentError] | None, sent: bytes
) -> None:
    """No more bytes leave than were announced; a chunk that goes on after them is not cut, but an error."""
    content = make([b"abc", b"", b"def"], Resource(size=size))
    got: list[bytes] = []
    if error is None:
        got.extend(content.read(0, size))
    else:
        with pytest.raises(error):
            got.extend(content.read(0, size))
    content.close()
    assert b"".join(got) == sent


@both
def test_a_part_ends_where_it_was_asked_to(make: Any) -> None:
    """A slice that is shorter than the whole is cut out of the chunks, and no more is made than it takes."""
    made = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"abc", b"def", b"ghi"):
            made.append(chunk)
            yield chunk

    content = make(chunks(), Resource(size=9))
    assert b"".join(content.read(1, 5)) == b"bcde"
    content.close()
    assert made == [b"abc", b"def"]


@both
def test_a_generator_runs_to_its_own_end(make: Any) -> None:
    """What a generator does after its last chunk is done, though the announced bytes are all there before it."""
    done = []

    def chunks() -> Iterator[bytes]:
        yield b"abc"
        done.append(True)

    content = make(chunks(), Resource(size=3))
    assert b"".join(content.read(0, 3)) == b"abc"
    assert done == [True]
    content.close()


@both
def test_it_is_sent_once(make: Any) -> None:
    """Reading again is an error, never an empty download."""
    content = make([b"abc"])
    assert b"".join(content.read(0, None)) == b"abc"
    with pytest.raises(ContentError, match="was sent already"):
        list(content.read(0, None))
    content.close()


@both
def test_closing_half_way_closes_the_generator(make: Any) -> None:
    """A client that leaves lets the generator clean up."""
    cleaned = []

    def chunks() -> Iterator[bytes]:
        try:
            yield b"abc"
            yield b"def"
        finally:
            cleaned.append(True)

    async def async_chunks() -> AsyncIterator[bytes]:
        try:
            yield b"abc"
            yield b"def"
        finally:
            cleaned.append(True)

    content = GeneratedContent(chunks()) if make is generated else AsyncGeneratedContent(async_chunks())
    assert next(iter(content.read(0, None))) == b"abc"
    content.close()
    content.close()
    assert cleaned == [True]


@pytest.mark.filterwarnings("error")
@both
def test_closing_what_never_started_is_quiet(make: Any) -> None:
    """A generator that was never asked for anything has nothing to clean up, and complains of nothing."""
    content = make([b"abc"])
    content.close()
    content.close()


class Closeable:
    """Chunks that want to be told when nobody needs them any more."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"abc"])

    def close(self) -> None:
        self.closed += 1


class CloseableIterator(Closeable):
    """The same, being its own iterator."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks = [b"abc"]

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self.chunks:
            raise StopIteration
        return self.chunks.pop()


@pytest.mark.parametrize("kind", [Closeable, CloseableIterator])
@pytest.mark.parametrize("started", [False, True])
def test_chunks_are_closed_once(kind: type[Closeable], started: bool) -> None:
    """Whatever hands out the chunks is closed once, whether it was started or not, and however often we are."""
    chunks = kind()
    content = GeneratedContent(chunks)
    if started:
        next(iter(content.read(0, None)))
    content.close()
    content.close()
    assert chunks.closed == 1


def test_an_error_in_closing_spares_nothing() -> None:
    """What hands out the chunks is closed although its iterator fails in closing."""

    class Failing(Closeable):
        def __iter__(self) -> Iterator[bytes]:
            try:
                yield b"abc"
            finally:
                raise RuntimeError("a mistake")

    chunks = Failing()
    content = GeneratedContent(chunks)
    next(iter(content.read(0, None)))
    with pytest.raises(RuntimeError, match="a mistake"):
        content.close()
    assert chunks.closed == 1


def test_what_was_closed_is_not_sent() -> None:
    """After close there is nothing to read; it must not look like an empty download."""
    content = generated([b"abc"])
    content.close()
    with pytest.raises(ContentError):
        list(content.read(0, None))


async def test_async_content_is_closed_on_the_loop_that_reads() -> None:
    """Under ASGI the generator is closed where it ran."""
    loops = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"abc"
            yield b"def"
        finally:
            loops.append(asyncio.get_running_loop())

    content = AsyncGeneratedContent(chunks())
    reading = content.aread(0, None)
    assert await anext(reading) == b"abc"
    await content.aclose()
    await content.aclose()
    assert loops == [asyncio.get_running_loop()]


class AsyncCloseable:
    """Chunks that want to be told, on the loop, when nobody needs them any more."""

    def __init__(self) -> None:
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async def aclose(self) -> None:
        self.closed += 1


class AsyncCloseableIterator(AsyncCloseable):
    """The same, being its own iterator."""

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> bytes:
        return b"abc"


class AsyncFailing(AsyncCloseable):
    """The same, whose iterator fails in closing."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            yield b"abc"
        finally:
            raise RuntimeError("a mistake")


@pytest.mark.parametrize("kind", [AsyncCloseable, AsyncCloseableIterator])
@pytest.mark.parametrize("begun", [False, True])
async def test_async_chunks_are_closed_once(kind: type[AsyncCloseable], begun: bool) -> None:
    """Whatever hands out the chunks is closed once, however often we are, and is not read after that."""
    chunks = kind()
    content = AsyncGeneratedContent(chunks)
    if begun:
        await anext(content.aread(0, None))
    await content.aclose()
    await content.aclose()
    assert chunks.closed == 1
    with pytest.raises(ContentError):
        await anext(content.aread(0, None))


def test_async_chunks_are_closed_after_synchronous_reading() -> None:
    """On the loop that read them."""
    chunks = AsyncCloseable()
    content = AsyncGeneratedContent(chunks)
    assert b"".join(content.read(0, None)) == b"abcdef"
    content.close()
    assert chunks.closed == 1


async def test_an_error_in_closing_spares_nothing_async() -> None:
    """What hands out the chunks is closed although its iterator fails in closing."""
    chunks = AsyncFailing()
    content = AsyncGeneratedContent(chunks)
    await anext(content.aread(0, None))
    with pytest.raises(RuntimeError, match="a mistake"):
        await content.aclose()
    assert chunks.closed == 1


async def test_an_async_iterable_without_aclose_is_fine() -> None:
    """An iterator need be no more than that."""

    class Once:
        def __init__(self) -> None:
            self.chunks = ["a", "b"]

        def __aiter__(self) -> Once:
            return self

        async def __anext__(self) -> str:
            if not self.chunks:
                raise StopAsyncIteration
            return self.chunks.pop(0)

    content = AsyncGeneratedContent(Once())
    assert [chunk async for chunk in content.aread(0, None)] == [b"a", b"b"]
    await content.aclose()
