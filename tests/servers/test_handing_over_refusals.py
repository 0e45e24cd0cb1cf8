"""What nobody gets through a server in front, whatever it asks for and claims."""

from __future__ import annotations

import pytest

from tests.servers.asking import Client, ask_all
from tests.servers.awkward_files import INSIDE, SECRET
from tests.servers.pairs import Pair
from tests.servers.processes import until
from tests.servers.reading import handed_over
from tests.servers.refused import TABLES, Refused
from tests.servers.untold import SOME

CLAIMS = {
    "X-Accel-Redirect": "/protected/kinds/inside.txt",
    "X-Sendfile": "/etc/passwd",
    "X-Lighttpd-Send-File": "/etc/passwd",
    "X-Sendfile2": "/etc/passwd 0-",
    "X-Sendfile-Type": "X-Accel-Redirect",
    "X-Accel-Mapping": "/=/protected/",
    "X-Accel-Buffering": "no",
    "X-Accel-Limit-Rate": "1",
    "X-Original-URL": "/protected/kinds/inside.txt",
    "X-Rewrite-URL": "/protected/kinds/inside.txt",
}
"""What a client may send, and no server may believe."""

CLAIMED = [
    *({name: value} for name, value in CLAIMS.items()),
    {"X-Sendfile-Type": "X-Sendfile"},
    {"X-Sendfile-Type": "X-Lighttpd-Send-File"},
    CLAIMS,
]


