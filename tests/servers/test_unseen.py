"""Files that only the server in front has: Django's process knows their directory by a name that is not there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.expectations import Answer
from tests.servers.asking import Client
from tests.servers.fronts import FRONTS, Front, in_front, public_directory
from tests.servers.processes import GTHREAD, running

KEY = "/nowhere/media"
DATA = b"0123456789" * 1000
DIGEST = hashlib.sha256(DATA).digest()
SECRET = b"secret"
KEEP_OURS = {"apache", "lighttpd"}


@pytest.fixture(scope="module", params=FRONTS, ids=lambda kind: kind.name)
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Each server in front, which has the files, before a Django that has not."""
    kind = request.param
    with public_directory() as directory:
        media = directory / "media"
        (media / "deep").mkdir(parents=True)
        (media / "a b.txt").write_bytes(DATA)
        (media / "deep" / "é.txt").write_bytes(DATA)
        (media / "deep" / "index.html").write_bytes(DATA)
        (directory / "secret.txt").write_bytes(SECRET)
        (media / "link.txt").symlink_to(directory / "secret.txt")
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.servers.unseen.settings",
            "UNSEEN_FRONT": kind.name,
            "UNSEEN_MEDIA": str(media),
        }
        log = tmp_path_factory.mktemp("log") / "log"
        with (
            running(GTHREAD, "tests.servers.unseen", log, **environment) as django,
            in_front(
                kind, django.port, change=lambda text: text.replace(KEY, str(media)), **environment
            ) as front,
        ):
            assert not Path(KEY).exists()
            yield front


def asked(front: Front, target: str, method: str = "GET", **fields: str) -> Answer:
    """Ask a question of its own connection."""
    with Client(front.port) as client:
        return client.ask(
            target, {name.replace("_", "-"): value for name, value in fields.items()}, method=method
        )


TOLD = f"sha-256=:{base64.b64encode(DIGEST).decode()}:"


@pytest.mark.parametrize("target", ["/row/a%20b.txt", "/bare/a%20b.txt", "/row/deep/%C3%A9.txt"])
def test_the_server_in_front_sends_it(front: Front, target: str) -> None:
    """What Django does not see arrives, whole and in part, and HEAD tells its length."""
    whole = asked(front, target)
    assert (whole.status, whole.body) == (200, DATA)
    part = asked(front, target, Range="bytes=5-14")
    assert (part.status, part.body) == (206, DATA[5:15])
    assert part.field("Content-Range") == f"bytes 5-14/{len(DATA)}"
    head = asked(front, target, "HEAD")
    assert (head.status, head.field("Content-Length"), head.body) == (200, str(len(DATA)), b"")


def test_the_digest_arrives(front: Front) -> None:
    """A digest of the whole stands beside the whole, a part, and what HEAD tells (RFC 9530, 3)."""
    for method, fields in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=5-14"})):
        assert asked(front, "/row/a%20b.txt", method, **fields).field("Repr-Digest") == TOLD


def test_what_has_not_changed_is_not_sent_again(front: Front) -> None:
    """A row's hash makes the tag where the server keeps ours; else the server has its own, which it knows again."""
    tag = asked(front, "/row/a%20b.txt").field("ETag") or ""
    assert (tag == f'"{DIGEST.hex()}"') is (front.kind.name in KEEP_OURS)
    assert asked(front, "/row/a%20b.txt", If_None_Match=tag).status == 304
    assert asked(front, "/row/a%20b.txt", If_None_Match='"other"').status == 200


def test_where_nothing_is_known_nothing_is_kept(front: Front) -> None:
    """Without a row, a server that keeps our validators gets a tag that never comes twice."""
    tags = [asked(front, "/bare/a%20b.txt").field("ETag") or "" for _ in range(2)]
    status = asked(front, "/bare/a%20b.txt", If_None_Match=tags[0]).status
    assert status == (200 if front.kind.name in KEEP_OURS else 304)
    assert (tags[0] == tags[1]) is (front.kind.name not in KEEP_OURS)


@pytest.mark.parametrize(
    "target", ["/row/missing.txt", "/bare/missing.txt", "/bare/deep", f"/bare/{'a' * 256}"]
)
def test_what_is_not_there_is_not_found(front: Front, target: str) -> None:
    """The server in front says so: Django cannot know."""
    answer = asked(front, target)
    assert answer.status in (403, 404)
    assert answer.field("Location") is None
    assert DATA[:10] not in answer.body


@pytest.mark.parametrize(
    "target", ["/bare/../secret.txt", "/bare/%2e%2e/secret.txt", "/bare/deep/..%2f..%2fsecret.txt"]
)
def test_no_name_leads_out(front: Front, target: str) -> None:
    """The name is judged although nothing is looked at."""
    answer = asked(front, target)
    assert answer.status == 404
    assert SECRET not in answer.body


def test_nginx_follows_no_link(front: Front) -> None:
    """Nobody sees where a link leads, so that nginx refuses it; the other servers follow it, as the guide warns."""
    answer = asked(front, "/bare/link.txt")
    if front.kind.name == "nginx":
        assert (answer.status, SECRET in answer.body) == (403, False)
    else:
        assert (answer.status, answer.body) == (200, SECRET)
