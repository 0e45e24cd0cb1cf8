"""Tiny files of the types that browsers show: made here, or by the browser; what is to be seen of each is red."""

from __future__ import annotations

import base64
import io
import struct
import wave
import zlib
from pathlib import Path

from playwright.sync_api import Page

__all__ = ["HOLE", "SECONDS", "write_samples"]

SIDE = 120
SECONDS = 30
"""How long the sound is."""
HOLE = 32 * 1024 * 1024
"""Bytes in the middle of the video that nobody needs: more than a browser reads in advance."""


def png() -> bytes:
    """Make a red square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xff\0\0" * SIDE) * SIDE
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def wav() -> bytes:
    """Make silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * 8000 * SECONDS))
    return written.getvalue()


def pdf() -> bytes:
    """Make a red page."""
    painting = b"1 0 0 rg 0 0 200 200 re f"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(painting), painting),
    ]
    written, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj%sendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return b"%sxref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        written,
        len(objects) + 1,
        table,
        len(objects) + 1,
        len(written),
    )


# The video is red for a second, then blue; it can be gone to each half second.
RECORDING = """async side => {
    const canvas = Object.assign(document.createElement("canvas"), {width: side, height: side});
    const pen = canvas.getContext("2d");
    const paint = colour => { pen.fillStyle = colour; pen.fillRect(0, 0, side, side); };
    const spelt = async blob => {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
    };
    paint("red");
    const jpeg = await new Promise(done => canvas.toBlob(done, "image/jpeg"));
    const webp = await new Promise(done => canvas.toBlob(done, "image/webp"));
    const record = async (mimeType, colours) => {
        const stream = canvas.captureStream(20), parts = [];
        const recorder = new MediaRecorder(stream, {mimeType, videoKeyFrameIntervalDuration: 500});
        recorder.ondataavailable = event => parts.push(event.data);
        const stopped = new Promise(done => recorder.onstop = done);
        recorder.start();
        for (const colour of colours) {
            for (let frame = 0; frame < 20; frame++) {
                paint(colour);
                await new Promise(done => setTimeout(done, 50));
            }
        }
        recorder.stop();
        await stopped;
        return await spelt(new Blob(parts));
    };
    const [mp4, webm] = await Promise.all([
        record("video/mp4;codecs=vp9", ["red", "blue"]), record("video/webm;codecs=vp8", ["red"])
    ]);
    return {"photo.jpg": await spelt(jpeg), "photo.webp": await spelt(webp), "film.mp4": mp4, "film.webm": webm};
}"""


def write_samples(directory: Path, page: Page) -> None:
    """Write a file of each type into *directory*; *page* is any in a browser, which makes what we cannot."""
    (directory / "photo.png").write_bytes(png())
    (directory / "sound.wav").write_bytes(wav())
    (directory / "paper.pdf").write_bytes(pdf())
    for name, spelt in page.evaluate(RECORDING, SIDE).items():
        (directory / name).write_bytes(base64.b64decode(spelt))
    write_with_a_hole(directory / "film.mp4", directory / "long.mp4")


def write_with_a_hole(film: Path, target: Path) -> None:
    """Write *film* with a hole behind its first fragment, as if there were more of it than a browser reads ahead."""
    data = film.read_bytes()
    fragments, index = [], 0
    position = 0
    while position < len(data):
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        if kind == b"moof":
            fragments.append(position)
        if kind == b"mfra":
            index = position
        position += size
    assert len(fragments) > 2, "The browser has recorded no fragments to go to."
    assert index, "The browser has recorded no table of fragments."
    moved, table = fragments[1:], data[index:]
    for fragment in reversed(moved):
        assert table.count(struct.pack(">Q", fragment)) == 1, "The table of fragments is not as expected."
        table = table.replace(struct.pack(">Q", fragment), struct.pack(">Q", fragment + HOLE))
    with target.open("wb") as file:
        file.write(data[: moved[0]] + struct.pack(">I4s", HOLE, b"free"))
        file.seek(moved[0] + HOLE)
        file.write(data[moved[0] : index] + table)
