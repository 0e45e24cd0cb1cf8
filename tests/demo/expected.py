"""What each download of the demo must be: by URL, its name, its type and its bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import Factory, frozen


@frozen
class Expected:
    """
    A download.

    Args:
        body: Its bytes, given the directory that the samples are in.

        validators: The field to compare, if there is one: an entity tag goes before a date.
    """

    url: str
    name: str
    media_type: str
    body: Callable[[Path], bytes]
    disposition: str = "attachment"
    seekable: bool = True
    validators: list[str] = Factory(lambda: ["ETag"])


def sample(name: str) -> Callable[[Path], bytes]:
    """The bytes of a file that the demo has made."""
    return lambda directory: (directory / name).read_bytes()


def literal(body: str | bytes) -> Callable[[Path], bytes]:
    """Just these bytes."""
    return lambda directory: body.encode() if isinstance(body, str) else body


BINARY = "application/octet-stream"
PDF = "application/pdf"
PNG = "image/png"
UTF_8 = "text/plain; charset=utf-8"
ABROAD = "Gr%C3%BC%C3%9Fe%20aus%20%E6%9D%B1%E4%BA%AC.txt"
LEAFLET = "Our leaflet, 2nd edition.pdf"
SQUARES = "".join(f"{number},{number * number}\r\n" for number in range(1, 100_001))

EXPECTED = [
    Expected("/local/random.bin", "random.bin", BINARY, sample("random.bin")),
    Expected(f"/local/{ABROAD}", "Grüße aus 東京.txt", "text/plain", sample("Grüße aus 東京.txt")),
    Expected("/image", "sunset.png", PNG, sample("sunset.png")),
    Expected("/path-view/sunset.png", "sunset.png", PNG, sample("sunset.png")),
    Expected("/leaflet/1", LEAFLET, PDF, sample("leaflet.pdf")),
    Expected("/leaflet-async/1", LEAFLET, PDF, sample("leaflet.pdf")),
    Expected("/model/1", LEAFLET, PDF, sample("leaflet.pdf")),
    Expected("/object-view/1", LEAFLET, PDF, sample("leaflet.pdf"), validators=["Last-Modified"]),
    Expected("/storage/sunset.png", "sunset.png", PNG, sample("sunset.png")),
    Expected("/storage-view/sunset.png", "sunset.png", PNG, sample("sunset.png")),
    Expected(
        "/fsspec/inside/poem.txt",
        "poem.txt",
        "text/plain",
        literal("A file\nwithin a file.\n" * 1000),
        validators=[],
    ),
    Expected("/http/random.bin", "random.bin", BINARY, sample("random.bin")),
    Expected("/http-view", "Grüße aus 東京.txt", "text/plain", sample("Grüße aus 東京.txt")),
    Expected("/bytes", "every-byte.bin", BINARY, literal(bytes(range(256)))),
    Expected("/text", "frokost.txt", UTF_8, literal("Blåbærsyltetøy på brødskive.\n" * 10)),
    Expected(
        "/virtual-view",
        "poem.txt",
        UTF_8,
        literal("A file that is nowhere\nis served from here.\n" * 10),
    ),
    Expected(
        "/table",
        "squares.csv",
        "text/csv",
        literal(f"number,square\r\n{SQUARES}"),
        seekable=False,
        validators=[],
    ),
    Expected(
        "/ticks",
        "ticks.txt",
        "text/plain",
        literal("tick 1\ntick 2\ntick 3\ntick 4\ntick 5\n"),
        seekable=False,
        validators=[],
    ),
    Expected("/greeting/world", "hello.txt", "text/plain", literal("Hello world!\n" * 10)),
    Expected("/inline/sunset.png", "sunset.png", PNG, sample("sunset.png"), "inline"),
    Expected("/inline/leaflet.pdf", "leaflet.pdf", PDF, sample("leaflet.pdf"), "inline"),
    Expected("/inline/tone.wav", "tone.wav", "audio/x-wav", sample("tone.wav"), "inline"),
]

REFUSED = [("/private/sunset.png", 403), ("/local/missing.txt", 404)]

TOKEN = {"Authorization": "Bearer sesame"}
ALLOWED = Expected("/private/sunset.png", "sunset.png", PNG, sample("sunset.png"))
