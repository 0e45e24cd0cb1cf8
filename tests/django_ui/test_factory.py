from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.test import RequestFactory, override_settings

from downloadable.adapters.memory import MemoryContent
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import download
from downloadable.domain import (
    ContentForbidden,
    ContentNotFound,
    ContentUnavailable,
    PolicyError,
    ServingPolicy,
)
from downloadable.ports import Content, Missing
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE, RecordingContent


class Steps:
    """A source and the functions of a view, which write down the order they are called in."""

    def __init__(self, **answers: Any) -> None:
        self.taken: list[str] = []
        self.answers = {"key": "a.bin", "authorize": True, "policy": ServingPolicy(), **answers}
        self.content = RecordingContent()

    def take(self, step: str, *seen: object) -> Any:
        self.taken.append(" ".join((step, *map(str, seen))))
        answer = self.answers[step]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def open(self, key: str) -> Content:
        self.answers.setdefault("open", self.content)
        opened: Content = self.take("open", key)
        return opened

    def key(self, request: HttpRequest, path: str) -> Any:
        return self.take("key", path)

    def authorize(self, request: HttpRequest, key: str) -> Any:
        return self.take("authorize", key)

    def policy(self, request: HttpRequest, content: Content) -> Any:
        return self.take("policy", type(content).__name__)


class AsyncSteps(Steps):
    """The same on an event loop."""

    async def open(self, key: str) -> Content:  # type: ignore[override]  # a source of the other colour
        return super().open(key)

    async def key(self, request: HttpRequest, path: str) -> Any:
        return super().key(request, path)

    async def authorize(self, request: HttpRequest, key: str) -> Any:
        return super().authorize(request, key)

    async def policy(self, request: HttpRequest, content: Content) -> Any:
        return super().policy(request, content)


def view_of(steps: Steps) -> Any:
    """Return the view that takes all steps."""
    return download_view(steps, key=steps.key, authorize=steps.authorize, policy=steps.policy)


def called(view: Any, method: str = "GET", /, **kwargs: Any) -> Any:
    """Call a view of either colour as Django does."""
    request = RequestFactory().generic(method, "/")
    kwargs = kwargs or {"path": "wanted"}
    return async_to_sync(view)(request, **kwargs) if iscoroutinefunction(view) else view(request, **kwargs)


EVERY_COLOUR = pytest.mark.parametrize(
    "make", [pytest.param(Steps, id="sync"), pytest.param(AsyncSteps, id="async")]
)
IN_ORDER = ["key wanted", "authorize a.bin", "open a.bin", "policy RecordingContent"]


@EVERY_HANDLER
@EVERY_COLOUR
def test_steps_are_taken_in_order(ask: Ask, make: type[Steps]) -> None:
    """The key comes first, then whether it is allowed, and the source only after a yes."""
    steps = make()
    answer = ask(view_of(steps), "/wanted", route="<path:path>")
    assert (answer.status, answer.body) == (200, LARGE)
    assert steps.taken == IN_ORDER
    assert steps.content.closed


@EVERY_HANDLER
@pytest.mark.parametrize("asynchronous", ["none", "open", "key", "authorize", "policy", "all"])
def test_any_step_can_be_asynchronous(ask: Ask, asynchronous: str) -> None:
    """A view is asynchronous if one of its steps is, and the others work all the same."""
    both: dict[bool, Any] = {False: Steps(), True: AsyncSteps()}
    taken: list[str] = []
    for steps in both.values():
        steps.taken = taken
    chosen = {step: both[asynchronous in {step, "all"}] for step in ("open", "key", "authorize", "policy")}
    view = download_view(
        chosen["open"],
        key=chosen["key"].key,
        authorize=chosen["authorize"].authorize,
        policy=chosen["policy"].policy,
    )
    assert iscoroutinefunction(view) == (asynchronous != "none")
    assert ask(view, "/wanted", route="<path:path>").body == LARGE
    assert taken == IN_ORDER


class CallableKey:
    """A function that is an object, of the colour of an event loop."""

    async def __call__(self, request: HttpRequest, path: str) -> str:
        return path


def test_a_callable_object_has_a_colour_too() -> None:
    """What is called asynchronously makes the view asynchronous, function or not."""
    view = download_view(Steps(), key=CallableKey())
    assert iscoroutinefunction(view)
    assert called(view).status_code == 200


@EVERY_COLOUR
def test_the_key_is_the_path_by_default(make: type[Steps]) -> None:
    """Without a function, the source is asked for the path of the URL."""
    steps = make()
    assert called(download_view(steps), path="a/b.bin").status_code == 200
    assert steps.taken == ["open a/b.bin"]


@EVERY_COLOUR
def test_a_key_gets_what_the_url_has(make: type[Steps]) -> None:
    """A function gets every keyword of the URL, and the source whatever it returns."""
    steps: Any = make()

    def key(request: HttpRequest, year: int, name: str) -> tuple[int, str]:
        return year, name

    assert called(download_view(steps, key=key), year=2024, name="a").status_code == 200
    assert steps.taken == ["open (2024, 'a')"]


