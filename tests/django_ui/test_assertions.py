"""The assertion that ships for the tests of others, in tests of both colours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory, SimpleTestCase, override_settings
from django.urls import path

from downloadable.adapters.delegates import Apache, Nginx
from downloadable.adapters.memory import MemorySource
from downloadable.django_ui.decorators import delegated_to
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import adownload, download
from downloadable.django_ui.testing import assert_download_response, assert_handed_over

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


def handed_over(delegate: Any, path: Path) -> HttpResponseBase:
    """Return the answer of a view whose file *delegate* sends."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, path)

    answer: HttpResponseBase = delegated_to(delegate)(view)(RequestFactory().get("/"))
    return answer


def test_what_is_handed_over_is_recognised(tmp_path: Path) -> None:
    """The field of the server in front, with its value, and no body."""
    path = tmp_path / "a b.txt"
    path.write_text("Hello!")
    case = SimpleTestCase()
    response = handed_over(Nginx({tmp_path: "/p/"}), path)
    assert_handed_over(case, response)
    assert_handed_over(case, response, "/p/a%20b.txt")
    assert_handed_over(case, response, "/p/a%20b.txt", field="x-accel-redirect")
    assert_download_response(case, response, basename="a b.txt", mime_type="text/plain")
    assert_handed_over(case, handed_over(Apache([tmp_path]), path), str(path), field="X-Sendfile")
    assert_handed_over(case, HttpResponse(status=302, headers={"Location": "/a"}), "/a", field="Location")


FIELD = {"X-Accel-Redirect": "/p/a"}


@pytest.mark.parametrize(
    ("response", "asked"),
    [
        pytest.param(HttpResponse(), {}, id="no field"),
        pytest.param(HttpResponse(headers=FIELD), {"field": "X-Sendfile"}, id="another field"),
        pytest.param(HttpResponse(headers=FIELD), {"target": "/p/b"}, id="another file"),
        pytest.param(HttpResponse(headers=FIELD, status=403), {}, id="refused"),
        pytest.param(HttpResponse(headers={"Location": "/a"}), {"field": "Location"}, id="no redirection"),
        pytest.param(HttpResponse(b"Hello!", headers=FIELD), {}, id="a body"),
        pytest.param(StreamingHttpResponse([b"Hello!"], headers=FIELD), {}, id="a streamed body"),
    ],
)
def test_what_is_not_handed_over_is_noticed(response: HttpResponseBase, asked: dict[str, str]) -> None:
    """Whatever is missing or too much fails the test."""
    with pytest.raises(AssertionError):
        assert_handed_over(SimpleTestCase(), response, **asked)
