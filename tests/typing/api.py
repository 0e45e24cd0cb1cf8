"""
The public API as users type it: checked by mypy, never run.

What must not pass is marked with the error it gives, and mypy tells if it passes all the same.
"""

# ruff: noqa: D103  (nothing here is called, and each function says no more than its types)

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, assert_type
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.core.asgi import get_asgi_application
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.generic import DetailView
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from downloadable import (
    Apache,
    AsyncContent,
    AsyncModelSource,
    BytesIteratorIO,
    Caddy,
    Content,
    ContentNotFound,
    DjangoUrlSigner,
    DownloadAdminMixin,
    DownloadAPIViewMixin,
    DownloadMixin,
    DownloadResponse,
    EntityTag,
    FsspecSource,
    GeneratedContent,
    HTTPDownloadView,
    HTTPFile,
    HttpSource,
    Lighttpd,
    LocalSource,
    MemoryContent,
    MemorySource,
    Missing,
    ModelSource,
    Nginx,
    ObjectDownloadView,
    PathDownloadView,
    PathSend,
    PresignedRedirect,
    Resource,
    Served,
    ServingPolicy,
    SignedFileSystemStorage,
    SignedURLMixin,
    Source,
    StorageDownloadView,
    StorageFile,
    StorageSource,
    TextIteratorIO,
    VirtualDownloadView,
    VirtualFile,
    adownload,
    as_content,
    delegated_to,
    download,
    download_action,
    download_finished,
    download_view,
    signature_required,
    signed_url,
)
from downloadable.domain import PLAIN_GET, ByteRange, DownloadRequest, Plan, coalesced, decide
from downloadable.ports import (
    AsyncSource,
    Clock,
    Delegate,
    LocalFile,
    Location,
    Observer,
    StoredFile,
    UrlSigner,
    system_clock,
)
from tests.models import Document

# A function


def one_liner(request: HttpRequest) -> HttpResponseBase:
    return download(request, Path("/srv/report.pdf"), basename="report.pdf", attachment=False)


def with_a_policy(request: HttpRequest) -> HttpResponseBase:
    policy = ServingPolicy(cache_control="public", inline_types=frozenset({"text/plain"}))
    return download(request, MemoryContent.named("a.txt", b"a"), policy, basename="b.txt")


async def asynchronous(request: HttpRequest) -> HttpResponseBase:
    return await adownload(request, b"data", basename="data.bin")


def with_a_field(request: HttpRequest) -> HttpResponseBase:
    response = download(request, ContentFile("text", name="a.txt"))
    response["X-Of-Ours"] = "1"
    response.set_cookie("seen", "1")
    return response


def not_awaited(request: HttpRequest) -> HttpResponseBase:
    return adownload(request, b"data")  # type: ignore[return-value]


def without_a_request(request: HttpRequest) -> HttpResponseBase:
    return download(b"data")  # type: ignore[call-arg, arg-type]


def fields_in_a_dictionary(request: HttpRequest) -> HttpResponseBase:
    return download(request, b"data", {"attachment": False})  # type: ignore[arg-type]


def by_hand() -> DownloadResponse:
    response = DownloadResponse(BytesIO(b"a"), attachment=False, basename="a.txt", headers={"X-A": "1"})
    assert_type(response.attachment, bool)
    assert_type(response.basename, str)
    assert_type(response.get_encoding(), str | None)
    assert_type(response.plan, Plan)
    DownloadResponse(b"a", as_attachment=True)  # type: ignore[call-arg]
    DownloadResponse(b"a", status="200")  # type: ignore[arg-type]
    return response


class ReadHere(DownloadResponse):
    zero_copy = False


application = PathSend(get_asgi_application())
PathSend("application")  # type: ignore[arg-type]


# A factory

local = download_view(LocalSource("/srv/media"))
in_memory = download_view(MemorySource({"a.txt": b"a"}), policy=ServingPolicy(attachment=False))
stored = download_view(StorageSource(default_storage))
remote = download_view(
    HttpSource(
        "https://example.com/media",
        timeout=(1, 2),
        answer_timeout=10,
        max_seconds=None,
        max_size=2**30,
        trusted_origins=["http://minio:9000"],
    )
)
anywhere = download_view(FsspecSource("memory://media"))
assert_type(local, Callable[..., Any])

