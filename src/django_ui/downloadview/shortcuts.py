"""A function for those who know django-sendfile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.serving import download

__all__ = ["sendfile"]


def sendfile(
    request: HttpRequest,
    filename: str | os.PathLike[str],
    attachment: bool = False,
    attachment_filename: str | None = None,
    mimetype: str | None = None,
    encoding: str | None = None,
) -> HttpResponseBase:
    """
    Answer *request* with a file of the disk.

    Args:
        request: Whose conditions and ranges are answered.

        filename: The file: the program's own choice, never a client's.

        attachment: Save it, or show it if its type is one that cannot run scripts.

        attachment_filename: Name at the client; by default, the file's.

        mimetype: Media type; by default, guessed from the name.

        encoding: Content coding that the bytes are in, such as ``"gzip"``.

    Raises:
        Http404: If there is no such file.
    """
    said: dict[str, Any] = {
        "attachment": attachment,
        "basename": attachment_filename,
        "content_type": mimetype,
        "content_encoding": encoding,
    }
    fields = {name: value for name, value in said.items() if value is not None}
    return download(request, Path(filename).absolute(), **fields)
