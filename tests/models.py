"""A row with files, and columns for all that may be known about them."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from tests.storages import remote


class Document(models.Model):
    slug = models.CharField(max_length=100, unique=True)
    folder = models.CharField(max_length=100, blank=True)
    file = models.FileField(upload_to="documents", max_length=255, blank=True)
    remote_file = models.FileField(storage=remote, max_length=255, blank=True)

    title = models.CharField(max_length=200, blank=True)
    length = models.PositiveBigIntegerField(null=True)
    media_type = models.CharField(max_length=100, blank=True)
    coding = models.CharField(max_length=20, blank=True)
    charset = models.CharField(max_length=20, blank=True)
    changed = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=100, blank=True)
    raw_sha256 = models.BinaryField(null=True)

    def __str__(self) -> str:
        return self.slug


class Page(models.Model):
    """What a document is made of, with files of its own."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    number = models.PositiveIntegerField(default=1)
    scan = models.FileField(storage=remote, max_length=255, blank=True)
    picture = models.ImageField(upload_to="pictures", blank=True)

    def __str__(self) -> str:
        return f"{self.document}, {self.number}"


class Note(models.Model):
    """What can be pinned to anything, with a file."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey()
    scan = models.FileField(storage=remote, max_length=255)

    def __str__(self) -> str:
        return f"On {self.about}"
