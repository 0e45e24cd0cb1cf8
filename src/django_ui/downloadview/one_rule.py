"""
Middlewares with one rule, or with what a project says in place of one.

Each announces on the way in who could send, as ``DownloadMiddleware`` does, so that views ask before they look at a
file. One whose hooks a project has overridden announces nobody: it is asked on the way out, with the response.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.django_ui.delegation import announced, announcing
from downloadable.django_ui.downloadview.downloads import (
    content_of,
    handed_on,
    in_place_of,
    is_download_response,
    is_whole,
    offer_to,
    with_a_name,
)
from downloadable.django_ui.downloadview.response import FrontServerResponse
from downloadable.django_ui.downloadview.rules import NginxRule, Rule
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.way_out import decided_again, is_hand_made
from downloadable.ports import Delegate

__all__ = [
    "BaseDownloadMiddleware",
    "FrontServerMiddleware",
    "NoRedirectionMatch",
    "ProxiedDownloadMiddleware",
    "RealDownloadMiddleware",
    "is_download_response",
]

HOOKS = ("process_response", "process_download_response", "is_download_response", "get_redirect_url")


class NoRedirectionMatch(Exception):
    """No rule says where the server in front has a file."""


class BaseDownloadMiddleware:
    """
    Gives each download to ``process_download_response()``, on the way out; a subclass defines that.

    Works under WSGI and ASGI; a subclass with a ``__call__`` of its own does as that is written for.

    Args:
        get_response: What answers the request; ``None`` in a decorator and in a rule.
    """

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True
    _asynchronous = False

    def __init__(self, get_response: Callable[[HttpRequest], Any] | None = None) -> None:
        self.get_response = get_response
        self._asynchronous = self.async_capable and iscoroutinefunction(get_response)
        if self._asynchronous:
            markcoroutinefunction(self)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__call__" in vars(cls) and "async_capable" not in vars(cls):
            cls.async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        assert self.get_response is not None
        if self._asynchronous:
            return self.around_async(request, self.get_response)
        return self.around(request, self.get_response)

    def around(self, request: HttpRequest, view: Callable[[HttpRequest], Any]) -> HttpResponseBase:
        """Answer *request* by *view*, or have somebody else send what it answers with."""
        outer = announced(request)
        with announcing(request, self.offered(outer)):
            return self.answered(request, view(request), outer)

    async def around_async(
        self, request: HttpRequest, view: Callable[[HttpRequest], Any]
    ) -> HttpResponseBase:
        """Do as :meth:`around`, with a view that is a coroutine function."""
        outer = announced(request)
        with announcing(request, self.offered(outer)):
            response: HttpResponseBase = await view(request)
            if self.acts_last or is_hand_made(response):
                return await sync_to_async(self.answered)(request, response, outer)
            return self.adopted(response)

    def offered(self, outer: Sequence[Delegate]) -> Sequence[Delegate]:
        # Those further out come after this: they must not have the file sent before this has seen the response.
        return self.delegates if self.acts_last else (*self.delegates, *outer)

    def answered(
        self, request: HttpRequest, response: HttpResponseBase, outer: Sequence[Delegate]
    ) -> HttpResponseBase:
        if self.acts_last:
            response = self.process_response(request, response)
            if not is_hand_made(response):
                return self.adopted(handed_on(request, response, outer))
        return self.adopted(decided_again(request, response, (*announced(request), *outer)))

    @property
    def delegates(self) -> tuple[Delegate, ...]:
        """Who is announced on the way in."""
        return ()

    @property
    def acts_last(self) -> bool:
        """Whether there is anything to do on the way out that nobody was announced for."""
        return True

    def is_download_response(self, response: HttpResponseBase) -> bool:
        """Tell whether this middleware is for *response*."""
        return is_download_response(response)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return what goes out: of downloads, what ``process_download_response()`` says; any other as it is."""
        # A part of a file, "not modified" and errors are answers already, and must never carry a hand-over.
        if not self.is_download_response(response) or not is_whole(response):
            return response
        if isinstance(response, DownloadResponse):
            response.file = with_a_name(response.file)
        answer = self.process_download_response(request, response)
        return answer if answer is response else in_place_of(request, answer, response, sent_by=self)

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        """Return what goes out in place of the download *response*, or *response* itself."""
        raise NotImplementedError(
            f"{type(self).__qualname__} must say what becomes of a download: define process_download_response()."
        )

    def adopted(self, response: HttpResponseBase) -> HttpResponseBase:
        """Return *response*, of the class that a project expects where this middleware has had it handed over."""
        return response


