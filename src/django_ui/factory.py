"""``download_view()``: a source in, a Django view out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from threading import Lock
from typing import Any, TypeAlias, TypeVar, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.files.storage import Storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from downloadable.django_ui.delegation import checked_delegates
from downloadable.django_ui.serving import ANSWERED, answer_to, policy_of, respond
from downloadable.django_ui.translation import gettext as _
from downloadable.domain import ServingPolicy
from downloadable.ports import AsyncSource, Content, Delegate, Source

__all__ = ["download_view", "path_kwarg"]

Key = TypeVar("Key")
View: TypeAlias = Callable[..., Any]
Authorize: TypeAlias = Callable[[HttpRequest, Key], bool | Awaitable[bool]]
Policy: TypeAlias = (
    ServingPolicy | Callable[[HttpRequest, Content], ServingPolicy | Awaitable[ServingPolicy]] | None
)

METHODS = ("GET", "HEAD", "OPTIONS")


def path_kwarg(request: HttpRequest, *args: str, **kwargs: str) -> str:
    """
    Return the ``path`` of the URL pattern: what a view asks its source for unless told otherwise.

    Raises:
        ImproperlyConfigured: If the pattern has anything else.
    """
    if args or kwargs.keys() != {"path"}:
        found = sorted(kwargs) if kwargs else f"{len(args)} unnamed parts"
        raise ImproperlyConfigured(
            f"The URL pattern has {found} where one 'path' was expected, as in '<path:path>'; "
            "for anything else, say what to ask the source for: download_view(source, key=...)."
        )
    return kwargs["path"]


@overload
def download_view(
    source: Source[str] | AsyncSource[str],
    *,
    policy: Policy = None,
    authorize: Authorize[str] | None = None,
    delegates: Iterable[Delegate] | None = None,
) -> View: ...


@overload
def download_view(
    source: Source[Key] | AsyncSource[Key],
    *,
    key: Callable[..., Key | Awaitable[Key]],
    policy: Policy = None,
    authorize: Authorize[Key] | None = None,
    delegates: Iterable[Delegate] | None = None,
) -> View: ...


def download_view(
    source: Any,
    *,
    key: Callable[..., Any] = path_kwarg,
    policy: Policy = None,
    authorize: Authorize[Any] | None = None,
    delegates: Iterable[Delegate] | None = None,
) -> View:
    """
    Make a view that serves what *source* holds, to GET and HEAD; OPTIONS says so, anything else is a 405.

    The view is asynchronous if the source or one of the functions is; the others then run in Django's thread for the
    request.

    Args:
        source: Where the files come from; see :class:`~downloadable.ports.Source`.

        key: ``key(request, **kwargs)`` says what the source is asked for; may raise ``Http404`` or
            ``PermissionDenied``. A source that depends on the user gets the user in its key.

        policy: How to serve it: a value, or ``policy(request, content)``, which may refuse as well, for what depends
            on the file. By default the site's policy.

        authorize: ``authorize(request, key)`` runs before the source is touched, and returns ``True`` or ``False``,
            which is a 403.

        delegates: Who may send the bytes instead, asked in this order; by default those that are announced, such as
            by ``DownloadMiddleware``. ``()`` hands nothing over.

    Raises:
        TypeError: If *source* is none, or one of *delegates*. By the view, if *authorize* returns neither: a forgotten
            ``return`` must not let everybody in. Also if the source opens something else than a content, or *policy*
            is not one.
    """
    if not_a_source := why_not_a_source(source):
        raise TypeError(f"{source!r} is not a source: {not_a_source}")
    chosen = None if delegates is None else checked_delegates(delegates)
    steps = (source.open, key, authorize, policy)
    make = async_view if any(map(is_async, steps)) else sync_view
    return make(source.open, key, authorize, policy, chosen)


def why_not_a_source(source: object) -> str | None:
    if isinstance(source, str | os.PathLike):
        return f"for the files of a directory, it is LocalSource({source!r})."
    if isinstance(source, Storage):
        return "for the files of a storage, it is StorageSource(storage)."
    if isinstance(source, type):
        return "it is a class; make one."
    return None if callable(getattr(source, "open", None)) else "it has no open(key)."


def sync_view(
    open_content: Any, key: Any, authorize: Any, policy: Any, delegates: Sequence[Delegate] | None
) -> View:
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return other_method(request)
        try:
            wanted = key(request, *args, **kwargs)
            if authorize is not None:
                allow(authorize(request, wanted))
            content = opened(open_content(wanted))
            try:
                chosen = policy(request, content) if callable(policy) else policy
                return respond(request, content, policy_of(chosen, {}), delegates=delegates)
            except BaseException:
                content.close()
                raise
        except ANSWERED as error:
            return answer_to(error)

    return view


def async_view(
    open_content: Any, key: Any, authorize: Any, policy: Any, delegates: Sequence[Delegate] | None
) -> View:
    open_content = open_content if is_async(open_content) else Opening(open_content)
    key, authorize, policy = map(awaitable, (key, authorize, policy))

    async def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return other_method(request)
        try:
            wanted = await key(request, *args, **kwargs)
            if authorize is not None:
                allow(await authorize(request, wanted))
            content = opened(await open_content(wanted))
            try:
                chosen = await policy(request, content) if callable(policy) else policy
                return await sync_to_async(respond)(
                    request, content, policy_of(chosen, {}), delegates=delegates
                )
            except BaseException:
                await sync_to_async(content.close)()
                raise
        except ANSWERED as error:
            return answer_to(error)

    return view


class Opening:
    """A source's ``open`` in Django's thread, of which nothing is lost when the task that waits for it is cancelled."""

    def __init__(self, open_content: Callable[[Any], Any]) -> None:
        self._open = open_content

    async def __call__(self, wanted: Any) -> Any:
        found: list[Any] = []
        # Held by whoever is first: the thread that has found it, or the task that has given it up.
        waiting = Lock()

        def open_in_thread() -> Any:
            found.append(self._open(wanted))
            if not waiting.acquire(blocking=False):
                close(found.pop())
            return found

        try:
            return (await sync_to_async(open_in_thread)()).pop()
        except asyncio.CancelledError:
            if not waiting.acquire(blocking=False):
                close(found.pop())
            raise


def close(content: object) -> None:
    """Close what a source has opened, whatever it is."""
    if hasattr(content, "close"):
        content.close()


def is_async(step: Any) -> bool:
    return iscoroutinefunction(step) or iscoroutinefunction(getattr(step, "__call__", None))  # noqa: B004


def awaitable(step: Any) -> Any:
    """Return *step* as something to await, if it is a function; our own look at the URL needs no thread."""
    if step is path_kwarg:
        return apath_kwarg
    return step if not callable(step) or is_async(step) else sync_to_async(step)


async def apath_kwarg(request: HttpRequest, *args: str, **kwargs: str) -> str:
    return path_kwarg(request, *args, **kwargs)


def allow(answer: object) -> None:
    """Go on after a yes; anything but a plain yes or no is a mistake, and never a yes."""
    if not isinstance(answer, bool):
        raise TypeError(f"authorize must return True or False, but returned {answer!r}.")
    if not answer:
        raise PermissionDenied(_("This file may not be downloaded."))


def opened(content: object) -> Content:
    """Go on with what a source has opened, if it is a content."""
    if isinstance(content, Content):
        return content
    close(content)
    raise TypeError(
        f"A source must open a Content, not {type(content).__qualname__!r}; as_content() makes one of many things."
    )


def other_method(request: HttpRequest) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(headers={"Allow": ", ".join(METHODS), "Content-Length": "0"})
    return HttpResponseNotAllowed(METHODS)
