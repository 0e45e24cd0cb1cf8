"""What a download of a local file costs in system calls, by whichever door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable import download
from downloadable.adapters.delegates import Caddy, Nginx
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.local import LocalSource
from downloadable.django_ui import conf
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.testing import temporary_media_root
from downloadable.django_ui.views import ObjectDownloadView, PathDownloadView, StorageDownloadView
from tests.models import Document
from tests.system_calls import counted_calls

DATA = b"Hello, world!\n"
View = Callable[[HttpRequest], HttpResponseBase]


class DocumentView(ObjectDownloadView):
    """A view of a row's file, whose row is at hand."""

    def get_object(self, queryset: Any = None) -> Document:
        return Document(file="a.txt", length=len(DATA))


class MeasuredView(DocumentView):
    """The same, of a row that knows how long its file is."""

    size_field = "length"


def bound(view: Any) -> View:
    """Return *view* for the one path."""
    return lambda request: view(request, path="a.txt")


DOORS: dict[str, Callable[[Path], View]] = {
    "path": lambda root: lambda request: download(request, root / "a.txt"),
    "LocalSource": lambda root: bound(download_view(LocalSource(root))),
    "StorageSource": lambda root: bound(download_view(StorageSource(FileSystemStorage(root)))),
    "FieldFile": lambda root: lambda request: download(request, Document(file="a.txt").file),
    "PathDownloadView": lambda root: bound(PathDownloadView.as_view(root=root)),
    "PathDownloadView, absolute": lambda root: PathDownloadView.as_view(path=str(root / "a.txt")),
    "StorageDownloadView": lambda root: bound(StorageDownloadView.as_view(storage=FileSystemStorage(root))),
    "ObjectDownloadView": lambda root: DocumentView.as_view(),
    "ObjectDownloadView, size_field": lambda root: MeasuredView.as_view(),
}


@pytest.fixture
def root() -> Iterator[Path]:
    """Have one file, in the default storage."""
    with temporary_media_root():
        root = Path(settings.MEDIA_ROOT)
        (root / "a.txt").write_bytes(DATA)
        yield root


@pytest.fixture(params=DOORS)
def view(request: pytest.FixtureRequest, root: Path) -> View:
    """Open one door after the other; types of files and settings are read once, before."""
    view: View = DOORS[request.param](root)
    sent(view(RequestFactory().get("/")))
    return view


def sent(response: Any) -> bytes:
    """Take what is sent, and close the response as a server does."""
    body = b"".join(response)
    response.close()
    return body


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        pytest.param({}, 200, DATA, id="whole"),
        pytest.param({"Range": "bytes=7-11"}, 206, b"world", id="part"),
    ],
)
def test_one_look_and_one_opening(
    view: View, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], status: int, body: bytes
) -> None:
    """A file is looked at once, opened once, held against that look, and read."""
    request = RequestFactory().get("/", headers=asked)
    calls = counted_calls(monkeypatch)
    response = view(request)
    assert (response.status_code, sent(response)) == (status, body)
    assert calls[0] in ("stat", "lstat")
    assert calls[1:] == ["open", "fstat", "pread", "close"]


class Untouched:
    """Settings that nobody may ask for anything."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"The setting {name} is looked up for each request.")


def test_settings_are_read_once(view: View, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the settings say is known after the first request, whoever sends the file."""
    handed = delegated_to(Nginx({root: "/p"}))(view)
    monkeypatch.setattr(conf, "settings", Untouched())
    assert sent(view(RequestFactory().get("/"))) == DATA
    assert handed(RequestFactory().get("/")).headers["X-Accel-Redirect"] == "/p/a.txt"


@pytest.mark.parametrize("kind", ["304", "412", "416", "HEAD"])
def test_one_look_where_nothing_is_read(view: View, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """What has no body is answered after one look: nothing is opened."""
    tag = view(RequestFactory().get("/")).headers["ETag"]
    make = RequestFactory()
    request = {
        "304": lambda: make.get("/", headers={"If-None-Match": tag}),
        "412": lambda: make.get("/", headers={"If-Match": '"other"'}),
        "416": lambda: make.get("/", headers={"Range": "bytes=99-"}),
        "HEAD": lambda: make.head("/"),
    }[kind]()
    calls = counted_calls(monkeypatch)
    response = view(request)
    assert response.status_code == (200 if kind == "HEAD" else int(kind))
    assert sent(response) == b""
    assert calls in (["stat"], ["lstat"])


@pytest.mark.parametrize("server", [Nginx, Caddy])
def test_nothing_is_opened_for_a_server_in_front(
    view: View, root: Path, monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    """What a server in front sends is looked at, so that no link leads it elsewhere, and not opened."""
    handed = delegated_to(server({root: "/p"}))(view)
    calls = counted_calls(monkeypatch)
    response = handed(RequestFactory().get("/"))
    assert response.headers["X-Accel-Redirect"] == "/p/a.txt"
    sent(response)
    assert set(calls) <= {"stat", "lstat"}
    # PathDownloadView looks for itself, since projects expect it to tell at once of what is not there.
    assert len(calls) <= 2
