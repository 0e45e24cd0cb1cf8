"""The downloads of the catalogue as they answer now, with the curl lines that fetch them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from asgiref.sync import async_to_sync, iscoroutinefunction
from attrs import frozen
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import resolve

from demo.catalogue import Download
from demo.samples import MIB
from downloadable.domain import Disposition


@frozen
class Line:
    """What to type, and the status that the server answers with."""

    about: str
    command: str
    status: int


@frozen
class Row:
    """A download as it answers now."""

    download: Download
    status: int
    headers: Mapping[str, str]
    lines: tuple[Line, ...]

    @property
    def filename(self) -> str:
        disposition = Disposition.parse(self.headers.get("Content-Disposition", ""))
        return disposition.filename if disposition else ""

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def size(self) -> int | None:
        """Bytes, unless that is known only at the end."""
        return int(self.headers["Content-Length"]) if "Content-Length" in self.headers else None


def row_of(download: Download, absolute: Callable[[str], str]) -> Row:
    """Ask *download* for its header fields; *absolute* completes a URL."""
    status, headers = head(download)
    lines = curl_lines(absolute(download.url), download.fields, status, headers)
    return Row(download, status, headers, tuple(lines))


def head(download: Download) -> tuple[int, Mapping[str, str]]:
    """Answer a HEAD request for *download*, without a round trip through a server."""
    request = HttpRequest()
    request.method = "HEAD"
    request.META |= {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in download.fields.items()
    }
    view, args, kwargs = resolve(unquote(download.url))
    try:
        response = (async_to_sync(view) if iscoroutinefunction(view) else view)(request, *args, **kwargs)
    except Http404:
        return 404, {}
    except PermissionDenied:
        return 403, {}
    return response.status_code, response.headers


def curl_lines(
    url: str, fields: Mapping[str, str], status: int, headers: Mapping[str, str]
) -> Iterator[Line]:
    """Say how to ask for *url* in the ways that its header fields promise."""

    def curl(*options: str) -> str:
        sent = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
        return shlex.join(["curl", *options, *sent, url])

    if status != 200:
        yield Line("Ask for it", curl("-i"), status)
        return
    yield Line("Save it under the name that the server gives it", curl("-OJ"), 200)
    for field, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        if validator in headers:
            yield Line(
                "Ask again, only if it has changed", curl("-i", "-H", f"{field}: {headers[validator]}"), 304
            )
            break
    if headers.get("Accept-Ranges") != "bytes":
        return
    yield Line("Its first 100 bytes", curl("-r", "0-99", "-D", "-", "-o", "part"), 206)
    if int(headers["Content-Length"]) > MIB:
        several = curl("-r", "0-99,5000-5099", "-D", "-", "-o", "parts")
        yield Line("Two ranges, as multipart/byteranges", several, 206)
        begun, resumed = curl("-r", f"0-{MIB - 1}", "-o", "whole"), curl("-C", "-", "-o", "whole")
        yield Line("Its first MiB, then the rest", f"{begun}\n{resumed}", 206)
