"""What a project with uploads has: a row for each file, which knows what there is to know about it."""

from django.db import models


class Document(models.Model):
    """A file, and the facts about it that spare a look at the storage."""

    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="documents")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    modified = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.title
