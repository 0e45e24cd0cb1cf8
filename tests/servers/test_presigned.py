"""Downloads that Django allows and a store sends, as somebody with curl sees them."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import Parser
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from attrs import frozen

from tests.object_store import KEYS, ObjectStore, object_store
from tests.servers.processes import ASGI, GTHREAD, Server, running

DATA = b"0123456789"
NAMES = [
    "plain.txt",
    "2026/06/deep.txt",
    "a b.txt",
    "100%.txt",
    "%41.txt",
    "what?.txt",
    "#1.txt",
    "a+b.txt",
    'it\'s "quoted".txt',
    "a;b=c&d.txt",
    unicodedata.normalize("NFC", "été.txt"),
    unicodedata.normalize("NFD", "été.txt"),
    "日本語.txt",
    "😀.txt",
    ".hidden.txt",
]
through_each_library = pytest.mark.parametrize("library", ["storage", "fsspec"])


@pytest.fixture(scope="module")
def running_store() -> Iterator[ObjectStore]:
    """Run a store for all tests of this module."""
    with object_store() as running:
        yield running


@pytest.fixture
def store(running_store: ObjectStore) -> ObjectStore:
    """Say what time it is, and forget what was asked."""
    running_store.now = lambda: datetime.now(UTC)
    running_store.seen.clear()
    return running_store


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def server(
    request: pytest.FixtureRequest, running_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Run the site, which knows the keys of the store."""
    environment = {
        "STORE_URL": running_store.url,
        "STORE_KEY": KEYS["access_key"],
        "STORE_SECRET": KEYS["secret_key"],
    }
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running(request.param, "tests.servers.presigned", log, **environment) as server:
        yield server


@frozen
class Answer:
    """One answer of those that curl has got."""

    status: int
    fields: Message


def curl(server: Server, path: str, *options: str) -> tuple[list[Answer], bytes]:
    """Follow *path* to its end; return all answers on the way, and the last body."""
    url = f"http://127.0.0.1:{server.port}/{quote(path)}"
    command = [
        "curl",
        "--silent",
        "--show-error",
        "--location",
        "--dump-header",
        "/dev/stderr",
        *options,
        url,
    ]
    done = subprocess.run(command, capture_output=True, check=True, timeout=30)
    heads = done.stderr.decode().replace("\r\n", "\n").strip().split("\n\n")
    answers = []
    for head in heads:
        line, _, fields = head.partition("\n")
        answers.append(Answer(int(line.split()[1]), Parser().parsestr(fields)))
    return answers, done.stdout


def link_of(answer: Answer) -> str:
    """Return where an answer leads."""
    assert answer.status == 302
    location: str = answer.fields["Location"]
    return location


