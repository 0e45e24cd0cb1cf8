"""What the page lists, as it answers now, with the curl lines that fetch it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from asgiref.sync import async_to_sync, iscoroutinefunction
from attrs import Factory, frozen
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import resolve, reverse

from demo.samples import AUDIO, BINARY, DOCUMENT, IMAGE, MEMBER, MIB, TEXT
from downloadable.domain import Disposition


@frozen
class Download:
    """
    One download of the page.

    Args:
        code: What makes it, in a line.

        about: What there is to see, in a sentence.

        view: Name of the URL pattern.

        kwargs: What the URL holds.

        fields: Header fields that the client sends.
    """

    title: str
    code: str
    about: str
    view: str
    kwargs: Mapping[str, Any] = Factory(dict)
    fields: Mapping[str, str] = Factory(dict)

    @property
    def url(self) -> str:
        return reverse(self.view, kwargs=dict(self.kwargs))


CATALOGUE = {
    "Files on a disk": [
        Download(
            "A large file",
            "download_view(LocalSource(directory))",
            "A factory makes the view; nothing leaves the directory.",
            "local",
            {"path": BINARY},
        ),
        Download(
            "A name in many letters",
            "download_view(LocalSource(directory))",
            "Each client gets a name that it can save, however old it is.",
            "local",
            {"path": TEXT},
        ),
        Download(
            "A path in a function",
            "download(request, path)",
            "The path is the program's own choice.",
            "image",
        ),
        Download(
            "A path in a class",
            "PathDownloadView.as_view(root=directory)",
            "What the URL asks for is below the root, or it is not found.",
            "path-view",
            {"path": IMAGE},
        ),
    ],
    "Files of models": [
        Download(
            "A field in a function",
            "download(request, document.file, basename=document.title)",
            "The function finds the row; the name at the client comes from it.",
            "document",
            {"pk": 1},
        ),
        Download(
            "A field in an async function",
            "await adownload(request, document.file, basename=document.title)",
            "The same, without blocking the event loop.",
            "document-async",
            {"pk": 1},
        ),
    ],
    "Files of fsspec file systems": [
        Download(
            "A file within an archive",
            "download_view(FsspecSource('zip://::file:///...'))",
            "S3, SFTP and whatever else fsspec knows work the same way.",
            "fsspec",
            {"path": MEMBER},
        ),
    ],
    "Files behind URLs": [
        Download(
            "A file of another server",
            "download_view(HttpSource(url))",
            "Ranges and conditions are sent along, so that each answer takes one request to the origin.",
            "http",
            {"path": BINARY},
        ),
    ],
    "Made in memory": [
        Download(
            "Bytes", "download(request, b'...')", "Small ones get an entity tag from their hash.", "bytes"
        ),
        Download(
            "Text", "download(request, '...')", "Sent in UTF-8; its length is counted in bytes.", "text"
        ),
        Download(
            "A virtual file",
            "class PoemView(VirtualDownloadView)",
            "Its get_file() returns a StringIO.",
            "virtual-view",
        ),
    ],
    "Made while it is sent": [
        Download(
            "A generator",
            "download(request, lines())",
            "100,000 rows of CSV, of which only a few are in memory at a time.",
            "table",
        ),
        Download(
            "An async generator",
            "await adownload(request, lines())",
            "A line each tenth of a second; curl -N shows them as they come.",
            "ticks",
        ),
    ],
    "A source of your own": [
        Download(
            "Greetings",
            "download_view(Greetings())",
            "Three lines make a source; ranges and conditional requests come with it.",
            "greeting",
            {"path": "world"},
        ),
    ],
    "Shown, not saved": [
        Download(
            "An image",
            "download_view(source, policy=ServingPolicy(attachment=False))",
            "Only what cannot run scripts is shown; anything else is saved after all.",
            "inline",
            {"path": IMAGE},
        ),
        Download(
            "A PDF",
            "download_view(source, policy=ServingPolicy(attachment=False))",
            "Saved from the browser, it gets its name, too.",
            "inline",
            {"path": DOCUMENT},
        ),
        Download(
            "A sound",
            "download_view(source, policy=ServingPolicy(attachment=False))",
            "Players jump about in it by asking for ranges.",
            "inline",
            {"path": AUDIO},
        ),
    ],
    "Refused": [
        Download(
            "Without a token",
            "download_view(source, authorize=has_token)",
            "The source is not even asked.",
            "private",
            {"path": IMAGE},
        ),
        Download(
            "With a token",
            "download_view(source, authorize=has_token)",
            "The same file; a browser sends no token.",
            "private",
            {"path": IMAGE},
            {"Authorization": "Bearer sesame"},
        ),
        Download(
            "What is not there",
            "download_view(LocalSource(directory))",
            "Not found, whatever the source.",
            "local",
            {"path": "missing.txt"},
        ),
    ],
}


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
                "Ask again, if it has changed", curl("-i", "-H", f"{field}: {headers[validator]}"), 304
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
