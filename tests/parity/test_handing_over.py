"""What goes out when a server in front sends the file, and what a project's own middlewares have to do with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.test import RequestFactory, SimpleTestCase, override_settings
from django.utils.decorators import method_decorator

from downloadable import DownloadMiddleware, ServingPolicy, adownload, delegated_to, download
from downloadable.django_ui.downloadview import (
    BaseDownloadMiddleware,
    BaseDownloadView,
    DownloadDispatcherMiddleware,
    DownloadResponse,
    PathDownloadView,
    ProxiedDownloadResponse,
    SmartDownloadMiddleware,
    StorageDownloadView,
    apache,
    lighttpd,
    nginx,
)
from downloadable.django_ui.downloadview.decorators import DownloadDecorator
from downloadable.django_ui.downloadview.middlewares import (
    NoRedirectionMatch,
    ProxiedDownloadMiddleware,
    RealDownloadMiddleware,
)
from downloadable.django_ui.downloadview.one_rule import FrontServerMiddleware
from downloadable.django_ui.downloadview.rules import accel_fields
from downloadable.django_ui.downloadview.test import DownloadResponseValidator
from downloadable.django_ui.downloadview.views import VirtualDownloadView
from tests.parity.fronts import PACKAGE, SERVERS, asked, file_view, middleware_of, nothing, told, written

CASE = SimpleTestCase()
EACH_SERVER = pytest.mark.parametrize("server", SERVERS)
ASSERTIONS: dict[str, Callable[..., None]] = {
    "nginx": nginx.assert_x_accel_redirect,
    "apache": apache.assert_x_sendfile,
    "lighttpd": lighttpd.assert_x_sendfile,
}
RESPONSES: dict[str, type[ProxiedDownloadResponse]] = {
    "nginx": nginx.XAccelRedirectResponse,
    "apache": apache.XSendfileResponse,
    "lighttpd": lighttpd.XSendfileResponse,
}


class Decorated(PathDownloadView):
    """A view that adds to its response."""

    def download_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().download_response(*args, **kwargs)
        response["X-Own"] = "kept"
        response.set_cookie("seen", "yes")
        return response


def by_hand(path: str, **given: Any) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a view that makes its response itself."""

    def view(request: HttpRequest) -> HttpResponseBase:
        response = DownloadResponse(Path(path), **given)
        response["X-Own"] = "kept"
        response.set_cookie("seen", "yes")
        return response

    return view


