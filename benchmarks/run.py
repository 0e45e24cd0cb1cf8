"""
Measure what one small download costs in process, as ratios to Django's own ``FileResponse``.

All views stand at the same place of a URLconf and are asked in turns, so that whatever else the machine does hits all
of them alike; microseconds differ from machine to machine, ratios hardly do. Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import cycle, repeat
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import django
from attrs import asdict, field, frozen
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
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
    names: Iterator[str] = field(factory=lambda: repeat(views.NAME))


@frozen
class Result:
    """
    What a case cost.

    Args:
        median_us: Microseconds a request, the median over all rounds.

        quartiles_us: Where the middle half of the rounds was.

        over_floor_us: Median less the floor's.

        ratio: Cost over the floor by the cost of the reference over the floor.
    """

    group: str
    name: str
    median_us: float
    quartiles_us: tuple[float, float]
    over_floor_us: float
    ratio: float
    at_most: float | None


def wsgi_cases() -> list[Case]:
    """List what goes through the WSGI handler."""
    fields = dict(asked_of_wsgi(Case("", "", views.function)).fields)
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
    ]


ASGI_CASES = [
    Case("ASGI GET", "floor", views.async_floor),
    Case("ASGI GET", "FileResponse", views.file_response),
    Case("ASGI GET", "download()", views.function),
    Case("ASGI GET", "adownload()", views.async_function),
]


@frozen
class Reply:
    """What a server got to send."""

    status: int
    fields: Sequence[tuple[str, str]]
    length: int


os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()
WSGI = WSGIHandler()
ASGI = ASGIHandler()


def asked_of_wsgi(case: Case) -> Reply:
    """Ask as a WSGI server does: iterate over the response, and close it."""
    settings.ROOT_URLCONF = case.urlconf
    return sent_by_wsgi(environ_of(case))


def environ_of(case: Case) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/files/{next(case.names)}",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_USER_AGENT": "bench",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in case.asked.items()},
    }


def sent_by_wsgi(environ: dict[str, Any]) -> Reply:
    started: list[Any] = []

    def start_response(
        status: str, fields: list[tuple[str, str]], failure: Any = None
    ) -> Callable[[bytes], object]:
        started.extend((status, fields))
        return started.append

    length = 0
    response = WSGI(environ, start_response)
    try:
        for chunk in response:
            length += len(chunk)
    finally:
        response.close()
    return Reply(int(started[0][:3]), started[1], length)


def wsgi_microseconds(case: Case, requests: int) -> float:
    settings.ROOT_URLCONF = case.urlconf
    sent_by_wsgi(environ_of(case))
    environs = [environ_of(case) for _ in range(requests)]
    start = time.process_time_ns()
    for environ in environs:
        sent_by_wsgi(environ)
    return (time.process_time_ns() - start) / requests / 1000


def scope_of(case: Case) -> dict[str, Any]:
    path = f"/files/{next(case.names)}"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": case.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate, br"),
            (b"user-agent", b"bench"),
            *((name.lower().encode(), value.encode()) for name, value in case.asked.items()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }


async def sent_by_asgi(scope: dict[str, Any]) -> Reply:
    """Ask as an ASGI server does: one request message, then nothing until the client leaves, which it never does."""
    never: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    received = False
    started: dict[str, Any] = {}
    length = 0

    async def receive() -> Any:
        nonlocal received
        if received:
            return await never
        received = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal length
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            length += len(message.get("body", b""))

    await ASGI(scope, receive, send)
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in started["headers"]]
    return Reply(started["status"], fields, length)


async def asgi_microseconds(case: Case, requests: int) -> float:
    settings.ROOT_URLCONF = case.urlconf
    await sent_by_asgi(scope_of(case))
    scopes = [scope_of(case) for _ in range(requests)]
    start = time.process_time_ns()
    for scope in scopes:
        await sent_by_asgi(scope)
    return (time.process_time_ns() - start) / requests / 1000


def check(case: Case, reply: Reply) -> None:
    """Refuse to measure an error page."""
    if (reply.status, reply.length) != (case.status, case.length):
        raise SystemExit(
            f"{case.group} {case.name}: expected {case.status}, {case.length} bytes; got {reply}"
        )


def in_turns(cases: Sequence[Case], measure: Callable[[Case], float], rounds: int) -> list[Result]:
    """Measure every case in every round, beginning with another one each time."""
    times: dict[int, list[float]] = {number: [] for number in range(len(cases))}
    for case in cases:
        measure(case)
    for turn in range(rounds):
        gc.collect()
        for step in range(len(cases)):
            number = (turn + step) % len(cases)
            times[number].append(measure(cases[number]))
    return results(cases, [times[number] for number in range(len(cases))])


def results(cases: Sequence[Case], times: Sequence[Sequence[float]]) -> list[Result]:
    medians = {
        (case.group, case.name): statistics.median(taken) for case, taken in zip(cases, times, strict=True)
    }
    made = []
    for case, taken in zip(cases, times, strict=True):
        floor = medians[case.group, "floor"]
        over = medians[case.group, case.name] - floor
        first, _, third = statistics.quantiles(taken, n=4)
        made.append(
            Result(
                group=case.group,
                name=case.name,
                median_us=round(medians[case.group, case.name], 2),
                quartiles_us=(round(first, 2), round(third, 2)),
                over_floor_us=round(over, 2),
                ratio=round(over / (medians[case.group, "FileResponse"] - floor), 3),
                at_most=case.at_most,
            )
        )
    return made


def table(measured: Iterable[Result]) -> str:
    lines = [f"{'':10}{'view':30}{'us':>9}{'over floor':>12}{'/ FileResponse':>16}{'at most':>9}"]
    for result in measured:
        required = "" if result.at_most is None else f"{result.at_most:.1f}"
        lines.append(
            f"{result.group:10}{result.name:30}{result.median_us:9.1f}{result.over_floor_us:12.1f}"
            f"{result.ratio:16.2f}{required:>9}"
        )
    return "\n".join(lines)


async def measured_under_asgi(rounds: int, requests: int) -> list[Result]:
    times: list[list[float]] = [[] for _ in ASGI_CASES]
    for case in ASGI_CASES:
        settings.ROOT_URLCONF = case.urlconf
        check(case, await sent_by_asgi(scope_of(case)))
        await asgi_microseconds(case, requests)
    for turn in range(rounds):
        gc.collect()
        for step in range(len(ASGI_CASES)):
            number = (turn + step) % len(ASGI_CASES)
            times[number].append(await asgi_microseconds(ASGI_CASES[number], requests))
    return results(ASGI_CASES, times)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=200, help="rounds, each of which measures every view once"
    )
    parser.add_argument("--requests", type=int, default=20, help="requests to a view in a round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--check", action="store_true", help="fail when a view costs more than it may")
    given = parser.parse_args()
    # Django says that under ASGI its FileResponse is read into memory first; that is what is compared with.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    gc.disable()
    cases = wsgi_cases()
    for case in cases:
        check(case, asked_of_wsgi(case))
    measured = in_turns(cases, lambda case: wsgi_microseconds(case, given.requests), given.rounds)
    measured += asyncio.run(measured_under_asgi(max(given.rounds // 10, 10), given.requests))
    print(
        f"Python {platform.python_version()}, Django {django.__version__}; {views.SIZE} bytes, {given.rounds} rounds"
    )
    print(table(measured))
    if views.downloadview() is None:
        print("django-downloadview is not installed here; make bench compares with it.")
    if given.json:
        described = {
            "python": platform.python_version(),
            "django": django.__version__,
            "rounds": given.rounds,
        }
        given.json.write_text(
            json.dumps({**described, "results": [asdict(one) for one in measured]}, indent=1) + "\n"
        )
    too_dear = [one for one in measured if one.at_most is not None and one.ratio > one.at_most]
    for one in too_dear:
        print(
            f"{one.name} costs {one.ratio:.2f} times what FileResponse does, and may cost {one.at_most:.1f} times."
        )
    return 1 if too_dear and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
