"""
Serve downloadable files from Django: any source, answered right, with flat memory.

The names that users type are here, each imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downloadable.adapters.cached_checksums import CachedChecksums
    from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx, PresignedRedirect
    from downloadable.adapters.django_files import as_content
    from downloadable.adapters.django_storage import StorageSource
    from downloadable.adapters.fsspec import FsspecSource
    from downloadable.adapters.http import HttpSource
    from downloadable.adapters.local import LocalSource
    from downloadable.adapters.memory import GeneratedContent, MemoryContent, MemorySource
    from downloadable.adapters.obstore import ObstoreSource
    from downloadable.adapters.orm import AsyncModelSource, ModelSource
    from downloadable.adapters.remote import Resumption
    from downloadable.adapters.signed_storages import SignedFileSystemStorage, SignedURLMixin
    from downloadable.adapters.signing import DjangoUrlSigner
    from downloadable.adapters.wrappers import (
        BytesIteratorIO,
        HTTPFile,
        StorageFile,
        StringIteratorIO,
        TextIteratorIO,
        VirtualFile,
    )
    from downloadable.adapters.zip_members import ZipMember
    from downloadable.adapters.zipped import ZipContent, ZipSource
    from downloadable.django_ui.asgi import PathSend
    from downloadable.django_ui.bodiless import ProxiedDownloadResponse
    from downloadable.django_ui.decorators import delegated_to, signature_required
    from downloadable.django_ui.factory import download_view
    from downloadable.django_ui.file_widgets import FileLink, PrivateFileInput
    from downloadable.django_ui.links import signed_url
    from downloadable.django_ui.middleware import DownloadMiddleware
    from downloadable.django_ui.model_admin import DownloadAdminMixin, DownloadInlineMixin
    from downloadable.django_ui.responses import DownloadResponse
    from downloadable.django_ui.rest import DownloadAPIViewMixin, FileNegotiation, download_action
    from downloadable.django_ui.serving import adownload, download
    from downloadable.django_ui.signals import download_finished
    from downloadable.django_ui.testing import (
        assert_download,
        assert_download_response,
        assert_handed_over,
        downloads_handed_over_to,
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
    from downloadable.domain import (
        ContentNotFound,
        DownloadableDeprecationWarning,
        EntityTag,
        Resource,
        ServingPolicy,
    )
    from downloadable.ports import AsyncContent, Content, Delegate, Missing, Served, Source

__version__ = "0.1.0"

EXPORTS = {
    "adapters.cached_checksums": ("CachedChecksums",),
    "adapters.zip_members": ("ZipMember",),
    "adapters.zipped": ("ZipContent", "ZipSource"),
    "adapters.delegates": ("Apache", "Caddy", "Lighttpd", "Nginx", "PresignedRedirect"),
    "adapters.django_files": ("as_content",),
    "adapters.django_storage": ("StorageSource",),
    "adapters.fsspec": ("FsspecSource",),
    "adapters.http": ("HttpSource",),
    "adapters.local": ("LocalSource",),
    "adapters.memory": ("GeneratedContent", "MemoryContent", "MemorySource"),
    "adapters.obstore": ("ObstoreSource",),
    "adapters.orm": ("AsyncModelSource", "ModelSource"),
    "adapters.remote": ("Resumption",),
    "adapters.signed_storages": ("SignedFileSystemStorage", "SignedURLMixin"),
    "adapters.signing": ("DjangoUrlSigner",),
    "adapters.wrappers": (
        "BytesIteratorIO",
        "HTTPFile",
        "StorageFile",
        "StringIteratorIO",
        "TextIteratorIO",
        "VirtualFile",
    ),
    "django_ui.asgi": ("PathSend",),
    "django_ui.bodiless": ("ProxiedDownloadResponse",),
    "django_ui.decorators": ("delegated_to", "signature_required"),
    "django_ui.factory": ("download_view",),
    "django_ui.file_widgets": ("FileLink", "PrivateFileInput"),
    "django_ui.links": ("signed_url",),
    "django_ui.middleware": ("DownloadMiddleware",),
    "django_ui.model_admin": ("DownloadAdminMixin", "DownloadInlineMixin"),
    "django_ui.responses": ("DownloadResponse",),
    "django_ui.rest": ("DownloadAPIViewMixin", "FileNegotiation", "download_action"),
    "django_ui.serving": ("adownload", "download"),
    "django_ui.signals": ("download_finished",),
    "django_ui.testing": (
        "assert_download",
        "assert_download_response",
        "assert_handed_over",
        "downloads_handed_over_to",
        "setup_view",
        "temporary_media_root",
    ),
    "django_ui.views": (
        "BaseDownloadView",
        "DownloadMixin",
        "HTTPDownloadView",
        "ObjectDownloadView",
        "PathDownloadView",
        "StorageDownloadView",
        "VirtualDownloadView",
    ),
    "domain": ("ContentNotFound", "DownloadableDeprecationWarning", "EntityTag", "Resource", "ServingPolicy"),
    "ports": ("AsyncContent", "Content", "Delegate", "Missing", "Served", "Source"),
}
CONFIGURED = frozenset({"HTTPFile", "HttpSource"})
"""What settings have a say in, also where nothing of the Django side is used, such as in a command."""
MODULE_OF = {name: module for module, names in EXPORTS.items() for name in names}

__all__ = [
    "Apache",
    "AsyncContent",
    "AsyncModelSource",
    "BaseDownloadView",
    "BytesIteratorIO",
    "CachedChecksums",
    "Caddy",
    "Content",
    "ContentNotFound",
    "Delegate",
    "DjangoUrlSigner",
    "DownloadAPIViewMixin",
    "DownloadAdminMixin",
    "DownloadInlineMixin",
    "DownloadMiddleware",
    "DownloadMixin",
    "DownloadResponse",
    "DownloadableDeprecationWarning",
    "EntityTag",
    "FileLink",
    "FileNegotiation",
    "FsspecSource",
    "GeneratedContent",
    "HTTPDownloadView",
    "HTTPFile",
    "HttpSource",
    "Lighttpd",
    "LocalSource",
    "MemoryContent",
    "MemorySource",
    "Missing",
    "ModelSource",
    "Nginx",
    "ObjectDownloadView",
    "ObstoreSource",
    "PathDownloadView",
    "PathSend",
    "PresignedRedirect",
    "PrivateFileInput",
    "ProxiedDownloadResponse",
    "Resource",
    "Resumption",
    "Served",
    "ServingPolicy",
    "SignedFileSystemStorage",
    "SignedURLMixin",
    "Source",
    "StorageDownloadView",
    "StorageFile",
    "StorageSource",
    "StringIteratorIO",
    "TextIteratorIO",
    "VirtualDownloadView",
    "VirtualFile",
    "ZipContent",
    "ZipMember",
    "ZipSource",
    "__version__",
    "adownload",
    "as_content",
    "assert_download",
    "assert_download_response",
    "assert_handed_over",
    "delegated_to",
    "download",
    "download_action",
    "download_finished",
    "download_view",
    "downloads_handed_over_to",
    "setup_view",
    "signature_required",
    "signed_url",
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
