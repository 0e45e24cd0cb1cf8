"""The library in Django's admin."""

from django.contrib import admin
from django.http import HttpRequest

from demo.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    """Documents, to be looked at, given to others, and deleted; new ones come by the upload page, which hashes them."""

    list_display = ("title", "owner", "access", "place", "media_type", "size")
    list_filter = ("access", "place", "media_type")
    list_select_related = ("owner",)
    search_fields = ("title", "filename", "sha256")
    fields = (
        "title",
        "owner",
        "access",
        "readers",
        "place",
        "filename",
        "media_type",
        "size",
        "sha256",
        "crc32",
        "modified",
    )
    readonly_fields = ("place", "filename", "media_type", "size", "sha256", "crc32", "modified")
    filter_horizontal = ("readers",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
