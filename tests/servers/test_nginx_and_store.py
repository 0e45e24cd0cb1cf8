"""nginx in front of a real S3 API: Django allows and signs, nginx fetches, and no client sees the link or the store."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from attrs import frozen

from tests.object_store import KEYS, ObjectStore, object_store
from tests.servers.fronts import NGINX, Front, in_front, public_directory
from tests.servers.processes import ASGI, GTHREAD, MIB, Kind, Server, Worker, running
from tests.servers.test_presigned import NAMES

SITE = "tests.servers.fetched"
DATA = b"0123456789"
FURTHER = [
    "a%2Fb.txt",
    "b@c!$'()*,:[]{}|^`~.txt",
    "a b /c d.txt",
    "a .txt",
    "..a/...txt",
    "?/#/%.txt",
]
TALKATIVE = {
    "ContentType": "text/html",
    "ContentDisposition": 'inline; filename="of the store.html"',
    "CacheControl": "public, max-age=9",
    "ContentLanguage": "de",
    "StorageClass": "STANDARD_IA",
}
OF_DJANGO = {
    "content-type": "text/plain",
    "content-disposition": 'attachment; filename="a.txt"',
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
OF_NGINX = {"server", "date", "connection", "content-length"}
OF_THE_STORE = {"etag", "last-modified", "accept-ranges"}
LIBRARIES = {GTHREAD: "storage", ASGI: "fsspec"}
"""For what is asked so often that one has to do: django-storages makes its client anew for each ASGI request."""
FROM_NGINX = {"host", "accept-encoding"}
"""All that nginx tells the store of a plain request; whoever calls it from Django's process says more."""

through_each_library = pytest.mark.parametrize("library", ["storage", "fsspec"])


@frozen
class Site:
    """nginx, and Django's server behind it."""

    front: Front
    django: Server


@frozen
class Answer:
    """What a client got."""

    status: int
    fields: Message
    body: bytes

    def each(self) -> dict[str, list[str]]:
        """All values of each field, by its name in lower case."""
        return {name.lower(): self.fields.get_all(name) or [] for name in self.fields}


def ask(server: Front | Server, path: str, *, method: str = "GET", **fields: str) -> Answer:
    """Ask for a path, which is not encoded yet."""
    connection = server.connect()
    try:
        connection.request(method, f"/{quote(path)}", headers=fields)
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@contextmanager
def site(
    kind: Kind, store_url: str, elsewhere: Path, *further: tuple[str, str], **environment: str
) -> Iterator[Site]:
    """
    Run both until the end of the block.

    Args:
        kind: Django's server.

        store_url: Where the store is.

        elsewhere: Directory for the storage that Django has no way to, and for Django's log.

        *further: What to replace in the printed configuration, and by what.

        **environment: For the settings of the site.
    """

    def filled_in(printed: str) -> str:
        """Do what the configuration asks an operator to do."""
        before, _, after = printed.partition("    # FILL IN: ")
        sentence, _, block = after.partition("\n")
        assert "Say so below, and take the # away." in sentence
        commented, end, rest = block.partition("    # }\n")
        lines = [line.replace("    # ", "    ", 1) for line in (commented + end).splitlines(keepends=True)]
        text = before + "".join(lines).replace("/THE/DIRECTORY", str(elsewhere)) + rest
        for old, new in further:
            assert old in text
            text = text.replace(old, new)
        return text

    variables = {
        "DJANGO_SETTINGS_MODULE": f"{SITE}.settings",
        "STORE_URL": store_url,
        "STORE_KEY": KEYS["access_key"],
        "STORE_SECRET": KEYS["secret_key"],
        **environment,
    }
    with (
        running(kind, SITE, elsewhere / "django.log", **variables) as django,
        in_front(NGINX, django.port, change=filled_in, write=None, **variables) as front,
    ):
        yield Site(front, django)


@pytest.fixture(scope="module")
def running_store() -> Iterator[ObjectStore]:
    """Run a store for all tests of this module."""
    with object_store() as running:
        yield running


@pytest.fixture
def store(running_store: ObjectStore) -> ObjectStore:
    """Say what time it is, and forget what was asked."""
    running_store.now = lambda: datetime.now(UTC)
    running_store.forget()
    return running_store


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """The directory of the storage that Django has no way to."""
    with public_directory() as directory:
        yield directory


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def both(request: pytest.FixtureRequest, running_store: ObjectStore, elsewhere: Path) -> Iterator[Site]:
    """Run nginx in front of each kind of Django's server, which knows the keys of the store."""
    with site(request.param, running_store.url, elsewhere) as both:
        yield both


