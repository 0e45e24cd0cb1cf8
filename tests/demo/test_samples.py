"""The samples of the demo: made once, whole, and what they say they are."""

from __future__ import annotations

import re
import struct
import wave
import zlib
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.demo.conftest import Site


def test_samples_are_made_once(media_root: Path) -> None:
    """What is there already stays as it is, and nothing is left half made."""
    from demo.samples import make_files

    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in media_root.iterdir() if path.is_file()}

    before = times()
    make_files()
    assert times() == before
    assert len(before) == 6
    assert not any(name.startswith(".") for name in before)


@pytest.mark.django_db
def test_leaflet_is_made_once(site: Site) -> None:
    """One row is enough, however often the demo starts."""
    from demo.models import Leaflet
    from demo.samples import make_leaflet

    make_leaflet()
    make_leaflet()
    assert Leaflet.objects.count() == 1


def test_binary_has_its_size(media_root: Path) -> None:
    """The large sample has the size that was asked for, and no two of its MiB are equal."""
    binary = (media_root / "random.bin").read_bytes()
    assert len(binary) == 2 * 1024 * 1024
    assert binary[: 1024 * 1024] != binary[1024 * 1024 :]


def test_image_is_a_png(media_root: Path) -> None:
    """The image has the signature, the chunks and the checksums of a PNG, and all of its pixels."""
    rest = (media_root / "sunset.png").read_bytes()
    assert rest[:8] == b"\x89PNG\r\n\x1a\n"
    rest, chunks = rest[8:], []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, body, checksum = rest[4:8], rest[8 : 8 + length], rest[8 + length : 12 + length]
        assert struct.pack(">I", zlib.crc32(kind + body)) == checksum
        chunks.append((kind, body))
        rest = rest[12 + length :]
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, color) == (8, 2)
    assert len(zlib.decompress(chunks[1][1])) == height * (1 + 3 * width)


def test_document_is_a_pdf(media_root: Path) -> None:
    """The PDF ends with where its table is; the table says where each object begins; each stream has its length."""
    pdf = (media_root / "leaflet.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.4\n")
    ending = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)
    assert ending is not None
    table = pdf[int(ending[1]) :]
    assert table.startswith(b"xref\n0 7\n0000000000 65535 f \n")
    places = re.findall(rb"(\d{10}) 00000 n \n", table)
    assert len(places) == 6
    for number, place in enumerate(places, start=1):
        assert pdf[int(place) :].startswith(b"%d 0 obj\n" % number)
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", pdf, re.DOTALL)
    assert stream is not None
    assert int(stream[1]) == len(stream[2])


def test_sound_is_a_wav(media_root: Path) -> None:
    """The sound lasts two seconds and is not silence."""
    with wave.open(str(media_root / "tone.wav")) as sound:
        assert sound.getnframes() == 2 * sound.getframerate()
        assert len(set(sound.readframes(1000))) > 50


def test_archive_is_a_zip(media_root: Path) -> None:
    """The archive can be unpacked."""
    with ZipFile(media_root / "archive.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["inside/poem.txt"]
