"""Each documented behaviour, with examples of our own."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.http import Http404
from django.http.response import HttpResponseBase
from django.test import RequestFactory, SimpleTestCase, override_settings
from django.urls import path
from django.views.generic import DetailView

import downloadable
from downloadable.django_ui import downloadview
from downloadable.django_ui.downloadview import (
    BaseDownloadView,
    BytesIteratorIO,
    DownloadMixin,
    DownloadResponse,
    HTTPDownloadView,
    HTTPFile,
    ObjectDownloadView,
    PathDownloadView,
    StorageDownloadView,
    StorageFile,
    StringIteratorIO,
    TextIteratorIO,
    VirtualDownloadView,
    VirtualFile,
    assert_download_response,
    setup_view,
    temporary_media_root,
)
from downloadable.django_ui.downloadview.exceptions import FileNotFound
from tests.adapters.origin import Page, serving
from tests.django_ui.doors import got
from tests.models import Document

CASE = SimpleTestCase()
SONG = "Ó, hřebíčku zahradnický,\nó růžičko voňavá.\n"

NAMES = [
    "BaseDownloadView",
    "BytesIteratorIO",
    "DownloadMixin",
    "DownloadResponse",
    "HTTPDownloadView",
    "HTTPFile",
    "ObjectDownloadView",
    "PathDownloadView",
    "StorageDownloadView",
    "StorageFile",
    "StringIteratorIO",
    "TextIteratorIO",
    "VirtualDownloadView",
    "VirtualFile",
    "assert_download_response",
    "setup_view",
    "temporary_media_root",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_where_projects_look_for_them(name: str) -> None:
    """What was imported from the root of the package still is, and is the same by both names."""
    assert name in downloadable.__all__
    assert name in downloadview.__all__
    assert callable(getattr(downloadable, name))
    assert getattr(downloadable, name) is getattr(downloadview, name)


def test_a_file_is_saved_or_shown(tmp_path: Path) -> None:
    """A file is an attachment by default, and inline on request, by the same name."""
    (tmp_path / "song.txt").write_text(SONG, encoding="utf-8")
    assert_download_response(
        CASE,
        got(PathDownloadView.as_view(path=str(tmp_path / "song.txt"))),
        content=SONG,
        basename="song.txt",
        mime_type="text/plain",
        attachment=True,
    )
    shown = got(PathDownloadView.as_view(path=str(tmp_path / "song.txt"), attachment=False))
    assert_download_response(CASE, shown, content=SONG, basename="song.txt", attachment=False)


@pytest.mark.django_db
def test_a_basename_comes_from_the_view_a_hook_or_the_row() -> None:
    """The name at the client is what as_view() says, what a hook returns, or what a field of the row holds."""

    class Hooked(ObjectDownloadView):
        model = Document

        def get_basename(self) -> str:
            return f"{self.kwargs['slug']}-hooked.txt"

    with temporary_media_root():
        row = Document(slug="song", title="Píseň.txt")
        row.file.save("a.txt", ContentFile(SONG))
        for view, basename in (
            (ObjectDownloadView.as_view(model=Document, basename="of the view.txt"), "of the view.txt"),
            (Hooked.as_view(), "song-hooked.txt"),
            (ObjectDownloadView.as_view(model=Document, basename_field="title"), "Píseň.txt"),
            (ObjectDownloadView.as_view(model=Document), Path(str(row.file.name)).name),
        ):
            assert_download_response(CASE, got(view, slug="song"), basename=basename, content=SONG)


def verses() -> Iterator[str]:
    """Make a text while it is sent."""
    yield from SONG.splitlines(keepends=True)


VIRTUAL: list[Any] = [
    pytest.param(lambda: ContentFile(SONG, name="song.txt"), id="ContentFile"),
    pytest.param(lambda: VirtualFile(StringIO(SONG), name="song.txt"), id="StringIO"),
    pytest.param(lambda: VirtualFile(BytesIO(SONG.encode()), name="song.txt"), id="BytesIO"),
    pytest.param(lambda: VirtualFile(TextIteratorIO(verses()), name="song.txt"), id="TextIteratorIO"),
    pytest.param(lambda: VirtualFile(StringIteratorIO(verses()), name="song.txt"), id="StringIteratorIO"),
    pytest.param(
        lambda: VirtualFile(BytesIteratorIO(verse.encode() for verse in verses()), name="song.txt"),
        id="BytesIteratorIO",
    ),
    pytest.param(lambda: VirtualFile(BytesIO(SONG.encode()), "song.txt", "", len(SONG.encode())), id="size"),
]


@pytest.mark.parametrize("make", VIRTUAL)
def test_a_virtual_file_is_served(make: Any) -> None:
    """What is in memory or made on the fly is a file like any other."""

    class Singing(VirtualDownloadView):
        def get_file(self) -> Any:
            return make()

    response = got(Singing.as_view())
    assert_download_response(
        CASE, response, content=SONG, basename="song.txt", mime_type="text/plain", attachment=True
    )
    assert response.headers.get("Content-Length", str(len(SONG.encode()))) == str(len(SONG.encode()))


@pytest.mark.parametrize(
    ("since", "modified", "status"), [(True, False, 304), (True, True, 200), (False, False, 200)]
)
@pytest.mark.parametrize("by", ["view", "file"])
def test_not_modified_is_up_to_the_view_or_the_file(
    since: bool, modified: bool, status: int, by: str
) -> None:
    """A 304 is sent if the client asks with a date, and the view or its file says no."""

    class Judging(VirtualFile):
        def was_modified_since(self, since: str) -> bool:
            return modified

    class View(VirtualDownloadView):
        def get_file(self) -> Any:
            return (Judging if by == "file" else VirtualFile)(StringIO(SONG), name="song.txt")

    class JudgingView(View):
        def was_modified_since(self, file_instance: Any, since: str) -> bool:
            return modified

    fields = {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"} if since else {}
    response = got((View if by == "file" else JudgingView).as_view(), fields=fields)
    assert response.status_code == status


@pytest.mark.django_db
def test_what_is_missing_is_not_found(tmp_path: Path) -> None:
    """A missing file, an empty field and a file that a view does not find are all a 404."""
    row = Document.objects.create(slug="empty")
    lost = Document.objects.create(slug="lost", file="lost.txt")

    class Failing(VirtualDownloadView):
        def get_file(self) -> Any:
            raise FileNotFound("There is no such song.")

    for view, kwargs in (
        (PathDownloadView.as_view(path=str(tmp_path / "absent.txt")), {}),
        (StorageDownloadView.as_view(storage=FileSystemStorage(tmp_path)), {"path": "absent.txt"}),
        (ObjectDownloadView.as_view(model=Document), {"pk": row.pk}),
        (ObjectDownloadView.as_view(model=Document), {"pk": lost.pk}),
        (Failing.as_view(), {}),
    ):
        with pytest.raises(Http404), temporary_media_root():
            got(view, **kwargs)


@pytest.mark.django_db
def test_a_wrong_file_field_is_a_mistake() -> None:
    """A field that no row has is the program's error."""
    row = Document.objects.create(slug="song")
    with pytest.raises(AttributeError, match="Document has no 'music', which is named as file_field"):
        got(ObjectDownloadView.as_view(model=Document, file_field="music"), pk=row.pk)


