from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.files.storage import FileSystemStorage, storages
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory, override_settings
from django.utils.decorators import method_decorator
from django.views.generic.base import View

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx, PresignedRedirect
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.http import HttpContent
from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import MemorySource
from downloadable.adapters.store_links import signs_with
from downloadable.adapters.stored_files import StoredContent
from downloadable.adapters.wrappers import StorageFile
from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.delegation import announced, said
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.django_ui.views import PathDownloadView, VirtualDownloadView
from downloadable.domain import EntityTag, Plan, Resource
from downloadable.ports import Content, Delegate, ResponseOverrides
from tests.adapters.http_pages import DAY
from tests.adapters.origin import Page, serving
from tests.django_ui.doors import CONDITIONAL
from tests.django_ui.handlers import EVERY_HANDLER, Answer, Ask, wsgi
from tests.django_ui.recording import LARGE
from tests.django_ui.senders import Archive, Elsewhere, Sender
from tests.models import Document
from tests.system_calls import counted_calls

MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)
HAND_OVER = {"x-sent-by", "x-accel-redirect", "x-sendfile"}


def offering(content: Content, *delegates: Delegate, **fields: Any) -> Any:
    """Return a view that offers *content* to *delegates*."""

    @delegated_to(*delegates)
    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, content, **fields)

    return view


def is_handed_over(answer: Answer) -> bool:
    """Tell whether *answer* tells a server to send something."""
    return bool(HAND_OVER & {name.lower() for name, _ in answer.fields})


# What is paid


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """Have two files."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_bytes(b"text")
    (tmp_path / "sub/b.txt").write_bytes(b"text")
    return tmp_path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the names of the system calls about files that are made from here on."""
    return counted_calls(monkeypatch)


@pytest.mark.parametrize(
    ("path", "looks"), [("a.txt", ["lstat"]), ("sub/b.txt", ["lstat", "lstat"])], ids=["near", "deeper"]
)
@pytest.mark.parametrize("kind", [Nginx, Caddy])
def test_a_local_file_is_looked_at_and_not_opened(
    media: Path, calls: list[str], kind: Any, path: str, looks: list[str]
) -> None:
    """One lstat for each segment, to see that no link leaves the root, is all that a file costs that nginx sends."""
    view = download_view(LocalSource(media), delegates=[kind({media: "/p"})])
    view(RequestFactory().get("/"), path=path)  # the types of files are read once
    calls.clear()
    response = view(RequestFactory().get("/"), path=path)
    assert calls == looks
    assert response.headers["X-Accel-Redirect"] == f"/p/{path}"


@pytest.mark.parametrize(
    "named",
    [
        lambda media: media / "a.txt",
        lambda media: StorageFile(FileSystemStorage(media), "a.txt"),
        lambda media: StoredContent(FileSystemStorage(media), "a.txt"),
        lambda media: FieldFile(Document(), FileField(storage=FileSystemStorage(media)), "a.txt"),
    ],
    ids=["path", "file of a storage", "content of a storage", "field of a row"],
)
def test_whatever_is_downloaded_is_not_opened(media: Path, calls: list[str], named: Any) -> None:
    """All that ``download()`` takes by its name costs the same one look."""

    @delegated_to(Nginx({media: "/p"}))
    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, thing)

    thing = named(media)
    view(RequestFactory().get("/"))
    calls.clear()
    assert view(RequestFactory().get("/")).headers["X-Accel-Redirect"] == "/p/a.txt"
    assert calls == ["lstat"]


@pytest.mark.parametrize("kind", [Apache, Lighttpd])
def test_a_local_file_is_described_for_who_keeps_our_validators(
    media: Path, calls: list[str], kind: Any
) -> None:
    """One look more makes the validators that Apache passes on; the file is not opened."""
    view = download_view(LocalSource(media), delegates=[kind([media])])
    view(RequestFactory().get("/"), path="a.txt")
    calls.clear()
    response = view(RequestFactory().get("/"), path="a.txt")
    assert calls == ["lstat", "lstat"]
    assert response.headers["X-Sendfile"] == f"{media}/a.txt"


