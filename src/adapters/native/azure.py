"""Files of django-storages' ``AzureStorage``, by its client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import evolve

from downloadable.adapters.native.blocks import BlockContent
from downloadable.adapters.native.terms import LeftToStorage, refusal, stated_type
from downloadable.adapters.stores import facts_of_info, is_of_the_name
from downloadable.domain import ContentChanged, ContentNotFound, ContentTimeout, Resource

__all__ = ["azure_content"]


def azure_content(storage: Any, name: str) -> BlockContent:
    """Return a file of an ``AzureStorage``."""
    try:
        path = storage._get_valid_path(name)
    except ValueError as error:
        raise ContentNotFound(f"{name!r} cannot be at Azure.") from error
    blob = storage.client.get_blob_client(path)
    return BlockContent(AzureReader(blob, storage.timeout), name.rpartition("/")[2])


class AzureReader:
    """
    Asks Azure Blob Storage for one blob.

    Args:
        blob: A client of Azure's library for the blob; serves all threads.

        seconds: How long the store may take for an answer.
    """

    def __init__(self, blob: Any, seconds: int | None) -> None:
        self._blob, self._seconds = blob, seconds
        self._etag: str | None = None
        self._coding: str | None = None

    def look(self) -> Resource:
        with answers_of_azure(self._blob.blob_name):
            found = self._blob.get_blob_properties(timeout=self._seconds)
        return self._seen(found)

    def begin(self, start: int, stop: int) -> tuple[Resource, bytes] | None:
        if not reads_encoded():
            return None
        try:
            with answers_of_azure(self._blob.blob_name):
                answer = self._blob.download_blob(
                    offset=start, length=stop - start, timeout=self._seconds, decompress=False
                )
                # The size that is told beside is that of the block.
                size = int(answer.properties.content_range.rpartition("/")[2])
                return evolve(self._seen(answer.properties), size=size), answer.readall()
        except ContentChanged:
            return None  # nothing is there: it is empty, or shorter

    def fetch(self, start: int, stop: int) -> bytes:
        from azure.core import MatchConditions

        with answers_of_azure(self._blob.blob_name):
            answer = self._blob.download_blob(
                offset=start,
                length=stop - start,
                etag=self._etag,
                match_condition=MatchConditions.IfNotModified,
                timeout=self._seconds,
                **({"decompress": False} if self._coding else {}),
            )
            block: bytes = answer.readall()
        return block

    def _seen(self, found: Any) -> Resource:
        """Remember the version that these properties are of, and say what they tell."""
        self._etag, self._coding = found.etag, found.content_settings.content_encoding
        if self._coding and not (is_of_the_name(self._coding, self._blob.blob_name) and reads_encoded()):
            raise LeftToStorage(f"{self._blob.blob_name!r} is decompressed by Azure's library.")
        info = {
            "size": found.size,
            "etag": found.etag,
            "last_modified": found.last_modified,
            "content_type": stated_type(found.content_settings.content_type),
        }
        return facts_of_info("", info)


def reads_encoded() -> bool:
    """Tell whether Azure's library can leave encoded bytes as they are, which it has learnt with 12.28."""
    from azure.storage.blob import __version__

    major, minor = __version__.split(".")[:2]
    return (int(major), int(minor)) >= (12, 28)


@contextmanager
def answers_of_azure(key: str) -> Iterator[None]:
    """Raise as a ``ContentError`` what Azure's library raises about *key*."""
    from azure.core.exceptions import AzureError, ServiceRequestTimeoutError, ServiceResponseTimeoutError

    try:
        yield
    except (ServiceRequestTimeoutError, ServiceResponseTimeoutError) as error:
        raise ContentTimeout(f"The store did not answer about {key!r} in time: {error}.") from error
    except AzureError as error:
        answer = getattr(error, "response", None)
        raise refusal(
            getattr(error, "status_code", None),
            key,
            error,
            code=getattr(error, "error_code", None),
            fields=getattr(answer, "headers", None),
        ) from error
