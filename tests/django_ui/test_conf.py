from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from django.utils.asyncio import async_unsafe

from downloadable.adapters.delegates import Apache, Nginx
from downloadable.adapters.memory import GeneratedContent
from downloadable.django_ui.bodies import Body
from downloadable.django_ui.conf import configured, default_policy, delegates, observers, trusted_origins
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.domain import ContentInvalid, ContentTruncated, ContentUnavailable, Resource, ServingPolicy
from downloadable.ports import Served
from tests.django_ui.handlers import EVERY_HANDLER, Ask, exchange, started
from tests.django_ui.recording import LARGE, AsyncRecordingContent, RecordingContent

heard: list[Served] = []


def record(served: Served) -> None:
    """Observe what the settings name by a dotted path."""
    heard.append(served)


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """Begin with nothing heard, and leave no request to other tests."""
    heard.clear()
    yield
    heard.clear()


OBSERVED = override_settings(DOWNLOADABLE={"OBSERVERS": [f"{__name__}.record"]})
EVERY_CONTENT = pytest.mark.parametrize("make", [RecordingContent, AsyncRecordingContent])


def serving(content: Any, **fields: Any) -> Any:
    """Return a view that serves *content*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, content, **fields)

    return view


def test_without_settings_everything_has_its_default() -> None:
    """A project need not configure anything."""
    assert dict(configured()) == {}
    assert delegates() == ()
    assert observers() == ()
    assert default_policy() == ServingPolicy()
    assert not trusted_origins()


@override_settings(DOWNLOADABLE={"OBSERVER": []})
@pytest.mark.parametrize("read", [configured, delegates, observers, default_policy, trusted_origins])
def test_an_unknown_option_is_an_error(read: Any) -> None:
    """A misspelt option is told, with those that there are."""
    with pytest.raises(
        ImproperlyConfigured, match=r"no option 'OBSERVER'; it knows \['DELEGATES', 'OBSERVERS'"
    ):
        read()


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        pytest.param({"as_attachment": True}, "as_attachment", id="unknown field"),
        pytest.param({"content_type": "text"}, "'text' is not a media type", id="wrong value"),
        pytest.param({"cache_control": "no\ncache"}, "cannot stand in a header field", id="broken field"),
    ],
)
def test_a_wrong_policy_is_an_error(policy: dict[str, Any], hint: str) -> None:
    """A policy that cannot be meant is told as what it is: a mistake in the settings."""
    with (
        override_settings(DOWNLOADABLE={"POLICY": policy}),
        pytest.raises(ImproperlyConfigured, match=rf"DOWNLOADABLE\['POLICY'\] is no policy: .*{hint}"),
    ):
        default_policy()


def test_a_policy_holds_for_the_whole_site() -> None:
    """What the settings say holds wherever nothing else is said."""
    with override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store", "max_ranges": 0}}):
        assert default_policy() == ServingPolicy(cache_control="private, no-store", max_ranges=0)
        response = download(RequestFactory().get("/"), RecordingContent(), max_ranges=1)
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["Accept-Ranges"] == "bytes"


def test_a_policy_given_as_a_whole_goes_before_the_sites() -> None:
    """Whoever passes a policy means that one."""
    with override_settings(DOWNLOADABLE={"POLICY": {"cache_control": "private, no-store"}}):
        response = download(RequestFactory().get("/"), RecordingContent(), ServingPolicy())
        assert response.headers["Cache-Control"] == "private, no-cache"


def test_settings_are_read_anew_when_they_change() -> None:
    """A test that overrides the setting sees it at once, and so does the next one."""
    origins = ["http://minio:9000"]
    assert (observers(), default_policy(), set(trusted_origins())) == ((), ServingPolicy(), set())
    with override_settings(
        DOWNLOADABLE={
            "OBSERVERS": [record],
            "POLICY": {"nosniff": False},
            "TRUSTED_ORIGINS": origins,
        }
    ):
        assert observers() == (record,)
        assert default_policy() == ServingPolicy(nosniff=False)
        assert set(trusted_origins()) == set(origins)
        with override_settings(DOWNLOADABLE={}):
            assert observers() == ()
    assert (observers(), default_policy(), set(trusted_origins())) == ((), ServingPolicy(), set())


@OBSERVED
def test_observers_are_named_by_their_path() -> None:
    """A function can be named where it cannot be imported yet."""
    assert observers() == (record,)


@override_settings(DOWNLOADABLE={"OBSERVERS": ["nowhere.to.be.found"]})
def test_an_observer_that_is_not_there_is_an_error() -> None:
    """An observer that cannot be imported is told when the first download is."""
    with pytest.raises(ImportError, match="nowhere"):
        download(RequestFactory().get("/"), RecordingContent())


def the_one_heard() -> Served:
    """Return what was heard, once."""
    (served,) = heard
    assert served.seconds >= 0
    return served


@OBSERVED
@EVERY_HANDLER
@EVERY_CONTENT
def test_a_completed_download_is_heard(ask: Ask, make: type[RecordingContent]) -> None:
    """Observers hear once of each answer: what it was, how much left, and that it was all."""
    content = make()
    assert ask(serving(content)).body == LARGE
    served = the_one_heard()
    assert (served.resource, served.plan.status) == (content.resource, 200)
    assert (served.outcome, served.bytes_sent) == ("completed", len(LARGE))
    assert content.closed


@OBSERVED
@EVERY_HANDLER
def test_a_small_download_is_heard(ask: Ask) -> None:
    """So they do of one that is read before the answer begins."""
    ask(serving(RecordingContent(b"small")))
    served = the_one_heard()
    assert (served.outcome, served.bytes_sent) == ("completed", 5)


@OBSERVED
@EVERY_HANDLER
@EVERY_CONTENT
@pytest.mark.parametrize("ranges", ["bytes=0-9", "bytes=0-9,20-24"])
def test_the_bytes_of_ranges_are_heard(ask: Ask, make: type[RecordingContent], ranges: str) -> None:
    """What is counted is what is sent, with what stands between several ranges."""
    answer = ask(serving(make()), fields={"Range": ranges})
    served = the_one_heard()
    assert (served.plan.status, served.outcome, served.bytes_sent) == (206, "completed", len(answer.body))


@OBSERVED
@EVERY_HANDLER
@EVERY_CONTENT
@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("HEAD", {}, 200),
        ("GET", {"If-None-Match": '"v1"'}, 304),
        ("GET", {"If-Match": '"v2"'}, 412),
        ("GET", {"Range": "bytes=999999-"}, 416),
    ],
)
def test_an_answer_without_a_body_is_heard(
    ask: Ask, make: type[RecordingContent], method: str, fields: dict[str, str], status: int
) -> None:
    """An answer of which nothing is to be sent is completed at once."""
    ask(serving(make()), method=method, fields=fields)
    served = the_one_heard()
    assert (served.plan.status, served.outcome, served.bytes_sent) == (status, "completed", 0)


@OBSERVED
@EVERY_CONTENT
def test_an_aborted_download_is_heard(make: type[RecordingContent]) -> None:
    """A client that leaves is one that did not get all."""
    with started(serving(make())) as answer:
        assert next(iter(answer.body))
        assert not heard
    served = the_one_heard()
    assert served.outcome == "aborted"
    assert 0 < served.bytes_sent < len(LARGE)


@OBSERVED
@EVERY_CONTENT
async def test_an_aborted_download_is_heard_under_asgi(make: type[RecordingContent]) -> None:
    """The same on an event loop."""
    content = make(LARGE * 8)
    async with exchange(serving(content)) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()
    served = the_one_heard()
    assert served.outcome == "aborted"
    assert 0 < served.bytes_sent < len(content.data)


@OBSERVED
@EVERY_CONTENT
def test_a_download_that_never_began_is_heard(make: type[RecordingContent]) -> None:
    """An answer that nobody took a byte of was aborted."""
    with started(serving(make())):
        pass
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("aborted", 0)


@OBSERVED
@EVERY_CONTENT
def test_a_failed_download_is_heard(make: type[RecordingContent]) -> None:
    """A body that goes wrong half-way has failed, whatever the server does about it."""
    content = make(failing={"read": ContentUnavailable("The line is dead.")})
    with started(serving(content)) as answer, pytest.raises(ContentUnavailable):
        list(answer.body)
    served = the_one_heard()
    assert served.outcome == "failed"
    assert 0 < served.bytes_sent < len(LARGE)


@OBSERVED
@EVERY_CONTENT
def test_a_short_download_is_heard(make: type[RecordingContent]) -> None:
    """A content that ended too early has failed, although it did not say so."""
    content = make(LARGE[:100], size=len(LARGE))
    with started(serving(content)) as answer, pytest.raises(ContentTruncated):
        list(answer.body)
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("failed", 100)


@OBSERVED
@EVERY_CONTENT
def test_a_long_download_is_heard(make: type[RecordingContent]) -> None:
    """A content that goes on after its announced length has failed."""

    class Generous(make):  # type: ignore[valid-type, misc]  # either kind
        def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
            chunks: Iterator[bytes] = super().chunks(start, None)
            return chunks

    with (
        started(serving(Generous()), fields={"Range": "bytes=0-99999"}) as answer,
        pytest.raises(ContentInvalid),
    ):
        list(answer.body)
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("failed", 64 * 1024)


@EVERY_HANDLER
@pytest.mark.parametrize("size", [1, 4], ids=["too little", "too much"])
def test_a_small_answer_of_another_length_is_none(ask: Ask, size: int) -> None:
    """What is read before the answer is returned, and is not as long as was said, has a status of its own."""
    resource = Resource(name="a.bin", size=size)
    assert ask(serving(GeneratedContent([b"ab", b"c"], resource))).status == 502


@EVERY_HANDLER
def test_a_small_answer_is_not_cut(ask: Ask) -> None:
    """A single byte more than was said is as wrong."""
    assert ask(serving(RecordingContent(b"abc", size=2))).status == 200

    class Generous(RecordingContent):
        def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
            return super().chunks(start, None)

    assert ask(serving(Generous(b"abc", size=2))).status == 502


@EVERY_HANDLER
def test_a_small_answer_does_not_look_for_more(ask: Ask) -> None:
    """What is read before the answer is returned is read no further than was announced."""

    class Endless(RecordingContent):
        def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
            yield b"abc"
            looked.append(True)

    looked: list[bool] = []
    content = Endless(b"abc")
    assert ask(serving(content)).body == b"abc"
    assert looked == []
    assert content.closed


@EVERY_HANDLER
def test_a_small_generator_runs_to_its_own_end(ask: Ask) -> None:
    """What is made while it is sent does what it has to do after its last chunk, once that has left."""
    done = []

    def chunks() -> Iterator[bytes]:
        yield b"ab"
        yield b"c"
        done.append(True)

    assert ask(serving(GeneratedContent(chunks(), Resource(name="a.bin", size=3)))).body == b"abc"
    assert done == [True]


def test_a_small_generator_is_not_asked_for_more_than_it_announced() -> None:
    """The client has all of it before anybody looks whether it goes on, which may take for ever."""
    looked = []

    def chunks() -> Iterator[bytes]:
        yield b"abc"
        looked.append(True)

    with started(serving(GeneratedContent(chunks(), Resource(name="a.bin", size=3)))) as answer:
        body = iter(answer.body)
        assert next(body) == b"abc"
        assert looked == []
        assert list(body) == []
    assert looked == [True]


@OBSERVED
@EVERY_HANDLER
def test_an_error_is_not_a_download(ask: Ask) -> None:
    """What has no plan is not heard of here, but in the log."""
    assert ask(serving(RecordingContent(failing={"acquire": ContentUnavailable("down")}))).status == 503
    assert not heard


@EVERY_HANDLER
def test_an_observer_that_fails_is_logged(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    """Bookkeeping never keeps a client from its file, nor another observer from hearing of it."""

    def failing(served: Served) -> None:
        raise ZeroDivisionError("a mistake")

    with override_settings(DOWNLOADABLE={"OBSERVERS": [failing, record]}):
        assert ask(serving(RecordingContent())).body == LARGE
    assert the_one_heard().outcome == "completed"
    (logged,) = caplog.records
    assert (logged.name, logged.levelname) == ("downloadable", "ERROR")
    assert logged.exc_info is not None
    assert logged.exc_info[0] is ZeroDivisionError


@async_unsafe
def record_in_the_database(served: Served) -> None:
    """Stand for an observer that writes a row, which Django refuses where an event loop runs."""
    record(served)


# Django leaves the empty body of a request to the garbage collector if its answer fails.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@EVERY_HANDLER
@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        pytest.param(RecordingContent, "completed", id="large"),
        pytest.param(lambda: RecordingContent(b"small"), "completed", id="small"),
        pytest.param(
            lambda: RecordingContent(failing={"read": ContentUnavailable("down")}), "failed", id="failing"
        ),
    ],
)
@override_settings(DOWNLOADABLE={"OBSERVERS": [record_in_the_database]})
def test_an_observer_may_query(ask: Ask, content: Callable[[], RecordingContent], outcome: str) -> None:
    """Whoever sends, an observer runs where database connections are."""
    with suppress(ContentUnavailable):
        ask(serving(content()))
    gc.collect()
    assert the_one_heard().outcome == outcome


@override_settings(DOWNLOADABLE={"OBSERVERS": [record_in_the_database]})
async def test_an_observer_may_query_of_who_has_left() -> None:
    """So it does where the request was cancelled."""
    async with exchange(serving(RecordingContent())) as client:
        await client.take()
        assert await client.chunk()
        await client.leave()
    assert the_one_heard().outcome == "aborted"


@OBSERVED
async def test_async_views_are_observed() -> None:
    """An async view is heard of as any other."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, LARGE, basename="large.bin")

    async with exchange(view) as client:
        assert (await client.answer()).body == LARGE
    served = the_one_heard()
    assert (served.resource, served.bytes_sent) == (Resource(size=len(LARGE)), len(LARGE))


