"""What the conformance table, which asks :func:`decide` some hundred questions, leaves open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from downloadable.domain import (
    PLAIN_GET,
    ByteRange,
    DownloadRequest,
    EntityTag,
    Plan,
    Resource,
    ServingPolicy,
    decide,
    format_http_date,
)

DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
NOTES = Resource(name="notes.txt", size=10, entity_tag=EntityTag("v1"))


def asked_for(text: str) -> DownloadRequest:
    """Parse a Range field."""
    return DownloadRequest.from_headers("GET", {"Range": text})


@pytest.mark.parametrize(
    ("resource", "asked", "body"),
    [
        pytest.param(NOTES, PLAIN_GET, (ByteRange(0, 10),), id="full"),
        pytest.param(Resource(), PLAIN_GET, (ByteRange(0, None),), id="full, of unknown size"),
        pytest.param(Resource(size=0), PLAIN_GET, (ByteRange(0, 0),), id="full, of nothing"),
        pytest.param(NOTES, asked_for("bytes=2-3"), (ByteRange(2, 4),), id="partial"),
        pytest.param(NOTES, asked_for("bytes=50-"), (), id="not satisfiable"),
        pytest.param(NOTES, DownloadRequest(method="HEAD"), (), id="head"),
        pytest.param(NOTES, DownloadRequest(if_none_match=(EntityTag("v1"),)), (), id="not modified"),
        pytest.param(NOTES, DownloadRequest(if_match=()), (), id="precondition failed"),
        pytest.param(NOTES, DownloadRequest(method="POST"), (ByteRange(0, 10),), id="post"),
    ],
)
def test_bodies_are_made_of_segments(
    resource: Resource, asked: DownloadRequest, body: tuple[ByteRange, ...]
) -> None:
    """One shape holds every outcome."""
    assert decide(resource, ServingPolicy(), asked).body == body


@pytest.mark.parametrize(
    ("resource", "policy", "absent"),
    [
        pytest.param(NOTES, ServingPolicy(validators=False), "ETag", id="no validators"),
        pytest.param(NOTES, ServingPolicy(nosniff=False), "X-Content-Type-Options", id="sniffing allowed"),
        pytest.param(NOTES, ServingPolicy(cache_control=None), "Cache-Control", id="caching unsaid"),
        pytest.param(
            Resource(last_modified=DAY),
            ServingPolicy(not_modified=False),
            "Last-Modified",
            id="changed, says the site",
        ),
        pytest.param(
            Resource(content_encoding="identity"), ServingPolicy(), "Content-Encoding", id="no coding"
        ),
        pytest.param(
            Resource(content_encoding="a b"), ServingPolicy(), "Content-Encoding", id="broken coding"
        ),
        pytest.param(Resource(), ServingPolicy(), "Content-Length", id="unknown size"),
    ],
)
def test_what_is_not_to_be_said_is_not_said(resource: Resource, policy: ServingPolicy, absent: str) -> None:
    """A field without a value is left out."""
    assert decide(resource, policy, PLAIN_GET).header(absent) is None


@pytest.mark.parametrize(
    ("resource", "policy", "field", "expected"),
    [
        pytest.param(
            Resource(content_type="text"),
            ServingPolicy(),
            "Content-Type",
            "application/octet-stream",
            id="no type",
        ),
        pytest.param(
            Resource(content_type="text/csv"),
            ServingPolicy(content_type="a/b"),
            "Content-Type",
            "a/b",
            id="site's type",
        ),
        pytest.param(
            Resource(content_encoding="gzip"), ServingPolicy(), "Content-Encoding", "gzip", id="coding"
        ),
        pytest.param(
            Resource(name="a.txt"),
            ServingPolicy(attachment=False),
            "Content-Disposition",
            'inline; filename="a.txt"',
            id="inline",
        ),
    ],
)
def test_what_is_said(resource: Resource, policy: ServingPolicy, field: str, expected: str) -> None:
    """The site's word goes before the owner's, and what is no value of a field is not sent in it."""
    assert decide(resource, policy, PLAIN_GET).header(field) == expected


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        pytest.param(Resource(size=10), asked_for("bytes=0-1,4-5"), id="parts that are longer"),
        pytest.param(Resource(size=10**6, content_encoding="gzip"), asked_for("bytes=0-1,4-5"), id="encoded"),
        pytest.param(Resource(size=10, seekable=False), asked_for("bytes=0-1"), id="not from the middle"),
        pytest.param(
            NOTES,
            DownloadRequest.from_headers("GET", {"Range": "bytes=0-1", "If-Range": '"v0"'}),
            id="of what was there before",
        ),
    ],
)
def test_the_whole_where_parts_do_not_serve(resource: Resource, asked: DownloadRequest) -> None:
    """Whoever asks for parts gets the whole where they cannot be had, or are no shorter."""
    assert decide(resource, ServingPolicy(), asked).whole


def test_a_set_is_framed_with_a_boundary_of_its_own() -> None:
    """Each multipart answer draws its boundary, and names it."""
    large = Resource(size=100_000)
    plans = [decide(large, ServingPolicy(), asked_for("bytes=0-9,20-29")) for _ in range(2)]
    assert [len(plan.body) for plan in plans] == [5, 5]
    one, other = (plan.header("Content-Type") for plan in plans)
    assert one is not None
    assert one.startswith("multipart/byteranges; boundary=")
    assert one != other


def test_a_boundary_is_drawn_for_sets_alone() -> None:
    """No other answer costs any randomness."""

    def refusing() -> str:
        raise AssertionError("A boundary was drawn.")

    for asked in (PLAIN_GET, asked_for("bytes=0-4"), asked_for("bytes=50-"), asked_for("bytes=0-1,2-3")):
        decide(NOTES, ServingPolicy(), asked, new_boundary=refusing)


def test_the_present_is_the_system_s() -> None:
    """Without being told the present, deciding takes the system's: nothing was changed after it."""
    before = datetime.now(UTC)
    plan = decide(Resource(last_modified=before + timedelta(days=1)), ServingPolicy(), PLAIN_GET)
    assert plan.header("Last-Modified") in {format_http_date(before), format_http_date(datetime.now(UTC))}


