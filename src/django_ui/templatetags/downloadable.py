"""``{% load downloadable %}``: signed links in templates, and what pages show of files."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from downloadable.adapters.signing import PURPOSE, DjangoUrlSigner, Lifetime
from downloadable.django_ui.facts_shown import may_be_shown, name_shown, size_shown, type_shown

__all__ = ["register", "signed_download_url"]

register = template.Library()
register.filter("file_name", name_shown)
register.filter("file_size", size_shown)
register.filter("file_type", type_shown)
register.filter("may_be_shown", may_be_shown)

ANYBODY = object()


@register.simple_tag(takes_context=True)
def signed_download_url(
    context: template.Context,
    view_name: str,
    /,
    *args: Any,
    expires_in: Lifetime | None = None,
    user: object = ANYBODY,
    purpose: str = PURPOSE,
    **kwargs: Any,
) -> str:
    """
    Return a signed link to a view, whose name and arguments are given as ``{% url %}`` takes them.

    ``{% signed_download_url 'invoice' invoice.pk expires_in=3600 user=request.user %}``

    Args:
        context: Of the template.

        view_name: Name of the URL pattern.

        *args: For the pattern.

        **kwargs: For the pattern.

        expires_in: Seconds, or a ``timedelta``, that the link holds; by default for as long as the key does.

        user: Who alone may follow it; by default, anybody.

        purpose: What it is for; the view must ask for the same.

    Raises:
        NoReverseMatch: If there is no such pattern.

        ValueError: If a user is given who is not logged in, or does not exist, or the purpose is empty.
    """
    path = reverse(view_name, args=args, kwargs=kwargs, current_app=current_app_of(context))
    # A variable that is not there must not make a link for anybody.
    if user is None:
        raise ValueError("signed_download_url got user=None: a user who is logged in was expected.")
    whose = None if user is ANYBODY else user
    return DjangoUrlSigner(purpose).sign(path, expires_in=expires_in, user=whose)


def current_app_of(context: template.Context) -> str | None:
    """Return the namespace that the page belongs to, as ``{% url %}`` sees it."""
    request = getattr(context, "request", None)
    current: str | None = getattr(request, "current_app", None)
    if current is not None:
        return current
    return getattr(getattr(request, "resolver_match", None), "namespace", None)
