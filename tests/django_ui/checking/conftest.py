from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from tests.django_ui.checking.accelerator import Accelerator, in_front
from tests.django_ui.checking.sites import (
    settings_of,
)


@pytest.fixture
def media() -> Iterator[Path]:
    """An empty directory for uploads, which everybody may look into, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="downloadable-", dir="/tmp") as name:
        directory = Path(name, "media")
        directory.mkdir()
        directory.parent.chmod(0o755)
        yield directory


@pytest.fixture
def site(media: Path) -> Iterator[None]:
    """A project whose default storage is handed over to nginx."""
    with override_settings(**settings_of(media)):
        yield


@pytest.fixture
def accelerator(site: None, media: Path) -> Iterator[Accelerator]:
    """A server in front that is right, for a test to change."""
    with in_front(Accelerator({"/protected/": media})) as accelerator:
        yield accelerator
