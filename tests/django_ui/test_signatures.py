"""Views that only a signed link opens, and the ways to make one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import Context, RequestContext, Template
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.test.utils import override_script_prefix
from django.urls import NoReverseMatch, include, path, re_path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from downloadable.adapters.memory import MemorySource
from downloadable.adapters.signing import DjangoUrlSigner
from downloadable.django_ui.decorators import signature_required
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.links import signed_url
from downloadable.django_ui.serving import adownload, download
from downloadable.django_ui.views import VirtualDownloadView
from downloadable.domain import SignatureExpired, SignatureInvalid
from tests.adapters.test_signing import NAMES
from tests.django_ui.handlers import Exchange, scope_of, site as site_with

SIGNER = DjangoUrlSigner()
TEXT = b"0123456789" * 10


def function(request: HttpRequest) -> Any:
    """Serve a text."""
    return download(request, TEXT, basename="a.txt")


async def async_function(request: HttpRequest) -> Any:
    """Serve a text."""
    return await adownload(request, TEXT, basename="a.txt")


class TextView(VirtualDownloadView):
    """Serves a text."""

    basename = "a.txt"

    def get_file(self) -> bytes:
        return TEXT


class AsyncTextView(View):
    """Serves a text."""

    async def get(self, request: HttpRequest) -> Any:
        return await adownload(request, TEXT, basename="a.txt")

    async def head(self, request: HttpRequest) -> Any:
        return await self.get(request)


class AsyncSource:
    """Opens what a dictionary holds, but asynchronously."""

    async def open(self, key: str) -> Any:
        return MemorySource({"a.txt": TEXT}).open(key)


def key(request: HttpRequest) -> str:
    """Ask for one and the same file always."""
    return "a.txt"


def decorated_class(view: type[View], decorator: Any) -> Any:
    """Decorate a class of its own, so that the original stays as it is."""
    return decorator(type(view.__name__, (view,), {"__doc__": view.__doc__})).as_view()


def decorated_method(view: type[View], decorator: Any, name: str) -> Any:
    """Decorate a method of a class, as Django's documentation tells."""
    return decorated_class(view, method_decorator(decorator, name=name))


VIEWS: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "function": (lambda decorator: decorator(function), False),
    "async function": (lambda decorator: decorator(async_function), True),
    "as_view()": (lambda decorator: decorator(TextView.as_view()), False),
    "async as_view()": (lambda decorator: decorator(AsyncTextView.as_view()), True),
    "class": (lambda decorator: decorated_class(TextView, decorator), False),
    "async class": (lambda decorator: decorated_class(AsyncTextView, decorator), True),
    "dispatch": (lambda decorator: decorated_method(TextView, decorator, "dispatch"), False),
    "async dispatch": (lambda decorator: decorated_method(AsyncTextView, decorator, "dispatch"), True),
    "get": (lambda decorator: decorated_method(TextView, decorator, "get"), False),
    "async get": (lambda decorator: decorated_method(AsyncTextView, decorator, "get"), True),
    "factory": (lambda decorator: decorator(download_view(MemorySource({"a.txt": TEXT}), key=key)), False),
    "async factory": (lambda decorator: decorator(download_view(AsyncSource(), key=key)), True),
}

EVERY_KIND = pytest.mark.parametrize(("decorated", "is_async"), VIEWS.values(), ids=VIEWS)


class ServerLikeClient(AsyncClient):
    """Decodes paths as ASGI servers do, from UTF-8; Django's own client leaves them in Latin-1."""

    async def request(self, **request: Any) -> Any:
        return await super().request(**{**request, "path": request["path"].encode("latin-1").decode()})


