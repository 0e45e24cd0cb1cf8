"""Where the books are."""

from django.core.files.storage import FileSystemStorage, storages
from django.utils.deconstruct import deconstructible

from django_downloadview.storage import SignedFileSystemStorage, SignedURLMixin

loans = SignedFileSystemStorage(base_url="/loans/")


@deconstructible
class LendingStorage(SignedURLMixin, FileSystemStorage):
    """Books that are lent by link."""


def default():
    """Return the storage of books, as the settings of the moment have it."""
    return storages["default"]