def test_paths_come_from_the_view_or_the_url(tmp_path: Path) -> None:
    """Path and storage views take their path from as_view() or from the URL."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    storage = FileSystemStorage(tmp_path)
    for view, name in (
        (PathDownloadView.as_view(path=str(tmp_path / "a.txt")), "a.txt"),
        (StorageDownloadView.as_view(storage=storage, path="a.txt"), "a.txt"),
    ):
        assert_download_response(CASE, got(view), content=name)
    for view in (PathDownloadView.as_view(root=tmp_path), StorageDownloadView.as_view(storage=storage)):
        assert_download_response(CASE, got(view, path="b.txt"), content="b.txt")


def test_a_url_keeps_the_type_of_its_origin() -> None:
    """What another server holds is passed on with its type."""
    page = Page(body=b"<svg/>", fields={"Content-Type": "image/svg+xml"})
    with (
        serving({"/drawing": page}) as origin,
        override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [origin.url]}),
    ):
        response = got(HTTPDownloadView.as_view(url=f"{origin.url}/drawing", basename="drawing.svg"))
        assert_download_response(
            CASE, response, content=b"<svg/>", basename="drawing.svg", content_type="image/svg+xml"
        )
        file = HTTPFile(url=f"{origin.url}/drawing", name="drawing.svg", trusted_origins=[origin.url])
        assert (file.name, file.size, file.content_type) == ("drawing.svg", 6, "image/svg+xml")
        assert file.read() == b"<svg/>"
        file.close()


def test_fields_of_the_view_survive() -> None:
    """What a view adds to its response is sent."""

    class Counting(VirtualDownloadView):
        def get_file(self) -> Any:
            return ContentFile(SONG, name="song.txt")

        def download_response(self, *response_args: Any, **response_kwargs: Any) -> HttpResponseBase:
            response = super().download_response(*response_args, **response_kwargs)
            response["X-Verses"] = str(len(SONG.splitlines()))
            return response

    assert got(Counting.as_view()).headers["X-Verses"] == "2"


def test_a_response_is_made_with_the_old_keywords() -> None:
    """What a view hands on when it makes its response counts, by the names of old."""

    class Other(VirtualDownloadView):
        def get_file(self) -> Any:
            return ContentFile(b"never sent", name="a.txt")

        def download_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
            kwargs.setdefault("file_instance", ContentFile(SONG, name="song.csv"))
            return super().download_response(
                *args, file_mimetype="text/x-song", file_encoding="x-none", **kwargs
            )

        def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return self.render_to_response(basename="sung.txt")

    response = got(Other.as_view())
    assert response.headers["Content-Encoding"] == "x-none"
    assert_download_response(CASE, response, content=SONG, basename="sung.txt", mime_type="text/x-song")


def test_the_file_of_a_path_is_a_file(tmp_path: Path) -> None:
    """Hooks, overrides and middlewares get a file with a name and a size, which can be read, and wrapped."""
    song = tmp_path / "song.txt"
    song.write_text(SONG, encoding="utf-8")

    class Hooked(PathDownloadView):
        def get_basename(self) -> str:
            return f"{self.file_instance.size} {Path(self.file_instance.name).name}"

    class Loud(PathDownloadView):
        def get_file(self) -> Any:
            with super().get_file() as file:
                return ContentFile(file.read().upper(), name="loud.txt")

    class Sniffing(PathDownloadView):
        def get_file(self) -> Any:
            file = super().get_file()
            self.first = file.read(2)
            return file

        def get_mimetype(self) -> str:
            return f"text/x-{len(self.first)}"

    class Wrapped(PathDownloadView):
        def get_file(self) -> Any:
            return VirtualFile(super().get_file(), name="wrapped.txt")

    file = setup_view(PathDownloadView(path=str(song)), RequestFactory().get("/")).get_file()
    assert isinstance(file, File)
    assert (file.name, file.size, file.closed) == (str(song), len(SONG.encode()), True)
    size = len(SONG.encode())
    for view, expected in (
        (Hooked, {"content": SONG, "basename": f"{size} song.txt"}),
        (Loud, {"content": SONG.encode().upper(), "basename": "loud.txt"}),
        (Sniffing, {"content": SONG, "mime_type": "text/x-2"}),
        (Wrapped, {"content": SONG, "basename": "wrapped.txt"}),
    ):
        for given in ({"path": str(song)}, {"path": "song.txt", "root": tmp_path}):
            assert_download_response(CASE, got(view.as_view(**given)), **expected)


def test_a_path_may_have_a_substitute(tmp_path: Path) -> None:
    """Who asks for a file that is not there, or is none, hears it at once, and may return another."""

    class Kind(PathDownloadView):
        def get_file(self) -> Any:
            try:
                return super().get_file()
            except FileNotFound:
                return ContentFile(SONG, name="instead.txt")

    for given in (
        {"path": str(tmp_path / "absent.txt")},
        {"path": str(tmp_path)},
        {"path": "absent.txt", "root": tmp_path},
        {"path": "../absent.txt", "root": tmp_path},
    ):
        assert_download_response(CASE, got(Kind.as_view(**given)), content=SONG, basename="instead.txt")


def test_a_view_of_ones_own_needs_a_file_only() -> None:
    """The base view and the mixin serve whatever get_file() returns."""

    class Base(BaseDownloadView):
        def get_file(self) -> Any:
            return File(BytesIO(SONG.encode()), name="song.txt")

    class Mixed(DownloadMixin, DetailView):  # type: ignore[type-arg, misc]  # as projects write it
        def get_object(self, queryset: Any = None) -> str:
            return SONG

        def get_file(self) -> Any:
            return ContentFile(self.object, name="song.txt")

    for view in (Base.as_view(), Mixed.as_view()):
        assert_download_response(CASE, got(view), content=SONG, basename="song.txt")


def test_wrappers_are_files() -> None:
    """What wraps a file can be read as one."""
    with temporary_media_root():
        storage = FileSystemStorage()
        storage.save("song.txt", ContentFile(SONG))
        file = StorageFile(storage, "song.txt")
        assert (file.name, file.size, file.path) == ("song.txt", len(SONG.encode()), storage.path("song.txt"))
        assert file.read() == SONG.encode()
        file.close()
    virtual = VirtualFile(StringIO(SONG), name="song.txt", url="/song.txt")
    assert (virtual.name, virtual.url, virtual.size) == ("song.txt", "/song.txt", len(SONG.encode()))


def test_a_response_can_be_made_by_hand() -> None:
    """Keywords and attributes of the response are those that projects know."""
    response = DownloadResponse(
        file_instance=ContentFile(SONG, name="a.txt"),
        attachment=False,
        basename="song.txt",
        status=200,
        content_type=None,
        file_mimetype="text/plain",
        file_encoding=None,
    )
    assert (response.basename, response.attachment, response.get_encoding()) == ("song.txt", False, None)
    assert response.file.name == "a.txt"
    assert response.default_headers["Content-Disposition"] == 'inline; filename="song.txt"'
    assert_download_response(CASE, response, content=SONG, mime_type="text/plain", attachment=False)


def test_hooks_can_be_tested_one_by_one() -> None:
    """A view that is set up for a test answers what its hooks return."""
    view = setup_view(StorageDownloadView(path="a.txt"), RequestFactory().get("/"), path="b.txt")
    assert view.get_path() == "b.txt"
    assert view.get_basename() is None
    assert view.get_file().name == "b.txt"


def test_views_work_in_a_urlconf() -> None:
    """A URLconf of projects needs nothing else."""

    class Singing(VirtualDownloadView):
        def get_file(self) -> Any:
            return ContentFile(SONG, name="song.txt")

    class Urls:
        urlpatterns = (path("song/", Singing.as_view(), name="song"),)

    with override_settings(ROOT_URLCONF=Urls):
        assert_download_response(CASE, CASE.client_class().get("/song/"), content=SONG)
