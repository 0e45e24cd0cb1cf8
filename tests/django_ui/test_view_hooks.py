from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings
from django.views.generic import DetailView, View

from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.views import BaseDownloadView, DownloadMixin, VirtualDownloadView
from downloadable.domain import (
    ContentForbidden,
    ContentNotFound,
    ContentUnavailable,
    PolicyError,
    ServingPolicy,
)
from tests.django_ui.doors import got
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE, RecordingContent

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


HOOKS: list[Any] = [
    pytest.param({}, "Content-Disposition", 'attachment; filename="report.csv"', id="attachment by default"),
    pytest.param({"attachment": False}, "Content-Disposition", 'inline; filename="report.csv"', id="inline"),
    pytest.param({"basename": "b.csv"}, "Content-Disposition", 'attachment; filename="b.csv"', id="basename"),
    pytest.param(
        {"get_basename": lambda view: f"{view.request.method}.csv"},
        "Content-Disposition",
        'attachment; filename="GET.csv"',
        id="get_basename",
    ),
    pytest.param({}, "Content-Type", "text/csv", id="type guessed"),
    pytest.param({"mimetype": "text/x-own"}, "Content-Type", "text/x-own", id="mimetype"),
    pytest.param(
        {"get_mimetype": lambda view: "text/x-hooked"}, "Content-Type", "text/x-hooked", id="get_mimetype"
    ),
    pytest.param({}, "Content-Encoding", None, id="no coding by default"),
    pytest.param({"encoding": "gzip"}, "Content-Encoding", "gzip", id="encoding"),
    pytest.param({"get_encoding": lambda view: "br"}, "Content-Encoding", "br", id="get_encoding"),
    pytest.param(
        {"get_policy": lambda view, file: ServingPolicy(cache_control="public")},
        "Cache-Control",
        "public",
        id="get_policy",
    ),
]


@pytest.mark.parametrize(("hooks", "name", "value"), HOOKS)
def test_a_hook_reaches_the_answer(hooks: dict[str, Any], name: str, value: str | None) -> None:
    """Each hook and attribute of a view does what its name says."""
    assert got(overriding(**hooks)).headers.get(name) == value


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"attachment": False}, "Content-Disposition", 'inline; filename="report.csv"'),
        ({"basename": "b.csv"}, "Content-Disposition", 'attachment; filename="b.csv"'),
        ({"mimetype": "text/x-own"}, "Content-Type", "text/x-own"),
        ({"encoding": "gzip"}, "Content-Encoding", "gzip"),
    ],
)
def test_attributes_can_be_given_to_as_view(given: dict[str, Any], name: str, value: str) -> None:
    """What a URLconf says goes before the class."""
    assert got(Report.as_view(**given)).headers[name] == value


def test_hooks_know_the_file() -> None:
    """When hooks are asked, the view has its file."""

    class Named(Report):
        def get_basename(self) -> str:
            return f"copy of {self.file_instance.name}"

        def get_policy(self, file: Any) -> ServingPolicy:
            assert file is self.file_instance
            return super().get_policy(file).evolve(nosniff=False)

    headers = got(Named.as_view()).headers
    assert headers["Content-Disposition"] == 'attachment; filename="copy of report.csv"'
    assert "X-Content-Type-Options" not in headers


@override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store", "attachment": False}})
def test_the_policy_of_the_site_holds_where_hooks_say_nothing() -> None:
    """A view says by its attributes what differs from the site."""
    headers = got(Report.as_view(basename="b.csv")).headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Disposition"] == 'inline; filename="b.csv"'
    headers = got(Report.as_view(basename="b.csv", attachment=True)).headers
    assert headers["Content-Disposition"] == 'attachment; filename="b.csv"'


def test_a_view_must_say_where_its_file_is() -> None:
    """A view without a file is told by its name."""

    class Fileless(BaseDownloadView):
        """Nothing."""

    with pytest.raises(
        NotImplementedError, match=r"Fileless must say where its file is: define get_file\(\)"
    ):
        got(Fileless.as_view())


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(lambda: b"data", id="bytes"),
        pytest.param(lambda: iter([b"da", b"ta"]), id="iterator"),
        pytest.param(lambda: ContentFile(b"data"), id="file"),
        pytest.param(lambda: RecordingContent(b"data"), id="content"),
    ],
)
def test_get_file_returns_whatever_can_be_downloaded(file: Callable[[], Any]) -> None:
    """A file need not be one of Django's."""
    assert b"".join(got(overriding(get_file=lambda view: file()))) == b"data"


