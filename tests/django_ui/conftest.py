from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from downloadable.django_ui.signals import download_finished
from downloadable.ports import Served
from tests.django_ui.subjects import Generated, Local, Opened, Recorded, RecordedOnALoop, Subject


@pytest.fixture(scope="module")
def only_what_is_new() -> Iterator[None]:
    """Look for garbage only among what these tests make, which saves most of their time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(params=[Recorded, RecordedOnALoop, Local, Opened, Generated])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """One thing after another; what is logged is not kept, for it would hold on to responses."""
    logging.disable(logging.CRITICAL)
    yield request.param(tmp_path)
    logging.disable(logging.NOTSET)


@pytest.fixture
def served() -> Iterator[list[Served]]:
    """What observers hear."""
    heard: list[Served] = []

    def receive(served: Served, **_: Any) -> None:
        heard.append(served)

    download_finished.connect(receive)
    yield heard
    assert download_finished.disconnect(receive)
    heard.clear()
