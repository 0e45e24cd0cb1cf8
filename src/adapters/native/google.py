"""Files of django-storages' ``GoogleCloudStorage``, by its client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from downloadable.adapters.native.blocks import BlockContent
from downloadable.adapters.native.terms import LeftToStorage, refusal, stated_type
from downloadable.adapters.stores import facts_of_info
from downloadable.domain import (
    ContentError,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
    Resource,
)

__all__ = ["google_content"]

PATIENCE = 20.0
"""Seconds for which Google's library asks again by itself; then the one who reads decides."""


def google_content(storage: Any, name: str) -> BlockContent:
    """Return a file of a ``GoogleCloudStorage``."""
    from storages.utils import clean_name

    reader = GoogleReader(storage.bucket, storage._normalize_name(clean_name(name)))
    return BlockContent(reader, name.rpartition("/")[2])


class GoogleReader:
    """
    Asks Google Cloud Storage for one object.

    Args:
        bucket: Of Google's library; serves all threads.

        key: Name of the object.
    """

    def __init__(self, bucket: Any, key: str) -> None:
        self._bucket, self._key = bucket, key
        self._generation: int | None = None

    def look(self) -> Resource:
        with answers_of_google(self._key):
            blob = self._bucket.get_blob(self._key, retry=patient())
        if blob is None:
            raise ContentNotFound(f"No content under {self._key!r}.")
        if blob.content_encoding == "gzip":
            raise LeftToStorage(f"{self._key!r} is compressed, and decompressed by Google's library.")
        self._generation = blob.generation
        info = {
            "size": blob.size,
            "etag": blob.etag,
            "updated": blob.updated,
            "content_type": stated_type(blob.content_type),
        }
        return facts_of_info("", info)

    def fetch(self, start: int, stop: int) -> bytes:
        # One for each block: what comes along with the bytes is written into it.
        blob = self._bucket.blob(self._key)
        with answers_of_google(self._key):
            block: bytes = blob.download_as_bytes(
                start=start,
                end=stop - 1,
                if_generation_match=self._generation,
                raw_download=True,
                checksum=None,
                retry=patient(),
            )
        return block


def patient() -> Any:
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(PATIENCE)


@contextmanager
def answers_of_google(key: str) -> Iterator[None]:
    """Raise as a ``ContentError`` what Google's library raises about *key*."""
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException, Timeout

    try:
        yield
    except GoogleAPICallError as error:
        raise refusal(error.code, key, error) from error
    except (GoogleAPIError, GoogleAuthError, RequestException) as error:
        # The library's own retrying wraps what it could not mend.
        late = isinstance(error, Timeout) or isinstance(error.__cause__, Timeout)
        meaning: type[ContentError] = ContentTimeout if late else ContentUnavailable
        raise meaning(f"The store does not hand out {key!r}: {error}.") from error
