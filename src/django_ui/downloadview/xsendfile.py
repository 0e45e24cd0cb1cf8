"""What Apache and lighttpd have in common; how they want a path to be spelled is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest

from downloadable.adapters.delegating import encoded
from downloadable.adapters.roots import CannotSend
from downloadable.django_ui.downloadview.one_rule import FrontServerMiddleware, NoRedirectionMatch
from downloadable.django_ui.downloadview.response import FrontServerResponse, as_decided
from downloadable.django_ui.downloadview.rules import ApacheRule, LighttpdRule, Rule
from downloadable.django_ui.downloadview.validators import FrontServerValidator
from downloadable.domain import Plan, ServingPolicy

__all__ = ["AnyXSendfileMiddleware", "AnyXSendfileResponse", "AnyXSendfileValidator"]

FIELD = "X-Sendfile"


class AnyXSendfileResponse(FrontServerResponse):
    """
    Makes a server in front send the file at *file_path*, an absolute path as it is on the disk.

    Raises:
        ValueError: If the server cannot be told such a path.
    """

    spelled = staticmethod(encoded)

    def __init__(
        self,
        file_path: str,
        content_type: str | None,
        basename: str | None = None,
        attachment: bool = True,
        headers: Mapping[str, str] | None = None,
        policy: ServingPolicy | None = None,
    ) -> None:
        try:
            value = self.spelled(file_path)
        except CannotSend as why:
            raise ValueError(f"{file_path!r} cannot be told a server: {why.rule}.") from why
        super().__init__(
            Plan(200, ((FIELD, value),)),
            file_path.rpartition("/")[2],
            content_type=content_type,
            basename=basename,
            attachment=attachment,
            headers=headers,
            policy=policy,
        )


class AnyXSendfileMiddleware(FrontServerMiddleware):
    """
    Lets a server in front send what is below a directory, or below a URL of its storage.

    Args:
        get_response: What answers the request; ``None`` in a decorator and in a rule.

        source_dir: An absolute directory.

        source_url: A path such as ``MEDIA_URL``.

        destination_dir: The directory that the server knows it as; by default, *source_dir*.
    """

    response_class: type[AnyXSendfileResponse] = AnyXSendfileResponse
    rule_class: ClassVar[type[ApacheRule | LighttpdRule]]
    field = FIELD
    keeps_validators = True

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        source_dir: Any = None,
        source_url: str | None = None,
        destination_dir: Any = None,
    ) -> None:
        super().__init__(get_response, source_dir, source_url, destination_dir)
        self.destination_dir = destination_dir
        self.refuse_mistakes(AnyXSendfileMiddleware.__init__)

    def make_rule(self) -> Rule:
        return self.rule_class(self.source_dir, self.source_url, self.destination_dir)

    def proxied(self, target: str, response: Any, headers: Mapping[str, str]) -> AnyXSendfileResponse:
        try:
            return self.response_class(
                target,
                response.headers.get("Content-Type"),
                basename=response.basename,
                attachment=response.attachment,
                headers=headers,
                policy=as_decided(response.headers.get("Content-Type")),
            )
        except ValueError as error:
            raise NoRedirectionMatch(str(error)) from error


class AnyXSendfileValidator(FrontServerValidator):
    """Asserts what a server is told that takes paths."""

    kind = "x_sendfile_response"
    field = FIELD
    response_class: type[AnyXSendfileResponse]

    def assert_x_sendfile_response(self, test_case: Any, response: Any) -> None:
        self.assert_field(test_case, response)

    def assert_file_path(self, test_case: Any, response: Any, value: str) -> None:
        test_case.assertEqual(response.headers[FIELD], self.response_class.spelled(value))
