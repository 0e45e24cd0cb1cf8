"""Each kind of source, through each door."""

from pathlib import Path

from django.conf import settings
from django.urls import path

from demo import views
from demo.samples import ARCHIVE
from demo.settings import ORIGIN
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.http import HttpSource
from downloadable.adapters.local import LocalSource
from downloadable.django_ui.factory import download_view
from downloadable.django_ui.views import PathDownloadView
from downloadable.domain import ServingPolicy

files = LocalSource(settings.MEDIA_ROOT)
archive = FsspecSource(f"zip://::{Path(settings.MEDIA_ROOT, ARCHIVE).as_uri()}")
origin = HttpSource(f"{ORIGIN}/local/", trusted_origins=[ORIGIN])

urlpatterns = [
    path("", views.index, name="index"),
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
    path("inline/<path:path>", download_view(files, policy=ServingPolicy(attachment=False)), name="inline"),
    path("private/<path:path>", download_view(files, authorize=views.has_token), name="private"),
    path("fsspec/<path:path>", download_view(archive), name="fsspec"),
    path("http/<path:path>", download_view(origin), name="http"),
    path("greeting/<str:path>", download_view(views.Greetings()), name="greeting"),
    # Classes
    path("path-view/<path:path>", PathDownloadView.as_view(root=settings.MEDIA_ROOT), name="path-view"),
    path("virtual-view", views.PoemView.as_view(), name="virtual-view"),
]
