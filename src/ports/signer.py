"""Links that prove that somebody was allowed to have them."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

__all__ = ["UrlSigner"]


class UrlSigner(Protocol):
    """Signs the path of a link and checks it when it comes back."""

    def sign(self, path: str, *, expires_in: timedelta | None = None) -> str:
        """Return *path* with a signature; without *expires_in* it holds for as long as the key does."""

    def unsign(self, signed: str) -> str:
        """
        Return the path that was signed.

        Raises:
            SignatureExpired: If its time is over.

            SignatureInvalid: If it was not signed for this, or not by us.
        """