@pytest.mark.parametrize("claimed", [{}, CLAIMS], ids=["plainly", "with claims"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_nothing_but_files_of_the_site(pair: Pair, table: list[Refused], claimed: dict[str, str]) -> None:
    """Links that leave the root, what is no file, what lies above and what is internal are not found."""
    questions = [("GET", refused.target, claimed) for refused in table]
    through = ask_all(pair.front.port, questions)
    direct = ask_all(pair.django.port, questions)
    wrong = []
    for refused, answer, told in zip(table, through, direct, strict=True):
        status = 200 if pair.name in refused.plain else refused.otherwise.get(pair.name, 404)
        if answer.status != status or (INSIDE in answer.body) != (status == 200) or SECRET in answer.body:
            wrong.append((refused.id, answer.status, answer.fields))
        if handed_over(answer) or handed_over(told) or told.status != 404:
            wrong.append((refused.id, told.status, told.fields))
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [
        "link",
        "absolute%20link",
        "link%20to%20a%20directory/inside.txt",
        "link%20to%20the%20root/kinds/inside.txt",
    ],
)
@pytest.mark.parametrize("door", ["local", "storage", "path-view"])
def test_links_within_the_root_are_followed(pair: Pair, door: str, path: str) -> None:
    """A link that stays below the root is served, by the server in front."""
    before = len(pair.lines())
    with Client(pair.front.port) as client:
        answer = client.ask(f"/{door}/kinds/{path}")
    assert (answer.status, answer.body) == (200, INSIDE)
    assert pair.lines()[before:] == [f"handed over;{pair.name.capitalize()};0"]


def test_links_out_of_a_storage_are_not_handed_over(pair: Pair) -> None:
    """A storage follows links that leave it, and so does Django; the server in front is never told to."""
    before = len(pair.lines())
    with Client(pair.front.port) as client:
        answer = client.ask("/storage/kinds/link%20out")
    assert (answer.status, answer.body) == (200, SECRET)
    lines = until(lambda: pair.lines()[before:], lambda lines: len(lines) > 0)
    assert lines == [f"completed;None;{len(SECRET)}"]


def test_what_the_server_in_front_may_not_read_is_refused(pair: Pair) -> None:
    """A file that Django may look at and the server in front may not read is 403 or 404, without its bytes or path."""
    with Client(pair.front.port) as client:
        answer = client.ask("/local/kinds/unreadable.txt")
    assert answer.status in (403, 404)
    assert SECRET not in answer.body
    assert b"unreadable" not in answer.body
    assert handed_over(answer) == []


def claim(fields: dict[str, str]) -> str:
    """Name a claim in a test's id."""
    return ", ".join(f"{name} {value}" for name, value in fields.items()) if len(fields) == 1 else "all"


@pytest.mark.parametrize("claimed", CLAIMED, ids=claim)
def test_requests_choose_no_delegate(pair: Pair, claimed: dict[str, str]) -> None:
    """What a client claims about the server in front changes nothing: not what Django tells it, not what it sends."""
    with Client(pair.front.port) as client, Client(pair.django.port) as direct:
        for target in ("/local/kinds/inside.txt", "/storage/kinds/inside.txt", "/path-view/kinds/inside.txt"):
            plain, told = direct.ask(target), direct.ask(target, claimed)
            assert len(handed_over(plain)) == 1
            assert handed_over(told) == handed_over(plain)
            assert (told.status, told.body) == (200, b"")
            assert client.ask(target, claimed).body == INSIDE
        for target, status in (("/private/kinds/inside.txt", 403), ("/bytes", 200), ("/text", 200)):
            assert handed_over(direct.ask(target, claimed)) == []
            answer = client.ask(target, claimed)
            assert answer.status == status
            assert INSIDE not in answer.body
            assert b"root:" not in answer.body


OTHERS = [
    ("GET", "/private/kinds/inside.txt", {}, 403),
    ("HEAD", "/private/kinds/inside.txt", {}, 403),
    ("GET", "/private/kinds/inside.txt", {"Range": "bytes=0-1"}, 403),
    ("GET", "/private/kinds/inside.txt", {"If-None-Match": "*"}, 403),
    ("GET", "/local/kinds/nothing", {}, 404),
    ("HEAD", "/local/kinds/nothing", {}, 404),
    ("GET", "/local/kinds/nothing", {"If-None-Match": "*"}, 404),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/slashed", {}, 301),
    ("POST", "/local/kinds/inside.txt", {"Content-Length": "0"}, 405),
    ("PUT", "/local/kinds/inside.txt", {"Content-Length": "0"}, 405),
    ("DELETE", "/local/kinds/inside.txt", {}, 405),
    ("OPTIONS", "/local/kinds/inside.txt", {}, 200),
    ("GET", "/bytes", {}, 200),
    ("GET", "/bytes", {"If-None-Match": "*"}, 304),
    ("GET", "/bytes", {"If-Match": '"stale"'}, 412),
    ("GET", "/bytes", {"Range": "bytes=256-"}, 416),
    ("GET", "/bytes", {"Range": "bytes=0-1"}, 206),
]


@pytest.mark.parametrize(("method", "target", "fields", "status"), OTHERS)
def test_only_a_file_is_handed_over(
    pair: Pair, method: str, target: str, fields: dict[str, str], status: int
) -> None:
    """403, 404, 301, 405, and what Django makes itself, have their status everywhere and tell nobody to send a file."""
    for port in (pair.django.port, pair.front.port):
        with Client(port) as client:
            answer = client.ask(target, fields, method=method)
        assert answer.status == status
        assert handed_over(answer) == []
        assert INSIDE not in answer.body


@pytest.mark.parametrize("status", [201, 206, 400, 401, 403, 404, 410, 412, 416, 429, 500, 503])
def test_who_changes_the_status_takes_the_file_back(pair: Pair, status: int) -> None:
    """A view or a middleware that makes a refusal of an answer that was handed over gets its refusal, and no file."""
    for port in (pair.django.port, pair.front.port):
        with Client(port) as client:
            answer = client.ask(f"/changed/{status}/kinds/inside.txt")
        assert answer.status == status
        assert handed_over(answer) == []
        assert INSIDE not in answer.body


CONDITIONS = [
    ("GET", {"If-None-Match": "*"}),
    ("HEAD", {"If-None-Match": "*"}),
    ("GET", {"If-Match": '"stale"'}),
    ("GET", {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    ("GET", {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    ("GET", {"Range": "bytes=0-9"}),
    ("GET", {"Range": "bytes=0-9,100-109"}),
    ("GET", {"Range": "bytes=999999-"}),
    ("GET", {"Range": "bytes=0-9", "If-Range": '"stale"'}),
]


@pytest.mark.parametrize(("method", "fields"), CONDITIONS)
def test_only_a_plain_200_hands_over(pair: Pair, method: str, fields: dict[str, str]) -> None:
    """Whatever Django answers to conditions and ranges, a field to hand over stands on a 200 without a body only."""
    answers = ask_all(pair.django.port, [(method, name.url, fields) for name in SOME])
    for name, answer in zip(SOME, answers, strict=True):
        if handed_over(answer):
            assert (answer.status, answer.body) == (200, b""), name.id
