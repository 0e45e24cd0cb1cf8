"""S3 on loopback, for tests: it tells what it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import s3fs
from storages.backends.s3 import S3Storage

from demo.object_store import KEYS, REGION, LoopbackStore

__all__ = ["BUCKET", "KEYS", "REGION", "ObjectStore", "object_store"]

BUCKET = "files"


class ObjectStore(LoopbackStore):
    """
    A bucket that is asked over HTTP.

    Attributes:
        seen: The requests so far, as method and path.

        heard: The header fields of the same requests, by their names in lower case.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.heard: list[dict[str, str]] = []
        super().__init__(BUCKET)

    def put(self, name: str, data: bytes, **facts: str) -> None:
        """Put an object, and forget that it was asked for."""
        self.client.put_object(Bucket=BUCKET, Key=name, Body=data, **facts)
        self.forget()

    def delete(self, name: str) -> None:
        """Delete an object, and forget that it was asked for."""
        self.client.delete_object(Bucket=BUCKET, Key=name)
        self.forget()

    def forget(self) -> None:
        """Forget what was asked for."""
        self.seen.clear()
        self.heard.clear()

    def storage(self, kind: type[S3Storage] = S3Storage, **options: Any) -> Any:
        """Make a Django storage of what is in the bucket."""
        usual = {
            "bucket_name": BUCKET,
            "endpoint_url": self.url,
            "region_name": REGION,
            "signature_version": "s3v4",
        }
        return kind(**{**usual, **KEYS, **options})

    def filesystem(self, **options: Any) -> Any:
        """Make a file system of fsspec, in which the bucket is a directory."""
        usual = {
            "key": KEYS["access_key"],
            "secret": KEYS["secret_key"],
            "endpoint_url": self.url,
            "client_kwargs": {"region_name": REGION},
            "config_kwargs": {"signature_version": "s3v4"},
        }
        return s3fs.S3FileSystem(**{**usual, **options}, skip_instance_cache=True)

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        target = environ["REQUEST_URI"]
        self.seen.append(f"{environ['REQUEST_METHOD']} {target.partition('?')[0]}")
        self.heard.append(fields_of(environ))
        return super()._answer(environ, start_response)


def fields_of(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the header fields of a request."""
    named = {name.removeprefix("HTTP_"): value for name, value in environ.items() if name.startswith("HTTP_")}
    # These two come without the prefix (PEP 3333), and may be empty.
    bare = {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return {name.lower().replace("_", "-"): value for name, value in {**named, **bare}.items()}


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run a store with an empty bucket."""
    store = ObjectStore()
    store.start()
    try:
        yield store
    finally:
        store.stop()
