from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from typing import Any

from attrs import evolve
from hypothesis import given, strategies as st

from downloadable.domain import PLAIN_GET, ByteRange, DownloadRequest, Plan, Resource, ServingPolicy, decide
from tests.properties.strategies import (
    NOW,
    content_of,
    field_values,
    headers,
    policies,
    range_sets,
    requests,
    resources,
    sent,
)

FIELDS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Range", "If-Range")
CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
PLAIN = ServingPolicy()


def slices(plan: Plan, body: bytes) -> list[tuple[int, int, int, bytes]]:
    """Read a 206 as a client does: where each part starts and ends, of how many bytes, and what is in it."""
    if plan.header("Content-Range") is not None:
        return [(*place(plan.header("Content-Range")), body)]
    # As bytes: the email package would take the last line break of a part for its own.
    boundary = re.fullmatch(
        "multipart/byteranges; boundary=([0-9a-f]{32})", plan.header("Content-Type") or ""
    )
    assert boundary is not None
    first, *parts, last = re.split(rb"(?:\A|\r\n)--" + boundary[1].encode(), body)
    assert first == b""
    assert last == b"--\r\n"
    found = []
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        fields: Message[str, str] = BytesParser().parsebytes(head.removeprefix(b"\r\n"), headersonly=True)
        assert set(fields.keys()) == {"Content-Type", "Content-Range"}
        found.append((*place(fields["Content-Range"]), content))
    return found


def place(content_range: str | None) -> tuple[int, int, int]:
    """Read a Content-Range as start, stop and size."""
    match = CONTENT_RANGE.fullmatch(content_range or "")
    assert match is not None
    return int(match[1]), int(match[2]) + 1, int(match[3])


@given(resources(), policies(), st.sampled_from(["GET", "HEAD", "POST", "", "\0"]), headers())
def test_no_text_makes_it_raise(
    resource: Resource, policy: ServingPolicy, method: str, fields: Mapping[str, str]
) -> None:
    """Whatever stands in a field of the request or among the facts, there is an answer, and one of these."""
    plan = decide(resource, policy, DownloadRequest.from_headers(method, fields), now=NOW)
    assert plan.status in (200, 206, 304, 412, 416)


@given(st.sampled_from(FIELDS), field_values)
def test_one_field_alone(field: str, value: str) -> None:
    """Each field alone, too, may hold anything; by the clock of the system, too."""
    resource = Resource(name="notes.txt", size=1000, last_modified=NOW)
    decide(resource, PLAIN, DownloadRequest.from_headers("GET", {field: value}))


@given(resources(), policies(), requests())
def test_content_length_is_what_is_sent(
    resource: Resource, policy: ServingPolicy, asked: DownloadRequest
) -> None:
    """An answer announces exactly the bytes that it sends, or nothing if the size is not known or in a 304."""
    plan = decide(resource, policy, asked, now=NOW)
    announced = plan.header("Content-Length")
    if asked.method == "HEAD":
        assert plan.body == ()
    elif announced is None:
        assert plan.status == 304 or resource.size is None
    else:
        assert int(announced) == len(sent(plan, content_of(resource)))


@given(resources(), policies(), requests())
def test_no_answer_is_longer_than_the_whole(
    resource: Resource, policy: ServingPolicy, asked: DownloadRequest
) -> None:
    """Asking for parts never gets more than asking for all."""
    data = content_of(resource)
    assert len(sent(decide(resource, policy, asked, now=NOW), data)) <= len(data)


@given(resources(st.integers(0, 3000)), policies(), range_sets)
def test_parts_are_slices_of_the_whole(resource: Resource, policy: ServingPolicy, range_set: str) -> None:
    """A 206 body is made of the slices of the 200 body that its Content-Range fields name."""
    data = content_of(resource)
    asked = DownloadRequest.from_headers("GET", {"Range": f"bytes={range_set}"})
    plan = decide(resource, policy, asked, now=NOW)
    body = sent(plan, data)
    if plan.status == 206:
        for start, stop, size, content in slices(plan, body):
            assert size == len(data)
            assert content == data[start:stop]
            assert 0 <= start < stop <= size
    elif plan.status == 200:
        assert body == data
    else:
        assert (plan.status, body) == (416, b"")
        assert plan.header("Content-Range") == f"bytes */{len(data)}"


@given(st.integers(2, 16).flatmap(lambda count: st.permutations([n * 100 for n in range(count)])))
def test_parts_come_in_the_order_asked(starts: list[int]) -> None:
    """Several parts that do not touch are all sent, in the order in which they were asked for (15.3.7.2)."""
    resource = Resource(size=10_000)
    text = ",".join(f"{start}-{start + 9}" for start in starts)
    plan = decide(resource, PLAIN, DownloadRequest.from_headers("GET", {"Range": f"bytes={text}"}))
    parts = slices(plan, sent(plan, content_of(resource)))
    assert [start for start, _, _, _ in parts] == starts


