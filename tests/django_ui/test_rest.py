"""Files of an API: DRF decides who may have them and words what is wrong; no renderer has a say in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import AsyncClient, override_settings
from django.urls import include, path
from rest_framework import permissions, versioning
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.decorators import api_view, content_negotiation_class
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from downloadable import (
    DownloadAPIViewMixin,
    FileNegotiation,
    MemoryContent,
    Missing,
    Served,
    download,
    download_action,
    signature_required,
    signed_url,
)
from downloadable.django_ui.testing import temporary_media_root
from downloadable.domain import ContentInvalid, ContentTimeout, ContentUnavailable, Resource
from tests.models import Document

pytestmark = pytest.mark.django_db

TEXT = b"%PDF-1.7 0123456789"
SESSIONS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}


class OwnerOnly(permissions.BasePermission):
    """Whose folder it is may see it."""

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return bool(obj.folder == request.user.get_username())


class Signed(APIView):
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (permissions.IsAuthenticated,)


class Report(DownloadAPIViewMixin, Signed):
    """Made on the spot."""

    basename = "report.csv"
    attachment = False

    def get_file(self) -> Any:
        assert isinstance(self.request, Request)
        return MemoryContent(f"{self.request.user.get_username()},1\n".encode(), Resource(name="report.csv"))


class DocumentFile(DownloadAPIViewMixin, GenericAPIView[Document]):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (permissions.IsAuthenticated, OwnerOnly)
    queryset = Document.objects.all()
    basename_field = "title"
    digest_field = "sha256"


class Plain(Signed):
    """No mixin, only the function."""

    def get(self, request: Request, pk: int) -> Any:
        return download(request, Document.objects.get(pk=pk).file)


class Slow(UserRateThrottle):
    rate = "2/day"


class Open(DownloadAPIViewMixin, APIView):
    """For whoever has the link."""

    basename = "open.bin"
    renderer_classes = (JSONRenderer,)

    def get_file(self) -> Any:
        return b"a class's"


@signature_required
class Linked(Open):
    """For whoever has a signed one."""


class Throttled(Report):
    throttle_classes = (Slow,)


WRONG = {
    "late": ContentTimeout("It did not answer."),
    "broken": ContentInvalid("Nonsense."),
    "away": ContentUnavailable("Not now.", retry_after=30),
}


class Failing(DownloadAPIViewMixin, APIView):
    """Something is wrong with each of its files."""

    def get_file(self) -> Any:
        return Missing(WRONG[self.kwargs["what"]])


class Documents(ModelViewSet[Document]):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (permissions.IsAuthenticated, OwnerOnly)
    queryset = Document.objects.all()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(["a list"])

    @download_action(detail=True)
    def file(self, request: Request, pk: str) -> Any:
        return download(request, self.get_object().file)

    @download_action(detail=True)
    def told(self, request: Request, pk: str, format: str | None = None) -> Any:
        return download(request, f"as {format}", basename="a.txt")

    @download_action(detail=True, url_path="remote-file", methods=["get", "post"])
    def elsewhere(self, request: Request, pk: str) -> Any:
        raise ContentUnavailable("Gone for lunch.")

    @download_action(detail=False, methods=["post"])
    def order(self, request: Request) -> Any:
        said: Any = request.data
        if "pk" not in said:
            return Response({"pk": ["Say which."]}, status=400)
        return download(request, Document.objects.get(pk=said["pk"]).file)


class Versioned(Report):
    versioning_class = versioning.AcceptHeaderVersioning

    def get_file(self) -> Any:
        return str(self.request.version)


@api_view(["GET"])
@content_negotiation_class(FileNegotiation)
def by_function(request: Request) -> Any:
    """Be a view without a class."""
    return download(request, b"a function's", basename="a.bin")


router = SimpleRouter()
router.register("documents", Documents)
suffixed = DefaultRouter()
suffixed.register("suffixed", Documents)


urlpatterns = [
    path("report", Report.as_view()),
    path("throttled", Throttled.as_view()),
    path("versioned", Versioned.as_view()),
    path("function", by_function),
    path("open", Open.as_view()),
    path("signed", Linked.as_view(), name="signed"),
    path("file/<int:pk>", DocumentFile.as_view()),
    path("plain/<int:pk>", Plain.as_view()),
    path("failing/<what>", Failing.as_view()),
    path("", include(router.urls)),
    path("", include(suffixed.urls)),
]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    """A project with this API."""
    with (
        temporary_media_root(),
        override_settings(ROOT_URLCONF=__name__, TEMPLATES=[TEMPLATES], MIDDLEWARE=SESSIONS),
    ):
        yield
    cache.clear()


@pytest.fixture
def ada() -> User:
    """Who has documents."""
    return User.objects.create_user("ada")


@pytest.fixture
def document(ada: User) -> Document:
    """One of Ada's."""
    file = ContentFile(TEXT, name="report.pdf")
    return Document.objects.create(slug="one", folder="ada", title="July.pdf", file=file, sha256="ab" * 32)


