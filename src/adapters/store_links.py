"""
Links that stores sign: who can, in which words, and whether a link says what was asked.

No library of a store is imported; their classes are known by name. Others are taught by :func:`signs_with`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache, partial
from inspect import signature
from itertools import takewhile
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from attrs import asdict, frozen

from downloadable.ports import ResponseOverrides, Signable

__all__ = ["StoreSigner", "signable", "signs_with"]

StoreSigner: TypeAlias = Callable[[Any, str, ResponseOverrides, str, timedelta], str | None]
"""
Signs a link: called with the storage or file system, the name or path in it, what the answer should say, ``"GET"`` or
``"HEAD"``, and how long the link should hold. ``None``: it cannot sign this.
"""

Ask: TypeAlias = Callable[[Any, str, dict[str, str], str, int], str | None]
"""Asks a library for a link, in its words; the last two are the method and the lifetime in seconds."""

LONGEST = timedelta(days=7)
"""For which S3 and Google sign, and Azure without an account key."""


@frozen(kw_only=True)
class Dialect:
    """
    How a store spells what an answer should say.

    Args:
        words: The keyword of its libraries for each field of a ``ResponseOverrides``; all but Cache-Control must be
            there, or what is to be saved could be shown.

        query: What that is in the query of a link.

        signatures: A link that is signed has one of these in its query.
    """

    words: Mapping[str, str]
    query: Mapping[str, str]
    signatures: tuple[str, ...]

    def spelled(self, overrides: ResponseOverrides) -> dict[str, str]:
        """Spell *overrides* as keywords; where there is no word for Cache-Control, the object's own has to do."""
        return {self.words[field]: value for field, value in asked(overrides).items() if field in self.words}

    def says(self, url: str, overrides: ResponseOverrides) -> bool:
        """
        Tell whether *url* is signed and says what was asked.

        A library may give a public URL instead, and drop or misspell what should be in it: for a public bucket, a
        domain of its own, a content delivery network.
        """
        found = parse_qs(urlsplit(url).query)
        wanted = {
            self.query[field]: value for field, value in asked(overrides).items() if field in self.words
        }
        signed = any(word in found for word in self.signatures)
        return signed and all(found.get(word) == [value] for word, value in wanted.items())


def asked(overrides: ResponseOverrides) -> dict[str, str]:
    return {field: value for field, value in asdict(overrides).items() if value is not None}


S3 = Dialect(
    words={
        "disposition": "ResponseContentDisposition",
        "content_type": "ResponseContentType",
        "cache_control": "ResponseCacheControl",
    },
    query={
        "disposition": "response-content-disposition",
        "content_type": "response-content-type",
        "cache_control": "response-cache-control",
    },
    signatures=("X-Amz-Signature", "Signature"),
)
GOOGLE = Dialect(
    words={"disposition": "response_disposition", "content_type": "response_type"},
    query={"disposition": "response-content-disposition", "content_type": "response-content-type"},
    signatures=("X-Goog-Signature", "Signature"),
)
AZURE = Dialect(
    words={
        "disposition": "content_disposition",
        "content_type": "content_type",
        "cache_control": "cache_control",
    },
    query={"disposition": "rscd", "content_type": "rsct", "cache_control": "rscc"},
    signatures=("sig",),
)
AZURE_BY_FSSPEC = Dialect(
    words={"disposition": "content_disposition", "content_type": "content_type"},
    query=AZURE.query,
    signatures=AZURE.signatures,
)


