"""``download()`` and ``adownload()``: from a request and a thing to the response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from downloadable.adapters.django_files import as_content
from downloadable.django_ui.asked import FIELDS, asked_of
from downloadable.django_ui.bodiless import bodiless
from downloadable.django_ui.conf import default_policy
from downloadable.django_ui.delegation import announced, handed_over, told
from downloadable.django_ui.observing import listeners
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.translation import gettext as _
from downloadable.domain import (
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentTimeout,
    ContentTruncated,
    ContentUnavailable,
    DownloadRequest,
    Plan,
    Resource,
    ServingPolicy,
    SignatureError,
    SignatureExpired,
    decide,
)
from downloadable.domain.media_types import OCTET_STREAM, essence
from downloadable.ports import Content, Delegate

__all__ = [
    "ANSWERED",
    "PlainAnswer",
    "adownload",
    "answer_to",
    "asked_of",
    "download",
    "may_go_elsewhere",
    "policy_of",
    "respond",
]

logger = logging.getLogger("downloadable")


def download(
    request: HttpRequest, thing: Any, policy: ServingPolicy | None = None, /, **policy_fields: Any
) -> HttpResponseBase:
    """
    Answer *request* with a file: whole, in part, "not modified", or with what is wrong.

    Args:
        request: Whose conditions and ranges are answered, and which says whether an event loop will send the body.

        thing: A content, or anything else that :func:`~downloadable.adapters.django_files.as_content` takes. It is
            closed when the body ends, or here if there is none.

        policy: How to serve it; by default the site's policy.

        **policy_fields: Fields of :class:`~downloadable.domain.ServingPolicy` that differ from *policy*.

    Raises:
        Http404: If there is no such content.

        PermissionDenied: If whoever holds the content refuses it.

        PolicyError: If a field is unknown or cannot be meant.

        TypeError: If nobody has said how to serve *thing*.
    """
    # Most views pass a content, of which there is nothing to make.
    content = thing if isinstance(thing, Content) else as_content(thing)
    try:
        try:
            return respond(request, content, policy_of(policy, policy_fields))
        except BaseException:
            content.close()
            raise
    except ANSWERED as error:
        return answer_to(error)


async def adownload(
    request: HttpRequest, thing: Any, policy: ServingPolicy | None = None, /, **policy_fields: Any
) -> HttpResponseBase:
    """
    Answer *request* from an async view, as :func:`download` does.

    Looking and opening happen in one hop to Django's thread for this request; up to 64 KiB are read in the same. What
    waits for nothing, such as a file that the system has in memory, needs no hop.
    """
    if isinstance(thing, Content) and thing.at_hand() and not announced(request) and not listeners():
        return download(request, thing, policy, **policy_fields)
    begun = Lock()

    def begin() -> HttpResponseBase:
        if not begun.acquire(blocking=False):
            raise ContentError("Nobody waits for this download any more.")
        return download(request, thing, policy, **policy_fields)

    try:
        return await sync_to_async(begin)()
    except asyncio.CancelledError:
        # Then the thread closes what it has opened. One that has not begun never will.
        if begun.acquire(blocking=False) and hasattr(thing, "close"):
            thing.close()
        raise


def respond(
    request: HttpRequest,
    content: Content,
    policy: ServingPolicy,
    response_class: type[DownloadResponse] = DownloadResponse,
    delegates: Sequence[Delegate] | None = None,
) -> HttpResponseBase:
    """
    Answer *request* with *content*; what goes wrong is raised, and the caller closes the content then.

    Args:
        request: Whose conditions and ranges are answered.

        content: Closed when the body ends, or here if there is none.

        policy: How to serve it.

        response_class: What a streamed answer is made of.

        delegates: Who is asked first whether they send it; ``None`` takes whoever was announced on the request.

    Raises:
        ContentError: If the content cannot be had.
    """
    asked = asked_of(request)
    if delegates is None:
        delegates = announced(request)
    if delegates and may_go_elsewhere(request):
        response = handed_over(
            content,
            policy,
            asked,
            delegates,
            known=content.known(),
            describe=content.describe,
            request=request,
        )
        if response is not None:
            content.close()
            if not policy.attachment:
                say_why_not_inline(response.plan)
            return response
    resource, plan = planned(content, policy, asked)
    if not policy.attachment:
        say_why_not_inline(plan)
    if plan.body:
        return response_class.carrying_out(plan, resource, content, request=request)
    content.close()
    told(resource, plan, None, request, asked)
    return bodiless(plan)


def planned(
    content: Content, policy: ServingPolicy, asked: DownloadRequest, *, again: bool = True
) -> tuple[Resource, Plan]:
    """Describe, decide, and acquire what the plan needs; once more if the content changed in between."""
    try:
        resource = content.describe(policy.hint(asked))
        plan = decide(resource, policy, asked)
        if plan.body:
            content.acquire()  # the last moment at which an error has a status
    except ContentChanged:
        if not again:
            raise
        return planned(content, policy, asked, again=False)
    return resource, plan


def may_go_elsewhere(request: HttpRequest) -> bool:
    """
    Tell whether another server may get this request.

    Only GET and HEAD have conditions and ranges, but a server in front applies those of a POST, too, to what it sends.
    """
    return request.method in ("GET", "HEAD") or request.META.keys().isdisjoint(FIELDS)


def policy_of(policy: object, fields: dict[str, Any]) -> ServingPolicy:
    """Return *policy*, or the site's, with *fields* in place of its own."""
    policy = default_policy() if policy is None else policy
    if not isinstance(policy, ServingPolicy):
        raise TypeError(f"A policy must be a ServingPolicy, not {type(policy).__qualname__!r}.")
    return policy.evolve(**fields) if fields else policy


