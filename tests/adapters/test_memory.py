from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from downloadable.adapters.memory import AsyncGeneratedContent, GeneratedContent, MemoryContent, MemorySource
from downloadable.domain import PLAIN_GET, ContentError, ContentTruncated, EntityTag, Resource
from downloadable.ports.contract import SourceContract


class TestMemorySource(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> MemorySource:
        return MemorySource(files)


class Generated:
    """Each file as a generator of seven-byte chunks."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def open(self, key: str) -> GeneratedContent:
        if key not in self.files:
            raise KeyError(key)
        data = self.files[key]
        return GeneratedContent(
            (data[start : start + 65_537] for start in range(0, len(data), 65_537)), Resource(name=key)
        )