def test_names_are_those_of_an_offer() -> None:
    """What is known of a content without a look is enough for the fields that whoever sends it needs."""
    plan = decide(Resource(name="a.pdf"), ServingPolicy(basename="b.pdf").without_validators(), PLAIN_GET)
    assert plan == Plan(
        200,
        (
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", 'attachment; filename="b.pdf"'),
            ("Accept-Ranges", "none"),
            ("Cache-Control", "private, no-cache"),
            ("X-Content-Type-Options", "nosniff"),
        ),
        (ByteRange(0, None),),
    )


def test_several_digests_are_a_dictionary() -> None:
    """Digests stand in one field, in the order given (RFC 9530, 3)."""
    plan = decide(Resource(digests=(("md5", b"\0"), ("sha-256", b"\1"))), ServingPolicy(), PLAIN_GET)
    assert plan.header("Repr-Digest") == "md5=:AA==:, sha-256=:AQ==:"


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        pytest.param(PLAIN_GET, 200, True, id="full"),
        pytest.param(DownloadRequest(method="HEAD"), 200, True, id="head"),
        pytest.param(asked_for("bytes=2-3"), 206, True, id="partial"),
        pytest.param(asked_for("bytes=0-0,900-900"), 206, True, id="several parts"),
        pytest.param(DownloadRequest(if_none_match=(EntityTag("v1"),)), 304, False, id="not modified"),
        pytest.param(DownloadRequest(if_match=()), 412, False, id="precondition failed"),
        pytest.param(asked_for("bytes=5000-"), 416, False, id="not satisfiable"),
    ],
)
def test_a_digest_is_that_of_the_whole(asked: DownloadRequest, status: int, told: bool) -> None:
    """Whatever part of a representation is sent, its digest is the same; what is none of it has none (RFC 9530, 3)."""
    resource = evolve(NOTES, size=1000, digests=(("sha-256", b"\1"),))
    plan = decide(resource, ServingPolicy(), asked)
    assert (plan.status, plan.header("Repr-Digest")) == (status, "sha-256=:AQ==:" if told else None)


