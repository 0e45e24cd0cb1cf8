"""What goes wrong before the first byte has a status."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from downloadable.adapters.local import LocalContent
from downloadable.domain import (
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    Resource,
    SignatureExpired,
    SignatureInvalid,
)
from tests.django_ui.doors import EVERY_VIEW, SECRET, called, sync_view_of
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE, RecordingContent


def written(directory: Path, data: bytes) -> Path:
    """Return the path of a file that holds *data*."""
    path = directory / "on disk.txt"
    path.write_bytes(data)
    return path


STATUSES: list[Any] = [
    pytest.param(ContentNotFound(SECRET), 404, None, id="not found"),
    pytest.param(ContentForbidden(SECRET), 403, None, id="forbidden"),
    pytest.param(SignatureInvalid(SECRET), 403, None, id="invalid signature"),
    pytest.param(SignatureExpired(SECRET), 403, None, id="expired signature"),
    pytest.param(ContentUnavailable(SECRET), 503, None, id="unavailable"),
    pytest.param(ContentUnavailable(SECRET, retry_after=120), 503, "120", id="unavailable for two minutes"),
    pytest.param(ContentTimeout(SECRET), 504, None, id="timeout"),
    pytest.param(ContentTimeout(SECRET, retry_after=0), 504, "0", id="timeout that is over"),
    pytest.param(ContentInvalid(SECRET), 502, None, id="invalid"),
    pytest.param(ContentTruncated(SECRET), 502, None, id="truncated"),
    pytest.param(ContentChanged(SECRET), 503, None, id="changed"),
    pytest.param(ContentError(SECRET), 500, None, id="mistake"),
]


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("step", ["describe", "acquire"])
@pytest.mark.parametrize(("error", "status", "retry_after"), STATUSES)
def test_an_error_before_the_first_byte_has_a_status(
    ask: Ask, view_of: Any, step: str, error: Exception, status: int, retry_after: str | None
) -> None:
    """Each error becomes its status, whose body holds neither a path nor the error's own text."""
    content = RecordingContent(failing={step: error})
    answer = ask(view_of(lambda: content))
    assert answer.status == status
    assert answer.field("Retry-After") == retry_after
    assert SECRET.encode() not in answer.body
    assert answer.field("Content-Disposition") is None
    assert content.closed


@EVERY_VIEW
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        pytest.param(
            ContentUnavailable(SECRET), 503, "The file is not available for the moment.\n", id="503"
        ),
        pytest.param(ContentTimeout(SECRET), 504, "The file did not arrive in time.\n", id="504"),
        pytest.param(ContentInvalid(SECRET), 502, "The file did not arrive intact.\n", id="502"),
    ],
)
def test_a_failure_is_told_in_one_sentence(
    view_of: Any, error: Exception, status: int, sentence: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets a fixed sentence that no cache keeps; the log gets what happened."""
    response = called(view_of(lambda: RecordingContent(failing={"describe": error})), method)
    assert (response.status_code, response.content.decode()) == (status, sentence)
    assert response.headers == {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", f"Answered with {status}: {SECRET}")
    ]


@EVERY_VIEW
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(SignatureExpired(SECRET), "This link has expired.\n", id="expired"),
        pytest.param(SignatureInvalid(SECRET), "This link is not valid.\n", id="invalid"),
    ],
)
def test_a_refused_link_is_told_in_one_sentence(
    view_of: Any, error: Exception, sentence: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client reads whether the link has expired, and nothing else; the log gets why."""
    response = called(view_of(lambda: RecordingContent(failing={"describe": error})), method)
    assert (response.status_code, response.content.decode()) == (403, sentence)
    assert response.headers == {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"Answered with 403: {SECRET}")
    ]