@pytest.fixture
def client(ada: User) -> APIClient:
    """Ada's, with her token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=ada).key}")
    return client


@pytest.mark.parametrize(
    "target", ["/file/{pk}", "/plain/{pk}", "/documents/{pk}/file/"], ids=["generic", "plain", "action"]
)
def test_file_is_sent_to_who_may_have_it(client: APIClient, document: Document, target: str) -> None:
    """A token opens the way to the file, a part of it, its header fields alone, and to "not modified"."""
    target = target.format(pk=document.pk)
    whole = client.get(target)
    assert (whole.status_code, whole.getvalue()) == (200, TEXT)
    assert whole["Content-Type"] == "application/pdf"
    assert whole["Content-Length"] == str(len(TEXT))

    part = client.get(target, headers={"Range": "bytes=9-11"})
    assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, b"012", "bytes 9-11/19")

    head = client.head(target)
    assert (head.status_code, head["Content-Length"], head.content) == (200, "19", b"")
    same = client.get(target, headers={"If-None-Match": whole["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize("target", ["/file/{pk}", "/report", "/documents/{pk}/file/", "/function"])
@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        pytest.param("", "application/pdf", id="the file's own type"),
        pytest.param("", "*/*", id="anything"),
        pytest.param("", "image/png;q=0.5, video/*", id="what nobody has"),
        pytest.param("", "", id="an empty field"),
        pytest.param("?format=pdf", "*/*", id="a format that no renderer has"),
        pytest.param("?format=json", "text/html", id="a format that does not fit"),
    ],
)
def test_no_renderer_has_a_say_in_a_file(
    client: APIClient, document: Document, target: str, query: str, accepted: str
) -> None:
    """Whatever a client accepts, it gets the file, which does not vary by that."""
    response = client.get(target.format(pk=document.pk) + query, headers={"Accept": accepted})
    assert response.status_code == 200
    assert response.getvalue()
    if target != "/function":
        assert "Accept" not in response.get("Vary", "")


def test_no_suffix_has_a_say_in_a_file(client: APIClient, document: Document) -> None:
    """The URLs of a DefaultRouter with a format lead to the file; an action that wants to know is told."""
    here = f"/suffixed/{document.pk}"
    for target in (f"{here}/file/", f"{here}/file.json", f"{here}/file.pdf"):
        assert client.get(target).getvalue() == TEXT
    assert client.get(f"{here}/told.json").getvalue() == b"as json"


def test_function_alone_needs_no_mixin(client: APIClient, document: Document) -> None:
    """A view of DRF that only calls download() gets the right answer; its negotiation is DRF's."""
    assert client.get(f"/plain/{document.pk}", headers={"Accept": "*/*"}).getvalue() == TEXT
    assert client.get(f"/plain/{document.pk}", headers={"Accept": "application/pdf"}).status_code == 406


def test_other_actions_negotiate_as_ever(client: APIClient) -> None:
    """What is for the file is not for the list beside it."""
    assert client.get("/documents/", headers={"Accept": "application/pdf"}).status_code == 406
    assert client.get("/documents/", headers={"Accept": "application/json"}).json() == ["a list"]


def test_file_with_facts_of_its_row(client: APIClient, document: Document) -> None:
    """The mixin has the hooks of views of rows."""
    response = client.get(f"/file/{document.pk}")
    assert response["Content-Disposition"] == 'attachment; filename="July.pdf"'
    assert response["ETag"] == f'"{"ab" * 32}"'
    assert "attachment" not in client.get("/report")["Content-Disposition"]


