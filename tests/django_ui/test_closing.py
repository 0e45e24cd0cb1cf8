"""Contents are closed in every case: counted with contents that record, and with real descriptors."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings

from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import download
from downloadable.django_ui.views import VirtualDownloadView
from downloadable.domain import ContentUnavailable
from downloadable.ports import Served
from tests.django_ui.doors import CONDITIONAL, GZIP
from tests.django_ui.handlers import Started, environ_of, site, started, wsgi
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent
from tests.django_ui.subjects import EVERY_VIEW, Subject, sync_view

pytestmark = pytest.mark.usefixtures("only_what_is_new")


def with_a_tag_of_its_own(view: Any) -> Any:
    """Return *view*, whose answers a middleware will compare by another tag."""

    def tagging(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = view(request)
        response["ETag"] = '"its own"'
        return response

    return tagging


def with_an_error_after(view: Any) -> Any:
    """Return *view*, which goes wrong when it has its response."""

    def failing(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = view(request)
        raise ZeroDivisionError(f"There was a {response.status_code} already.")

    return failing


def finished(view: Any) -> None:
    """Take all."""
    assert wsgi(view).body == LARGE


def aborted(view: Any) -> None:
    """Take the first chunk, and close."""
    with started(view) as answer:
        assert next(iter(answer.body))


def aborted_while_compressed(view: Any) -> None:
    """Take the first chunk of what a middleware makes of it, and close."""
    with started(view, fields={"Accept-Encoding": "gzip"}, middleware=[GZIP]) as answer:
        assert next(iter(answer.body))


def never_read(view: Any) -> None:
    """Close before the first chunk."""
    with started(view) as answer:
        assert answer.status == 200


def dropped(view: Any) -> None:
    """Forget the answer without closing it."""
    with site(view):
        assert Started(environ_of("/", "GET", {})).status == 200


def partly(view: Any) -> None:
    """Take a part."""
    assert wsgi(view, fields={"Range": "bytes=0-99999"}).status in {200, 206}


def only_asked_about(view: Any) -> None:
    """Ask without wanting the body."""
    assert wsgi(view, method="HEAD").body == b""


@EVERY_VIEW
@pytest.mark.parametrize(
    "end",
    [finished, aborted, aborted_while_compressed, never_read, dropped, partly, only_asked_about],
)
def test_it_is_closed_under_wsgi(subject: Subject, view_of: Any, end: Callable[[Any], None]) -> None:
    """However much of the answer the server takes, nothing stays open."""
    end(view_of(subject))
    gc.collect()
    assert subject.closed()


def test_it_is_closed_when_a_middleware_drops_it(subject: Subject) -> None:
    """An answer that ConditionalGetMiddleware replaces by its own 304 is closed, although nobody closes it."""
    view = with_a_tag_of_its_own(sync_view(subject))
    answer = wsgi(view, fields={"If-None-Match": '"its own"'}, middleware=[CONDITIONAL])
    gc.collect()
    assert answer.status == 304
    assert subject.closed()


def test_it_is_closed_when_the_view_fails_after(subject: Subject) -> None:
    """An answer that a view has made and not returned is closed."""
    assert wsgi(with_an_error_after(sync_view(subject))).status == 500
    gc.collect()
    assert subject.closed()


def failing_after(get_response: Any) -> Any:
    """Be a middleware that goes wrong when it has its response."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        raise ZeroDivisionError(f"There was a {response.status_code} already.")

    return middleware


def test_it_is_closed_when_a_middleware_fails_after(subject: Subject) -> None:
    """An answer that a middleware has got and not passed on is closed."""
    assert wsgi(sync_view(subject), middleware=[f"{__name__}.failing_after"]).status == 500
    gc.collect()
    assert subject.closed()


def by_hand(content: RecordingContent) -> HttpResponseBase:
    """Make a response by hand."""
    return DownloadResponse(content)


def by_function(content: RecordingContent) -> HttpResponseBase:
    """Let ``download()`` make it."""
    return download(RequestFactory().get("/"), content)


@pytest.mark.parametrize("make", [by_hand, by_function])
@pytest.mark.parametrize("begun", [False, True], ids=["unread", "begun"])
def test_a_response_may_be_closed_by_everybody(
    make: Callable[[RecordingContent], HttpResponseBase], begun: bool
) -> None:
    """Twice, and in several threads at once: the content is released, and read no more."""
    content = RecordingContent()
    response: Any = make(content)
    if begun:
        next(iter(response))
    threads = [threading.Thread(target=response.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    response.close()
    assert content.closed
    assert list(response) == []
    assert content.closed


def test_it_is_closed_when_its_iteration_is_given_up(subject: Subject) -> None:
    """A generator that somebody has put around the body, and closes, leaves nothing open once the response is gone."""
    response: Any = download(RequestFactory().get("/"), subject.make())
    around = (chunk.upper() for chunk in response.streaming_content)
    assert next(around)
    around.close()
    del around
    response.close()
    del response
    gc.collect()
    assert subject.closed()


class Unmakeable(DownloadResponse):
    """A response that goes wrong while it is made."""

    @property
    def default_headers(self) -> dict[str, str]:
        raise ZeroDivisionError("No fields can be made of this.")


@pytest.mark.parametrize("size", [5, len(LARGE)], ids=["small", "large"])
def test_nobody_hears_of_a_response_that_was_never_made(size: int) -> None:
    """What goes wrong before there is a response is answered otherwise, and closed; observers are not told of it."""
    content, heard = RecordingContent(bytes(size)), list[Served]()
    with override_settings(DOWNLOADABLE={"OBSERVERS": [heard.append]}):
        view = VirtualDownloadView.as_view(get_file=lambda: content, response_class=Unmakeable)
        with pytest.raises(ZeroDivisionError):
            view(RequestFactory().get("/"))
        gc.collect()
    assert content.closed
    assert not heard


def test_it_is_closed_when_the_policy_is_impossible(subject: Subject) -> None:
    """What was opened for an answer that cannot be is closed at once."""
    with pytest.raises(ValueError, match="no field"):
        download(RequestFactory().get("/"), subject.make(), as_attachment=True)
    assert subject.closed()


FAILING = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])


@FAILING
@pytest.mark.parametrize("middleware", [[], [GZIP]], ids=["bare", "compressed"])
def test_it_is_closed_when_its_body_fails(make: type[RecordingContent], middleware: list[str]) -> None:
    """A body that goes wrong half-way ends the answer with the error, short, and closed."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})
    with (
        started(
            lambda request: download(request, content),
            fields={"Accept-Encoding": "gzip"},
            middleware=middleware,
        ) as answer,
        pytest.raises(ContentUnavailable),
    ):
        assert len(b"".join(answer.body)) < len(LARGE)
    assert content.closed


@pytest.mark.parametrize("step", ["describe", "acquire"])
def test_it_is_closed_when_it_is_refused(step: str) -> None:
    """An answer that is an error has closed what it could not have."""
    content = RecordingContent(failing={step: ContentUnavailable("Down.")})
    assert wsgi(lambda request: download(request, content)).status == 503
    assert content.closed
