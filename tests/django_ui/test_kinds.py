"""Whatever a project calls a file."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from downloadable.adapters.local import LocalSource
from downloadable.adapters.memory import GeneratedContent, MemoryContent
from downloadable.domain import Resource
from tests.django_ui.doors import EVERY_VIEW, called, sync_view_of
from tests.django_ui.handlers import EVERY_HANDLER, Ask
from tests.django_ui.recording import LARGE

TEXT = "Žluťoučký kůň — ďábelské ódy\n"


def at_the_end(file: Any, content: Any) -> Any:
    """Write to a buffer, and leave its position there."""
    file.write(content)
    return file


def written(directory: Path, data: bytes) -> Path:
    """Return the path of a file that holds *data*."""
    path = directory / "on disk.txt"
    path.write_bytes(data)
    return path


def generated(data: bytes) -> Iterator[bytes]:
    """Yield *data* in pieces."""
    for start in range(0, len(data), 4096):
        yield data[start : start + 4096]


async def agenerated(data: bytes) -> AsyncIterator[bytes]:
    """Yield *data* in pieces on an event loop."""
    for chunk in generated(data):
        yield chunk


OCTETS = "application/octet-stream"
PLAIN = "text/plain"
UTF8 = "text/plain; charset=utf-8"
KINDS: dict[str, tuple[Callable[[bytes, Path], Any], str, str]] = {
    "bytes": (lambda data, _: data, "attachment", OCTETS),
    "bytearray": (lambda data, _: bytearray(data), "attachment", OCTETS),
    "memoryview": (lambda data, _: memoryview(data), "attachment", OCTETS),
    "str": (lambda data, _: data.decode(), "attachment", UTF8),
    "Path": (lambda data, at: written(at, data), 'attachment; filename="on disk.txt"', PLAIN),
    "BytesIO at its start": (lambda data, _: io.BytesIO(data), "attachment", OCTETS),
    "BytesIO at its end": (lambda data, _: at_the_end(io.BytesIO(), data), "attachment", OCTETS),
    "StringIO at its start": (lambda data, _: io.StringIO(data.decode()), "attachment", UTF8),
    "StringIO at its end": (lambda data, _: at_the_end(io.StringIO(), data.decode()), "attachment", UTF8),
    "open binary file": (
        lambda data, at: written(at, data).open("rb"),
        'attachment; filename="on disk.txt"',
        PLAIN,
    ),
    "open text file": (
        lambda data, at: written(at, data).open(encoding="utf-8"),
        'attachment; filename="on disk.txt"',
        UTF8,
    ),
    "File": (
        lambda data, at: File(written(at, data).open("rb"), name="given.txt"),
        'attachment; filename="given.txt"',
        PLAIN,
    ),
    "ContentFile": (
        lambda data, _: ContentFile(data, name="made.txt"),
        'attachment; filename="made.txt"',
        PLAIN,
    ),
    "ContentFile of text": (
        lambda data, _: ContentFile(data.decode(), name="made.txt"),
        'attachment; filename="made.txt"',
        UTF8,
    ),
    "ContentFile without a name": (lambda data, _: ContentFile(data), "attachment", OCTETS),
    "upload": (
        lambda data, _: SimpleUploadedFile("sent.bin", data, content_type="application/x-of-its-own"),
        'attachment; filename="sent.bin"',
        "application/x-of-its-own",
    ),
    "list": (lambda data, _: list(generated(data)), "attachment", OCTETS),
    "generator": (lambda data, _: generated(data), "attachment", OCTETS),
    "generator of text": (
        lambda data, _: iter(data.decode().splitlines(keepends=True)),
        "attachment",
        OCTETS,
    ),
    "async generator": (lambda data, _: agenerated(data), "attachment", OCTETS),
    "content": (
        lambda data, _: MemoryContent.named("memory.csv", data),
        'attachment; filename="memory.csv"',
        "text/csv",
    ),
    "content of a source": (
        lambda data, at: LocalSource(at).open(written(at, data).name),
        'attachment; filename="on disk.txt"',
        PLAIN,
    ),
}
"""What can be passed to ``download()``: how to make it, and the name and type that are known of it."""


@EVERY_HANDLER
@EVERY_VIEW
@pytest.mark.parametrize("size", [pytest.param(1, id="small"), pytest.param(6000, id="large")])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_downloaded(
    ask: Ask, view_of: Any, kind: str, size: int, tmp_path: Path
) -> None:
    """Whatever a project calls a file arrives complete, by its name, in both colours."""
    make, disposition, content_type = KINDS[kind]
    data = TEXT.encode() * size
    answer = ask(view_of(lambda: make(data, tmp_path)))
    assert answer.status == 200
    assert answer.body == data
    assert answer.field("Content-Disposition") == disposition
    assert answer.field("Content-Type") == content_type
    # The length is announced wherever it is known, and then it is right.
    assert answer.field("Content-Length") in {str(len(data)), None}
    assert (answer.field("Content-Length") is None) == (
        kind in {"list", "generator", "generator of text", "async generator"}
    )


@EVERY_HANDLER
@EVERY_VIEW
def test_a_range_of_an_open_file_is_counted_from_its_start(ask: Ask, view_of: Any, tmp_path: Path) -> None:
    """A file that was read before is served whole, so its ranges count from its first byte."""

    def half_read() -> Any:
        file = written(tmp_path, LARGE).open("rb")
        file.read(1000)
        return file

    answer = ask(view_of(half_read), fields={"Range": "bytes=10-19"})
    assert (answer.status, answer.body) == (206, LARGE[10:20])
    assert answer.field("Content-Range") == f"bytes 10-19/{len(LARGE)}"


def test_a_generated_content_with_a_size_announces_it() -> None:
    """Whoever knows how much will come may say so."""
    content = GeneratedContent([b"12", b"345"], Resource(name="n.txt", size=5))
    response = called(sync_view_of(lambda: content))
    assert response.headers["Content-Length"] == "5"
    assert b"".join(response.streaming_content) == b"12345"
