"""Helpers for tests."""

from __future__ import annotations

from typing import Any

from downloadable.django_ui.downloadview.middlewares import is_download_response
from downloadable.django_ui.downloadview.validators import ResponseValidator
from downloadable.django_ui.testing import assert_download_response, setup_view, temporary_media_root

__all__ = [
    "DownloadResponseValidator",
    "assert_download_response",
    "is_download_response",
    "setup_view",
    "temporary_media_root",
]


class DownloadResponseValidator(ResponseValidator):
    """Asserts what a download is like, one thing at a time."""

    kind = "download_response"

    def assert_download_response(self, test_case: Any, response: Any) -> None:
        assert_download_response(test_case, response)

    def assert_basename(self, test_case: Any, response: Any, value: str) -> None:
        assert_download_response(test_case, response, basename=value)

    def assert_content_type(self, test_case: Any, response: Any, value: str) -> None:
        assert_download_response(test_case, response, content_type=value)

    def assert_mime_type(self, test_case: Any, response: Any, value: str) -> None:
        assert_download_response(test_case, response, mime_type=value)

    def assert_content(self, test_case: Any, response: Any, value: bytes | str) -> None:
        assert_download_response(test_case, response, content=value)

    def assert_attachment(self, test_case: Any, response: Any, value: bool) -> None:
        assert_download_response(test_case, response, attachment=value)
