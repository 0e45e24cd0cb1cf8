"""Fault plans that are drawn, and what a client asks for meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from hypothesis import strategies as st

from tests.servers.faulty.plans import DAY, Answer, Break, Plan, Version

__all__ = ["benign_plans", "plans", "questions"]

KIB = 1024
SIZES = st.one_of(
    st.sampled_from(
        [0, 1, 2, 1000, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1]
    ),
    st.sampled_from([128 * KIB, 1024 * KIB]),
    st.integers(0, 300_000),
)
LATER = "Thu, 29 Feb 2024 13:00:00 GMT"
TAGS = st.sampled_from(['"v1"', '"v1"', '"v1"', '"v2"', '"v2"', 'W/"v1"', None])
DATES = st.sampled_from([DAY, DAY, LATER, None])


def places(size: int) -> st.SearchStrategy[int]:
    """Draw where a body of *size* bytes breaks: anywhere, or where blocks and chunks of somebody end."""
    borders = {0, 1, 8 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, size - 1, size, size // 2}
    near = sorted({place + by for place in borders for by in (-1, 0, 1)} & set(range(size + 1)))
    return st.one_of(st.sampled_from(near), st.integers(0, size))


def ways_to_break(size: int, silence: int = 0) -> st.SearchStrategy[Break]:
    """Draw what ends a body of *size* bytes early; silence is dear, and comes in *silence* of ten."""
    how = st.sampled_from((["reset", "close"] * 5)[silence:] + ["stall"] * silence)
    return st.one_of(
        st.builds(lambda at, how: Break(at=at, how=how), places(size), how),
        st.builds(lambda at: Break(at=at, how="pause", seconds=0.002), places(size)),
    )


def in_head(how: str) -> st.SearchStrategy[Break]:
    return st.builds(lambda at: Break(at=at, how=how, of="head"), st.integers(0, 250))


versions = st.builds(
    Version,
    seed=st.sampled_from([1, 2, 3]),
    size=SIZES,
    etag=TAGS,
    modified=DATES,
    coded=st.sampled_from([False] * 4 + [True]),
)
REPLACED: list[tuple[tuple[str, str | None], ...]] = [
    (("ETag", None),),
    (("ETag", 'W/"v1"'),),
    (("ETag", '"v3"'),),
    (("Last-Modified", None),),
    (("Date", None),),
    (("Accept-Ranges", "none"),),
    (("Content-Range", None),),
    (("Content-Range", "bytes 0-9/*"),),
    (("Content-Length", None),),
    (("Content-Length", "5"), ("Content-Length", "6")),
    (("Content-Length", "ten"),),
    (("Transfer-Encoding", "gzip, chunked"),),
    (("Content-Type", "multipart/byteranges; boundary=x"),),
    (("Retry-After", "0"),),
    (("Connection", "close"),),
    (("Set-Cookie", "a=b"), ("X-Long", "a" * 9000)),
]
TOLD = [
    "bytes {first}-{last}/*",
    "bytes 0-{last}/{size}",
    "lines {first}-{last}/{size}",
    "bytes {first}-{last}/1",
]
PREFACES = [
    "",
    "",
    "",
    "",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n",
    "\r\n",
]


@st.composite
def answers(draw: st.DrawFn, known: tuple[Version, ...]) -> Answer:
    """Draw an answer: most are wrong in one way only, for two faults hide each other."""
    which = draw(st.integers(0, len(known) - 1))
    size = len(known[which].body())
    framing = draw(st.sampled_from(["length"] * 3 + ["chunked", "close"]))
    usual: dict[str, object] = {"version": which, "framing": framing}
    kind = draw(st.sampled_from(["break"] * 6 + ["head", "status", "fields", "conduct", "framing", "none"]))
    if kind == "break":
        usual["cut"] = cut = draw(ways_to_break(size, silence=1))
        # What follows such a chunk, if it comes, is part of it.
        endless = [] if cut.how == "pause" else ["7fffffffffffffff"]
        usual["chunk_line"] = draw(st.sampled_from([None] * 4 + ["zz", "", "-1", *endless]))
    elif kind == "head":
        usual["cut"] = draw(in_head(draw(st.sampled_from(["reset", "close"]))))
    elif kind == "status":
        usual["status"] = draw(st.sampled_from([204, 206, 301, 302, 304, 403, 404, 412, 416, 500, 503]))
        usual["fields"] = draw(st.sampled_from([(), (("Retry-After", "0"),), (("Location", "?again"),)]))
    elif kind == "fields":
        usual["fields"] = draw(st.sampled_from(REPLACED))
    elif kind == "conduct":
        usual["ranges"] = draw(st.booleans())
        usual["conditions"] = draw(st.booleans())
        usual["multipart"] = draw(st.sampled_from([False, False, True]))
        usual["moved"] = draw(st.sampled_from([0, 0, 1, 512]))
        usual["content_range"] = draw(st.sampled_from([None, None, *TOLD]))
    elif kind == "framing":
        usual["announced"] = draw(st.sampled_from([0, 0, 1, -1, 1000]))
        usual["preface"] = draw(st.sampled_from(PREFACES))
        usual["protocol"] = draw(st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "ICY"]))
        # Where more is announced, or nothing, what is too much is not: it belongs to the body.
        if framing != "close" and usual["announced"] in (0, -1):
            usual["surplus"] = draw(st.sampled_from(["", "evil"]))
    return Answer(**usual)  # type: ignore[arg-type]  # which fields there are is drawn


def promises_kept(plan: Plan) -> bool:
    """
    Tell whether versions with other bytes are told apart by what strong validators there are.

    An origin that gives two contents one tag and one date lies in a way that nobody can see.
    """
    told = [facts_of(answer, plan.versions[answer.version]) for answer in plan.answers]
    told.append(facts_of(Answer(), plan.versions[plan.then]))
    return not any(same_promise(*pair) for pair in combinations(told, 2))


Facts = tuple[str | None, str | None, str | None, bytes]


def facts_of(answer: Answer, version: Version) -> Facts:
    said = {"ETag": version.etag, "Last-Modified": version.modified, **dict(answer.fields)}
    return said["ETag"], said["Last-Modified"], version.encoding, version.body()


def same_promise(one: Facts, other: Facts) -> bool:
    """Tell whether two answers promise the same content, but have not the same bytes."""
    (tag, date, coding, body), (other_tag, other_date, other_coding, other_body) = one, other
    if body == other_body or coding != other_coding or tag != other_tag:
        return False
    # A date is compared only where both have one.
    return date == other_date or None in (date, other_date)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw what becomes of some requests, and of the content meanwhile."""
    known = tuple(draw(st.lists(versions, min_size=1, max_size=2)))
    some = tuple(draw(st.lists(answers(known), min_size=1, max_size=7)))
    return Plan(some, known, draw(st.integers(0, len(known) - 1)))


