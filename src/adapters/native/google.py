"""Files of django-storages' ``GoogleCloudStorage``, by its client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from downloadable.adapters.native.blocks import BlockContent
from downloadable.adapters.native.terms import LeftToStorage, refusal, stated_type
from downloadable.adapters.stores import facts_of_info, is_of_the_name
from downloadable.domain import (
    ContentError,
    ContentNotFound,
    ContentTimeout,
    ContentUnavailable,
    Resource,
)

__all__ = ["google_content"]

PATIENCE = 20.0
"""Seconds for which Google's library may ask for the facts again by itself, in place of its two minutes."""

LONGEST_NAME = 1024
"""Bytes in UTF-8; longer ones are refused as if something was wrong with the request."""


def google_content(storage: Any, name: str) -> BlockContent:
    """Return a file of a ``GoogleCloudStorage``."""
    from storages.utils import clean_name

    key = storage._normalize_name(clean_name(name))
    if not key or len(key.encode()) > LONGEST_NAME or "\n" in key or "\r" in key:
        raise ContentNotFound(f"{name!r} cannot be at Google.")
    reader = GoogleReader(storage.bucket, key)
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
        from google.cloud.storage.retry import DEFAULT_RETRY

        with answers_of_google(self._key):
            blob = self._bucket.get_blob(self._key, retry=DEFAULT_RETRY.with_timeout(PATIENCE))
        if blob is None:
            raise ContentNotFound(f"No content under {self._key!r}.")
        if blob.content_encoding and not is_of_the_name(blob.content_encoding, self._key):
            raise LeftToStorage(f"{self._key!r} is decompressed by Google's library.")
        self._generation = blob.generation
        info = {
            "size": blob.size,
            "etag": blob.etag,
            "updated": blob.updated,
            "content_type": stated_type(blob.content_type),
        }
        return facts_of_info("", info)

    def fetch(self, start: int, stop: int) -> bytes:
        # One for each block: what comes along with the bytes is written into it. Where a bucket keeps old versions, the
        # one that was looked at goes on to be there after it was replaced.
        blob = self._bucket.blob(self._key, generation=self._generation)
        with answers_of_google(self._key):
            # Who reads decides how often to ask again, and from where.
            block: bytes = blob.download_as_bytes(
                start=start, end=stop - 1, raw_download=True, checksum=None, retry=None
            )
        return block


@contextmanager
def answers_of_google(key: str) -> Iterator[None]:
    """Raise as a ``ContentError`` what Google's library raises about *key*."""
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException, Timeout
    from urllib3.exceptions import HTTPError, TimeoutError as BrokenOffLate

    try:
        yield
    except GoogleAPICallError as error:
        raise refusal(error.code, key, error, fields=getattr(error.response, "headers", None)) from error
    except (GoogleAPIError, GoogleAuthError, RequestException, HTTPError) as error:
        # The library's own retrying wraps what it could not mend.
        late = any(isinstance(one, Timeout | BrokenOffLate) for one in (error, error.__cause__))
        meaning: type[ContentError] = ContentTimeout if late else ContentUnavailable
        raise meaning(f"The store does not hand out {key!r}: {error}.") from error
