"""
Class-based views: where a file comes from is a hook, how it is answered is not.

Each view has the hooks and attributes that projects know from django-downloadview. What a hook returns becomes a value
of the policy or of the resource; no hook decides HTTP.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage, default_storage
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.generic.base import View
from django.views.generic.detail import SingleObjectMixin

from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.adapters.outgoing import ANSWER_TIMEOUT
from downloadable.adapters.wrappers import PathFile, StorageFile
from downloadable.django_ui.delegation import announced
from downloadable.django_ui.mixins import DownloadMixin
from downloadable.django_ui.row_hooks import FieldHooks
from downloadable.domain import PLAIN_GET, ContentNotFound
from downloadable.ports import Content, Delegate

__all__ = [
    "BaseDownloadView",
    "DownloadMixin",
    "HTTPDownloadView",
    "ObjectDownloadView",
    "PathDownloadView",
    "StorageDownloadView",
    "VirtualDownloadView",
]


# Django's class takes a parameter for type checkers only.
if TYPE_CHECKING:
    ObjectMixin = SingleObjectMixin[Model]
else:
    ObjectMixin = SingleObjectMixin


class BaseDownloadView(DownloadMixin, View):
    """Download the file that ``get_file()`` returns, on GET and HEAD."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the file."""
        return self.render_to_response()


class VirtualDownloadView(BaseDownloadView):
    """Download a file that ``get_file()`` makes: in memory, or while it is sent."""


class PathHooks(BaseDownloadView):
    """What views of named files have in common."""

    path: str | None = None
    path_url_kwarg: str = "path"

    def get_path(self) -> str:
        """Return the path of the file: the URL's if its pattern has one, else the view's."""
        path = self.kwargs.get(self.path_url_kwarg, self.path)
        if path is None:
            raise ImproperlyConfigured(
                f"{type(self).__qualname__} needs a path: as_view(path=...), or {self.path_url_kwarg!r} in the URL."
            )
        return str(path)


class StorageDownloadView(PathHooks):
    """
    Download a file of a Django storage by its name there.

    Attributes:
        storage: By default the default storage.

        path: Name in the storage, unless the URL has one.

        path_url_kwarg: The name of the path in the URL pattern.
    """

    storage: Storage = default_storage

    def get_file(self) -> Any:
        """Return the file in the storage."""
        return StorageFile(self.storage, self.get_path())


class PathDownloadView(PathHooks):
    """
    Download a file from the disk.

    Attributes:
        root: The directory that nothing leaves; a path from the URL, or a relative one, is below it.

        path: The file, unless the URL has one. An absolute path without a root is the program's own choice.

        path_url_kwarg: The name of the path in the URL pattern.
    """

    root: str | os.PathLike[str] | None = None

    def get_file(self) -> Any:
        """
        Return the file at the path.

        Raises:
            ContentError: If it cannot be had.

            ImproperlyConfigured: If the path is relative, or the URL's, and there is no root.
        """
        content = self._content()
        delegates = announced(self.request)
        if not (delegates and is_hidden(content, delegates)):
            look_ahead(content)  # as projects expect who have another file in its place
        return PathFile(content)

    def _content(self) -> Content:
        path, from_url = self.get_path(), [str(part) for part in (*self.args, *self.kwargs.values())]
        if self.root is not None:
            root = os.fspath(self.root)
            # What get_path() has put together below the root is a file of it; a URL cannot ask where the root is.
            if path not in from_url and path.startswith("/"):
                path = path.removeprefix(f"{root.rstrip('/')}/")
            return source_below(root).open(path)
        straight = type(self).get_path is PathHooks.get_path and self.path_url_kwarg in self.kwargs
        # However get_path() has put it together with a directory of its own, this would leave that.
        if not straight and path != self.path and any(map(climbs, from_url)):
            raise ContentNotFound(f"{from_url!r} does not name a file below a directory.")
        if straight or not path.startswith("/"):
            raise ImproperlyConfigured(
                f"{type(self).__qualname__} has a relative path, or one from the URL, so it needs the directory "
                "that it is below, and that nothing leaves: as_view(root='/srv/media')."
            )
        return LocalContent(path)


@lru_cache(maxsize=64)
def source_below(root: str) -> LocalSource:
    """Return the source of a directory, resolved once for all requests."""
    return LocalSource(root)


def is_hidden(content: Content, delegates: Iterable[Delegate]) -> bool:
    """Tell whether one of *delegates* may have *content* where Django does not see it."""
    from downloadable.adapters.delegating import FrontServer

    return any(one.hides(content) for one in delegates if isinstance(one, FrontServer))


def look_ahead(content: Content) -> None:
    """Look once, for this and for what is answered."""
    if isinstance(content, LocalContent):
        content.look_ahead()
    else:
        content.describe(PLAIN_GET)


def climbs(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


class HTTPDownloadView(BaseDownloadView):
    """
    Download what another server holds, streamed through this one, with the client's range and conditions.

    http and https only; an internal host must be among *allowed_origins*, or among the ``TRUSTED_ORIGINS`` of the
    setting ``DOWNLOADABLE``.

    Attributes:
        url: Where it is.

        request_kwargs: Keywords of each request, as :func:`requests.get` takes them, such as ``headers``, ``auth`` or
            ``timeout``.

        allowed_origins: Origins such as ``"http://minio:9000"`` that may be called although they are internal.

        answer_timeout: Seconds until an answer must have begun, in all; ``None`` for no limit.

        max_size: Most bytes of a file; ``None`` for no limit.

        max_seconds: Most seconds to wait for the bytes of one answer, in all; ``None`` for no limit.
    """

    url: str = ""
    allowed_origins: Iterable[str] = ()
    answer_timeout: float | None = ANSWER_TIMEOUT
    max_size: int | None = None
    max_seconds: float | None = None
    request_kwargs: Mapping[str, Any] = MappingProxyType({})

    def get_url(self) -> str:
        """Return where the file is; never a URL that a client chose."""
        if not self.url:
            raise ImproperlyConfigured(
                f"{type(self).__qualname__} needs a URL: as_view(url=...), or define get_url()."
            )
        return self.url

    def get_request_factory(self) -> Callable[..., Any] | None:
        """Return what sends a request, called like :func:`requests.get`; ``None`` for one pooled session."""
        return None

    def get_request_kwargs(self) -> Mapping[str, Any]:
        """Return the keywords of each request."""
        return self.request_kwargs

    def get_file(self) -> Any:
        """Return what the URL leads to; nothing is asked for yet."""
        from downloadable.adapters.http_file import HTTPFile

        options: dict[str, Any] = {
            "trusted_origins": self.allowed_origins,
            "answer_timeout": self.answer_timeout,
            "max_size": self.max_size,
            "max_seconds": self.max_seconds,
            **self.get_request_kwargs(),
        }
        return HTTPFile(self.get_request_factory(), self.get_url(), self.get_basename() or "", **options)


class ObjectDownloadView(FieldHooks, ObjectMixin, BaseDownloadView):
    """
    Download the file in a field of a model; the row is found as by any detail view.

    Attributes:
        file_field: Name of the file field.

        basename_field, encoding_field, mime_type_field, charset_field, modification_time_field, size_field,
            digest_field: Names of fields that know something about the file, which is then not asked of its storage;
            ``None`` for none. A digest is a hash in hexadecimal or base64 digits or raw, and makes a strong entity tag.

        digest_algorithm: What kind of hash, such as ``"sha-256"``; if said, clients are told the digest.
    """

    object: Model

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the row, and answer with its file."""
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)
