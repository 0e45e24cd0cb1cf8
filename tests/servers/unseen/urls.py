"""The same files with what a row knows about them, and without."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import LocalSource, download, download_view
from downloadable.adapters.orm import content_of_row
from tests.models import Document
from tests.servers.unseen.settings import MEDIA

DATA = b"0123456789" * 1000


def row(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file of a row that knows a digest."""
    document = Document(file=path, title="Juli.txt", sha256=hashlib.sha256(DATA).hexdigest())
    content = content_of_row(
        document, "file", name_field="title", digest_field="sha256", digest_algorithm="sha-256"
    )
    return download(request, content)


urlpatterns = [path("row/<path:path>", row), path("bare/<path:path>", download_view(LocalSource(MEDIA)))]
