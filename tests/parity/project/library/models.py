"""A book."""

from django.db import models

from django_downloadview.storage import SignedFileSystemStorage


class Book(models.Model):
    """A book, and what is on its cover."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="nginx")
    cover = models.FileField(upload_to="covers", blank=True)
    lent = models.FileField(blank=True, storage=SignedFileSystemStorage(base_url="/loans/"))

    def __str__(self):
        return self.title