urlpatterns = [
    path("media/<path:path>", local),
    path("stored/<path:path>", stored),
    path("document/<int:pk>", PathDownloadView.as_view(root="/srv/media")),
]


class ByNumber:
    def open(self, key: int) -> Content:
        return MemoryContent.named(f"{key}.txt", str(key).encode())


class ByName:
    async def open(self, key: str) -> Content:
        return Missing(ContentNotFound(f"No content under {key!r}."))


class ByUser:
    def open(self, key: tuple[str, UUID]) -> MemoryContent:
        return MemoryContent(b"".join(part.encode() for part in map(str, key)))


def number(request: HttpRequest, pk: int) -> int:
    return pk


async def anumber(request: HttpRequest, pk: int) -> int:
    return pk


def name(request: HttpRequest, slug: str) -> str:
    return slug


def user_and_number(request: HttpRequest, pk: UUID) -> tuple[str, UUID]:
    return request.user.get_username(), pk


def may_have(request: HttpRequest, key: int) -> bool:
    return request.user.is_staff and key > 0


async def may_soon_have(request: HttpRequest, key: int) -> bool:
    return key > 0


def may_name(request: HttpRequest, key: str) -> bool:
    return key.isalpha()


def may_forget(request: HttpRequest, key: int) -> None:
    """Return nothing."""


def policy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    return ServingPolicy(basename=f"copy of {content.known().name}")


async def apolicy_of(request: HttpRequest, content: Content) -> ServingPolicy:
    return ServingPolicy()


download_view(ByNumber(), key=number)
download_view(ByNumber(), key=anumber, authorize=may_have, policy=policy_of)
download_view(ByNumber(), key=number, authorize=may_soon_have, policy=apolicy_of)
download_view(ByNumber(), key=lambda request, pk: int(pk), authorize=lambda request, key: key > 0)
download_view(ByName())
download_view(ByName(), key=name, authorize=may_name)
download_view(ByUser(), key=user_and_number)
download_view(ModelSource(Document, "file"), key=number)
download_view(AsyncModelSource(Document.objects.all(), "file", size_field="length"), key=number)
# A source of more than it is asked for is one of what it is asked for.
download_view(ModelSource(Document, "file"))

# The path of a URL is no number.
download_view(ByNumber())  # type: ignore[arg-type]
download_view(ByNumber(), key=name)  # type: ignore[arg-type]
download_view(ByName(), authorize=may_have)  # type: ignore[arg-type]
download_view(ByNumber(), key=number, authorize=may_forget)  # type: ignore[arg-type]
download_view(LocalSource("/srv"), policy={"attachment": False})  # type: ignore[call-overload]
download_view(LocalSource("/srv"), policy=may_name)  # type: ignore[arg-type]
download_view("/srv/media")  # type: ignore[call-overload]
download_view(LocalSource("/srv"), attachment=False)  # type: ignore[call-overload]


# Sources and contents of one's own


class Numbers(Content):
    def known(self) -> Resource:
        return Resource(name="numbers.txt", size=10)

    def locations(self) -> tuple[Location, ...]:
        return (LocalFile(Path("/srv/numbers.txt")),)

    def describe(self, asked: DownloadRequest) -> Resource:
        return Resource(name="numbers.txt", size=10, entity_tag=EntityTag("v1"))

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield b"0123456789"[start:stop]


class AsyncNumbers(AsyncContent):
    def describe(self, asked: DownloadRequest) -> Resource:
        return Resource()

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        yield b"0123456789"[start:stop]


class Undescribed(Content):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield b""


class Textual(Numbers):
    def read(self, start: int, stop: int | None) -> Iterator[str]:  # type: ignore[override]
        yield "0123456789"


class Opening:
    def open(self, key: str) -> Content:
        return Numbers()


class OpeningBytes:
    def open(self, key: str) -> bytes:
        return b"data"


source: Source[str] = Opening()
source = LocalSource("/srv/media")
asource: AsyncSource[str] = ByName()
wrong: Source[int] = Opening()  # type: ignore[assignment]
wrong_content: Source[str] = OpeningBytes()  # type: ignore[assignment]
wrong_colour: Source[str] = ByName()  # type: ignore[assignment]
Undescribed()  # type: ignore[abstract]
assert_type(as_content(b"data"), Content)
assert_type(source.open("a.txt"), Content)


