"""Files of django-storages' ``S3Storage``, by its boto3 client."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from attrs import evolve

from downloadable.adapters.native.terms import LeftToStorage, refusal, stated_type
from downloadable.adapters.remote import RemoteContent
from downloadable.adapters.stores import is_of_the_name, undone_by_clients
from downloadable.domain import (
    ContentError,
    ContentInvalid,
    ContentNotFound,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    Resource,
    ServingPolicy,
    decide,
)

__all__ = ["S3Content", "s3_content"]

NUMBER = re.compile("[0-9]{1,19}")
SHA256_BYTES = 32

PARAMETERS = {
    "If-Match": "IfMatch",
    "If-Modified-Since": "IfModifiedSince",
    "If-None-Match": "IfNoneMatch",
    "If-Unmodified-Since": "IfUnmodifiedSince",
    "Range": "Range",
}
"""What boto3 calls the fields that are sent along."""

LOADED_IN = os.getpid()
USED_IN: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""In which process each client was last used here."""

FIRST, PIECE = 64 * 1024, 256 * 1024
"""botocore returns no less than it was asked for: a slow store's first bytes are passed on before many have come."""


def s3_content(storage: Any, name: str) -> S3Content:
    """Return a file of an ``S3Storage``: the object that it would open, asked for as it would."""
    from s3transfer.constants import ALLOWED_DOWNLOAD_ARGS
    from storages.utils import clean_name

    key = storage._normalize_name(clean_name(name))
    if not key:
        raise ContentNotFound(f"{name!r} is the bucket itself.")
    told = storage.get_object_parameters(key[len(storage.location) :].lstrip("/"))
    parameters = {word: value for word, value in told.items() if word in ALLOWED_DOWNLOAD_ARGS}
    # Not storage.connection, which is one for each thread, and under ASGI each request has a thread of its own.
    bucket = storage.bucket
    origin = S3Origin(of_this_process(bucket.meta.client), {"Bucket": bucket.name, "Key": key, **parameters})
    return S3Content(origin, name, decompresses=storage.gzip)


def of_this_process(client: Any) -> Any:
    """Return *client* without connections that the parent of this process has, too: on these, answers would mix."""
    if USED_IN.get(client, LOADED_IN) != os.getpid():
        client.close()  # what is idle; it connects anew
    USED_IN[client] = os.getpid()
    return client


class S3Content(RemoteContent):
    """
    An object in S3, or in what speaks its API.

    Args:
        origin: Asks for it.

        name: Name in the storage.

        decompresses: Whether the storage decompresses what it has compressed itself. Any other object is sent byte for
            byte: with the coding that it was stored in, if its name does not say that it is compressed.
    """

    def __init__(self, origin: S3Origin, name: str, *, decompresses: bool) -> None:
        super().__init__(origin, name.rpartition("/")[2], what=name)
        self._store, self._decompresses = origin, decompresses

    def describe(self, asked: DownloadRequest) -> Resource:
        described = super().describe(asked)
        if self._decompresses and asked.ranges and decide(described, ServingPolicy(), asked).status == 416:
            # There may be more of it once it is decompressed, and this answer does not tell whether it would be.
            described = super().describe(asked.without_range())
        compressed = described.content_encoding == "gzip" and not is_of_the_name("gzip", self._name)
        if self._decompresses and compressed:
            self.close()
            raise LeftToStorage(f"{self._what!r} is compressed.")
        return evolve(
            described,
            content_encoding=undone_by_clients(described.content_encoding, self._name),
            content_type=stated_type(described.content_type),
            digests=self._store.digests,
        )


