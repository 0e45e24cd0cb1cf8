from __future__ import annotations

import io
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemorySource
from downloadable.django_ui import serving
from downloadable.django_ui.serving import download
from downloadable.domain import PolicyError, ServingPolicy
from tests.django_ui.doors import EVERY_VIEW, called, sync_view_of
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE, TAG, AsyncRecordingContent, RecordingContent


def written(directory: Path, data: bytes) -> Path:
    """Return the path of a file that holds *data*."""
    path = directory / "on disk.txt"
    path.write_bytes(data)
    return path


POLICIES: list[Any] = [
    pytest.param({}, "Content-Disposition", 'attachment; filename="data.txt"', id="attachment by default"),
    pytest.param({"attachment": False}, "Content-Disposition", 'inline; filename="data.txt"', id="inline"),
    pytest.param({"basename": "b.txt"}, "Content-Disposition", 'attachment; filename="b.txt"', id="basename"),
    pytest.param({"content_type": "text/csv"}, "Content-Type", "text/csv", id="content_type"),
    pytest.param({"content_encoding": "gzip"}, "Content-Encoding", "gzip", id="content_encoding"),
    pytest.param({}, "Content-Encoding", None, id="no coding by default"),
    pytest.param({"charset": "utf-8"}, "Content-Type", "text/plain; charset=utf-8", id="charset"),
    pytest.param({}, "Cache-Control", "private, no-cache", id="revalidated by default"),
    pytest.param({"cache_control": "public"}, "Cache-Control", "public", id="cache_control"),
    pytest.param({"cache_control": None}, "Cache-Control", None, id="no cache_control"),
    pytest.param({}, "ETag", '"v1"', id="validators by default"),
    pytest.param({"validators": False}, "ETag", None, id="no validators"),
    pytest.param({}, "X-Content-Type-Options", "nosniff", id="nosniff by default"),
    pytest.param({"nosniff": False}, "X-Content-Type-Options", None, id="no nosniff"),
    pytest.param({"max_ranges": 0}, "Accept-Ranges", "none", id="max_ranges"),
    pytest.param(
        {"attachment": False, "inline_types": ()},
        "Content-Disposition",
        'attachment; filename="data.txt"',
        id="inline_types",
    ),
]


@EVERY_VIEW
@pytest.mark.parametrize(("fields", "name", "value"), POLICIES)
def test_a_policy_field_reaches_the_answer(
    view_of: Any, fields: dict[str, Any], name: str, value: str | None
) -> None:
    """Each field of a policy can be given to the function itself."""
    response = called(view_of(lambda: RecordingContent(name="data.txt"), **fields))
    assert response.headers.get(name) == value


@EVERY_VIEW
def test_fields_go_before_a_policy(view_of: Any) -> None:
    """A policy that is given as a whole holds where no field of its own is given."""
    policy = ServingPolicy(basename="policy.txt", cache_control="public")
    response = called(view_of(RecordingContent, policy, basename="field.txt"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="field.txt"'
    assert response.headers["Cache-Control"] == "public"


@EVERY_VIEW
@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        pytest.param(
            {"as_attachment": True}, "no field 'as_attachment'; did you mean 'attachment'", id="unknown"
        ),
        pytest.param({"content_type": "text"}, "'text' is not a media type", id="wrong value"),
    ],
)
def test_an_impossible_policy_is_an_error_and_closes(view_of: Any, fields: dict[str, Any], hint: str) -> None:
    """A field that does not exist or cannot be meant is the program's mistake, and nothing stays open for it."""
    content = RecordingContent()
    with pytest.raises(PolicyError, match=hint):
        called(view_of(lambda: content, **fields))
    assert content.steps == ["close"]


@EVERY_VIEW
@pytest.mark.parametrize("stranger", [None, 42, pytest.param(object(), id="an object")], ids=repr)
def test_a_stranger_is_a_type_error(view_of: Any, stranger: object) -> None:
    """What nobody has said how to serve is told by the name of its class."""
    with pytest.raises(TypeError, match=rf"Cannot serve '{type(stranger).__name__}'; teach as_content"):
        called(view_of(lambda: stranger))


EMPTY: list[Any] = [
    pytest.param("HEAD", {}, 200, id="HEAD"),
    pytest.param("GET", {"If-None-Match": str(TAG)}, 304, id="304"),
    pytest.param("HEAD", {"If-None-Match": str(TAG)}, 304, id="304 to HEAD"),
    pytest.param("GET", {"If-Match": '"other"'}, 412, id="412"),
    pytest.param("GET", {"Range": f"bytes={len(LARGE)}-"}, 416, id="416"),
]


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize(("method", "fields", "status"), EMPTY)
def test_an_answer_without_a_body_acquires_nothing(
    ask: Ask, view_of: Any, method: str, fields: dict[str, str], status: int
) -> None:
    """One look is all that HEAD, 304, 412 and 416 cost."""
    content = RecordingContent()
    answer = ask(view_of(lambda: content), method=method, fields=fields)
    assert (answer.status, answer.body) == (status, b"")
    assert content.steps == ["describe", "close"]


