"""What projects had to work around: it is as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.http import Http404
from django.test import override_settings

from downloadable.django_ui.downloadview import (
    BytesIteratorIO,
    DownloadResponse,
    HTTPDownloadView,
    ObjectDownloadView,
    PathDownloadView,
    StorageDownloadView,
    TextIteratorIO,
    VirtualDownloadView,
    VirtualFile,
    temporary_media_root,
)
from tests.adapters.origin import Page, serving
from tests.django_ui.doors import body, got
from tests.models import Document
from tests.storages import CountingStorage

SONG = "Ó, hřebíčku zahradnický,\n"
LONG_AGO = {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}


def virtual(make: Any, **given: Any) -> Any:
    """Return a view of what *make* makes."""

    class View(VirtualDownloadView):
        def get_file(self) -> Any:
            return make()

    return View.as_view(**given)


def test_a_large_file_is_not_read_by_lines(tmp_path: Path) -> None:
    """Chunks are of a size, whether a file has lines or not, and no file is one chunk."""
    for name, data in (("lines.csv", b"1;2;3;4\n" * 200_000), ("noise.bin", bytes(1_600_000))):
        (tmp_path / name).write_bytes(data)
        chunks = list(got(PathDownloadView.as_view(root=tmp_path), path=name).streaming_content)
        assert b"".join(chunks) == data
        assert 4 <= len(chunks) <= 40


@pytest.mark.django_db
def test_dates_are_compared_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path, a file of a row and a file of a storage can all be 304 by date, and nothing is printed."""
    (tmp_path / "a.txt").write_text(SONG)
    with temporary_media_root():
        row = Document(slug="song")
        row.file.save("a.txt", ContentFile(SONG))
        for view, kwargs in (
            (PathDownloadView.as_view(root=tmp_path), {"path": "a.txt"}),
            (StorageDownloadView.as_view(storage=FileSystemStorage(tmp_path)), {"path": "a.txt"}),
            (ObjectDownloadView.as_view(model=Document), {"pk": row.pk}),
            (virtual(lambda: File((tmp_path / "a.txt").open("rb"))), {}),
        ):
            fresh = got(view, fields=LONG_AGO, **kwargs)
            assert fresh.status_code == 200
            fields = {"If-Modified-Since": fresh.headers["Last-Modified"]}
            assert got(view, fields=fields, **kwargs).status_code == 304
            fresh.close()
    assert capsys.readouterr() == ("", "")


def test_naive_dates_are_local() -> None:
    """Without time zones, an hour behind is not an hour ahead."""
    changed = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
    with override_settings(USE_TZ=False, TIME_ZONE="America/Chicago"):
        storage = CountingStorage({"a.txt": b"new"})
        storage.modified = changed.astimezone(ZoneInfo("America/Chicago")).replace(tzinfo=None)
        view = StorageDownloadView.as_view(storage=storage, path="a.txt")
        fields = {"If-Modified-Since": "Fri, 17 May 2024 11:00:00 GMT"}
        assert got(view, fields=fields).status_code == 200


def test_clients_can_cache_and_resume(tmp_path: Path) -> None:
    """Validators, ranges and caching are announced."""
    (tmp_path / "a.txt").write_text(SONG)
    headers = got(PathDownloadView.as_view(root=tmp_path), path="a.txt").headers
    assert {"ETag", "Last-Modified", "Accept-Ranges", "Cache-Control"} <= headers.keys()


def test_an_error_of_an_origin_is_no_file() -> None:
    """What the origin calls an error is one for the client; its HEAD and its type are honoured."""
    with (
        serving({"/broken": Page(status=500, body=b"traceback"), "/a%20b.txt": Page(body=b"abc")}) as origin,
        override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [origin.url]}),
    ):
        with pytest.raises(Http404):
            got(HTTPDownloadView.as_view(url=f"{origin.url}/absent"))
        assert got(HTTPDownloadView.as_view(url=f"{origin.url}/broken")).status_code >= 500
        origin.seen.clear()
        view = HTTPDownloadView.as_view(url=f"{origin.url}/a%20b.txt", mimetype="application/x-own")
        head = got(view, "HEAD")
        assert head.headers["Content-Type"] == "application/x-own"
        assert head.headers["Content-Disposition"] == 'attachment; filename="a b.txt"'
        assert [request.method for request in origin.seen] == ["HEAD"]


@pytest.mark.django_db
def test_a_missing_file_is_no_server_error() -> None:
    """A file that is not in its storage is a 404, for storage and object views."""
    row = Document.objects.create(slug="lost", file="lost.txt")
    with temporary_media_root():
        with pytest.raises(Http404):
            got(StorageDownloadView.as_view(path="lost.txt"))
        with pytest.raises(Http404):
            got(ObjectDownloadView.as_view(model=Document), pk=row.pk)