@EVERY_VIEW
@pytest.mark.parametrize(
    ("error", "raised"), [(ContentNotFound(SECRET), Http404), (ContentForbidden(SECRET), PermissionDenied)]
)
def test_not_found_and_forbidden_are_raised(
    view_of: Any, error: ContentError, raised: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """The project's own pages for 404 and 403 get the exceptions of Django, with the cause; the log gets why not."""
    with pytest.raises(raised) as caught:
        called(view_of(lambda: RecordingContent(failing={"describe": error})))
    assert caught.value.__cause__ is error
    assert SECRET not in str(caught.value)
    assert caplog.messages == ([f"Answered with 403: {SECRET}"] if raised is PermissionDenied else [])


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize(
    ("error", "handler", "status"),
    [(ContentNotFound(SECRET), "handler404", 404), (ContentForbidden(SECRET), "handler403", 403)],
)
def test_the_pages_of_the_project_apply(
    ask: Ask, view_of: Any, error: ContentError, handler: str, status: int
) -> None:
    """What a project shows for 404 and 403 is what a client sees."""

    def page(request: HttpRequest, exception: Exception) -> HttpResponse:
        return HttpResponse(f"our own page: {exception}", status=status)

    answer = ask(view_of(lambda: RecordingContent(failing={"describe": error})), handlers={handler: page})
    assert answer.status == status
    assert answer.body.startswith(b"our own page: ")
    assert SECRET.encode() not in answer.body


@EVERY_VIEW
def test_a_mistake_of_the_program_stays_what_it_is(view_of: Any) -> None:
    """An error that is nobody's but the program's is raised as it is, and the content closed."""
    content = RecordingContent(failing={"describe": ZeroDivisionError("a mistake")})
    with pytest.raises(ZeroDivisionError):
        called(view_of(lambda: content))
    assert content.steps == ["describe", "close"]


@EVERY_VIEW
def test_content_that_changed_is_described_once_more(view_of: Any) -> None:
    """A file that is replaced between the look and the opening is looked at again, and then served."""
    content = RecordingContent(failing={"acquire": [ContentChanged(SECRET)]})
    response = called(view_of(lambda: content))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == LARGE
    assert content.steps == ["describe", "acquire", "describe", "acquire", "read", "close"]


@EVERY_VIEW
def test_content_that_keeps_changing_is_unavailable(view_of: Any) -> None:
    """A file that is replaced again and again is a 503, after two looks."""
    content = RecordingContent(failing={"acquire": ContentChanged(SECRET)})
    assert called(view_of(lambda: content)).status_code == 503
    assert content.steps == ["describe", "acquire", "describe", "acquire", "close"]


@EVERY_VIEW
def test_what_was_described_last_counts(view_of: Any, tmp_path: Path) -> None:
    """The second look decides the answer: size, tag and bytes are those of the file that is sent."""

    class ReplacedOnce(LocalContent):
        def describe(self, asked: Any) -> Resource:
            described = super().describe(asked)
            if tmp_path.joinpath("new").exists():
                tmp_path.joinpath("new").rename(path)
            return described

    path = written(tmp_path, b"old")
    tmp_path.joinpath("new").write_bytes(b"the new bytes")
    response = called(view_of(lambda: ReplacedOnce(path)))
    assert response.headers["Content-Length"] == "13"
    assert b"".join(response.streaming_content) == b"the new bytes"


@EVERY_HANDLER
@EVERY_VIEW
def test_a_small_failure_while_reading_still_has_a_status(ask: Ask, view_of: Any) -> None:
    """Small files are read before the answer begins, so that a read that fails is not a broken download."""
    content = RecordingContent(b"small", piece=2, failing={"read": ContentUnavailable(SECRET)})
    assert ask(view_of(lambda: content)).status == 503
    assert content.closed


def test_errors_are_logged_with_their_cause(caplog: pytest.LogCaptureFixture) -> None:
    """The log holds the traceback that the client does not see."""
    error = ContentUnavailable(SECRET)
    error.__cause__ = ConnectionError("refused")
    with caplog.at_level(logging.ERROR, "downloadable"):
        called(sync_view_of(lambda: RecordingContent(failing={"describe": error})))
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error
