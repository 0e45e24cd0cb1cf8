from __future__ import annotations

from pathlib import Path

from tests.servers.processes import MIB
from tests.servers.slow.measuring import Load
from tests.servers.slow.waves import DELAY, faults, one_wave, two_waves, write_file

LOAD = Load(readers=100, size=16 * MIB, rate=128 * 1024, seconds=3)
"""``make soak`` has ten times as many, for ten times as long, of a file that would fill the memory of the machine."""


def test_slow_readers_cost_what_they_must(tmp_path: Path) -> None:
    """Each of many slow readers gets its rate for the memory of a bare view; nobody waits, and nothing is left."""
    folder = write_file(tmp_path / "files", LOAD.size)
    bare = one_wave(folder, "bare", LOAD)
    ours = two_waves(folder, "download", LOAD)
    assert not list(faults([ours], [bare])), (bare, ours)
    assert ours.usual_delay < DELAY, ours
