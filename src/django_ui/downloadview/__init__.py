"""
The names of django-downloadview, module by module, so that a project which uses them moves with one command.

Each is what this library has of its own, or thin over it. Nothing else in the library imports this package, and its
settings, ``DOWNLOADVIEW_*``, are read here only, where they are used. What is exported is imported when it is first
used: a running site needs neither Django's test tools nor requests.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downloadable.django_ui.downloadview.files import HTTPFile, StorageFile, VirtualFile
    from downloadable.django_ui.downloadview.io import BytesIteratorIO, StringIteratorIO, TextIteratorIO
    from downloadable.django_ui.downloadview.middlewares import (
        BaseDownloadMiddleware,
        DownloadDispatcherMiddleware,
        SmartDownloadMiddleware,
    )
    from downloadable.django_ui.downloadview.response import DownloadResponse, ProxiedDownloadResponse
    from downloadable.django_ui.downloadview.shortcuts import sendfile
    from downloadable.django_ui.downloadview.test import (
        assert_download_response,
        setup_view,
        temporary_media_root,
    )
    from downloadable.django_ui.downloadview.views import (
        BaseDownloadView,
        DownloadMixin,
        HTTPDownloadView,
        ObjectDownloadView,
        PathDownloadView,
        StorageDownloadView,
        VirtualDownloadView,
    )

EXPORTS = {
    "files": ("HTTPFile", "StorageFile", "VirtualFile"),
    "io": ("BytesIteratorIO", "StringIteratorIO", "TextIteratorIO"),
    "middlewares": ("BaseDownloadMiddleware", "DownloadDispatcherMiddleware", "SmartDownloadMiddleware"),
    "response": ("DownloadResponse", "ProxiedDownloadResponse"),
    "shortcuts": ("sendfile",),
    "test": ("assert_download_response", "setup_view", "temporary_media_root"),
    "views": (
        "BaseDownloadView",
        "DownloadMixin",
        "HTTPDownloadView",
        "ObjectDownloadView",
        "PathDownloadView",
        "StorageDownloadView",
        "VirtualDownloadView",
    ),
}
MODULES = {*EXPORTS, "api", "exceptions", "utils"}
"""What ``import`` of this package is enough for."""
MODULE_OF = {name: module for module, names in EXPORTS.items() for name in names}

__all__ = [
    "BaseDownloadMiddleware",
    "BaseDownloadView",
    "BytesIteratorIO",
    "DownloadDispatcherMiddleware",
    "DownloadMixin",
    "DownloadResponse",
    "HTTPDownloadView",
    "HTTPFile",
    "ObjectDownloadView",
    "PathDownloadView",
    "ProxiedDownloadResponse",
    "SmartDownloadMiddleware",
    "StorageDownloadView",
    "StorageFile",
    "StringIteratorIO",
    "TextIteratorIO",
    "VirtualDownloadView",
    "VirtualFile",
    "assert_download_response",
    "sendfile",
    "setup_view",
    "temporary_media_root",
]


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{MODULE_OF[name]}"), name)
    return value
