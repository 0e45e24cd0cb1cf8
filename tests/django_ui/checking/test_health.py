"""The check of a set-up, as django-health-check asks for it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path
from health_check.views import HealthCheckView

from downloadable.django_ui.health import Downloads
from tests.django_ui.checking.accelerator import Accelerator, in_front

LOCAL = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
urlpatterns = [
    path("downloadable-check/", include("downloadable.django_ui.probe")),
    path("health/", HealthCheckView.as_view(checks=["downloadable.django_ui.health.Downloads"])),
]


@pytest.fixture
def media(tmp_path: Path) -> Iterator[Path]:
    """The files of a site that hands them over."""
    delegate = {
        "BACKEND": "downloadable.adapters.delegates.Nginx",
        "OPTIONS": {"roots": {tmp_path: "/protected/"}},
    }
    with override_settings(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["downloadable.django_ui.middleware.DownloadMiddleware"],
        STORAGES={"default": LOCAL},
        MEDIA_ROOT=tmp_path,
        DOWNLOADABLE={"DELEGATES": [delegate]},
    ):
        yield tmp_path


def error_of(check: Downloads) -> Any:
    """Ask as its view does."""
    return asyncio.run(check.get_result()).error


def test_healthy(media: Path) -> None:
    """Where all is right there is no error, and no marker."""
    assert error_of(Downloads()) is None
    assert list(media.iterdir()) == []


def test_healthy_with_a_server(media: Path) -> None:
    """With a URL, the server in front is asked, too."""
    with in_front(Accelerator({"/protected/": media})) as accelerator:
        assert error_of(Downloads(url=accelerator.url)) is None
        accelerator.files = {}
        assert "to blame: server" in str(error_of(Downloads(url=accelerator.url)))


def test_not_healthy(media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The report says who is to blame and no more; the log says what is wrong."""
    with override_settings(MIDDLEWARE=[]), caplog.at_level(logging.ERROR, "downloadable"):
        error = error_of(Downloads())
    assert str(error) == "Unavailable: 1 of the checks failed; to blame: Django settings"
    assert "No delegate is announced" in caplog.text
    assert str(media) not in str(error)


def test_no_thread_of_the_site_is_taken(media: Path) -> None:
    """It works while each thread of the event loop is taken, as many checks at once would take them."""
    enough = Event()

    async def ask() -> Any:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
        taken = loop.run_in_executor(None, enough.wait)
        try:
            return (await Downloads(timeout=timedelta(seconds=5)).get_result()).error
        finally:
            enough.set()
            await taken

    assert asyncio.run(ask()) is None


def test_places_can_be_left_out(media: Path) -> None:
    """What is left out is not asked."""
    with override_settings(MIDDLEWARE=[]):
        assert error_of(Downloads(skip=("default",))) is None


def with_database(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Be a middleware that asks a database: a file, for Django never closes one in memory."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        connection.settings_dict = {
            **connection.settings_dict,
            "NAME": Path(settings.MEDIA_ROOT, "db.sqlite3"),
        }
        connection.ensure_connection()
        return get_response(request)

    return middleware


@pytest.mark.django_db
def test_connections_are_closed(media: Path) -> None:
    """What the site needed a database for leaves no connection in a thread that no request ends."""
    left: list[Any] = []

    def ask() -> None:
        assert Downloads().failures() == []
        left.append(connection.connection)

    middleware = [f"{__name__}.with_database", "downloadable.DownloadMiddleware"]
    with override_settings(MIDDLEWARE=middleware):
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert left == [None]


def test_nobody_answers(media: Path) -> None:
    """A server that is not there is not healthy."""
    check = Downloads(url="http://127.0.0.1:9", timeout=timedelta(seconds=5))
    assert "to blame: network" in str(error_of(check))


def test_in_the_report(media: Path) -> None:
    """The view of django-health-check shows it by its name."""
    response = Client().get("/health/?format=json")
    assert response.status_code == 200
    assert "Downloads" in json.dumps(response.json())
    with override_settings(MIDDLEWARE=[]):
        assert Client().get("/health/?format=json").status_code == 500


async def test_in_the_report_under_asgi(media: Path) -> None:
    """And so it does where an event loop runs."""
    response = await AsyncClient().get("/health/?format=json")
    assert response.status_code == 200
