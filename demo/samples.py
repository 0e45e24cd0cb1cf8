"""Make the demo's files, accounts and rows; what is there already stays as it is."""

from __future__ import annotations

import hashlib
import math
import os
import random
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command

from demo.models import Leaflet

TEXT = "Grüße aus 東京.txt"
IMAGE = "sunset.png"
DOCUMENT = "leaflet.pdf"
AUDIO = "tone.wav"
VIDEO = "clip.webm"
BINARY = "random.bin"
ARCHIVE = "archive.zip"
MEMBER = "inside/poem.txt"

MIB = 1024 * 1024
CHANGED = datetime(2025, 3, 14, 15, 9, 26, tzinfo=UTC)


def make_samples() -> None:
    """Make what is missing."""
    from demo.sample_documents import make_documents

    make_files()
    call_command("migrate", verbosity=0)
    make_leaflet()
    make_documents()


def make_files() -> None:
    """Make the files that are not there."""
    makers: dict[str, Callable[[], bytes]] = {
        TEXT: lambda: "Grüße aus 東京! A name keeps its letters.\n".encode() * 10,
        IMAGE: lambda: png(320, 200),
        DOCUMENT: lambda: pdf("Downloaded from Django."),
        AUDIO: lambda: wav(seconds=2, hertz=440),
        BINARY: lambda: noise(int(os.environ.get("DEMO_MIB", "64"))),
        ARCHIVE: lambda: archive({MEMBER: "A file\nwithin a file.\n" * 1000}),
    }
    for name, make in makers.items():
        path = Path(settings.MEDIA_ROOT, name)
        if not path.exists():
            write(path, make())


def write(path: Path, content: bytes) -> None:
    """Write a file that appears only when it is complete, however this is interrupted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def make_leaflet() -> None:
    """Make the row that is not there, and its file in the default storage."""
    if Leaflet.objects.filter(pk=1).exists():
        return
    content = Path(settings.MEDIA_ROOT, DOCUMENT).read_bytes()
    leaflet = Leaflet(
        pk=1,
        title="Our leaflet, 2nd edition.pdf",
        media_type="application/pdf",
        size=len(content),
        modified=CHANGED,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    leaflet.file.save(DOCUMENT, ContentFile(content))


def png(width: int, height: int) -> bytes:
    """Draw a sunset."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def pixel(x: int, y: int) -> bytes:
        if math.hypot(x - width / 2, y - height * 0.7) < height / 5:
            return bytes((255, 220, 90))
        return bytes((40 + 200 * y // height, 40 + 70 * y // height, 110))

    # Each line begins with the number of its filter: none.
    lines = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits each of red, green and blue
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines, 9)), chunk(b"IEND", b"")]
    )


def pdf(sentence: str) -> bytes:
    """Set one ASCII sentence, without parentheses or backslashes, on a page."""
    drawing = f"BT /F1 24 Tf 72 720 Td ({sentence}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    ]
    file, places = "%PDF-1.4\n", ["0000000000 65535 f \n"]
    for number, body in enumerate(objects, start=1):
        places.append(f"{len(file):010} 00000 n \n")
        file += f"{number} 0 obj\n{body}\nendobj\n"
    table = f"xref\n0 {len(places)}\n{''.join(places)}trailer\n<< /Size {len(places)} /Root 1 0 R >>\n"
    return f"{file}{table}startxref\n{len(file)}\n%%EOF\n".encode("ascii")


def wav(*, seconds: int, hertz: int, rate: int = 8000) -> bytes:
    """Play one tone that fades away."""
    length = seconds * rate
    samples = (
        round(128 + 100 * (1 - n / length) * math.sin(math.tau * hertz * n / rate)) for n in range(length)
    )
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(bytes(samples))
    return buffer.getvalue()


def noise(mebibytes: int) -> bytes:
    """Make bytes that look random, and are the same each time."""
    return random.Random(0).randbytes(mebibytes * MIB)


def archive(texts: dict[str, str]) -> bytes:
    """Pack texts into a ZIP archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            packed.writestr(name, text)
    return buffer.getvalue()
