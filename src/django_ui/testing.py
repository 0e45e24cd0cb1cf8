"""Helpers for the tests of a project that serves downloads."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from typing import Any, Self, TypeVar
from unittest import TestCase

from django.conf import settings
from django.http import HttpRequest
from django.test import override_settings
from django.views import View

from downloadable.django_ui.asserting import assert_download
from downloadable.django_ui.asserting.delivered import body_of
from downloadable.django_ui.delegation import checked_delegates
from downloadable.django_ui.middleware import DownloadMiddleware
from downloadable.domain import Disposition
from downloadable.ports import Delegate

__all__ = [
    "assert_download",
    "assert_download_response",
    "assert_handed_over",
    "downloads_handed_over_to",
    "setup_view",
    "temporary_media_root",
]

C = TypeVar("C", bound=TestCase)
V = TypeVar("V", bound=View)


def setup_view(view: V, request: HttpRequest, *args: Any, **kwargs: Any) -> V:
    """Give a view instance what ``as_view()`` would, so that its methods can be tested one by one."""
    view.setup(request, *args, **kwargs)
    return view


def assert_download_response(
    test_case: TestCase,
    response: Any,
    *,
    basename: str | None = None,
    content_type: str | None = None,
    mime_type: str | None = None,
    content: bytes | str | None = None,
    attachment: bool | None = None,
) -> None:
    """
    Assert that *response* delivers a file; what is not given is not looked at.

    Args:
        test_case: Whose ``fail`` and ``assertEqual`` are used.

        response: Of a view or of the test client, synchronous or not; in any kind of test.

        basename: Name at the client, decoded from Content-Disposition.

        content_type: The whole value of Content-Type.

        mime_type: Content-Type without its parameters.

        content: The body, consumed here; text is compared in UTF-8.

        attachment: Whether the file is saved rather than shown.

    Raises:
        AssertionError: Through *test_case*.
    """
    test_case.assertIn(response.status_code, (200, 206), "This is not the answer of a download.")
    stated = response.headers.get("Content-Disposition", "")
    disposition = Disposition.parse(stated)
    if disposition is None:
        test_case.fail(f"Content-Disposition is {stated!r}, so this is not the answer of a download.")
    sent_type = response.headers.get("Content-Type", "")
    if attachment is not None:
        test_case.assertEqual(disposition.kind, "attachment" if attachment else "inline")
    if basename is not None:
        test_case.assertEqual(disposition.filename, basename)
    if content_type is not None:
        test_case.assertEqual(sent_type, content_type)
    if mime_type is not None:
        test_case.assertEqual(sent_type.partition(";")[0].strip(), mime_type)
    if content is not None:
        expected = content.encode() if isinstance(content, str) else content
        test_case.assertEqual(body_of(response), expected)


def assert_handed_over(
    test_case: TestCase, response: Any, target: str | None = None, *, field: str = "X-Accel-Redirect"
) -> None:
    """
    Assert that *response* tells somebody else to send the file, and has no body of its own.

    Args:
        test_case: Whose ``fail`` and ``assertEqual`` are used.

        response: Of a view or of the test client, synchronous or not; in any kind of test.

        target: What it names, spelled as it is sent; ``None`` if any will do.

        field: Header field that says so: ``"X-Accel-Redirect"`` for nginx and Caddy, ``"X-Sendfile"`` for Apache and
            lighttpd, ``"Location"`` for a redirection to a store.

    Raises:
        AssertionError: Through *test_case*.
    """
    sent = {name.lower(): value for name, value in response.items()}
    if field.lower() not in sent:
        test_case.fail(f"There is no {field} in {sorted(sent)!r}, so Django sends this itself.")
    test_case.assertEqual(response.status_code, 302 if field.lower() == "location" else 200)
    test_case.assertEqual(body_of(response), b"", "What is handed over has no body.")
    if target is not None:
        test_case.assertEqual(sent[field.lower()], target)


class made_anew(override_settings):  # noqa: N801  (named as what it replaces)
    """Settings to override that are made when they are needed, each time: for tests, for cases, or for a while."""

    @abstractmethod
    def again(self) -> Self:
        """Return another like this, which is not in use."""

    def decorate_class(self, cls: type[C]) -> type[C]:
        # Django's own way is to hand the options to the case, which knows nothing of what has yet to be made.
        inherited, again = cls.setUpClass, self.again

        def set_up_class(case: type[C]) -> None:
            case.enterClassContext(again())
            inherited.__func__(case)  # type: ignore[attr-defined]  # a class method's function

        cls.setUpClass = classmethod(set_up_class)  # type: ignore[assignment, method-assign]
        return cls


class temporary_media_root(made_anew):  # noqa: N801
    """
    Use an empty directory as ``MEDIA_ROOT``, removed at the end: a context manager, and a decorator of tests and cases.

    A test gets a directory of its own; the tests of a case share one, with what ``setUpTestData()`` puts there.

    Args:
        **settings: Further settings to override.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._given = settings

    def again(self) -> Self:
        return type(self)(**self._given)

    def enable(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="downloadable-")
        self.options["MEDIA_ROOT"] = self.directory.name
        super().enable()

    def disable(self) -> None:
        super().disable()
        self.directory.cleanup()


class downloads_handed_over_to(made_anew):  # noqa: N801
    """
    Offer the site's downloads to *delegates*: a context manager, and a decorator of tests and cases.

    They take the place of ``DELEGATES`` in ``DOWNLOADABLE``, and ``DownloadMiddleware`` is added where it is missing:
    they are offered what a test client asks for that has asked for nothing before.

    Args:
        *delegates: In this order; without any, Django sends everything itself.

    Raises:
        TypeError: If one of *delegates* is none.
    """

    def __init__(self, *delegates: Delegate) -> None:
        super().__init__()
        self.delegates = checked_delegates(delegates)

    def again(self) -> Self:
        return type(self)(*self.delegates)

    def enable(self) -> None:
        made = f"{__name__}.{itself.__name__}"
        given = [{"BACKEND": made, "OPTIONS": {"delegate": delegate}} for delegate in self.delegates]
        self.options["DOWNLOADABLE"] = {**getattr(settings, "DOWNLOADABLE", {}), "DELEGATES": given}
        middleware = list(settings.MIDDLEWARE)
        if not any(name.endswith(f".{DownloadMiddleware.__name__}") for name in middleware):
            middleware.append(f"{DownloadMiddleware.__module__}.{DownloadMiddleware.__name__}")
        self.options["MIDDLEWARE"] = middleware
        super().enable()


def itself(delegate: Delegate) -> Delegate:
    """Be the backend of a delegate that is made already."""
    return delegate
