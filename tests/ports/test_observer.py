from __future__ import annotations

import logging

import pytest

from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    DownloadRequest,
    EntityTag,
    Plan,
    Resource,
    ServingPolicy,
    coalesced,
    decide,
)
from downloadable.domain.plan import length_of
from downloadable.ports import Outcome, Served
from downloadable.ports.observer import Ledger

FACTS = Resource(name="data.bin", size=10)
WHOLE = Plan(200, body=(ByteRange(0, 10),))
ENDLESS = Plan(200, body=(ByteRange(0, None),))


@pytest.mark.parametrize(
    ("plan", "bytes_sent", "outcome"),
    [
        pytest.param(WHOLE, 10, "completed", id="all"),
        pytest.param(WHOLE, 9, "aborted", id="not all"),
        pytest.param(WHOLE, 0, "aborted", id="nothing"),
        pytest.param(Plan(304), 0, "completed", id="nothing was to be sent"),
        pytest.param(ENDLESS, 10, "aborted", id="nobody knows how much there was to come"),
        pytest.param(Plan(206, body=(b"--b", ByteRange(0, 4), b"--b--")), 12, "completed", id="with framing"),
    ],
)
def test_the_end_is_held_against_the_plan(plan: Plan, bytes_sent: int, outcome: str) -> None:
    """A body that ends has been taken as a whole, or given up."""
    heard: list[Served] = []
    ledger = Ledger(FACTS, plan, [heard.append])
    ledger.bytes_sent = bytes_sent
    ledger.end()
    (served,) = heard
    assert (served.outcome, served.bytes_sent) == (outcome, bytes_sent)
    assert (served.resource, served.plan) == (FACTS, plan)
    assert 0 <= served.seconds < 60


def test_one_answer_is_reported_once_to_everybody() -> None:
    """What comes after the first report counts for nothing."""
    heard: list[Served] = []
    also: list[Served] = []
    ledger = Ledger(FACTS, WHOLE, [heard.append, also.append])
    ledger.report("failed")
    ledger.report("completed")
    ledger.end()
    assert [served.outcome for served in heard] == ["failed"]
    assert also == heard


