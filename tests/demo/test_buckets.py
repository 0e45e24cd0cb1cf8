"""The demo's bucket: where it is, and what is kept of a store that has all in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from demo.buckets import NoBucket, bucket_storage, kept_bucket, origin_of

PART = 8 * 1024 * 1024
"""What is longer is uploaded in several parts."""


@pytest.mark.parametrize(
    ("url", "endpoint", "name"),
    [
        ("https://s3.eu-west-1.amazonaws.com/my-bucket", "https://s3.eu-west-1.amazonaws.com", "my-bucket"),
        ("http://127.0.0.1:9000/library/", "http://127.0.0.1:9000", "library"),
    ],
)
def test_a_url_names_the_store_and_the_bucket(url: str, endpoint: str, name: str) -> None:
    """The last part of the path is the bucket, the rest the store."""
    options = bucket_storage(url)["OPTIONS"]
    assert (options["endpoint_url"], options["bucket_name"]) == (endpoint, name)
    assert origin_of(url) == endpoint


@pytest.mark.parametrize(
    "url", ["", "my-bucket", "s3://my-bucket", "https://example.com", "https://example.com/a/b"]
)
def test_a_url_without_a_bucket_is_refused(url: str) -> None:
    """What names no bucket is told at once, not when the first document is fetched."""
    with pytest.raises(NoBucket, match="must be the URL of the API and the bucket's name"):
        bucket_storage(url)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes a storage, given the variables of a bucket."""

    def storage(variables: dict[str, str]) -> Any:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        made = bucket_storage(variables["DEMO_BUCKET_URL"])
        return import_string(made["BACKEND"])(**made["OPTIONS"])

    return storage


def test_what_is_put_there_is_there_again(tmp_path: Path, opened: Any) -> None:
    """Objects outlive the store that has them in memory, small ones and those that came in parts."""
    contents = {"small.txt": b"small", "ada/Grüße & more.bin": bytes(range(256)) * (PART // 256 + 1)}
    with kept_bucket(tmp_path) as variables:
        storage = opened(variables)
        for name, content in contents.items():
            assert storage.save(name, ContentFile(content)) == name
        storage.save("gone.txt", ContentFile(b"gone"))
        storage.delete("gone.txt")
    with kept_bucket(tmp_path) as variables:
        storage = opened(variables)
        for name, content in contents.items():
            with storage.open(name) as file:
                assert file.read() == content
        assert not storage.exists("gone.txt")


def test_links_are_checked(tmp_path: Path, opened: Any) -> None:
    """The store gives an object to whoever has a signed link, and to nobody else."""
    with kept_bucket(tmp_path) as variables:
        storage = opened(variables)
        storage.save("small.txt", ContentFile(b"small"))
        link = storage.url("small.txt")
        assert requests.get(link, timeout=10).content == b"small"
        assert requests.get(link.partition("?")[0], timeout=10).status_code == 403
        assert requests.get(f"{link[:-1]}{'0' if link[-1] != '0' else '1'}", timeout=10).status_code == 403
