"""Private files in the admin: whoever may see a row gets its files from the admin's own view, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.admin import GenericTabularInline
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from downloadable import DownloadAdminMixin, DownloadInlineMixin, download
from downloadable.django_ui.testing import temporary_media_root
from tests.models import Document, Note, Page
from tests.object_store import object_store
from tests.storages import remote

pytestmark = pytest.mark.django_db

TEXT = b"%PDF-1.7 0123456789"
SHOWN = ("slug", "file", "remote_file")


# Django's classes take a parameter for type checkers only.
if TYPE_CHECKING:
    OfDocuments = admin.ModelAdmin[Document]
    OfPages = admin.TabularInline[Page, Document]
    PageFormSet = BaseInlineFormSet[Page, Document, Any]
else:
    OfDocuments = admin.ModelAdmin
    OfPages = admin.TabularInline
    PageFormSet = BaseInlineFormSet


class PageInline(DownloadInlineMixin, OfPages):
    model = Page
    fields = ("number", "scan", "picture")
    extra = 1


class DocumentAdmin(DownloadAdminMixin, OfDocuments):
    fields = SHOWN
    list_display = ("slug", "file", "remote_file")
    inlines = (PageInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).exclude(folder="hidden")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and (obj is None or obj.folder != "secret")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.folder != "secret")


class ReadOnlyAdmin(DownloadAdminMixin, OfDocuments):
    """With what projects override."""

    fields = ("slug", "file", "remote_file", "linked")
    list_display = ("linked",)
    download_fields = ("remote_file",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("file", "remote_file", "linked")

    @admin.display(description="A column of one's own")
    def linked(self, document: Document) -> str:
        return self.get_download_link(document, "remote_file")

    def download_file(self, request: HttpRequest, row: Any, field: str) -> Any:
        return download(request, getattr(row, field), basename="as the admin says.txt", attachment=False)


class PlainInline(OfPages):
    model = Page
    fields = ("scan",)


class NoteInline(DownloadInlineMixin, GenericTabularInline):
    model = Note
    fields = ("scan",)


class NotedAdmin(DownloadAdminMixin, OfDocuments):
    fields = ("slug",)
    inlines = (NoteInline,)


class SlugOnlyAdmin(DownloadAdminMixin, OfDocuments):
    fields = ("slug",)
    inlines = (PlainInline,)


class FirstPages(PageFormSet):
    """With an argument of the project's, and of all pages the first one."""

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(*args, **kwargs)

    def get_queryset(self) -> Any:
        return super().get_queryset()[: self.most]


class FirstPagesInline(PageInline):
    formset = FirstPages


class EditedAdmin(DownloadAdminMixin, OfDocuments):
    """With a list in which files are replaced, and pages that not everybody is shown."""

    fields = ("slug",)
    list_display = ("slug", "folder", "file", "remote_file")
    list_editable = ("folder", "remote_file")
    inlines = (FirstPagesInline,)

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj.folder == "closed" else super().get_formsets_with_inlines(request, obj)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> Any:
        options: Any = super().get_formset_kwargs(request, obj, inline, prefix)
        return {**options, "most": 1}


other_site = admin.AdminSite("other")
edited = admin.AdminSite("edited")
edited.register(Document, EditedAdmin)
slugs_only = admin.AdminSite("slugs")
bare = admin.AdminSite("bare")
here = admin.AdminSite("here")
here.register(Document, DocumentAdmin)
noted = admin.AdminSite("noted")
noted.register(Document, NotedAdmin)
other_site.register(Document, ReadOnlyAdmin)
slugs_only.register(Document, SlugOnlyAdmin)

urlpatterns = [
    path("here/", here.urls),
    path("other/", other_site.urls),
    path("slugs/", slugs_only.urls),
    path("noted/", noted.urls),
    path("edited/", edited.urls),
]

TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [Path(admin.__file__).parent / "templates"],  # and no error pages of other apps
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "downloadable.django_ui.middleware.DownloadMiddleware",
]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    """A project with three admin sites, one of whose storages has no URLs."""
    options = {"ROOT_URLCONF": __name__, "TEMPLATES": [TEMPLATES], "MIDDLEWARE": MIDDLEWARE}
    with (
        temporary_media_root(),
        remote.holding({"scans/one.pdf": TEXT, "scans/page.pdf": TEXT}),
        override_settings(**options, MEDIA_URL="/public/"),
    ):
        yield


