"""The four servers in front, with what ``downloadable_proxy`` prints for a site of awkward names, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from attrs import frozen

from tests.servers.fronted.adorned import ADORNMENTS
from tests.servers.fronted.places import Places, places
from tests.servers.fronts import (
    FRONTS,
    Front,
    FrontKind,
    in_front,
    public_directory,
)
from tests.servers.processes import ASGI, GTHREAD, Kind, Server, running

SITE = "tests.servers.fronted"
BODY = bytes(range(256)) * 400
OF_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOISE = {
    "nginx": (),
    "apache": ("AH00489", "AH00094"),
    "lighttpd": ("server started",),
    "caddy": ("using provided configuration", "admin endpoint disabled"),
}
"""What a server says of itself when nothing is wrong."""


@frozen
class Pair:
    """A server in front of Django's."""

    front: Front
    django: Server
    places: Places


@contextmanager
def pair(kind: FrontKind, behind: Kind, *options: str, origin: str = "http://127.0.0.1:9") -> Iterator[Pair]:
    """Start both, with a file in each directory."""
    with public_directory() as top:
        where = places(top, kind.name)
        for directory in (where.first, where.second, where.stored, where.static):
            directory.mkdir()
            directory.joinpath("a b.txt").write_bytes(directory.name[:6].encode() + BODY)
        environment: dict[str, Any] = {"SITE_FRONT": kind.name, "SITE_FILES": str(top), "SITE_ORIGIN": origin}
        environment["DJANGO_SETTINGS_MODULE"] = f"{SITE}.settings"
        log = top / "django.log"
        with (
            running(behind, SITE, log, **environment) as django,
            in_front(kind, django.port, "--keep", "X-Request-ID", *options, **environment) as front,
        ):
            yield Pair(front, django, where)


@pytest.fixture(scope="module", params=[GTHREAD, ASGI], ids=lambda kind: kind.name)
def behind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of Django's server."""
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="module", params=FRONTS, ids=lambda kind: kind.name)
def both(request: pytest.FixtureRequest, behind: Kind) -> Iterator[Pair]:
    """Each server in front of each kind of Django's."""
    with pair(request.param, behind) as both:
        yield both


@pytest.mark.parametrize("name", [".htaccess", "a.fr.txt", "a.inc", "a.php", "a.txt.gz", "a~", "index.html"])
def test_django_decides_which_names(both: Pair, name: str) -> None:
    """Names that a server of Debian keeps to itself, or runs, are names like any other here."""
    (both.places.first / name).write_bytes(BODY)
    with both.front.answer(f"/first/{name}") as answer:
        assert (answer.status, answer.read()) == (200, BODY)
        assert answer.headers.get_all("Content-Language") == ["fi"]
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("root", ["first", "second", "stored"])
def test_sends_files_of_each_root(both: Pair, root: str) -> None:
    """What Django names, whatever the directory is called, is what the server in front sends."""
    with both.django.answer(f"/{root}/a%20b.txt") as answer:
        assert answer.headers.get("X-Accel-Redirect") or answer.headers.get("X-Sendfile")
        assert answer.read() == b""
    with both.front.answer(f"/{root}/a%20b.txt") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a b.txt"'
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.read() == (f"{root} "[:6].encode() + BODY)
        assert not {"x-accel-redirect", "x-sendfile"} & {name.lower() for name in answer.headers}
        assert len(answer.headers.get_all("Server") or ()) == 1


