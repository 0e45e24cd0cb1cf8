"""What people may say about documents, and what is looked up instead of being believed."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from demo.models import Access, Document, Place
from demo.reports import MOST_ROWS, ROWS
from demo.uploads import HashedFile, largest_upload
from downloadable.domain import clean_name, guess_media_type

WEEK = 7 * 24 * 60 * 60


class SharingForm(forms.ModelForm):
    """Who may read a document."""

    class Meta:
        model = Document
        fields: ClassVar[tuple[str, ...]] = ("access", "readers")
        widgets: ClassVar = {"access": forms.RadioSelect, "readers": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = get_user_model().objects.filter(is_active=True).exclude(pk=self.instance.owner_id)
        # To type checkers, fields by their names are of any kind.
        self.fields["readers"].queryset = others.order_by("username")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("access") == Access.CHOSEN and not cleaned.get("readers"):
            self.add_error("readers", _("Choose somebody."))
        return cleaned


def places_for_files() -> list[tuple[str, str]]:
    """List the storages that there are."""
    return [
        (place.value, str(place.label)) for place in (Place.DISK, Place.BUCKET) if place in storages.backends
    ]


class UploadForm(SharingForm):
    """
    A new document.

    What the client says of its file counts for nothing but the name at other clients: where it is stored is ours to
    choose, its type follows from the cleaned name, as for any download, and the hashes were taken as it arrived.
    """

    file = forms.FileField(label=_("File"), allow_empty_file=True)
    place = forms.ChoiceField(label=_("Where to keep it"), choices=places_for_files, initial=Place.DISK)

    class Meta(SharingForm.Meta):
        fields: ClassVar[tuple[str, ...]] = ("file", "title", "place", *SharingForm.Meta.fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("At most %(size)s MiB.") % {"size": settings.MAX_UPLOAD_MIB}
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Without one, it is the file's name.")

    def clean_file(self) -> HashedFile:
        upload: HashedFile = self.cleaned_data["file"]
        if (upload.size or 0) > largest_upload():
            raise ValidationError(
                _("This file is too large: at most %(size)s MiB are taken."),
                params={"size": settings.MAX_UPLOAD_MIB},
            )
        return upload

    def save(self, commit: bool = True) -> Document:
        document: Document = self.instance
        upload: HashedFile = self.cleaned_data["file"]
        document.filename = clean_name(upload.name or "")
        document.title = document.title or document.filename[:200]
        document.media_type = guess_media_type(document.filename)
        document.size, document.sha256, document.crc32 = upload.size, upload.sha256, upload.crc32
        document.file.save(document.filename, upload, save=False)
        try:
            # Who may read it is said in rows of their own.
            with transaction.atomic():
                super().save(commit)
        except BaseException:
            # Nobody would ever delete the file of a row that did not come.
            document.file.delete(save=False)
            raise
        return document


class LinkForm(forms.Form):
    """How long a link holds."""

    lifetime = forms.IntegerField(
        label=_("Seconds until it expires"),
        min_value=1,
        max_value=WEEK,
        initial=3600,
        help_text=_("At most a week: 604800."),
    )


class ReportForm(forms.Form):
    """How long a report is."""

    rows = forms.IntegerField(label=_("Rows"), min_value=0, max_value=MOST_ROWS, required=False, initial=ROWS)

    def clean_rows(self) -> int:
        rows: int | None = self.cleaned_data["rows"]
        return ROWS if rows is None else rows
