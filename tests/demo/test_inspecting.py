"""The inspector: what it asks, what it notes, and what it concludes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from attrs import evolve
from django.core.cache import caches
from django.http import HttpRequest
from django.test import Client, override_settings

from demo import watching
from demo.asking import Arrived, NotAsked, target_of, value_of
from demo.verdicts import dumped, fields_of, meaning_of, sender_of
from demo.watching import Heard, Left
from downloadable.domain import ByteRange, Plan, Resource
from downloadable.ports import Served

HERE = "http://127.0.0.1:8000"

ARRIVED = Arrived(
    status=200,
    fields=(("Server", "nginx/1.22.1"), ("Content-Type", "image/png")),
    size=100,
    first=b"\x89PNG",
    cut=False,
    seconds=0.1,
)
LEFT = Left(
    server="gunicorn",
    status=200,
    fields=(("Content-Type", "image/png"),),
    how="blocks",
    blocks=2,
    size=100,
    largest=60,
)
HEARD = Heard(
    status=200,
    fields=(),
    segments=(),
    name="a.png",
    size=100,
    outcome="completed",
    bytes_sent=100,
    delegate=None,
)
ACCEL = ("X-Accel-Redirect", "/protected/a.png")
HANDED = evolve(LEFT, fields=(*LEFT.fields, ACCEL), blocks=0, size=0, largest=0)
BY_NGINX = evolve(HEARD, outcome="handed over", bytes_sent=0, delegate="Nginx")


@pytest.mark.parametrize(
    ("method", "arrived", "left", "heard", "who", "because"),
    [
        pytest.param(
            "GET",
            ARRIVED,
            LEFT,
            HEARD,
            "Django",
            "Django gave gunicorn 2 blocks, 100 bytes in all, 60 bytes in the largest.",
            id="blocks",
        ),
        pytest.param(
            "GET",
            ARRIVED,
            evolve(LEFT, how="file"),
            HEARD,
            "gunicorn, from the open file",
            "Django gave gunicorn the open file (wsgi.file_wrapper, PEP 3333), which gunicorn read.",
            id="a file",
        ),
        pytest.param(
            "GET",
            ARRIVED,
            evolve(LEFT, how="descriptor"),
            HEARD,
            "gunicorn, by sendfile",
            "Django gave gunicorn the open file (wsgi.file_wrapper, PEP 3333). gunicorn took its descriptor and read "
            "nothing: the kernel copied the file to the network.",
            id="a descriptor",
        ),
        pytest.param(
            "GET",
            ARRIVED,
            evolve(LEFT, how="path", server="granian"),
            HEARD,
            "granian, by itself",
            "Django told granian the path of the file (http.response.pathsend, ASGI) in place of a body.",
            id="a path",
        ),
        pytest.param(
            "GET",
            ARRIVED,
            HANDED,
            BY_NGINX,
            "nginx",
            "Django sent 200, 0 bytes of a body, and X-Accel-Redirect: /protected/a.png.",
            id="handed over",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=416),
            HANDED,
            BY_NGINX,
            "nginx",
            "100 bytes of a body arrived. They are a page of nginx about its 416.",
            id="a page of the server in front",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=304, size=0),
            HANDED,
            BY_NGINX,
            "nobody",
            "nginx answered the client with 304, without a body.",
            id="answered by the server in front",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, fields=(ACCEL,), size=0),
            HANDED,
            BY_NGINX,
            "nobody",
            "Django named a file by X-Accel-Redirect, which no server in front took up.",
            id="handed over to nobody",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=302, fields=(("Location", "http://127.0.0.1:9/a"),), size=0),
            evolve(LEFT, status=302, size=0),
            evolve(HEARD, outcome="handed over", delegate="PresignedRedirect"),
            "nobody here: the client is sent elsewhere",
            "Django sent 302 and 0 bytes of a body. Location says who has the file.",
            id="a store",
        ),
        pytest.param(
            "HEAD",
            evolve(ARRIVED, size=0),
            LEFT,
            HEARD,
            "nobody",
            "No body arrived: an answer to HEAD has none.",
            id="HEAD",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=304, size=0),
            evolve(LEFT, status=304),
            HEARD,
            "nobody",
            "No body arrived: this 304 has none.",
            id="not modified",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=404),
            evolve(LEFT, status=404, blocks=1),
            None,
            "Django",
            "No download was decided: what left Django is a page of its own.",
            id="a page",
        ),
        pytest.param(
            "GET",
            evolve(ARRIVED, status=502),
            None,
            None,
            "a server before Django (nginx/1.22.1)",
            "Nothing left Django for this request. The answer is of a server with nginx/1.22.1.",
            id="never got there",
        ),
    ],
)
def test_who_sent_is_concluded_from_both_sides(
    method: str, arrived: Arrived, left: Left | None, heard: Heard | None, who: str, because: str
) -> None:
    """Who sent a body follows from what left Django and what arrived."""
    sender = sender_of(method, arrived, left, heard)
    assert sender.who == who
    assert because in sender.evidence


@pytest.mark.parametrize(
    ("status", "phrase", "section"),
    [(206, "Partial Content", "15.3.7"), (599, "", ""), (418, "I'm a Teapot", "")],
)
def test_each_status_has_a_meaning(status: int, phrase: str, section: str) -> None:
    """A status is told with its phrase and section; an unknown one has neither."""
    meaning = meaning_of(status)
    assert (meaning.phrase, meaning.section) == (phrase, section)


def test_fields_stand_next_to_each_other() -> None:
    """Of each field there is what arrived and what had left; cookies are not shown."""
    arrived = evolve(ARRIVED, fields=(("Server", "nginx"), ("content-type", "a/b"), ("Set-Cookie", "secret")))
    left = evolve(LEFT, fields=(("Content-Type", "a/b"), ACCEL))
    assert [(one.name, one.arrived, one.left, one.changed) for one in fields_of(arrived, left)] == [
        ("Server", "nginx", None, True),
        ("content-type", "a/b", "a/b", False),
        ("Set-Cookie", "(not shown)", None, True),
        ("X-Accel-Redirect", None, "/protected/a.png", True),
    ]


def test_bytes_are_dumped_in_lines() -> None:
    """Sixteen bytes are a line, in hexadecimal and as what can be printed."""
    assert dumped(b"0123456789abcdef\x00\xff!") == [
        ("0000", "30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66", "0123456789abcdef"),
        ("0010", "00 ff 21", "··!"),
    ]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("/documents/1/file", "/documents/1/file"),
        (f" {HERE}/documents/1/file", "/documents/1/file"),
        ("/documents/zip/?pk=1&pk=2#top", "/documents/zip/?pk=1&pk=2"),
        ("/local/Grüße aus 東京.txt", "/local/Gr%C3%BC%C3%9Fe%20aus%20%E6%9D%B1%E4%BA%AC.txt"),
    ],
)
@pytest.mark.usefixtures("site")
def test_a_download_of_this_site_is_asked_for(text: str, target: str) -> None:
    """A path, or a whole URL of this site, is asked for as it goes over the wire."""
    assert target_of(text, HERE, frozenset({"local"})) == target


@pytest.mark.parametrize(
    "text",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//example.com/documents/1/file",
        f"{HERE}@example.com/documents/1/file",
        f"{HERE}0/documents/1/file",
        "documents/1/file",
        "/documents/1/delete",
        "/accounts/logout/",
        "/admin/",
        "/inspect/",
        "/documents/1/file HTTP/1.1\r\nX-Other: 1",
        "/documents/1/file\x00",
        f"/local/{'a' * 2000}",
        "/local/../documents/1/delete",
        "/local/%2e%2E/documents/1/delete",
        "/local/./notes.txt",
        "/nowhere",
    ],
)
@pytest.mark.usefixtures("site")
def test_nothing_else_is_asked_for(text: str) -> None:
    """No other host, no page that changes something, and not the inspector itself."""
    with pytest.raises(NotAsked):
        target_of(text, HERE, frozenset({"local"}))


@pytest.mark.parametrize("text", ["bytes=0-9\r\nX-Other: 1", "a\nb", "a\x00", "ä", "\t", "a" * 2001])
def test_a_field_is_one_line(text: str) -> None:
    """Nothing that is filled in ends a field and begins another."""
    with pytest.raises(NotAsked):
        value_of(text)


@pytest.mark.parametrize(("text", "value"), [("", ""), ("  ", ""), (' W/"a" ', 'W/"a"'), ("a, b", "a, b")])
def test_a_field_is_stripped(text: str, value: str) -> None:
    """Spaces around a value do not belong to it."""
    assert value_of(text) == value


@pytest.fixture
def notes() -> Iterator[None]:
    """A cache for what is watched."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "inspections"}
    with override_settings(CACHES={"default": memory, "inspections": memory}):
        yield
        caches["inspections"].clear()