@pytest.mark.parametrize("name", [*NAMES, *FURTHER])
def test_nginx_fetches_what_django_signs(store: ObjectStore, both: Site, name: str) -> None:
    """With the name, type and caching of Django, by a single request to the store, which is nginx's."""
    store.put(name, name.encode(), **TALKATIVE)
    answer = ask(both.front, f"{LIBRARIES[both.django.kind]}/{name}")
    assert (answer.status, answer.body) == (200, name.encode())
    (disposition,) = answer.each()["content-disposition"]
    saved = name.rpartition("/")[2].replace(":", "_")  # behind which Windows looks for a stream
    assert disposition.startswith("attachment; filename=")
    assert f'filename="{saved}"' in disposition or f"filename*=UTF-8''{quote(saved, safe='')}" in disposition
    assert answer.each()["content-type"] == ["text/plain"]
    assert answer.each()["cache-control"] == ["private, no-cache"]
    assert [unquote(line) for line in store.seen] == [f"GET /files/{name}"]
    assert [set(fields) for fields in store.heard] == [FROM_NGINX]


@through_each_library
def test_django_asks_the_store_for_nothing(store: ObjectStore, both: Site, library: str) -> None:
    """It answers with a link that is good for as long as the delegate says, and with no byte of the file."""
    store.put("a.txt", DATA)
    answer = ask(both.django, f"{library}/a.txt")
    (link,) = answer.each()["x-accel-redirect"]
    assert (answer.status, answer.body) == (200, b"")
    assert link.startswith("/store/a.txt?")
    assert "X-Amz-Expires=90&" in link
    assert store.seen == []


@through_each_library
def test_the_client_gets_djangos_words_and_the_stores_bytes(
    store: ObjectStore, both: Site, library: str
) -> None:
    """Each field once; of the store its validators only, of the link nothing."""
    store.put("a.txt", DATA, **TALKATIVE)
    answer = ask(both.front, f"{library}/a.txt")
    fields = answer.each()
    assert answer.body == DATA
    assert {name: fields[name] for name in OF_DJANGO} == {name: [value] for name, value in OF_DJANGO.items()}
    assert set(fields) == {*OF_DJANGO, *OF_NGINX, *OF_THE_STORE}
    assert all(len(values) == 1 for values in fields.values())
    assert fields["server"][0].startswith("nginx")
    said = str(answer.fields).lower()
    assert not any(word in said for word in ("amz", "signature", KEYS["access_key"].lower(), store.url[7:]))


@through_each_library
def test_the_store_hears_nothing_of_the_client(store: ObjectStore, both: Site, library: str) -> None:
    """No cookie, no password, no address: it could show them, and whoever holds its logs could use them."""
    store.put("a.txt", DATA)
    private = {
        "Cookie": "sessionid=secret",
        "Authorization": "Bearer secret",
        "Referer": "http://127.0.0.1/secret",
        "User-Agent": "secret",
        "X-Forwarded-For": "192.0.2.1",
        "X-Amz-Security-Token": "secret",
        "Accept-Encoding": "gzip",
    }
    assert ask(both.front, f"{library}/a.txt", **private).body == DATA
    assert store.heard == [{"host": store.url.removeprefix("http://"), "accept-encoding": "identity"}]


@frozen
class Asked:
    """
    A request, and what comes of it.

    Args:
        fields: ``{tag}`` and ``{date}`` stand for what the client got with the whole file.
    """

    id: str
    fields: dict[str, str]
    status: int
    body: bytes = b""
    method: str = "GET"


LONG_AGO = "Mon, 01 Jan 2001 00:00:00 GMT"
ASKED = [
    Asked("HEAD", {}, 200, b"", "HEAD"),
    Asked("range", {"Range": "bytes=2-4"}, 206, b"234"),
    Asked("suffix", {"Range": "bytes=-3"}, 206, b"789"),
    Asked("open range", {"Range": "bytes=7-"}, 206, b"789"),
    # The store's answer to several would be its whole object, and nginx asks for that.
    Asked("several ranges", {"Range": "bytes=0-0,2-4"}, 200, DATA),
    Asked("range that is not there", {"Range": "bytes=10-"}, 416),
    Asked("If-None-Match, same", {"If-None-Match": "{tag}"}, 304),
    Asked("If-None-Match, same of HEAD", {"If-None-Match": "{tag}"}, 304, b"", "HEAD"),
    Asked("If-None-Match, other", {"If-None-Match": '"other"'}, 200, DATA),
    Asked("If-Match, same", {"If-Match": "{tag}"}, 200, DATA),
    Asked("If-Match, stale", {"If-Match": '"stale"'}, 412),
    Asked("If-Match, stale, goes before Range", {"If-Match": '"stale"', "Range": "bytes=2-4"}, 412),
    Asked("If-Modified-Since, same", {"If-Modified-Since": "{date}"}, 304),
    Asked("If-Modified-Since, long ago", {"If-Modified-Since": LONG_AGO}, 200, DATA),
    Asked("If-Unmodified-Since, same", {"If-Unmodified-Since": "{date}"}, 200, DATA),
    Asked("If-Unmodified-Since, long ago", {"If-Unmodified-Since": LONG_AGO}, 412),
    # What a store makes of a stale one, which moto does not look at, tests/servers/test_nginx_origins.py shows.
    Asked("If-Range, same", {"If-Range": "{tag}", "Range": "bytes=2-4"}, 206, b"234"),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.id)
