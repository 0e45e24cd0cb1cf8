"""What can be shown is shown by the page of a document: pictures, PDF, sounds, videos."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.demo.conftest import Pictured
from tests.browser.demo.taking import document_page
from tests.servers.processes import until


def test_a_picture_is_previewed(page: Page, base: str) -> None:
    """The page of a picture shows it."""
    document_page(page, base, "Sunset")
    picture = page.locator("[data-preview] img")
    assert until(lambda: picture.evaluate("image => image.complete && image.naturalWidth"), bool) > 100


def test_a_pdf_is_previewed(page: Page, base: str) -> None:
    """The page of a PDF shows it in the browser's viewer."""
    document_page(page, base, "Our leaflet")
    expect(page.locator("[data-preview] iframe")).to_be_visible()

    def viewers() -> list[str]:
        page.evaluate("null")  # what frames there are is heard only while the browser is asked something
        return [frame.url for frame in page.frames if "extension" in frame.url]

    assert len(until(viewers, bool)) == 1


@pytest.mark.parametrize(("element", "title"), [("audio", "A tone"), ("video", "A test film")])
def test_sound_and_video_play(page: Page, base: str, element: str, title: str) -> None:
    """The pages of sounds and videos play them."""
    document_page(page, base, title)
    player = page.locator(f"[data-preview] {element}")
    player.evaluate("player => { player.muted = true; return player.play() }")
    assert until(lambda: player.evaluate("player => player.currentTime"), lambda at: at > 0.2) > 0.2


def test_a_video_is_gone_through(page: Page, base: str, pictured: Pictured) -> None:
    """Somebody who wants to see the end of a video gets there, by an answer that is a part of the file."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  (it takes plain functions only)
    document_page(page, base, "A test film")
    player = page.locator("[data-preview] video")
    until(lambda: player.evaluate("player => player.readyState"), lambda ready: ready >= 1)
    wanted = player.evaluate("player => player.currentTime = player.duration - 1")
    assert wanted > 5
    there = until(
        lambda: player.evaluate(
            "player => player.seeking || player.readyState < 2 ? null : player.currentTime"
        ),
        lambda at: at is not None,
    )
    assert there == pytest.approx(wanted, abs=0.1)
    pictured(page, "document")
    assert {answer.status for answer in answers if answer.url.endswith("/view")} == {206}
