from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, default_storage
from django.http import Http404
from django.test import RequestFactory, override_settings

from downloadable.django_ui.testing import temporary_media_root
from downloadable.django_ui.views import PathDownloadView, StorageDownloadView
from tests.django_ui.doors import body, got
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.storages import CountingStorage

SECRET = b"nobody's business"
HELLO = b"Hello, world!\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a directory with files, beside a secret, and with what leads there."""
    root = tmp_path / "media"
    for directory in (root / "deep", tmp_path / "media-private"):
        directory.mkdir(parents=True)
    (root / "hello.txt").write_bytes(HELLO)
    (root / "deep" / "ďábel.txt").write_bytes(b"deep")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (tmp_path / "media-private" / "secret.txt").write_bytes(SECRET)
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "linked").symlink_to(tmp_path)
    (root / "dangling.txt").symlink_to(root / "gone.txt")
    os.mkfifo(root / "pipe")
    return root


EVIL = [
    "../secret.txt",
    "deep/../../secret.txt",
    "./hello.txt",
    "deep/./../hello.txt",
    "..",
    ".",
    "",
    "/",
    "//hello.txt",
    "hello.txt/",
    "deep//ďábel.txt",
    "/etc/passwd",
    "../media-private/secret.txt",
    "..\\secret.txt",
    "C:\\secret.txt",
    "\\\\server\\share",
    "hello.txt\0",
    "\0",
    "link.txt",
    "linked/secret.txt",
    "dangling.txt",
    "deep",
    "pipe",
    "absent.txt",
    "hello.txt/more",
    "a" * 300,
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "\ud800",
]
"""What must not lead anywhere, below a root or put together with one."""


@pytest.mark.parametrize("path", EVIL, ids=ascii)
def test_nothing_leaves_the_root(root: Path, path: str) -> None:
    """Below a root, only its own regular files are there."""
    with pytest.raises(Http404):
        got(PathDownloadView.as_view(root=root), path=path)


@pytest.mark.parametrize("path", ["hello.txt", "deep/ďábel.txt"])
def test_what_is_below_the_root_is_there(root: Path, path: str) -> None:
    """A path of the URL is below the root, in whatever type that is given."""
    for given in (root, str(root), f"{root}/"):
        assert body(got(PathDownloadView.as_view(root=given), path=path)) == (root / path).read_bytes()


def test_the_root_is_not_told(root: Path) -> None:
    """A client cannot find out where the root is by asking for what is below it."""
    with pytest.raises(Http404):
        got(PathDownloadView.as_view(root=root), path=str(root / "hello.txt"))