@EVERY_HANDLER
@EVERY_COLOUR
def test_a_no_is_a_403_and_nothing_is_opened(ask: Ask, make: type[Steps]) -> None:
    """What a client may not have is not looked for, so nobody learns whether it exists."""
    steps = make(authorize=False)
    assert ask(view_of(steps), "/wanted", route="<path:path>").status == 403
    assert steps.taken == ["key wanted", "authorize a.bin"]
    assert steps.content.steps == []


@EVERY_COLOUR
@pytest.mark.parametrize("answer", [None, 1, "yes", []], ids=repr)
def test_anything_but_yes_or_no_is_a_mistake(make: type[Steps], answer: object) -> None:
    """A forgotten return is told, and lets nobody in."""
    steps = make(authorize=answer)
    with pytest.raises(TypeError, match="authorize must return True or False, but returned"):
        called(view_of(steps))
    assert steps.taken == ["key wanted", "authorize a.bin"]


@EVERY_HANDLER
@EVERY_COLOUR
@pytest.mark.parametrize("step", ["key", "authorize", "policy"])
@pytest.mark.parametrize(
    ("error", "status"), [(Http404("none of your business"), 404), (PermissionDenied("go away"), 403)]
)
def test_any_function_may_refuse(
    ask: Ask, make: type[Steps], step: str, error: Exception, status: int
) -> None:
    """Each function may raise what Django knows; the steps after it are not taken, and what is open is closed."""
    steps = make(**{step: error})
    assert ask(view_of(steps), "/wanted", route="<path:path>").status == status
    assert [taken.partition(" ")[0] for taken in steps.taken][-1] == step
    assert steps.content.steps == (["close"] if step == "policy" else [])


@EVERY_HANDLER
@EVERY_COLOUR
@pytest.mark.parametrize(
    ("error", "status"),
    [(ContentNotFound("/srv/secret"), 404), (ContentUnavailable("/srv/secret", retry_after=5), 503)],
)
@pytest.mark.parametrize("missing", [False, True], ids=["raised", "handed out"])
def test_an_error_of_open_has_its_status(
    ask: Ask, make: type[Steps], error: Any, status: int, missing: bool
) -> None:
    """A source may raise what it cannot have or hand it out as missing: it is answered alike."""
    steps = make(open=Missing(error) if missing else error)
    answer = ask(view_of(steps), "/wanted", route="<path:path>")
    assert answer.status == status
    assert answer.field("Retry-After") == (None if status == 404 else "5")
    assert b"secret" not in answer.body


@EVERY_COLOUR
def test_a_mistake_of_open_stays_what_it_is(make: type[Steps]) -> None:
    """What is no error of a content is the program's."""
    with pytest.raises(ZeroDivisionError):
        called(view_of(make(open=ZeroDivisionError())))


@EVERY_COLOUR
@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), ContentUnavailable("down"), PolicyError("impossible")]
)
def test_a_policy_that_fails_closes(make: type[Steps], error: Exception) -> None:
    """Whatever a policy raises, nothing stays open for it."""
    steps = make(policy=error)
    if isinstance(error, ContentUnavailable):
        assert called(view_of(steps)).status_code == 503
    else:
        with pytest.raises(type(error)):
            called(view_of(steps))
    assert steps.content.steps == ["close"]


@EVERY_COLOUR
def test_a_policy_may_look_at_the_content(make: type[Steps]) -> None:
    """A function of the content decides by what is known of it."""
    steps = make()

    def policy(request: HttpRequest, content: Content) -> ServingPolicy:
        return ServingPolicy(basename=f"known as {content.known().name}")

    response = called(download_view(steps, policy=policy))
    assert response.headers["Content-Disposition"] == 'attachment; filename="known as data.bin"'


@EVERY_COLOUR
def test_a_policy_may_be_a_value(make: type[Steps]) -> None:
    """A policy that is the same for all is given as it is."""
    response = called(download_view(make(), policy=ServingPolicy(cache_control="public")))
    assert response.headers["Cache-Control"] == "public"


@EVERY_COLOUR
@override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store"}})
def test_the_policy_is_the_sites_by_default(make: type[Steps]) -> None:
    """Without a policy, that of the settings holds, also if they change after the view was made."""
    assert called(download_view(make())).headers["Cache-Control"] == "private, no-store"


@EVERY_HANDLER
@EVERY_COLOUR
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_not_allowed(ask: Ask, make: type[Steps], method: str) -> None:
    """A download is got, and nothing else; no step is taken for anything else."""
    steps = make()
    answer = ask(view_of(steps), "/wanted", method=method, route="<path:path>")
    assert (answer.status, answer.field("Allow")) == (405, "GET, HEAD, OPTIONS")
    assert steps.taken == []


@EVERY_HANDLER
@EVERY_COLOUR
def test_options_says_what_is_allowed(ask: Ask, make: type[Steps]) -> None:
    """OPTIONS is answered without touching anything."""
    steps = make()
    answer = ask(view_of(steps), "/wanted", method="OPTIONS", route="<path:path>")
    assert (answer.status, answer.body, answer.field("Allow")) == (200, b"", "GET, HEAD, OPTIONS")
    assert answer.field("Content-Length") == "0"
    assert steps.taken == []


