"""On the way out: a response that was built by hand meets the request that it did not know."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.delegation import handed_over
from downloadable.django_ui.responses import DownloadResponse, bodiless
from downloadable.django_ui.serving import asked_of
from downloadable.domain import decide
from downloadable.ports import Delegate

__all__ = ["decided_again", "is_hand_made"]


def is_hand_made(response: HttpResponseBase) -> bool:
    """Tell whether :func:`decided_again` has anything to do, which may be to look at a file or sign a link."""
    return isinstance(response, DownloadResponse) and response.hand_made is not None


def decided_again(
    request: HttpRequest, response: HttpResponseBase, delegates: Sequence[Delegate]
) -> HttpResponseBase:
    """
    Return what answers *request*, for a :class:`DownloadResponse` that was built by hand; others as they are.

    Nothing is described or opened anew. Cookies are kept, and so is each header field that the view has set, changed or
    removed.
    """
    if not isinstance(response, DownloadResponse):
        return response
    made = response.release()
    if made is None:
        return response
    asked = asked_of(request)
    answer: HttpResponseBase | None = None
    if delegates:
        answer = handed_over(
            made.content, made.policy, asked, delegates, known=made.resource, describe=lambda _: made.resource
        )
    if answer is None:
        plan = decide(made.resource, made.policy, asked)
        if plan.body:
            again = type(response).carrying_out(
                plan, made.resource, made.content, asynchronous=hasattr(request, "scope")
            )
            again.file = response.file
            return with_what_the_view_set(again, response)
        answer = bodiless(plan)
    made.content.close()
    return with_what_the_view_set(answer, response)


def with_what_the_view_set(answer: HttpResponseBase, response: DownloadResponse) -> HttpResponseBase:
    planned = response.default_headers
    for name, value in response.headers.items():
        if planned.get(name) != value:
            answer.headers[name] = value
    for name in planned:
        if name not in response.headers:
            answer.headers.pop(name, None)
    answer.cookies = response.cookies
    answer._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    return answer
