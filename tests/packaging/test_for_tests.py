"""What the installed package brings along for the tests of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.packaging.building import run

CONFIGURED = """
import django
from django.conf import settings

def pytest_configure():
    settings.configure()
    django.setup()
"""

TESTS = """
from django.http import Http404
from django.test import RequestFactory
from django.utils import translation
import pytest
from downloadable import download

def test_download(media_root, finished_downloads, hand_over_downloads, assert_download):
    file = media_root / "a.txt"
    file.write_text("tea")
    assert_download(download(RequestFactory().get("/"), file), content="tea", basename="a.txt")
    assert len(finished_downloads) == 1
    file.unlink()
    with translation.override("de"), pytest.raises(Http404, match="Diese Datei gibt es nicht"):
        download(RequestFactory().get("/"), file)
"""


def test_pytest_finds_the_fixtures(install: Callable[..., Path], tmp_path: Path) -> None:
    """Beside pytest, the wheel is all it takes: its fixtures are there, and so are its translations."""
    (tmp_path / "conftest.py").write_text(CONFIGURED)
    (tmp_path / "test_download.py").write_text(TESTS)
    told = run(install("pytest"), "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", cwd=tmp_path)
    assert "1 passed" in told