ANSWERED = (ContentError, SignatureError, FileNotFoundError)
"""What is no mistake of the program, wherever it is raised: each has a status."""


def answer_to(error: Exception) -> HttpResponse:
    """
    Turn an error into an answer; the one place where errors meet statuses. Its own text goes to the log only.

    Raises:
        Http404, PermissionDenied: For what the project has its own pages for.

        Exception: *error* itself, if it is none of the below: a mistake of the program.
    """
    match error:
        case FileNotFoundError():  # as ContentNotFound is
            raise Http404(_("There is no such file.")) from error
        case ContentForbidden():
            # Django's own line about it does not say why, such as which origin would have to be trusted.
            logger.warning("Answered with 403: %s", error)
            raise PermissionDenied(_("This file may not be downloaded.")) from error
        case SignatureExpired():
            return refusal(_("This link has expired."), error)
        case SignatureError():
            return refusal(_("This link is not valid."), error)
        case ContentTimeout():
            return failure(504, _("The file did not arrive in time."), error)
        case ContentInvalid() | ContentTruncated():
            return failure(502, _("The file did not arrive intact."), error)
        case ContentUnavailable() | ContentChanged():
            return failure(503, _("The file is not available for the moment."), error)
    raise error


def refusal(sentence: str, error: SignatureError) -> HttpResponse:
    # Not raised: Django's own page for a PermissionDenied would not tell which of the two it is.
    logger.warning("Answered with 403: %s", error)
    return PlainAnswer(403, sentence)


def failure(status: int, sentence: str, error: ContentError) -> HttpResponse:
    logger.error("Answered with %d: %s", status, error, exc_info=error)
    response = PlainAnswer(status, sentence)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


class PlainAnswer(HttpResponse):
    """One sentence in plain text; by its type, whoever has a format of their own for errors knows it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
        self["Cache-Control"] = "no-store"
        self.sentence = sentence


def say_why_not_inline(plan: Plan) -> None:
    """Log, once for each type, that a file which was meant to be shown is saved instead."""
    # A part is like its whole, and several parts have a type of their own, which is another each time.
    if plan.status != 200 or (plan.header("Content-Disposition") or "inline").startswith("inline"):
        return
    warn_of(essence(plan.header("Content-Type") or ""))


@lru_cache(maxsize=256)
def warn_of(media_type: str) -> None:
    """Log it; of types that come from uploads, there is no end of them to remember."""
    if media_type == OCTET_STREAM:
        logger.warning(
            "A file whose type nobody knows is sent as an attachment although inline was asked. "
            "Say its content_type, or give it a name with an extension."
        )
    else:
        logger.warning(
            "%s is sent as an attachment although inline was asked: it could run scripts in your site. "
            "Where that is no danger, add it to inline_types of the policy.",
            media_type,
        )