@pytest.fixture
def document() -> Document:
    """One with a file on the disk and one in a storage without URLs."""
    file = ContentFile(TEXT, name="report.pdf")
    return Document.objects.create(slug="one", file=file, remote_file="scans/one.pdf")


@pytest.fixture
def page(document: Document) -> Page:
    """One of the document's."""
    return Page.objects.create(
        document=document, scan="scans/page.pdf", picture=ContentFile(b"GIF89a", name="p.gif")
    )


def client_of(*permissions: str, staff: bool = True, superuser: bool = False) -> Client:
    """Be the browser of a user with these permissions alone."""
    user = User.objects.create_user("user", is_staff=staff, is_superuser=superuser)
    for permission in permissions:
        kind = ContentType.objects.get_for_model(Page if permission.endswith("page") else Document)
        user.user_permissions.add(Permission.objects.get(codename=permission, content_type=kind))
    client = Client()
    client.force_login(user)
    return client


def links_of(page: str) -> dict[str, str]:
    """Return what the links to downloads on a page say, by where they lead."""
    return dict(re.findall(r'<a href="([^"]*/download/[^"]*)">([^<]*)</a>', page.replace("\xa0", " ")))


def changed(client: Client, document: Document, site: str = "here") -> str:
    """Return the page on which a document is changed, or looked at."""
    response = client.get(f"/{site}/tests/document/{document.pk}/change/")
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    "permissions",
    [
        pytest.param(["change_document", "change_page"], id="may change it"),
        pytest.param(["view_document", "view_page"], id="may only see it"),
        pytest.param(["view_document", "change_page"], id="may change what is not to be changed there"),
        pytest.param(["change_document", "view_page"], id="may change it, but not its pages"),
    ],
)
def test_form_links_to_files(document: Document, page: Page, permissions: list[str]) -> None:
    """Each file is shown with its name and size and a link that downloads it, whether or not it may be changed."""
    client = client_of(*permissions)
    text = changed(client, document)
    here = f"/here/tests/document/{document.pk}/download"
    assert links_of(text) == {
        f"{here}/file/": "report.pdf (19 bytes)",
        f"{here}/remote_file/": "one.pdf (19 bytes)",
        f"{here}/tests.page/{page.pk}/scan/": "page.pdf (19 bytes)",
        f"{here}/tests.page/{page.pk}/picture/": "p.gif (6 bytes)",
    }
    assert "/public/" not in text
    for target in links_of(text):
        response = client.get(target)
        assert response.getvalue() in (TEXT, b"GIF89a")
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Content-Disposition"].startswith("attachment")


def test_storage_is_asked_for_the_size_once(document: Document) -> None:
    """The form asks the storage one question for each file, and the list none."""
    client = client_of("change_document")
    remote.calls.clear()
    changed(client, document)
    assert remote.calls == {"size": 1}
    client.get("/here/tests/document/")
    assert remote.calls == {"size": 1}


def test_list_links_to_files(document: Document) -> None:
    """A column of a file links to its download, without asking for a size."""
    client = client_of("view_document")
    text = client.get("/here/tests/document/").text
    here = f"/here/tests/document/{document.pk}/download"
    assert links_of(text) == {f"{here}/file/": "report.pdf", f"{here}/remote_file/": "one.pdf"}
    assert "/public/" not in text


def test_row_of_the_list_may_be_saved(document: Document) -> None:
    """What is shown of a file is not what is stored of it, should a column save the row that it is given."""
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("ada")
    (row,) = DocumentAdmin(Document, here).get_changelist_instance(request).result_list
    assert row.remote_file.url.endswith("/download/remote_file/")
    row.save()
    assert Document.objects.get().remote_file.name == "scans/one.pdf"


def test_list_in_which_files_are_replaced(document: Document) -> None:
    """A list with forms links to the download, also where they are shown once more after an error."""
    client = client_of("change_document")
    here = f"/edited/tests/document/{document.pk}/download"
    links = {f"{here}/file/": "report.pdf", f"{here}/remote_file/": "one.pdf"}
    assert links_of(client.get("/edited/tests/document/").text) == links
    forms = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": document.pk, "_save": "Save"}
    refused = client.post("/edited/tests/document/", {**forms, "form-0-folder": "x" * 101})
    assert "at most 100 characters" in refused.text
    assert links_of(refused.text) == links
    saved = client.post("/edited/tests/document/", {**forms, "form-0-folder": "two"})
    assert saved.status_code == 302
    assert Document.objects.filter(folder="two", remote_file="scans/one.pdf").exists()


