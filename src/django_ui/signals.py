"""The signal that tells what has become of a download."""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

from downloadable.ports import Served

__all__ = ["download_finished"]

download_finished = Signal()
"""
Sent once for each answer that was decided, when its body has ended, with ``served`` (a
:class:`~downloadable.ports.Served`) and ``request`` (``None`` for a response that was built by hand and has met none).

The sender is the view: its class, or the function; ``None`` if no URL led to one. What a receiver raises is logged by
Django and goes no further. Receivers may be asynchronous, and all may query the database.
"""


def send(served: Served) -> None:
    """Be the observer that sends the signal."""
    download_finished.send_robust(view_of(served.request), served=served, request=served.request)


def view_of(request: Any) -> Any:
    """Return what receivers name a view by: its class, where it has one."""
    match = getattr(request, "resolver_match", None)
    return None if match is None else getattr(match.func, "view_class", match.func)