class Body:
    """A body of two blocks, which knows whether it is closed."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"abc", b"", b"de")

    def close(self) -> None:
        self.closed = True


def answering(body: Iterable[bytes]) -> Any:
    """Return a WSGI application that answers with *body*."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("206 Partial Content", [("Content-Type", "a/b")])
        return body

    return watching.watched_wsgi(application)


def started(status: str, fields: list[tuple[str, str]]) -> None:
    """Be a server that begins an answer."""


@pytest.mark.usefixtures("notes")
def test_blocks_are_counted() -> None:
    """What leaves under WSGI is noted once the server has closed the body, which is closed before."""
    body, token = Body(), watching.announced()
    watched: Any = answering(body)({"HTTP_X_INSPECTION": token}, started)
    assert b"".join(watched) == b"abcde"
    assert watching.left(token, 0) is None
    watched.close()
    assert body.closed
    assert watching.left(token, 0) == Left(
        server="tests",
        status=206,
        fields=(("Content-Type", "a/b"),),
        how="blocks",
        blocks=2,
        size=5,
        largest=3,
    )


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("asked", "how"), [("fileno", "descriptor"), ("read", "file")], ids=["descriptor", "read"]
)
def test_a_file_is_passed_on_as_it_is(asked: str, how: str, tmp_path: Path) -> None:
    """A server gets the very file wrapper that it knows; which way it took the file is noted at the end."""
    (tmp_path / "a").write_bytes(b"abc")
    token = watching.announced()
    body: Any = FileWrapper((tmp_path / "a").open("rb", buffering=0))
    body.filelike = Streamed(body.filelike)
    environ = {"HTTP_X_INSPECTION": token, "wsgi.file_wrapper": FileWrapper}
    passed: Any = answering(body)(environ, started)
    assert passed is body
    assert getattr(passed.filelike, asked)() is not None
    passed.close()
    noted = watching.left(token, 0)
    assert noted is not None
    assert noted.how == how
    assert body.filelike.file.closed