def test_conditions_and_ranges_are_the_stores(store: ObjectStore, both: Site, asked: Asked) -> None:
    """By the validators that the client got from it; its error pages stay with nginx."""
    store.put("a.txt", DATA, **TALKATIVE)
    whole = ask(both.front, "fsspec/a.txt").fields
    sent = {
        name: value.format(tag=whole["ETag"], date=whole["Last-Modified"])
        for name, value in asked.fields.items()
    }
    store.forget()
    answer = ask(both.front, "fsspec/a.txt", method=asked.method, **sent)
    assert answer.status == asked.status
    assert [line.partition(" ")[0] for line in store.seen] == ["GET"]
    if asked.status < 400:
        assert answer.body == asked.body
        assert answer.fields.get_all("ETag") == [whole["ETag"]]
        assert answer.fields.get_all("Content-Disposition") == [OF_DJANGO["content-disposition"]]
    else:
        assert_nothing_of_the_store(answer)
    if asked.status == 206:
        start = DATA.index(asked.body)
        assert answer.fields["Content-Range"] == f"bytes {start}-{start + len(asked.body) - 1}/10"
    if asked.method == "HEAD" and asked.status == 200:
        assert answer.fields["Content-Length"] == "10"


def assert_nothing_of_the_store(answer: Answer) -> None:
    """A page of nginx, not the store's XML; nginx keeps Django's description of the file, whatever becomes of it."""
    assert answer.fields.get_all("Content-Type") == ["text/html"]
    assert not any(name.startswith("x-amz") or name == "etag" for name in answer.each())
    assert b"<Error>" not in answer.body
    assert b"<?xml" not in answer.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "later", "status"),
    [
        pytest.param("storage/gone.txt", 0, 404, id="deleted"),
        pytest.param("fsspec/gone.txt", 0, 404, id="deleted, by fsspec"),
        pytest.param("row/gone.txt", 0, 404, id="deleted after the row was written"),
        pytest.param("mistaken/a.txt", 0, 403, id="signed with a wrong key"),
        pytest.param("storage/a.txt", 100, 403, id="expired on the way"),
    ],
)
def test_refusals_are_not_the_stores_to_tell(
    store: ObjectStore, both: Site, path: str, later: int, status: int, method: str
) -> None:
    """What the store does not send is a status, the one that it has where Django asks, and never the store's page."""
    for name in ("a.txt", "gone.txt"):
        store.put(name, DATA)
    store.delete("gone.txt")
    store.now = lambda: datetime.now(UTC) + timedelta(seconds=later)
    answer = ask(both.front, path, method=method)
    assert answer.status == status
    assert_nothing_of_the_store(answer)
    assert [line.partition(" ")[0] for line in store.seen] == ["GET"]


def test_a_row_gives_its_name(store: ObjectStore, both: Site) -> None:
    """What the row knows goes before what the object is called."""
    store.put("scan4711.bin", DATA)
    answer = ask(both.front, "row/scan4711.bin")
    assert answer.body == DATA
    assert answer.each()["content-type"] == ["application/pdf"]
    assert quote("Bericht für März.pdf") in answer.each()["content-disposition"][0]


def test_a_storage_may_lie_below_a_key(store: ObjectStore, both: Site) -> None:
    """The location of a storage is part of its objects' keys."""
    store.put("media/été/a b.txt", DATA)
    assert ask(both.front, "nested/a b.txt").body == DATA
    assert [unquote(line) for line in store.seen] == ["GET /files/media/été/a b.txt"]