def test_an_origin_is_not_asked() -> None:
    """What nginx fetches, Django does not: no request, and no connection."""
    with serving({"/a.txt": Page(body=b"text", etag='"v1"')}) as origin:
        content = HttpContent(f"{origin.url}/a.txt", trusted_origins=[origin.url])
        view = offering(content, Nginx({origin.url: "/remote/"}))
        answer = wsgi(view, fields={"If-None-Match": '"v1"', "Range": "bytes=0-1"})
        assert (origin.seen, origin.connections) == ([], 0)
    assert answer.field("X-Accel-Redirect") == "/remote/a.txt"


@pytest.fixture
def archive() -> Any:
    """Have a storage that only others see, which counts what it is asked for."""
    described = {"BACKEND": "tests.django_ui.senders.Archive"}
    with override_settings(STORAGES={"archive": described}):
        yield storages["archive"]


@pytest.mark.parametrize("delegate", [Nginx({"archive": "/p"}), Caddy({"archive": "/p"})])
def test_a_storage_is_not_asked(archive: Archive, delegate: Delegate) -> None:
    """A file of a mapped storage costs no call of the storage, not even whether it exists."""
    view = download_view(StorageSource(archive), delegates=[delegate])
    response = view(RequestFactory().get("/"), path="a b.txt")
    assert response.headers["X-Accel-Redirect"] in {"/p/a%20b.txt", "/p/a b.txt"}
    assert not archive.calls


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        pytest.param(None, {"size": 1, "get_modified_time": 1}, id="nothing known"),
        pytest.param(Resource(size=4, last_modified=MOMENT), {}, id="size and date in the row"),
        pytest.param(Resource(size=4, entity_tag=EntityTag("v1")), {}, id="size and tag in the row"),
        pytest.param(Resource(entity_tag=EntityTag("v1")), {}, id="tag in the row"),
    ],
)
def test_a_storage_is_described_at_most(
    archive: Archive, facts: Resource | None, calls: Mapping[str, int]
) -> None:
    """For who keeps our validators, a storage is asked for these, unless the row has them; nothing is opened."""
    archive.files["a.txt"] = b"text"
    answer = wsgi(offering(StoredContent(archive, "a.txt", facts), Apache({"archive": "/srv"})))
    assert dict(archive.calls) == calls
    assert answer.field("X-Sendfile") == "/srv/a.txt"
    assert answer.field("ETag") is not None


def signed(store: Any, name: str, overrides: ResponseOverrides, method: str, lifetime: timedelta) -> str:
    """Sign a link in the way of no store."""
    return f"https://bucket.example/{name}?for={method}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_redirection_costs_no_call(archive: Archive, method: str) -> None:
    """A link is signed here, so that the store hears only of who follows it."""
    signs_with(Archive, signed)
    try:
        view = download_view(StorageSource(archive), delegates=[PresignedRedirect()])
        answer = wsgi(lambda request: view(request, path="a.txt"), method=method)
    finally:
        signs_with(Archive, None)
    assert (answer.status, answer.field("Location")) == (302, f"https://bucket.example/a.txt?for={method}")
    assert not archive.calls
    # What describes the file is the store's to say.
    told = {"Location", "Cache-Control", "Content-Length", "X-Content-Type-Options"}
    assert {name for name, _ in answer.fields} == told


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_content_is_not_touched_and_closed(ask: Ask, method: str) -> None:
    """What somebody else sends is neither described nor opened, and closed at once."""
    content = Elsewhere()
    answer = ask(offering(content, Sender()), method=method)
    assert (answer.status, answer.body, answer.field("X-Sent-By")) == (200, b"", "sender")
    assert content.steps == ["close"]


# What goes out


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_sent_to_a_server_with_its_own_validators(ask: Ask, method: str) -> None:
    """Name, type and caching are ours; what speaks of bytes and versions is the sender's."""
    answer = ask(offering(Elsewhere(), Sender(), attachment=False, content_type="image/png"), method=method)
    assert dict(answer.fields) == {
        "Content-Type": "image/png",
        "Content-Disposition": 'inline; filename="data.bin"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "X-Sent-By": "sender",
    }


@EVERY_HANDLER
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_sent_to_a_server_that_keeps_ours(ask: Ask, method: str) -> None:
    """The same with our validators, which this one compares."""
    content = Elsewhere(last_modified=MOMENT)
    answer = ask(offering(content, Sender(keeps=True)), method=method)
    assert dict(answer.fields) == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="data.bin"',
        "ETag": '"v1"',
        "Last-Modified": DAY,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "X-Sent-By": "sender",
    }
    assert content.steps == ["describe", "close"]


