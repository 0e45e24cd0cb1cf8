"""What is asked of real servers, and of whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from attrs import evolve, field, frozen

from benchmarks.figures import OURS
from tests.servers.processes import ASGI, GRANIAN, MIB, SYNC, Kind

__all__ = ["FILES", "FILES_BY_ASGI", "GROUPS", "SETTINGS", "SITES", "STORE", "Asked", "Group"]

STORE = "the store"
CHANGED = "Tue, 01 Jul 2025 10:00:00 GMT"

SITES = {"Starlette": "benchmarks.starlette_site"}
"""What answers, where it is not the one site for all."""

SETTINGS = {"WhiteNoise": {"BENCH_MIDDLEWARE": "whitenoise.middleware.WhiteNoiseMiddleware"}}
"""What the site is told for the sake of one library."""

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

        urls: Of whom, and for what.

        part: What comes of a file of so many bytes: where it starts and stops.

        status: What must come; a range is asked for if it is 206.

        fields: Further request header fields.

        says: A field that must be in the answer, by its name in lower case; ``""`` for none.

        times: How often it is asked in one round; more than once means that time is what counts, not memory.
    """

    name: str
    urls: Mapping[str, str]
    part: Callable[[int], tuple[int, int]] = field(default=lambda size: (0, size), kw_only=True)
    status: int = field(default=200, kw_only=True)
    fields: Mapping[str, str] = field(factory=dict, kw_only=True)
    says: str = field(default="", kw_only=True)
    times: int = field(default=1, kw_only=True)

    def headers(self, size: int) -> dict[str, str]:
        start, stop = self.part(size)
        ranged = {"Range": f"bytes={start}-{stop - 1}"} if self.status == 206 else {}
        return {**self.fields, **ranged}


@frozen
class Group:
    """
    What is asked of the same processes, in turns.

    Args:
        server: What runs those who do not bring their own, as it is called in the names of cases.

        kind: The same.

        asked: What each is asked.
    """

    server: str
    kind: Kind
    asked: tuple[Asked, ...]

    def whom(self) -> dict[str, str]:
        """Return everybody who is asked, with one of the URLs."""
        return {who: url for asked in reversed(self.asked) for who, url in asked.urls.items()}


def nothing(size: int) -> tuple[int, int]:
    return 0, 0


def half(size: int) -> tuple[int, int]:
    return size // 4, size - size // 4


def mibs(urls: Mapping[str, str]) -> tuple[Asked, ...]:
    ask = partial(Asked, urls=urls, status=206, times=20)
    return (
        ask("1 MiB at the start", part=lambda size: (0, MIB)),
        ask("1 MiB in the middle", part=lambda size: (size // 2, size // 2 + MIB)),
        ask("1 MiB at the end", part=lambda size: (size - MIB, size)),
    )


NO_SENDFILE = evolve(SYNC, name="gunicorn-no-sendfile", arguments=(*SYNC.arguments, "--no-sendfile"))
UNCHANGED = {"If-Modified-Since": CHANGED}

OF_DJANGO = {
    "FileResponse": "/FileResponse/file/large.bin",
    # It iterates over the lines of a file, which are what random bytes make of them: 1 GiB would take it a minute.
    "downloadview": "/downloadview/file/some.bin",
    "sendfile2": "/sendfile2/file/large.bin",
    "WhiteNoise": "/WhiteNoise/large.bin",
}
NGINX = {"nginx": "/files/large.bin"}
FILES_BY_WSGI = {OURS: "/downloadable/file/large.bin", **OF_DJANGO, **NGINX}
FILES_BY_ASGI = {
    OURS: "/async/file/large.bin",
    "Starlette": "/Starlette/file/large.bin",
    **OF_DJANGO,
    **NGINX,
}
PROXIED = {
    OURS: "/downloadable/proxied/origin.bin",
    "requests": "/requests/origin.bin",
    # One byte at a time.
    "downloadview": "/downloadview/proxied/few.bin",
    "nginx": "/proxied/origin.bin",
}
OBJECT = {
    OURS: "/downloadable/object/object.bin",
    "FileResponse": "/FileResponse/object/object.bin",
    "downloadview": "/downloadview/object/some.bin",
    "boto3": "/boto3/object.bin",
    STORE: "/files/object.bin",
    # It knows of no store, and signs nothing: it is what comes of passing the bytes on.
    "nginx": "/proxied/object.bin",
}

BY_OTHER_CLIENTS = {"obstore": "/downloadable/obstore/object.bin", "s3fs": "/downloadable/fsspec/object.bin"}
"""Ours, by other sources than Django's storage."""

GROUPS = (
    Group(
        "gunicorn",
        SYNC,
        (
            Asked("whole", FILES_BY_WSGI),
            Asked("half", FILES_BY_WSGI, part=half, status=206),
            *mibs(FILES_BY_WSGI),
        ),
    ),
    Group("gunicorn without sendfile", NO_SENDFILE, (Asked("whole", FILES_BY_WSGI),)),
    Group("uvicorn", ASGI, (Asked("whole", FILES_BY_ASGI), *mibs(FILES_BY_ASGI))),
    Group("granian", GRANIAN, (Asked("whole", FILES_BY_ASGI),)),
    Group(
        "gunicorn",
        SYNC,
        (
            Asked("proxied", PROXIED),
            Asked("proxied range", PROXIED, part=half, status=206),
            Asked("proxied 304", PROXIED, part=nothing, status=304, fields=UNCHANGED),
            Asked(
                "handed over",
                {OURS: "/downloadable/handed-over/origin.bin"},
                part=nothing,
                says="x-accel-redirect",
            ),
            Asked(
                "generated",
                {OURS: "/downloadable/generated/zeros.bin", "StreamingHttpResponse": "/plain/zeros.bin"},
            ),
        ),
    ),
    Group(
        "uvicorn",
        ASGI,
        (
            Asked("proxied", {**PROXIED, OURS: "/async/proxied/origin.bin"}),
            Asked(
                "generated",
                {OURS: "/async/generated/zeros.bin", "async generator": "/plain-async/zeros.bin"},
            ),
        ),
    ),
    Group(
        "gunicorn",
        SYNC,
        (
            Asked("object", OBJECT | BY_OTHER_CLIENTS),
            Asked(
                "redirected to an object",
                {OURS: "/downloadable/redirected/object.bin"},
                part=nothing,
                status=302,
                says="location",
            ),
            Asked(
                "304 of a row",
                {OURS: "/downloadable/row/object.bin"},
                part=nothing,
                status=304,
                fields=UNCHANGED,
            ),
        ),
    ),
    Group("uvicorn", ASGI, (Asked("object", {**OBJECT, OURS: "/async/object/object.bin"}),)),
)