class S3Origin:
    """
    Asks S3 for one object.

    Args:
        client: Of boto3; serves all threads.

        parameters: Sent with each request.
    """

    def __init__(self, client: Any, parameters: Mapping[str, Any]) -> None:
        # Who has told botocore to leave them alone has a store that does not know checksums.
        checks = getattr(client.meta.config, "response_checksum_validation", None) == "when_supported"
        self._client = client
        self._parameters = {**({"ChecksumMode": "ENABLED"} if checks else {}), **parameters}
        self.digests: tuple[tuple[str, bytes], ...] = ()
        """Of the whole object, as far as the last answer told any."""

    def ask(self, method: str, fields: dict[str, str]) -> S3Reply:
        """Send a request, and return the answer."""
        condition = fields.get("If-Range")
        if condition is None:
            return self._ask(method, fields)
        # S3 knows no If-Range: a range on condition is what it has in its place, and the whole where that fails.
        field = "If-Match" if condition.endswith('"') else "If-Unmodified-Since"
        reply = self._ask(method, {**fields, field: condition})
        if reply.status != 412:
            return reply
        return self._ask(method, {name: fields[name] for name in fields if name not in ("If-Range", "Range")})

    def _ask(self, method: str, fields: dict[str, str]) -> S3Reply:
        from botocore.exceptions import BotoCoreError, ClientError

        given = {PARAMETERS[name]: value for name, value in fields.items() if name in PARAMETERS}
        if given.get("IfNoneMatch") == "*":
            del given["IfNoneMatch"]  # S3 takes that for uploads only
        operation = self._client.head_object if method == "HEAD" else self._client.get_object
        try:
            answer = operation(**{**self._parameters, **given})
        except ClientError as error:
            answer = error.response
            metadata, code = answer["ResponseMetadata"], answer["Error"].get("Code")
            status = metadata.get("HTTPStatusCode")
            if status not in (304, 412, 416):
                told = Lowered(metadata.get("HTTPHeaders", {}))
                raise refusal(status, self._key, error, code=code, fields=told) from error
        except BotoCoreError as error:
            raise unanswered(error, self._key) from error
        reply = S3Reply(answer, self._key)
        self.digests = digests_of(reply.fields) if reply.status == 200 else ()
        return reply

    @property
    def _key(self) -> str:
        return str(self._parameters["Key"])


class S3Reply:
    """An answer that boto3 has got, an object or an error."""

    def __init__(self, answer: Mapping[str, Any], key: str) -> None:
        metadata = answer["ResponseMetadata"]
        self.status: int = metadata["HTTPStatusCode"]
        self.fields = Lowered(metadata["HTTPHeaders"])
        self._key = key
        self._body: Any = answer.get("Body")
        length = self.fields.get("Content-Length", "")
        self._left = int(length) if NUMBER.fullmatch(length) else 0  # nonsense is for others to refuse
        self._piece = FIRST
        size = answer.get("Error", {}).get("ActualObjectSize")
        if size is not None:
            self.fields = Lowered({**self.fields, "content-range": f"bytes */{size}"})

    def read(self, most: int) -> bytes:
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        try:
            chunk: bytes = self._body.read(min(most, self._piece))
            self._piece = PIECE
            self._left -= len(chunk)
            if not self._left:
                # At the end, botocore holds all that it has read against the checksum, if there is one.
                self._body.read(1)
        except (BotoCoreError, HTTPError) as error:  # botocore lets those of TLS pass as they are
            raise unanswered(error, self._key) from error
        return chunk

    def give_back(self) -> None:
        if self._body is not None:
            self._body.close()

    finish = close = give_back


class Lowered(Mapping[str, str]):
    """Fields whose names are in lower case, found by their name in any."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:  # which every mapping has to have
        return len(self._fields)


def digests_of(fields: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """Read what S3 keeps of an object; a checksum of the checksums of its parts is none of its bytes."""
    whole = fields.get("x-amz-checksum-type", "FULL_OBJECT") == "FULL_OBJECT"
    try:
        digest = b64decode(fields.get("x-amz-checksum-sha256", ""), validate=True)
    except ValueError:
        return ()  # such as that of parts, which ends with their number
    return (("sha-256", digest),) if whole and len(digest) == SHA256_BYTES else ()


def unanswered(error: Exception, key: str) -> ContentError:
    """Translate what botocore raises where there is no answer, or where an answer breaks off."""
    from botocore import exceptions

    if isinstance(error, exceptions.ReadTimeoutError | exceptions.ConnectTimeoutError):
        return ContentTimeout(f"The store did not answer about {key!r} in time: {error}.")
    if isinstance(error, exceptions.IncompleteReadError):
        return ContentTruncated(f"The store broke off {key!r}: {error}.")
    if isinstance(error, exceptions.FlexibleChecksumError):
        return ContentInvalid(f"What came of {key!r} is not what the store has: {error}.")
    return ContentUnavailable(f"The store does not hand out {key!r}: {error}.")
