"""What is measured: views, each alone in a URLconf, and what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle, repeat
from typing import Any

from attrs import field, frozen
from django.urls import URLPattern, path

from benchmarks import views

TAIL = 1024


def urlconf_of(view: Callable[..., Any]) -> tuple[URLPattern]:
    return (path("files/<path:path>", view),)


@frozen
class Case:
    """
    One view, and what it is asked.

    Args:
        group: Cases that are compared with the same floor and the same reference.

        name: ``"floor"``, ``"FileResponse"`` (the reference), or what is measured.

        urlconf: The URLconf with nothing but this view.

        asked: Request header fields.

        method: Request method.

        status: What must come back, or the measurement is of something else.

        length: Bytes of body that must come back.

        at_most: Required ratio of its cost over the floor to the reference's; ``None`` if nothing is required.

        beside: The same for other cases of its group, by their names.

        middleware: What it is asked through.

        prepare: Called before it is measured.

        names: The files to ask for, without end.
    """

    group: str
    name: str
    urlconf: tuple[URLPattern] = field(converter=urlconf_of)
    asked: Mapping[str, str] = field(factory=dict)
    method: str = "GET"
    status: int = 200
    length: int = views.SIZE
    at_most: float | None = None
    beside: Mapping[str, float] = field(factory=dict)
    middleware: tuple[str, ...] = ()
    prepare: Callable[[], object] = field(default=lambda: None)
    names: Iterator[str] = field(factory=lambda: repeat(views.NAME))


def wsgi_cases(fields: Mapping[str, str]) -> list[Case]:
    """List what goes through the WSGI handler; *fields* are those of a plain answer."""
    unchanged = {"If-None-Match": fields["ETag"]}
    since = {"If-Modified-Since": fields["Last-Modified"]}
    tail = {"Range": f"bytes=-{TAIL}"}
    theirs = views.downloadview()
    return [
        Case("GET", "floor", views.floor),
        Case("GET", "FileResponse", views.file_response),
        Case("GET", "download()", views.function, at_most=1.5),
        Case("GET", "download_view(LocalSource)", views.factory),
        Case("GET", "PathDownloadView", views.class_based, at_most=2.0),
        Case("GET", "static.serve", views.static_serve),
        *([Case("GET", "django-downloadview", theirs)] if theirs else []),
        # The same, but what one request has cost helps none of the next thousand.
        Case("each once", "floor", views.floor, names=cycle(views.MANY)),
        Case("each once", "FileResponse", views.file_response, names=cycle(views.MANY)),
        Case("each once", "download()", views.function, names=cycle(views.MANY[:2048])),
        Case("each once", "PathDownloadView", views.class_based, names=cycle(views.MANY[2048:])),
        Case("304", "floor", views.floor_304, status=304, length=0),
        Case("304", "FileResponse", views.file_response, unchanged),
        Case("304", "static.serve", views.static_serve, since, status=304, length=0),
        Case("304", "download(), ETag", views.function, unchanged, status=304, length=0),
        Case("304", "download(), date", views.function, since, status=304, length=0),
        Case("304", "PathDownloadView, ETag", views.class_based, unchanged, status=304, length=0),
        Case("HEAD", "floor", views.floor, method="HEAD"),
        Case("HEAD", "FileResponse", views.file_response, method="HEAD"),
        Case("HEAD", "download()", views.function, method="HEAD", length=0),
        Case("range", "floor", views.floor, tail),
        Case("range", "FileResponse", views.file_response, tail),
        Case("range", "download()", views.function, tail, status=206, length=TAIL),
        *handed_over_cases(),
    ]


def handed_over_cases() -> list[Case]:
    """List what another server is told to send: the answer has no body, and its floor is an empty one."""
    theirs, other = views.accelerated_downloadviews(), views.sendfile()
    limits = ({"django-downloadview": 0.5} if theirs else {}) | ({"django-sendfile2": 1.0} if other else {})
    cases = []
    for group, server, decorated, factory in (
        ("nginx", "nginx", views.nginx_decorated, views.nginx_factory),
        ("Apache", "xsendfile", views.apache_decorated, views.apache_factory),
    ):
        case = partial(Case, group, length=0, beside=limits)
        cases += [
            Case(group, "floor", views.empty_floor, length=0),
            Case(group, "FileResponse", views.file_response),
            case("delegated_to(), download()", decorated),
            case("download_view(delegates=)", factory),
        ]
        if theirs:
            cases.append(Case(group, "django-downloadview", theirs[group == "Apache"], length=0))
        if other:
            prepare = partial(views.sendfile_by, server)
            cases.append(Case(group, "django-sendfile2", other, length=0, prepare=prepare))
    through = ("downloadable.django_ui.middleware.DownloadMiddleware",)
    cases.append(
        Case("nginx", "DownloadMiddleware", views.function, middleware=through, length=0, beside=limits)
    )
    if theirs:
        through = ("django_downloadview.SmartDownloadMiddleware",)
        cases.append(
            Case("nginx", "SmartDownloadMiddleware", views.downloadview(), middleware=through, length=0)
        )
    return cases


ASGI_CASES = [
    Case("ASGI GET", "floor", views.async_floor),
    Case("ASGI GET", "FileResponse", views.file_response),
    Case("ASGI GET", "download()", views.function),
    Case("ASGI GET", "adownload()", views.async_function),
]
