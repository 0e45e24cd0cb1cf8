from __future__ import annotations

import downloadable


def test_every_public_name_can_be_imported() -> None:
    """What the package says it has, it has, and nothing else."""
    assert sorted(downloadable.MODULE_OF) == sorted(set(downloadable.__all__) - {"__version__"})
    for name in downloadable.__all__:
        assert getattr(downloadable, name) is not None
    assert dir(downloadable) == sorted(downloadable.__all__)
    assert not hasattr(downloadable, "download_manager")