class RealDownloadMiddleware(BaseDownloadMiddleware):
    """Is for files that are elsewhere, too, not for those that are in memory or made on the way."""

    def is_download_response(self, response: HttpResponseBase) -> bool:
        return super().is_download_response(response) and bool(content_of(response).locations())


class ProxiedDownloadMiddleware(RealDownloadMiddleware):
    """
    Knows where a server in front has the files below a directory, or below a URL of their storage.

    Args:
        get_response: What answers the request; ``None`` in a decorator and in a rule.

        source_dir: An absolute directory.

        source_url: A path such as ``MEDIA_URL``, or a URL with its scheme.

        destination_url: What is there to the server.

    Raises:
        ImproperlyConfigured: If the rule cannot be meant; by one whose hooks are overridden, when it is used.
    """

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        source_dir: Any = None,
        source_url: str | None = None,
        destination_url: Any = None,
    ) -> None:
        super().__init__(get_response)
        self.source_dir = source_dir
        self.source_url = source_url
        self.destination_url = destination_url
        self._rule: Rule | None = None

    @property
    def rule(self) -> Rule:
        """The rule as a delegate."""
        if self._rule is None:
            try:
                self._rule = self.make_rule()
            except ValueError as error:
                raise ImproperlyConfigured(
                    f"{type(self).__qualname__} cannot be made with this rule: {error} "
                    "A rule is an item of DOWNLOADVIEW_RULES, or the arguments of a decorator."
                ) from error
        return self._rule

    def make_rule(self) -> Rule:
        return NginxRule(self.source_dir, self.source_url, self.destination_url)

    def get_redirect_url(self, response: Any) -> str:
        """
        Return what the server in front knows the file of *response* by: a URI, percent-encoded, or a path.

        Raises:
            NoRedirectionMatch: If the rule is not for it.
        """
        offer = offer_to(response, keeps_validators=self.rule.keeps_validators)
        own = None if offer is None else self.rule.hand_over(content_of(response), offer)
        if own is None:
            raise NoRedirectionMatch(
                f"{self.rule!r} does not say where the server in front has {response.file!r}."
            )
        return self.rule.unspelled(own.header(self.rule.field) or "")


class FrontServerMiddleware(ProxiedDownloadMiddleware):
    """
    Hands over to the server in front whatever its rule is for.

    Attributes:
        response_class: What its answers are made of.

        field: What the server is told by.

        keeps_validators: Whether that keeps our ETag and Last-Modified.
    """

    response_class: type[FrontServerResponse] = FrontServerResponse
    field: ClassVar[str]
    keeps_validators: ClassVar[bool]

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        source_dir: Any = None,
        source_url: str | None = None,
        destination: Any = None,
    ) -> None:
        super().__init__(get_response, source_dir, source_url, destination)
        self._overridden = any(
            getattr(type(self), hook) is not getattr(FrontServerMiddleware, hook) for hook in HOOKS
        )

    def refuse_mistakes(self, init: Any) -> None:
        """
        Refuse a rule that cannot work when the site starts, unless a subclass has yet to say more than *init* does.

        Raises:
            ImproperlyConfigured: If the rule cannot be meant.
        """
        kind: Any = type(self)
        if kind.__init__ is init and not self._overridden:
            _ = self.rule

    @property
    def delegates(self) -> tuple[Delegate, ...]:
        return () if self._overridden else (self.rule,)

    @property
    def acts_last(self) -> bool:
        return self._overridden

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        offer = offer_to(response, keeps_validators=self.keeps_validators)
        if offer is not None:
            with suppress(NoRedirectionMatch):
                return self.proxied(self.get_redirect_url(response), response, dict(offer.headers))
        return response  # type: ignore[no-any-return]

    def proxied(self, target: str, response: Any, headers: Mapping[str, str]) -> FrontServerResponse:
        """Return the answer that makes the server send *target*."""
        raise NotImplementedError

    def adopted(self, response: HttpResponseBase) -> HttpResponseBase:
        if type(response) is ProxiedDownloadResponse and self.field in response.headers:
            return self.response_class.adopting(response)
        return response