def test_inline_has_what_its_formset_shows(document: Document, page: Page) -> None:
    """What the admin says of its inlines and of their rows holds for files as it does for the form."""
    second = Page.objects.create(document=document, scan="scans/page.pdf")
    client = client_of(superuser=True)
    target = f"/edited/tests/document/{document.pk}/download/tests.page"
    assert set(links_of(changed(client, document, "edited"))) == {
        f"{target}/{page.pk}/scan/",
        f"{target}/{page.pk}/picture/",
    }
    assert client.get(f"{target}/{page.pk}/scan/").getvalue() == TEXT
    assert client.get(f"{target}/{second.pk}/scan/").status_code == 404
    Document.objects.update(folder="closed")
    assert client.get(f"{target}/{page.pk}/scan/").status_code == 404


def test_read_only_fields_and_columns_of_ones_own(document: Document) -> None:
    """What is read-only by a hook links as well; another site's links stay within it; download_file() has a say."""
    client = client_of("change_document")
    text = changed(client, document, "other")
    there = f"/other/tests/document/{document.pk}/download"
    assert links_of(text)[f"{there}/file/"] == "report.pdf (19 bytes)"
    assert text.count(f'"{there}/remote_file/"') == 2
    assert 'type="file"' not in text
    shown = client.get(f"{there}/remote_file/")
    assert shown["Content-Disposition"].startswith("inline")
    assert (
        "as%20the%20admin" in shown["Content-Disposition"] or "as the admin" in shown["Content-Disposition"]
    )
    assert links_of(client.get("/other/tests/document/").text) == {f"{there}/remote_file/": "one.pdf"}


def test_files_can_be_added_replaced_and_cleared(document: Document) -> None:
    """The forms work as ever: without a file, with a new one, with a ticked box, and once more after an error."""
    client = client_of("add_document", "change_document")
    pages = {f"page_set-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    new = client.get("/here/tests/document/add/").text
    assert (new.count('type="file"'), links_of(new)) == (2, {})
    added = client.post(
        "/here/tests/document/add/",
        {"slug": "two", "remote_file": ContentFile(b"new", name="two.txt"), **pages},
    )
    assert added.status_code == 302
    two = Document.objects.get(slug="two")
    assert remote.files[str(two.remote_file.name)] == b"new"
    assert not two.file

    target = f"/here/tests/document/{document.pk}/change/"
    refused = client.post(target, {"slug": "", "file": ContentFile(b"newer", name="newer.txt"), **pages})
    assert refused.status_code == 200
    assert "This field is required." in refused.text
    assert list(links_of(refused.text).values()) == ["report.pdf (19 bytes)", "one.pdf (19 bytes)"]

    assert client.post(target, {"slug": "one", "remote_file-clear": "on", **pages}).status_code == 302
    document.refresh_from_db()
    assert not document.remote_file
    assert document.file
    assert list(links_of(changed(client, document)).values()) == ["report.pdf (19 bytes)"]


@pytest.mark.parametrize(
    ("permissions", "options", "status"),
    [
        pytest.param(["view_document"], {}, 200, id="may see it"),
        pytest.param(["change_document"], {}, 200, id="may change it"),
        pytest.param([], {"superuser": True}, 200, id="may do everything"),
        pytest.param([], {}, 403, id="may not see it"),
        pytest.param(["add_document", "delete_document"], {}, 403, id="may do anything but see it"),
        pytest.param(["view_document"], {"staff": False}, 302, id="may not enter the admin"),
    ],
)
def test_view_asks_for_permission(
    document: Document, permissions: list[str], options: dict[str, Any], status: int
) -> None:
    """Who may not see the row gets no file of it, and does not learn whether there is one."""
    client = client_of(*permissions, **options)
    for pk, expected in ((document.pk, status), (document.pk + 1, 404 if status == 200 else status)):
        response = client.get(f"/here/tests/document/{pk}/download/remote_file/")
        assert response.status_code == expected
        if status != 200:
            assert b"%PDF" not in response.content
            assert remote.calls["open"] == 0
    assert Client().get(f"/here/tests/document/{document.pk}/download/file/").status_code == 302


@pytest.mark.parametrize(("folder", "status"), [("", 200), ("secret", 403), ("hidden", 404)])
def test_row_decides(document: Document, page: Page, folder: str, status: int) -> None:
    """The permission is for that row, which must be one of those that the admin shows; the same for its inlines."""
    Document.objects.update(folder=folder)
    client = client_of("view_document", "view_page")
    here = f"/here/tests/document/{document.pk}/download"
    for target in (f"{here}/file/", f"{here}/tests.page/{page.pk}/scan/"):
        assert client.get(target).status_code == status


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("here/tests/document/{pk}/download/slug/", id="a field that is no file's"),
        pytest.param("here/tests/document/{pk}/download/pk/", id="no field"),
        pytest.param("here/tests/document/{pk}/download/delete/", id="a method"),
        pytest.param("here/tests/document/{pk}/download/page_set/", id="a relation"),
        pytest.param("slugs/tests/document/{pk}/download/file/", id="a file that the admin does not show"),
        pytest.param("here/tests/document/x/download/file/", id="no key"),
        pytest.param("here/tests/document/{pk}/download/tests.page/{page}/number/", id="no file of a page"),
        pytest.param("here/tests/document/{pk}/download/tests.page/999/scan/", id="no page"),
        pytest.param("here/tests/document/{pk}/download/tests.page/x/scan/", id="no key of a page"),
        pytest.param("here/tests/document/{other}/download/tests.page/{page}/scan/", id="another's page"),
        pytest.param("here/tests/document/{pk}/download/tests.document/{pk}/file/", id="no inline"),
        pytest.param("other/tests/document/{pk}/download/tests.page/{page}/scan/", id="inline of elsewhere"),
        pytest.param("here/tests/document/{other}/download/file/", id="an empty field"),
    ],
)
def test_nothing_else_has_a_download(document: Document, page: Page, target: str) -> None:
    """Only file fields that the admin shows are downloaded; all else is not there."""
    other = Document.objects.create(slug="other")
    client = client_of(superuser=True)
    assert client.get(f"/{target.format(pk=document.pk, page=page.pk, other=other.pk)}").status_code == 404


