"""
What Google Cloud Storage and Azure Blob Storage answer on loopback, as far as reading goes.

The libraries of both are the real ones, and so is the way to here: only who answers is made up.
"""

from __future__ import annotations

import json
import os
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import define, field
from azure.storage.blob import BlobServiceClient
from google.auth.credentials import AnonymousCredentials
from storages.backends.azure_storage import AzureStorage
from storages.backends.gcloud import GoogleCloudStorage

from downloadable.domain import format_http_date

# By itself, a thread of Google's library asks for the bucket, too, and goes on for minutes after its store has ended:
# in the midst of other tests, with their random numbers, and asking whoever has got the port.
os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] = "true"

RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
CHANGED = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)


@define
class Blob:
    """An object, and how often there was another before it."""

    data: bytes
    version: int = 1
    type: str | None = None
    coding: str | None = None


@define
class BlobStore:
    """
    One bucket, or container, for both.

    Attributes:
        seen: The requests so far: method, name, and the range, if any.

        cuts: How much to send of the next bodies that are asked for, one by one, before breaking off.

        errors: Statuses to answer the next requests for a body with; 429 asks for half a minute.
    """

    url: str = ""
    blobs: dict[str, Blob] = field(factory=dict)
    seen: list[str] = field(factory=list)
    cuts: list[int] = field(factory=list)
    errors: list[int] = field(factory=list)

    def put(self, name: str, data: bytes, **facts: Any) -> None:
        """Put an object in the place of whatever was there."""
        former = self.blobs.get(name)
        self.blobs[name] = Blob(data, 1 if former is None else former.version + 1, **facts)

    def azure(self, **options: Any) -> Any:
        """Make a Django storage of it, as if it was at Azure."""
        account = (
            f"AccountName=acme;AccountKey={b64encode(b'key').decode()};BlobEndpoint={self.url}/azure/acme"
        )
        string = f"DefaultEndpointsProtocol=http;{account}"
        storage = AzureStorage(connection_string=string, azure_container="files", **options)
        # By itself, the library would ask again after a quarter of a minute.
        storage._service_client = BlobServiceClient.from_connection_string(string, retry_total=0)
        return storage

    def google(self, **options: Any) -> Any:
        """Make a Django storage of it, as if it was at Google; needs STORAGE_EMULATOR_HOST until it was first used."""
        make: Any = AnonymousCredentials
        return GoogleCloudStorage(bucket_name="files", project_id="acme", credentials=make(), **options)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: BlobStore

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def answer(self) -> None:
        parts = urlsplit(self.path)
        azure = parts.path.startswith("/azure/")
        name = unquote(parts.path.partition("/files/" if azure else "/files/o/")[2])
        wanted = self.headers["x-ms-range"] or self.headers["Range"] or ""
        self.store.seen.append(f"{self.command} {name} {wanted}".strip())
        blob = self.store.blobs.get(name)
        if self.command == "GET" and (azure or "alt=media" in parts.query) and self.store.errors:
            self.refuse(self.store.errors.pop(0), "ServerBusy")
        elif blob is None:
            self.refuse(404, "BlobNotFound" if name else "ContainerNotFound")
        elif azure:
            self.answer_as_azure(blob, wanted)
        else:
            self.answer_as_google(name, blob, wanted, parts.query)

    def answer_as_azure(self, blob: Blob, wanted: str) -> None:
        etag = f'"0x{blob.version:08X}"'
        fields = {
            "ETag": etag,
            "Last-Modified": format_http_date(CHANGED),
            "Content-Type": blob.type or "application/octet-stream",
            "x-ms-blob-type": "BlockBlob",
        }
        if blob.coding:
            fields["Content-Encoding"] = blob.coding
        if self.headers["If-Match"] not in (None, etag):
            self.refuse(412, "ConditionNotMet")
        else:
            self.send_blob(blob, wanted, fields)

    def answer_as_google(self, name: str, blob: Blob, wanted: str, query: str) -> None:
        if f"generation={blob.version}" not in query and "generation=" in query:
            self.refuse(404, "notFound")
        elif "alt=media" in query:
            fields = {"X-Goog-Generation": str(blob.version)}
            self.send_blob(
                blob, wanted, {**fields, "Content-Encoding": blob.coding} if blob.coding else fields
            )
        else:
            facts = {
                "kind": "storage#object",
                "name": name,
                "bucket": "files",
                "generation": str(blob.version),
                "size": str(len(blob.data)),
                "etag": b64encode(f"{blob.version}".encode()).decode(),
                "updated": f"{CHANGED:%Y-%m-%dT%H:%M:%SZ}",
                "contentType": blob.type,
                "contentEncoding": blob.coding,
            }
            data = json.dumps(facts).encode()
            self.send_head(200, len(data), {"Content-Type": "application/json"})
            self.wfile.write(data)

    def send_blob(self, blob: Blob, wanted: str, fields: dict[str, str]) -> None:
        size, found = len(blob.data), RANGE.fullmatch(wanted)
        start, stop = 0, size
        if found is not None:
            start, stop = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
            fields["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        if start >= stop and found is not None:
            self.refuse(416, "InvalidRange")
            return
        self.send_head(200 if found is None else 206, stop - start, fields)
        if self.command == "HEAD":
            return
        cut = self.store.cuts.pop(0) if self.store.cuts else stop - start
        self.wfile.write(blob.data[start : min(stop, start + cut)])
        self.close_connection = cut < stop - start

    def refuse(self, status: int, code: str) -> None:
        data = (
            b""
            if self.command == "HEAD"
            else f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
        )
        fields = {"x-ms-error-code": code, "Content-Type": "application/xml"}
        self.send_head(status, len(data), {**fields, "Retry-After": "30"} if status == 429 else fields)
        self.wfile.write(data)

    def send_head(self, status: int, length: int, fields: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()


@contextmanager
def blob_store() -> Iterator[BlobStore]:
    """Run an empty one."""
    store = BlobStore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"store": store}))
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
