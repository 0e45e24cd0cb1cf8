"""What is measured in process: views, each alone in a URLconf, and what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from itertools import cycle, repeat
from typing import Any

from attrs import field, frozen
from django.urls import URLPattern, path

from benchmarks import views
from benchmarks.budgets import ACCELERATED, AGAIN, ASGI_GET, GET, NOT_MODIFIED
from benchmarks.figures import FLOOR, OURS

__all__ = ["Case", "asgi_cases", "wsgi_cases"]

WHITENOISE = ("whitenoise.middleware.WhiteNoiseMiddleware",)


def urlconf_of(view: Callable[..., Any]) -> tuple[URLPattern]:
    return (path("files/<path:path>", view),)


@frozen
class Case:
    """
    One view, and what it is asked.

    Args:
        case: What is asked: those who are asked the same have the same floor.

        who: ``FLOOR``, or whose view it is.

        urlconf: The URLconf with nothing but this view.

        asked: Request header fields.

        status: What must come back; the answer with any other is said to be another, and not measured.

        length: Bytes of body that must come back.

        middleware: What it is asked through.

        prepare: Called before it is measured.

        names: The files to ask for, without end.

        app: What answers in place of Django, under ASGI.
    """

    case: str
    who: str
    urlconf: tuple[URLPattern] = field(converter=urlconf_of)
    asked: Mapping[str, str] = field(factory=dict)
    status: int = 200
    length: int = views.SIZE
    middleware: tuple[str, ...] = ()
    prepare: Callable[[], object] = field(default=lambda: None)
    names: Iterator[str] = field(factory=lambda: repeat(views.NAME))
    app: Any = None


def wsgi_cases(fields: Mapping[str, str]) -> list[Case]:
    """List what goes through the WSGI handler; *fields* are those of a plain answer."""
    tag, date = {"If-None-Match": fields["ETag"]}, {"If-Modified-Since": fields["Last-Modified"]}
    unchanged = partial(Case, NOT_MODIFIED, status=304, length=0)
    handed_over = partial(Case, ACCELERATED, length=0)
    cases = [
        Case(GET, FLOOR, views.floor),
        Case(GET, OURS, views.function),
        Case(GET, "PathDownloadView", views.class_based),
        *peers(GET),
        Case(GET, "static.serve", views.static_serve),
        # The same, but what one request has cost helps none of the next thousand.
        Case(AGAIN, FLOOR, views.floor, names=cycle(views.MANY)),
        Case(AGAIN, OURS, views.function, names=cycle(views.MANY)),
        Case(AGAIN, "FileResponse", views.file_response, names=cycle(views.MANY)),
        unchanged(FLOOR, views.floor_304),
        unchanged(OURS, views.function, tag),
        *peers(NOT_MODIFIED, date, status=304, length=0),
        unchanged("static.serve", views.static_serve, date),
        handed_over(FLOOR, views.empty_floor),
        handed_over(OURS, views.handed_over),
    ]
    if theirs := views.accelerated_downloadview():
        cases.append(handed_over("downloadview", theirs))
    if theirs := views.sendfile():
        cases.append(handed_over("sendfile2", theirs, prepare=partial(views.sendfile_by, "nginx")))
    return cases


def peers(case: str, asked: Mapping[str, str] | None = None, **expected: Any) -> list[Case]:
    """List who else is asked the same, as far as they are installed here."""
    simple = partial(views.sendfile_by, "simple")
    found = [Case(case, "FileResponse", views.file_response, asked or {}, **expected)]
    if theirs := views.downloadview():
        found.append(Case(case, "downloadview", theirs, asked or {}, **expected))
    if theirs := views.sendfile():
        found.append(Case(case, "sendfile2", theirs, asked or {}, prepare=simple, **expected))
    if find_spec("whitenoise"):
        # It answers before a view is looked for.
        found.append(
            Case(case, "WhiteNoise", views.empty_floor, asked or {}, middleware=WHITENOISE, **expected)
        )
    return found


def asgi_cases() -> list[Case]:
    """List what goes through the ASGI handler, or stands in its place."""
    cases = [
        Case(ASGI_GET, FLOOR, views.async_floor),
        Case(ASGI_GET, OURS, views.async_function),
        *peers(ASGI_GET),
    ]
    if app := views.starlette():
        cases.append(Case(ASGI_GET, "Starlette", views.async_floor, app=app))
    return cases
