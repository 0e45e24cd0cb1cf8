"""
Clients that are cut and go on, while files are edited: what they put together is one version, or they begin anew.

CLIENT_MODEL_RUNS says how many lives of a download are tried in all, CLIENT_MODEL_SEED which ones.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.client_model.client import Client, Guard
from tests.servers.client_model.haste import downloaded, replacing
from tests.servers.client_model.lives import Target, live, live_through
from tests.servers.client_model.origin import Fault, origin
from tests.servers.client_model.rounds import Round, Where
from tests.servers.client_model.targets import NAMES, PLACES, Targets, by_content, by_second, serving
from tests.servers.client_model.versions import Disk, Edit, How, When, noise

RUNS = int(os.environ.get("CLIENT_MODEL_RUNS", "100"))
SEED = int(os.environ.get("CLIENT_MODEL_SEED", "1"))
ACQUITTING, CONVICTING = 100, 1000
"""Lives of those who are right, and the most that it takes to convict who is wrong: most need far fewer."""

SIZE = 300_001


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    """All servers, and a store."""
    with serving(tmp_path_factory.mktemp("logs")) as targets:
        yield targets


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each way to download a file."""
    return str(request.param)


def test_never_a_mix_of_two_versions(targets: Targets, name: str) -> None:
    """Whatever happens to the file in between, a download ends with the bytes of one version."""
    lives = -(-RUNS // len(NAMES))
    seen = live(targets.target(name), lives, draw=SEED * 1000 + NAMES.index(name))
    assert seen["is complete"] >= lives


def cut_after_half(guard: Guard, *edits: Edit, compares: bool = False) -> Round:
    """Read half of what is missing, leave, and do these edits."""
    return Round(
        guard=guard,
        compares=compares,
        where=Where.REST,
        by=1,
        percent=50,
        reset=True,
        looks=True,
        meanwhile=(),
        afterwards=edits,
    )


def test_takes_up_what_nobody_has_edited(targets: Targets, name: str) -> None:
    """Three times cut, each time by a reset, the download goes on where it was."""
    seen = live_through(targets.target(name), SIZE, [cut_after_half(Guard.TAG)] * 3)
    assert (seen["gets 200"], seen["gets 206"]) == (1, 3)
    assert not seen["starts anew"]


def test_begins_anew_with_a_weak_tag(targets: Targets, name: str) -> None:
    """If-Range compares strongly: a weak tag gets the whole, also of what nobody has edited."""
    seen = live_through(targets.target(name), SIZE, [cut_after_half(Guard.WEAK)] * 2)
    assert (seen["gets 200"], seen["gets 206"]) == (2, 1)


@pytest.mark.parametrize(
    "guard", [Guard.TAG, Guard.MATCH, Guard.DATE, Guard.NONE], ids=lambda guard: guard.name
)
def test_begins_anew_when_the_file_was_replaced(targets: Targets, name: str, guard: Guard) -> None:
    """Another file of the same size is not taken for the rest of the one before."""
    seen = live_through(
        targets.target(name), SIZE, [cut_after_half(guard, Edit(How.REPLACE)), cut_after_half(guard)]
    )
    # Or more, where nothing but a date of just now tells one version from another.
    assert seen["gets 200"] >= 2
    assert seen["is complete"] == 1


@pytest.mark.parametrize("how", [How.OVERWRITE, How.RECREATE], ids=lambda how: how.name)
@pytest.mark.parametrize("name", [name for name in NAMES if PLACES[name].blind is by_second])
def test_nginx_and_caddy_cannot_see_what_keeps_its_size_and_second(
    targets: Targets, name: str, how: How
) -> None:
    """They call a tag strong that is made from these two, so that a client gets a mix; it is they who compare."""
    rounds = [cut_after_half(Guard.TAG, Edit(how, When.SAME_SECOND)), cut_after_half(Guard.TAG)]
    seen = live_through(targets.target(name), SIZE, rounds)
    assert seen["cannot be seen by tag"]


ON_DISK = [name for name in NAMES if not PLACES[name].stored]
STREAMED = [name for name in ON_DISK if "sends" not in name and PLACES[name].blind is not by_second]


@pytest.mark.parametrize("name", ON_DISK)
def test_never_a_mix_while_the_file_is_replaced(targets: Targets, name: str) -> None:
    """Whoever resumes while somebody renames one file after another to that name gets the whole of one of them."""
    # Of equal length, servers in front can take one for the other: see docs/servers.md.
    sizes = [150_000] * 5 if name in STREAMED else [150_000, 150_001, 150_002, 150_003, 150_004]
    contents = [noise(number, size) for number, size in enumerate(sizes)]
    path = targets.directory / f"{name.replace(', ', '-').replace(' ', '-')}.bin"
    target, draw, seen = targets.target(name), random.Random(SEED), Counter[int]()
    with replacing(path, contents):
        client = Client(target.port, target.url(path.name))
        got = [downloaded(client, draw, seen) for _ in range(RUNS // 10)]
    found = [whole for whole in got if whole is not None]
    assert found, seen
    assert set(found) <= set(contents)


# Whether the model sees anything


def test_acquits_who_is_right(tmp_path: Path) -> None:
    """An origin of a few lines, without a fault, is not convicted."""
    with origin(tmp_path) as port:
        seen = live(alone(port, tmp_path), ACQUITTING, draw=SEED, shrinks=False)
    assert seen["gets 206"] > ACQUITTING // 2
    assert seen["starts anew"] > ACQUITTING // 4


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_convicts_who_is_wrong(tmp_path: Path, fault: Fault) -> None:
    """Each fault of an origin is found."""
    with origin(tmp_path, fault) as port, pytest.raises(AssertionError):
        live(alone(port, tmp_path), CONVICTING, draw=SEED, shrinks=False)


def alone(port: int, directory: Path) -> Target:
    """An origin whose tags are hashes."""
    numbers = iter(range(10_000))
    return Target(
        port,
        lambda file: f"/{file}",
        lambda size: Disk.made(directory / f"{next(numbers)}.bin", size),
        by_content,
    )


# A real client


def curl_goes_on(curl: str, target: Target, name: str, output: Path, *more: str) -> str:
    """Let curl go on with what is in *output*; return the status, or the number of curl's error."""
    url = f"http://127.0.0.1:{target.port}{target.url(name)}"
    asked = [curl, "--disable", "--noproxy", "*", "--silent", "--fail", "--continue-at", "-"]
    done = subprocess.run(
        [*asked, *more, "--output", output, "--write-out", "%{http_code}", url],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout if done.returncode == 0 else f"error {done.returncode}"


def test_curl_takes_up_what_nobody_has_edited(targets: Targets, name: str, curl: str, tmp_path: Path) -> None:
    """``curl -C -`` asks for the rest, and gets it."""
    target = targets.target(name)
    file = target.made(SIZE)
    assert file.present is not None
    output = tmp_path / "output"
    output.write_bytes(file.present.content[:100_000])
    assert curl_goes_on(curl, target, file.name, output) == "206"
    assert output.read_bytes() == file.present.content


def test_curl_mixes_by_itself(targets: Targets, name: str, curl: str, tmp_path: Path) -> None:
    """``curl -C -`` says nothing of what it has, so that the rest it gets may be that of another file."""
    target = targets.target(name)
    file = target.made(SIZE)
    assert file.present is not None
    old = file.present.content
    output = tmp_path / "output"
    output.write_bytes(old[:100_000])
    file.edit(Edit(How.REPLACE))
    assert curl_goes_on(curl, target, file.name, output) == "206"
    assert output.read_bytes() == old[:100_000] + file.present.content[100_000:]


def test_curl_with_the_tag_stops(targets: Targets, curl: str, tmp_path: Path) -> None:
    """Whoever gives it the ETag that the beginning came with gets an error in place of a mix."""
    target = targets.target("gunicorn, directory")
    file = target.made(SIZE)
    assert file.present is not None
    output, old = tmp_path / "output", file.present.content[:100_000]
    output.write_bytes(old)
    incoming = Client(target.port, target.url(file.name)).ask({})
    tag = incoming.response.getheader("ETag")
    incoming.cut()
    file.edit(Edit(How.REPLACE))
    assert curl_goes_on(curl, target, file.name, output, "--header", f"If-Match: {tag}") == "error 22"
    assert output.read_bytes() == old