def test_what_is_shown_is_confined(store: ObjectStore, both: Site) -> None:
    """A policy that no store could be told reaches the client by way of nginx, which asks the store."""
    store.put("a.txt", DATA)
    answer = ask(both.front, "inline/a.txt")
    assert answer.body == DATA
    assert answer.each()["content-disposition"] == ['inline; filename="a.txt"']
    assert answer.each()["content-security-policy"] == ["sandbox; default-src 'none'"]


@pytest.mark.parametrize("name", ["a.html", "a.svg"])
def test_what_can_script_is_not_shown(store: ObjectStore, both: Site, name: str) -> None:
    """What the store says of an object's type does not make it a page of the site."""
    store.put(name, DATA, ContentType="text/html", ContentDisposition="inline")
    answer = ask(both.front, f"inline/{name}")
    assert answer.body == DATA
    assert answer.each()["content-disposition"] == [f'attachment; filename="{name}"']
    assert answer.each()["x-content-type-options"] == ["nosniff"]


@pytest.mark.parametrize(
    "path",
    ["store/a.txt", "store/", "storage/../store/a.txt", "from-elsewhere/a.txt"],
)
def test_inside_is_not_reachable(store: ObjectStore, both: Site, elsewhere: Path, path: str) -> None:
    """Nobody but Django sends nginx to the store, or to what only nginx sees."""
    store.put("a.txt", DATA)
    elsewhere.joinpath("a.txt").write_bytes(DATA)
    answer = ask(both.front, path, **{"X-Accel-Redirect": "/store/a.txt"})
    assert answer.status == 404
    assert DATA not in answer.body
    assert store.seen == []


@pytest.mark.parametrize("name", [*(name for name in NAMES if "/" not in name), "directory/a.txt"])
def test_nginx_sends_what_django_has_no_way_to(both: Site, elsewhere: Path, name: str) -> None:
    """The alias of a storage is enough, once the configuration says where its files are."""
    file = elsewhere / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(name.encode())
    answer = ask(both.front, f"elsewhere/{name}", Range="bytes=1-")
    assert (answer.status, answer.body) == (206, name.encode()[1:])
    assert answer.each()["content-type"] == ["text/plain"]
    assert answer.each()["content-disposition"][0].startswith("attachment; filename=")


@pytest.mark.parametrize("name", ["nothing.txt", "../django.log", "a//b.txt"])
def test_nginx_knows_what_is_not_there(both: Site, name: str) -> None:
    """Django looks at nothing; nothing above is there for it to name."""
    answer = ask(both.front, f"elsewhere/{name}")
    assert answer.status == 404
    assert b"uvicorn" not in answer.body.lower()


@pytest.mark.parametrize("buffering", ["no", ""])
def test_nothing_large_is_kept(
    store: ObjectStore, tmp_path_factory: pytest.TempPathFactory, buffering: str
) -> None:
    """A large object passes nginx in a little memory and through no temporary file, and Django not at all."""
    size = 64 * MIB
    store.put("large.bin", bytes(size))
    with site(GTHREAD, store.url, tmp_path_factory.mktemp("large"), SITE_BUFFERING=buffering) as both:
        told = ask(both.django, "storage/large.bin").each()
        assert told.get("x-accel-buffering") == (["no"] if buffering else None)
        children = Path(f"/proc/{both.front.process.pid}/task/{both.front.process.pid}/children").read_text()
        (worker,) = (Worker(int(pid)) for pid in children.split())
        before = worker.resident()
        worker.forget_peak()
        assert fetched_slowly(both.front, "/storage/large.bin") == size
        assert worker.peak() - before < 8 * MIB
        assert both.front.said() == ""


def fetched_slowly(front: Front, url: str) -> int:
    """Read in small pieces, more slowly than any store sends; return how many bytes came."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        connection.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 200
        count = 0
        while piece := response.read(256 * 1024):
            count += len(piece)
        return count


def test_a_store_that_is_down_is_no_riddle(tmp_path: Path) -> None:
    """Silence is 504 once nginx has waited long enough, nobody there is 502; its log says which server it was."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        soon = ("proxy_max_temp_file_size 0;", "proxy_max_temp_file_size 0; proxy_read_timeout 200ms;")
        with site(GTHREAD, f"http://{host}", tmp_path, soon) as both:
            late = ask(both.front, "storage/a.txt")
            silent.close()
            down = ask(both.front, "storage/a.txt")
            assert (late.status, down.status) == (504, 502)
            for answer in (late, down):
                assert_nothing_of_the_store(answer)
                assert host.encode() not in answer.body
            assert f"http://{host}/files/a.txt" in both.front.said()
            assert "Connection refused" in both.front.said()
