"""The checks of a project as a whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any

from attrs import frozen
from django.conf import STATICFILES_STORAGE_ALIAS, settings
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.middleware.cache import UpdateCacheMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware

from downloadable.adapters.delegates import PresignedRedirect
from downloadable.adapters.delegating import FrontServer
from downloadable.adapters.store_links import signer_of
from downloadable.django_ui import conf
from downloadable.django_ui.checks import rules
from downloadable.django_ui.checks.roots import Delegated, check_roots
from downloadable.django_ui.checks.storages import file_fields, named, storage_kinds
from downloadable.django_ui.checks.stores import check_old_signatures, check_overwriting, signs_nothing
from downloadable.django_ui.checks.views import check_views
from downloadable.django_ui.middleware import DownloadMiddleware

__all__ = ["check_downloadable"]

REPLACED = "django_downloadview"
FSSPEC = "downloadable.adapters.fsspec"
COMPATIBLE = "downloadable.django_ui.downloadview"
SENDERS = ("Nginx", "Apache", "Lighttpd", "Caddy", "PresignedRedirect")
CHANGING = (GZipMiddleware, ConditionalGetMiddleware)
"""Middleware that must come before ours: on its way out it replaces the body, or answers conditions."""
CHANGING_PACKAGES = ("compression_middleware.", "django_brotli.", "htmlmin.")


def check_downloadable(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """Return what is wrong with the settings, for Django's framework of checks."""
    delegated = Delegations()
    return [
        *delegated.messages,
        *check_options(),
        *check_roots(delegated.made),
        *check_links(delegated.made),
        *check_overwriting(),
        *check_middleware(),
        *check_what_is_left(),
        *check_views(),
    ]


class Delegations:
    """
    The delegates of the settings, each made by itself, for one that cannot be made must not hide the others.

    Attributes:
        made: Those that can be made.

        messages: What is wrong with the others.
    """

    def __init__(self) -> None:
        self.made: list[Delegated] = []
        self.messages: list[CheckMessage] = []
        for number, described in enumerate(option("DELEGATES", ())):
            try:
                delegate = conf.made_delegate(described)
            except Exception as error:  # noqa: BLE001  a constructor may fail in any way; a check never does
                self.messages.append(why_not_made(described, error))
            else:
                self.made.append(Delegated(f"DELEGATES[{number}] ({type(delegate).__name__})", delegate))


def why_not_made(described: Any, error: Exception) -> CheckMessage:
    if not isinstance(error, ImproperlyConfigured):
        backend = described["BACKEND"]
        why = f"DOWNLOADABLE['DELEGATES']: {backend!r} cannot be made: {error!r}."
        return rules.OPTIONS.about(why=why, backend=backend, takes=parameters_of(backend))
    match error.__cause__:
        case ImportError():
            return rules.BACKEND.about(why=error, classes=", ".join(SENDERS))
        case TypeError() | ValueError():
            backend = described["BACKEND"]
            return rules.OPTIONS.about(why=error, backend=backend, takes=parameters_of(backend))
    if "hand_over()" in str(error):
        return rules.NO_DELEGATE.about(why=error)
    return rules.DESCRIPTION.about(why=error)


def parameters_of(backend: str) -> str:
    try:
        return ", ".join(signature(named(backend)).parameters) or "none"
    except (TypeError, ValueError):  # as for what is built in
        return "see its documentation"


def option(name: str, default: Any) -> Any:
    """Return an option of ``DOWNLOADABLE``; the default if the setting as a whole is wrong, which is told elsewhere."""
    return default if refused("DOWNLOADABLE", conf.configured) else conf.configured().get(name, default)


def refused(what: str, make: Callable[[], object]) -> str | None:
    """Return why *make* fails; ``None`` if it does not."""
    try:
        make()
    except ImproperlyConfigured as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is what the check tells
        return f"{what} cannot be meant: {error!r}."
    return None


def check_options() -> Iterator[CheckMessage]:
    if why := refused("DOWNLOADABLE", conf.configured):
        yield rules.SETTING.about(why=why, options=", ".join(sorted(conf.KNOWN)))
        return
    if why := refused("DOWNLOADABLE['POLICY']", conf.default_policy):
        yield rules.POLICY.about(why=why)
    for given in option("OBSERVERS", ()):
        if why := refused(f"DOWNLOADABLE['OBSERVERS']: {given!r}", partial(conf.observer, given)):
            yield rules.OBSERVER.about(why=why)
    if why := refused("DOWNLOADABLE['TRUSTED_ORIGINS']", conf.trusted_origins):
        yield rules.TRUSTED_ORIGIN.about(why=why)


