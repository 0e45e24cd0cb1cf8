"""What a view or its file says to If-Modified-Since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from downloadable.django_ui.views import VirtualDownloadView
from tests.django_ui.doors import got
from tests.django_ui.recording import RecordingContent

DAY = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)
THAT_DAY = "Fri, 17 May 2024 12:30:15 GMT"
LATER = "Sat, 18 May 2024 12:30:15 GMT"
EARLIER = "Thu, 16 May 2024 12:30:15 GMT"


class Report(VirtualDownloadView):
    """A view of a file in memory."""

    def get_file(self) -> Any:
        return ContentFile(b"a;b\n", name="report.csv")


def overriding(**hooks: Any) -> Any:
    """Return the view of the report, with hooks of its own."""
    report: Any = type("Overriding", (Report,), hooks)
    return report.as_view()


class Dated(ContentFile):  # type: ignore[type-arg]  # Django's cannot be parametrised when it is a base
    """A file that knows when it was changed."""

    modified_time = DAY


class Judging(Dated):
    """A file that answers If-Modified-Since itself."""

    def __init__(self, data: bytes, *, modified: bool) -> None:
        super().__init__(data, name="judged.bin")
        self.modified = modified
        self.asked: list[str] = []

    def was_modified_since(self, since: str) -> bool:
        self.asked.append(since)
        return self.modified


def dated(view: Any) -> Any:
    """Return a file with a date."""
    return Dated(b"data", name="dated.bin")


@pytest.mark.parametrize(
    ("since", "status"),
    [(THAT_DAY, 304), (LATER, 304), (EARLIER, 200), ("yesterday", 200), ("", 200), (None, 200)],
)
def test_the_date_of_a_file_decides(since: str | None, status: int) -> None:
    """Without an answer of the view's own, dates are compared."""
    fields = {} if since is None else {"If-Modified-Since": since}
    response = got(overriding(get_file=dated), fields=fields)
    assert response.status_code == status
    assert response.headers["Last-Modified"] == THAT_DAY


@pytest.mark.parametrize("since", [EARLIER, LATER])
@pytest.mark.parametrize("modified", [True, False])
def test_a_view_decides_in_place_of_the_date(since: str, modified: bool) -> None:
    """A hook that was overridden gets the field as it came, and its answer counts whatever the date is."""
    asked: list[Any] = []

    def was_modified_since(view: Any, file: Any, since: str) -> bool:
        asked.append((file is view.file_instance, since))
        return modified

    view = overriding(get_file=dated, was_modified_since=was_modified_since)
    response = got(view, fields={"If-Modified-Since": since})
    assert response.status_code == (200 if modified else 304)
    assert asked == [(True, since)]


@pytest.mark.parametrize("modified", [True, False])
def test_a_file_decides_in_place_of_the_date(modified: bool) -> None:
    """So does a file that has an answer of its own."""
    file = Judging(b"data", modified=modified)
    response = got(overriding(get_file=lambda view: file), fields={"If-Modified-Since": LATER})
    assert response.status_code == (200 if modified else 304)
    assert file.asked == [LATER]


def test_a_view_decides_before_its_file() -> None:
    """The view's answer counts if both have one."""
    file = Judging(b"data", modified=False)
    view = overriding(get_file=lambda view: file, was_modified_since=lambda view, file, since: True)
    assert got(view, fields={"If-Modified-Since": LATER}).status_code == 200
    assert file.asked == []


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda: Judging(b"data", modified=False), 304),
        (lambda: Dated(b"data", name="dated.bin"), 304),
        (lambda: b"data", 200),
    ],
)
def test_a_view_may_leave_it_to_its_file(make: Callable[[], Any], status: int) -> None:
    """A hook that calls the one it overrides gets the file's answer, or what its date says, or yes."""

    class Leaving(Report):
        def get_file(self) -> Any:
            return make()

        def was_modified_since(self, file_instance: Any, since: str) -> bool:
            return super().was_modified_since(file_instance, since)

    assert got(Leaving.as_view(), fields={"If-Modified-Since": LATER}).status_code == status


@pytest.mark.parametrize(("since", "status"), [(LATER, 304), (EARLIER, 200)])
@pytest.mark.parametrize("unknown", [NotImplementedError, AttributeError])
def test_a_file_need_not_know(unknown: type[Exception], since: str, status: int) -> None:
    """Where the method of a file has no answer, the dates are compared."""

    class Unknowing(Dated):
        def was_modified_since(self, since: str) -> bool:
            raise unknown

    view = overriding(get_file=lambda view: Unknowing(b"data", name="a.bin"))
    assert got(view, fields={"If-Modified-Since": since}).status_code == status


def test_nobody_decides_what_nobody_asked() -> None:
    """No hook makes a 304 of a request without a condition."""
    view = overriding(get_file=dated, was_modified_since=lambda view, file, since: False)
    assert got(view).status_code == 200


def test_a_tag_outranks_a_hook() -> None:
    """A client that sends a tag has it compared, and the hook is not heard (RFC 9110, 13.2.2)."""
    view = overriding(
        get_file=lambda view: RecordingContent(), was_modified_since=lambda view, file, since: False
    )
    asked = {"If-Modified-Since": LATER, "If-None-Match": '"another"'}
    assert got(view, fields=asked).status_code == 200


def test_a_view_that_says_modified_is_not_contradicted_by_middleware() -> None:
    """A middleware finds no date to compare after the view has decided."""
    view = overriding(get_file=dated, was_modified_since=lambda view, file, since: True)
    assert "Last-Modified" not in got(view, fields={"If-Modified-Since": LATER}).headers


class TaggingReport(Report):
    """A view that adds to its 304."""

    def not_modified_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().not_modified_response(*args, **kwargs)
        response.headers["X-Not"] = "modified"
        return response


class BareReport(Report):
    """A view with a 304 of its own."""

    def not_modified_response(self) -> HttpResponseBase:
        return HttpResponseNotModified(headers={"X-Not": "modified"})


@pytest.mark.parametrize("report", [TaggingReport, BareReport])
def test_a_view_may_answer_for_what_was_not_modified(report: type[Report]) -> None:
    """What a view answers in place of the 304 is what the client gets."""
    tag = got(report.as_view()).headers["ETag"]
    response = got(report.as_view(), fields={"If-None-Match": tag})
    assert (response.status_code, response.headers["X-Not"]) == (304, "modified")
    assert "X-Not" not in got(report.as_view()).headers


def test_a_304_keeps_its_fields() -> None:
    """A 304 of a view has the validators and the caching of its file."""
    tag = got(Report.as_view()).headers["ETag"]
    response = got(Report.as_view(), fields={"If-None-Match": tag})
    assert isinstance(response, HttpResponseNotModified)
    assert dict(response.items()) == {"ETag": tag, "Cache-Control": "private, no-cache"}


def test_a_view_can_say_not_modified_of_itself() -> None:
    """Called before there is any answer, the hook gives a plain 304."""
    view = Report()
    view.setup(RequestFactory().get("/"))
    assert dict(view.not_modified_response().items()) == {}
