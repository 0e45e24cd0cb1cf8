"""The application that ``INSTALLED_APPS`` takes, for the template tag."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["DownloadableConfig"]


class DownloadableConfig(AppConfig):
    """The Django side, as an application without models."""

    name = "downloadable.django_ui"
    label = "downloadable"
    verbose_name = "Downloads"
    default = True