@pytest.mark.django_db
def test_fields_of_a_row_reach_the_client() -> None:
    """Size, coding, type, charset and date of a row are told, and none of them fails."""
    row = Document(
        slug="song",
        length=len(SONG.encode()),
        coding="br",
        media_type="text/x-song",
        charset="utf-8",
        changed=datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    with temporary_media_root():
        row.file.save("a.txt", ContentFile(SONG))
        view = ObjectDownloadView.as_view(
            model=Document,
            size_field="length",
            encoding_field="coding",
            mime_type_field="media_type",
            charset_field="charset",
            modification_time_field="changed",
        )
        headers = got(view, pk=row.pk).headers
    assert headers["Content-Length"] == str(len(SONG.encode()))
    assert headers["Content-Encoding"] == "br"
    assert headers["Content-Type"] == "text/x-song; charset=utf-8"
    assert headers["Last-Modified"] == "Mon, 02 Jan 2023 03:04:05 GMT"


def test_an_encoding_has_an_effect() -> None:
    """What a view says of the coding is announced."""
    view = virtual(lambda: ContentFile(b"\x1f\x8b", name="a.txt"), encoding="gzip")
    assert got(view).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.png", "image/png"), ("a.zip", "application/zip"), ("a.tar.gz", "application/gzip")],
)
def test_no_image_has_a_charset(name: str, content_type: str) -> None:
    """A charset is told of text, and an archive is sent as what it is."""
    headers = got(virtual(lambda: ContentFile(b"\x1f\x8b", name=name))).headers
    assert headers["Content-Type"] == content_type
    assert "Content-Encoding" not in headers


def test_a_file_needs_no_name() -> None:
    """What has no name is downloaded without one."""
    assert body(got(virtual(lambda: ContentFile(b"nameless")))) == b"nameless"


def test_a_response_takes_what_djangos_do() -> None:
    """Fields, reason and charset can be given to the response."""
    response = DownloadResponse(b"a", headers={"X-A": "1"}, reason="Fine", charset="utf-8")
    assert (response.headers["X-A"], response.reason_phrase) == ("1", "Fine")


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("日本.txt", "attachment; filename=\"download.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        ("../etc/passwd", 'attachment; filename="passwd"'),
        ("a\0b.txt", 'attachment; filename="ab.txt"'),
        ("gpj\u202eexe.txt", 'attachment; filename="gpjexe.txt"'),
        ('say "hi".txt', "attachment; filename=\"say 'hi'.txt\"; filename*=UTF-8''say%20%22hi%22.txt"),
    ],
    ids=["no letter of ASCII", "path", "NUL", "bidi", "quotes"],
)
def test_names_are_safe(name: str, disposition: str) -> None:
    """No name says what it should not, is empty, or leads anywhere."""
    assert got(virtual(lambda: b"a", basename=name)).headers["Content-Disposition"] == disposition


def test_a_name_is_sent_inline_too() -> None:
    """Whoever saves what is shown gets the right name."""
    view = virtual(lambda: ContentFile(b"a", name="a.txt"), attachment=False)
    assert got(view).headers["Content-Disposition"] == 'inline; filename="a.txt"'


def test_generated_files_stream() -> None:
    """What a generator makes is passed on as it comes, and is not announced as empty."""
    made: list[int] = []

    def numbers() -> Iterator[str]:
        for number in range(1000):
            made.append(number)
            yield f"{number}\n"

    response = got(virtual(lambda: VirtualFile(TextIteratorIO(numbers()), name="n.txt")))
    assert "Content-Length" not in response.headers
    chunks = iter(response.streaming_content)
    assert next(chunks).startswith(b"0\n")
    assert len(made) < 1000
    assert len(b"".join(chunks)) > 1000


def test_generated_files_iterate() -> None:
    """A file over an iterator can be iterated over, by lines."""
    assert list(BytesIteratorIO(iter([b"a\nb", b"\nc"]))) == [b"a\n", b"b\n", b"c"]


def test_text_is_measured_in_bytes() -> None:
    """A length counts what is sent, not what is written."""
    for make in (
        lambda: VirtualFile(StringIO(SONG), name="a.txt"),
        lambda: ContentFile(SONG, name="a.txt"),
        lambda: VirtualFile(BytesIO(SONG.encode()), name="a.txt"),
    ):
        response = got(virtual(make))
        assert response.headers["Content-Length"] == str(len(SONG.encode()))
        assert body(response) == SONG.encode()


def test_a_path_of_ones_own_is_not_climbed(tmp_path: Path) -> None:
    """The example that joins a directory and the URL does not lead out of the directory."""
    media = tmp_path / "media"
    media.mkdir()
    (media / "a.txt").write_text(SONG)
    (tmp_path / "secret.txt").write_text("nobody's business")

    class Dynamic(PathDownloadView):
        def get_path(self) -> str:
            return str(media) + "/" + super().get_path()

    assert body(got(Dynamic.as_view(), path="a.txt")) == SONG.encode()
    for path in ("../secret.txt", "x/../../secret.txt", f"{tmp_path}/secret.txt"):
        with pytest.raises(Http404):
            got(Dynamic.as_view(), path=path)