@st.composite
def benign_plans(draw: st.DrawFn) -> Plan:
    """Draw only breaks of bodies, no more than may be resumed, of one content that can be told by its tag."""
    version = draw(st.builds(Version, size=SIZES, modified=DATES, coded=st.booleans()))
    size = len(version.body())
    cuts = draw(st.lists(ways_to_break(size), min_size=1, max_size=5))
    # Where only the end of the chunks is missing, nobody can ask for the rest.
    framings = [draw(st.sampled_from(["length", "chunked"])) if cut.at < size else "length" for cut in cuts]
    some = [Answer(cut=cut, framing=framing) for cut, framing in zip(cuts, framings, strict=True)]
    return Plan(tuple(some), (version,))


positions = st.one_of(st.sampled_from([0, 1, 999, 64 * KIB, 256 * KIB]), st.integers(0, 300_000))
ranges = st.one_of(
    st.builds(lambda first, more: f"{first}-{first + more}", positions, positions),
    st.builds("{}-".format, positions),
    st.builds("-{}".format, st.integers(1, 300_000)),
)
several = st.builds(
    lambda first, gap, more: f"0-{first},{first + 2 + gap}-{first + 2 + gap + more}",
    st.integers(0, 70_000),
    st.integers(200, 2_000),
    st.integers(0, 70_000),
)
IF_RANGE = st.sampled_from([None, None, '"v1"', '"v2"', 'W/"v1"', DAY])


@st.composite
def questions(draw: st.DrawFn) -> Mapping[str, str]:
    """Draw the header fields of a client that wants all, or a part for what it has already."""
    asked = draw(st.one_of(st.none(), st.none(), ranges, ranges, several))
    if asked is None:
        return {}
    if_range = draw(IF_RANGE)
    return {"Range": f"bytes={asked}"} | ({} if if_range is None else {"If-Range": if_range})