@OBSERVED
@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@EVERY_CONTENT
def test_an_answer_that_is_given_up_is_no_download(make: type[RecordingContent], data: bytes) -> None:
    """What no server ever took was not sent, read or not: a middleware may have answered in its place."""
    response: Any = download(RequestFactory().get("/"), make(data))
    assert not heard
    response.close()
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("aborted", 0)


@OBSERVED
@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@EVERY_CONTENT
async def test_a_client_that_leaves_before_the_first_chunk_has_nothing(
    make: type[RecordingContent], data: bytes
) -> None:
    """Under ASGI, what was fetched ahead does not count either."""
    response: Any = await adownload(AsyncRequestFactory().get("/"), make(data))
    chunks = aiter(response)
    await anext(chunks)
    await chunks.aclose()
    assert the_one_heard().outcome == ("completed" if data == b"small" else "aborted")
    assert 0 < the_one_heard().bytes_sent <= len(data)
    heard.clear()
    response = await adownload(AsyncRequestFactory().get("/"), make(data))
    await sync_to_async(response.close)()
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("aborted", 0)


@OBSERVED
def test_a_response_built_by_hand_is_observed() -> None:
    """Whoever makes the response, what becomes of it is heard."""
    response = DownloadResponse(LARGE, basename="large.bin")
    assert b"".join(response) == LARGE
    assert (the_one_heard().outcome, the_one_heard().bytes_sent) == ("completed", len(LARGE))