def test_inline_has_permissions_of_its_own(document: Document, page: Page) -> None:
    """Who may see the row, but not what is in the inline, gets no file of that."""
    client = client_of("view_document", "add_page")
    target = f"/here/tests/document/{document.pk}/download/tests.page/{page.pk}/scan/"
    assert client.get(target).status_code == 404
    assert target not in changed(client, document)


def test_inline_of_what_is_pinned_to_anything(document: Document) -> None:
    """A generic inline has downloads, too, each below the row that it is about."""
    other = Document.objects.create(slug="other")
    note = Note.objects.create(about=document, scan="scans/page.pdf")
    client = client_of(superuser=True)
    target = f"/noted/tests/document/{document.pk}/download/tests.note/{note.pk}/scan/"
    assert links_of(changed(client, document, "noted")) == {target: "page.pdf (19 bytes)"}
    assert client.get(target).getvalue() == TEXT
    assert client.get(target.replace(f"/{document.pk}/", f"/{other.pk}/", 1)).status_code == 404


def test_view_is_a_download_like_any_other(document: Document) -> None:
    """Ranges, HEAD and conditions are answered, other methods are not, and a server in front may send the file."""
    client = client_of("view_document")
    target = f"/here/tests/document/{document.pk}/download/file/"
    part = client.get(target, headers={"Range": "bytes=9-11"})
    assert (part.status_code, part.getvalue()) == (206, b"012")
    assert client.head(target)["Content-Length"] == "19"
    assert client.get(target, headers={"If-None-Match": part["ETag"]}).status_code == 304
    assert client.post(target).status_code == 405
    nginx = {"BACKEND": "downloadable.Nginx", "OPTIONS": {"roots": {settings.MEDIA_ROOT: "/protected/"}}}
    with override_settings(DOWNLOADABLE={"DELEGATES": [nginx]}):
        assert client.get(target)["X-Accel-Redirect"] == f"/protected/{document.file.name}"


def test_file_that_is_gone_is_still_named(document: Document, caplog: pytest.LogCaptureFixture) -> None:
    """A storage that does not have the file costs the form its size, and nothing else."""
    del remote.files["scans/one.pdf"]
    text = changed(client_of("change_document"), document)
    assert links_of(text)[f"/here/tests/document/{document.pk}/download/remote_file/"] == "one.pdf"
    assert "The size of 'scans/one.pdf' is not shown" in caplog.text


