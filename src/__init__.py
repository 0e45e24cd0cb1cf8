"""
Serve downloadable files from Django: any source, answered right, with flat memory.

The names users type are here, each imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from downloadable.adapters.django_files import as_content
    from downloadable.django_ui.responses import DownloadResponse
    from downloadable.django_ui.serving import adownload, download

__version__ = "0.1.0"

EXPORTS = {
    "DownloadResponse": "downloadable.django_ui.responses",
    "adownload": "downloadable.django_ui.serving",
    "as_content": "downloadable.adapters.django_files",
    "download": "downloadable.django_ui.serving",
}

__all__ = ["DownloadResponse", "__version__", "adownload", "as_content", "download"]


def __getattr__(name: str) -> Any:
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(EXPORTS[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
