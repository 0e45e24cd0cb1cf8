"""
System checks: what is wrong with the settings is told before the first request.

They run with Django's own, where ``"downloadable.django_ui"`` is among ``INSTALLED_APPS``. They look at settings,
classes, URLs and directories; they ask no other server, and make no storage that could.
"""

from downloadable.django_ui.checks.project import check_downloadable

__all__ = ["check_downloadable"]