class Site:
    """A site with one view, asked over WSGI and over ASGI."""

    def __init__(self, view: Any, route: str = "files/a.txt") -> None:
        self.urlpatterns = [path(route, view, name="view")]

    def ask(self, link: str, method: str = "GET", asgi: bool = False, **headers: str) -> tuple[Any, bytes]:
        """Return the answer, and its body."""
        with override_settings(ROOT_URLCONF=self):
            if asgi:
                return asyncio.run(self.ask_asgi(link, method, headers))
            response: Any = Client().generic(method, link, headers=headers)
            return response, response.getvalue() if response.streaming else response.content

    async def ask_asgi(self, link: str, method: str, headers: dict[str, str]) -> tuple[Any, bytes]:
        response: Any = await ServerLikeClient().generic(method, link, headers=headers)
        if not response.streaming:
            return response, response.content
        return response, b"".join([chunk async for chunk in response.streaming_content])


EVERY_SIDE = pytest.mark.parametrize("asgi", [pytest.param(False, id="wsgi"), pytest.param(True, id="asgi")])

LINK = SIGNER.sign("/files/a.txt")
EXPIRED = SIGNER.sign("/files/a.txt", expires_in=-1)


@EVERY_SIDE
@EVERY_KIND
def test_a_signed_link_opens_every_kind_of_view(decorated: Any, is_async: bool, asgi: bool) -> None:
    """Functions, classes, what as_view() and download_view() made, in both colours, on both sides."""
    response, body = Site(decorated(signature_required)).ask(LINK, asgi=asgi)
    assert (response.status_code, body) == (200, TEXT)


@EVERY_SIDE
@EVERY_KIND
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        pytest.param("/files/a.txt", b"This link is not valid.\n", id="unsigned"),
        pytest.param(f"{LINK}x", b"This link is not valid.\n", id="tampered with"),
        pytest.param(EXPIRED, b"This link has expired.\n", id="expired"),
    ],
)
def test_no_other_link_opens_it(
    decorated: Any, is_async: bool, asgi: bool, method: str, link: str, sentence: bytes
) -> None:
    """A 403 says whether the link has expired or is not valid, and nothing else, and no cache keeps it."""
    response, body = Site(decorated(signature_required)).ask(link, method, asgi=asgi)
    assert (response.status_code, body) == (403, sentence if method == "GET" else b"")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"


@EVERY_KIND
def test_a_decorated_view_keeps_its_colour(decorated: Any, is_async: bool) -> None:
    """What Django may await stays so, and only that."""
    assert iscoroutinefunction(decorated(signature_required)) is is_async


@EVERY_KIND
def test_options_can_be_given_to_every_kind(decorated: Any, is_async: bool) -> None:
    """The decorator takes a purpose and a parameter; a link for another purpose opens nothing."""
    site = Site(decorated(signature_required(purpose="invoices", parameter="s")))
    right = DjangoUrlSigner("invoices", parameter="s").sign("/files/a.txt")
    assert site.ask(right)[0].status_code == 200
    for wrong in (DjangoUrlSigner(parameter="s"), DjangoUrlSigner("invoices"), SIGNER):
        assert site.ask(wrong.sign("/files/a.txt"))[0].status_code == 403


def test_a_decorated_view_stays_what_it_is() -> None:
    """Name, documentation and marks of the view are kept; a class stays that class."""
    assert signature_required(function).__doc__ == "Serve a text."
    assert signature_required(async_function).__name__ == "async_function"
    marked: Any = signature_required(csrf_exempt(function))
    assert marked.csrf_exempt is True
    made: Any = signature_required(TextView.as_view())
    assert made.view_class is TextView

    class Ours(TextView):
        pass

    assert signature_required(Ours) is Ours


def test_a_subclass_of_a_decorated_class_is_decorated_in_its_own_colour() -> None:
    """What is derived from a guarded class is guarded, whatever colour its methods have."""

    @signature_required
    class Guarded(View):
        def get(self, request: HttpRequest) -> Any:
            return HttpResponse("sync")

    class Derived(Guarded):
        async def get(self, request: HttpRequest) -> Any:
            return HttpResponse("async")

    for view, text in [(Guarded, b"sync"), (Derived, b"async")]:
        for asgi in (False, True):
            site = Site(view.as_view())
            assert site.ask(LINK, asgi=asgi)[1] == text
            assert site.ask(EXPIRED, asgi=asgi)[0].status_code == 403
            assert site.ask(LINK, "PUT", asgi=asgi)[0].status_code == 405