@EVERY_VIEW
@pytest.mark.parametrize(
    ("method", "matching", "status", "opened"),
    [("GET", False, 200, 1), ("GET", True, 304, 0), ("HEAD", False, 200, 0)],
)
def test_a_local_file_is_opened_only_to_be_read(
    view_of: Any,
    method: str,
    matching: bool,
    status: int,
    opened: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A 304 and a HEAD of a local file open nothing; a GET opens it once."""
    written(tmp_path, LARGE)
    view = view_of(lambda: LocalSource(tmp_path).open("on disk.txt"))
    tag = called(view, "HEAD").headers["ETag"]
    paths: list[Any] = []
    really_open = os.open

    def counting_open(path: Any, *args: Any, **kwargs: Any) -> int:
        paths.append(path)
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", counting_open)
    response = called(view, method, **({"If-None-Match": tag} if matching else {}))
    response.close()
    assert response.status_code == status
    assert len(paths) == opened


def test_wrapping_reads_nothing(tmp_path: Path) -> None:
    """A HEAD of a sparse file of 1 GiB knows its size, and no byte of it was read."""
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(2**30)

    class Unreadable(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("It was read.")

        readinto = readall = read  # type: ignore[assignment]

    with Unreadable(path) as unreadable:
        response = called(sync_view_of(lambda: unreadable), "HEAD")
    assert response.headers["Content-Length"] == str(2**30)


@EVERY_HANDLER
@EVERY_VIEW
def test_post_gets_the_file(ask: Ask, view_of: Any) -> None:
    """A view that makes a file from a form answers with all of it, whatever the range or date."""
    content = RecordingContent()
    answer = ask(
        view_of(lambda: content),
        method="POST",
        fields={"Range": "bytes=0-1", "If-Modified-Since": "Fri, 31 Dec 2099 23:59:59 GMT"},
    )
    assert (answer.status, answer.body) == (200, LARGE)
    assert answer.field("Content-Length") == str(len(LARGE))


@pytest.fixture
def untold() -> None:
    """Forget what was said about inline types before."""
    serving.warn_of.cache_clear()


@pytest.mark.usefixtures("untold")
@EVERY_VIEW
def test_an_unsafe_type_is_never_inline(view_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A type that can script is saved although inline was asked, and the log says so once for each type."""
    for name in ("page.html", "other.html", "drawing.svg"):
        response = called(view_of(lambda name=name: RecordingContent(name=name), attachment=False))
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert [record.getMessage().partition(" is sent")[0] for record in caplog.records] == [
        "text/html",
        "image/svg+xml",
    ]


@pytest.mark.usefixtures("untold")
def test_ranges_of_an_unsafe_type_say_nothing_new(caplog: pytest.LogCaptureFixture) -> None:
    """A client cannot fill the log, or the memory of what was logged, by asking for ranges."""
    view = sync_view_of(lambda: RecordingContent(name="page.html"), attachment=False)
    for _ in range(3):
        assert called(view, Range="bytes=0-0,9-9").status_code == 206
    assert serving.warn_of.cache_info().currsize == 0
    assert not caplog.records


@pytest.mark.usefixtures("untold")
def test_types_of_uploads_do_not_fill_the_memory() -> None:
    """There is no end of types that a client may say its uploads are of."""
    for number in range(300):
        make = partial(RecordingContent, name="a", content_type=f"text/x-{number}")
        called(sync_view_of(make, attachment=False))
    assert serving.warn_of.cache_info().currsize == 256


@pytest.mark.usefixtures("untold")
def test_what_is_safe_inline_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said where inline is granted."""
    response = called(sync_view_of(lambda: RecordingContent(name="a.pdf"), attachment=False))
    assert response.headers["Content-Disposition"] == 'inline; filename="a.pdf"'
    assert not caplog.records


def test_a_scope_of_another_kind_makes_no_event_loop() -> None:
    """Programs note on a request what its token is good for; a server without an event loop still sends the file."""
    request: Any = RequestFactory().get("/")
    request.scope = "read write"
    response: Any = download(request, LARGE)
    assert not response.is_async
    assert b"".join(response) == LARGE


def test_a_wrapped_request_is_one_of_its_kind() -> None:
    """A framework that wraps the request of an event loop gets a body for that loop."""

    class Wrapped:
        def __init__(self, request: HttpRequest) -> None:
            self._request = request

        def __getattr__(self, name: str) -> Any:
            return getattr(self._request, name)

    wrapped: Any = Wrapped(RequestFactory().get("/"))
    assert not getattr(download(wrapped, RecordingContent()), "is_async", None)
    wrapped._request.scope = {"type": "http"}
    assert getattr(download(wrapped, RecordingContent()), "is_async", None)


@EVERY_HANDLER
def test_the_one_liner(ask: Ask) -> None:
    """One line serves a file."""
    source = MemorySource({"a.txt": b"hello"})
    answer = ask(lambda request: download(request, source.open("a.txt"), basename="b.txt"))
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.field("Content-Disposition") == 'attachment; filename="b.txt"'


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])
def test_a_content_is_read_once_and_closed(ask: Ask, view_of: Any, make: Any) -> None:
    """Whatever the colours of view, handler and content, one read brings all of it."""
    content = make()
    assert ask(view_of(lambda: content)).body == LARGE
    assert content.closed
    assert content.steps.count("read") + content.steps.count("aread") == 1