def test_without_observers_nothing_is_wrapped() -> None:
    """Who has no observers pays nothing for them."""
    response: Any = download(RequestFactory().get("/"), RecordingContent())
    assert type(response._body) is Body
    response.close()


# Delegates

NGINX = {
    "BACKEND": "downloadable.adapters.delegates.Nginx",
    "OPTIONS": {"roots": {"/srv/media": "/protected/"}},
}
APACHE = {"BACKEND": "downloadable.adapters.delegates.Apache", "OPTIONS": {"roots": ["/srv/media"]}}
REDIRECT = {"BACKEND": "downloadable.adapters.delegates.PresignedRedirect"}


def test_delegates_are_made_in_their_order() -> None:
    """Each is made once of its BACKEND and OPTIONS, and asked in this order."""
    with override_settings(DOWNLOADABLE={"DELEGATES": [NGINX, APACHE, REDIRECT]}):
        made = delegates()
        assert [type(one).__name__ for one in made] == ["Nginx", "Apache", "PresignedRedirect"]
        assert repr(made[0]) == "Nginx({'/srv/media': '/protected/'})"
        assert delegates() is made
    assert delegates() == ()


def test_delegates_are_made_anew_when_the_setting_changes() -> None:
    """A test that overrides the setting sees other delegates at once."""
    with override_settings(DOWNLOADABLE={"DELEGATES": [NGINX]}):
        assert [type(one) for one in delegates()] == [Nginx]
        with override_settings(DOWNLOADABLE={"DELEGATES": (APACHE,)}):
            assert [type(one) for one in delegates()] == [Apache]
        assert [type(one) for one in delegates()] == [Nginx]


