from __future__ import annotations

import pytest

from tests.adversarial.disk import Disk, laid_out


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Lay out one disk for all payloads, none of which changes it."""
    return laid_out(tmp_path_factory.mktemp("disk"))


@pytest.fixture
def own_disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Lay out a disk that the test may change."""
    return laid_out(tmp_path_factory.mktemp("disk"))