def test_sends_ranges(both: Pair) -> None:
    """Ranges are the business of the server in front; compression on the way would forbid them."""
    with both.front.answer(
        "/first/a%20b.txt", Range="bytes=6-261", **{"Accept-Encoding": "gzip, deflate"}
    ) as answer:
        assert answer.status == 206
        assert answer.read() == bytes(range(256))
    with both.front.answer("/first/a%20b.txt", **{"Accept-Encoding": "gzip, deflate"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert not answer.headers["ETag"].startswith("W/")
        assert len(answer.read()) == len(BODY) + 6


def test_brings_back_fields(both: Pair) -> None:
    """All that protects, describes or marks an answer reaches the client, each once."""
    expected = {**OF_SECURITY, **ADORNMENTS}
    for url in ("/first/a%20b.txt", "/memory/a.txt", "/first/missing"):
        with both.front.answer(url) as answer:
            answer.read()
            fields = {name: answer.headers.get_all(name) for name in expected}
            # Lists may be written anew.
            fields["Vary"] = [", ".join(re.split(", *", value)) for value in fields["Vary"] or ()]
            assert fields == {name: [value] for name, value in expected.items()}
            assert answer.headers.get_all("Set-Cookie") == ["first=1; Path=/", "second=2; Path=/"]


def test_what_is_shown_is_confined(both: Pair) -> None:
    """Beside the policy of the site there is ours, in whatever the server in front answers, each once."""
    policies = [ADORNMENTS["Content-Security-Policy"] + ", sandbox; default-src 'none'"]
    with both.front.answer("/shown/a%20b.txt") as whole:
        assert len(whole.read()) == len(BODY) + 6
        assert whole.headers.get_all("Content-Security-Policy") == policies
    with both.front.answer("/shown/a%20b.txt", Range="bytes=6-261") as part:
        assert (part.status, part.read()) == (206, BODY[:256])
        assert part.headers.get_all("Content-Security-Policy") == policies
    with both.front.answer("/shown/a%20b.txt", **{"If-None-Match": whole.headers["ETag"]}) as unchanged:
        # What is stored keeps the policies that it has, where none come with this.
        assert unchanged.status == 304
        assert unchanged.headers.get_all("Content-Security-Policy") in (policies, None)


def test_serves_static_files(both: Pair) -> None:
    """Static files are served to everybody, without Django."""
    with both.front.answer("/static/a%20b.txt") as answer:
        assert answer.status == 200
        assert answer.read() == b"static" + BODY
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "url", ["/protected/a%20b.txt", "/reports/a%20b.txt", "/pro%20tec;ted%20%22%23%22%20%C3%A9/a%20b.txt"]
)
def test_inside_is_not_reachable(both: Pair, url: str) -> None:
    """Nobody gets a file by what only Django and the server in front call it."""
    with both.front.answer(url) as answer:
        assert answer.status == 404
        assert BODY not in answer.read()


def test_streams_the_rest(both: Pair) -> None:
    """What is only in Django's memory comes from there."""
    with both.front.answer("/memory/a.txt") as answer:
        assert answer.status == 200
        assert answer.read() == b"from memory" * 1000


def test_tells_django_the_truth(both: Pair) -> None:
    """Django hears the URL as it was asked for, from whom, and nothing of it that the client has made up."""
    made_up = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "made-up.example",
        "X-Forwarded-Port": "17",
        "X-Forwarded-Proto": "https",
        "X_Forwarded_Proto": "https",
        "SCRIPT_NAME": "/heard",
        "X-Sendfile-Type": "X-Accel-Redirect",
        "X-Accel-Mapping": "/=/",
    }
    with both.front.answer("/heard/a%20b+c?d=%2F&e=+", **made_up) as answer:
        heard = json.loads(answer.read())
    path, _, query = heard["uri"].partition("?")
    assert path == "/heard/a%20b+c"
    # lighttpd writes %2F as a slash, which is the same in a query (RFC 3986, 3.4).
    assert parse_qs(query) == {"d": ["/"], "e": [" "]}
    assert heard["scheme"] == "http"
    assert heard["Host"] == f"127.0.0.1:{both.front.port}"
    assert heard["X-Forwarded-For"] == "127.0.0.1"
    assert heard["X-Forwarded-Proto"] == "http"
    assert heard.get("X-Forwarded-Host") in (None, heard["Host"])
    assert heard.get("X-Forwarded-Port") in (None, str(both.front.port))
    assert not {"Script-Name", "X-Sendfile-Type", "X-Accel-Mapping"} & set(heard)


def test_says_that_nothing_is_wrong(both: Pair) -> None:
    """The server has no complaints about what was printed."""
    assert complaints(both.front) == []


# Last, for the servers complain of what is asked here.
def test_lists_no_static_files(both: Pair) -> None:
    """What there is among the static files, a page has to say."""
    with both.front.answer("/static/") as answer:
        assert answer.status in (403, 404)
        assert b"a b.txt" not in answer.read()


def complaints(front: Front) -> list[str]:
    """What the server has said, but for what it always says."""
    noise = NOISE[front.kind.name]
    return [line for line in front.said().splitlines() if not any(word in line for word in noise)]
