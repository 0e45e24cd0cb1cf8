"""nginx, and its ``X-Accel-Redirect``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest

from downloadable.django_ui.downloadview.decorators import DownloadDecorator
from downloadable.django_ui.downloadview.one_rule import FrontServerMiddleware
from downloadable.django_ui.downloadview.response import FrontServerResponse, as_decided
from downloadable.django_ui.downloadview.rules import Expires, NginxRule, accel_fields
from downloadable.django_ui.downloadview.utils import url_basename
from downloadable.django_ui.downloadview.validators import FrontServerValidator
from downloadable.domain import Plan, ServingPolicy

__all__ = [
    "XAccelRedirectMiddleware",
    "XAccelRedirectResponse",
    "XAccelRedirectValidator",
    "assert_x_accel_redirect",
    "x_accel_redirect",
]

FIELD = "X-Accel-Redirect"


class XAccelRedirectResponse(FrontServerResponse):
    """
    Makes nginx send what is behind *redirect_url*, the URI of an internal location.

    Percent signs in it stay as they are; spaces, and letters other than those of ASCII, are encoded.
    """

    def __init__(
        self,
        redirect_url: str,
        content_type: str | None,
        basename: str | None = None,
        expires: Expires = None,
        with_buffering: bool | None = None,
        limit_rate: int | None = None,
        attachment: bool = True,
        headers: Mapping[str, str] | None = None,
        policy: ServingPolicy | None = None,
    ) -> None:
        further = accel_fields(
            content_type or "", expires=expires, with_buffering=with_buffering, limit_rate=limit_rate
        )
        super().__init__(
            Plan(200, ((FIELD, quote(redirect_url, safe="%/:?&=+,;@!$'()*~[]|#")), *further)),
            url_basename(redirect_url),
            content_type=content_type,
            basename=basename,
            attachment=attachment,
            headers=headers,
            policy=policy,
        )


class XAccelRedirectMiddleware(FrontServerMiddleware):
    """
    Lets nginx send what is below a directory, or below a URL of its storage.

    Args:
        get_response: What answers the request; ``None`` in a decorator and in a rule.

        source_dir: An absolute directory.

        source_url: A path such as ``MEDIA_URL``, or a URL with its scheme.

        destination_url: The URI of the internal location that serves what is there.

        expires, with_buffering, limit_rate: As :func:`~downloadable.django_ui.downloadview.rules.accel_fields` takes
            them.
    """

    response_class = XAccelRedirectResponse
    field = FIELD
    keeps_validators = NginxRule.keeps_validators

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        source_dir: Any = None,
        source_url: str | None = None,
        destination_url: str | None = None,
        expires: Expires = None,
        with_buffering: bool | None = None,
        limit_rate: int | None = None,
    ) -> None:
        super().__init__(get_response, source_dir, source_url, destination_url)
        self.expires = expires
        self.with_buffering = with_buffering
        self.limit_rate = limit_rate
        self.refuse_mistakes(XAccelRedirectMiddleware.__init__)

    def make_rule(self) -> NginxRule:
        return NginxRule(
            self.source_dir,
            self.source_url,
            self.destination_url,
            expires=self.expires,
            with_buffering=self.with_buffering,
            limit_rate=self.limit_rate,
        )

    def proxied(self, target: str, response: Any, headers: Mapping[str, str]) -> XAccelRedirectResponse:
        return XAccelRedirectResponse(
            target,
            response.headers.get("Content-Type"),
            expires=self.expires,
            with_buffering=self.with_buffering,
            limit_rate=self.limit_rate,
            attachment=response.attachment,
            headers=headers,
            policy=as_decided(response.headers.get("Content-Type")),
        )


def x_accel_redirect(view_func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return *view_func* with its downloads sent by nginx, by a rule as :class:`XAccelRedirectMiddleware` takes it."""
    return DownloadDecorator(XAccelRedirectMiddleware)(view_func, *args, **kwargs)


class XAccelRedirectValidator(FrontServerValidator):
    """Asserts what nginx is told."""

    kind = "x_accel_redirect_response"
    field = FIELD

    def assert_x_accel_redirect_response(self, test_case: Any, response: Any) -> None:
        self.assert_field(test_case, response)

    def assert_redirect_url(self, test_case: Any, response: Any, value: str) -> None:
        test_case.assertEqual(response.headers[FIELD], value)

    def assert_charset(self, test_case: Any, response: Any, value: str | None) -> None:
        test_case.assertEqual(response.headers.get("X-Accel-Charset"), value)

    def assert_with_buffering(self, test_case: Any, response: Any, value: bool | None) -> None:
        self._assert_told(test_case, response, "X-Accel-Buffering", {"with_buffering": value})

    def assert_expires(self, test_case: Any, response: Any, value: Expires) -> None:
        self._assert_told(test_case, response, "X-Accel-Expires", {"expires": value})

    def assert_limit_rate(self, test_case: Any, response: Any, value: int | None) -> None:
        self._assert_told(test_case, response, "X-Accel-Limit-Rate", {"limit_rate": value})

    def _assert_told(self, test_case: Any, response: Any, name: str, said: dict[str, Any]) -> None:
        test_case.assertEqual(response.headers.get(name), dict(accel_fields("", **said)).get(name))


def assert_x_accel_redirect(test_case: Any, response: Any, **assertions: Any) -> None:
    """
    Assert that nginx is told to send a file.

    Args:
        test_case: Whose assertions are used.

        response: Of a view or of the test client.

        **assertions: ``basename``, ``content_type``, ``attachment``, ``redirect_url``, ``charset``,
            ``with_buffering``, ``expires``, ``limit_rate``; of the last four, ``None`` asserts that nothing is said.
    """
    XAccelRedirectValidator()(test_case, response, **assertions)
