"""Every awkward name, asked for in every way, through every server in front and from both kinds of Django's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.expectations import Answer
from tests.servers.asked_of_fronts import (
    ASKED,
    DJANGO,
    KEEPS_OURS,
    TELL_LENGTH_WITH_416,
    Asked,
    date,
)
from tests.servers.asking import ask_all
from tests.servers.behind.marks import COOKIES, CUSTOM, FIELDS
from tests.servers.names import MODIFIED, NAMES, SIZE, Name
from tests.servers.pairs import Pair
from tests.servers.processes import until
from tests.servers.reading import handed_over, is_hand_over, parts_of, saved_as, values
from tests.servers.untold import UNTOLD, untold

assert len(NAMES) == len({name.id for name in NAMES}) == len({name.path for name in NAMES})


DOORS = {
    "a storage": "storage",
    "a view of paths": "path-view",
    "a view of a storage": "storage-view",
    "a view that asks who it is": "private",
    "a response that is built by hand": "hand-made",
    "a coroutine": "awaited",
}
# Where a backslash may separate names, these are empty.
UNKNOWN_TO = {"storage": {"UNC"}, "storage-view": {"UNC"}}
AUTHORIZED = {"Authorization": "Bearer sesame"}
PLAIN = next(asked for asked in ASKED if asked.id == "GET")

# A condition that Django itself answers, for a server that keeps our validators, has a status of its own.
ASKED_OF_DJANGO: list[tuple[str, dict[str, str]]] = [
    ("GET", {}),
    ("HEAD", {}),
    ("GET", {"If-None-Match": '"other"'}),
]


def sender(pair: Pair, name: Name) -> str:
    """Who sends the file: the server in front, or Django."""
    return DJANGO if name.id in untold(pair.name) else pair.name


@pytest.fixture(scope="module")
def tags(pair: Pair) -> dict[str, str]:
    """The entity tag that a client gets with each file."""
    answers = ask_all(pair.front.port, [("HEAD", name.url, {}) for name in NAMES])
    return {name.id: answer.field("ETag") or "" for name, answer in zip(NAMES, answers, strict=True)}


def complaint(name: Name, answer: Answer, wrong: Iterator[str]) -> str:
    """What is wrong with an answer, in one text; empty if nothing is."""
    try:
        found = list(wrong)
    except (AssertionError, LookupError, ValueError) as error:
        found = [repr(error)]
    return f"{name.id}: {', '.join(found)}\n    {answer.status} {answer.fields}" if found else ""


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.id)
def test_every_name_is_answered(pair: Pair, asked: Asked, tags: dict[str, str]) -> None:
    """Each file arrives, whole, in part or not at all, as was asked; and only Django's are sent by Python."""
    before = len(pair.lines())
    questions = [(asked.method, name.url, asked.sent(tags[name.id])) for name in asked.names]
    answers = dict(zip(asked.names, ask_all(pair.front.port, questions), strict=True))
    complaints = [
        complaint(name, answer, wrong_with(answer, asked, name, tags[name.id], pair))
        for name, answer in answers.items()
    ]
    assert not any(complaints), "\n".join(filter(None, complaints))
    assert ledger_since(before, pair, len(answers)) == Counter(
        expected_line(asked, name, pair, answer) for name, answer in answers.items()
    )


def ledger_since(before: int, pair: Pair, expected: int) -> Counter[str]:
    """Count the lines, once there are as many as expected."""

    def lines() -> list[str]:
        return pair.lines()[before:]

    found = until(lines, lambda found: len(found) >= expected)
    return Counter(found)


def expected_line(asked: Asked, name: Name, pair: Pair, answer: Answer) -> str:
    """Return what the ledger says: who has sent the file, and how many bytes came from Python."""
    who = sender(pair, name)
    if who != DJANGO and not (who in KEEPS_OURS and asked.answered(who) in (304, 412)):
        return f"handed over;{pair.name.capitalize()};0"
    return f"completed;None;{len(answer.body)}"


