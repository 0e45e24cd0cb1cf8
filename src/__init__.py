"""
Serve downloadable files from Django: any source, answered right, with flat memory.

The names that users type are here, each imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downloadable.adapters.django_files import as_content
    from downloadable.adapters.django_storage import StorageSource
    from downloadable.adapters.fsspec import FsspecSource
    from downloadable.adapters.http import HttpSource
    from downloadable.adapters.local import LocalSource
    from downloadable.adapters.memory import GeneratedContent, MemoryContent, MemorySource
    from downloadable.adapters.orm import AsyncModelSource, ModelSource
    from downloadable.adapters.wrappers import (
        BytesIteratorIO,
        HTTPFile,
        StorageFile,
        StringIteratorIO,
        TextIteratorIO,
        VirtualFile,
    )
    from downloadable.django_ui.factory import download_view
    from downloadable.django_ui.responses import DownloadResponse
    from downloadable.django_ui.serving import adownload, download
    from downloadable.django_ui.testing import (
        assert_download_response,
        setup_view,
        temporary_media_root,
    )
    from downloadable.django_ui.views import (
        BaseDownloadView,
        DownloadMixin,
        HTTPDownloadView,
        ObjectDownloadView,
        PathDownloadView,
        StorageDownloadView,
        VirtualDownloadView,
    )
    from downloadable.domain import ContentNotFound, EntityTag, Resource, ServingPolicy
    from downloadable.ports import AsyncContent, Content, Missing, Served, Source

__version__ = "0.1.0"

EXPORTS = {
    "adapters.django_files": ("as_content",),
    "adapters.django_storage": ("StorageSource",),
    "adapters.fsspec": ("FsspecSource",),
    "adapters.http": ("HttpSource",),
    "adapters.local": ("LocalSource",),
    "adapters.memory": ("GeneratedContent", "MemoryContent", "MemorySource"),
    "adapters.orm": ("AsyncModelSource", "ModelSource"),
    "adapters.wrappers": (
        "BytesIteratorIO",
        "HTTPFile",
        "StorageFile",
        "StringIteratorIO",
        "TextIteratorIO",
        "VirtualFile",
    ),
    "django_ui.factory": ("download_view",),
    "django_ui.responses": ("DownloadResponse",),
    "django_ui.serving": ("adownload", "download"),
    "django_ui.testing": ("assert_download_response", "setup_view", "temporary_media_root"),
    "django_ui.views": (
        "BaseDownloadView",
        "DownloadMixin",
        "HTTPDownloadView",
        "ObjectDownloadView",
        "PathDownloadView",
        "StorageDownloadView",
        "VirtualDownloadView",
    ),
    "domain": ("ContentNotFound", "EntityTag", "Resource", "ServingPolicy"),
    "ports": ("AsyncContent", "Content", "Missing", "Served", "Source"),
}
CONFIGURED = frozenset({"HTTPFile", "HttpSource"})
"""What settings have a say in, also where nothing of the Django side is used, such as in a command."""
MODULE_OF = {name: module for module, names in EXPORTS.items() for name in names}

__all__ = [
    "AsyncContent",
    "AsyncModelSource",
    "BaseDownloadView",
    "BytesIteratorIO",
    "Content",
    "ContentNotFound",
    "DownloadMixin",
    "DownloadResponse",
    "EntityTag",
    "FsspecSource",
    "GeneratedContent",
    "HTTPDownloadView",
    "HTTPFile",
    "HttpSource",
    "LocalSource",
    "MemoryContent",
    "MemorySource",
    "Missing",
    "ModelSource",
    "ObjectDownloadView",
    "PathDownloadView",
    "Resource",
    "Served",
    "ServingPolicy",
    "Source",
    "StorageDownloadView",
    "StorageFile",
    "StorageSource",
    "StringIteratorIO",
    "TextIteratorIO",
    "VirtualDownloadView",
    "VirtualFile",
    "__version__",
    "adownload",
    "as_content",
    "assert_download_response",
    "download",
    "download_view",
    "setup_view",
    "temporary_media_root",
]


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in CONFIGURED:
        import_module(f"{__name__}.django_ui.conf")
    value = globals()[name] = getattr(import_module(f"{__name__}.{MODULE_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
