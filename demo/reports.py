"""Reports that are made while they are sent, however long they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

ROWS = 1000
MOST_ROWS = 1_000_000

READERS = ("ada", "ben", "charles", "grace", "mary")
DOCUMENTS = ("leaflet.pdf", "sunset.png", "tone.wav", "clip.webm")


def loans(year: int, rows: int = ROWS) -> Iterator[str]:
    """Yield the lines of a year's loans as CSV: for each year others, and each time the same."""
    chance = random.Random(year)
    yield "date,reader,document,bytes\r\n"
    for row in range(rows):
        day = date(year, 1, 1) + timedelta(days=365 * row // rows)
        line = (day.isoformat(), chance.choice(READERS), chance.choice(DOCUMENTS), chance.randrange(1 << 20))
        yield f"{','.join(map(str, line))}\r\n"