def s3_storage(storage: Any, name: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    if "SSECustomerKey" in storage.get_object_parameters(name):
        return None  # the key would have to come in the fields of the request
    if has_ways_of_its_own(storage.__class__):
        return linked(storage, name, parameters=words, expire=seconds, http_method=method)
    # The storage makes a client for each thread, which takes far longer than to sign, and under ASGI each request has a
    # thread of its own.
    asked = signing_thread(os.getpid()).submit(
        linked, storage, name, parameters=words, expire=seconds, http_method=method
    )
    return asked.result()


@cache
def has_ways_of_its_own(kind: type) -> bool:
    """
    Tell whether a class derived from those of django-storages does more than to set values.

    What it does may depend on the thread, such as where the files of the tenant are whom the request is for.
    """
    own = takewhile(lambda base: not base.__module__.startswith("storages."), kind.__mro__)
    return any(
        hasattr(value, "__get__")
        for base in own
        for word, value in vars(base).items()
        if not word.startswith("__")
    )


@cache
def signing_thread(process: int) -> ThreadPoolExecutor:
    """Return the thread that asks for links in *process*; one that was made before a fork is not there any more."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="downloadable-links")


def s3fs(filesystem: Any, path: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    if "SSECustomerKey" in {**filesystem.s3_additional_kwargs, **filesystem.req_kw}:
        return None
    operation = "get_object" if method == "GET" else "head_object"
    return str(filesystem.sign(path, expiration=seconds, client_method=operation, **words))


def google_storage(storage: Any, name: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    options = {**words, "method": method, "expiration": timedelta(seconds=seconds)}
    try:
        return linked(storage, name, parameters=options)
    except AttributeError:
        return None  # which is how credentials say that they have no key to sign with


def gcsfs(filesystem: Any, path: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    if filesystem.credentials.credentials is None:
        return None  # Google's library would look for some on the network
    try:
        return str(filesystem.sign(path, expiration=seconds, version="v4", method=method, **words))
    except AttributeError:
        return None


# A permission to read in Azure is one for GET and for HEAD.
def azure_storage(storage: Any, name: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    if not storage.account_key and storage.token_credential is None:
        return None
    return linked(storage, name, parameters=words, expire=seconds)


def adlfs(filesystem: Any, path: str, words: dict[str, str], method: str, seconds: int) -> str | None:
    if not filesystem.account_key and "accountkey=" not in (filesystem.connection_string or "").lower():
        return None
    return str(filesystem.sign(path, expiration=seconds, **words))


def linked(storage: Any, name: str, **options: Any) -> str | None:
    """Ask a Django storage for a link; ``None`` if its class has an own ``url()`` that does not take *options*."""
    return storage.url(name, **options) if takes(storage.__class__.url, tuple(options)) else None


@cache
def takes(method: Callable[..., object], keywords: tuple[str, ...]) -> bool:
    try:
        signature(method).bind(None, "", **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def signer(dialect: Dialect, ask: Ask) -> StoreSigner:
    def sign(
        store: Any, name: str, overrides: ResponseOverrides, method: str, lifetime: timedelta
    ) -> str | None:
        if not timedelta(seconds=1) <= lifetime <= LONGEST:
            raise ValueError(f"A link is signed for one second to seven days, not for {lifetime!r}.")
        if method not in ("GET", "HEAD"):
            return None
        try:
            url = ask(store, name, dialect.spelled(overrides), method, int(lifetime.total_seconds()))
        except NotImplementedError:
            return None
        return url if url is not None and dialect.says(url, overrides) else None

    return sign


SIGNERS: dict[type | str, StoreSigner | None] = {
    "adlfs.spec.AzureBlobFileSystem": signer(AZURE_BY_FSSPEC, adlfs),
    "gcsfs.core.GCSFileSystem": signer(GOOGLE, gcsfs),
    "gcsfs.extended_gcsfs.ExtendedGcsFileSystem": signer(GOOGLE, gcsfs),
    "s3fs.core.S3FileSystem": signer(S3, s3fs),
    "storages.backends.azure_storage.AzureStorage": signer(AZURE, azure_storage),
    "storages.backends.gcloud.GoogleCloudStorage": signer(GOOGLE, google_storage),
    "storages.backends.s3.S3Storage": signer(S3, s3_storage),
    # What that was called before django-storages 1.14.
    "storages.backends.s3boto3.S3Boto3Storage": signer(S3, s3_storage),
}
"""By class, or the dotted name of one."""


def signs_with(kind: type | str, sign: StoreSigner | None) -> None:
    """
    Teach how the stores of a class, and of those derived from it, sign links; best said where an app gets ready.

    Args:
        kind: A class of Django storages or of fsspec's file systems, or its dotted name.

        sign: A :data:`StoreSigner`; ``None`` if they should sign none, such as where browsers cannot reach them.
    """
    SIGNERS[kind] = sign
    signer_of.cache_clear()


def signable(kind: Any, store: object, name: str) -> Signable | None:
    """Return a file of *store*, which is of the class *kind*, as one to sign links to, if such stores sign any."""
    sign = signer_of(kind)
    return None if sign is None else Signable(partial(sign, store, name))


@cache
def signer_of(kind: type) -> StoreSigner | None:
    for base in kind.__mro__:
        for key in (base, f"{base.__module__}.{base.__qualname__}"):
            if key in SIGNERS:
                return SIGNERS[key]
        # Whoever opens in another way than the class that signs does so because the bytes in the store are not the
        # content: they are encrypted, say.
        if "open" in vars(base) or "_open" in vars(base):
            return None
    return None
