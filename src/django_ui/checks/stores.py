"""
What the settings of a project say of its storages that are in a store.

They are read as django-storages reads them; no storage is made, which could ask the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen
from django.conf import STATICFILES_STORAGE_ALIAS, settings
from django.core.checks import CheckMessage

from downloadable.adapters.store_links import has_ways_of_its_own
from downloadable.django_ui.checks import rules
from downloadable.django_ui.checks.storages import storage_kinds

__all__ = ["check_old_signatures", "check_overwriting", "signs_nothing"]

S3 = "storages.backends.s3.S3Storage"
GOOGLE = "storages.backends.gcloud.GoogleCloudStorage"
SETTINGS = {
    S3: {
        "client_config": "AWS_S3_CLIENT_CONFIG",
        "custom_domain": "AWS_S3_CUSTOM_DOMAIN",
        "file_overwrite": "AWS_S3_FILE_OVERWRITE",
        "querystring_auth": "AWS_QUERYSTRING_AUTH",
        "signature_version": "AWS_S3_SIGNATURE_VERSION",
    },
    GOOGLE: {"file_overwrite": "GS_FILE_OVERWRITE", "querystring_auth": "GS_QUERYSTRING_AUTH"},
}
"""For each class by its dotted name, the setting that an option has if nothing else says it."""


@frozen
class Told:
    """A storage, as the settings tell of it."""

    alias: str
    kind: type
    base: str
    options: Mapping[str, Any]

    def says(self, option: str) -> Any:
        """Return the value of an *option*: what its OPTIONS, else its class, else the settings say; else ``None``."""
        if option in self.options:
            return self.options[option]
        name = SETTINGS[self.base].get(option, "")
        return getattr(self.kind, option, getattr(settings, name, None))


def stores() -> Iterator[Told]:
    """Yield the storages of S3 and Google, but for static files and classes that may choose otherwise by themselves."""
    for alias, kind in storage_kinds().items():
        options = settings.STORAGES[alias].get("OPTIONS") or {}
        for one in kind.__mro__:
            base = f"{one.__module__}.{one.__qualname__}"
            if base in SETTINGS and alias != STATICFILES_STORAGE_ALIAS and not has_ways_of_its_own(kind):
                yield Told(alias, kind, base, options)


def signs_nothing() -> set[str]:
    """Return the aliases of storages that could sign links, but are told to give others."""
    return {
        told.alias
        for told in stores()
        if told.says("custom_domain") or told.says("querystring_auth") is False
    }


def check_old_signatures() -> Iterator[CheckMessage]:
    """Say of which storages the links may be refused, because of how they are signed."""
    unsigned = signs_nothing()
    for told in stores():
        config = told.says("client_config") or told.says("config")
        version = getattr(config, "signature_version", None) if config else told.says("signature_version")
        if told.base == S3 and told.alias not in unsigned and version is None:
            yield rules.OLD_SIGNATURE.about(alias=told.alias)


def check_overwriting() -> Iterator[CheckMessage]:
    """Say which storages put uploads in the place of others without anybody having said so."""
    for told in stores():
        if told.says("file_overwrite") is None:
            yield rules.OVERWRITES.about(alias=told.alias)
