"""Class-based views."""

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
    "HTTPDownloadView",
    "ObjectDownloadView",
    "PathDownloadView",
    "StorageDownloadView",
    "VirtualDownloadView",
]