@as_content.register
def _(thing: Document) -> Content:
    return as_content(thing.file)


# Values


def values() -> None:
    resource = Resource(name="a.txt", size=10)
    plan = decide(resource, ServingPolicy(), DownloadRequest.from_headers("GET", {"Range": "bytes=0-4"}))
    assert_type(plan.status, int)
    assert_type(plan.header("Content-Range"), str | None)
    decide(resource, ServingPolicy(), PLAIN_GET, now=system_clock())
    Resource("a.txt")  # type: ignore[call-arg]
    Resource(size="10")  # type: ignore[arg-type]
    ServingPolicy(as_attachment=True)  # type: ignore[call-arg]
    resource.size = 11  # type: ignore[misc]


def record(served: Served) -> None:
    outcome: str = served.outcome
    print(served.resource.name, served.plan.status, served.bytes_sent, served.seconds, outcome)  # noqa: T201
    print(served.asked.method, served.request.user, served.delegate, served.resumed)  # noqa: T201
    assert_type(served.counts_as_download, bool)
    assert_type(coalesced(served.ranges), tuple[ByteRange, ...])


@receiver(download_finished, sender=DownloadMixin)
async def receive(sender: object, served: Served, request: HttpRequest | None, **kwargs: object) -> None: ...


observer: Observer = record
clock: Clock = system_clock
wrong_observer: Observer = number  # type: ignore[assignment]


# Class-based views


