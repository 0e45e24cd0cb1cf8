"""Uploads as somebody does them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

__all__ = ["submit", "upload"]


def upload(page: Page, base: str, file: Path, title: str) -> None:
    """Upload *file* as a private document called *title*; its page is shown then."""
    page.goto(f"{base}/documents/upload/")
    submit(page, file, title)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def submit(page: Page, file: Path, title: str) -> None:
    """Fill in the form, and send it."""
    page.get_by_label("Title").fill(title)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("main").get_by_role("button", name="Upload").click()
