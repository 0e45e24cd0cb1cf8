from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from downloadable.adapters.local import LocalContent
from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent, MemoryContent
from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    ContentTruncated,
    DownloadRequest,
    Plan,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import AsyncContent, Content, LocalFile, Served
from downloadable.ports.observer import observed

DATA = b"0123456789" * 1000
FACTS = Resource(name="data.bin", size=len(DATA))
WHOLE = Plan(200, body=(ByteRange(0, len(DATA)),))
RANGES = Plan(206, body=(b"--b", ByteRange(0, 10), b"--b", ByteRange(20, 25), b"--b--"))


def chunked(data: bytes = DATA) -> Iterator[bytes]:
    """Yield *data* in chunks of a thousand bytes."""
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


async def async_chunked(data: bytes = DATA) -> AsyncIterator[bytes]:
    """Yield the same for an event loop."""
    for chunk in chunked(data):
        yield chunk


def carried_out(content: Content, plan: Plan) -> bytes:
    """Send a plan as a server that reads all of it does."""
    parts: list[bytes] = []
    for segment in plan.body:
        parts.extend([segment] if isinstance(segment, bytes) else content.read(segment.start, segment.stop))
    content.close()
    return b"".join(parts)


async def acarried_out(content: Content, plan: Plan) -> bytes:
    """Send a plan as a server with an event loop does."""
    assert isinstance(content, AsyncContent)
    parts: list[bytes] = []
    for segment in plan.body:
        if isinstance(segment, bytes):
            parts.append(segment)
        else:
            parts.extend([chunk async for chunk in content.aread(segment.start, segment.stop)])
    await content.aclose()
    content.close()
    return b"".join(parts)


def told(heard: Sequence[Served]) -> list[tuple[str, int]]:
    """Return what observers heard, without what is the same for all."""
    return [(served.outcome, served.bytes_sent) for served in heard]


# Whatever is read


def test_a_download_that_ends_is_completed() -> None:
    """Everybody hears once what was described, what was answered, how much left and how long it took."""
    heard: list[Served] = []
    also: list[Served] = []
    content = observed(MemoryContent(DATA), FACTS, WHOLE, [heard.append, also.append])
    assert carried_out(content, WHOLE) == DATA
    (served,) = heard
    assert also == [served]
    assert (served.resource, served.plan) == (FACTS, WHOLE)
    assert told(heard) == [("completed", len(DATA))]
    assert 0 <= served.seconds < 60


def test_the_framing_of_ranges_does_not_count() -> None:
    """Of several ranges, only the bytes of the content are counted."""
    heard: list[Served] = []
    content = observed(MemoryContent(DATA), FACTS, RANGES, [heard.append])
    assert carried_out(content, RANGES) == b"--b0123456789--b01234--b--"
    assert told(heard) == [("completed", 15)]


@pytest.mark.parametrize("plan", [Plan(304), Plan(416), Plan(200, body=(b"",))])
def test_an_answer_without_content_is_completed_at_once(plan: Plan) -> None:
    """A 304 or a HEAD has nothing left to send."""
    heard: list[Served] = []
    observed(MemoryContent(DATA), FACTS, plan, [heard.append]).close()
    assert told(heard) == [("completed", 0)]


def test_empty_content_is_completed_when_it_was_read() -> None:
    """A range without bytes is one that ends all the same."""
    heard: list[Served] = []
    plan = Plan(200, body=(ByteRange(0, 0),))
    carried_out(observed(MemoryContent(b""), FACTS, plan, [heard.append]), plan)
    assert told(heard) == [("completed", 0)]


def test_a_client_that_leaves_aborts() -> None:
    """What was left when the body was closed tells how far it came."""
    heard: list[Served] = []
    content = observed(GeneratedContent(chunked()), FACTS, WHOLE, [heard.append])
    chunks = content.read(0, len(DATA))
    next(chunks)
    next(chunks)
    content.close()
    assert told(heard) == [("aborted", 2000)]


def test_a_client_that_leaves_between_ranges_aborts() -> None:
    """One range of two is not all."""
    heard: list[Served] = []
    content = observed(MemoryContent(DATA), FACTS, RANGES, [heard.append])
    list(content.read(0, 10))
    content.close()
    assert told(heard) == [("aborted", 10)]


def test_what_never_started_is_aborted() -> None:
    """A response that is dropped before its first byte is heard of too."""
    heard: list[Served] = []
    observed(MemoryContent(DATA), FACTS, WHOLE, [heard.append]).close()
    assert told(heard) == [("aborted", 0)]


def test_a_content_that_is_too_short_fails() -> None:
    """Fewer bytes than announced are a failure of ours, not of the client."""
    heard: list[Served] = []
    content = observed(MemoryContent(DATA[:1500]), FACTS, WHOLE, [heard.append])
    with pytest.raises(ContentTruncated):
        carried_out(content, WHOLE)
    content.close()
    assert told(heard) == [("failed", 1500)]


class Careless(Content):
    """A content that neither stops where it should nor says when it has too little."""

    def describe(self, asked: DownloadRequest) -> Resource:
        return FACTS

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return chunked()


def test_a_content_that_ends_too_early_without_a_word_fails() -> None:
    """Less than announced is a failure, whoever notices."""
    heard: list[Served] = []
    plan = Plan(200, body=(ByteRange(0, len(DATA) + 1),))
    carried_out(observed(Careless(), FACTS, plan, [heard.append]), plan)
    assert told(heard) == [("failed", len(DATA))]


