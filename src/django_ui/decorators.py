"""Decorators for views of every kind and of either colour."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.generic.base import View

from downloadable.adapters.signing import PARAMETER, PURPOSE, DjangoUrlSigner
from downloadable.django_ui.delegation import announcing, checked_delegates
from downloadable.django_ui.serving import answer_to
from downloadable.django_ui.way_out import decided_again, is_hand_made
from downloadable.domain import SignatureError
from downloadable.ports import Delegate

__all__ = ["delegated_to", "signature_required"]

AnyView = TypeVar("AnyView", bound=Callable[..., Any])


def delegated_to(*delegates: Delegate) -> Callable[[AnyView], AnyView]:
    """
    Offer the downloads of one view to *delegates*, in this order, in place of whoever is announced for the site.

    Without any, its downloads are not handed over. Works on functions and on classes, and within
    ``method_decorator``; a class is decorated itself. A coroutine function stays one.

    Raises:
        TypeError: If one of *delegates* is none.
    """
    decorate: Any = partial(delegating, checked_delegates(delegates))
    return decorate  # type: ignore[no-any-return]  # whatever is decorated stays of its kind


def delegating(delegates: Sequence[Delegate], view: Any) -> Any:
    if isinstance(view, type):
        return method_decorator(partial(delegating, delegates), name="dispatch")(view)
    return async_delegating(delegates, view) if runs_async(view) else sync_delegating(delegates, view)


def sync_delegating(delegates: Sequence[Delegate], view: Any) -> Any:
    @wraps(view)
    def announced_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with announcing(request, delegates):
            response: HttpResponseBase = view(request, *args, **kwargs)
        return decided_again(request, response, delegates)

    return announced_view


def async_delegating(delegates: Sequence[Delegate], view: Any) -> Any:
    @wraps(view)
    async def announced_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with announcing(request, delegates):
            response: HttpResponseBase = await view(request, *args, **kwargs)
        if not is_hand_made(response):
            return response
        return await sync_to_async(decided_again)(request, response, delegates)

    return announced_view


@overload
def signature_required(view: AnyView, /) -> AnyView: ...


@overload
def signature_required(
    *, purpose: str = PURPOSE, parameter: str = PARAMETER
) -> Callable[[AnyView], AnyView]: ...


def signature_required(view: Any = None, /, *, purpose: str = PURPOSE, parameter: str = PARAMETER) -> Any:
    """
    Let only those see a view who come by a signed link; others get a 403 that says "expired" or "not valid".

    Works with and without parentheses, on functions and on classes, and as ``method_decorator(signature_required)``.
    A coroutine function stays one.

    Args:
        view: The view; a class is decorated itself.

        purpose: What links must have been signed for.

        parameter: The query parameter that carries the signature.
    """
    signer = DjangoUrlSigner(purpose, parameter=parameter)
    decorate = partial(checked, signer)
    return decorate if view is None else decorate(view)


def checked(signer: DjangoUrlSigner, view: Any) -> Any:
    if isinstance(view, type):
        return method_decorator(partial(checked, signer), name="dispatch")(view)
    return async_checked(signer, view) if runs_async(view) else sync_checked(signer, view)


def sync_checked(signer: DjangoUrlSigner, view: Any) -> Any:
    @wraps(view)
    def checked_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            signer.check(request)
        except SignatureError as error:
            return answer_to(error)
        return view(request, *args, **kwargs)

    return checked_view


def async_checked(signer: DjangoUrlSigner, view: Any) -> Any:
    @wraps(view)
    async def checked_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            await signer.acheck(request)
        except SignatureError as error:
            return answer_to(error)
        answer = view(request, *args, **kwargs)
        return await answer if inspect.isawaitable(answer) else answer

    return checked_view


def runs_async(view: Any) -> bool:
    """Tell whether what *view* returns will be awaited."""
    if iscoroutinefunction(view):
        return True
    while isinstance(view, partial):
        view = view.func
    # dispatch() of an async class is no coroutine function, but as_view() awaits what it returns.
    owner = getattr(view, "__self__", None)
    return isinstance(owner, View) and bool(type(owner).view_is_async)
