"""Uploads are hashed as they arrive, so that nobody has to read them again."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MIB = 1024 * 1024


def largest_upload() -> int:
    """Return how many bytes a file may have."""
    most: int = settings.MAX_UPLOAD_MIB * MIB
    return most


class HashedFile(TemporaryUploadedFile):
    """An uploaded file, and the hashes of its bytes."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.crc32 = 0
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def append(self, chunk: bytes) -> None:
        self.write(chunk)
        self.crc32 = zlib.crc32(chunk, self.crc32)
        self._sha256.update(chunk)


class HashingUploadHandler(FileUploadHandler):
    """
    Write an upload into a temporary file, and hash it on the way.

    What is beyond the limit is read and forgotten: it fills no disk, and the client gets a page that tells what was
    wrong, where a connection that is closed in its face would tell nothing.
    """

    file: HashedFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = HashedFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.file is not None
        if start + len(raw_data) <= largest_upload():
            self.file.append(raw_data)

    def file_complete(self, file_size: int) -> HashedFile:
        assert self.file is not None
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if self.file is not None:
            self.file.close()
