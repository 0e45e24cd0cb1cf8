"""The names of the package itself."""

from typing import TYPE_CHECKING, Any

from downloadable.django_ui import downloadview

if TYPE_CHECKING:
    from downloadable.django_ui.downloadview import *  # noqa: F403

__all__ = downloadview.__all__


def __getattr__(name: str) -> Any:
    return getattr(downloadview, name)
