from __future__ import annotations

import pytest

from downloadable.domain import ByteRange, Plan
from downloadable.domain.plan import Segment, length_of

OFFER = Plan(
    200,
    (
        ("Content-Type", "text/plain"),
        ("Content-Length", "10"),
        ("Content-Disposition", "attachment"),
        ("Content-Encoding", "gzip"),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", "private"),
    ),
    (ByteRange(0, 10),),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Content-Type", "text/plain"),
        ("content-type", "text/plain"),
        ("CONTENT-LENGTH", "10"),
        ("ETag", None),
    ],
)
def test_header(name: str, expected: str | None) -> None:
    """A field is found by its name in any case."""
    assert OFFER.header(name) == expected


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param(Plan(200, (), (ByteRange(0, 10),)), True, id="all"),
        pytest.param(Plan(200, (), (ByteRange(0, None),)), True, id="all, however long"),
        pytest.param(Plan(206, (), (ByteRange(0, 10),)), False, id="a part"),
        pytest.param(Plan(200, (), (ByteRange(1, 10),)), False, id="not from the start"),
        pytest.param(Plan(200, (), (b"x",)), False, id="bytes of our own"),
        pytest.param(Plan(200, (), (ByteRange(0, 5), ByteRange(5, 10))), False, id="two segments"),
        pytest.param(Plan(200), False, id="no body"),
    ],
)
def test_whole(plan: Plan, expected: bool) -> None:
    """A plan is whole if it sends exactly the content."""
    assert plan.whole is expected


def test_without_body() -> None:
    """The answer to HEAD has the same fields and no body."""
    assert OFFER.without_body() == Plan(OFFER.status, OFFER.headers)


def test_sent_by() -> None:
    """Whoever sends the bytes says how many there are; its fields go before those of the offer."""
    own = Plan(200, (("X-Accel-Redirect", "/protected/a.txt"), ("cache-control", "public")))
    assert OFFER.sent_by(own) == Plan(
        200,
        (
            ("Content-Type", "text/plain"),
            ("Content-Disposition", "attachment"),
            ("X-Accel-Redirect", "/protected/a.txt"),
            ("cache-control", "public"),
        ),
    )


def test_sent_by_a_redirect() -> None:
    """What describes the file is said by whoever the client is sent to; the status is the sender's."""
    offer = Plan(200, (*OFFER.headers, ("Repr-Digest", "sha-256=:AA==:"), ("X-Of-Ours", "1")), OFFER.body)
    own = Plan(302, (("Location", "https://files.example/a"),))
    assert offer.sent_by(own) == Plan(
        302,
        (("Cache-Control", "private"), ("X-Of-Ours", "1"), ("Location", "https://files.example/a")),
    )


@pytest.mark.parametrize("name", ["Content-Length", "content-encoding", "CONTENT-RANGE", "Accept-Ranges"])
@pytest.mark.parametrize("status", [200, 302])
def test_sent_by_keeps_nothing_of_our_body(name: str, status: int) -> None:
    """What speaks of a body that we do not send is dropped, in any case, unless the sender says it itself."""
    offer = Plan(200, ((name, "ours"), ("X-Of-Ours", "1")))
    assert offer.sent_by(Plan(status)) == Plan(status, (("X-Of-Ours", "1"),))
    own = Plan(status, ((name.lower(), "theirs"),))
    assert offer.sent_by(own).header(name) == "theirs"


def test_sent_by_names_nothing_twice() -> None:
    """The sender's fields take the place of the offer's, whatever case they are in."""
    offer = Plan(200, (("X-Accel-Redirect", "/old"), ("Cache-Control", "private")))
    own = Plan(200, (("x-accel-redirect", "/new"), ("CACHE-CONTROL", "public")))
    assert offer.sent_by(own) == own


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param((), 0, id="nothing"),
        pytest.param((b"abc",), 3, id="bytes"),
        pytest.param((b"abc", ByteRange(5, 10), b"d"), 9, id="bytes and a range"),
        pytest.param((b"abc", ByteRange(5, None)), None, id="an end that is not known"),
    ],
)
def test_length_of(body: tuple[Segment, ...], expected: int | None) -> None:
    """A body is as long as its segments together."""
    assert length_of(body) == expected


def test_fields_by_their_names() -> None:
    """Each field is found under its name in lower case, as it is to be sent."""
    plan = Plan(200, (("Content-Length", "5"), ("ETag", '"a"')))
    assert plan.fields == {"content-length": ("Content-Length", "5"), "etag": ("ETag", '"a"')}
    assert plan == Plan(200, plan.headers)
    assert plan.without("ETAG").fields == {"content-length": ("Content-Length", "5")}
