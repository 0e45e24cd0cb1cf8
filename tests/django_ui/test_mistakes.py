"""What a developer is told who passes the wrong thing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.files.storage import InMemoryStorage
from django.http import HttpRequest
from django.test import AsyncRequestFactory, RequestFactory, override_settings

from downloadable.adapters.http import HttpSource
from downloadable.adapters.memory import MemorySource
from downloadable.django_ui.conf import default_policy, observers, trusted_origins
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.serving import download
from downloadable.django_ui.views import HTTPDownloadView
from downloadable.domain import PolicyError, ServingPolicy
from tests.adapters.origin import Page, serving

FILES = MemorySource({"a.txt": b"abc"})


class Opens:
    """A source that opens whatever it is given."""

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def open(self, key: str) -> Any:
        return self.thing


async def allowing(request: HttpRequest, key: str) -> bool:
    """Make a view asynchronous."""
    return True


@pytest.mark.parametrize("thing", [b"abc", None, "a.txt"], ids=repr)
def test_a_source_must_open_a_content(thing: object) -> None:
    """What a source opens is not taken for a content, and nothing else hides that: in neither colour."""
    with pytest.raises(TypeError, match="must open a Content, not"):
        download_view(Opens(thing))(RequestFactory().get("/"), path="a.txt")
    with pytest.raises(TypeError, match="must open a Content, not"):
        async_to_sync(download_view(Opens(thing), authorize=allowing))(
            AsyncRequestFactory().get("/"), path="a.txt"
        )


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({"attachment": False}, id="a value"),
        pytest.param(lambda request, content: {"attachment": False}, id="a function"),
    ],
)
def test_a_policy_of_a_view_must_be_one(policy: Any) -> None:
    """Fields in a dictionary are no policy."""
    with pytest.raises(TypeError, match="must be a ServingPolicy, not 'dict'"):
        download_view(FILES, policy=policy)(RequestFactory().get("/"), path="a.txt")


def test_a_policy_of_a_download_must_be_one() -> None:
    """Fields are keywords, and a dictionary of them is no policy."""
    policy: Any = {"attachment": False}
    with pytest.raises(TypeError, match="must be a ServingPolicy, not 'dict'"):
        download(RequestFactory().get("/"), b"abc", policy)


def test_a_function_may_leave_the_policy_to_the_site() -> None:
    """A policy of ``None`` is the site's, from a function too."""
    nothing: Any = lambda request, content: None  # noqa: E731
    response = download_view(FILES, policy=nothing)(RequestFactory().get("/"), path="a.txt")
    assert response["Content-Disposition"] == 'attachment; filename="a.txt"'


def test_a_view_of_a_url_needs_one() -> None:
    """A forgotten URL is not the client's fault."""
    with pytest.raises(ImproperlyConfigured, match=r"HTTPDownloadView needs a URL: as_view\(url="):
        HTTPDownloadView.as_view()(RequestFactory().get("/"))


def test_inline_types_are_a_set() -> None:
    """One type as a text would be a set of letters, which allows nothing, without a word."""
    types: Any = "text/html"
    with pytest.raises(PolicyError, match=r"such as \{'text/html'\}"):
        ServingPolicy(inline_types=types)


def test_trusted_origins_are_a_list() -> None:
    """One origin as a text would be a list of letters."""
    with pytest.raises(TypeError, match=r"such as \['http://minio:9000'\]"):
        HttpSource("https://example.com/media", trusted_origins="http://minio:9000")


def test_the_settings_trust_origins_for_every_source() -> None:
    """The line that a refusal asks for is all that it takes, wherever the source was made."""
    with serving({"/notes.txt": Page(body=b"internal")}) as origin:
        source = HttpSource(origin.url)
        view = download_view(source)
        with pytest.raises(PermissionDenied) as caught:
            view(RequestFactory().get("/"), path="notes.txt")
        assert f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{origin.url}"]}}' in str(caught.value.__cause__)
        with override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": [origin.url]}):
            response = view(RequestFactory().get("/"), path="notes.txt")
            assert b"".join(response) == b"internal"
        source.close()