def of_nginx(**options: Any) -> dict[str, Any]:
    """Describe a delegate."""
    return {"BACKEND": NGINX["BACKEND"], "OPTIONS": options}


@pytest.mark.parametrize(
    ("described", "hint"),
    [
        pytest.param(NGINX["BACKEND"], "dictionary with the dotted path", id="a name alone"),
        pytest.param(Nginx({}), "dictionary with the dotted path", id="a delegate"),
        pytest.param({}, "dictionary with the dotted path", id="nothing"),
        pytest.param({"BACKEND": Nginx}, "dictionary with the dotted path", id="a class"),
        pytest.param({"OPTIONS": {}}, "dictionary with the dotted path", id="no backend"),
        pytest.param({**NGINX, "options": {}}, "'options' is neither", id="an unknown key"),
        pytest.param({"BACKEND": "nginx"}, "there is no 'nginx'", id="no path"),
        pytest.param({"BACKEND": "no.such.Thing"}, "there is no 'no.such.Thing'", id="no such module"),
        pytest.param(
            {"BACKEND": "downloadable.adapters.delegates.Ngnix"}, "there is no .*Ngnix", id="no such class"
        ),
        pytest.param(
            {"BACKEND": "downloadable.adapters.delegates"}, "there is no|cannot be made", id="a module"
        ),
        pytest.param(of_nginx(), "cannot be made with its OPTIONS: .*roots", id="no roots"),
        pytest.param(of_nginx(roots={}, bufering=True), "cannot be made .*bufering", id="a misspelt option"),
        pytest.param(of_nginx(roots=["/srv"]), "must say which URI", id="no targets"),
        pytest.param(of_nginx(roots={"media": None}), "begins with '/'", id="no target"),
        pytest.param(of_nginx(roots={}, limit_rate="1m"), "limit_rate='1m'", id="a wrong value"),
        pytest.param({**NGINX, "OPTIONS": ["/srv"]}, "cannot be made", id="options that are none"),
        pytest.param({"BACKEND": "builtins.dict"}, "is no delegate: it lacks hand_over", id="something else"),
        pytest.param(
            {"BACKEND": "django.http.HttpResponse"}, "is no delegate", id="something of another kind"
        ),
    ],
)
def test_a_wrong_delegate_is_an_error(described: Any, hint: str) -> None:
    """A delegate that cannot be made is told with what is wrong, and where."""
    with (
        override_settings(DOWNLOADABLE={"DELEGATES": [described]}),
        pytest.raises(ImproperlyConfigured, match=rf"DOWNLOADABLE\['DELEGATES'\]: .*{hint}"),
    ):
        delegates()


@pytest.mark.parametrize("given", ["downloadable.adapters.delegates.Nginx", 1, None, {"BACKEND": "x"}.get])
def test_delegates_that_are_no_list(given: Any) -> None:
    """One delegate alone is still a list of one."""
    with (
        override_settings(DOWNLOADABLE={"DELEGATES": given}),
        pytest.raises(ImproperlyConfigured, match="list"),
    ):
        delegates()
