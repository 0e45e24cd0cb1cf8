from __future__ import annotations

from collections.abc import Iterator

import pytest

from downloadable.adapters.http import HttpSource
from tests.adapters.http_pages import DAY, LARGE, NOTES
from tests.adapters.origin import Origin, Page, serving


@pytest.fixture
def origin() -> Iterator[Origin]:
    """Run an origin with a small page and a large one."""
    notes = Page(body=NOTES, etag='"v1"', modified=DAY, fields={"Set-Cookie": "who=somebody", "X-Own": "1"})
    with serving({"/notes.txt": notes, "/large.bin": Page(body=LARGE, etag='"big"')}) as origin:
        yield origin


@pytest.fixture
def http_source(origin: Origin) -> Iterator[HttpSource]:
    """Make a source of what is at the origin."""
    source = HttpSource(origin.url, trusted_origins=[origin.url])
    yield source
    source.close()
