from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pytest

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx
from downloadable.adapters.delegating import FrontServer
from downloadable.adapters.local import LocalSource
from downloadable.domain import PLAIN_GET, DownloadRequest, Resource, ServingPolicy, decide
from downloadable.ports import Content, LocalFile, Location, RemoteUrl, StoredFile
from tests.adversarial.disk import SECRET, Disk, decoded, keys_of, planted
from tests.adversarial.payloads import PAYLOADS

OFFER = decide(Resource(name="file.txt"), ServingPolicy(), PLAIN_GET)


class At(Content):
    """A content that is where somebody hostile says."""

    def __init__(self, *locations: Location) -> None:
        self._locations = locations

    def locations(self) -> tuple[Location, ...]:
        return self._locations

    def describe(self, asked: DownloadRequest) -> Resource:
        raise AssertionError("Nobody may look.")

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        raise AssertionError("Nobody may read.")


def decoded_bytes(told: str) -> bytes:
    """Read what a server is told that decodes it, up to a question mark."""
    return unquote_to_bytes(told.partition("?")[0])


def raw_bytes(told: str) -> bytes:
    """Read what a server is told that takes it as it is: the bytes that Django sends."""
    return told.encode() if told.isascii() else told.encode("latin-1")


BASE = "https://store.example/base/"
SERVERS: list[tuple[Callable[[Disk], FrontServer], Callable[[str], bytes]]] = [
    (lambda disk: Nginx({disk.root: "/inside", "store": "/inside", BASE: "/inside"}), decoded_bytes),
    (lambda disk: Apache({disk.root: "/inside", "store": "/inside"}), raw_bytes),
    (lambda disk: Apache({disk.root: "/inside", "store": "/inside"}, spelling="encoded"), decoded_bytes),
    (lambda disk: Lighttpd({disk.root: "/inside", "store": "/inside"}), decoded_bytes),
    (lambda disk: Caddy({disk.root: "/inside", "store": "/inside"}), raw_bytes),
    (lambda disk: Caddy({disk.root: "/inside", "store": "/inside"}, spelling="encoded"), decoded_bytes),
]  # fmt: skip
IDS = ["nginx", "Apache, raw", "Apache, encoded", "lighttpd", "Caddy, raw", "Caddy, encoded"]


def told(server: FrontServer, content: Content) -> str | None:
    """Return what *server* is told of *content*, if it is told anything."""
    plan = server.hand_over(content, OFFER)
    return None if plan is None else plan.header(server.field)


@pytest.mark.parametrize(("make", "understood"), SERVERS, ids=IDS)
@pytest.mark.parametrize("family", PAYLOADS)
def test_no_place_outside_is_told(
    disk: Disk, make: Callable[[Disk], FrontServer], understood: Callable[[str], bytes], family: str
) -> None:
    """Whatever a content says of where it is, a server understands a plain path below its own name of the root."""
    server = make(disk)
    for payload in PAYLOADS[family]:
        for key in keys_of(disk.target(payload)):
            for location in places(disk, key):
                value = told(server, At(location))
                if value is not None:
                    path = understood(value)
                    assert path.startswith(b"/inside/"), (payload.name, value)
                    # A URL may end with a slash: nobody but its origin knows what that is.
                    plain = path.removesuffix(b"/") if isinstance(location, RemoteUrl) else path
                    assert posixpath.normpath(path) == plain, (payload.name, value)
                    assert not {0, 10, 13} & set(value.encode("latin-1")), (payload.name, value)


def places(disk: Disk, key: str) -> Iterator[Location]:
    """Put *key* behind everything that a server knows, unchecked, and behind nothing."""
    yield LocalFile(f"{disk.root}/{key}")
    yield LocalFile(f"{disk.root}/{key}", str(disk.root))
    yield LocalFile(key)
    yield StoredFile("store", key)
    yield RemoteUrl(f"{BASE}{key}")
    yield RemoteUrl(f"{BASE}{quote(os.fsencode(key))}")
    yield RemoteUrl(key)


@pytest.mark.parametrize(("make", "understood"), SERVERS, ids=IDS)
def test_what_is_told_of_a_file_is_that_file(
    own_disk: Disk, make: Callable[[Disk], FrontServer], understood: Callable[[str], bytes]
) -> None:
    """Under a hostile name that is one on a disk, the server finds the very file, or is not told."""
    handed_over = 0
    names = [payload for family in PAYLOADS.values() for payload in family if payload.verdict != "never"]
    for number, payload in enumerate(names):
        key = decoded(own_disk.target(payload))
        directory = own_disk.top / str(number)
        directory.mkdir()
        source = planted(directory, key)
        value = told(make(Disk(directory)), source.open(key))
        if value is not None:
            handed_over += 1
            assert understood(value) == b"/inside/" + os.fsencode(key), payload.name
    assert handed_over > 100


def test_no_secret_is_told_of(own_disk: Disk) -> None:
    """A link that leads out is not handed over, whichever server might follow it."""
    (own_disk.root / "link").symlink_to("../secret.txt")
    (own_disk.root / "folder").symlink_to("..")
    for key in ("link", "folder/secret.txt", "folder/inside/link"):
        for make, _ in SERVERS:
            assert Path(own_disk.root, key).read_bytes() == SECRET
            assert told(make(own_disk), LocalSource(own_disk.root).open(key)) is None