@EVERY_SIDE
@EVERY_KIND
def test_a_download_can_be_resumed(decorated: Any, is_async: bool, asgi: bool) -> None:
    """HEAD, ranges and conditions work by the same link."""
    site = Site(decorated(signature_required))
    head, body = site.ask(LINK, "HEAD", asgi=asgi)
    assert (head.status_code, head["Content-Length"], body) == (200, "100", b"")
    response, body = site.ask(LINK, asgi=asgi, Range="bytes=95-", **{"If-Range": head["ETag"]})
    assert (response.status_code, body) == (206, b"56789")
    assert site.ask(LINK, asgi=asgi, **{"If-None-Match": head["ETag"]})[0].status_code == 304


@EVERY_SIDE
@pytest.mark.parametrize("name", [name for name in NAMES if "\n" not in name], ids=ascii)
def test_a_link_to_an_awkward_name_opens_it(name: str, asgi: bool) -> None:
    """From reverse() through a signature and a client to the view, each name stays what it is."""

    def view(request: HttpRequest, path: str) -> Any:
        return HttpResponse(path)

    site = Site(signature_required(view), "files/<path:path>")
    with override_settings(ROOT_URLCONF=site):
        link = signed_url("view", name)
    response, body = site.ask(link, asgi=asgi)
    assert (response.status_code, body.decode()) == (200, name)
    assert site.ask(link.replace("/files/", "/files/x"), asgi=asgi)[0].status_code == 403


def below(prefix: str, link: str, *, asgi: bool, asked: str | None = None) -> int:
    """Return the status of the view below *prefix*, asked by a server with the query of *link*."""
    query = link.partition("?")[2]
    with site_with(signature_required(function), route="files/a.txt"), override_script_prefix("/"):
        if asgi:
            scope = scope_of(asked or f"{prefix}/files/a.txt", "GET", {})
            return asyncio.run(status_of({**scope, "root_path": prefix, "query_string": query.encode()}))
        environ = {
            **RequestFactory().get("/files/a.txt").environ,
            "SCRIPT_NAME": prefix,
            "QUERY_STRING": query,
        }
        answered: list[str] = []
        list(WSGIHandler()(environ, lambda status, *_: answered.append(status)))  # type: ignore[arg-type]  # a stand-in
        return int(answered[0][:3])


async def status_of(scope: dict[str, Any]) -> int:
    """Return the status of the answer over ASGI."""
    return (await Exchange(scope).answer()).status


@EVERY_SIDE
def test_a_prefix_of_the_server_is_part_of_the_path(asgi: bool) -> None:
    """Where a site is mounted below a path, a link holds there and nowhere else."""
    with override_settings(ROOT_URLCONF=Site(function)), override_script_prefix("/mounted"):
        link = signed_url("view")
    assert link.startswith("/mounted/files/a.txt?")
    for prefix, status in [("/mounted", 200), ("", 403), ("/elsewhere", 403)]:
        assert below(prefix, link, asgi=asgi) == status


@pytest.mark.parametrize("asked", ["/mounted/files/a.txt", "/files/a.txt"], ids=["kept", "taken away"])
def test_a_prefix_can_be_told_by_the_settings(asked: str) -> None:
    """With FORCE_SCRIPT_NAME, a link holds whether or not the proxy takes the prefix away."""
    with override_settings(ROOT_URLCONF=Site(function)), override_script_prefix("/mounted"):
        link = signed_url("view")
    with override_settings(FORCE_SCRIPT_NAME="/mounted"):
        assert below("", link, asgi=True, asked=asked) == 200


@EVERY_SIDE
def test_a_client_cannot_move_the_prefix(asgi: bool) -> None:
    """Some servers take it from a field of the request: a link then leads to its own file, or to none."""
    link = SIGNER.sign("/files/files/a.txt")
    assert below("/files", link, asgi=asgi) == 403


# Users


@pytest.fixture
def users(transactional_db: None) -> list[Any]:
    """Alice and Bob."""
    return [get_user_model().objects.create_user(name) for name in ("alice", "bob")]


LOGIN = override_settings(
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
)