def test_a_digest_is_that_of_the_coded_bytes() -> None:
    """What is stored is what was hashed, and what is sent with its coding (RFC 9530, 3)."""
    resource = evolve(NOTES, digests=(("sha-256", b"\1"),), content_encoding="gzip")
    plan = decide(resource, ServingPolicy(), PLAIN_GET)
    assert (plan.header("Content-Encoding"), plan.header("Repr-Digest")) == ("gzip", "sha-256=:AQ==:")


@pytest.mark.parametrize(
    ("resource", "policy", "expected"),
    [
        pytest.param(
            Resource(name="a.csv", charset="koi8-r"), {}, "text/csv; charset=koi8-r", id="by the name"
        ),
        pytest.param(Resource(charset="utf-8"), {}, "text/plain; charset=utf-8", id="nameless text"),
        pytest.param(
            Resource(charset="utf-8"),
            {"basename": "a.csv"},
            "text/csv; charset=utf-8",
            id="named by the site",
        ),
        pytest.param(Resource(name="a", charset="utf-8"), {}, "application/octet-stream", id="unknown type"),
        pytest.param(Resource(name="a.png", charset="utf-8"), {}, "image/png", id="no text"),
        pytest.param(
            Resource(name="a.csv", charset="koi8-r"),
            {"charset": "utf-8"},
            "text/csv; charset=utf-8",
            id="site's",
        ),
        pytest.param(
            Resource(content_type="text/csv; charset=utf-8", charset="koi8-r"),
            {},
            "text/csv; charset=utf-8",
            id="type that names one",
        ),
        pytest.param(Resource(name="a.csv", charset="x\r\nSet-Cookie: a=b"), {}, "text/csv", id="no charset"),
    ],
)
def test_a_charset_completes_the_type_of_a_text(
    resource: Resource, policy: dict[str, str], expected: str
) -> None:
    """What is known of the encoding is said wherever it can be, and makes no text of anything else."""
    plan = decide(resource, ServingPolicy(**policy), PLAIN_GET)  # type: ignore[arg-type]  # only texts here
    assert plan.header("Content-Type") == expected


@pytest.mark.parametrize(
    ("name", "basename", "expected"),
    [
        ("tmpk3x9", "report.pdf", "application/pdf"),
        ("", "report.pdf", "application/pdf"),
        ("a.png", "report.pdf", "image/png"),
        ("tmpk3x9", "report", "application/octet-stream"),
        ("tmpk3x9", None, "application/octet-stream"),
    ],
)
def test_the_name_at_the_client_tells_the_type_where_the_own_one_does_not(
    name: str, basename: str | None, expected: str
) -> None:
    """A file that is stored under a number is what it is called."""
    plan = decide(Resource(name=name), ServingPolicy(basename=basename), PLAIN_GET)
    assert plan.header("Content-Type") == expected


def test_what_is_remembered_is_of_these_facts_and_this_policy() -> None:
    """An answer that is remembered is never another's: not of other facts, and not of another policy."""
    shown, saved = ServingPolicy(attachment=False), ServingPolicy()
    first = decide(NOTES, shown, PLAIN_GET)
    assert (first.header("Content-Disposition") or "").startswith("inline")
    assert (decide(NOTES, saved, PLAIN_GET).header("Content-Disposition") or "").startswith("attachment")
    assert decide(NOTES, shown, PLAIN_GET) == first
    assert decide(NOTES, shown, PLAIN_GET) == first
    assert decide(NOTES, shown, PLAIN_GET) is decide(NOTES, shown, PLAIN_GET)
    longer = Resource(name="notes.txt", size=11, entity_tag=EntityTag("v2"))
    assert decide(longer, shown, PLAIN_GET).header("Content-Length") == "11"


@pytest.mark.parametrize("digest", [bytearray(32), memoryview(bytes(32))], ids=["bytearray", "memoryview"])
def test_facts_may_be_given_in_buffers(digest: bytes) -> None:
    """What could still be changed is copied: facts are remembered by what they are."""
    resource = Resource(name="a", digests=(("sha-256", digest),))
    assert decide(resource, ServingPolicy(), PLAIN_GET).header("Repr-Digest") == f"sha-256=:{'A' * 43}=:"