@through_each_library
@pytest.mark.parametrize("name", NAMES)
def test_a_download_ends_at_the_store(store: ObjectStore, server: Server, library: str, name: str) -> None:
    """With the bytes, name and type that Django would have sent, and with no request of Django's to the store."""
    store.put(name, name.encode(), ContentType="text/html", CacheControl="public, max-age=9")
    (first, last), body = curl(server, f"{library}/{name}")
    assert link_of(first).startswith(store.url)
    assert body == name.encode()
    assert last.fields["Content-Type"] == "text/plain"
    disposition = last.fields["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert name.rpartition("/")[2] in disposition or f"filename*=UTF-8''{quote(name, safe='')}" in disposition
    assert "public" not in last.fields["Cache-Control"]
    assert [line.partition(" ")[0] for line in store.seen] == ["GET"]


@through_each_library
def test_a_redirection_is_private_and_shorter_than_its_link(
    store: ObjectStore, server: Server, library: str
) -> None:
    """Nobody else may keep it, and its client not until the link has expired."""
    store.put("a.txt", DATA)
    (first, _), _ = curl(server, f"{library}/a.txt")
    query = parse_qs(urlsplit(link_of(first)).query)
    assert query["X-Amz-Expires"] == ["90"]
    caching = first.fields["Cache-Control"].split(", ")
    assert "private" in caching
    (seconds,) = (int(one.partition("=")[2]) for one in caching if one.startswith("max-age="))
    assert 0 < seconds < 90
    assert "ETag" not in first.fields
    assert "Last-Modified" not in first.fields
    assert first.fields["X-Content-Type-Options"] == "nosniff"


@through_each_library
def test_a_link_expires(store: ObjectStore, server: Server, library: str) -> None:
    """Who kept the link too long gets nothing; who asks Django again, a new one."""
    store.put("a.txt", DATA)
    (first, _), _ = curl(server, f"{library}/a.txt")
    for later, status in ((80, "200"), (100, "403")):
        store.now = lambda later=later: datetime.now(UTC) + timedelta(seconds=later)  # type: ignore[misc]
        command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", link_of(first)]
        assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == status


@through_each_library
def test_head_is_followed_as_head(store: ObjectStore, server: Server, library: str) -> None:
    """The link is signed for the method that comes."""
    store.put("a.txt", DATA)
    (first, last), _ = curl(server, f"{library}/a.txt", "--head")
    assert (first.status, last.status) == (302, 200)
    assert last.fields["Content-Length"] == "10"
    assert store.seen == ["HEAD /files/a.txt"]


@through_each_library
@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [("2-4", 206, b"234"), ("-3", 206, b"789"), ("0-", 206, DATA), ("10-", 416, None)],
)
def test_ranges_are_the_business_of_the_store(
    store: ObjectStore, server: Server, library: str, wanted: str, status: int, expected: bytes | None
) -> None:
    """A redirection has none; curl repeats its Range to the store."""
    store.put("a.txt", DATA)
    (first, last), body = curl(server, f"{library}/a.txt", "--range", wanted)
    assert (first.status, last.status) == (302, status)
    if expected is not None:
        assert body == expected
        assert last.fields["Content-Disposition"] == 'attachment; filename="a.txt"'


def test_a_row_gives_its_name(store: ObjectStore, server: Server) -> None:
    """What the row knows goes before what the object is called."""
    store.put("scan4711.bin", DATA)
    (_, last), body = curl(server, "row/scan4711.bin")
    assert body == DATA
    assert last.fields["Content-Type"] == "application/pdf"
    assert quote("Bericht für März.pdf") in last.fields["Content-Disposition"]
    assert store.seen == ["GET /files/scan4711.bin"]


@pytest.mark.parametrize(
    ("name", "disposition"), [("a.pdf", "inline"), ("a.html", "attachment"), ("a.svg", "attachment")]
)
def test_what_can_script_is_not_shown(
    store: ObjectStore, server: Server, name: str, disposition: str
) -> None:
    """What is sent inline is decided before the store is told."""
    store.put(name, DATA, ContentType="text/html")
    (_, last), _ = curl(server, f"inline/{name}")
    assert last.fields["Content-Disposition"].partition(";")[0] == disposition
    assert last.fields["Content-Type"] != "text/html" or disposition == "attachment"


def test_what_cannot_be_signed_is_streamed(store: ObjectStore, server: Server) -> None:
    """The same download, by Django."""
    store.put("a.txt", DATA)
    (only,), body = curl(server, "public/a.txt", "--range", "2-4")
    assert (only.status, body) == (206, b"234")
    assert only.fields["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert "Location" not in only.fields
    assert store.seen != []


@through_each_library
@pytest.mark.parametrize("path", ["../secret.txt", "a/../../secret.txt", "a//b.txt", "./a.txt"])
def test_no_link_leads_elsewhere(store: ObjectStore, server: Server, library: str, path: str) -> None:
    """A key that is none is not found, and nothing is signed."""
    (only,), _ = curl(server, f"{library}/{path}", "--path-as-is")
    assert only.status == 404
    assert store.seen == []
