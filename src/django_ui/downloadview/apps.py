"""The application that is left in ``INSTALLED_APPS`` by a project that moves."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

__all__ = ["DownloadviewConfig"]


class DownloadviewConfig(AppConfig):
    """These modules, as an application without models; it may stand beside ``downloadable.django_ui``, or go."""

    name = "downloadable.django_ui.downloadview"
    label = "downloadable_downloadview"
    verbose_name = gettext_lazy("Downloads, by the names of django-downloadview")