def test_a_content_that_gives_too_much_is_completed() -> None:
    """A surplus is never sent, so it does not count, and whoever stops reading there has not aborted."""
    heard: list[Served] = []
    content = observed(Careless(), FACTS, Plan(206, body=(ByteRange(0, 1500),)), [heard.append])
    chunks = content.read(0, 1500)
    next(chunks)
    next(chunks)
    content.close()
    assert told(heard) == [("completed", 1500)]


def test_a_client_that_takes_the_last_byte_has_all() -> None:
    """Nobody needs to ask again whether there is more."""
    heard: list[Served] = []
    content = observed(MemoryContent(DATA), FACTS, WHOLE, [heard.append])
    assert next(content.read(0, len(DATA))) == DATA
    content.close()
    assert told(heard) == [("completed", len(DATA))]


def test_an_error_half_way_fails() -> None:
    """What made it fail reaches the server, and the observers hear of it."""
    heard: list[Served] = []

    def failing() -> Iterator[bytes]:
        yield b"abc"
        raise ZeroDivisionError

    content = observed(GeneratedContent(failing()), FACTS, WHOLE, [heard.append])
    with pytest.raises(ZeroDivisionError):
        carried_out(content, WHOLE)
    content.close()
    assert told(heard) == [("failed", 3)]


def test_closing_twice_is_heard_once() -> None:
    """One answer, one report."""
    heard: list[Served] = []
    content = observed(MemoryContent(DATA), FACTS, WHOLE, [heard.append])
    carried_out(content, WHOLE)
    content.close()
    content.close()
    assert len(heard) == 1


def test_an_error_in_closing_is_reported_all_the_same() -> None:
    """The bytes have left, whatever happens to what held them."""
    heard: list[Served] = []

    class Stuck(MemoryContent):
        def close(self) -> None:
            raise OSError("stuck")

    content = observed(Stuck(DATA), FACTS, WHOLE, [heard.append])
    with pytest.raises(OSError, match="stuck"):
        carried_out(content, WHOLE)
    assert told(heard) == [("completed", len(DATA))]


def test_an_observer_that_raises_is_logged_and_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bookkeeping that fails changes nothing for the client, nor for other observers."""
    heard: list[Served] = []

    def failing(served: Served) -> None:
        raise ZeroDivisionError("no bookkeeping today")

    content = observed(MemoryContent(DATA), FACTS, WHOLE, [failing, heard.append])
    with caplog.at_level(logging.ERROR, logger="downloadable"):
        assert carried_out(content, WHOLE) == DATA
    assert told(heard) == [("completed", len(DATA))]
    (record,) = caplog.records
    assert record.name == "downloadable"
    assert "data.bin" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_whatever_is_asked_is_asked_of_the_content(tmp_path: Path) -> None:
    """Observing changes nothing but that it is heard of; only zero copy, which nobody could count, is off."""
    (tmp_path / "a.txt").write_bytes(DATA)
    content = LocalContent(tmp_path / "a.txt")
    watched = observed(content, FACTS, WHOLE, [])
    assert watched.known() == content.known()
    assert watched.locations() == content.locations()
    assert isinstance(watched.locations()[0], LocalFile)
    assert watched.describe(PLAIN_GET) == content.describe(PLAIN_GET)
    watched.acquire()
    assert content.fileno() is not None
    assert watched.fileno() is None
    watched.close()
    assert content.fileno() is None


def test_a_decided_plan_is_counted() -> None:
    """What ``decide`` plans for two ranges is what the observer hears of."""
    heard: list[Served] = []
    content = MemoryContent(DATA, FACTS)
    asked = DownloadRequest.from_headers("GET", {"Range": "bytes=0-99,5000-5099"})
    resource = content.describe(asked)
    plan = decide(resource, ServingPolicy(), asked)
    body = carried_out(observed(content, resource, plan, [heard.append]), plan)
    assert len(body) == int(plan.header("Content-Length") or 0)
    assert told(heard) == [("completed", 200)]


# On an event loop


def test_what_cannot_be_read_on_a_loop_stays_so() -> None:
    """A content keeps its colour."""
    assert not isinstance(observed(MemoryContent(DATA), FACTS, WHOLE, []), AsyncContent)


async def test_an_async_download_that_ends_is_completed() -> None:
    """The same is heard where the bytes come from an event loop."""
    heard: list[Served] = []
    content = observed(AsyncGeneratedContent(async_chunked()), FACTS, WHOLE, [heard.append])
    assert await acarried_out(content, WHOLE) == DATA
    assert told(heard) == [("completed", len(DATA))]


def test_an_async_download_that_is_bridged_is_completed() -> None:
    """Under WSGI, too."""
    heard: list[Served] = []
    content = observed(AsyncGeneratedContent(async_chunked()), FACTS, WHOLE, [heard.append])
    assert carried_out(content, WHOLE) == DATA
    assert told(heard) == [("completed", len(DATA))]


async def test_an_async_client_that_leaves_aborts() -> None:
    """Closing on the loop reports how far it came."""
    heard: list[Served] = []
    content = observed(AsyncGeneratedContent(async_chunked()), FACTS, WHOLE, [heard.append])
    assert isinstance(content, AsyncContent)
    await anext(content.aread(0, len(DATA)))
    await content.aclose()
    assert told(heard) == [("aborted", 1000)]


async def test_an_async_error_half_way_fails() -> None:
    """A failure on the loop is a failure, not an abort."""
    heard: list[Served] = []
    content = observed(AsyncGeneratedContent(async_chunked(DATA[:1500])), FACTS, WHOLE, [heard.append])
    with pytest.raises(ContentTruncated):
        await acarried_out(content, WHOLE)
    content.close()
    assert told(heard) == [("failed", 1500)]
