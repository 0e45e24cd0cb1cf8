from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from fsspec.implementations.dirfs import DirFileSystem

from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.http import HttpSource
from downloadable.adapters.orm import content_of_row
from downloadable.ports import LocalFile, RemoteUrl, ResponseOverrides, Signable, StoredFile
from tests.adapters.origin import Origin, Page, serving
from tests.adversarial.archives import LINKS, MEMBER, OUTSIDE, SPECIALS, hostile_tar, hostile_zip
from tests.adversarial.disk import INSIDE, SECRET, Disk, answer_of, decoded, keys_of
from tests.adversarial.payloads import PAYLOADS
from tests.adversarial.sources import DOORS, Open, Opening, buckets
from tests.models import Document
from tests.object_store import BUCKET
from tests.storages import CountingStorage

FOREIGN = [
    "\ud800",
    "..\ud800/secret.txt",
    "\udc2e\udc2e/secret.txt",
    "sub\udcff/../../secret.txt",
    "\ud83d\ude00",
]
"""Keys that no server makes of a target, but a JSON text or a program may."""

FAMILIES = [*PAYLOADS, "foreign"]


@pytest.fixture(scope="module", params=DOORS, ids=lambda door: door.__name__)
def open_key(request: pytest.FixtureRequest, disk: Disk) -> Iterator[Open]:
    """Open keys of a source whose root holds ``file.txt``, with secrets around it."""
    yield from request.param(disk)


def asked(disk: Disk, family: str) -> list[str]:
    """Return the keys that a family of payloads becomes on its way."""
    keys = [key for payload in PAYLOADS.get(family, ()) for key in keys_of(disk.target(payload))]
    return keys or FOREIGN


def test_there_is_something_to_find(open_key: Open) -> None:
    """Through every door, what is inside is found."""
    assert answer_of(open_key("file.txt")) == INSIDE


@pytest.mark.parametrize("family", FAMILIES)
def test_no_payload_is_found(disk: Disk, open_key: Open, family: str) -> None:
    """Whatever is asked for, as it came or decoded once or twice, is not there or not for us; nothing breaks."""
    answers = {key: answer_of(open_key(key)) for key in asked(disk, family)}
    assert {key: answer for key, answer in answers.items() if answer not in (403, 404)} == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_said_beforehand_is_no_way_out(disk: Disk, open_key: Open, family: str) -> None:
    """What a delegate would be told before anything is looked at is below the root, too, by its plain name."""
    for key in asked(disk, family):
        for location in open_key(key).locations():
            match location:
                case LocalFile(path):
                    assert os.path.normpath(path) == path
                    assert path.startswith(f"{disk.root}/")
                case StoredFile(_, name):
                    assert not {"", ".", ".."} & set(name.replace("\\", "/").split("/"))
                case _:
                    raise AssertionError(location)


# Names that are in a row, which the storage reads in its own way


STORAGES = [FileSystemStorage, Opening, InMemoryStorage, CountingStorage]


