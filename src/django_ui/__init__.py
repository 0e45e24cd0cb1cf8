"""The Django side: functions, factory, views and responses."""

from downloadable.django_ui.factory import download_view
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.django_ui.views import (
    BaseDownloadView,
    DownloadMixin,
    HTTPDownloadView,
    ObjectDownloadView,
    PathDownloadView,
    StorageDownloadView,
    VirtualDownloadView,
)

__all__ = [
    "BaseDownloadView",
    "DownloadMixin",
    "DownloadResponse",
    "HTTPDownloadView",
    "ObjectDownloadView",
    "PathDownloadView",
    "StorageDownloadView",
    "VirtualDownloadView",
    "adownload",
    "download",
    "download_view",
]
