"""Sources with one fault each, for test_contract.py to see that the contract finds it; not collected by itself."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from attrs import evolve

from downloadable.adapters.memory import MemoryContent, MemorySource
from downloadable.domain import ContentChanged, ContentTruncated, DownloadRequest, Resource
from downloadable.ports import AsyncContent, Content
from downloadable.ports.contract import ChangingSourceContract, SourceContract


class Files:
    """Files in memory, each as a content of some kind."""

    def __init__(self, files: Mapping[str, bytes], kind: type[Any]) -> None:
        self.files, self.kind = files, kind

    def open(self, key: str) -> Content:
        data = self.files.get(key)
        if data is None:
            return MemorySource({}).open(key)
        content: Content = self.kind(data, Resource(name=key))
        return content


class TestSound(SourceContract):
    """Nothing is wrong with this one."""

    kind: type[Content] = MemoryContent

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Any:
        return Files(files, self.kind)


class StopIncluded(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return super().read(start, None if stop is None else min(stop + 1, len(self._data)))


class TestStopIncluded(TestSound):
    kind = StopIncluded


class StartIgnored(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return super().read(0, stop)


class TestStartIgnored(TestSound):
    kind = StartIgnored


class StopOfLargeIgnored(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return super().read(start, None if stop is not None and len(self._data) > stop > 2**16 else stop)


class TestStopOfLargeIgnored(TestSound):
    kind = StopOfLargeIgnored


class EmptyChunk(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield b""
        yield from super().read(start, stop)


class TestEmptyChunk(TestSound):
    kind = EmptyChunk


class OtherBytes(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        yield from map(bytearray, super().read(start, stop))


class TestOtherBytes(TestSound):
    kind = OtherBytes


class ShortInSilence(MemoryContent):
    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        try:
            yield from super().read(start, stop)
        except ContentTruncated:
            return


class TestShortInSilence(TestSound):
    kind = ShortInSilence


class ReadOnce(MemoryContent):
    spent = False

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        if self.spent:
            return iter(())
        self.spent = True
        return super().read(start, stop)


class TestReadOnce(TestSound):
    kind = ReadOnce


class WrongSize(MemoryContent):
    def describe(self, asked: DownloadRequest) -> Resource:
        return evolve(super().describe(asked), size=len(self._data) + 1)


class TestWrongSize(TestSound):
    kind = WrongSize


class WrongName(MemoryContent):
    def describe(self, asked: DownloadRequest) -> Resource:
        return evolve(super().describe(asked), name=f"/srv/{self._resource.name}")


class TestWrongName(TestSound):
    kind = WrongName


class KnowsBetter(MemoryContent):
    def known(self) -> Resource:
        return evolve(super().known(), content_type="text/html")


class TestKnowsBetter(TestSound):
    kind = KnowsBetter


class NeverTheSame(MemoryContent):
    looks = 0

    def describe(self, asked: DownloadRequest) -> Resource:
        self.looks += 1
        return evolve(super().describe(asked), content_type=f"text/x-{self.looks}")


class TestNeverTheSame(TestSound):
    kind = NeverTheSame


class LeaksOnAcquire(MemoryContent):
    kept: ClassVar[list[int]] = []

    def acquire(self) -> None:
        self.kept.append(os.open(os.devnull, os.O_RDONLY))


class TestLeaksOnAcquire(TestSound):
    kind = LeaksOnAcquire


class LeaksHalfWay(MemoryContent):
    kept: ClassVar[list[int]] = []

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        descriptor = os.open(os.devnull, os.O_RDONLY)
        self.kept.append(descriptor)
        yield from super().read(start, stop)
        os.close(descriptor)  # not in a finally


class TestLeaksHalfWay(TestSound):
    kind = LeaksHalfWay


class ClosesOnce(MemoryContent):
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


class TestClosesOnce(TestSound):
    kind = ClosesOnce


class ClosesAcquiredOnly(MemoryContent):
    descriptor: int

    def acquire(self) -> None:
        self.descriptor = os.open(os.devnull, os.O_RDONLY)

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class TestClosesAcquiredOnly(TestSound):
    kind = ClosesAcquiredOnly


class OthersOnALoop(AsyncContent):
    def __init__(self, data: bytes, resource: Resource) -> None:
        self.content = MemoryContent(data, resource)

    def describe(self, asked: DownloadRequest) -> Resource:
        return self.content.describe(asked)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return self.content.read(start, stop)

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        for chunk in self.content.read(start, stop):
            yield chunk[:-1]


class TestOthersOnALoop(TestSound):
    kind = OthersOnALoop


class AtHandFromTheStart(MemoryContent):
    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return super().read_nowait(0, stop)


class TestAtHandFromTheStart(TestSound):
    kind = AtHandFromTheStart


class AtHandBeyondTheStop(MemoryContent):
    def read_nowait(self, start: int, stop: int | None) -> bytes | None:
        return super().read_nowait(start, None)


class TestAtHandBeyondTheStop(TestSound):
    kind = AtHandBeyondTheStop


class AtHandInOtherBytes(MemoryContent):
    def read_nowait(self, start: int, stop: int | None) -> Any:
        return bytearray(super().read_nowait(start, stop) or b"")


class TestAtHandInOtherBytes(TestSound):
    kind = AtHandInOtherBytes


class OtherDescriptor(MemoryContent):
    descriptor: int | None = None

    def fileno(self) -> int | None:
        return self.descriptor

    def acquire(self) -> None:
        self.descriptor = os.open(__file__, os.O_RDONLY)

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class TestOtherDescriptor(TestSound):
    kind = OtherDescriptor


class RaisingFiles(Files):
    def open(self, key: str) -> Content:
        content: Content = self.kind(self.files[key], Resource(name=key))
        return content


class TestMissingKeyOnOpen(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Any:
        return RaisingFiles(files, MemoryContent)


class EmptyFiles(Files):
    def open(self, key: str) -> Content:
        content: Content = self.kind(self.files.get(key, b""), Resource(name=key))
        return content


class TestMissingKeyServed(SourceContract):
    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> Any:
        return EmptyFiles(files, MemoryContent)


class Rereading(Content):
    """Looks into the mapping each time, and never holds what it finds against what it described."""

    def __init__(self, files: Mapping[str, bytes], key: str) -> None:
        self.files, self.key = files, key

    def now(self) -> Content:
        return MemorySource(self.files).open(self.key)

    def describe(self, asked: DownloadRequest) -> Resource:
        return self.now().describe(asked)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return self.now().read(start, stop)


class Remembering(Rereading):
    """Notices a change, but looks once and for all."""

    described: Resource | None = None

    def describe(self, asked: DownloadRequest) -> Resource:
        self.described = self.described or super().describe(asked)
        return self.described

    def acquire(self) -> None:
        if self.described is not None and self.described.size != self.now().known().size:
            raise ContentChanged


class ChangingFiles:
    def __init__(self, files: Mapping[str, bytes], kind: type[Rereading]) -> None:
        self.files, self.kind = dict(files), kind

    def open(self, key: str) -> Content:
        return self.kind(self.files, key)


class TestChangeUnnoticed(ChangingSourceContract):
    kind: type[Rereading] = Rereading

    def make_source(self, files: Mapping[str, bytes], tmp_path: Path) -> ChangingFiles:
        return ChangingFiles(files, self.kind)

    def replace(self, source: Any, name: str, data: bytes) -> None:
        source.files[name] = data

    def remove(self, source: Any, name: str) -> None:
        del source.files[name]


class TestLookRemembered(TestChangeUnnoticed):
    kind = Remembering
