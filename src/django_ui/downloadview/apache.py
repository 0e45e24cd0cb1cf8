"""Apache, and its ``X-Sendfile``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from downloadable.adapters.delegating import raw
from downloadable.django_ui.downloadview.decorators import DownloadDecorator
from downloadable.django_ui.downloadview.rules import ApacheRule
from downloadable.django_ui.downloadview.xsendfile import (
    AnyXSendfileMiddleware,
    AnyXSendfileResponse,
    AnyXSendfileValidator,
)

__all__ = [
    "XSendfileMiddleware",
    "XSendfileResponse",
    "XSendfileValidator",
    "assert_x_sendfile",
    "x_sendfile",
]


class XSendfileResponse(AnyXSendfileResponse):
    """Makes Apache send the file at a path."""

    spelled = staticmethod(raw)


class XSendfileMiddleware(AnyXSendfileMiddleware):
    """Lets Apache send what is below a directory, or below a URL of its storage."""

    response_class = XSendfileResponse
    rule_class = ApacheRule


def x_sendfile(view_func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return *view_func* with its downloads sent by Apache, by a rule as :class:`XSendfileMiddleware` takes it."""
    return DownloadDecorator(XSendfileMiddleware)(view_func, *args, **kwargs)


class XSendfileValidator(AnyXSendfileValidator):
    """Asserts what Apache is told."""

    response_class = XSendfileResponse


def assert_x_sendfile(test_case: Any, response: Any, **assertions: Any) -> None:
    """
    Assert that Apache is told to send a file.

    Args:
        test_case: Whose assertions are used.

        response: Of a view or of the test client.

        **assertions: ``basename``, ``content_type``, ``attachment``, ``file_path``.
    """
    XSendfileValidator()(test_case, response, **assertions)