def test_a_root_may_be_relative(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that is relative is one of the working directory, and a path that begins like it is below it."""
    monkeypatch.chdir(root.parent)
    (root / "media").mkdir()
    (root / "media" / "hello.txt").write_bytes(b"another")
    view = PathDownloadView.as_view(root="media")
    assert body(got(view, path="hello.txt")) == HELLO
    assert body(got(view, path="media/hello.txt")) == b"another"


@EVERY_HANDLER
@pytest.mark.parametrize("target", ["/../secret.txt", "/deep/../../secret.txt", "/link.txt", "//etc/passwd"])
def test_nothing_leaves_the_root_over_http(ask: Ask, root: Path, target: str) -> None:
    """The same through a URL pattern that takes any path."""
    answer = ask(PathDownloadView.as_view(root=root), target, route="<path:path>")
    assert answer.status == 404
    assert SECRET not in answer.body


@EVERY_HANDLER
def test_a_path_of_the_url_is_served_over_http(ask: Ask, root: Path) -> None:
    """Names that are not ASCII arrive by both handlers."""
    answer = ask(PathDownloadView.as_view(root=root), "/deep/ďábel.txt", route="<path:path>")
    assert (answer.status, answer.body) == (200, b"deep")
    assert "filename*=UTF-8''%C4%8F%C3%A1bel.txt" in (answer.field("Content-Disposition") or "")


@pytest.mark.parametrize(
    ("given", "kwargs"),
    [
        pytest.param({}, {"path": "hello.txt"}, id="URL"),
        pytest.param({}, {"path": "/etc/hostname"}, id="absolute URL"),
        pytest.param({}, {"path": PurePosixPath("/etc/hostname")}, id="absolute URL by a converter"),
        pytest.param({}, {"path": "../etc/hostname"}, id="URL that climbs"),
        pytest.param({"path": "/etc/hosts"}, {"path": "/etc/hostname"}, id="URL before the class"),
        pytest.param({"path": "hello.txt"}, {}, id="relative"),
        pytest.param({}, {}, id="none"),
    ],
)
def test_a_path_without_a_root_is_refused(given: dict[str, Any], kwargs: dict[str, Any]) -> None:
    """Whoever forgets the root is told, whatever the first client asks for, who gets nothing."""
    with pytest.raises(ImproperlyConfigured):
        got(PathDownloadView.as_view(**given), **kwargs)


def test_what_is_missing_is_told() -> None:
    """The message holds the line to write."""
    with pytest.raises(ImproperlyConfigured, match=r"PathDownloadView .* as_view\(root='/srv/media'\)"):
        got(PathDownloadView.as_view(), path="hello.txt")
    with pytest.raises(
        ImproperlyConfigured, match=r"needs a path: as_view\(path=\.\.\.\), or 'path' in the URL"
    ):
        got(PathDownloadView.as_view(root="/srv/media"))


def test_an_absolute_path_is_the_programs_own(root: Path) -> None:
    """A path that the program has chosen needs no root, and may be a link."""
    assert body(got(PathDownloadView.as_view(path=str(root / "hello.txt")))) == HELLO
    assert body(got(PathDownloadView.as_view(path=str(root / "link.txt")))) == SECRET


def test_a_path_of_the_class(root: Path) -> None:
    """A path of the class is below the root, if there is one, absolute or not."""
    for path in ("hello.txt", str(root / "hello.txt")):
        assert body(got(PathDownloadView.as_view(root=root, path=path))) == HELLO
    with pytest.raises(Http404):
        got(PathDownloadView.as_view(root=root, path=str(root.parent / "secret.txt")))


def test_the_url_goes_before_the_class(root: Path) -> None:
    """A path in the URL is the one that counts."""
    view = PathDownloadView.as_view(root=root, path="hello.txt")
    assert body(got(view, path="deep/ďábel.txt")) == b"deep"


def test_the_url_may_call_it_otherwise(root: Path) -> None:
    """The path has the name that the URL pattern gives it."""
    view = PathDownloadView.as_view(root=root, path_url_kwarg="document")
    assert body(got(view, document="hello.txt")) == HELLO
    with pytest.raises(ImproperlyConfigured, match="'document' in the URL"):
        got(view, path="hello.txt")


class Dynamic(PathDownloadView):
    """A view that puts the path together itself, without a root: as projects were told to."""

    def get_path(self) -> str:
        return os.path.join(settings.MEDIA_ROOT, super().get_path())  # noqa: PTH118  (as they do it)


class Formatted(PathDownloadView):
    """The same in another way."""

    def get_path(self) -> str:
        return f"{settings.MEDIA_ROOT}/{super().get_path()}"


class ByAnotherName(PathDownloadView):
    """A view that takes from the URL what it likes, however that is called and whatever it is."""

    def get_path(self) -> str:
        return os.path.join(settings.MEDIA_ROOT, *self.args, *self.kwargs.values())  # noqa: PTH118


DYNAMIC = pytest.mark.parametrize("view", [Dynamic, Formatted, ByAnotherName])
LEADING_OUT = [
    "../secret.txt",
    "deep/../../secret.txt",
    "..",
    "/etc/passwd",
    "../media-private/secret.txt",
    "/",
]


@DYNAMIC
@pytest.mark.parametrize("path", LEADING_OUT)
def test_a_path_that_a_view_puts_together_is_not_climbed(
    root: Path, view: type[PathDownloadView], path: str
) -> None:
    """A view that joins a directory and the path of the URL does not lead out of it either."""
    with override_settings(MEDIA_ROOT=str(root)), pytest.raises(Http404):
        got(view.as_view(), path=path)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        pytest.param(("../secret.txt",), {}, id="position"),
        pytest.param((), {"document": "../secret.txt"}, id="another name"),
        pytest.param((), {"directory": "..", "document": "secret.txt"}, id="two parts"),
        pytest.param((), {"path": PurePosixPath("/etc/passwd")}, id="of a converter"),
    ],
)
def test_no_part_of_a_url_is_climbed(root: Path, args: tuple[str, ...], kwargs: dict[str, Any]) -> None:
    """However a view has its path from the URL, nothing in it leads up or to the top."""
    with override_settings(MEDIA_ROOT=str(root)):
        request = RequestFactory().get("/")
        with pytest.raises(Http404):
            ByAnotherName.as_view()(request, *args, **kwargs)
        assert body(ByAnotherName.as_view()(request, "deep", "ďábel.txt")) == b"deep"


@DYNAMIC
@pytest.mark.parametrize("given", ["root", None])
def test_a_view_may_put_its_path_together(
    root: Path, view: type[PathDownloadView], given: str | None
) -> None:
    """What such a view finds is served, with a root and without."""
    with override_settings(MEDIA_ROOT=str(root)):
        made = view.as_view(root=root) if given else view.as_view()
        assert body(got(made, path="deep/ďábel.txt")) == b"deep"


def test_a_root_holds_whatever_a_view_puts_together(root: Path) -> None:
    """With a root, nothing that a view puts together leads out of it."""
    with override_settings(MEDIA_ROOT=str(root)):
        for path in LEADING_OUT:
            with pytest.raises(Http404):
                got(Dynamic.as_view(root=root), path=path)


def test_a_local_file_has_validators_and_ranges(root: Path) -> None:
    """A file on the disk is answered with 304 and with parts."""
    view = PathDownloadView.as_view(root=root)
    headers = got(view, path="hello.txt").headers
    for fields in ({"If-None-Match": headers["ETag"]}, {"If-Modified-Since": headers["Last-Modified"]}):
        assert got(view, fields=fields, path="hello.txt").status_code == 304
    part = got(view, fields={"Range": "bytes=7-11"}, path="hello.txt")
    assert (part.status_code, body(part)) == (206, b"world")


# Of a storage


class Plain(Storage):
    """A storage that can only open."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        return ContentFile(b"plain", name=name)


def in_memory(**files: bytes) -> InMemoryStorage:
    """Make a storage without a disk."""
    storage = InMemoryStorage()
    for name, data in files.items():
        storage.save(name, ContentFile(data))
    return storage


def test_a_storage_view_serves_a_storage(root: Path) -> None:
    """Whatever the storage is, its files are served by their names there."""
    for storage in (FileSystemStorage(root), CountingStorage({"hello.txt": HELLO})):
        response = got(StorageDownloadView.as_view(storage=storage), path="hello.txt")
        assert body(response) == HELLO
        assert response.headers["Content-Disposition"] == 'attachment; filename="hello.txt"'
        assert response.headers["Content-Length"] == str(len(HELLO))


def test_a_storage_view_takes_its_path_where_path_views_do() -> None:
    """From the class, from the URL under either name, or from a hook."""
    given = {"storage": in_memory(a=b"a", b=b"b")}
    assert body(got(StorageDownloadView.as_view(path="a", **given))) == b"a"
    assert body(got(StorageDownloadView.as_view(path="a", **given), path="b")) == b"b"
    assert body(got(StorageDownloadView.as_view(path_url_kwarg="name", **given), name="b")) == b"b"

    class Hooked(StorageDownloadView):
        def get_path(self) -> str:
            return super().get_path().lower()

    assert body(got(Hooked.as_view(**given), path="B")) == b"b"
    with pytest.raises(ImproperlyConfigured, match="StorageDownloadView needs a path"):
        got(StorageDownloadView.as_view(**given))


def test_a_storage_view_uses_the_default_storage() -> None:
    """Unless told otherwise, and it looks where that is at the time."""
    with temporary_media_root():
        default_storage.save("stored.txt", ContentFile(b"stored"))
        assert body(got(StorageDownloadView.as_view(), path="stored.txt")) == b"stored"


# What lies in a storage is the project's own, so links are followed there.
@pytest.mark.parametrize("path", [path for path in EVIL if not path.startswith("link")], ids=ascii)
def test_nothing_leaves_a_storage(root: Path, path: str) -> None:
    """What a storage does not have, or refuses, is not there."""
    for storage in (FileSystemStorage(root), CountingStorage(), in_memory()):
        with pytest.raises(Http404):
            got(StorageDownloadView.as_view(storage=storage), path=path)


def test_a_missing_file_of_any_storage_is_a_404() -> None:
    """Whatever a storage raises for what it does not have."""
    for storage in (CountingStorage(), in_memory()):
        for method in ("GET", "HEAD"):
            with pytest.raises(Http404):
                got(StorageDownloadView.as_view(storage=storage), method, path="absent.txt")


def test_a_storage_that_can_only_open_is_enough() -> None:
    """What a storage has not implemented is not known, and no error."""
    response = got(StorageDownloadView.as_view(storage=Plain()), path="plain.txt")
    assert body(response) == b"plain"
    assert "Last-Modified" not in response.headers


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Tokyo", "UTC"])
def test_naive_times_are_those_of_the_project(zone: str) -> None:
    """A storage without time zones tells local time, which is compared as what it is."""
    changed = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)
    with override_settings(USE_TZ=False, TIME_ZONE=zone):
        storage = CountingStorage({"a.txt": HELLO})
        storage.modified = changed.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        view = StorageDownloadView.as_view(storage=storage)
        assert got(view, path="a.txt").headers["Last-Modified"] == "Fri, 17 May 2024 12:30:15 GMT"
        for since, status in (("Fri, 17 May 2024 12:30:15 GMT", 304), ("Fri, 17 May 2024 11:30:15 GMT", 200)):
            response = got(view, fields={"If-Modified-Since": since}, path="a.txt")
            assert response.status_code == status


def test_a_304_does_not_open_the_storage() -> None:
    """What the client has is not fetched from the store."""
    storage = CountingStorage({"a.txt": HELLO})
    view = StorageDownloadView.as_view(storage=storage)
    tag = got(view, "HEAD", path="a.txt").headers["ETag"]
    assert got(view, fields={"If-None-Match": tag}, path="a.txt").status_code == 304
    assert storage.calls["open"] == 0


def test_what_the_program_adds_to_a_pattern_is_no_path(root: Path) -> None:
    """A fixed path is the program's, whatever else is passed to the view."""
    view = PathDownloadView.as_view(path=str(root / "hello.txt"))
    assert body(got(view, back="/home")) == HELLO
