"""Each kind of source, through each door: open to everybody, and nothing of the library."""

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import path

from demo import source_views as views
from demo.models import Leaflet
from demo.origin import origin
from demo.samples import ARCHIVE, TEXT
from downloadable import (
    FsspecSource,
    HTTPDownloadView,
    LocalSource,
    ModelSource,
    PathDownloadView,
    ServingPolicy,
    StorageDownloadView,
    StorageSource,
    download_view,
)

files = LocalSource(settings.MEDIA_ROOT)
leaflets = ModelSource(
    Leaflet,
    "file",
    name_field="title",
    size_field="size",
    content_type_field="media_type",
    modified_field="modified",
    digest_field="sha256",
    digest_algorithm="sha-256",
)
archive = FsspecSource(f"zip://::{Path(settings.MEDIA_ROOT, ARCHIVE).as_uri()}")

urlpatterns = [
    path("sources/", views.sources, name="sources"),
    # Functions
    path("image", views.image, name="image"),
    path("leaflet/<int:pk>", views.leaflet, name="leaflet"),
    path("leaflet-async/<int:pk>", views.leaflet_async, name="leaflet-async"),
    path("bytes", views.memory, name="bytes"),
    path("text", views.text, name="text"),
    path("table", views.table, name="table"),
    path("ticks", views.ticks, name="ticks"),
    # The factory
    path("local/<path:path>", download_view(files), name="local"),
    # Asked by this project itself, past any server in front: so nothing of it is handed over.
    path("plain/<path:path>", download_view(files, delegates=()), name="plain"),
    path("inline/<path:path>", download_view(files, policy=ServingPolicy(attachment=False)), name="inline"),
    path("private/<path:path>", download_view(files, authorize=views.has_token), name="private"),
    path("model/<int:pk>", download_view(leaflets, key=lambda request, pk: pk), name="model"),
    path("storage/<path:path>", download_view(StorageSource(default_storage)), name="storage"),
    path("fsspec/<path:path>", download_view(archive), name="fsspec"),
    path("http/<path:path>", download_view(origin()), name="http"),
    path("greeting/<str:path>", download_view(views.Greetings()), name="greeting"),
    # Classes
    path("path-view/<path:path>", PathDownloadView.as_view(root=settings.MEDIA_ROOT), name="path-view"),
    path("object-view/<int:pk>", views.LeafletView.as_view(), name="object-view"),
    path("storage-view/<path:path>", StorageDownloadView.as_view(), name="storage-view"),
    path(
        "http-view", HTTPDownloadView.as_view(url=f"{settings.ORIGIN}/plain/{quote(TEXT)}"), name="http-view"
    ),
    path("virtual-view", views.PoemView.as_view(), name="virtual-view"),
]