class Streamed:
    """A file as responses have it."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def fileno(self) -> Any:
        return self.file.fileno()

    def read(self, size: int = -1) -> Any:
        return self.file.read(size)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("token", ["", "0" * 32, "x" * 32, "0"])
def test_only_what_is_announced_is_watched(token: str) -> None:
    """A client that makes up a token has nothing written down."""
    body = Body()
    assert answering(body)({"HTTP_X_INSPECTION": token}, started) is body
    assert watching.left(token, 0) is None


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({"type": "http.response.body", "body": b"abc"}, ("blocks", 1, 3), id="blocks"),
        pytest.param({"type": "http.response.pathsend", "path": "/a"}, ("path", 0, 0), id="a path"),
    ],
)
async def test_messages_are_counted(message: dict[str, Any], expected: tuple[str, int, int]) -> None:
    """What leaves under ASGI is noted when the application has returned, and all of it is sent."""
    token, sent = watching.announced(), []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"a/b")]})
        await send(message)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"x-inspection", token.encode())]}
    await watching.watched_asgi(application)(scope, None, send)
    noted = watching.left(token, 0)
    assert noted is not None
    assert (noted.how, noted.blocks, noted.size) == expected
    assert noted.fields == (("content-type", "a/b"),)
    assert sent[1:] == [message]


@pytest.mark.usefixtures("notes")
def test_the_observer_keeps_the_plan() -> None:
    """Of a request that is watched, the decision is kept, each segment in words; of no other."""
    token, request, watched = watching.announced(), HttpRequest(), HttpRequest()
    watched.META["HTTP_X_INSPECTION"] = token
    plan = Plan(
        206, (("Content-Type", "a/b"),), (b"--x", ByteRange(0, 10), ByteRange(5, None), ByteRange(0, 0))
    )
    served = Served(
        resource=Resource(name="a", size=100),
        plan=plan,
        bytes_sent=13,
        seconds=1,
        outcome="completed",
        request=request,
    )
    watching.record(served)
    assert watching.heard(token, 0) is None
    watching.record(evolve(served, request=watched))
    noted = watching.heard(token, 0)
    assert noted is not None
    assert noted.segments == (
        "3 bytes as they are: b'--x'",
        "bytes 0 to 9 of the content: 10 bytes",
        "the content from byte 5 to its end",
        "the content, which is empty",
    )
    assert (noted.status, noted.name, noted.size, noted.bytes_sent) == (206, "a", 100, 13)


def test_the_inspector_is_for_who_has_signed_in(visitor: Client) -> None:
    """Others are asked to sign in, and nothing is asked in their name."""
    for answer in (visitor.get("/inspect/"), visitor.post("/inspect/", {"path": "/bytes", "method": "GET"})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/")


def test_the_last_answer_fills_in(visitor: Client, django_user_model: Any) -> None:
    """Without JavaScript, a button posts the form, which comes back with a field filled in and nothing asked."""
    visitor.force_login(django_user_model.objects.create_user("eve"))
    page = visitor.post(
        "/inspect/", {"path": "/bytes", "method": "HEAD", "use": 'if_match="a=b"'}
    ).content.decode()
    assert 'name="if_match" value="&quot;a=b&quot;"' in page
    assert 'name="path" value="/bytes"' in page
    assert '<option value="HEAD" selected>' in page
    assert "Who sent the body" not in page