@pytest.mark.parametrize("kind", STORAGES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_in_a_row_stays_in_its_storage(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, kind: type[Storage], family: str
) -> None:
    """A row may name a file as its storage does, with dots even, but none that is outside of the storage."""
    storage = kind(disk.root) if issubclass(kind, FileSystemStorage) else kind()
    field: Any = Document._meta.get_field("file")
    monkeypatch.setattr(field, "storage", storage)
    answers = {}
    for name in asked(disk, family):
        content = content_of_row(Document(slug="x", file=name), "file")
        for location in content.locations():
            if isinstance(location, LocalFile):
                assert f"{os.path.normpath(location.path)}/".startswith(f"{disk.root}/")
        answers[name] = answer_of(content)
    assert {key: answer for key, answer in answers.items() if answer not in (403, 404, INSIDE)} == {}


# Buckets


@pytest.fixture(scope="module")
def open_in_buckets() -> Iterator[list[Open]]:
    """Open keys of sources of one bucket."""
    with buckets() as opens:
        yield opens


@pytest.mark.parametrize("family", PAYLOADS)
def test_buckets_are_left_as_little(disk: Disk, open_in_buckets: list[Open], family: str) -> None:
    """A store over a network, which is slow, finds nothing by a few payloads of each family."""
    few = PAYLOADS[family][:: max(1, len(PAYLOADS[family]) // 4)]
    for open_there in open_in_buckets:
        assert answer_of(open_there("file.txt")) == INSIDE
        answers = {payload.name: answer_of(open_there(decoded(disk.target(payload)))) for payload in few}
        assert set(answers.values()) <= {403, 404}, answers


@pytest.mark.parametrize("family", FAMILIES)
def test_no_link_is_signed_for_anything_else(disk: Disk, open_in_buckets: list[Open], family: str) -> None:
    """A link that a store signs, whatever it is for, is for what is below the prefix."""
    by_django = open_in_buckets[1]
    for key in asked(disk, family):
        for location in by_django(key).locations():
            assert isinstance(location, Signable)
            try:
                url = location.sign(ResponseOverrides(), "GET", timedelta(minutes=5))
            except UnicodeEncodeError:
                continue  # whoever hands over knows that
            # django-storages takes a backslash for a slash.
            expected = f"/{BUCKET}/inside/{key}".replace("\\", "/")
            assert url is None or unquote(urlsplit(url).path) == expected


# Members of archives


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_outside_of_the_root_are_not_found(disk: Disk, kind: str) -> None:
    """No member is found by a name that leads out of the root of a source, or by a link that does."""
    archive = hostile_zip(disk.top) if kind == "zip" else hostile_tar(disk.top)
    source = FsspecSource(f"{kind}://::file://{archive}", "inside")
    below = FsspecSource(DirFileSystem("inside", source._connect()[0]))
    links = [f"{name}{hard}".removeprefix("inside/") for name in LINKS for hard in ("", "-hard")]
    for key in (*OUTSIDE, *links, *(f"{link}/secret.txt" for link in links), *SPECIALS):
        for opened in (source.open(key), below.open(key)):
            # What a link in a zip archive holds is the text that it is.
            assert answer_of(opened) in (
                (404, LINKS.get(f"inside/{key}", "").encode()) if kind == "zip" else (404,)
            )


def test_members_are_read_from_the_archive_alone(disk: Disk) -> None:
    """By whatever name a member of the top of an archive is found, its bytes are those in the archive."""
    for kind, archive in (("zip", hostile_zip(disk.top)), ("tar", hostile_tar(disk.top))):
        source = FsspecSource(f"{kind}://::file://{archive}")
        answers = {answer_of(source.open(key)) for key in (*OUTSIDE, *LINKS)}
        assert answers <= {404, MEMBER, *(target.encode() for target in LINKS.values())}


# Origins


@pytest.fixture(scope="module")
def base() -> Iterator[Origin]:
    """Run an origin with a secret beside the base."""
    with serving({"/base/file.txt": Page(body=INSIDE), "/secret.txt": Page(body=SECRET)}) as origin:
        yield origin


@pytest.mark.parametrize("family", FAMILIES)
def test_no_payload_leaves_the_base(disk: Disk, base: Origin, family: str) -> None:
    """Whatever is asked of an origin is below the base, however often its server decodes the path."""
    source = HttpSource(f"{base.url}/base/", trusted_origins=[base.url])
    try:
        for key in asked(disk, family):
            answer = answer_of(source.open(key))
            assert answer == 404, key
            for location in source.open(key).locations():
                assert isinstance(location, RemoteUrl)
                assert urljoin(base.url, location.url) == location.url
                path = unquote(urlsplit(location.url).path)
                assert path == f"/base/{key}"
                assert "" not in path.replace("\\", "/").split("/")[1:]
                assert not {".", ".."} & set(path.replace("\\", "/").split("/"))
    finally:
        source.close()
    assert {seen.path for seen in base.seen if not seen.path.startswith("/base/")} == set()