def test_storage_in_memory(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files are kept is all the same."""
    storage = InMemoryStorage()
    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", storage)
    Document.objects.get().remote_file.save("kept.txt", ContentFile(b"kept"))
    client = client_of("change_document")
    target = f"/here/tests/document/{document.pk}/download/remote_file/"
    assert links_of(changed(client, document))[target] == "kept.txt (4 bytes)"
    assert client.get(target).getvalue() == b"kept"


def test_bucket(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private bucket is asked for the size once by the form, not at all by the list, and its links are not shown."""
    with object_store() as store:
        monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", store.storage())
        store.put("scans/one.pdf", TEXT)
        client = client_of("change_document")
        target = f"/here/tests/document/{document.pk}/download/remote_file/"
        text = changed(client, document)
        assert links_of(text)[target] == "one.pdf (19 bytes)"
        assert store.seen == ["HEAD /files/scans/one.pdf"]
        assert links_of(client.get("/here/tests/document/").text)[target] == "one.pdf"
        assert store.seen == ["HEAD /files/scans/one.pdf"]
        assert client.get(target, headers={"Range": "bytes=9-11"}).getvalue() == b"012"
        assert store.url not in text


def test_names_are_escaped(document: Document) -> None:
    """A name is text, whatever it looks like."""
    name = "<script>alert(1)&.pdf"
    remote.files[name] = TEXT
    Document.objects.update(remote_file=name)
    client = client_of("change_document")
    for text in (changed(client, document), client.get("/here/tests/document/").text):
        assert "alert(1)" in text
        assert "<script>alert" not in text


def test_deferred_files_are_left_alone(document: Document, django_assert_num_queries: Any) -> None:
    """A list whose query leaves out the files asks for none of them."""
    one = Document.objects.defer("file", "remote_file").get()
    with django_assert_num_queries(0):
        DocumentAdmin(Document, here).link_files(one, shown=str)
    assert "file" in one.get_deferred_fields()


def test_inline_needs_a_parent_with_downloads() -> None:
    """An inline whose parent could not answer says so."""
    bare.register(Document, admin.ModelAdmin)
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    with pytest.raises(ImproperlyConfigured, match="is no DownloadAdminMixin"):
        PageInline(Document, bare).get_formset(request)


@pytest.mark.parametrize(
    ("mixin", "django"),
    [(DownloadAdminMixin, admin.ModelAdmin), (DownloadInlineMixin, admin.TabularInline)],
)
def test_mixin_behind_djangos_class_is_refused(mixin: type, django: type) -> None:
    """In that order, Django would link to the storages as if nothing had been said."""
    with pytest.raises(TypeError, match="Late has its mixin behind Django's class"):
        type("Late", (django, mixin), {})
    assert issubclass(type("Early", (mixin, django), {}), django)


class Mistaken(DownloadAdminMixin, OfDocuments):
    """With a field that is no file's, and one that nobody has."""

    download_fields = ("file", "slug", "flie")


class MistakenParent(OfDocuments):
    inlines = (PageInline,)


def test_checks_tell_of_mistakes() -> None:
    """What cannot work is an error of manage.py check; what can is none."""
    assert [one for one in DocumentAdmin(Document, here).check() if one.is_serious()] == []
    assert [(one.id, one.msg, one.hint) for one in Mistaken(Document, here).check()] == [
        (
            "downloadable.admin.E001",
            f"'download_fields' of Mistaken names {name!r}, which is no file field of its model.",
            "Write names of its file fields: file, remote_file.",
        )
        for name in ("slug", "flie")
    ]
    mistaken = admin.AdminSite("mistaken")
    mistaken.register(Document, MistakenParent)
    assert [(one.id, one.msg) for one in mistaken.get_model_admin(Document).check()] == [
        ("downloadable.admin.E002", "PageInline has downloads, but MistakenParent is no DownloadAdminMixin.")
    ]


def test_other_inlines_are_left_alone(document: Document, page: Page) -> None:
    """An inline without the mixin is shown as Django shows it, and has no downloads."""
    client = client_of("change_document", "change_page")
    remote.url = lambda name: f"/public/{name}"  # type: ignore[method-assign]  # a storage with URLs
    try:
        text = changed(client, document, "slugs")
    finally:
        del remote.url
    assert links_of(text) == {}
    assert "/public/scans/page.pdf" in text
    target = f"/slugs/tests/document/{document.pk}/download/tests.page/{page.pk}/scan/"
    assert client.get(target).status_code == 404


def test_link_to_nothing(document: Document) -> None:
    """A column of an empty field shows what stands for nothing."""
    of = DocumentAdmin(Document, here)
    assert of.get_download_link(Document(pk=7), "file") == "-"
    assert of.get_download_link(document, "file").endswith(">report.pdf</a>")
