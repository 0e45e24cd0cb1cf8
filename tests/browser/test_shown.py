"""What is safe to show does show, as strictly confined as it is."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Frame, Page, Response

from tests.browser.samples import HOLE, SECONDS
from tests.servers.processes import ASGI, GTHREAD, until

PICTURES = ["photo.png", "photo.jpg", "photo.webp"]
FILMS = ["film.mp4", "film.webm"]
FRAMES = ["iframe", "object", "embed"]
MIDDLE: FloatRect = {"x": 70, "y": 70, "width": 100, "height": 100}
"""What is looked at of a page: part of every sample."""


def pixels(picture: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the colours of a screenshot, a PNG without interlacing."""
    position, data, width, channels = 8, b"", 0, 0
    while position < len(picture):
        size, kind = struct.unpack(">I4s", picture[position : position + 8])
        chunk = picture[position + 8 : position + 8 + size]
        if kind == b"IHDR":
            width, channels = int.from_bytes(chunk[:4], "big"), {2: 3, 6: 4}[chunk[9]]
        elif kind == b"IDAT":
            data += chunk
        position += size + 12
    raw, stride = zlib.decompress(data), width * channels
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        row = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, channels)
        for at in range(0, stride, channels):
            yield row[at], row[at + 1], row[at + 2]
        above = row


def unfiltered(filtering: int, row: bytearray, above: bytearray, channels: int) -> bytearray:
    """Undo the filter of a row (PNG, 9.2)."""
    for at in range(len(row)):
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        match filtering:
            case 1:
                row[at] = (row[at] + left) & 255
            case 2:
                row[at] = (row[at] + above[at]) & 255
            case 3:
                row[at] = (row[at] + (left + above[at]) // 2) & 255
            case 4:
                guess = left + above[at] - corner
                nearest = min((left, above[at], corner), key=lambda one: abs(guess - one))
                row[at] = (row[at] + nearest) & 255
    return row


def red(page: Page) -> int:
    """Count the pixels of what is seen that are red."""
    return sum(r > 180 and g < 90 and b < 90 for r, g, b in pixels(page.screenshot(clip=MIDDLE)))


def blue(page: Page) -> int:
    """Count those that are blue."""
    return sum(b > 180 and r < 90 and g < 90 for r, g, b in pixels(page.screenshot(clip=MIDDLE)))


def shows(page: Page, colour: Callable[[Page], int] = red) -> bool:
    """Tell whether the sample is seen, sooner or later: painting comes after loading."""
    return until(lambda: colour(page), lambda count: count > 2_000) > 2_000


def playing(frame: Page | Frame) -> Any:
    """Say how far the browser is with the sound or video of a document."""
    return frame.evaluate("""() => {
        const {readyState, duration, currentTime, seeking} = document.querySelector("video");
        return {readyState, duration: Number.isFinite(duration) ? duration : 0, currentTime, seeking};
    }""")


@pytest.mark.parametrize("name", [*PICTURES, "paper.pdf", *FILMS])
def test_it_shows_by_itself(page: Page, base: str, name: str) -> None:
    """Pictures, PDF and videos are seen when somebody goes to them."""
    page.goto(f"{base}/file/shown/{name}")
    assert shows(page)


@pytest.mark.parametrize(
    ("how", "name"),
    [("iframe", "photo.png"), ("iframe", "film.mp4"), *((how, "paper.pdf") for how in FRAMES)],
)
def test_it_shows_in_a_frame(page: Page, base: str, name: str, how: str) -> None:
    """And in frames of pages of the site."""
    page.goto(f"{base}/page?how={how}&of=/file/shown/{name}")
    assert shows(page)


@pytest.mark.parametrize(
    ("element", "name", "how"),
    [
        *(("img", name, "default") for name in PICTURES),
        *(("video", name, "default") for name in FILMS),
        ("img", "photo.png", "shown"),
        ("video", "film.mp4", "shown"),
    ],
)
def test_it_shows_as_part_of_a_page(page: Page, base: str, element: str, name: str, how: str) -> None:
    """Elements of a page show a file whether it would be saved or shown by itself."""
    page.goto(f"{base}/page?how={element}&of=/file/{how}/{name}")
    assert shows(page)


@pytest.mark.parametrize("name", ["sound.wav", *FILMS])
def test_what_is_heard_or_moves_would_not_show_more_strictly(page: Page, base: str, name: str) -> None:
    """Without an origin, or without leave to load itself, it stays still: so sounds and videos have a policy apart."""
    for how in ("strict", "originless"):
        page.goto(f"{base}/file/{how}/{name}")
        state = until(lambda: page.evaluate("document.querySelector('video').networkState"), lambda s: s == 3)
        assert state == 3, "The browser has found a source that it may play."


def test_a_drawing_shows_as_a_picture(page: Page, base: str, files: Path) -> None:
    """As a picture of a page, SVG is harmless, and is seen."""
    (files / "red.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120">'
        '<rect width="120" height="120" fill="red"/></svg>'
    )
    page.goto(f"{base}/page?how=img&of=/file/default/red.svg")
    assert shows(page)


@pytest.mark.parametrize("of", ["/file/shown/sound.wav", "/page?how=video&of=/file/shown/sound.wav"])
def test_a_sound_plays_and_can_be_gone_through(page: Page, base: str, of: str) -> None:
    """A sound has its length, and goes on from where somebody wants it to."""
    page.goto(base + of)
    assert until(lambda: playing(page), lambda state: state["readyState"] >= 2)["duration"] == SECONDS
    page.evaluate("document.querySelector('video').currentTime = 20")
    state = until(lambda: playing(page), lambda state: not state["seeking"])
    assert 20 <= state["currentTime"] < SECONDS


@pytest.mark.parametrize("server", [GTHREAD, ASGI], indirect=True, ids=lambda kind: kind.name)
@pytest.mark.parametrize("of", ["/file/shown/long.mp4", "/page?how=video&of=/file/shown/long.mp4"])
def test_a_video_can_be_gone_through(page: Page, base: str, of: str) -> None:
    """Where somebody wants a later part of a video, the browser asks for that part, gets it, and shows it."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  (it takes plain functions only)
    page.goto(base + of)
    state = until(lambda: playing(page), lambda state: state["readyState"] >= 2)
    assert state["readyState"] >= 2
    page.evaluate("document.querySelector('video').pause()")
    page.evaluate("document.querySelector('video').currentTime = 1.7")
    state = until(lambda: playing(page), lambda state: not state["seeking"] and state["readyState"] >= 2)
    assert (state["seeking"], state["currentTime"]) == (False, 1.7)
    assert shows(page, blue)
    parts = [answer.headers["content-range"] for answer in answers if answer.status == 206]
    starts = [int(part.removeprefix("bytes ").partition("-")[0]) for part in parts]
    assert max(starts) > HOLE // 2


@pytest.mark.parametrize(
    ("name", "text"), [("a.txt", "plain text"), ("a.json", '{"a": 1}')], ids=["plain", "JSON"]
)
def test_a_text_shows(page: Page, base: str, files: Path, name: str, text: str) -> None:
    """Texts can be read."""
    (files / name).write_text(text)
    page.goto(f"{base}/file/shown/{name}")
    assert text in page.inner_text("body")