@LOGIN
@EVERY_SIDE
@EVERY_KIND
def test_a_link_for_one_user_opens_for_that_user_only(
    decorated: Any, is_async: bool, asgi: bool, users: list[Any]
) -> None:
    """Who is logged in decides, in every kind of view, on both sides."""
    alice, bob = users
    link = SIGNER.sign("/files/a.txt", user=alice)

    async def ask(client: AsyncClient) -> int:
        return (await client.get(link)).status_code

    statuses = []
    with override_settings(ROOT_URLCONF=Site(decorated(signature_required))):
        for user in (alice, bob, None):
            client: Any = AsyncClient() if asgi else Client()
            if user is not None:
                client.force_login(user)
            statuses.append(async_to_sync(ask)(client) if asgi else client.get(link).status_code)
    assert statuses == [200, 403, 403]


@EVERY_SIDE
def test_a_site_without_users_refuses_a_link_for_one(asgi: bool) -> None:
    """Without the middleware of Django's users, nobody is the one whose link it is; that is no 500."""
    link = SIGNER.sign("/files/a.txt", user=get_user_model()(pk=1))
    site = Site(signature_required(async_function if asgi else function))
    assert site.ask(link, asgi=asgi)[0].status_code == 403


# Making links


PATTERNS = [
    path("files/<path:path>", function, name="file"),
    path("report/<int:year>/<int:month>", function, name="report"),
    re_path(r"^nested/(?P<user>\w+)$", function, name="of user"),
]


class Pages:
    """Named views at the root, and below two namespaces of one application."""

    urlpatterns = (
        *PATTERNS,
        path("one/", include((PATTERNS, "app"), namespace="app")),
        path("two/", include((PATTERNS, "app"), namespace="other")),
    )


@pytest.fixture
def pages() -> Iterator[None]:
    """Be a site whose templates have the tag."""
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates"}
    with override_settings(
        ROOT_URLCONF=Pages,
        TEMPLATES=[engine],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "downloadable.django_ui"],
    ):
        yield


class Page:
    """Something with a URL of its own."""

    def get_absolute_url(self) -> str:
        return "/files/own?v=1"


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param(lambda: signed_url("file", "a b.txt"), "/files/a%20b.txt", id="name and argument"),
        pytest.param(lambda: signed_url("report", year=2026, month=6), "/report/2026/6", id="keywords"),
        pytest.param(lambda: signed_url("other:file", path="a"), "/two/files/a", id="namespace"),
        pytest.param(lambda: signed_url(Page()), "/files/own?v=1", id="object"),
        pytest.param(lambda: signed_url("/files/x?y=z#top"), "/files/x?y=z", id="URL"),
        pytest.param(lambda: signed_url("file", "a", expires_in=60), "/files/a", id="lifetime"),
    ],
)
def test_a_view_can_make_a_link(link: Any, expected: str) -> None:
    """A signed link is made from what redirect() takes."""
    assert SIGNER.unsign(link()) == expected


@pytest.mark.usefixtures("pages")
def test_a_link_to_nowhere_is_not_made() -> None:
    """A name that no pattern has is Django's own error."""
    with pytest.raises(NoReverseMatch):
        signed_url("nowhere")


@pytest.mark.usefixtures("pages")
def test_a_link_can_be_made_absolute() -> None:
    """For a mail, the request adds the host."""
    link = RequestFactory().get("/").build_absolute_uri(signed_url("file", "été +.txt"))
    assert link.startswith("http://testserver/files/")
    SIGNER.check(RequestFactory().get(link))


