"""Storages whose URLs are signed, for as long as the setting ``DOWNLOADVIEW_URL_EXPIRATION`` says."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from downloadable.adapters import signed_storages
from downloadable.adapters.signing import Lifetime

__all__ = ["SignedFileSystemStorage", "SignedURLMixin"]


class SignedURLMixin(signed_storages.SignedURLMixin):
    """
    Signs the URLs of the storage that it stands before.

    The setting ``DOWNLOADVIEW_URL_EXPIRATION`` is how long they hold, in seconds, unless the storage or the call says
    otherwise. The end is part of what is signed: another setting changes links that are made from then on.
    """

    def url(self, name: str | None, *, expires_in: Lifetime | None = None, user: object = None) -> str:
        """Return the URL of the file, signed."""
        if expires_in is None and self.expires_in is None:
            expires_in = getattr(settings, "DOWNLOADVIEW_URL_EXPIRATION", None)
        return super().url(name, expires_in=expires_in, user=user)


class SignedFileSystemStorage(SignedURLMixin, FileSystemStorage):
    """Files of a directory, as ``FileSystemStorage`` has them, with signed URLs."""
