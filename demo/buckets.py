"""
The bucket of the demo: one of your own, or a store on loopback that ``run.py`` starts.

``DEMO_BUCKET_URL`` says where it is, its name last: ``https://s3.eu-west-1.amazonaws.com/my-bucket``. Who may use it is
said by the variables that all programs for S3 know: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and
``AWS_SESSION_TOKEN``; ``AWS_REGION`` says in which region it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from demo.object_store import LoopbackStore

__all__ = ["NoBucket", "bucket_storage", "kept_bucket", "origin_of", "shown_from_here"]

BUCKET = "documents"
WRITING = ("PUT", "POST", "DELETE")


class NoBucket(ValueError):
    """A URL that leads to no bucket."""


def place_of(url: str) -> tuple[str, str]:
    """
    Return the URL of the API, and the bucket's name.

    Raises:
        NoBucket: If *url* has not got both.
    """
    parts = urlsplit(url)
    name = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.netloc or not name or "/" in name:
        raise NoBucket(
            f"DEMO_BUCKET_URL={url!r} must be the URL of the API and the bucket's name, such as "
            "https://s3.eu-west-1.amazonaws.com/my-bucket."
        )
    return f"{parts.scheme}://{parts.netloc}", name


def origin_of(url: str) -> str:
    """
    Return the origin to which the bucket's links lead.

    Raises:
        NoBucket: If *url* leads to no bucket.
    """
    return place_of(url)[0]


def bucket_storage(url: str) -> dict[str, Any]:
    """
    Return an entry of ``STORAGES``.

    Raises:
        NoBucket: If *url* leads to no bucket.
    """
    endpoint, name = place_of(url)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": endpoint,
            "region_name": os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1")),
            "signature_version": "s3v4",
            "addressing_style": "path",
            # Two documents may have one name.
            "file_overwrite": False,
        },
    }


def shown_from_here(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Have *view* redirect nobody to a store: a page of this site may show what comes from this site only."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        from downloadable import PresignedRedirect, delegated_to
        from downloadable.django_ui.conf import delegates

        others = [one for one in delegates() if not isinstance(one, PresignedRedirect)]
        response: HttpResponseBase = delegated_to(*others)(view)(request, *args, **kwargs)
        return response

    return shown


@contextmanager
def kept_bucket(var: Path) -> Iterator[Mapping[str, str]]:
    """
    Run a store on loopback until the end of the block; what was put there before is there again.

    Args:
        var: The directory for what is kept.

    Yields:
        The variables that lead to it, in place of all others whose names begin with ``AWS_``.
    """
    from demo.object_store import KEYS, REGION

    store = store_kept_in(var / "bucket.sqlite3")
    store.start()
    try:
        yield {
            "DEMO_BUCKET_URL": f"{store.url}/{store.bucket}",
            "AWS_ACCESS_KEY_ID": KEYS["access_key"],
            "AWS_SECRET_ACCESS_KEY": KEYS["secret_key"],
            "AWS_REGION": REGION,
            # What this machine has for a real store does not speak of this one.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    finally:
        store.stop()


def store_kept_in(path: Path) -> LoopbackStore:
    """Return a store that writes down each object in the database at *path*: moto has them in memory only."""
    from demo.object_store import LoopbackStore

    class KeptStore(LoopbackStore):
        kept = False

        def start(self) -> None:
            super().start()
            with rows(path) as database:
                for name, media_type, content in database.execute("SELECT name, type, content FROM objects"):
                    self.client.put_object(Bucket=self.bucket, Key=name, ContentType=media_type, Body=content)
            self.kept = True

        def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
            statuses: list[str] = []
            answer = super()._answer(environ, noting(start_response, statuses))
            if environ["REQUEST_METHOD"] in WRITING and statuses == ["2"] and self.kept:
                self.keep(unquote(environ["REQUEST_URI"].partition("?")[0]), environ["REQUEST_METHOD"])
            return answer

        def keep(self, path_of_object: str, method: str) -> None:
            """Write down what an object is now."""
            name = path_of_object.removeprefix(f"/{self.bucket}/")
            if not name or name == path_of_object:
                return
            with rows(path) as database:
                if method == "DELETE":
                    database.execute("DELETE FROM objects WHERE name = ?", [name])
                    return
                try:
                    found = self.client.get_object(Bucket=self.bucket, Key=name)
                except self.client.exceptions.NoSuchKey:
                    return  # one part of several, which will be put together later
                values = (name, found["ContentType"], found["Body"].read())
                database.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)", values)

    return KeptStore(BUCKET)


def noting(start_response: Callable[..., Any], statuses: list[str]) -> Callable[..., Any]:
    """Keep the first digit of the status."""

    def started(status: str, *more: Any) -> Any:
        statuses.append(status[0])
        return start_response(status, *more)

    return started


@contextmanager
def rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database of objects, and commit at the end of the block."""
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS objects (name TEXT PRIMARY KEY, type TEXT, content BLOB)"
        )
        yield database