@pytest.mark.parametrize("accepted", ["application/pdf", "*/*", "application/json"])
@pytest.mark.parametrize(
    ("ask", "status", "detail"),
    [
        pytest.param(
            lambda own, document: APIClient().get(f"/file/{document.pk}", **own),
            401,
            "Authentication credentials were not provided.",
            id="nobody",
        ),
        pytest.param(
            lambda own, document: as_ben().get(f"/file/{document.pk}", **own),
            403,
            "You do not have permission to perform this action.",
            id="somebody else",
        ),
        pytest.param(
            lambda own, document: as_ben().get(f"/documents/{document.pk}/file/", **own),
            403,
            "You do not have permission to perform this action.",
            id="somebody else's action",
        ),
        pytest.param(
            lambda own, document: as_ben().post("/report", **own),
            405,
            'Method "POST" not allowed.',
            id="another method",
        ),
        pytest.param(
            lambda own, document: as_ben().get("/failing/late", **own),
            504,
            "The file did not arrive in time.",
            id="late",
        ),
        pytest.param(
            lambda own, document: as_ben().get("/failing/broken", **own),
            502,
            "The file did not arrive intact.",
            id="broken",
        ),
        pytest.param(
            lambda own, document: as_ben().get("/failing/away", **own),
            503,
            "The file is not available for the moment.",
            id="away",
        ),
    ],
)
def test_errors_are_worded_by_renderers(
    document: Document, ask: Callable[..., Any], status: int, detail: str, accepted: str
) -> None:
    """What is wrong is told in the API's own format, also to who accepts only the file's."""
    response = ask({"headers": {"Accept": accepted}}, document)
    assert (response.status_code, response.json()) == (status, {"detail": detail})
    assert response["Content-Type"] == "application/json"


def as_ben() -> APIClient:
    """Be another user, with a token of his own."""
    client = APIClient()
    ben, _ = User.objects.get_or_create(username="ben")
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=ben)[0].key}")
    return client


def test_fields_of_refusals_are_kept(client: APIClient, document: Document) -> None:
    """A 416 says how long the file is, a 503 when to come again, and a 401 how to say who one is."""
    unsatisfiable = client.get(f"/file/{document.pk}", headers={"Range": "bytes=100-"})
    assert unsatisfiable.status_code == 416
    assert unsatisfiable.json() == {"detail": "The file does not have the range that was asked for."}
    assert unsatisfiable["Content-Range"] == "bytes */19"
    assert "Content-Disposition" not in unsatisfiable

    away = client.get("/failing/away")
    assert (away["Retry-After"], away["Cache-Control"]) == ("30", "no-store")
    assert APIClient().get(f"/file/{document.pk}")["WWW-Authenticate"] == "Token"


def test_failed_precondition_is_worded(client: APIClient, document: Document) -> None:
    """A 412 is told in the API's format, too."""
    response = client.get(f"/documents/{document.pk}/file/", headers={"If-Match": '"another"'})
    assert response.status_code == 412
    assert response.json() == {"detail": "The file is not the one that was asked for."}


def test_action_may_raise_what_a_source_does(client: APIClient, document: Document) -> None:
    """An error of a content that an action does not catch is told with its status, whatever the method."""
    response = client.get(f"/documents/{document.pk}/remote-file/")
    assert (response.status_code, response.json()["detail"]) == (
        503,
        "The file is not available for the moment.",
    )
    assert client.post(f"/documents/{document.pk}/remote-file/").status_code == 503


def test_action_may_be_asked_by_post(client: APIClient, document: Document) -> None:
    """What a client sends is parsed as ever, and an answer of the action's own is rendered as ever."""
    response = client.post("/documents/order/", {"pk": document.pk}, format="json")
    assert (response.status_code, response.getvalue()) == (200, TEXT)
    refused = client.post("/documents/order/", {}, headers={"Accept": "application/pdf"})
    assert (refused.status_code, refused.json()) == (400, {"pk": ["Say which."]})
    assert refused["Vary"] == "Accept"


def test_exception_handler_of_the_project_words_errors(client: APIClient, document: Document) -> None:
    """What a project's EXCEPTION_HANDLER makes of an error is what the client gets."""
    handler = "tests.django_ui.test_rest.handler_of_the_project"
    with override_settings(REST_FRAMEWORK={"EXCEPTION_HANDLER": handler}):
        response = client.get(f"/file/{document.pk}", headers={"Range": "bytes=100-"})
    assert response.json() == {"code": "range_not_satisfiable"}
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */19")


def handler_of_the_project(error: Any, context: Any) -> Response:
    """Tell the code only."""
    return Response({"code": error.detail.code}, status=error.status_code)


def test_file_that_is_not_there(client: APIClient, document: Document) -> None:
    """An empty field, a missing row and a lost file are each a 404 of the API's."""
    empty = Document.objects.create(slug="empty", folder="ada")
    lost = Document.objects.create(slug="lost", folder="ada", file="documents/lost.pdf")
    for pk in (empty.pk, lost.pk):
        response = client.get(f"/file/{pk}", headers={"Accept": "application/pdf"})
        assert (response.status_code, response.json()) == (404, {"detail": "There is no such file."})
    assert client.get("/file/999").json() == {"detail": "No Document matches the given query."}