def rendered(source: str, **variables: Any) -> str:
    """Return what a template makes of the variables."""
    return Template("{% load downloadable %}" + source).render(Context(variables, autoescape=False))


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param("{% signed_download_url 'file' name %}", "/files/a%20b.txt", id="argument"),
        pytest.param("{% signed_download_url 'file' path=name %}", "/files/a%20b.txt", id="keyword"),
        pytest.param("{% signed_download_url 'report' year=2026 month=6 %}", "/report/2026/6", id="keywords"),
        pytest.param(
            "{% signed_download_url 'report' 2026 6 expires_in=60 %}", "/report/2026/6", id="lifetime"
        ),
        pytest.param("{% signed_download_url 'of user' 'bob' %}", "/nested/bob", id="argument called user"),
        pytest.param("{% signed_download_url 'file' 'a' as url %}{{ url }}", "/files/a", id="as"),
        pytest.param("{% signed_download_url 'app:file' 'a' %}", "/one/files/a", id="namespace"),
    ],
)
def test_a_template_can_make_a_link(tag: str, expected: str) -> None:
    """The tag takes what {% url %} takes."""
    assert SIGNER.unsign(rendered(tag, name="a b.txt")) == expected


@pytest.mark.usefixtures("pages")
def test_a_link_of_a_template_can_expire_be_for_one_user_and_for_a_purpose() -> None:
    """The tag takes a lifetime, a user and a purpose."""
    alice = get_user_model()(pk=1)
    tag = "{% signed_download_url 'file' 'a' expires_in=hour user=alice purpose='invoices' %}"
    link = rendered(tag, hour=3600, alice=alice)
    assert link.startswith("/files/a?X-Signature=")
    assert DjangoUrlSigner("invoices").unsign(link, user=alice) == "/files/a"
    with pytest.raises(SignatureInvalid):
        DjangoUrlSigner("invoices").unsign(link)
    with pytest.raises(SignatureExpired):
        DjangoUrlSigner("invoices").unsign(rendered(tag, hour=-1, alice=alice), user=alice)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("tag", "error"),
    [
        pytest.param("{% signed_download_url 'file' 'a' user=request.user %}", ValueError, id="no request"),
        pytest.param("{% signed_download_url 'file' 'a' user=None %}", ValueError, id="no user"),
        pytest.param("{% signed_download_url 'file' 'a' expires_in=missing %}", TypeError, id="no lifetime"),
        pytest.param("{% signed_download_url 'file' 'a' purpose=missing %}", ValueError, id="no purpose"),
        pytest.param("{% signed_download_url 'nowhere' %}", NoReverseMatch, id="no such view"),
    ],
)
def test_a_template_never_makes_more_than_was_meant(tag: str, error: type[Exception]) -> None:
    """A variable that is not there makes no link, least of all one for anybody or for ever."""
    with pytest.raises(error):
        rendered(tag)


def test_the_application_is_all_that_a_project_installs() -> None:
    """Named in INSTALLED_APPS, the package starts with the project, and its templates have the tag."""
    program = """
from django.conf import settings
settings.configure(
    SECRET_KEY="secret",
    INSTALLED_APPS=["downloadable.django_ui"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.template import engines
call_command("check", fail_level="WARNING")
engines["django"].from_string("{% load downloadable %}")
print(apps.get_app_config("downloadable").name)
"""
    # Elsewhere than in the project, whose settings it must not find.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True, cwd="/"
    )
    assert done.stdout.splitlines()[-1] == "downloadable.django_ui"


@pytest.mark.usefixtures("pages")
def test_a_link_in_a_page_is_escaped_as_any() -> None:
    """In HTML, an ampersand of a link is one of HTML."""
    source = "{% load downloadable %}{% signed_download_url 'file' \"it's\" %}"
    assert Template(source).render(Context()).startswith("/files/it&#x27;s?X-Signature=")


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("current_app", [None, "other"])
def test_a_template_knows_its_namespace(current_app: str | None) -> None:
    """Among several instances of an application, the tag links to the one that the page belongs to."""
    request: Any = RequestFactory().get("/")
    if current_app is not None:
        request.current_app = current_app
    tags = "{% load downloadable %}{% signed_download_url 'app:file' 'a' %} {% url 'app:file' 'a' %}"
    link, url = Template(tags).render(RequestContext(request)).split()
    assert SIGNER.unsign(link) == url == reverse("app:file", args=["a"], current_app=current_app)

    request.resolver_match = type("Match", (), {"namespace": "other"})
    link, url = Template(tags).render(RequestContext(request)).split()
    assert SIGNER.unsign(link) == url