def wrong_with(answer: Answer, asked: Asked, name: Name, tag: str, pair: Pair) -> Iterator[str]:
    """Say what is not as it should be, field by field and byte by byte."""
    who = sender(pair, name)
    status = asked.answered(who)
    if answer.status != status:
        yield f"the status should be {status}"
        return
    yield from leaks(answer)
    if status not in (200, 206):
        if name.content[:16] in answer.body:
            yield "the body has what it should not"
    elif asked.method == "HEAD":
        if answer.field("Content-Length") != str(asked.length(status)):
            yield "Content-Length is not that of GET"
    elif len(asked.parts) > 1 and status == 206:
        if parts_of(answer) != [
            (name.media_type, content_range(part), name.content[slice(*part)]) for part in asked.parts
        ]:
            yield f"the parts are {parts_of(answer)!r}"
    elif answer.body != name.content[slice(*asked.sent_part(status))]:
        yield "the bytes are others"
    if (
        status == 206
        and len(asked.parts) == 1
        and answer.field("Content-Range") != content_range(asked.parts[0])
    ):
        yield "Content-Range is wrong"
    # What is no range of bytes has no need of it.
    if status == 416 and (asked.status == 416 or answer.field("Content-Range") is not None):
        told = f"bytes */{SIZE}" if who in TELL_LENGTH_WITH_416 else None
        if answer.field("Content-Range") != told:
            yield f"Content-Range should be {told}"
    if status in (200, 206, 304) and answer.field("ETag") != tag:
        yield f"the entity tag is not {tag}, as it was before"
    if status in (200, 206):
        yield from wrong_fields(answer, asked, name, pair)


def leaks(answer: Answer) -> Iterator[str]:
    """Name the fields that are for the server in front only."""
    for field, _ in answer.fields:
        if is_hand_over(field):
            yield f"{field} reaches the client"


def wrong_fields(answer: Answer, asked: Asked, name: Name, pair: Pair) -> Iterator[str]:
    """Compare what the client gets with a file, wherever its bytes come from."""
    several = answer.status == 206 and len(asked.parts) > 1
    expected = {
        "Content-Type": None if several else name.media_type,
        "Last-Modified": date(MODIFIED),
        "Cache-Control": "private, no-cache",
        # Of Django's SecurityMiddleware.
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        CUSTOM[0]: CUSTOM[1],
        **FIELDS,
    }
    for field, value in expected.items():
        if value is not None and (found := values(answer, field)) != [value]:
            yield f"{field} should be {value!r}, once, and is {found}"
    cookies = [f"{name}={value}; Path=/" for name, value in COOKIES.items()]
    if (found := values(answer, "Set-Cookie")) != cookies:
        yield f"the cookies should be {cookies}, and are {found}"
    if values(answer, "Content-Encoding"):
        yield "it is compressed on the way"
    if (units := values(answer, "Accept-Ranges")) not in ([], ["bytes"]):
        yield f"Accept-Ranges should be 'bytes', once at most, and is {units}"
    if (saved := saved_as(answer)) != name.basename:
        yield f"it is saved as {saved!r} instead of {name.basename!r}"


def content_range(part: tuple[int, int]) -> str:
    """Spell the field for a part of each file."""
    start, stop = part
    return f"bytes {start}-{stop - 1}/{SIZE}"


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_hands_over(pair: Pair, door: str) -> None:
    """Whatever kind of view and source a file comes from, the server in front sends it."""
    before = len(pair.lines())
    names = [
        name for name in NAMES if name.url.startswith("/local/") and name.id not in UNKNOWN_TO.get(door, ())
    ]
    questions = [("GET", f"/{door}/{name.quoted}", AUTHORIZED) for name in names]
    answers = dict(zip(names, ask_all(pair.front.port, questions), strict=True))
    assert [
        (name.id, answer.status, answer.fields)
        for name, answer in answers.items()
        if answer.status != 200 or answer.body != name.content or saved_as(answer) != name.basename
    ] == []
    assert ledger_since(before, pair, len(names)) == Counter(
        expected_line(PLAIN, name, pair, answer) for name, answer in answers.items()
    )


@pytest.mark.parametrize(("method", "fields"), ASKED_OF_DJANGO)
def test_django_sends_nothing_but_a_field(pair: Pair, method: str, fields: dict[str, str]) -> None:
    """What the server in front gets from Django is a field with the file, on a plain 200, and no byte of it."""
    answers = ask_all(pair.django.port, [(method, name.url, fields) for name in NAMES])
    wrong = []
    for name, answer in zip(NAMES, answers, strict=True):
        told = handed_over(answer)
        if sender(pair, name) == DJANGO:
            right = not told and answer.body == (b"" if method == "HEAD" else name.content)
        else:
            right = len(told) == 1 and answer.body == b""
        if not right or answer.status != 200:
            wrong.append((name.id, answer.status, answer.fields, len(answer.body)))
    assert wrong == []


def test_what_a_server_cannot_be_told_is_logged_once(pair: Pair) -> None:
    """Django's log says why it streams a file that the server in front should have sent: once for each reason."""
    for _ in range(2):
        ask_all(pair.front.port, [("HEAD", name.url, {}) for name in NAMES])
    said = [line for line in pair.django.said().splitlines() if " does not send " in line]
    for rule in {rule for rules in UNTOLD.values() for rule in rules}:
        assert sum(rule in line for line in said) == (rule in UNTOLD[pair.name]), rule
