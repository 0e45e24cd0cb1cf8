"""What is asked of real servers, and of whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve, field, frozen

from benchmarks.figures import OURS
from tests.servers.processes import ASGI, MIB, SYNC, Kind

__all__ = ["FILES", "GROUPS", "STORE", "Asked", "Group"]

STORE = "the store"
CHANGED = "Tue, 01 Jul 2025 10:00:00 GMT"

FILES = {
    "large.bin": 1024,
    "zeros.bin": 1024,
    "object.bin": 256,
    "origin.bin": 100,
    "some.bin": 16,
    "few.bin": 0.25,
}
"""Sizes in MiB, where the largest has a whole GiB. The last two are for those who take seconds for a MiB."""


@frozen
class Asked:
    """
    A request.

    Args:
        name: What is asked, in a few words.

        part: What comes of a file of so many bytes: where it starts and stops.

        status: What must come; a range is asked for if it is 206.

        fields: Further request header fields.

        times: How often it is asked in one round; more than once means that time is what counts, not memory.
    """

    name: str
    part: Callable[[int], tuple[int, int]] = lambda size: (0, size)
    status: int = field(default=200, kw_only=True)
    fields: Mapping[str, str] = field(factory=dict, kw_only=True)
    times: int = field(default=1, kw_only=True)

    def headers(self, size: int) -> dict[str, str]:
        start, stop = self.part(size)
        ranged = {"Range": f"bytes={start}-{stop - 1}"} if self.status == 206 else {}
        return {**self.fields, **ranged}


def nothing(size: int) -> tuple[int, int]:
    return 0, 0


WHOLE = Asked("whole")
HALF = Asked("half", lambda size: (size // 4, size - size // 4), status=206)
MIBS = (
    Asked("1 MiB at the start", lambda size: (0, MIB), status=206, times=20),
    Asked("1 MiB in the middle", lambda size: (size // 2, size // 2 + MIB), status=206, times=20),
    Asked("1 MiB at the end", lambda size: (size - MIB, size), status=206, times=20),
)
UNCHANGED = {"If-Modified-Since": CHANGED}


@frozen
class Group:
    """
    Who is asked the same, in turns.

    Args:
        server: What runs those who do not bring their own, as it is called in the names of cases.

        kind: The same.

        asked: What each is asked.

        urls: What each is asked for, by its name.

        counted: Whether to count how often the origin is asked for one answer.
    """

    server: str
    kind: Kind
    asked: tuple[Asked, ...]
    urls: Mapping[str, str] = field(kw_only=True)
    counted: bool = field(default=False, kw_only=True)


NO_SENDFILE = evolve(SYNC, name="gunicorn-no-sendfile", arguments=(*SYNC.arguments, "--no-sendfile"))
OF_DJANGO = {
    "FileResponse": "/FileResponse/file/large.bin",
    # It iterates over the lines of a file, which are what random bytes make of them: 1 GiB would take it a minute.
    "downloadview": "/downloadview/file/some.bin",
    "sendfile2": "/sendfile2/file/large.bin",
    "WhiteNoise": "/WhiteNoise/large.bin",
}
NGINX = {"nginx": "/files/large.bin"}
WSGI_FILES = {OURS: "/downloadable/file/large.bin", **OF_DJANGO, **NGINX}
ASGI_FILES = {
    OURS: "/async/file/large.bin",
    **OF_DJANGO,
    "Starlette": "/Starlette/file/large.bin",
    **NGINX,
}

GROUPS = (
    Group("gunicorn", SYNC, (WHOLE, HALF, *MIBS), urls=WSGI_FILES),
    Group("gunicorn without sendfile", NO_SENDFILE, (WHOLE,), urls=WSGI_FILES),
    Group("uvicorn", ASGI, (WHOLE, *MIBS), urls=ASGI_FILES),
    # GRANIAN
    Group(
        "gunicorn",
        SYNC,
        (
            Asked("proxied"),
            Asked("proxied range", HALF.part, status=206),
            Asked("proxied 304", nothing, status=304, fields=UNCHANGED),
        ),
        urls={
            OURS: "/downloadable/proxied/origin.bin",
            "requests": "/requests/origin.bin",
            # One byte at a time.
            "downloadview": "/downloadview/proxied/few.bin",
            "nginx": "/proxied/origin.bin",
        },
        counted=True,
    ),
    Group(
        "uvicorn",
        ASGI,
        (Asked("proxied"),),
        urls={
            OURS: "/async/proxied/origin.bin",
            "requests": "/requests/origin.bin",
            "downloadview": "/downloadview/proxied/few.bin",
            "nginx": "/proxied/origin.bin",
        },
    ),
    Group(
        "gunicorn",
        SYNC,
        (Asked("handed over", nothing),),
        urls={OURS: "/downloadable/handed-over/origin.bin"},
        counted=True,
    ),
    Group(
        "gunicorn",
        SYNC,
        (Asked("object"),),
        urls={
            OURS: "/downloadable/object/object.bin",
            "FileResponse": "/FileResponse/object/object.bin",
            "downloadview": "/downloadview/object/some.bin",
            STORE: "/files/object.bin",
        },
        counted=True,
    ),
    Group(
        "uvicorn",
        ASGI,
        (Asked("object"),),
        urls={
            OURS: "/async/object/object.bin",
            "FileResponse": "/FileResponse/object/object.bin",
            "downloadview": "/downloadview/object/some.bin",
            STORE: "/files/object.bin",
        },
    ),
    Group(
        "gunicorn",
        SYNC,
        (Asked("redirected to an object", nothing, status=302),),
        urls={OURS: "/downloadable/redirected/object.bin"},
        counted=True,
    ),
    Group(
        "gunicorn",
        SYNC,
        (Asked("304 of a row", nothing, status=304, fields=UNCHANGED),),
        urls={OURS: "/downloadable/row/object.bin"},
        counted=True,
    ),
    Group(
        "gunicorn",
        SYNC,
        (Asked("generated"),),
        urls={OURS: "/downloadable/generated/zeros.bin", "StreamingHttpResponse": "/plain/zeros.bin"},
    ),
    Group(
        "uvicorn",
        ASGI,
        (Asked("generated"),),
        urls={OURS: "/async/generated/zeros.bin", "async generator": "/plain-async/zeros.bin"},
    ),
)