def test_a_digest_is_told_of_what_is_sent_and_not_of_a_redirection() -> None:
    """A digest is that of the file, which a redirection is not."""

    class Digested(Elsewhere):
        def known(self) -> Resource:
            return Resource(name="a.txt", digests=(("sha-256", bytes(32)),))

    redirect = Sender(answers=Plan(302, (("Location", "https://h/"),)))
    assert wsgi(offering(Digested(), Sender())).field("Repr-Digest") is not None
    assert wsgi(offering(Digested(), redirect)).field("Repr-Digest") is None


ASKED: list[Any] = [
    pytest.param({}, 200, id="plain"),
    pytest.param({"If-None-Match": '"v1"'}, 304, id="the same tag"),
    pytest.param({"If-None-Match": '"v2"'}, 200, id="another tag"),
    pytest.param({"If-None-Match": "*"}, 304, id="any tag"),
    pytest.param({"If-Match": '"v1"'}, 200, id="if the same"),
    pytest.param({"If-Match": '"v2"'}, 412, id="if another"),
    pytest.param({"If-Modified-Since": DAY}, 304, id="since the date"),
    pytest.param({"If-Modified-Since": "Wed, 28 Feb 2024 12:00:00 GMT"}, 200, id="since before"),
    pytest.param({"If-Unmodified-Since": "Wed, 28 Feb 2024 12:00:00 GMT"}, 412, id="unless since before"),
    pytest.param({"Range": "bytes=0-1"}, 200, id="a range"),
    pytest.param({"Range": "bytes=0-1,5-6"}, 200, id="ranges"),
    pytest.param({"Range": "bytes=99999999-"}, 200, id="a range that is not there"),
    pytest.param({"Range": "bytes=0-1", "If-Range": '"v1"'}, 200, id="a range of this"),
    pytest.param({"Range": "bytes=0-1", "If-Range": '"v2"'}, 200, id="a range of another"),
    pytest.param({"Range": "bytes=0-1", "If-None-Match": '"v1"'}, 304, id="a range unless the same"),
]


