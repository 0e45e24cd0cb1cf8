from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.orm import content_of_row
from downloadable.adapters.roots import CannotSend, Roots
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import download
from downloadable.django_ui.views import ObjectDownloadView, PathDownloadView, StorageDownloadView
from downloadable.ports import Delegate, LocalFile, StoredFile
from tests.django_ui.handlers import Answer, wsgi
from tests.models import Document
from tests.system_calls import counted_calls

MEDIA = "/nowhere/media"
DATA = b"text"
DIGEST = hashlib.sha256(DATA).digest()
ETAG = f'"{DIGEST.hex()}"'
FIELDS = {"name_field": "title", "digest_field": "sha256", "digest_algorithm": "sha-256"}

NGINX = [Nginx({MEDIA: "/p/"}, unseen=[MEDIA]), Nginx({"default": "/p/"}, unseen=["default"])]
CADDY = [Caddy({MEDIA: "/p/"}, unseen=[MEDIA]), Caddy({"default": "/p/"}, unseen=["default"])]
APACHE = [Apache({MEDIA: "/p"}, unseen=[MEDIA]), Apache({"default": "/p"}, unseen=["default"])]
LIGHTTPD = [Lighttpd({MEDIA: "/p"}, unseen=[MEDIA]), Lighttpd({"default": "/p"}, unseen=["default"])]
OF_THEIR_OWN, KEEPING_OURS = (*NGINX, *CADDY), (*APACHE, *LIGHTTPD)


def called(value: object) -> str | None:
    """Name a delegate in the name of a test."""
    return repr(value).replace("/", "|") if isinstance(value, Delegate) else None


def row() -> Document:
    """A row that knows a digest, whose file is in the default storage."""
    return Document(file="docs/a.txt", title="July.txt", sha256=DIGEST.hex())


class OfRow(ObjectDownloadView):
    model = Document
    basename_field = "title"

    def get_object(self, queryset: Any = None) -> Document:
        return row()


DIRECTORY = download_view(LocalSource(MEDIA))
THINGS: dict[str, Any] = {
    "a row": lambda request: download(request, content_of_row(row(), "file", **FIELDS)),
    "the file of a row": lambda request: download(request, row().file),
    "a view of rows": OfRow.as_view(),
    "a storage": lambda request: download_view(StorageSource())(request, path="docs/a.txt"),
    "a view of a storage": StorageDownloadView.as_view(path="docs/a.txt"),
    "a directory": lambda request: DIRECTORY(request, path="docs/a.txt"),
    "a view of a directory": PathDownloadView.as_view(root=MEDIA, path="docs/a.txt"),
    "a view of a path": PathDownloadView.as_view(path=f"{MEDIA}/docs/a.txt"),
    "a path": lambda request: download(request, Path(MEDIA, "docs/a.txt")),
    "a field": lambda request: download(
        request, FieldFile(row(), FileField(storage=FileSystemStorage(MEDIA)), "docs/a.txt")
    ),
}
OF_NO_STORAGE = {"a directory", "a view of a directory", "a view of a path", "a path", "a field"}
"""For these, the root must be the directory."""

ASKED: list[Any] = [
    pytest.param("GET", {}, id="GET"),
    pytest.param("HEAD", {}, id="HEAD"),
    pytest.param("GET", {"If-None-Match": ETAG}, id="If-None-Match"),
    pytest.param("GET", {"Range": "bytes=1-2"}, id="Range"),
]


