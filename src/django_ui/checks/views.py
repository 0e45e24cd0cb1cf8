"""The checks of class-based views, as far as the URLs of a project lead to them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.urls import URLPattern, URLResolver, get_resolver

from downloadable.django_ui.checks import rules

__all__ = ["check_views"]

VIEWS = "downloadable.django_ui.views"


def check_views() -> Iterator[CheckMessage]:
    """A view of paths from the URL fails at each request if nobody has said which directory they are below."""
    try:
        found = list(mounted(get_resolver().url_patterns))
    except Exception:  # noqa: BLE001  Django's own checks say what is wrong with URLs; a check never fails
        return
    if VIEWS not in sys.modules:  # Nobody has imported them.
        return
    told = [
        (view.__qualname__, route) for route, names, view, given in found if lacks_root(view, given, names)
    ]
    for name, route in dict.fromkeys(told):
        yield rules.NO_PATH_ROOT.about(view=name, route=route)


def mounted(
    patterns: Iterable[Any], above: str = "", names: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str], type, dict[str, Any]]]:
    """Yield each class-based view: its route, the names of what the route takes, its class, and what that is given."""
    for one in patterns:
        route, taken = above + str(one.pattern), names | set(one.pattern.regex.groupindex)
        if isinstance(one, URLResolver):
            yield from mounted(one.url_patterns, route, taken)
        elif isinstance(one, URLPattern) and (view := getattr(one.callback, "view_class", None)):
            yield route, taken, view, getattr(one.callback, "view_initkwargs", {})


def lacks_root(view: type, given: dict[str, Any], names: frozenset[str]) -> bool:
    from downloadable.django_ui.views import PathDownloadView

    if not issubclass(view, PathDownloadView):
        return False
    inherited = all(
        getattr(view, hook) is getattr(PathDownloadView, hook) for hook in ("get_path", "get_file")
    )
    from_url = given.get("path_url_kwarg", view.path_url_kwarg) in names
    return inherited and from_url and given.get("root", view.root) is None
