"""Signed links to views."""

from __future__ import annotations

from typing import Any

from django.shortcuts import resolve_url

from downloadable.adapters.signing import PURPOSE, DjangoUrlSigner, Lifetime

__all__ = ["signed_url"]


def signed_url(
    to: Any,
    /,
    *args: Any,
    expires_in: Lifetime | None = None,
    user: object = None,
    purpose: str = PURPOSE,
    **kwargs: Any,
) -> str:
    """
    Return a signed link to a view with :func:`signature_required`.

    Args:
        to: What ``redirect()`` takes: the name of a URL pattern, a model with ``get_absolute_url()``, or a URL.

        *args: For the pattern.

        **kwargs: For the pattern.

        expires_in: How long the link holds, as a ``timedelta`` or in seconds; by default for as long as the key does.

        user: Who alone may follow it; by default, anybody.

        purpose: What it is for; the view must ask for the same.

    Raises:
        NoReverseMatch: If there is no such pattern.

        ValueError: If the user is not logged in, or the purpose is empty.
    """
    return DjangoUrlSigner(purpose).sign(resolve_url(to, *args, **kwargs), expires_in=expires_in, user=user)
