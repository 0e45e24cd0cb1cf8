from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tests.adversarial.careless import careless
from tests.adversarial.disk import INSIDE, SECRET, Disk, decoded, planted, read
from tests.adversarial.payloads import PAYLOADS, Payload

EVERY_PAYLOAD = [payload for family in PAYLOADS.values() for payload in family]


def test_there_are_many() -> None:
    """No payload is there twice, under its name or as a target, and at least 200 mean different bytes."""
    assert max(Counter(payload.name for payload in EVERY_PAYLOAD).values()) == 1
    assert max(Counter(payload.target for payload in EVERY_PAYLOAD).values()) == 1
    assert len({unquote_to_bytes(payload.target) for payload in EVERY_PAYLOAD}) >= 200


@pytest.mark.parametrize("payload", PAYLOADS["climbing"], ids=lambda payload: payload.id)
def test_climbers_are_meant_to_climb(disk: Disk, payload: Payload) -> None:
    """Whoever reads as much as possible into a payload finds a secret, so refusing it is worth something."""
    assert Path(careless(str(disk.root), disk.target(payload))).read_bytes() == SECRET


@pytest.mark.parametrize("family", PAYLOADS)
def test_plain_names_are_found(own_disk: Disk, family: str) -> None:
    """What is a name on a disk is one, and found if a file is put there; what is none cannot be put there."""
    for number, payload in enumerate(PAYLOADS[family]):
        key = decoded(own_disk.target(payload))
        if payload.verdict != "never":
            (own_disk.top / str(number)).mkdir()
            assert read(planted(own_disk.top / str(number), key).open(key)) == INSIDE, payload.name