def raising(error: Exception) -> Any:
    """Return a method that fails."""

    def get_file(view: Any) -> Any:
        raise error

    return get_file


MISSING = pytest.mark.parametrize(
    "get_file",
    [
        pytest.param(raising(ContentNotFound("/srv/secret")), id="raised"),
        pytest.param(raising(FileNotFoundError("/srv/secret")), id="raised by open()"),
        pytest.param(
            lambda view: RecordingContent(failing={"describe": ContentNotFound("/srv/secret")}),
            id="described",
        ),
        pytest.param(
            lambda view: RecordingContent(failing={"acquire": ContentNotFound("/srv/secret")}), id="acquired"
        ),
    ],
)


@MISSING
def test_a_missing_file_is_a_404(get_file: Any) -> None:
    """Wherever it turns out, a file that is not there is one for the project's own page."""
    with pytest.raises(Http404) as caught:
        got(overriding(get_file=get_file))
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert "secret" not in str(caught.value)


@MISSING
def test_a_view_may_answer_for_a_missing_file(get_file: Any) -> None:
    """What a view answers in place of a missing file is what the client gets."""

    class Comforting(Report):
        def file_not_found_response(self) -> HttpResponse:
            return HttpResponse("come back later", status=410)

    Comforting.get_file = get_file  # type: ignore[method-assign]
    response = got(Comforting.as_view())
    assert (response.status_code, response.content) == (410, b"come back later")


def test_other_errors_have_their_status() -> None:
    """A view answers what goes wrong as every other door does."""
    down = ContentUnavailable("/srv/secret", retry_after=7)
    response = got(overriding(get_file=raising(down)))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    with pytest.raises(PermissionDenied):
        got(overriding(get_file=raising(ContentForbidden("/srv/secret"))))
    with pytest.raises(ZeroDivisionError):
        got(overriding(get_file=raising(ZeroDivisionError())))


def test_a_view_may_add_fields_to_the_answer() -> None:
    """Fields and cookies that a view sets on its response are sent, whatever the answer is."""

    class Adding(Report):
        def download_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = super().download_response(*args, **kwargs)
            response["X-Of-Ours"] = "1"
            response.set_cookie("seen", "1")
            return response

    tag = got(Adding.as_view()).headers["ETag"]
    for fields in ({}, {"Range": "bytes=0-0"}, {"If-None-Match": tag}, {"If-Match": '"other"'}):
        response = got(Adding.as_view(), fields=fields)
        assert response.headers["X-Of-Ours"] == "1"
        assert "seen" in response.cookies


def test_a_view_may_pass_policy_fields_on() -> None:
    """An overridden step can give fields of the policy to the next one."""

    class Passing(Report):
        def render_to_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return super().render_to_response(*args, basename="passed.csv", attachment=False, **kwargs)

    assert got(Passing.as_view()).headers["Content-Disposition"] == 'inline; filename="passed.csv"'


def test_what_is_no_policy_field_is_an_error() -> None:
    """Nothing that is passed on is dropped without a word, and the file is closed."""
    content = RecordingContent()

    class Passing(Report):
        def get_file(self) -> Any:
            return content

        def download_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return super().download_response(*args, mime="text/csv", **kwargs)

    with pytest.raises(PolicyError, match="no field 'mime'"):
        got(Passing.as_view())
    assert content.closed


@pytest.mark.parametrize("hook", ["get_policy", "get_basename", "was_modified_since"])
def test_a_hook_that_fails_closes(hook: str) -> None:
    """A file that was opened for an answer that never comes is closed."""
    content = RecordingContent()

    def failing(view: Any, *args: Any) -> Any:
        raise ZeroDivisionError

    view = overriding(get_file=lambda view: content, **{hook: failing})
    with pytest.raises(ZeroDivisionError):
        got(view, fields={"If-Modified-Since": LATER})
    assert content.closed


class OwnResponse(DownloadResponse):
    """What a project derives."""


