"""A content that writes down what is asked of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from downloadable.domain import ContentError, DownloadRequest, EntityTag, Resource
from downloadable.ports import AsyncContent, Content

__all__ = ["LARGE", "TAG", "AsyncRecordingContent", "RecordingContent"]

LARGE = bytes(range(256)) * 2048
"""Half a mebibyte: too much to be read before the answer begins."""

TAG = EntityTag("v1")


class RecordingContent(Content):
    """
    Bytes, and the steps that were asked for, in order.

    Args:
        data: What is there.

        piece: Bytes in each chunk.

        failing: The error that a step raises, by the name of the step; a list is used up, one error each time.
            ``read`` fails after its first chunk.

        **facts: Of the resource, in place of the true ones.
    """

    def __init__(
        self, data: bytes = LARGE, *, piece: int = 64 * 1024, failing: Any = None, **facts: Any
    ) -> None:
        self.data, self.piece, self.failing = data, piece, failing or {}
        self.resource = Resource(**{"name": "data.bin", "size": len(data), "entity_tag": TAG, **facts})
        self.steps: list[str] = []

    @property
    def closed(self) -> bool:
        """Whether it was closed, and nothing asked for after."""
        return bool(self.steps) and self.steps[-1] in {"close", "aclose"}

    def step(self, name: str) -> None:
        self.steps.append(name)
        error = self.failing.get(name)
        if isinstance(error, list):
            error = error.pop() if error else None
        if error is not None:
            raise error

    def known(self) -> Resource:
        return Resource(name=self.resource.name)

    def describe(self, asked: DownloadRequest) -> Resource:
        self.step("describe")
        return self.resource

    def acquire(self) -> None:
        self.step("acquire")

    def chunks(self, start: int, stop: int | None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else min(stop, len(self.data))
        for position in range(start, end, self.piece):
            yield self.data[position : min(position + self.piece, end)]

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.steps.append("read")
        error: ContentError | None = self.failing.get("read")
        for chunk in self.chunks(start, stop):
            yield chunk
            if error is not None:
                raise error

    def close(self) -> None:
        self.step("close")


class AsyncRecordingContent(RecordingContent, AsyncContent):
    """The same for one that is read on an event loop."""

    async def aread(self, start: int, stop: int | None) -> AsyncIterator[bytes]:
        self.steps.append("aread")
        error: ContentError | None = self.failing.get("read")
        for chunk in self.chunks(start, stop):
            yield chunk
            if error is not None:
                raise error

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        return AsyncContent.read(self, start, stop)

    async def aclose(self) -> None:
        self.steps.append("aclose")

    def close(self) -> None:
        super().close()
        AsyncContent.close(self)
