"""What the page lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen
from django.urls import reverse

from demo.samples import AUDIO, BINARY, DOCUMENT, IMAGE, MEMBER, TEXT


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
            "download(request, leaflet.file, basename=leaflet.title)",
            "The function finds the row; the name at the client comes from it.",
            "leaflet",
            {"pk": 1},
        ),
        Download(
            "A field in an async function",
            "await adownload(request, leaflet.file, basename=leaflet.title)",
            "The same, without blocking the event loop.",
            "leaflet-async",
            {"pk": 1},
        ),
        Download(
            "Rows as a source",
            "download_view(ModelSource(Leaflet, 'file', size_field='size', ...))",
            "The row says size, date and hash: a 304 takes one query, and no look at the storage.",
            "model",
            {"pk": 1},
        ),
        Download(
            "A field in a class",
            "class LeafletView(ObjectDownloadView)",
            "Its attributes name the model and what its fields know.",
            "object-view",
            {"pk": 1},
        ),
    ],
    "Files of Django storages": [
        Download(
            "A storage as a source",
            "download_view(StorageSource(default_storage))",
            "Whatever the storage is: a directory, S3, one of your own.",
            "storage",
            {"path": IMAGE},
        ),
        Download(
            "A storage in a class",
            "StorageDownloadView.as_view()",
            "The default storage, unless it is given another.",
            "storage-view",
            {"path": IMAGE},
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
        Download(
            "A URL in a class",
            "HTTPDownloadView.as_view(url=...)",
            "Or get_url() says what to fetch; the settings say which internal servers may be called.",
            "http-view",
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