def test_throttles_count_downloads(client: APIClient) -> None:
    """What is asked for too often is refused, and says when to come again."""
    assert [client.get("/throttled").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/throttled", headers={"Accept": "application/pdf"})
    assert refused.json()["detail"].startswith("Request was throttled.")
    assert int(refused["Retry-After"]) > 0


@pytest.mark.parametrize("accepted", ["application/json; version=2.0", "text/csv; version=2.0"])
def test_version_is_read_from_what_is_accepted(client: APIClient, accepted: str) -> None:
    """The version in Accept counts, also if no renderer has the type."""
    assert client.get("/versioned", headers={"Accept": accepted}).getvalue() == b"2.0"


def test_options_describe_the_view(client: APIClient) -> None:
    """OPTIONS is answered by DRF's metadata."""
    response = client.options("/report", headers={"Accept": "application/pdf"})
    assert (response.status_code, response.json()["name"]) == (200, "Report")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_browser_sees_errors_as_pages(ada: User) -> None:
    """The browsable API shows what is wrong, and downloads what is not."""
    client = APIClient()
    refused = client.get("/report", headers={"Accept": "text/html"})
    assert refused.status_code == 401
    assert b"Authentication credentials were not provided." in refused.content
    assert refused["Content-Type"].startswith("text/html")
    client.force_login(ada)
    assert client.get("/report", headers={"Accept": "text/html"}).getvalue() == b"ada,1\n"


@pytest.mark.parametrize("target", ["/file/{pk}", "/plain/{pk}", "/documents/{pk}/file/"])
def test_server_in_front_sends_it(client: APIClient, document: Document, target: str) -> None:
    """Who may have the file gets it from nginx; who may not gets nothing of nginx's."""
    nginx = {"BACKEND": "downloadable.Nginx", "OPTIONS": {"roots": {settings.MEDIA_ROOT: "/protected/"}}}
    middleware = ["downloadable.django_ui.middleware.DownloadMiddleware"]
    with override_settings(DOWNLOADABLE={"DELEGATES": [nginx]}, MIDDLEWARE=[*SESSIONS, *middleware]):
        response = client.get(target.format(pk=document.pk))
        refused = as_ben().get(f"/file/{document.pk}")
    assert response["X-Accel-Redirect"] == f"/protected/{document.file.name}"
    assert response.content == b""
    assert refused.status_code == 403
    assert "X-Accel-Redirect" not in refused


def test_listeners_see_who_it_was(client: APIClient, ada: User, served: list[Served]) -> None:
    """The request that listeners get knows the user of the token."""
    client.get("/report").getvalue()
    assert [one.request.user for one in served] == [ada]


@pytest.mark.parametrize(
    ("target", "fields", "status", "body"),
    [
        pytest.param("/function", {}, 200, b"a function's", id="function"),
        pytest.param("/open", {}, 200, b"a class's", id="class"),
        pytest.param("/open", {"Range": "bytes=2-6"}, 206, b"class", id="part"),
    ],
)
async def test_body_is_sent_on_an_event_loop(
    target: str, fields: dict[str, str], status: int, body: bytes
) -> None:
    """Under ASGI, the body is asynchronous, also where the view is DRF's and knows nothing of that."""
    response: Any = await AsyncClient().get(target, headers=fields)
    assert (response.status_code, response.is_async) == (status, True)
    assert b"".join([chunk async for chunk in response]) == body


async def test_error_is_worded_on_an_event_loop() -> None:
    """What goes wrong is told in the API's format there as well."""
    response = await AsyncClient().get("/open", headers={"Range": "bytes=99-"})
    assert response.status_code == 416
    assert response.json() == {"detail": "The file does not have the range that was asked for."}


def test_signed_link_opens_an_api() -> None:
    """Who cannot send a token, such as an image of a page, may come by a signed link."""
    client = APIClient()
    assert client.get(signed_url("signed", expires_in=60)).getvalue() == b"a class's"
    assert client.get("/signed").status_code == 403


def test_view_says_what_it_needs() -> None:
    """Without get_file() and get_object(), there is no file to send; a ViewSet takes actions."""
    with pytest.raises(NotImplementedError, match="define get_file"):
        type("Bare", (DownloadAPIViewMixin, APIView), {})().get_file()
    with pytest.raises(TypeError, match="download_action"):
        type("Files", (DownloadAPIViewMixin, GenericViewSet), {})
