"""The rows of the library: who may have which document, and what there is to know about its file."""

from __future__ import annotations

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.files.storage import storages
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from demo.origin import origin
from demo.reports import loans
from downloadable import Content, as_content
from downloadable.adapters.orm import content_of_row
from downloadable.domain import INLINE_SAFE

SCRIPTS = frozenset({"text/html", "text/javascript", "application/javascript"})
"""Types that can hold scripts, beside all of XML."""


class Place(models.TextChoices):
    """Where the bytes of a document are; the first two are aliases in ``STORAGES``."""

    DISK = "documents", _("disk")
    BUCKET = "bucket", _("S3 bucket")
    REMOTE = "remote", _("remote URL")
    REPORT = "report", _("generated")


class Access(models.TextChoices):
    """Who may read a document, beside its owner."""

    PRIVATE = "private", _("nobody else")
    CHOSEN = "chosen", _("the people chosen below")
    EVERYBODY = "everybody", _("everybody who is signed in")


class DocumentFile(FieldFile):
    """The file of a document, in the storage that its row names."""

    instance: Document

    def __init__(self, instance: Document, field: models.FileField, name: str | None) -> None:
        super().__init__(instance, field, name)
        # A document that is kept elsewhere has no file, and one in a bucket that is not there is not found.
        self.storage = storages[instance.place if instance.place in storages.backends else Place.DISK]


class DocumentField(models.FileField):
    """A file field whose rows say which storage they are in."""

    attr_class = DocumentFile


def random_name(document: Document, filename: str) -> str:
    """Name a file in its storage: what the client calls it is for the row alone."""
    return f"{document.owner_id}/{uuid4().hex}"


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents by who may do what; each view begins with one of these, so that anything else is not found."""

    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Keep those that *user* may change."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def readable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Keep those that *user* may read."""
        if not user.is_authenticated:
            return self.none()
        chosen = Document.readers.through.objects.filter(document=models.OuterRef("pk"), user=user.pk)
        return self.filter(
            models.Q(owner=user)
            | models.Q(access=Access.EVERYBODY)
            | models.Q(models.Exists(chosen), access=Access.CHOSEN)
        )


class Document(models.Model):
    """A document, and the facts about its file that spare a look at the storage."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=200)
    access = models.CharField(
        _("who may read it"), max_length=10, choices=Access.choices, default=Access.PRIVATE
    )
    readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), related_name="documents_to_read", blank=True
    )
    place = models.CharField(_("where it is kept"), max_length=10, choices=Place.choices, default=Place.DISK)
    file = DocumentField(_("file"), upload_to=random_name, blank=True)
    remote_name = models.CharField(max_length=200, blank=True, help_text=_("What the origin calls it."))
    year = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Of a generated report."))
    filename = models.CharField(_("file name"), max_length=240, help_text=_("At the client."))
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), null=True, help_text=_("In bytes, where it is known."))
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    crc32 = models.PositiveBigIntegerField("CRC-32", null=True)
    modified = models.DateTimeField(_("last modified"), default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("document", args=[self.pk])

    def content(self) -> Content:
        """Return what ``download()`` takes; nothing is looked at before somebody asks for it."""
        if self.place == Place.REMOTE:
            return origin().open(self.remote_name)
        if self.place == Place.REPORT:
            return as_content(loans(self.year or 0))
        return content_of_row(
            self,
            "file",
            name_field="filename",
            size_field="size",
            content_type_field="media_type",
            modified_field="modified",
            digest_field="sha256",
            digest_algorithm="sha-256",
        )

    @property
    def could_script(self) -> bool:
        """Tell whether a browser that showed it could run scripts of it; which is why it never gets to show it."""
        return self.media_type in SCRIPTS or self.media_type.endswith(("/xml", "+xml"))

    @property
    def preview(self) -> str:
        """Return what kind of thing a page can show it as: image, pdf, audio or video; empty for none of them."""
        if self.media_type not in INLINE_SAFE:
            return ""
        kind, _, subtype = self.media_type.partition("/")
        if subtype == "pdf":
            return "pdf"
        return kind if kind in ("image", "audio", "video") else ""


@receiver(post_delete, sender=Document)
def delete_file(instance: Document, **kwargs: Any) -> None:
    """Delete the file of a row that is gone for good, however it was deleted."""
    if instance.file:
        # A storage that does not answer leaves the file, and a line in the log.
        transaction.on_commit(lambda: instance.file.delete(save=False), robust=True)


class Leaflet(models.Model):
    """A file that anybody may have: what the page of sources shows of models."""

    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="leaflets")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    modified = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.title