@EVERY_HANDLER
@pytest.mark.parametrize("middleware", [[], [CONDITIONAL]], ids=["alone", "behind ConditionalGetMiddleware"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("fields", "kept"), ASKED)
def test_conditions_are_for_who_has_told_the_validators(
    ask: Ask, middleware: list[str], method: str, fields: dict[str, str], kept: int
) -> None:
    """A sender with its own validators answers all conditions; for one that keeps ours, we do, and never ranges."""
    own = ask(offering(Elsewhere(), Sender()), method=method, fields=fields, middleware=middleware)
    assert (own.status, own.field("X-Sent-By")) == (200, "sender")
    assert {name for name, _ in own.fields}.isdisjoint(
        {"ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Content-Length"}
    )
    content = Elsewhere(last_modified=MOMENT)
    ours = ask(offering(content, Sender(keeps=True)), method=method, fields=fields, middleware=middleware)
    assert ours.status == kept
    assert ours.field("X-Sent-By") == ("sender" if kept == 200 else None)
    assert ours.field("Content-Range") is None
    assert ours.body == b""
    assert content.steps == ["describe", "close"]


@pytest.mark.parametrize(
    "fields",
    [
        {"If-None-Match": '"v1"'},
        {"If-Match": '"other"'},
        {"If-Modified-Since": DAY},
        {"If-Unmodified-Since": DAY},
        {"Range": "bytes=0-4"},
        {"If-Range": '"v1"'},
    ],
    ids=lambda fields: next(iter(fields)),
)
@pytest.mark.parametrize("by_hand", [False, True], ids=["download()", "by hand"])
def test_a_post_with_conditions_or_ranges_is_not_offered(fields: dict[str, str], by_hand: bool) -> None:
    """They mean nothing in a POST, but the server in front would apply them to what it sends."""
    sender = Sender()

    @delegated_to(sender)
    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(Elsewhere()) if by_hand else download(request, Elsewhere())

    answer = wsgi(view, method="POST", fields=fields)
    assert (answer.status, answer.body, sender.offers) == (200, LARGE, [])
    assert wsgi(view, method="POST").field("X-Sent-By") == "sender"


@pytest.mark.parametrize("keeps", [False, True])
def test_what_the_site_has_settled_is_not_offered(keeps: bool) -> None:
    """A 304 that the view itself has decided is nobody else's."""
    sender = Sender(keeps=keeps)
    view = offering(Elsewhere(), sender, not_modified=True)
    answer = wsgi(view, fields={"If-Modified-Since": DAY})
    assert (answer.status, is_handed_over(answer), sender.offers) == (304, False, [])
    assert wsgi(view).field("X-Sent-By") == "sender"


@pytest.mark.parametrize(("modified", "status"), [(False, 304), (True, 200)])
def test_the_hook_of_a_view_is_asked_first(media: Path, modified: bool, status: int) -> None:
    """A view that says "not modified" answers so under every delegate; one that says otherwise hands over."""

    class Asked(PathDownloadView):
        path = str(media / "a.txt")

        def was_modified_since(self, file_instance: Any, since: str) -> bool:
            assert since == DAY
            return modified

    view = delegated_to(Nginx({media: "/p"}))(Asked.as_view())
    answer = wsgi(view, fields={"If-Modified-Since": DAY})
    assert (answer.status, is_handed_over(answer)) == (status, status == 200)


def test_without_validators() -> None:
    """A policy without validators hands over to who has its own, and still asks nobody for a tag."""
    content = Elsewhere()
    answer = wsgi(offering(content, Sender(), validators=False), fields={"If-None-Match": '"v1"'})
    assert (answer.status, answer.field("X-Sent-By"), answer.field("ETag")) == (200, "sender", None)
    assert content.steps == ["close"]


@pytest.mark.parametrize("kind", [Apache, Lighttpd])
def test_who_would_make_up_a_tag_is_not_left_without(
    media: Path, kind: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Apache gives every file the same tag unless it is told one, so that a changed file would be a 304."""
    said.clear()
    view = offering(LocalSource(media).open("a.txt"), kind([media]), validators=False)
    for _ in range(2):
        answer = wsgi(view)
        assert (answer.status, answer.body, is_handed_over(answer)) == (200, b"text", False)
    assert caplog.text.count("a file without an ETag of ours") == 1


def test_a_date_makes_a_tag_for_who_keeps_ours() -> None:
    """Where there is a date and a size, these are the tag, and they are compared."""
    facts: dict[str, Any] = {"entity_tag": None, "last_modified": MOMENT}
    sender = Sender(keeps=True)
    tag = wsgi(offering(Elsewhere(**facts), sender)).field("ETag") or ""
    assert tag.startswith('W/"')
    answer = wsgi(offering(Elsewhere(**facts), sender), fields={"If-None-Match": tag})
    assert (answer.status, is_handed_over(answer)) == (304, False)
    other = wsgi(offering(Elsewhere(b"other", **facts), sender)).field("ETag")
    assert other != tag


def test_a_coding_that_only_a_look_shows() -> None:
    """A coding would not reach the client through who keeps our validators either."""
    content = Elsewhere(content_encoding="gzip")
    answer = wsgi(offering(content, Sender(keeps=True)))
    assert (answer.field("Content-Encoding"), is_handed_over(answer)) == ("gzip", False)
    assert answer.body == LARGE
    assert content.closed


# What is not handed over


EVERY_SERVER: list[Any] = [
    pytest.param(lambda media: Nginx({media: "/p"}), id="nginx"),
    pytest.param(lambda media: Apache([media]), id="Apache"),
    pytest.param(lambda media: Lighttpd([media]), id="lighttpd"),
    pytest.param(lambda media: Caddy({media: "/p"}), id="Caddy"),
    pytest.param(lambda media: PresignedRedirect(), id="redirection"),
]


@EVERY_HANDLER
@pytest.mark.parametrize("make", EVERY_SERVER)
@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(lambda: LARGE, id="bytes"),
        pytest.param(lambda: iter([LARGE]), id="generated"),
        pytest.param(lambda: MemorySource({"a": LARGE}).open("a"), id="memory"),
    ],
)
def test_what_lives_in_memory_is_streamed(ask: Ask, make: Any, thing: Any, media: Path) -> None:
    """What exists only here is streamed under every delegate, in full and in order."""

    @delegated_to(make(media))
    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, thing())

    answer = ask(view)
    assert (answer.status, answer.body, is_handed_over(answer)) == (200, LARGE, False)


@pytest.mark.parametrize("make", EVERY_SERVER)
@pytest.mark.parametrize(
    ("path", "status"), [("none.txt", 404), ("../a.txt", 404), ("sub", 404), ("a.txt/b", 404), ("a\0", 404)]
)
def test_a_404_is_not_handed_over(media: Path, make: Any, path: str, status: int) -> None:
    """What is not there is a 404 of ours, without a field that would make a server send something."""
    view = download_view(LocalSource(media), delegates=[make(media)])
    answer = wsgi(lambda request: view(request, path=path))
    assert (answer.status, is_handed_over(answer)) == (status, False)


def test_a_link_that_leaves_is_not_handed_over(media: Path) -> None:
    """A link that leaves the root of the source is a 404, although the server could send what it leads to."""
    (media / "sub/up.txt").symlink_to("../a.txt")
    view = download_view(LocalSource(media / "sub"), delegates=[Nginx({media: "/p"})])
    answer = wsgi(lambda request: view(request, path="up.txt"))
    assert (answer.status, is_handed_over(answer)) == (404, False)


@EVERY_HANDLER
def test_who_is_refused_gets_no_field(ask: Ask, media: Path) -> None:
    """A 403 is decided before anybody is asked."""
    sender = Sender()
    view = download_view(MemorySource({}), delegates=[sender], authorize=lambda request, key: False)
    answer = ask(lambda request: view(request, path="a.txt"))
    assert (answer.status, is_handed_over(answer), sender.offers) == (403, False, [])


@pytest.mark.parametrize(
    ("status", "sent"), [(403, False), (404, False), (206, False), (304, False), (200, True)]
)
@EVERY_HANDLER
def test_a_status_that_is_changed_later(ask: Ask, status: int, sent: bool) -> None:
    """Servers would send the file with a 403, too, so the field goes with the status it was meant for."""

    def view(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = offering(Elsewhere(), Sender())(request)
        assert isinstance(response, ProxiedDownloadResponse)
        response.status_code = status
        return response

    answer = ask(view)
    assert (answer.status, is_handed_over(answer)) == (status, sent)


def test_a_redirection_that_is_changed_later() -> None:
    """A link to the file goes with its status, too."""

    def view(request: HttpRequest) -> HttpResponseBase:
        redirect = Sender(answers=Plan(302, (("Location", "https://h/secret"),)))
        response: HttpResponseBase = offering(Elsewhere(), redirect)(request)
        response.status_code = 403
        return response

    assert wsgi(view).field("Location") is None


# Delegates that fail


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(RuntimeError("broken"), id="raises"),
        pytest.param({"X-Sent-By": "sender"}, id="no plan"),
        pytest.param(True, id="a truth"),
        pytest.param(Plan(200, (("X-Sent-By", "a\r\nX-Other: b"),)), id="a line break"),
        pytest.param(Plan(200, (("X-Sent-By", "/日本語.txt"),)), id="what Django would spell otherwise"),
    ],
)
@EVERY_HANDLER
def test_a_delegate_that_fails_costs_no_download(
    ask: Ask, answers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What a delegate gets wrong is logged, and the next one asked, or the file streamed."""
    content = Elsewhere()
    answer = ask(offering(content, Sender("broken", answers=answers)))
    assert (answer.status, answer.body) == (200, LARGE)
    assert content.closed
    (record,) = (one for one in caplog.records if one.name == "downloadable")
    assert (record.levelname, record.getMessage()) == (
        "ERROR",
        "The delegate Sender('broken') failed; Django sends the file.",
    )
    assert record.exc_info is not None
    second = ask(offering(Elsewhere(), Sender("broken", answers=answers), Sender("second")))
    assert second.field("X-Sent-By") == "second"


def test_what_django_sends_as_it_is() -> None:
    """Bytes of a name that stand in a field as latin-1 are no mistake of a delegate."""
    name = "/日本語.txt".encode().decode("latin-1")
    told = Sender(answers=Plan(200, (("X-Sent-By", name),)))
    assert wsgi(offering(Elsewhere(), told)).field("X-Sent-By") == name


@pytest.mark.parametrize("name", ["X-Sent-By", "Content-Type"])
def test_nothing_is_smuggled_into_a_response_built_by_hand(name: str) -> None:
    """A line break in a field is refused, as Django refuses it, whether it is for the server or for the client."""
    fields = {"X-Sent-By": "a", "Content-Type": "text/plain", name: "a\r\nX-Other: b"}
    own = Plan(200, (("X-Sent-By", "a"),))
    with pytest.raises(ValueError, match="newlines"):
        ProxiedDownloadResponse(Plan(200, tuple(fields.items())), own)


@pytest.mark.parametrize(
    ("delegate", "environ", "warned"),
    [
        pytest.param(Sender(), {"SERVER_SOFTWARE": "WSGIServer/0.2"}, 1, id="runserver"),
        pytest.param(
            Sender(),
            {"SERVER_SOFTWARE": "WSGIServer/0.2", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
            0,
            id="runserver behind nginx",
        ),
        pytest.param(
            Sender(),
            {"SERVER_SOFTWARE": "WSGIServer/0.2", "HTTP_X_FORWARDED_PROTO": "http"},
            0,
            id="runserver behind Apache",
        ),
        pytest.param(Sender(), {"SERVER_SOFTWARE": "gunicorn/23.0"}, 0, id="gunicorn"),
        pytest.param(
            Sender(answers=Plan(302, (("Location", "https://store.example/a"),))),
            {"SERVER_SOFTWARE": "WSGIServer/0.2"},
            0,
            id="redirection",
        ),
    ],
)
def test_nobody_is_in_front(
    delegate: Delegate, environ: dict[str, Any], warned: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Who asks Django's server for development itself gets no bytes: the log says why, once."""
    said.clear()
    view = offering(Elsewhere(), delegate)
    for _ in range(2):
        assert view(RequestFactory(**environ).get("/")).content == b""
    assert caplog.text.count("leaves a file to a server in front") == warned


def test_a_delegate_that_declines(caplog: pytest.LogCaptureFixture) -> None:
    """The first delegate that can sends; the others are not asked."""
    first, second, third = Sender("first", answers=None), Sender("second"), Sender("third")
    assert wsgi(offering(Elsewhere(), first, second, third)).field("X-Sent-By") == "second"
    assert (len(first.offers), len(third.offers)) == (1, 0)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


# Who is asked: the nearest announcement


class Colours:
    """Views of every kind, each of which serves what *make* makes."""

    def __init__(self, make: Callable[[], Content]) -> None:
        self.make = make

    def function(self) -> Any:
        def view(request: HttpRequest) -> HttpResponseBase:
            return download(request, self.make())

        return view

    def coroutine(self) -> Any:
        async def view(request: HttpRequest) -> HttpResponseBase:
            return await adownload(request, self.make())

        return view

    def class_based(self) -> Any:
        make = self.make

        class Serving(View):
            def get(self, request: HttpRequest) -> HttpResponseBase:
                return download(request, make())

        return Serving

    def async_class_based(self) -> Any:
        make = self.make

        class Serving(View):
            async def get(self, request: HttpRequest) -> HttpResponseBase:
                return await adownload(request, make())

        return Serving


DECORATED: list[Any] = [
    pytest.param("function", lambda view, to: to(view), id="function"),
    pytest.param("coroutine", lambda view, to: to(view), id="coroutine function"),
    pytest.param("class_based", lambda view, to: to(view).as_view(), id="class"),
    pytest.param("class_based", lambda view, to: to(view.as_view()), id="as_view()"),
    pytest.param(
        "class_based", lambda view, to: method_decorator(to, name="dispatch")(view).as_view(), id="dispatch"
    ),
    pytest.param(
        "class_based", lambda view, to: method_decorator(to, name="get")(view).as_view(), id="method"
    ),
    pytest.param("async_class_based", lambda view, to: to(view).as_view(), id="async class"),
    pytest.param("async_class_based", lambda view, to: to(view.as_view()), id="async as_view()"),
    pytest.param(
        "async_class_based",
        lambda view, to: method_decorator(to, name="dispatch")(view).as_view(),
        id="async dispatch",
    ),
    pytest.param(
        "async_class_based",
        lambda view, to: method_decorator(to, name="get")(view).as_view(),
        id="async method",
    ),
]


@EVERY_HANDLER
@pytest.mark.parametrize(("kind", "decorate"), DECORATED)
def test_a_decorator_announces_for_every_kind_of_view(ask: Ask, kind: str, decorate: Any) -> None:
    """Whatever is decorated, its downloads are offered, and it stays of its colour."""
    content = Elsewhere()
    view = getattr(Colours(lambda: content), kind)()
    decorated = decorate(view, delegated_to(Sender()))
    assert iscoroutinefunction(decorated) == (kind in {"coroutine", "async_class_based"})
    answer = ask(decorated)
    assert (answer.status, answer.field("X-Sent-By")) == (200, "sender")
    assert content.steps == ["close"]


@EVERY_HANDLER
@pytest.mark.parametrize(("kind", "decorate"), DECORATED)
def test_a_decorator_without_delegates_turns_it_off(ask: Ask, kind: str, decorate: Any) -> None:
    """The nearest announcement counts, also if it is of nobody."""
    view = decorate(getattr(Colours(Elsewhere), kind)(), delegated_to())
    answer = ask(delegated_to(Sender())(view))
    assert (answer.status, answer.body, is_handed_over(answer)) == (200, LARGE, False)


@EVERY_HANDLER
@pytest.mark.parametrize("colour", ["function", "coroutine"])
def test_a_decorator_is_over_at_the_end_of_its_view(ask: Ask, colour: str) -> None:
    """A view that calls another, decorated one has its own delegates again, whatever came of that."""
    inner = delegated_to(Sender("inner"))(Colours(Elsewhere).function())

    def failing(request: HttpRequest) -> HttpResponseBase:
        raise ZeroDivisionError

    def outer(request: HttpRequest) -> HttpResponseBase:
        assert inner(request).headers["X-Sent-By"] == "inner"
        with pytest.raises(ZeroDivisionError):
            delegated_to(Sender("failing"))(failing)(request)
        return download(request, Elsewhere())

    async def aouter(request: HttpRequest) -> HttpResponseBase:
        assert inner(request).headers["X-Sent-By"] == "inner"
        return await adownload(request, Elsewhere())

    view = delegated_to(Sender("outer"))(outer if colour == "function" else aouter)
    assert ask(view).field("X-Sent-By") == "outer"


def test_nobody_is_announced_before_and_after() -> None:
    """A request that nobody has announced anybody to has no delegates, whatever its fields say."""
    request = RequestFactory().get(
        "/?_downloadable_delegates=1",
        headers={"X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": "/=/"},
    )
    assert announced(request) == ()
    offering(Elsewhere(), Sender())(request)
    assert announced(request) == ()


@EVERY_HANDLER
def test_a_request_chooses_nothing(ask: Ask) -> None:
    """No field of a request turns handing over on, or says how."""
    answer = ask(
        Colours(Elsewhere).function(),
        fields={"X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": "/=/", "X-Sendfile": "/etc/passwd"},
    )
    assert (answer.body, is_handed_over(answer)) == (LARGE, False)


@EVERY_HANDLER
@pytest.mark.parametrize(
    ("delegates", "expected"),
    [
        pytest.param(None, "announced", id="left out"),
        pytest.param((), None, id="nobody"),
        pytest.param([Sender("own")], "own", id="own"),
    ],
)
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_factory_has_the_last_word(ask: Ask, delegates: Any, expected: str | None, colour: str) -> None:
    """The delegates of download_view() replace those that were announced."""

    class Source:
        def open(self, key: str) -> Content:
            return Elsewhere()

    class AsyncSource:
        async def open(self, key: str) -> Content:
            return Elsewhere()

    source: Any = Source() if colour == "sync" else AsyncSource()
    view = delegated_to(Sender("announced"))(download_view(source, delegates=delegates))
    answer = ask(view, "/a.txt", route="<path:path>")
    assert answer.field("X-Sent-By") == expected
    assert answer.body == (b"" if expected else LARGE)


class Wrapped:
    """A request within a request, as REST framework has them."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


@EVERY_HANDLER
def test_a_request_within_a_request(ask: Ask) -> None:
    """What is announced on a request is seen through a wrapper; on a wrapper, by whoever gets it."""

    @delegated_to(Sender("outside"))
    def outside(request: HttpRequest) -> HttpResponseBase:
        wrapped: Any = Wrapped(request)
        return download(wrapped, Elsewhere())

    @delegated_to(Sender("inside"))
    def inside(request: HttpRequest) -> HttpResponseBase:
        return download(request, Elsewhere())

    def wrapping(request: HttpRequest) -> HttpResponseBase:
        wrapped: Any = Wrapped(request)
        response: HttpResponseBase = inside(wrapped)
        return response

    assert ask(outside).field("X-Sent-By") == "outside"
    assert ask(delegated_to(Sender("outside"))(wrapping)).field("X-Sent-By") == "inside"


def test_the_views_of_the_library_hand_over(media: Path) -> None:
    """A class-based view offers its file before it looks at it."""
    view = delegated_to(Nginx({media: "/p"}))(PathDownloadView.as_view(path=str(media / "a.txt")))
    answer = wsgi(view)
    assert answer.field("X-Accel-Redirect") == "/p/a.txt"
    assert answer.field("Content-Disposition") == 'attachment; filename="a.txt"'


def test_a_virtual_file_is_streamed(media: Path) -> None:
    """A view whose file is made on the spot streams it."""

    class Made(VirtualDownloadView):
        def get_file(self) -> Any:
            return b"made"

    answer = wsgi(delegated_to(Nginx({media: "/p"}))(Made.as_view()))
    assert (answer.body, is_handed_over(answer)) == (b"made", False)


@pytest.mark.parametrize(
    "delegate",
    [Nginx, object(), "downloadable.adapters.delegates.Nginx", type("Half", (), {"hand_over": print})()],
)
def test_what_is_no_delegate(delegate: Any) -> None:
    """A class, a name and what cannot be asked are no delegates, and that is told at once."""
    for announce in (delegated_to, lambda one: download_view(MemorySource({}), delegates=[one])):
        with pytest.raises(TypeError, match="is not a delegate"):
            announce(delegate)


def test_a_decorated_view_keeps_its_name_and_marks() -> None:
    """A decorated view is what it was to whoever looks at it."""

    def view(request: HttpRequest) -> HttpResponse:
        """Serve."""
        return HttpResponse(b"page")

    view.csrf_exempt = True  # type: ignore[attr-defined]
    decorated: Any = delegated_to(Sender())(view)
    assert (decorated.__name__, decorated.__doc__, decorated.csrf_exempt) == ("view", "Serve.", True)
    assert wsgi(decorated).body == b"page"


def test_a_content_that_does_not_know_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong while a content looks for its places costs no download either."""

    class Lost(Elsewhere):
        def locations(self) -> Any:
            raise LookupError("lost")

    answer = wsgi(offering(Lost(), Nginx({"archive": "/p"})))
    assert (answer.status, answer.body) == (200, LARGE)
    assert "failed; Django sends the file" in caplog.text


def test_the_next_one_is_asked_when_a_look_shows_a_coding() -> None:
    """What turns out to have a coding is left to the next delegate, who gets to know it."""
    content, second = Elsewhere(content_encoding="gzip"), Sender("second")
    answer = wsgi(offering(content, Sender("first", keeps=True), second))
    assert answer.field("X-Sent-By") == "second"
    assert [offer.header("Content-Encoding") for offer in second.offers] == ["gzip"]
    assert content.closed
    nginx = Nginx({"archive": "/p"})
    assert wsgi(offering(Elsewhere(content_encoding="gzip"), Sender(keeps=True), nginx)).body == LARGE


def test_what_is_handed_over_can_be_changed_like_any_response() -> None:
    """Fields can be looked up, set, changed and removed in any case, as of every response of Django's."""
    response: Any = offering(Elsewhere(), Sender())(RequestFactory().get("/"))
    assert (response["content-type"], response.get("X-None")) == ("application/octet-stream", None)
    assert ("x-sent-by" in response, "X-None" in response) == (True, False)
    response["cache-control"] = "no-store"
    response.setdefault("X-Sent-By", "other")
    response.headers.setdefault("X-More", "1")
    del response["X-Content-Type-Options"]
    assert dict(response.items()) == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="data.bin"',
        "cache-control": "no-store",
        "X-Sent-By": "sender",
        "X-More": "1",
    }
    with pytest.raises(ValueError, match="newlines"):
        response["X-More"] = "a\nb"
    assert b"X-Sent-By: sender" in response.serialize_headers()
    assert pickle.loads(pickle.dumps(response)).headers["X-Sent-By"] == "sender"
