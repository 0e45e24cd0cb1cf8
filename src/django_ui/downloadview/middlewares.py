"""Middlewares that hand downloads over, each by one rule or by several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from downloadable.django_ui.downloadview.one_rule import (
    BaseDownloadMiddleware,
    FrontServerMiddleware,
    NoRedirectionMatch,
    ProxiedDownloadMiddleware,
    RealDownloadMiddleware,
    is_download_response,
)
from downloadable.django_ui.downloadview.rules import NoRule
from downloadable.ports import Delegate

__all__ = [
    "BaseDownloadMiddleware",
    "DownloadDispatcher",
    "DownloadDispatcherMiddleware",
    "NoRedirectionMatch",
    "ProxiedDownloadMiddleware",
    "RealDownloadMiddleware",
    "SmartDownloadMiddleware",
    "is_download_response",
]

AUTO_CONFIGURE: Any = object()
"""Stands for what the settings say."""


class DownloadDispatcher:
    """
    Several middlewares, in order.

    Attributes:
        middlewares: Pairs of a key and a middleware; by default, made from the setting ``DOWNLOADVIEW_MIDDLEWARES``, a
            list of ``(key, dotted path, keyword arguments)``.
    """

    def __init__(self, middlewares: Iterable[tuple[Any, Any]] = AUTO_CONFIGURE) -> None:
        self.middlewares: list[tuple[Any, Any]] = []
        if middlewares is AUTO_CONFIGURE:
            self.auto_configure_middlewares()
        else:
            self.middlewares.extend(middlewares)

    def auto_configure_middlewares(self) -> None:
        """Make the middlewares that the settings list."""
        for key, path, options in getattr(settings, "DOWNLOADVIEW_MIDDLEWARES", ()):
            self.middlewares.append((key, made(import_string(path), (), options)))

    def dispatch(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Let each have its say on the way out."""
        for _, middleware in self.middlewares:
            response = middleware.process_response(request, response)
        return response


class DownloadDispatcherMiddleware(BaseDownloadMiddleware):
    """
    Several middlewares as one.

    Args:
        get_response: What answers the request.

        middlewares: Pairs of a key and a middleware; by default, those of the setting ``DOWNLOADVIEW_MIDDLEWARES``.
    """

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        middlewares: Iterable[tuple[Any, Any]] = AUTO_CONFIGURE,
    ) -> None:
        super().__init__(get_response)
        self.dispatcher = DownloadDispatcher(middlewares)

    @property
    def delegates(self) -> tuple[Delegate, ...]:
        """Whom its middlewares announce, up to the first that wants to see the response before others hand it over."""
        found: list[Delegate] = []
        for _, middleware in self.dispatcher.middlewares:
            found += middleware.delegates
            if middleware.acts_last:
                break
        return tuple(found)

    @property
    def acts_last(self) -> bool:
        return any(middleware.acts_last for _, middleware in self.dispatcher.middlewares)

    def process_download_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        return self.dispatcher.dispatch(request, response)

    def adopted(self, response: HttpResponseBase) -> HttpResponseBase:
        for _, middleware in self.dispatcher.middlewares:
            response = middleware.adopted(response)
        return response


class SmartDownloadMiddleware(DownloadDispatcherMiddleware):
    """
    One middleware for each rule.

    Args:
        get_response: What answers the request.

        backend_factory: What makes the middleware of a rule; by default, what the setting
            ``DOWNLOADVIEW_BACKEND`` names.

        backend_options: The rules: each a dictionary of keyword arguments for the backend, or a list of positional
            ones, from ``source_dir`` on. A dictionary may name a ``backend`` of its own. By default, the setting
            ``DOWNLOADVIEW_RULES``.

    Raises:
        ImproperlyConfigured: If a setting is missing, or a rule cannot be meant.
    """

    def __init__(
        self,
        get_response: Callable[[HttpRequest], Any] | None = None,
        backend_factory: Callable[..., Any] = AUTO_CONFIGURE,
        backend_options: Iterable[Any] = AUTO_CONFIGURE,
    ) -> None:
        super().__init__(get_response, middlewares=())
        self.backend_factory = backend_factory
        if backend_factory is AUTO_CONFIGURE:
            self.auto_configure_backend_factory()
        self.backend_options = backend_options
        if backend_options is AUTO_CONFIGURE:
            self.auto_configure_backend_options()
        for key, options in enumerate(self.backend_options):
            self.dispatcher.middlewares.append((key, self._made(options)))
        rules = [one.rule for _, one in self.dispatcher.middlewares if announces(one)]
        self._otherwise = (NoRule(rules),) if len(rules) > 1 else ()
        for rule in rules:
            rule.quiet = len(rules) > 1

    @property
    def delegates(self) -> tuple[Delegate, ...]:
        return super().delegates + self._otherwise

    def auto_configure_backend_factory(self) -> None:
        """Take the backend from the settings."""
        self.backend_factory = import_string(needed("DOWNLOADVIEW_BACKEND"))

    def auto_configure_backend_options(self) -> None:
        """Take the rules from the settings."""
        self.backend_options = needed("DOWNLOADVIEW_RULES")

    def _made(self, rule: Any) -> Any:
        if isinstance(rule, str):
            raise ImproperlyConfigured(f"The rule {rule!r} must be a dictionary, or a list of arguments.")
        if not isinstance(rule, Mapping):
            return made(self.backend_factory, tuple(rule), {})
        options = dict(rule)
        backend = options.pop("backend", None)
        return made(self.backend_factory if backend is None else import_string(backend), (), options)


def announces(middleware: Any) -> bool:
    return isinstance(middleware, FrontServerMiddleware) and not middleware.acts_last


def needed(setting: str) -> Any:
    if not hasattr(settings, setting):
        raise ImproperlyConfigured(f"SmartDownloadMiddleware needs the setting {setting}.")
    return getattr(settings, setting)


def made(factory: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """
    Make the middleware of a rule.

    Raises:
        ImproperlyConfigured: If the rule cannot be meant.
    """
    if args and isinstance(factory, type) and issubclass(factory, ProxiedDownloadMiddleware):
        # Some write a place for get_response first, without which positional rules used to shift: then a text is where
        # nothing else takes one.
        has_place = args[0] is None and len(args) > 3 and isinstance(args[3], str)
        args = args if has_place else (None, *args)
    middleware = factory(*args, **options)
    if isinstance(middleware, FrontServerMiddleware):
        _ = middleware.delegates  # a rule that cannot be meant is told when the site starts
    return middleware
