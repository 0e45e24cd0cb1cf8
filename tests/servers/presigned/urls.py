"""The same files through each library; some through views of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.files.storage import storages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from downloadable import FsspecSource, ServingPolicy, StorageSource, download, download_view
from downloadable.adapters.delegates import PresignedRedirect
from downloadable.adapters.django_files import StoredContent
from downloadable.django_ui.decorators import delegated_to
from downloadable.domain import Resource
from tests.servers.presigned.settings import IN_S3

REDIRECT = PresignedRedirect(90)
FILESYSTEM = FsspecSource(
    f"s3://{IN_S3['bucket_name']}",
    key=IN_S3["access_key"],
    secret=IN_S3["secret_key"],
    endpoint_url=IN_S3["endpoint_url"],
    client_kwargs={"region_name": IN_S3["region_name"]},
    config_kwargs={"signature_version": "s3v4"},
)


@delegated_to(REDIRECT)
def row(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve what a row knows enough of."""
    facts = Resource(name="Bericht für März.pdf", size=10, last_modified=datetime(2024, 5, 17, tzinfo=UTC))
    return download(request, StoredContent(storages["default"], path, facts))


urlpatterns = [
    path("storage/<path:path>", download_view(StorageSource(), delegates=[REDIRECT])),
    path("fsspec/<path:path>", download_view(FILESYSTEM, delegates=[REDIRECT])),
    path("public/<path:path>", download_view(StorageSource("public"), delegates=[REDIRECT])),
    path("row/<path:path>", row),
    path(
        "inline/<path:path>",
        download_view(StorageSource(), policy=ServingPolicy(attachment=False), delegates=[REDIRECT]),
    ),
]
