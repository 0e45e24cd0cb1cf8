"""The library in Django's admin."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from demo.models import Document
from downloadable import DownloadAdminMixin, download

FACTS = ("place", "media_type", "size", "sha256", "crc32", "modified")


@admin.register(Document)
class DocumentAdmin(DownloadAdminMixin, admin.ModelAdmin):
    """Documents, to be looked at, given to others and deleted; new ones come by the upload page, which hashes them."""

    list_display = ("title", "owner", "access", "place", "media_type", "size", "file_link")
    list_filter = ("access", "place", "media_type")
    list_select_related = ("owner",)
    search_fields = ("title", "filename", "sha256")
    fields = ("title", "owner", "access", "readers", "file_link", *FACTS)
    readonly_fields = ("file_link", *FACTS)
    filter_horizontal = ("readers",)
    # The link leads there, also where a document is kept elsewhere than in this field.
    download_fields = ("file",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("file"))
    def file_link(self, document: Document) -> SafeString:
        """Link to the admin's own view, under the name that the file gets at the client."""
        return format_html('<a href="{}">{}</a>', self.get_download_url(document, "file"), document.filename)

    def download_file(self, request: HttpRequest, row: Document, field: str) -> HttpResponseBase:
        return download(request, row.content(), basename=row.filename, content_type=row.media_type)