@pytest.mark.parametrize("origins", [["minio:9000"], ["http://minio:9000/bucket"]])
def test_trusted_origins_are_origins(origins: list[str]) -> None:
    """What is more or less than scheme, host and port is a mistake in the settings."""
    with (
        override_settings(DOWNLOADABLE={"TRUSTED_ORIGINS": origins}),
        pytest.raises(ImproperlyConfigured, match="TRUSTED_ORIGINS"),
    ):
        trusted_origins()


@pytest.mark.parametrize("directory", ["/srv/media", Path("/srv/media")], ids=repr)
def test_a_directory_is_no_source(directory: Any) -> None:
    """Whoever passes a path is told what makes a source of it."""
    with pytest.raises(TypeError, match=r"LocalSource\("):
        download_view(directory)


@pytest.mark.parametrize("kwargs", [{}, {"name": "a.txt"}, {"path": "a.txt", "year": "2026"}], ids=repr)
def test_a_pattern_without_a_path_needs_a_key(kwargs: dict[str, str]) -> None:
    """Whoever has another URL pattern is told of the key."""
    with pytest.raises(ImproperlyConfigured, match="key="):
        download_view(FILES)(RequestFactory().get("/"), **kwargs)


@pytest.mark.parametrize(("option", "read"), [("OBSERVERS", observers), ("TRUSTED_ORIGINS", trusted_origins)])
def test_options_of_several_are_lists(option: str, read: Callable[[], object]) -> None:
    """One text where a list belongs is named, with what would be right."""
    expected = pytest.raises(
        ImproperlyConfigured, match=rf"\['{option}'\] must be a list, such as \['text'\]"
    )
    with override_settings(DOWNLOADABLE={option: "text"}), expected:
        read()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(InMemoryStorage(), r"StorageSource\(", id="storage"),
        pytest.param(MemorySource, "make one", id="class"),
        pytest.param({"a.txt": b"abc"}, r"no open\(key\)", id="dictionary"),
        pytest.param(len, r"no open\(key\)", id="function"),
    ],
)
def test_what_is_no_source_is_told_when_the_view_is_made(source: Any, message: str) -> None:
    """Whoever passes something else hears what would be right, before the first request."""
    with pytest.raises(TypeError, match=message):
        download_view(source)


def test_unnamed_parts_of_a_pattern_need_a_key() -> None:
    """A regular expression without names says nothing of what to ask for."""
    with pytest.raises(ImproperlyConfigured, match="unnamed"):
        download_view(FILES)(RequestFactory().get("/"), "a.txt")


def test_what_a_source_has_opened_by_mistake_is_closed() -> None:
    """A file that is no content does not stay open."""
    file = BytesIO(b"abc")
    with pytest.raises(TypeError, match="BytesIO"):
        download_view(Opens(file))(RequestFactory().get("/"), path="a.txt")
    assert file.closed


@pytest.mark.parametrize(
    ("setting", "read", "message"),
    [
        pytest.param(None, observers, "must be a dictionary", id="nothing"),
        pytest.param({"OBSERVERS": None}, observers, "must be a list", id="no observers"),
        pytest.param({"OBSERVERS": [7]}, observers, "must be a function", id="a number that observes"),
        pytest.param({"OBSERVERS": [allowing]}, observers, "not an async one", id="async observer"),
        pytest.param({"POLICY": None}, default_policy, "must be a dictionary", id="no policy"),
        pytest.param({"POLICY": {"attachment": "no"}}, default_policy, "must be bool", id="wrong field"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(
    setting: Any, read: Callable[[], object], message: str
) -> None:
    """A mistake in the settings is told as one."""
    with override_settings(DOWNLOADABLE=setting), pytest.raises(ImproperlyConfigured, match=message):
        read()


def test_settings_count_where_nothing_of_django_is_served() -> None:
    """A command that uses a source alone has the origins that the site trusts."""
    program = """
import django
from django.conf import settings
settings.configure(DOWNLOADABLE={"TRUSTED_ORIGINS": ["http://127.0.0.1:9"]})
django.setup()
from downloadable import HttpSource
from downloadable.domain import PLAIN_GET, ContentUnavailable
try:
    HttpSource().open("http://127.0.0.1:9/a").describe(PLAIN_GET)
except ContentUnavailable:
    print("asked")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "asked\n"