def check_links(delegated: list[Delegated]) -> Iterator[CheckMessage]:
    """Who signs links must be able to: with the key of the project, or as a store does."""
    # Links and the page for the check of a live site need it, and which views do shows only when they are asked for.
    if refused("SECRET_KEY", lambda: settings.SECRET_KEY):
        yield rules.NO_SECRET.about()
    yield from check_stores(delegated)
    redirecting = [one.label for one in delegated if isinstance(one.delegate, PresignedRedirect)]
    if not redirecting:
        return
    yield from check_old_signatures()
    others = {STATICFILES_STORAGE_ALIAS, *signs_nothing()}
    kinds: list[Any] = [kind for alias, kind in storage_kinds().items() if alias not in others]
    kinds += [type(storage) for _, storage in file_fields()]
    if any(signer_of(kind) for kind in kinds):
        return
    # Sources of fsspec sign, too. They are made where URLs are, and which of them sign is seen when they are used.
    load_urls()
    if FSSPEC not in sys.modules:
        yield rules.NOTHING_SIGNS.about(delegate=redirecting[0])


def check_stores(delegated: list[Delegated]) -> Iterator[CheckMessage]:
    """Say which storages are in a store that no delegate redirects to or fetches from."""
    servers = [one.delegate for one in delegated if isinstance(one.delegate, FrontServer)]
    if not servers or len(servers) < len(delegated) or any(server.roots.urls for server in servers):
        return
    roots = {alias for server in servers for alias in server.roots.storages}
    names = [
        f"the storage {alias!r}"
        for alias, kind in storage_kinds().items()
        if alias not in roots and alias != STATICFILES_STORAGE_ALIAS and signer_of(kind)
    ]
    if names:
        yield rules.IN_A_STORE.about(names=" and ".join(names))


def check_middleware() -> Iterator[CheckMessage]:
    entries = [(entry, named(entry)) for entry in settings.MIDDLEWARE or ()]
    delegates = list(option("DELEGATES", ()))
    if delegates and not any(issubclass(kind, DownloadMiddleware) for _, kind in entries):
        yield rules.NO_MIDDLEWARE.about()
    ours = [
        place
        for place, (entry, kind) in enumerate(entries)
        if issubclass(kind, DownloadMiddleware) or str(entry).startswith(f"{COMPATIBLE}.")
    ]
    for entry, kind in entries[ours[0] :] if ours else ():
        if issubclass(kind, CHANGING) or str(entry).startswith(CHANGING_PACKAGES):
            yield rules.ORDER.about(ours=entries[ours[0]][0], other=entry)
    if delegates and any(issubclass(kind, UpdateCacheMiddleware) for _, kind in entries):
        yield from check_caching()


def check_caching() -> Iterator[CheckMessage]:
    if refused("POLICY", conf.default_policy):
        return
    policy = conf.default_policy().cache_control
    if not any(word in (policy or "") for word in ("private", "no-cache", "no-store")):
        yield rules.CACHED.about(policy=policy)


@frozen
class Left:
    """What a setting still says of django-downloadview."""

    where: str
    old: str

    @property
    def new(self) -> str:
        """The same in this package."""
        return COMPATIBLE + self.old.removeprefix(REPLACED)


def check_what_is_left() -> Iterator[CheckMessage]:
    """A project that comes from django-downloadview is told what it has left behind."""
    rule = rules.LEFT_BEHIND if find_spec(REPLACED) is None else rules.LEFT_OVER
    old = [name for name in dir(settings) if name.startswith("DOWNLOADVIEW_")]
    left = [
        Left(where, text)
        for where in ("INSTALLED_APPS", "MIDDLEWARE", "STORAGES", *old)
        for text in texts(getattr(settings, where, None))
        if text == REPLACED or text.startswith(f"{REPLACED}.")
    ]
    for one in dict.fromkeys(left):
        yield rule.about(where=one.where, old=one.old, new=one.new)
    told = {one.where for one in left}
    if "MIDDLEWARE" not in told:
        yield from (rules.UNREAD.about(name=name) for name in old if name not in told and not is_read(name))


def is_read(name: str) -> bool:
    if name == "DOWNLOADVIEW_URL_EXPIRATION":  # by a storage, or by a view
        load_urls()
        return COMPATIBLE in sys.modules
    return any(str(entry).startswith(f"{COMPATIBLE}.") for entry in settings.MIDDLEWARE or ())


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a setting, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts(list(value.values()))
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from texts(one)


def load_urls() -> None:
    """Import what the project serves, as Django's own checks do, which also say what is wrong with it."""
    if isinstance(name := getattr(settings, "ROOT_URLCONF", None), str):
        refused(name, lambda: import_module(name))