@given(resources(st.integers(1000, 3000)), st.lists(st.integers(0, 90), min_size=2, max_size=5, unique=True))
def test_the_email_package_reads_multipart(resource: Resource, tens: list[int]) -> None:
    """A parser that somebody else wrote finds the same parts."""
    # Letters only: the email package would take line breaks of the content for its own.
    data = bytes(65 + position % 23 for position in range(resource.size or 0))
    asked = DownloadRequest.from_headers(
        "GET", {"Range": "bytes=" + ",".join(f"{ten * 10}-{ten * 10 + 4}" for ten in tens)}
    )
    plan = decide(evolve(resource, seekable=True, content_encoding=None), PLAIN, asked, now=NOW)
    if plan.status != 206:  # too many parts for so short a content
        assert plan.whole
        return
    head = f"Content-Type: {plan.header('Content-Type')}\r\n\r\n".encode()
    message: Message[str, str] = BytesParser().parsebytes(head + sent(plan, data))
    assert message.is_multipart()
    assert not message.defects
    parts: Any = message.get_payload()
    assert [part.get_payload() for part in parts] == [data[ten * 10 : ten * 10 + 5].decode() for ten in tens]
    whole = decide(resource, PLAIN, PLAIN_GET, now=NOW)
    assert {part["Content-Type"] for part in parts} == {whole.header("Content-Type")}


@given(resources(), policies(), headers())
def test_head_and_get_agree(resource: Resource, policy: ServingPolicy, fields: Mapping[str, str]) -> None:
    """Without a range, HEAD and GET get the same status and fields; with one, HEAD gets those of the whole."""
    get = DownloadRequest.from_headers("GET", fields)
    head = DownloadRequest.from_headers("HEAD", fields)
    answer = decide(resource, policy, get.without_range(), now=NOW)
    assert decide(resource, policy, head, now=NOW) == answer.without_body()


@given(resources(), policies(), requests())
def test_fields_can_be_sent(resource: Resource, policy: ServingPolicy, asked: DownloadRequest) -> None:
    """No field holds a line break or NUL, each can be encoded, has a name of its own, and a value."""
    plan = decide(resource, policy, asked, now=NOW)
    for name, value in plan.headers:
        assert TOKEN.fullmatch(name)
        assert not set(value) & set("\r\n\0")
        assert value == value.strip()
        assert value
        value.encode("latin-1")
    fields = [name.lower() for name, _ in plan.headers]
    assert len(fields) == len(set(fields))


@given(resources(), policies(), requests())
def test_statuses_have_reasons(resource: Resource, policy: ServingPolicy, asked: DownloadRequest) -> None:
    """Only who asks for parts gets some, and only who sets a condition is refused by one."""
    plan = decide(resource, policy, asked, now=NOW)
    if plan.status in (206, 416):
        assert asked.ranges is not None
        assert asked.method == "GET"
    if plan.status in (304, 412):
        assert asked != asked.unconditional()
        assert policy.validators
        assert plan.header("Content-Type") is None
    assert decide(resource, policy, asked.unconditional().without_range(), now=NOW).status == 200


@given(resources(), policies())
def test_what_is_told_is_recognised(resource: Resource, policy: ServingPolicy) -> None:
    """A client that comes back with the validators of an answer is told that nothing has changed."""
    first = decide(resource, policy, PLAIN_GET, now=NOW)
    tag, moment = first.header("ETag"), first.header("Last-Modified")

    def again(**fields: str) -> Plan:
        asked = {name.replace("_", "-"): value for name, value in fields.items()}
        return decide(resource, policy, DownloadRequest.from_headers("GET", asked), now=NOW)

    if tag is not None:
        assert again(If_None_Match=tag).status == 304
        assert again(If_None_Match=f'"other", {tag}').status == 304
        assert again(If_Match=tag).status == (412 if tag.startswith("W/") else 200)
    if moment is not None:
        assert again(If_Unmodified_Since=moment).status == 200
        assert again(If_Modified_Since=moment).status == 304
    if tag is not None and not tag.startswith("W/"):
        assert again(Range="bytes=0-4", If_Range=tag) == again(Range="bytes=0-4")


@given(resources(st.integers(1, 3000)), st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_a_download_that_is_resumed_is_whole(resource: Resource, steps: list[int]) -> None:
    """Whoever takes a content piece by piece has all of it in the end."""
    resource = evolve(resource, seekable=True)
    data = content_of(resource)
    got = b""
    for step in steps:
        asked = DownloadRequest.from_headers("GET", {"Range": f"bytes={len(got)}-{len(got) + step - 1}"})
        got += sent(decide(resource, PLAIN, asked, now=NOW), data)
    asked = DownloadRequest.from_headers("GET", {"Range": f"bytes={len(got)}-"})
    plan = decide(resource, PLAIN, asked, now=NOW)
    assert got + sent(plan, data) == data
    assert plan.status == (416 if len(got) == len(data) else 206)


@given(resources(), policies())
def test_a_whole_answer_is_the_content(resource: Resource, policy: ServingPolicy) -> None:
    """A plain GET gets all of it."""
    plan = decide(resource, policy, PLAIN_GET, now=NOW)
    assert plan.whole
    assert plan.body == (ByteRange(0, resource.size),)
