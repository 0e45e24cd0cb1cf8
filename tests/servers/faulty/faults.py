"""A table of single faults, and what a client is to get of each: spelt by hand, never by the code under test."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from tests.servers.faulty.plans import Answer, Break, Plan, Version
from tests.servers.faulty.site import METADATA

__all__ = [
    "BREAKS",
    "FAULTS",
    "HEADS",
    "IN_MID_RESUME",
    "NOT_RESUMED",
    "TO_METADATA",
    "Cut",
    "Expected",
    "Fault",
    "Refused",
    "Whole",
]

SIZE = 300_000
AT = 200_000
"""Where a body breaks: after more than is read before an answer begins."""


@frozen
class Whole:
    """
    All of what was asked for, as announced.

    Args:
        resumed: How often reading went on by another request.

        version: Which of the plan's versions it is of.

        start: First byte.

        stop: The byte after the last; ``None`` is the end.

        status: Status code.

        fields: Which come with it, among others, by their names in lower case; ``None`` is one that does not.
    """

    resumed: int = 0
    version: int = 0
    start: int = 0
    stop: int | None = None
    status: int = field(default=200, kw_only=True)
    fields: Mapping[str, str | None] = field(factory=dict, kw_only=True)


@frozen
class Cut(Whole):
    """What there is of it, or only its beginning, behind which the connection breaks."""


@frozen
class Refused:
    """An error before the first byte, with these fields among others."""

    status: int
    fields: Mapping[str, str | None] = field(factory=dict, kw_only=True)


Expected = Whole | Refused


@frozen
class Fault:
    """
    What an origin does, and what comes of it.

    Args:
        id: In a few words.

        plan: For the origin.

        expected: What the client gets.

        asked: The client's header fields.

        method: Its method.

        requests: How many the origin gets; ``None`` leaves it open.
    """

    id: str
    plan: Plan
    expected: Expected
    asked: Mapping[str, str] = field(factory=dict, kw_only=True)
    method: str = field(default="GET", kw_only=True)
    requests: int | None = field(default=None, kw_only=True)


V1 = Version()
V2 = Version(seed=2, etag='"v2"', modified="Thu, 29 Feb 2024 13:00:00 GMT")
SMALL = Version(size=1_000)
OF_NOBODY = Version(etag=None, modified=None)

RESET = Answer(cut=Break(at=AT))
CLOSED = Answer(cut=Break(at=AT, how="close"))
CHUNKED = Answer(framing="chunked", cut=Break(at=AT, how="close"))
SILENT = Answer(cut=Break(how="reset", of="head"))
TO_METADATA = Answer(status=302, fields=(("Location", f"http://{METADATA}/latest/meta-data/"),))


def once(answer: Answer, version: Version = V1) -> Plan:
    """One answer goes wrong, all others are as they should be."""
    return Plan((answer,), (version,))


def always(answer: Answer, version: Version = V1) -> Plan:
    """Every answer goes wrong."""
    return Plan((answer,) * 20, (version,))


def then(*answers: Answer) -> Plan:
    """A body breaks off, and what is asked for next goes wrong in another way."""
    return Plan((RESET, *answers), (V1,))


def replaced(by: Version, *, ranges: bool = True, conditions: bool = True) -> Plan:
    """A body breaks off, and by then the content is another one."""
    other = Answer(version=1, ranges=ranges, conditions=conditions)
    return Plan((RESET, *[other] * 19), (V1, by), 1)


def redirected(*places: str) -> Plan:
    return Plan(tuple(Answer(status=302, fields=(("Location", place),)) for place in places))


BREAKS = [
    Fault("reset", once(RESET), Whole(1), requests=2),
    Fault("closed", once(CLOSED), Whole(1), requests=2),
    Fault("silent for good", once(Answer(cut=Break(at=AT, how="stall"))), Whole(1), requests=2),
    Fault(
        "silent for a while", once(Answer(cut=Break(at=AT, how="pause", seconds=0.05))), Whole(), requests=1
    ),
    Fault("reset after the first byte", once(Answer(cut=Break(at=1))), Whole(1), requests=2),
    Fault("reset before the last byte", once(Answer(cut=Break(at=SIZE - 1))), Whole(1), requests=2),
    Fault("reset after the last byte", once(Answer(cut=Break(at=SIZE))), Whole(), requests=1),
    Fault("reset between head and body", once(Answer(cut=Break(at=0))), Whole(1), requests=2),
    Fault("chunked, closed in a chunk", once(CHUNKED), Whole(1), requests=2),
    Fault(
        "chunked, closed between chunks",
        once(Answer(framing="chunked", cut=Break(at=12 * 16_384, how="close"))),
        Whole(1),
        requests=2,
    ),
    Fault(
        "chunked, no size where one should be",
        once(evolve(CHUNKED, chunk_line="zz")),
        Whole(1),
        requests=2,
    ),
    Fault(
        "chunked, a size below zero",
        once(Answer(framing="chunked", chunk_line="-1", cut=Break(at=AT, how="pause", seconds=0.01))),
        Cut(),
        requests=1,
    ),
    Fault("chunked, reset in a chunk", once(evolve(CHUNKED, cut=Break(at=AT))), Whole(1), requests=2),
    Fault("chunked, a wrong size at the end", once(Answer(framing="chunked", chunk_line="zz")), Cut(1)),
    Fault("reset, five times", Plan((Answer(cut=Break(at=50_000)),) * 5), Whole(5), requests=6),
    Fault("reset, again and again", always(Answer(cut=Break(at=9_000))), Cut(5), requests=6),
    Fault(
        "reset, a little later each time",
        Plan(tuple(Answer(cut=Break(at=at)) for at in (AT, 10, 0, 20))),
        Whole(4),
    ),
    Fault("reset, and again, and silent", then(SILENT, Answer(cut=Break(at=1, how="stall"))), Whole(2)),
    Fault("reset in a small file", once(Answer(cut=Break(at=500)), SMALL), Whole(1), requests=2),
    Fault("reset in a small file, always", always(Answer(cut=Break(at=50)), SMALL), Refused(503)),
    Fault("reset in an empty file", once(Answer(cut=Break(at=0)), Version(size=0)), Whole()),
    Fault(
        "reset in a range",
        once(Answer(cut=Break(at=150_000))),
        Whole(1, 0, 100_000, 299_000, status=206),
        asked={"Range": "bytes=100000-298999"},
        requests=2,
    ),
    Fault(
        "reset in a range, where the content changes",
        Plan((Answer(cut=Break(at=150_000)),), (V1, V2), 1),
        Cut(1, 0, 100_000, 299_000, status=206),
        asked={"Range": "bytes=100000-298999"},
    ),
]
"""The body breaks off."""

NOT_RESUMED = [
    Fault("a weak tag", once(RESET, Version(etag='W/"v1"')), Cut(), requests=1),
    Fault("no validator", once(RESET, OF_NOBODY), Cut(), requests=1),
    Fault("no validator, small", once(Answer(cut=Break(at=5)), evolve(OF_NOBODY, size=900)), Refused(503)),
    Fault("an old date", once(RESET, Version(etag=None)), Whole(1), requests=2),
    Fault(
        "a date of nobody knows when",
        once(evolve(RESET, fields=(("Date", None),)), Version(etag=None)),
        Cut(),
        requests=1,
    ),
]
"""What there is to tell by whether a content is still the same."""

IN_MID_RESUME = [
    Fault("ranges are not served", Plan((RESET, Answer(ranges=False))), Whole(1), requests=2),
    Fault(
        "ranges are not served, and that breaks off early",
        Plan((RESET, Answer(ranges=False, cut=Break(at=5)))),
        Whole(2),
    ),
    Fault(
        "the part of what had no length ends too early",
        Plan((CHUNKED, Answer(framing="close", cut=Break(at=9, how="close")))),
        Whole(2),
        requests=3,
    ),
    Fault(
        "the whole of what had no length ends too early",
        Plan((CHUNKED, Answer(ranges=False, cut=Break(at=AT + 9, how="close")))),
        Whole(2),
        requests=3,
    ),
    Fault("the part begins elsewhere", then(Answer(moved=16)), Cut(1)),
    Fault("the part is said to begin elsewhere", then(Answer(content_range="bytes 0-99999/{size}")), Cut(1)),
    Fault(
        "the part is of something longer", then(Answer(content_range="bytes {first}-{last}/300001")), Cut(1)
    ),
    Fault("the part is of unknown length", then(Answer(content_range="bytes {first}-{last}/*")), Cut(1)),
    Fault("the part is in another unit", then(Answer(content_range="lines {first}-{last}/{size}")), Cut(1)),
    Fault("the part does not say where it is", then(Answer(fields=(("Content-Range", None),))), Cut(1)),
    Fault("the part is said to be empty", then(Answer(content_range="bytes */{size}")), Cut(1)),
    Fault(
        "the part is longer than it says", then(Answer(content_range="bytes {first}-250000/{size}")), Cut(1)
    ),
    Fault("the part has no tag", then(Answer(fields=(("ETag", None),))), Cut(1)),
    Fault("the part has a weak tag", then(Answer(fields=(("ETag", 'W/"v1"'),))), Cut(1)),
    Fault("the part has another tag", then(Answer(fields=(("ETag", '"v2"'),))), Cut(1)),
    Fault("the part has another date", then(Answer(fields=(("Last-Modified", V2.modified),))), Cut(1)),
    Fault("parts in a multipart body", then(Answer(multipart=True)), Cut(1)),
    Fault(
        "parts in a multipart body that says more",
        then(
            Answer(
                multipart=True,
                framing="chunked",
                fields=(("Content-Range", f"bytes {AT}-{SIZE - 1}/{SIZE}"),),
            )
        ),
        Cut(1),
    ),
    Fault("another content, as the origin says", replaced(V2), Cut(1)),
    Fault("another content, whatever was asked", replaced(V2, conditions=False), Cut(1)),
    Fault("another content, whole", replaced(V2, conditions=False, ranges=False), Cut(1)),
    Fault("another size under the same tag", replaced(Version(seed=2, size=SIZE - 1)), Cut(1)),
    Fault("a larger size under the same tag", replaced(Version(seed=2, size=SIZE + 1), ranges=False), Cut(1)),
    Fault("another date under the same tag", replaced(evolve(V2, etag=V1.etag)), Cut(1)),
    Fault("compressed under the same tag", replaced(Version(coded=True)), Cut(1)),
    Fault(
        "compressed in chunks under the same tag",
        Plan((RESET, Answer(version=1, ranges=False, framing="chunked")), (V1, Version(coded=True))),
        Cut(1),
    ),
    Fault(
        "compressed under the same tag, said by nobody",
        replaced(Version(coded=True, says_coded=False)),
        Cut(1),
    ),
    Fault("less is left than there was", replaced(Version(size=AT - 1)), Cut(1)),
    Fault("nothing is left", Plan((RESET, *[Answer(status=404)] * 9)), Cut(1)),
    Fault("500 for a moment", then(Answer(status=500)), Whole(2), requests=3),
    Fault("503 for a moment", then(Answer(status=503, fields=(("Retry-After", "0"),))), Whole(2), requests=3),
    Fault("503 for an hour", then(Answer(status=503, fields=(("Retry-After", "3600"),))), Cut(1), requests=2),
    Fault("500 for good", Plan((RESET, *[Answer(status=500)] * 19)), Cut(5), requests=6),
    Fault("silence for good", Plan((RESET, *[SILENT] * 19)), Cut(5)),
    Fault("nonsense", then(Answer(protocol="GOPHER")), Cut(1)),
    Fault("a redirection to where secrets are", then(TO_METADATA), Cut(1)),
    Fault("not modified", then(Answer(status=304)), Cut(1)),
]
"""The body breaks off, and what is asked for next is no good, or good in another way."""

HEADS = [
    Fault("reset before the answer", once(SILENT), Whole(), requests=2),
    Fault("reset before each answer", always(SILENT), Refused(503), requests=2),
    Fault("reset in the head", always(Answer(cut=Break(at=40, of="head"))), Refused(503)),
    Fault("closed in the head", always(Answer(cut=Break(at=40, of="head", how="close"))), Refused(502)),
    Fault("closed in the head, once", once(Answer(cut=Break(at=40, of="head", how="close"))), Refused(502)),
    Fault("silent before the answer", always(Answer(cut=Break(of="head", how="stall"))), Refused(504)),
    Fault("silent in the head", always(Answer(cut=Break(at=40, of="head", how="stall"))), Refused(504)),
    Fault("another protocol", once(Answer(protocol="ICY")), Refused(502)),
    Fault("a later version", once(Answer(protocol="HTTP/2.0")), Refused(502)),
    Fault("an earlier version", once(Answer(protocol="HTTP/1.0")), Whole()),
    Fault(
        "an earlier version, until it closes",
        once(Answer(protocol="HTTP/1.0", framing="close", cut=Break(at=SIZE, how="close"))),
        Whole(),
    ),
    Fault("until it resets", once(Answer(framing="close", cut=Break(at=AT))), Whole(1)),
    Fault("a field of 100 KiB", once(Answer(fields=(("X-Long", "a" * 102_400),))), Refused(502)),
    Fault(
        "100 KiB of fields",
        once(Answer(fields=tuple((f"X-{number}", "a" * 100) for number in range(1_000)))),
        Refused(502),
    ),
    Fault(
        "two lengths",
        once(Answer(fields=(("Content-Length", str(SIZE)), ("Content-Length", str(AT))))),
        Refused(502),
    ),
    Fault("the same length twice", once(Answer(fields=(("Content-Length", str(SIZE)),) * 2)), Whole()),
    Fault(
        "a length and chunks", once(Answer(framing="chunked", fields=(("Content-Length", str(AT)),))), Whole()
    ),
    Fault("a length that is none", once(Answer(fields=(("Content-Length", "-5"),))), Refused(502)),
    Fault(
        "a coding nobody knows",
        once(Answer(framing="chunked", fields=(("Transfer-Encoding", "br, chunked"),))),
        Refused(502),
    ),
    Fault("more is announced", once(Answer(announced=7)), Cut(1)),
    Fault("less is announced", once(Answer(announced=-7)), Whole(0, 0, 0, SIZE - 7)),
    Fault("100 first", once(Answer(preface="HTTP/1.1 100 Continue\r\n\r\n")), Whole()),
    Fault("103 first", once(Answer(preface="HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")), Refused(502)),
    Fault("a line first", once(Answer(preface="\r\n\r\n")), Refused(502)),
    Fault("byte by byte", once(Answer(drip=2_000), Version(size=2_000)), Whole(), requests=1),
    Fault("too much", once(Answer(surplus="HTTP/1.1 200 Said\r\nContent-Length: 4\r\n\r\nevil")), Whole()),
]
"""The head is no good, or the framing that it announces."""

ANSWERS = [
    Fault(
        "compressed unasked",
        Plan(versions=(Version(coded=True),)),
        Whole(fields={"content-encoding": "gzip"}),
    ),
    Fault(
        "compressed unasked, and reset",
        once(RESET, Version(coded=True)),
        Whole(1, fields={"content-encoding": "gzip"}),
    ),
    Fault(
        "compressed unasked, said by nobody",
        Plan(versions=(Version(coded=True, says_coded=False),)),
        Whole(fields={"content-encoding": None}),
    ),
    Fault(
        "a part unasked",
        once(Answer(status=206, fields=(("Content-Range", "bytes 0-9/300000"),))),
        Refused(502),
    ),
    Fault("not modified unasked", once(Answer(status=304)), Refused(502)),
    Fault("not satisfiable unasked", once(Answer(status=416)), Refused(502)),
    Fault("not found", always(Answer(status=404)), Refused(404)),
    Fault("gone", always(Answer(status=410)), Refused(404)),
    Fault("forbidden", always(Answer(status=403)), Refused(403)),
    Fault("an error", always(Answer(status=500)), Refused(503)),
    Fault(
        "busy",
        always(Answer(status=503, fields=(("Retry-After", "17"),))),
        Refused(503, fields={"retry-after": "17"}),
    ),
    Fault("late", always(Answer(status=504)), Refused(504)),
    Fault("no content", always(Answer(status=204)), Refused(502)),
    Fault(
        "a range is ignored", Plan((Answer(ranges=False),)), Whole(), asked={"Range": "bytes=5-9"}, requests=1
    ),
    Fault("another part", once(Answer(moved=16)), Whole(), asked={"Range": "bytes=5-9"}, requests=2),
    Fault(
        "parts for one range", once(Answer(multipart=True)), Whole(), asked={"Range": "bytes=5-9"}, requests=2
    ),
    Fault(
        "a part in another unit",
        once(Answer(content_range="lines {first}-{last}/{size}")),
        Whole(),
        asked={"Range": "bytes=5-9"},
    ),
    Fault(
        "If-Range is ignored",
        Plan((Answer(conditions=False),), (V2,)),
        Whole(fields={"etag": '"v2"'}),
        asked={"Range": "bytes=5-9", "If-Range": '"v1"'},
    ),
    Fault("HEAD is answered with a body", once(Answer(surplus="evil"), SMALL), Whole(), method="HEAD"),
]
"""It answers something else than what was asked."""

ELSEWHERE = [
    Fault("to where secrets are", always(TO_METADATA), Refused(403), requests=1),
    Fault("to where secrets are, in hex", redirected("http://0xa9fea9fe/"), Refused(403), requests=1),
    Fault(
        "to where secrets are, in IPv6",
        redirected("http://[::ffff:169.254.169.254]/"),
        Refused(403),
        requests=1,
    ),
    Fault("to another port", redirected("http://127.0.0.1:1/"), Refused(403), requests=1),
    Fault("to a file", redirected("file:///etc/passwd"), Refused(502), requests=1),
    Fault("to itself once", redirected("?"), Whole(), requests=2),
    Fault("to itself for ever", redirected(*["?"] * 20), Refused(502), requests=6),
]
"""It redirects."""

FAULTS = (*BREAKS, *NOT_RESUMED, *IN_MID_RESUME, *HEADS, *ANSWERS, *ELSEWHERE)
