"""
Fixtures for the tests of a project that serves downloads; pytest finds them where this package is installed.

Nothing of Django is imported before a test asks for one of them. They work with pytest-django and without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from downloadable.ports import Delegate, Served

__all__ = ["HandOver", "assert_download", "finished_downloads", "hand_over_downloads", "media_root"]


class HandOver(Protocol):
    """What ``hand_over_downloads`` is."""

    def __call__(self, *delegates: Delegate) -> None:
        """Offer downloads to *delegates*, in this order, in place of those before."""


@pytest.fixture(scope="session")
def assert_download() -> Callable[..., None]:
    """Assert that a response is a download: ``assert_download(response, basename="a.txt", content=b"...")``."""
    from downloadable.django_ui.testing import assert_download

    return assert_download


@pytest.fixture
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Have an empty directory as ``MEDIA_ROOT`` for this test; as for ``tmp_path``, pytest says how long it is kept."""
    from django.test import override_settings

    directory = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=str(directory)):
        yield directory


@pytest.fixture
def finished_downloads() -> Iterator[list[Served]]:
    """List what has become of the downloads of this test, in the order in which they end."""
    from downloadable.django_ui.signals import download_finished

    heard: list[Served] = []

    def hear(*, served: Served, **_: Any) -> None:
        heard.append(served)

    download_finished.connect(hear)
    try:
        yield heard
    finally:
        download_finished.disconnect(hear)


@pytest.fixture
def hand_over_downloads() -> Iterator[HandOver]:
    """
    Offer the downloads of the rest of this test to delegates: ``hand_over_downloads(Nginx({"/srv": "/protected/"}))``.

    It is for test clients that have asked for nothing before; ``DownloadMiddleware`` is added where it is missing.
    """
    from downloadable.django_ui.testing import downloads_handed_over_to

    with ExitStack() as until_the_end:

        def hand_over(*delegates: Delegate) -> None:
            until_the_end.enter_context(downloads_handed_over_to(*delegates))

        yield hand_over
