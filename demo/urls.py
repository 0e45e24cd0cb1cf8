"""Each kind of source, through each door."""

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import include, path

from demo import views
from demo.models import Document
from demo.samples import ARCHIVE, TEXT
from demo.settings import ORIGIN
from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.http import HttpSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.orm import ModelSource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.views import HTTPDownloadView, PathDownloadView, StorageDownloadView
from downloadable.domain import ServingPolicy

files = LocalSource(settings.MEDIA_ROOT)
documents = ModelSource(
    Document,
    "file",
    name_field="title",
    size_field="size",
    content_type_field="media_type",
    modified_field="modified",
    digest_field="sha256",
    digest_algorithm="sha-256",
)
archive = FsspecSource(f"zip://::{Path(settings.MEDIA_ROOT, ARCHIVE).as_uri()}")
origin = HttpSource(f"{ORIGIN}/plain/")

urlpatterns = [
    path("", views.index, name="index"),
    # For manage.py downloadable_check
    path("downloadable-check/", include("downloadable.django_ui.probe")),
    # Functions
    path("image", views.image, name="image"),
    path("document/<int:pk>", views.document, name="document"),
    path("document-async/<int:pk>", views.document_async, name="document-async"),
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
    path("model/<int:pk>", download_view(documents, key=lambda request, pk: pk), name="model"),
    path("storage/<path:path>", download_view(StorageSource(default_storage)), name="storage"),
    path("fsspec/<path:path>", download_view(archive), name="fsspec"),
    path("http/<path:path>", download_view(origin), name="http"),
    path("greeting/<str:path>", download_view(views.Greetings()), name="greeting"),
    # Classes
    path("path-view/<path:path>", PathDownloadView.as_view(root=settings.MEDIA_ROOT), name="path-view"),
    path("object-view/<int:pk>", views.DocumentView.as_view(), name="object-view"),
    path("storage-view/<path:path>", StorageDownloadView.as_view(), name="storage-view"),
    path("http-view", HTTPDownloadView.as_view(url=f"{ORIGIN}/plain/{quote(TEXT)}"), name="http-view"),
    path("virtual-view", views.PoemView.as_view(), name="virtual-view"),
]