def test_a_response_class_makes_the_answers_with_a_body() -> None:
    """A class of the view's own is what its streamed answers are made of."""
    view = Report.as_view(response_class=OwnResponse)
    assert isinstance(got(view), OwnResponse)
    assert isinstance(got(view, fields={"Range": "bytes=0-0"}), OwnResponse)
    assert not isinstance(got(view, "HEAD"), OwnResponse)


@EVERY_HANDLER
def test_a_view_answers_as_every_door_does(ask: Ask) -> None:
    """A class-based view has ranges, conditions, HEAD, OPTIONS and 405."""
    content = {"get_file": lambda view: RecordingContent(name="data.bin")}
    view = overriding(**content)
    assert ask(view).body == LARGE
    assert ask(view, fields={"Range": "bytes=0-9"}).body == LARGE[:10]
    assert ask(view, fields={"If-None-Match": '"v1"'}).status == 304
    head = ask(view, method="HEAD")
    assert (head.body, head.field("Content-Length")) == (b"", str(len(LARGE)))
    assert ask(view, method="OPTIONS").field("Allow") == "GET, HEAD, OPTIONS"
    refused = ask(view, method="POST")
    assert (refused.status, refused.field("Allow")) == (405, "GET, HEAD, OPTIONS")


class Opening(Report):
    """A view that writes down whether its file was wanted."""

    opened: list[str]

    def get_file(self) -> Any:
        self.opened.append("file")
        return super().get_file()


class ForMembers(LoginRequiredMixin, Opening):
    """A view for whoever is logged in."""

    raise_exception = True


class ForThosePermitted(PermissionRequiredMixin, Opening):
    """A view for whoever has a permission."""

    permission_required = "reports.download"


class ForTheTall(UserPassesTestMixin, Opening):
    """A view for whoever passes a test."""

    raise_exception = True

    def test_func(self) -> bool:
        return bool(getattr(self.request.user, "tall", False))


class User:
    """Somebody who may."""

    is_authenticated = tall = True

    def has_perms(self, permissions: Any) -> bool:
        return set(permissions) == {"reports.download"}


@pytest.mark.parametrize("view", [ForMembers, ForThosePermitted, ForTheTall])
def test_permission_mixins_refuse_before_the_file(view: type[Opening]) -> None:
    """Django's mixins work, and who is refused never gets as far as the file."""
    request: Any = RequestFactory().get("/")
    opened: list[str] = []
    refusing: Any = type("Refusing", (view,), {"opened": opened})
    request.user = AnonymousUser()
    with override_settings(LOGIN_URL="/login/"):
        if view is ForThosePermitted:
            assert refusing.as_view()(request).status_code == 302
        else:
            with pytest.raises(PermissionDenied):
                refusing.as_view()(request)
    assert opened == []
    request.user = User()
    assert refusing.as_view()(request).status_code == 200
    assert opened == ["file"]


def test_the_mixin_works_on_a_view_with_a_context() -> None:
    """A view that hands a context to its response downloads in place of a page."""

    class Detail(DownloadMixin, DetailView):  # type: ignore[type-arg, misc]  # as projects write it
        def get_object(self, queryset: Any = None) -> Any:
            return "the object"

        def get_file(self) -> Any:
            return f"all about {self.object}"

    assert b"".join(got(Detail.as_view())) == b"all about the object"


def test_the_mixin_works_on_anything_with_a_request() -> None:
    """A class that is no view of Django's downloads, too."""

    class Endpoint(DownloadMixin):
        def __init__(self, request: HttpRequest) -> None:
            self.request = request

        def get_file(self) -> Any:
            return b"data"

    response: Any = Endpoint(RequestFactory().get("/")).render_to_response()
    assert b"".join(response) == b"data"


def test_a_view_may_answer_posts() -> None:
    """A view that makes its file from a form answers with it."""

    class Posting(DownloadMixin, View):
        def post(self, request: HttpRequest) -> HttpResponseBase:
            return self.render_to_response()

        def get_file(self) -> Any:
            return f"you sent {self.request.POST['word']}"

    response: Any = Posting.as_view()(RequestFactory().post("/", {"word": "please"}))
    assert b"".join(response) == b"you sent please"
