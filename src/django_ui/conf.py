"""
The composition root: what the setting ``DOWNLOADABLE`` makes of the library.

::

    DOWNLOADABLE = {
        "DELEGATES": [  # who sends in our place, announced by DownloadMiddleware; the first that can does
            {
                "BACKEND": "downloadable.adapters.delegates.Nginx",
                "OPTIONS": {"roots": {"/srv/media": "/protected/"}},
            }
        ],
        "OBSERVERS": ["myproject.audit.record"],  # called with a Served for each answer
        "POLICY": {"cache_control": "private, no-store"},  # fields of ServingPolicy, for the whole site
        "TRUSTED_ORIGINS": ["http://minio:9000"],  # internal hosts that HTTP sources may call
    }
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from downloadable.adapters.outgoing import trust_also
from downloadable.domain import PolicyError, ServingPolicy
from downloadable.ports import Delegate, Observer

__all__ = ["default_policy", "delegates", "observers", "trusted_origins"]

KNOWN = frozenset({"DELEGATES", "OBSERVERS", "POLICY", "TRUSTED_ORIGINS"})


@cache
def configured() -> Mapping[str, Any]:
    """Return the setting, checked for what nobody could mean."""
    given = getattr(settings, "DOWNLOADABLE", {})
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"DOWNLOADABLE must be a dictionary, not {given!r}.")
    unknown = sorted(given.keys() - KNOWN)
    if unknown:
        raise ImproperlyConfigured(f"DOWNLOADABLE has no option {unknown[0]!r}; it knows {sorted(KNOWN)}.")
    for name in ("DELEGATES", "OBSERVERS", "TRUSTED_ORIGINS"):
        value = given.get(name, ())
        if isinstance(value, str):
            raise ImproperlyConfigured(f"DOWNLOADABLE[{name!r}] must be a list, such as [{value!r}].")
        if not isinstance(value, Iterable):
            raise ImproperlyConfigured(f"DOWNLOADABLE[{name!r}] must be a list, not {value!r}.")
    if not isinstance(given.get("POLICY", {}), Mapping):
        raise ImproperlyConfigured("DOWNLOADABLE['POLICY'] must be a dictionary of fields of a policy.")
    return given


@cache
def delegates() -> tuple[Delegate, ...]:
    """Return the delegates that DownloadMiddleware announces, each made from its BACKEND and OPTIONS."""
    return tuple(map(made_delegate, configured().get("DELEGATES", ())))


def made_delegate(described: Any) -> Delegate:
    """
    Make one delegate.

    Raises:
        ImproperlyConfigured: If it cannot be made, with what is wrong.
    """
    where = "DOWNLOADABLE['DELEGATES']"
    if not isinstance(described, Mapping) or not isinstance(described.get("BACKEND"), str):
        raise ImproperlyConfigured(
            f"{where}: {described!r} must be a dictionary with the dotted path of a 'BACKEND', and 'OPTIONS'."
        )
    unknown = sorted(described.keys() - {"BACKEND", "OPTIONS"})
    if unknown:
        raise ImproperlyConfigured(f"{where}: {unknown[0]!r} is neither 'BACKEND' nor 'OPTIONS'.")
    backend = described["BACKEND"]
    try:
        made: Any = import_string(backend)(**described.get("OPTIONS", {}))
    except ImportError as error:
        raise ImproperlyConfigured(f"{where}: there is no {backend!r}: {error}") from error
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{where}: {backend!r} cannot be made with its OPTIONS: {error}"
        ) from error
    if not isinstance(made, Delegate):
        raise ImproperlyConfigured(
            f"{where}: {backend!r} is no delegate: it lacks hand_over() or keeps_validators."
        )
    return made


@cache
def observers() -> tuple[Observer, ...]:
    """Return the observers, each imported if it is named by its dotted path."""
    return tuple(map(observer, configured().get("OBSERVERS", ())))


def observer(named: Any) -> Observer:
    heard: Any = import_string(named) if isinstance(named, str) else named
    # It is called under WSGI, too, where no loop would wait for it.
    if not callable(heard) or iscoroutinefunction(heard):
        raise ImproperlyConfigured(
            f"DOWNLOADABLE['OBSERVERS']: {named!r} must be a function, and not an async one."
        )
    found: Observer = heard
    return found


@cache
def default_policy() -> ServingPolicy:
    """Return the policy of the site, from which each answer's own fields differ."""
    try:
        return ServingPolicy(**configured().get("POLICY", {}))
    except (TypeError, PolicyError) as error:
        raise ImproperlyConfigured(f"DOWNLOADABLE['POLICY'] is no policy: {error}") from error


@cache
def trusted_origins() -> frozenset[str]:
    """Return the origins, as ``scheme://host[:port]``, that every HTTP source may call although they are internal."""
    from downloadable.adapters.http.origins import trusted

    try:
        return trusted(configured().get("TRUSTED_ORIGINS", ()))
    except ValueError as error:
        raise ImproperlyConfigured(f"DOWNLOADABLE['TRUSTED_ORIGINS'] cannot be meant: {error}") from error


def forget(*, setting: str, **kwargs: Any) -> None:
    """Read the setting anew when a test overrides it."""
    if setting == "DOWNLOADABLE":
        for remembered in (configured, delegates, observers, default_policy, trusted_origins):
            remembered.cache_clear()


setting_changed.connect(forget)
trust_also(trusted_origins)