@EACH_SERVER
@pytest.mark.parametrize("kind", ["view", "by hand"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_view_sets_survives(server: str, kind: str, method: str, tmp_path: Path) -> None:
    """Names, types, cookies and fields of the view go out, no length, and nothing of the file stays open."""
    path = written(tmp_path / "hé llo.txt")
    view = Decorated.as_view(path=path) if kind == "view" else by_hand(path)
    answer = asked(middleware_of(server, view, "/there/", source_dir=tmp_path), method)
    ASSERTIONS[server](CASE, answer, basename="hé llo.txt", content_type="text/plain", attachment=True)
    assert isinstance(answer, RESPONSES[server])
    assert (answer.basename, answer.attachment) == ("hé llo.txt", True)  # type: ignore[attr-defined]
    assert answer.headers["X-Own"] == "kept"
    assert answer.cookies["seen"].value == "yes"
    assert not {"Content-Length", "Accept-Ranges", "X-Accel-Charset"} & set(dict(answer.items()))
    # Under Apache and lighttpd, our tag is the one that clients get.
    assert ("ETag" in answer.headers) is (server != "nginx")
    answer.close()


@EACH_SERVER
@pytest.mark.parametrize("kind", ["view", "by hand"])
def test_only_a_plain_answer_tells_a_server(server: str, kind: str, tmp_path: Path) -> None:
    """No error, and nothing that somebody makes an error of, makes a server send the file."""
    path = written(tmp_path / "tale.txt")
    view = Decorated.as_view(path=path) if kind == "view" else by_hand(path)
    handing = middleware_of(server, view, "/there/", source_dir=tmp_path)
    fields = {"Range": "bytes=0-3", "If-None-Match": '"not this one"'}
    assert told(asked(handing, **fields)) == "/there/tale.txt"
    answer = asked(handing)
    answer.status_code = 403
    assert SERVERS[server][2] not in dict(answer.items())
    if server != "nginx":
        tag = asked(handing).headers["ETag"]
        assert told(asked(handing, **{"If-None-Match": tag})) is None
        assert asked(handing, **{"If-None-Match": tag}).status_code == 304


def test_an_opened_file_is_closed(tmp_path: Path) -> None:
    """What a response was made of, and nobody reads any more, is closed with the answer."""
    written(tmp_path / "tale.txt")

    class Own(nginx.XAccelRedirectMiddleware):
        def get_redirect_url(self, response: Any) -> str:
            return "/elsewhere"

    middlewares: list[Any] = [
        (partial(middleware_of, "nginx", destination="/there/", source_dir=tmp_path), "/there/tale.txt"),
        (Own, "/elsewhere"),
    ]
    for middleware, expected in middlewares:
        opened = Path(tmp_path / "tale.txt").open("rb")
        answer = asked(middleware(lambda request, file=opened: DownloadResponse(file)))
        assert told(answer) == expected
        answer.close()
        assert opened.closed


@pytest.mark.parametrize("size", [10, 100_000], ids=["at once", "streamed"])
def test_what_a_middleware_has_read_is_closed(size: int, tmp_path: Path) -> None:
    """A middleware may read the file of a response, which is sent all the same, and closed with it."""
    storage = FileSystemStorage(tmp_path)
    storage.save("tale.bin", ContentFile(b"t" * size))

    class Hashing(BaseDownloadMiddleware):
        def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
            response["X-Sum"] = str(sum(len(chunk) for chunk in response.file.chunks()))
            return response  # type: ignore[no-any-return]

    for view in (
        PathDownloadView.as_view(path=str(tmp_path / "tale.bin")),
        PathDownloadView.as_view(root=tmp_path, path="tale.bin"),
        StorageDownloadView.as_view(storage=storage, path="tale.bin"),
    ):
        answer: Any = asked(Hashing(view))
        assert answer["X-Sum"] == str(size)
        assert not answer.file.closed
        assert answer.getvalue() == b"t" * size
        answer.close()
        assert answer.file.closed


EXPIRES: list[Any] = [
    pytest.param(90, "90", id="seconds"),
    pytest.param(timedelta(days=2, seconds=1), "172801", id="days count"),
    pytest.param(datetime.now(UTC) + timedelta(days=400), re.compile("345[0-9]{5}"), id="moment"),
    pytest.param(datetime(2001, 1, 1, tzinfo=UTC), "0", id="is over"),
    pytest.param(datetime(2001, 1, 1), "0", id="naive"),  # noqa: DTZ001
    pytest.param(False, "off", id="off"),
    pytest.param(0, "off", id="zero"),
    pytest.param(None, None, id="unsaid"),
]


@pytest.mark.parametrize(("expires", "value"), EXPIRES)
def test_expires_is_told_in_seconds(expires: Any, value: Any, tmp_path: Path) -> None:
    """A moment, a duration and a number of seconds are all understood, by rules and by responses."""
    path = written(tmp_path / "tale.txt")
    handing = middleware_of("nginx", file_view(path), "/there/", source_dir=tmp_path, expires=expires)
    for answer in (asked(handing), nginx.XAccelRedirectResponse("/there/a", "text/plain", expires=expires)):
        found = answer.headers.get("X-Accel-Expires")
        assert value.fullmatch(found) if isinstance(value, re.Pattern) else found == value


HOW: list[Any] = [
    ({"with_buffering": True}, {"X-Accel-Buffering": "yes"}),
    ({"with_buffering": False}, {"X-Accel-Buffering": "no"}),
    ({"limit_rate": 4096}, {"X-Accel-Limit-Rate": "4096"}),
    ({"limit_rate": False}, {"X-Accel-Limit-Rate": "off"}),
    ({"expires": 60}, {"X-Accel-Expires": "60"}),
    ({}, {}),
]


@pytest.mark.parametrize(("how", "fields"), HOW)
def test_nginx_is_told_how_and_tests_can_tell(
    how: dict[str, Any], fields: dict[str, str], tmp_path: Path
) -> None:
    """Each option becomes its field, and an assertion compares the field's value, not its name."""
    path = written(tmp_path / "tale.txt")
    handing = middleware_of("nginx", file_view(path), "/there/", source_dir=tmp_path, **how)
    own = {"with_buffering": None, "limit_rate": None, "expires": None}
    others = {"with_buffering": True, "limit_rate": 1, "expires": 1}
    for answer in (asked(handing), nginx.XAccelRedirectResponse("/there/tale.txt", "text/plain", **how)):
        sent = {name: text for name, text in answer.items() if name.startswith("X-Accel-")}
        assert sent == {"X-Accel-Redirect": "/there/tale.txt", **fields}
        nginx.assert_x_accel_redirect(
            CASE, answer, redirect_url="/there/tale.txt", charset=None, **{**own, **how}
        )
        for option in own:
            wrong = others[option] if option not in how or not how[option] else None
            with pytest.raises(AssertionError):
                nginx.assert_x_accel_redirect(CASE, answer, **{option: wrong})


def test_a_charset_is_told_if_there_is_one() -> None:
    """A server hears of the charset of texts that name one, and of nothing else."""
    assert accel_fields("text/plain; charset=utf-8") == (("X-Accel-Charset", "utf-8"),)
    assert accel_fields("image/png") == ()


@EACH_SERVER
def test_responses_by_hand(server: str) -> None:
    """A response that a view makes is complete, safely spelled, and leaves what it was given alone."""
    given = {"X-Own": "kept", "Content-Length": "12", "content-disposition": 'inline; filename="old.txt"'}
    headers = dict(given)
    make: Any = RESPONSES[server]
    answer = make("/there/日 %41.txt", "text/plain", basename="tale.txt", headers=headers)
    assert headers == given
    assert dict(answer.items()) == {
        "X-Own": "kept",
        "Content-Type": "text/plain",
        "Content-Disposition": 'attachment; filename="tale.txt"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        SERVERS[server][2]: {
            "nginx": "/there/%E6%97%A5%20%41.txt",
            "apache": "/there/日 %41.txt".encode().decode("latin-1"),
            "lighttpd": "/there/%E6%97%A5%20%2541.txt",
        }[server],
    }
    ASSERTIONS[server](CASE, answer, basename="tale.txt", content_type="text/plain", attachment=True)
    named = make("/there/a/%C3%A9.txt" if server == "nginx" else "/there/a/é.txt", None, attachment=False)
    ASSERTIONS[server](CASE, named, basename="é.txt", attachment=False)
    kept = make("/there/a.txt", "text/plain", headers=given)
    ASSERTIONS[server](CASE, kept, basename="old.txt")
    with pytest.raises(AssertionError):
        ASSERTIONS[server](CASE, kept, basename="other.txt")
    with pytest.raises(AssertionError):
        ASSERTIONS[server](CASE, HttpResponse(b"nothing is told"))


@EACH_SERVER
@pytest.mark.parametrize(
    ("name", "content_type", "policy", "expected"),
    [
        pytest.param("a.txt", "text/plain", {}, ("inline", "sandbox; default-src 'none'"), id="text"),
        pytest.param("a.png", None, {}, ("inline", "sandbox; default-src 'none'"), id="known by its name"),
        pytest.param("a.html", "text/html; charset=utf-8", {}, ("attachment", None), id="page"),
        pytest.param("a.html", None, {}, ("attachment", None), id="page known by its name"),
        pytest.param("a", None, {}, ("attachment", None), id="unknown"),
        pytest.param(
            "a.html",
            "text/html",
            {"inline_types": {"text/html"}, "content_security_policy": None},
            ("inline", None),
            id="knowingly",
        ),
    ],
)
def test_responses_by_hand_are_as_careful_as_others(
    server: str, name: str, content_type: str | None, policy: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    """What is shown by a response that a view makes is of a type that cannot script, and is confined."""
    make: Any = RESPONSES[server]
    given = {"policy": ServingPolicy(**policy)} if policy else {}
    answer = make(f"/there/{name}", content_type, attachment=False, **given)
    sent = dict(answer.items())
    assert (sent["Content-Disposition"].partition(";")[0], sent.get("Content-Security-Policy")) == expected
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent.get("Content-Type") == (content_type or ("image/png" if name == "a.png" else None))
    own = make("/there/a.txt", "text/plain", headers={"cache-control": "no-store"})
    assert [value for field, value in own.items() if field.lower() == "cache-control"] == ["no-store"]


def test_a_path_that_cannot_be_told_is_refused() -> None:
    """No header field can name a file with a newline."""
    with pytest.raises(ValueError, match="cannot be told a server"):
        apache.XSendfileResponse("/there/a\nb.txt", "text/plain")


@EACH_SERVER
def test_paths_are_compared_as_they_are_spelled(server: str) -> None:
    """An assertion about X-Sendfile takes the path on the disk."""
    if server != "nginx":
        make: Any = RESPONSES[server]
        ASSERTIONS[server](CASE, make("/there/hé.txt", None), file_path="/there/hé.txt")
        with pytest.raises(AssertionError):
            ASSERTIONS[server](CASE, make("/there/hé.txt", None), file_path="/there/he.txt")


TOOLS = {"nginx": nginx.x_accel_redirect, "apache": apache.x_sendfile, "lighttpd": lighttpd.x_sendfile}


class AsyncTale(BaseDownloadView):
    """An asynchronous class of views."""

    path = ""

    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        return await adownload(request, Path(self.path))


@EACH_SERVER
@pytest.mark.parametrize("kind", ["function", "async function", "class", "async class", "async by hand"])
def test_decorators_work_on_every_view(server: str, kind: str, tmp_path: Path) -> None:
    """A decorated view stays of its colour, keeps its name, and is accelerated."""
    path = written(tmp_path / "tale.txt")

    def tale(request: HttpRequest, chapter: int) -> HttpResponseBase:
        """Tell a tale."""
        return download(request, Path(path))

    async def atale(request: HttpRequest, chapter: int) -> HttpResponseBase:
        return await adownload(request, Path(path))

    async def made(request: HttpRequest, chapter: int) -> HttpResponseBase:
        return by_hand(path)(request)

    views: dict[str, Any] = {
        "function": tale,
        "async function": atale,
        "class": file_view(path),
        "async class": AsyncTale.as_view(path=path),
        "async by hand": made,
    }
    view = views[kind]
    where = SERVERS[server][1]
    decorated = TOOLS[server](view, source_dir=tmp_path, **{where: "/there/"})
    assert decorated.__name__ == view.__name__
    assert decorated.__doc__ == view.__doc__
    assert iscoroutinefunction(decorated) == kind.startswith("async")
    call = async_to_sync(decorated) if iscoroutinefunction(decorated) else decorated
    answer = call(RequestFactory().get("/"), chapter=1)
    assert told(answer) == "/there/tale.txt"
    assert isinstance(answer, RESPONSES[server])
    answer.close()


def test_a_decorator_can_decorate_a_method(tmp_path: Path) -> None:
    """It works through method_decorator, too."""
    path = written(tmp_path / "tale.txt")
    decorate = partial(nginx.x_accel_redirect, source_dir=tmp_path, destination_url="/there/")

    @method_decorator(decorate, name="dispatch")
    class View(PathDownloadView):
        pass

    assert told(asked(View.as_view(path=path))) == "/there/tale.txt"


class Announced(BaseDownloadMiddleware):
    """Adds a field to each download."""

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        response["X-Seen"] = response.file.name
        return response  # type: ignore[no-any-return]


async def acalled(middleware: Any, **fields: str) -> Any:
    """Ask a middleware as an ASGI server does."""
    return await middleware(RequestFactory().get("/", headers=fields))


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", ["download", "by hand"])
@pytest.mark.parametrize("outer", ["smart", "own"])
def test_a_middleware_of_ones_own_sees_each_download_first(
    asynchronous: bool, kind: str, outer: str, tmp_path: Path
) -> None:
    """What a project has put inside of a handing-over middleware has its say, and then the file is handed over."""
    path = written(tmp_path / "tale.txt")
    sync_view: Any = by_hand(path) if kind == "by hand" else lambda request: download(request, Path(path))

    async def async_view(request: HttpRequest) -> HttpResponseBase:
        return sync_view(request) if kind == "by hand" else await adownload(request, Path(path))

    inner = Announced(async_view if asynchronous else sync_view)
    rules = [
        {"source_dir": tmp_path / "elsewhere", "destination_url": "/elsewhere/"},
        {"source_dir": tmp_path, "destination_url": "/there/"},
    ]
    delegates = [
        {
            "BACKEND": "downloadable.adapters.delegates.Nginx",
            "OPTIONS": {"roots": {str(tmp_path): "/there/"}},
        }
    ]
    with override_settings(DOWNLOADABLE={"DELEGATES": delegates}):
        whole: Any = (
            SmartDownloadMiddleware(inner, nginx.XAccelRedirectMiddleware, rules)
            if outer == "smart"
            else DownloadMiddleware(inner)
        )
        assert iscoroutinefunction(whole) is asynchronous
        call = async_to_sync(partial(acalled, whole)) if asynchronous else partial(asked, whole)
        answer = call()
        assert told(answer) == "/there/tale.txt"
        assert answer.headers["X-Seen"] == (path if kind == "download" else "tale.txt")
        assert isinstance(answer, nginx.XAccelRedirectResponse) is (outer == "smart")
        answer.close()
    # With nobody else, ranges are answered here.
    alone = Announced(sync_view)
    part = asked(alone, Range="bytes=0-3")
    assert (part.status_code, part.getvalue()) == (206, b"Once")


def test_what_is_answered_already_is_not_handed_over(tmp_path: Path) -> None:
    """A middleware of one's own hears of whole downloads only: never of parts, errors and other answers."""
    path = written(tmp_path / "tale.txt")
    heard: list[Any] = []

    class Listening(BaseDownloadMiddleware):
        def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
            heard.append(response)
            return response  # type: ignore[no-any-return]

    listening = Listening(file_view(path))
    tag = asked(listening).headers["ETag"]
    assert len(heard) == 1
    for fields in ({"Range": "bytes=0-3"}, {"If-None-Match": tag}, {"If-Match": '"other"'}):
        answer = asked(listening, **fields)
        assert answer.status_code in {206, 304, 412}
    assert asked(Listening(lambda request: HttpResponse(b"plain"))).content == b"plain"
    assert len(heard) == 1


def test_what_a_download_is_can_be_overridden() -> None:
    """A middleware may take other answers for downloads as well."""

    class Greedy(Announced):
        def is_download_response(self, response: HttpResponseBase) -> bool:
            return hasattr(response, "file")

    def view(request: HttpRequest) -> HttpResponseBase:
        response = HttpResponse(b"a")
        response.file = ContentFile(b"a", name="a.txt")  # type: ignore[attr-defined]
        return response

    assert asked(Greedy(view)).headers["X-Seen"] == "a.txt"


def test_a_server_must_say_what_it_is_told(tmp_path: Path) -> None:
    """What every server has in common is none yet."""
    response = download(RequestFactory().get("/"), Path(written(tmp_path / "tale.txt")))
    front = FrontServerMiddleware(None, tmp_path, None, "/there/")
    with pytest.raises(NotImplementedError):
        front.proxied("/there/tale.txt", response, {})


def test_a_base_middleware_must_be_told_what_to_do(tmp_path: Path) -> None:
    """Without process_download_response there is nothing to do, which is an error of the program."""
    with pytest.raises(NotImplementedError, match="define process_download_response"):
        asked(BaseDownloadMiddleware(file_view(written(tmp_path / "a"))))


class Redirecting(nginx.XAccelRedirectMiddleware):
    """Has an idea of its own where files are."""

    def get_redirect_url(self, response: Any) -> str:
        if response.file.name.endswith("secret.txt"):
            raise NoRedirectionMatch("It stays here.")
        return f"{super().get_redirect_url(response)}?v=2"


class Sent(apache.XSendfileMiddleware):
    """Tells Apache the path in capitals."""

    def get_redirect_url(self, response: Any) -> str:
        return super().get_redirect_url(response).upper()


class Unspeakable(lighttpd.XSendfileMiddleware):
    """Names a file that no server can be told."""

    def get_redirect_url(self, response: Any) -> str:
        return f"{super().get_redirect_url(response)}\n"


class UnspeakableToApache(apache.XSendfileMiddleware):
    """Names a file that no header field can hold."""

    def get_redirect_url(self, response: Any) -> str:
        return f"{super().get_redirect_url(response)}\n"


@pytest.mark.parametrize("asynchronous", [False, True], ids=["WSGI", "ASGI"])
@pytest.mark.parametrize("kind", ["view", "by hand", "own rule"])
def test_observers_hear_who_sent_a_file(kind: str, asynchronous: bool, tmp_path: Path) -> None:
    """Whoever hands a download over, an observer hears of it once, and by name."""
    path = written(tmp_path / "tale.txt", "Once" * 40_000)
    heard: list[Any] = []
    view = by_hand(path) if kind == "by hand" else file_view(path)
    inner: Any = Redirecting(view, tmp_path, None, "/own/") if kind == "own rule" else Announced(view)
    handing = middleware_of("nginx", inner, "/there/", source_dir=tmp_path)
    request = RequestFactory().get("/")
    if asynchronous:
        request.scope = {}  # type: ignore[attr-defined]
    with override_settings(DOWNLOADABLE={"OBSERVERS": [heard.append]}):
        answer = handing(request)
        answer.close()
    by = "Redirecting" if kind == "own rule" else "NginxRule"
    assert [(one.outcome, one.delegate, one.bytes_sent) for one in heard] == [("handed over", by, 0)]


OVERRIDING: list[Any] = [
    (Redirecting, {"destination_url": "/there/"}, "/there/%C3%A9.txt?v=2"),
    (Sent, {"destination_dir": "/there/"}, "/THERE/É.TXT".encode().decode("latin-1")),
    (Unspeakable, {"destination_dir": "/there/"}, "/there/%C3%A9.txt%0A"),
    (UnspeakableToApache, {"destination_dir": "/there/"}, None),
]


@pytest.mark.parametrize(("kind", "rule", "sent"), OVERRIDING)
def test_where_a_file_is_can_be_overridden(
    kind: Any, rule: dict[str, str], sent: str | None, tmp_path: Path
) -> None:
    """get_redirect_url() of a project counts; what cannot be told is sent by Django."""
    view = Decorated.as_view(path=written(tmp_path / "é.txt"), attachment=False)
    answer = asked(kind(view, source_dir=tmp_path, **rule))
    assert told(answer) == sent
    assert answer.headers["X-Own"] == "kept"
    assert answer.cookies["seen"].value == "yes"
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert ("Content-Length" in answer.headers) is (sent is None)
    secret = asked(
        Redirecting(file_view(written(tmp_path / "secret.txt")), source_dir=tmp_path, destination_url="/t/")
    )
    assert told(secret) is None
    outside = asked(Redirecting(file_view(__file__), source_dir=tmp_path, destination_url="/t/"))
    assert told(outside) is None
    outside.close()


@pytest.mark.parametrize(("kind", "rule"), [row[:2] for row in OVERRIDING[:2]])
def test_what_a_view_has_switched_off_stays_off(kind: Any, rule: dict[str, str], tmp_path: Path) -> None:
    """A response that takes the place of another adds nothing to what that one has been decided to say."""

    class Lenient(PathDownloadView):
        def get_policy(self, file: Any) -> Any:
            off = {
                "nosniff": False,
                "cache_control": None,
                "content_security_policy": None,
                "clean_names": False,
            }
            return super().get_policy(file).evolve(inline_types={"text/html"}, **off)

    view = Lenient.as_view(path=written(tmp_path / "page.html"), attachment=False, basename="aux.html")
    answer = asked(kind(view, source_dir=tmp_path, **rule))
    assert told(answer) is not None
    assert answer.headers["Content-Disposition"] == 'inline; filename="aux.html"'
    fields = {name.lower() for name, _ in answer.items()}
    assert not fields & {"x-content-type-options", "cache-control", "content-security-policy"}


def test_a_file_without_tag_is_not_handed_to_who_makes_one_up(tmp_path: Path) -> None:
    """Where the server keeps our validators, a file without any is sent by Django."""

    class Untagged(PathDownloadView):
        def get_policy(self, file: Any) -> Any:
            return super().get_policy(file).evolve(validators=False)

    view = Untagged.as_view(path=written(tmp_path / "tale.txt"))
    assert told(asked(Sent(view, source_dir=tmp_path, destination_dir="/there/"))) is None
    assert told(asked(Redirecting(view, source_dir=tmp_path, destination_url="/there/"))) is not None


class Proxied(ProxiedDownloadMiddleware):
    """Redirects the client itself."""

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        try:
            return HttpResponseRedirect(self.get_redirect_url(response))
        except NoRedirectionMatch:
            return response  # type: ignore[no-any-return]


def test_any_answer_can_take_the_place_of_a_download(tmp_path: Path) -> None:
    """A middleware may answer as it likes, and cookies of the view go with it."""
    path = written(tmp_path / "tale one.txt")
    answer = asked(Proxied(Decorated.as_view(path=path), source_dir=tmp_path, destination_url="/cdn"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cdn/tale%20one.txt")
    assert answer.cookies["seen"].value == "yes"

    class Hello(VirtualDownloadView):
        def get_file(self) -> Any:
            return ContentFile(b"Hello", name=path)

    virtual = asked(Proxied(Hello.as_view(), source_dir=tmp_path, destination_url="/cdn"))
    assert virtual.getvalue() == b"Hello"


class Real(RealDownloadMiddleware):
    """Counts real files."""

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        response["X-Real"] = "yes"
        return response  # type: ignore[no-any-return]


def test_real_files_are_elsewhere_too(tmp_path: Path) -> None:
    """What is in memory is no real file, whatever its name."""
    written(tmp_path / "tale.txt")
    storage = FileSystemStorage(tmp_path)
    assert "X-Real" in asked(Real(StorageDownloadView.as_view(storage=storage, path="tale.txt"))).headers
    assert "X-Real" not in asked(Real(lambda request: download(request, b"tale", basename="a"))).headers
    assert asked(Real(lambda request: HttpResponse(b"a"))).content == b"a"


def test_a_middleware_may_keep_its_view_itself(tmp_path: Path) -> None:
    """One whose constructor does all by itself works."""

    class Keeping(Announced):
        def __init__(self, get_response: Any) -> None:
            self.get_response = get_response

    assert "X-Seen" in asked(Keeping(file_view(written(tmp_path / "a.txt")))).headers


class Sync(BaseDownloadMiddleware):
    """Has been written before there was ASGI."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        assert self.get_response is not None
        return self.process_response(request, self.get_response(request))

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        response["X-Sync"] = "yes"
        return response  # type: ignore[no-any-return]


def test_a_call_of_ones_own_is_synchronous(tmp_path: Path) -> None:
    """Django runs what has a __call__ of its own in a thread, as that was written for."""
    assert (Sync.sync_capable, Sync.async_capable) == (True, False)
    assert (Announced.sync_capable, Announced.async_capable) == (True, True)
    assert asked(Sync(file_view(written(tmp_path / "a.txt")))).headers["X-Sync"] == "yes"


@pytest.mark.parametrize("source", ["argument", "setting"])
def test_a_dispatcher_has_several_middlewares(source: str, tmp_path: Path) -> None:
    """They are taken in order, from an argument or from the settings, or there are none."""
    for name in ("a/tale.txt", "b/tale.txt", "c/tale.txt"):
        written(tmp_path / name)
    options = [
        (
            "first",
            f"{PACKAGE}.nginx.XAccelRedirectMiddleware",
            {"source_dir": tmp_path / "a", "destination_url": "/a/"},
        ),
        ("mine", f"{__name__}.Announced", {}),
        (
            "last",
            f"{PACKAGE}.apache.XSendfileMiddleware",
            {"source_dir": tmp_path / "b", "destination_dir": "/b/"},
        ),
    ]
    first = nginx.XAccelRedirectMiddleware(None, source_dir=tmp_path / "a", destination_url="/a/")
    last = apache.XSendfileMiddleware(None, source_dir=tmp_path / "b", destination_dir="/b/")
    chain = [("first", first), ("mine", Announced()), ("last", last)]

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, Path(f"{tmp_path}{request.path}"))

    with override_settings(DOWNLOADVIEW_MIDDLEWARES=options):
        made = (
            DownloadDispatcherMiddleware(view)
            if source == "setting"
            else DownloadDispatcherMiddleware(view, chain)
        )
    assert [key for key, _ in made.dispatcher.middlewares] == ["first", "mine", "last"]
    found: dict[str, Any] = {}
    for name in "abc":
        answer: Any = made(RequestFactory().get(f"/{name}/tale.txt"))
        found[name] = (told(answer), answer.headers.get("X-Seen"))
        answer.close()
    assert found == {
        "a": ("/a/tale.txt", None),
        "b": ("/b/tale.txt", f"{tmp_path}/b/tale.txt"),
        "c": (None, f"{tmp_path}/c/tale.txt"),
    }
    assert DownloadDispatcherMiddleware(nothing).dispatcher.middlewares == []


def test_rules_add_up(tmp_path: Path) -> None:
    """A decorated view asks its own rule first, and then those of the site."""
    for name in ("a/tale.txt", "b/tale.txt"):
        written(tmp_path / name)

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, Path(f"{tmp_path}{request.path}"))

    inner = nginx.x_accel_redirect(view, source_dir=tmp_path / "b", destination_url="/inner/")
    outer = nginx.XAccelRedirectMiddleware(inner, source_dir=tmp_path, destination_url="/outer/")
    found = [told(outer(RequestFactory().get(path))) for path in ("/a/tale.txt", "/b/tale.txt")]  # type: ignore[arg-type]
    assert found == ["/outer/a/tale.txt", "/inner/tale.txt"]
    kept = nginx.XAccelRedirectMiddleware(
        delegated_to()(view), source_dir=tmp_path, destination_url="/outer/"
    )
    assert told(asked(lambda request: kept(RequestFactory().get("/a/tale.txt")))) is None


def test_a_decorator_takes_a_function_that_makes_a_middleware(tmp_path: Path) -> None:
    """What makes the middleware need not be a class."""
    decorated = DownloadDecorator(lambda where: Proxied(None, tmp_path, None, where))(
        file_view(written(tmp_path / "a.txt")), "/cdn"
    )
    assert asked(decorated).headers["Location"] == "/cdn/a.txt"


ATTACHMENTS: list[Any] = [
    pytest.param(lambda: download(RequestFactory().get("/"), b"a"), {"attachment": True}, True, id="bare"),
    pytest.param(
        lambda: download(RequestFactory().get("/"), b"a", basename="a b.txt"),
        {"basename": "a b.txt"},
        True,
        id="quoted",
    ),
    pytest.param(
        lambda: download(RequestFactory().get("/"), b"a", basename="日本.txt"),
        {"basename": "日本.txt"},
        True,
        id="no ASCII",
    ),
    pytest.param(
        lambda: download(RequestFactory().get("/"), b"a", basename="a.txt"),
        {"mime_type": "text/pl"},
        False,
        id="prefix",
    ),
    pytest.param(
        lambda: download(RequestFactory().get("/"), b"a", basename="a.txt"),
        {"mime_type": "text/plain", "content_type": "text/plain", "content": "a", "attachment": True},
        True,
        id="all",
    ),
    pytest.param(lambda: HttpResponse(b"a"), {"attachment": True}, False, id="no field"),
]


@pytest.mark.parametrize(("make", "assertions", "holds"), ATTACHMENTS)
def test_assertions_are_about_what_is_sent(make: Any, assertions: dict[str, Any], holds: bool) -> None:
    """A helper for tests understands each way to spell a disposition, and compares all of a type."""
    validate = DownloadResponseValidator()
    if holds:
        validate(CASE, make(), **assertions)
    else:
        with pytest.raises(AssertionError):
            validate(CASE, make(), **assertions)


def test_cookies_of_an_answer_stay(tmp_path: Path) -> None:
    """What a middleware sets itself is not overwritten by the view's."""

    class Setting(Proxied):
        def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
            answer = HttpResponse(b"")
            answer.cookies = SimpleCookie({"seen": "no"})
            return answer

    answer = asked(Setting(Decorated.as_view(path=written(tmp_path / "a.txt"))))
    assert answer.cookies["seen"].value == "no"