class Report(VirtualDownloadView):
    attachment = False
    basename = "report.csv"
    mimetype = "text/csv"

    def rows(self) -> Iterator[str]:
        yield "1;2\n"

    def get_file(self) -> VirtualFile:
        return VirtualFile(TextIteratorIO(self.rows()), name="report.csv")

    def get_policy(self, file: Any) -> ServingPolicy:
        return super().get_policy(file).evolve(cache_control="private, no-store")

    def was_modified_since(self, file_instance: Any, since: str) -> bool:
        return since != "never"

    def download_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().download_response(*args, **kwargs)
        response["X-Of-Ours"] = "1"
        return response

    def not_modified_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().not_modified_response(*args, **kwargs)

    def file_not_found_response(self) -> HttpResponseBase:
        return super().file_not_found_response()

    def render_to_response(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().render_to_response(*args, **kwargs)


class DocumentView(ObjectDownloadView):
    model = Document
    file_field = "file"
    basename_field = "title"
    size_field = "length"

    def get_basename(self) -> str | None:
        return super().get_basename() or "document.bin"


class ByPath(PathDownloadView):
    root = Path("/srv/media")
    path_url_kwarg = "name"

    def get_path(self) -> str:
        return super().get_path().lower()


class InStorage(StorageDownloadView):
    storage = default_storage
    path = "a.txt"

    def get_file(self) -> StorageFile:
        return StorageFile(self.storage, self.get_path())


class Elsewhere(HTTPDownloadView):
    url = "https://example.com/a.txt"

    def get_request_kwargs(self) -> Mapping[str, Any]:
        return {**super().get_request_kwargs(), "headers": {"X-Key": "sesame"}}

    def get_file(self) -> HTTPFile:
        return HTTPFile(
            url=self.get_url(), name="a.txt", answer_timeout=None, max_size=2**30, auth=("a", "b")
        )


# It takes the place of the mixin that renders a template.
class Detail(DownloadMixin, DetailView[Document]):  # type: ignore[misc]
    def get_file(self) -> GeneratedContent:
        return GeneratedContent(BytesIteratorIO(iter([b"a"])), Resource(name=f"{self.object.slug}.txt"))


class DocumentFile(DownloadAPIViewMixin, GenericAPIView[Document]):
    queryset = Document.objects.all()
    file_field = "file"
    attachment = False


class Documents(GenericViewSet[Document]):
    @download_action(detail=True, url_path="file")
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        return download(request, self.get_object().file)


class DocumentAdmin(DownloadAdminMixin, ModelAdmin[Document]):
    list_display = ("slug", "file")

    def download_file(self, request: HttpRequest, row: Document, field: str) -> HttpResponseBase:
        assert_type(self.get_download_url(row, "file"), str)
        return download(request, row.file, attachment=False)


class Mistaken(VirtualDownloadView):
    attachment = "no"  # type: ignore[assignment]

    def get_basename(self) -> bytes:  # type: ignore[override]
        return b"report.csv"

    def was_modified_since(self, file_instance: Any) -> bool:  # type: ignore[override]
        return True


# Signed links


def signed(request: HttpRequest, document: Document) -> None:
    signer: UrlSigner = DjangoUrlSigner("invoices", expires_in=timedelta(hours=1), parameter="s")
    assert_type(signer.unsign(signer.sign("/a", expires_in=timedelta(minutes=1))), str)
    assert_type(DjangoUrlSigner().sign("/a", expires_in=60, user=request.user), str)
    assert_type(signed_url("invoice", 7, expires_in=60.5, user=request.user, purpose="invoices"), str)
    assert_type(signed_url(document, year=2026), str)
    assert_type(SignedFileSystemStorage("/srv", "/files/", expires_in=60).url("a", user=request.user), str)
    signed_url("invoice", expires_in="60")  # type: ignore[arg-type]


class SignedRemote(SignedURLMixin, Storage):
    purpose = "remote"
    expires_in = timedelta(days=1)


@signature_required
def plain_view(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(number)


@signature_required(purpose="invoices")
async def async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@signature_required
class SignedView(VirtualDownloadView):
    pass


async def decorated(request: HttpRequest) -> None:
    assert_type(plain_view(request, 7), HttpResponse)
    assert_type(await async_view(request), HttpResponse)
    plain_view(request, "7")  # type: ignore[arg-type]
    SignedView.as_view(attachment=False)
    signature_required(download_view(LocalSource("/srv")))


# Delegates

nginx = Nginx({"/srv/media": "/protected/", Path("/srv/other"): "/o/"}, buffering=False, limit_rate=102_400)
for_minutes = Nginx({"https://bucket.example/": "/s3/"}, expires_in=timedelta(minutes=1))
apache = Apache(["/srv/media", Path("/srv/other")], spelling="encoded")
lighttpd = Lighttpd({"archive": "/mnt/archive"})
caddy = Caddy({"/srv/media": "/protected/"}, spelling="raw")
redirect = PresignedRedirect(60)
everybody: list[Delegate] = [nginx, apache, lighttpd, caddy, redirect]


class OwnDelegate:
    """A user's own delegate: no base class is needed."""

    keeps_validators = False

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        for location in content.locations():
            if isinstance(location, StoredFile):
                return Plan(200, (("X-Storage-File", location.name),))
        return None


class Undecided:
    """Who does not say whose validators the client gets is no delegate."""

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        return None


delegates_of_ones_own: list[Delegate] = [OwnDelegate()]
not_a_delegate: Delegate = Undecided()  # type: ignore[assignment]
Nginx("/srv/media", buffering="no")  # type: ignore[arg-type]
Apache(["/srv"], spelling="utf-8")  # type: ignore[arg-type]
delegated_to(Nginx)  # type: ignore[arg-type]
delegated_to([nginx])  # type: ignore[arg-type]


@delegated_to(nginx, OwnDelegate())
def delegated(request: HttpRequest, pk: int) -> HttpResponseBase:
    return download(request, Path(f"/srv/{pk}.pdf"))


@delegated_to()
async def not_delegated(request: HttpRequest) -> HttpResponseBase:
    return await adownload(request, b"data")


@delegated_to(apache)
class DelegatedView(PathDownloadView):
    root = "/srv/media"


@method_decorator(delegated_to(nginx), name="dispatch")
class DispatchedView(PathDownloadView):
    root = "/srv/media"


# What is decorated stays of its kind.
as_it_was: Callable[[HttpRequest, int], HttpResponseBase] = delegated
delegated(HttpRequest(), pk="1")  # type: ignore[arg-type]
assert_type(DelegatedView, type[DelegatedView])
DelegatedView.as_view(root="/srv/other")
wrapped_view = delegated_to(nginx)(PathDownloadView.as_view(root="/srv/media"))
by_delegates = download_view(LocalSource("/srv/media"), delegates=[nginx])
by_nobody = download_view(LocalSource("/srv/media"), delegates=())
download_view(LocalSource("/srv/media"), delegates=nginx)  # type: ignore[call-overload]
