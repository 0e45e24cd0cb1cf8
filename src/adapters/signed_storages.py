"""Django storages whose URLs are signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, Storage
from django.utils.deconstruct import deconstructible

from downloadable.adapters.signing import PARAMETER, PURPOSE, DjangoUrlSigner, Lifetime

__all__ = ["SignedFileSystemStorage", "SignedURLMixin"]

# It stands before a storage; type checkers want to know what that has.
if TYPE_CHECKING:
    AnyStorage = Storage
else:
    AnyStorage = object


class SignedURLMixin(AnyStorage):
    """
    Signs the URLs of the storage that it stands before: ``class SignedStorage(SignedURLMixin, YourStorage)``.

    The URLs must lead to a view that checks them, so the ``base_url`` of the storage is where that view is mounted.

    Args:
        purpose: What the links are for, in place of the attribute; the view must ask for the same.

        expires_in: How long links hold, in place of the attribute.

        *args: For the storage.

        **options: For the storage.

    Attributes:
        purpose: What the links are for.

        expires_in: How long links hold, as a ``timedelta`` or in seconds; ``None`` for as long as the key does.

        signature_parameter: The query parameter that carries the signature.
    """

    purpose: str = PURPOSE
    expires_in: Lifetime | None = None
    signature_parameter: str = PARAMETER

    def __init__(
        self, *args: Any, purpose: str | None = None, expires_in: Lifetime | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if purpose is not None:
            self.purpose = purpose
        if expires_in is not None:
            self.expires_in = expires_in

    def url(self, name: str | None, *, expires_in: Lifetime | None = None, user: object = None) -> str:
        """
        Return the URL of the file, signed.

        Args:
            name: Name in the storage.

            expires_in: How long the link holds, in place of the storage's lifetime.

            user: Who alone may follow the link; by default, anybody.

        Raises:
            ValueError: If the storage has no URLs, or the user is not logged in.

            SuspiciousFileOperation: If the name has ``..`` among its segments: Django's storages would make it the URL
                of something else, and that would be signed.
        """
        if ".." in str(name).replace("\\", "/").split("/"):
            raise SuspiciousFileOperation(f"{name!r} leads out of the storage.")
        signer = DjangoUrlSigner(self.purpose, parameter=self.signature_parameter)
        lifetime = self.expires_in if expires_in is None else expires_in
        return signer.sign(super().url(name), expires_in=lifetime, user=user)


@deconstructible(path="downloadable.SignedFileSystemStorage")
class SignedFileSystemStorage(SignedURLMixin, FileSystemStorage):
    """Files of a directory, as ``FileSystemStorage`` has them, with signed URLs."""
