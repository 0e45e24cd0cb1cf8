"""The application that ``INSTALLED_APPS`` takes, for the system checks, the commands and the template tag."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy

__all__ = ["DownloadableConfig"]


class DownloadableConfig(AppConfig):
    """The Django side, as an application without models."""

    name = "downloadable.django_ui"
    label = "downloadable"
    verbose_name = gettext_lazy("Downloads")
    default = True

    def ready(self) -> None:
        """Register the checks."""
        from downloadable.django_ui.checks import check_downloadable

        register(check_downloadable, "downloadable")