@pytest.fixture(autouse=True)
def nowhere() -> Iterator[None]:
    """Have a default storage in a directory that is not here."""
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA}}
    with override_settings(STORAGES={"default": backend}):
        yield


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the names of the system calls about files that are made from here on."""
    return counted_calls(monkeypatch)


def served(delegate: Delegate, thing: str) -> Any:
    """Return a view of one of the things, whose file *delegate* may send."""

    @delegated_to(delegate)
    def view(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = THINGS[thing](request)
        return answer

    return view


def told(answer: Answer) -> str | None:
    """Return what the server in front is told to send."""
    return answer.field("X-Accel-Redirect") or answer.field("X-Sendfile")


COMBINATIONS = [
    (delegate, thing)
    for delegate in (*OF_THEIR_OWN, *KEEPING_OURS)
    for thing in THINGS
    if MEDIA in repr(delegate) or thing not in OF_NO_STORAGE
]


@pytest.mark.parametrize(("delegate", "thing"), COMBINATIONS, ids=called)
def test_what_is_not_seen_is_not_looked_at(delegate: Delegate, thing: str, calls: list[str]) -> None:
    """Whatever is asked of a file that only the server in front has, it costs no system call, and is handed over."""
    view = served(delegate, thing)
    wsgi(view)  # the types of files are read once
    calls.clear()
    for param in ASKED:
        method, fields = param.values
        answer = wsgi(view, method=method, fields=fields)
        told_of_row = thing == "a row" and delegate in KEEPING_OURS and "If-None-Match" in fields
        assert (answer.status, told(answer)) == ((304, None) if told_of_row else (200, "/p/docs/a.txt"))
        assert answer.field("Content-Range") is None
    assert calls == []


@pytest.mark.parametrize("delegate", KEEPING_OURS, ids=called)
def test_a_row_has_the_validators(delegate: Delegate) -> None:
    """Whoever keeps our validators passes on what the row knows."""
    answer = wsgi(served(delegate, "a row"))
    assert answer.field("ETag") == ETAG
    assert answer.field("Repr-Digest") is not None
    assert answer.field("Content-Disposition") == 'attachment; filename="July.txt"'


@pytest.mark.parametrize(
    ("known", "validators"),
    [(False, True), (False, False), (True, False)],
    ids=["unknown", "neither", "not told"],
)
@pytest.mark.parametrize("delegate", KEEPING_OURS, ids=called)
def test_where_no_tag_is_told_none_comes_twice(delegate: Delegate, known: bool, validators: bool) -> None:
    """A server that would make up one tag for all files is told one that no client can have."""

    @delegated_to(delegate)
    def view(request: HttpRequest) -> HttpResponseBase:
        content = content_of_row(row(), "file", **(FIELDS if known else {}))
        return download(request, content, validators=validators)

    answers = [wsgi(view) for _ in range(2)]
    assert [told(answer) for answer in answers] == ["/p/docs/a.txt"] * 2
    tags = [answer.field("ETag") for answer in answers]
    assert len({*tags}) == 2
    assert all(tag is not None and tag.startswith('W/"') for tag in tags)
    assert wsgi(view, fields={"If-None-Match": tags[0] or ""}).status == 200


@pytest.mark.parametrize("delegate", OF_THEIR_OWN, ids=called)
def test_who_has_validators_is_told_none(delegate: Delegate) -> None:
    """Those that look at the file themselves know better."""
    assert wsgi(served(delegate, "a row")).field("ETag") is None


def test_without_a_delegate_it_is_not_found() -> None:
    """What Django does not see, it cannot send."""
    for view in THINGS.values():
        assert wsgi(view).status == 404


# What is judged all the same


@pytest.mark.parametrize("path", [f"{MEDIA}/../secret", f"{MEDIA}/a/../../b", f"{MEDIA}//a", f"{MEDIA}/a\0b"])
def test_the_name_is_judged(path: str) -> None:
    """A name that leads elsewhere than down is not told to the server, seen or not."""
    with pytest.raises(CannotSend):
        Roots({MEDIA: "/p"}, unseen=[MEDIA]).of_file(LocalFile(path))


@pytest.mark.parametrize(
    ("rest", "told"),
    [("é" * 127 + "a", True), ("é" * 128, False), ("a/" * 1920 + "a", True), ("a/" * 1920 + "ab", False)],
    ids=["a long name", "too long a name", "a long path", "too long a path"],
)
def test_a_name_that_no_file_can_have_is_not_told(rest: str, told: bool) -> None:
    """Nobody looks whether it exists, but some servers say of such a name that they have failed."""
    roots = Roots({MEDIA: "/p"}, unseen=[MEDIA])
    file = LocalFile(f"{MEDIA}/{rest}")
    if told:
        assert roots.of_file(file) == f"/p/{rest}"
    else:
        with pytest.raises(CannotSend, match="too long"):
            roots.of_file(file)


@pytest.mark.parametrize("name", ["../secret", "a/../../b", "/a", "a//b", "a\0b"])
def test_the_name_in_a_storage_is_judged(name: str) -> None:
    """The same holds of names in storages."""
    with pytest.raises(CannotSend):
        Roots({"default": "/p"}, unseen=["default"]).of_stored(StoredFile("default", name), None)


def test_other_roots_are_looked_at(tmp_path: Path) -> None:
    """Only what is said to be unseen is; of roots within roots, the innermost says it."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/link").symlink_to("/etc/hosts")
    (tmp_path / "link").symlink_to("/etc/hosts")
    roots = Roots({tmp_path: "/p", tmp_path / "a": "/a"}, unseen=[tmp_path / "a"])
    assert roots.of_file(LocalFile(tmp_path / "a/link")) == "/a/link"
    with pytest.raises(CannotSend, match="leads out of"):
        roots.of_file(LocalFile(tmp_path / "link"))
    with pytest.raises(FileNotFoundError):
        roots.of_file(LocalFile(tmp_path / "b"))


def test_what_is_open_is_looked_at(tmp_path: Path) -> None:
    """A file that Django has opened, it sees: another that has taken its place is not sent."""
    roots = Roots({tmp_path: "/p"}, unseen=[tmp_path])
    file = tmp_path / "a.txt"
    file.touch()
    status = file.stat()
    here = LocalFile(file, inode=(status.st_dev, status.st_ino))
    assert (roots.of_file(here), roots.hides(here)) == ("/p/a.txt", False)
    with pytest.raises(CannotSend, match="not the file that was opened"):
        roots.of_file(LocalFile(file, inode=(status.st_dev, status.st_ino + 1)))


def test_a_link_above_the_root_may_be_seen(tmp_path: Path) -> None:
    """A path that a link above it hides is found to be below the root, and not looked at from there on."""
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to("there")
    roots = Roots({tmp_path / "there/media": "/p"}, unseen=[tmp_path / "there/media"])
    assert roots.of_file(LocalFile(tmp_path / "here/media/a.txt")) == "/p/a.txt"


@pytest.mark.parametrize(
    ("unseen", "why"),
    [
        (MEDIA, "a single one"),
        (Path(MEDIA), "a single one"),
        (["/other"], "not among the roots"),
        (["http://a/"], "nobody looks"),
    ],
    ids=["text", "path", "no root", "URL"],
)
def test_what_cannot_be_unseen(unseen: Any, why: str) -> None:
    """A mistake is told when the settings are read."""
    with pytest.raises(ValueError, match=why):
        Nginx({MEDIA: "/p/", "http://a/": "/r/"}, unseen=unseen)


def test_the_root_may_be_a_path() -> None:
    """Paths and texts name the same root."""
    assert Roots([Path(MEDIA)], unseen=[Path(MEDIA)]).unseen == {MEDIA}
    assert os.fspath(Path(MEDIA)) in Roots([MEDIA], unseen=[Path(MEDIA)]).unseen
