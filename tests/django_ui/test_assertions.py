"""The assertion that ships for the tests of others, in tests of both colours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import SimpleTestCase, override_settings
from django.urls import path

from downloadable.adapters.memory import MemorySource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import adownload
from downloadable.django_ui.testing import assert_download_response

LARGE = bytes(300_000)  # more than is read before the answer is returned


async def counted(request: HttpRequest) -> HttpResponseBase:
    """Serve what an event loop makes."""

    async def numbers() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number}\n"

    return await adownload(request, numbers(), basename="numbers.txt")


urlpatterns = [
    path("numbers.txt", counted),
    path("<path:path>", download_view(MemorySource({"small.txt": b"abc", "large.bin": LARGE}))),
]


@override_settings(ROOT_URLCONF=__name__)
class BodiesTest(SimpleTestCase):
    """Bodies that are there, that are bridged from a thread, and that come from a loop."""

    bodies = {"/small.txt": b"abc", "/large.bin": LARGE, "/numbers.txt": b"0\n1\n2\n"}  # noqa: RUF012

    def test_bodies_are_read_in_a_synchronous_test(self) -> None:
        """Whatever the server was."""
        for url, content in self.bodies.items():
            with self.subTest(url):
                assert_download_response(self, self.client.get(url), content=content)

    async def test_bodies_are_read_in_an_asynchronous_test(self) -> None:
        """Although its own loop is waiting meanwhile."""
        for url, content in self.bodies.items():
            with self.subTest(url):
                assert_download_response(self, await self.async_client.get(url), content=content)

    async def test_a_wrong_body_is_noticed_in_an_asynchronous_test(self) -> None:
        """The body is really compared there."""
        response = await self.async_client.get("/large.bin")
        with pytest.raises(AssertionError):
            assert_download_response(self, response, content=b"else")