def test_an_observer_that_raises_is_logged_and_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bookkeeping that fails changes nothing for the client, nor for other observers."""
    heard: list[Served] = []

    def failing(served: Served) -> None:
        raise ZeroDivisionError("no bookkeeping today")

    with caplog.at_level(logging.ERROR, logger="downloadable"):
        Ledger(FACTS, WHOLE, [failing, heard.append]).report("completed")
    assert len(heard) == 1
    (record,) = caplog.records
    assert record.name == "downloadable"
    assert "data.bin" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


# What counts as one download

VIDEO = Resource(name="film.mp4", size=1000, entity_tag=EntityTag("v1"))
TINY = Resource(name="flag", size=2)
EMPTY = Resource(name="empty", size=0)
STREAM = Resource(name="live.csv", seekable=False)


def reported(
    asked: DownloadRequest,
    resource: Resource,
    taken: int | None = None,
    outcome: Outcome | None = None,
) -> Served:
    """Return what is told of an answer of which the server took so many bytes; ``None`` is all of them."""
    heard: list[Served] = []
    plan = decide(resource, ServingPolicy(), asked)
    ledger = Ledger(resource, plan, [heard.append], asked=asked)
    length = length_of(plan.body)
    ledger.bytes_sent = (1000 if length is None else length) if taken is None else taken
    if outcome is None:
        ledger.end()
    else:
        ledger.report(outcome)
    (served,) = heard
    return served


@pytest.mark.parametrize(
    ("method", "fields", "resource", "taken", "counts"),
    [
        pytest.param("GET", {}, VIDEO, None, True, id="all of it"),
        pytest.param("GET", {}, VIDEO, 1, True, id="all was asked, the first byte was taken"),
        pytest.param("GET", {}, VIDEO, 0, False, id="all was asked, nothing was taken"),
        pytest.param("GET", {}, STREAM, None, True, id="of unknown size"),
        pytest.param("GET", {}, STREAM, 0, False, id="of unknown size, and nothing was taken"),
        pytest.param("POST", {}, VIDEO, None, True, id="made for a form"),
        pytest.param("HEAD", {}, VIDEO, None, False, id="only looked at"),
        pytest.param("HEAD", {}, EMPTY, None, False, id="an empty one is only looked at"),
        pytest.param("GET", {"Range": "bytes=0-"}, VIDEO, None, True, id="a player begins"),
        pytest.param("GET", {"Range": "bytes=0-499"}, VIDEO, None, True, id="the first part"),
        pytest.param("GET", {"Range": "bytes=500-"}, VIDEO, None, False, id="the rest"),
        pytest.param("GET", {"Range": "bytes=-100"}, VIDEO, None, False, id="the end"),
        pytest.param("GET", {"Range": "bytes=-1000"}, VIDEO, None, True, id="an end that is all"),
        pytest.param("GET", {"Range": "bytes=0-1"}, VIDEO, None, False, id="Safari looks"),
        pytest.param("GET", {"Range": "bytes=0-2"}, VIDEO, None, True, id="more than a look"),
        pytest.param("GET", {"Range": "bytes=0-1"}, TINY, None, True, id="a look that gets all"),
        pytest.param("GET", {"Range": "bytes=700-799,0-99"}, VIDEO, None, True, id="several, the first too"),
        pytest.param(
            "GET", {"Range": "bytes=700-799,0-99"}, VIDEO, 150, False, id="several, stopped before it"
        ),
        pytest.param("GET", {"Range": "bytes=300-399,600-699"}, VIDEO, None, False, id="several others"),
        pytest.param("GET", {"Range": "bytes=5000-"}, VIDEO, None, False, id="416"),
        pytest.param("GET", {"If-None-Match": '"v1"'}, VIDEO, None, False, id="304"),
        pytest.param("GET", {"If-Match": '"v2"'}, VIDEO, None, False, id="412"),
        pytest.param("GET", {"If-None-Match": '"v0"'}, VIDEO, None, True, id="a newer version"),
        pytest.param("GET", {}, EMPTY, None, True, id="an empty one"),
    ],
)
def test_what_counts_as_a_download(
    method: str, fields: dict[str, str], resource: Resource, taken: int | None, counts: bool
) -> None:
    """The answer that sends the first byte counts, of all that a client asks for to get one file."""
    served = reported(DownloadRequest.from_headers(method, fields), resource, taken)
    assert served.counts_as_download is counts


@pytest.mark.parametrize("outcome", ["completed", "aborted", "failed"])
def test_a_download_that_has_begun_counts_however_it_ends(outcome: Outcome) -> None:
    """Whether it came to its end is what the outcome says; the parts that follow would count again otherwise."""
    assert reported(PLAIN_GET, VIDEO, 10, outcome).counts_as_download


def test_an_empty_content_that_was_not_taken_does_not_count() -> None:
    """Of nothing, no first byte tells whether it was sent."""
    assert not reported(PLAIN_GET, EMPTY, 0, "failed").counts_as_download


@pytest.mark.parametrize("size", [1000, None], ids=["size known", "size unknown"])
@pytest.mark.parametrize(
    ("method", "fields", "counts"),
    [
        pytest.param("GET", {}, True, id="all of it"),
        pytest.param("HEAD", {}, False, id="only looked at"),
        pytest.param("GET", {"Range": "bytes=0-"}, True, id="from the first byte"),
        pytest.param("GET", {"Range": "bytes=200-300,0-100"}, True, id="with the first byte"),
        pytest.param("GET", {"Range": "bytes=0-1"}, False, id="Safari looks"),
        pytest.param("GET", {"Range": "bytes=500-"}, False, id="the rest"),
        pytest.param("GET", {"Range": "bytes=-500"}, False, id="the end"),
        pytest.param("GET", {"Range": "bytes=5000-"}, False, id="after the end"),
        pytest.param("GET", {"Range": "lines=1-"}, True, id="no range that anybody knows"),
        pytest.param("GET", {"If-None-Match": '"v1"'}, False, id="has a copy with a tag"),
        pytest.param(
            "GET", {"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, False, id="has a copy with a date"
        ),
        pytest.param("GET", {"If-Match": '"v1"'}, True, id="wants this very version"),
    ],
)
def test_what_is_handed_over_counts_by_what_was_asked(
    method: str, fields: dict[str, str], counts: bool, size: int | None
) -> None:
    """Nobody here knows what the other server sends, only what it was asked for."""
    served = Served(
        resource=Resource(name="film.mp4", size=size),
        plan=Plan(200, (("X-Accel-Redirect", "/protected/film.mp4"),)),
        asked=DownloadRequest.from_headers(method, fields),
        bytes_sent=0,
        seconds=0.0,
        outcome="handed over",
        delegate="Nginx",
    )
    assert served.counts_as_download is counts


# Which bytes it was

SEVERAL = (b"--b", ByteRange(6, 8), b"--b", ByteRange(0, 4), b"--b--")


@pytest.mark.parametrize(
    ("body", "count", "ranges"),
    [
        pytest.param((ByteRange(0, 10),), 10, [(0, 10)], id="all"),
        pytest.param((ByteRange(0, 10),), 4, [(0, 4)], id="the first of all"),
        pytest.param((ByteRange(0, 10),), 0, [], id="none"),
        pytest.param((ByteRange(0, None),), 7, [(0, 7)], id="of unknown size"),
        pytest.param((ByteRange(5, 8),), 2, [(5, 7)], id="of a part"),
        pytest.param(SEVERAL, 17, [(6, 8), (0, 4)], id="several"),
        pytest.param(SEVERAL, 9, [(6, 8), (0, 1)], id="one and a bit"),
        pytest.param(SEVERAL, 3, [], id="framing only"),
        pytest.param((), 0, [], id="without a body"),
    ],
)
def test_the_bytes_that_were_taken_are_known(
    body: tuple[bytes | ByteRange, ...], count: int, ranges: list[tuple[int, int]]
) -> None:
    """What was taken of a body is told as what it is of the content, without any framing."""
    served = Served(
        resource=FACTS, plan=Plan(206, body=body), bytes_sent=count, seconds=0.0, outcome="aborted"
    )
    assert [(part.start, part.stop) for part in served.ranges] == ranges


def test_answers_add_up_to_the_content() -> None:
    """What several answers have sent can be joined, and held against the size."""
    answers = [
        reported(DownloadRequest.from_headers("GET", {"Range": spelt}), VIDEO, taken)
        for spelt, taken in (("bytes=0-", 400), ("bytes=900-", None), ("bytes=300-899", None))
    ]
    parts = [part for served in answers for part in served.ranges]
    assert coalesced(parts) == (ByteRange(0, 1000),)
    assert coalesced(parts[:2]) == (ByteRange(0, 400), ByteRange(900, 1000))
    assert [served.counts_as_download for served in answers] == [True, False, False]


def test_what_is_told_shows_no_url() -> None:
    """The text of a request has the whole URL, which may be signed, and a line in a log is soon written."""
    heard: list[Served] = []
    Ledger(FACTS, WHOLE, [heard.append], request="GET /film?signature=secret").end()
    assert heard[0].request == "GET /film?signature=secret"
    assert "secret" not in repr(heard[0])
