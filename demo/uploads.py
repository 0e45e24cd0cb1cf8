"""Uploads are hashed as they arrive, so that nobody has to read them again."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

MIB = 1024 * 1024


def largest_upload() -> int:
    """Return how many bytes a file may have."""
    return settings.MAX_UPLOAD_MIB * MIB


class HashedFile(TemporaryUploadedFile):
    """An uploaded file, and the hashes of its bytes."""

    sha256: str
    crc32: int


class HashingUploadHandler(TemporaryFileUploadHandler):
    """
    Write an upload into a temporary file, and hash it on the way.

    What is beyond the limit is read and forgotten: it fills no disk, and the client gets a page that tells what was
    wrong, where a connection that is closed in its face would tell nothing.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._sha256, self._crc32 = hashlib.sha256(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > largest_upload():
            return
        super().receive_data_chunk(raw_data, start)
        self._sha256.update(raw_data)
        self._crc32 = zlib.crc32(raw_data, self._crc32)

    def file_complete(self, file_size: int) -> TemporaryUploadedFile:
        file = super().file_complete(file_size)
        file.sha256, file.crc32 = self._sha256.hexdigest(), self._crc32
        return file
