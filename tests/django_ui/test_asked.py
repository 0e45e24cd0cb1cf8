from __future__ import annotations

import pytest
from django.test import RequestFactory

from downloadable.django_ui import asked
from downloadable.django_ui.asked import asked_of
from downloadable.domain import PLAIN_GET, DownloadRequest, EntityTag

FIELDS = {
    "If-Match": '"a"',
    "If-None-Match": '"b"',
    "If-Modified-Since": "Thu, 29 Feb 2024 12:00:00 GMT",
    "If-Unmodified-Since": "Thu, 29 Feb 2024 13:00:00 GMT",
    "Range": "bytes=1-2",
    "If-Range": '"c"',
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("names", [list(FIELDS), *([name] for name in FIELDS), []], ids="+".join)
def test_what_is_asked(method: str, names: list[str]) -> None:
    """Each field of a request counts, the first time and the second."""
    fields = {name: FIELDS[name] for name in names}
    request = RequestFactory().generic(method, "/", headers=fields)
    for _ in range(2):
        assert asked_of(request) == DownloadRequest.from_headers(method, fields)


def test_what_nearly_every_client_asks() -> None:
    """A plain GET is one value for all."""
    assert asked_of(RequestFactory().get("/", headers={"Accept": "*/*"})) is PLAIN_GET


def test_long_fields_are_not_remembered() -> None:
    """Clients cannot fill the memory by fields of their choice."""
    tag = "a" * 1000
    before = asked.parsed_recently.cache_info()
    found = asked_of(RequestFactory().get("/", headers={"If-None-Match": f'"{tag}"'}))
    assert found.if_none_match == (EntityTag(tag),)
    assert asked.parsed_recently.cache_info() == before
    assert before.maxsize == 256
