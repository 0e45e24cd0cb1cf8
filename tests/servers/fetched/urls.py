"""The same files through each library; some through views of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.files.storage import storages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import FsspecSource, ServingPolicy, StorageSource, download, download_view
from downloadable.adapters.django_files import StoredContent
from downloadable.domain import Resource
from tests.servers.fetched.settings import BUCKET, IN_S3

__all__ = ["urlpatterns"]

FILESYSTEM = FsspecSource(
    f"s3://{BUCKET}",
    key=IN_S3["access_key"],
    secret=IN_S3["secret_key"],
    endpoint_url=IN_S3["endpoint_url"],
    client_kwargs={"region_name": IN_S3["region_name"]},
    config_kwargs={"signature_version": "s3v4"},
)


def row(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve what a row knows enough of."""
    facts = Resource(name="Bericht für März.pdf", size=10, last_modified=datetime(2024, 5, 17, tzinfo=UTC))
    return download(request, StoredContent(storages["default"], path, facts))


urlpatterns = [
    path("storage/<path:path>", download_view(StorageSource())),
    path("fsspec/<path:path>", download_view(FILESYSTEM)),
    path("nested/<path:path>", download_view(StorageSource("nested"))),
    path("mistaken/<path:path>", download_view(StorageSource("mistaken"))),
    path("elsewhere/<path:path>", download_view(StorageSource("elsewhere"))),
    path("inline/<path:path>", download_view(StorageSource(), policy=ServingPolicy(attachment=False))),
    path("row/<path:path>", row),
]