@EVERY_HANDLER
@EVERY_COLOUR
def test_head_takes_the_same_steps(ask: Ask, make: type[Steps]) -> None:
    """HEAD is refused and answered as GET is, without the body."""
    steps = make()
    answer = ask(view_of(steps), "/wanted", method="HEAD", route="<path:path>")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.field("Content-Length") == str(len(LARGE))
    assert steps.taken == IN_ORDER
    assert steps.content.steps == ["describe", "close"]


class Greetings:
    """A source of one's own, in five lines."""

    def open(self, key: str) -> Content:
        return MemoryContent.named("hello.txt", f"Hello {key}!".encode())


class AsyncGreetings(Greetings):
    """The same for an event loop."""

    async def open(self, key: str) -> Content:  # type: ignore[override]  # a source of the other colour
        return super().open(key)


GREETED = pytest.mark.parametrize("source", [Greetings(), AsyncGreetings()], ids=["sync", "async"])


@EVERY_HANDLER
@GREETED
def test_a_source_of_ones_own_is_served(ask: Ask, source: Any) -> None:
    """Five lines serve what they open, with its name, its type and its length."""
    answer = ask(download_view(source), "/hi/wörld", route="hi/<str:path>")
    assert (answer.status, answer.body) == (200, "Hello wörld!".encode())
    assert answer.field("Content-Disposition") == 'attachment; filename="hello.txt"'
    assert answer.field("Content-Type") == "text/plain"
    assert answer.field("Content-Length") == "13"


@EVERY_HANDLER
@GREETED
def test_a_source_of_ones_own_has_ranges(ask: Ask, source: Any) -> None:
    """The same five lines serve ranges, one and several, and know which there are not."""
    asking: dict[str, Any] = {"route": "hi/<str:path>"}
    view = download_view(source)
    one = ask(view, "/hi/you", fields={"Range": "bytes=6-8"}, **asking)
    assert (one.status, one.body, one.field("Content-Range")) == (206, b"you", "bytes 6-8/10")
    none = ask(view, "/hi/you", fields={"Range": "bytes=10-"}, **asking)
    assert (none.status, none.field("Content-Range")) == (416, "bytes */10")
    several = ask(view, "/hi/" + 500 * "you", fields={"Range": "bytes=0-0,-1"}, **asking)
    assert several.status == 206
    assert (several.field("Content-Type") or "").startswith("multipart/byteranges; boundary=")


@EVERY_HANDLER
@GREETED
def test_a_source_of_ones_own_answers_conditions(ask: Ask, source: Any) -> None:
    """The same five lines answer 304 for what the client has, and 200 for what has changed."""
    asking: dict[str, Any] = {"route": "hi/<str:path>"}
    view = download_view(source)
    tag = ask(view, "/hi/you", **asking).field("ETag") or ""
    assert ask(view, "/hi/you", fields={"If-None-Match": tag}, **asking).status == 304
    assert ask(view, "/hi/me", fields={"If-None-Match": tag}, **asking).status == 200
    assert ask(view, "/hi/me", fields={"If-Match": tag}, **asking).status == 412


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Keep nothing of what is logged, for it would hold on to responses."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("unlogged")
@EVERY_HANDLER
@EVERY_COLOUR
def test_what_a_decorator_drops_is_closed(ask: Ask, make: type[Steps]) -> None:
    """A decorator that fails after the view has answered leaves nothing open."""
    steps = make()
    view = view_of(steps)

    def failing(request: HttpRequest, path: str) -> Any:
        response = async_to_sync(view)(request, path) if iscoroutinefunction(view) else view(request, path)
        raise ZeroDivisionError(response.status_code)

    assert ask(failing, "/wanted", route="<path:path>").status == 500
    gc.collect()
    assert steps.content.closed


@EVERY_HANDLER
@pytest.mark.parametrize("step", ["key", "authorize", "open"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ContentNotFound("no such row"), 404),
        (ContentForbidden("not yours"), 403),
        (ContentUnavailable("the database is away"), 503),
        (FileNotFoundError(2, "No such file"), 404),
    ],
    ids=["not found", "forbidden", "unavailable", "plain"],
)
def test_an_error_has_its_status_wherever_it_is_raised(
    ask: Ask, step: str, error: Exception, status: int
) -> None:
    """Functions that look something up themselves may say what they found in the same words."""
    steps = Steps(**{step: error})
    view = download_view(steps, key=lambda request: steps.key(request, "a.bin"), authorize=steps.authorize)
    assert ask(view).status == status
    assert steps.taken[-1].startswith(step)


@EVERY_HANDLER
def test_a_plain_error_of_a_file_is_not_found_by_any_door(ask: Ask) -> None:
    """A source that looks at a disk need not translate what is not there."""
    missing = RecordingContent(failing={"describe": FileNotFoundError(2, "No such file")})

    def view(request: HttpRequest) -> Any:
        return download(request, missing)

    assert ask(view).status == 404
    assert missing.closed
